//! Secrets of applications and service principals, by the roles that their principals have.

use super::inventory::{Inventory, Registry, is_at_or_below};
use super::never_ends;
use crate::password::EARLIER;
use crate::roles::{self, Power};
use jiff::Timestamp;
use regprov_addr::InstanceAddress;
use regprov_provider::{Partial, PushCredential, RegistryKind, Rights};
use regprov_schema::Secret;

/// A secret, and whose it is.
struct Held<'a> {
    address: &'a InstanceAddress,
    client_id: &'a str,
    object_id: &'a str,
    secret: &'a str,
    span: Span<'a>,
}

/// From when until when a secret is good.
#[derive(Clone, Copy)]
struct Span<'a> {
    start: Option<&'a str>,
    end: Option<&'a str>,
}

impl<'a> Span<'a> {
    fn of(object: Partial<'a>) -> Self {
        Self {
            start: object.text("start_date"),
            end: object.text("end_date"),
        }
    }
}

/// A secret starts a little before it is made.
fn made_at(start: &str) -> Option<Timestamp> {
    start.parse::<Timestamp>().ok()?.checked_add(EARLIER).ok()
}

/// What the roles of a principal at a registry come to.
#[derive(Default)]
struct Granted {
    rights: Rights,
    /// A role that would push was found, even where the registry's mode ignores it.
    pushes: bool,
    prefix: Option<String>,
    warnings: Vec<String>,
}

/// The credentials of principals.
pub(super) fn credentials(inventory: &Inventory<'_>) -> Vec<PushCredential> {
    let mut credentials = Vec::new();
    for held in secrets(inventory) {
        for registry in &inventory.registries {
            let granted = granted(inventory, &held, registry);
            if !granted.pushes {
                continue;
            }
            let mut warnings = granted.warnings;
            let expires = held.span.end.and_then(|end| end.parse().ok());
            if expires.is_none() {
                warnings.push(never_ends("end_date"));
            }
            credentials.push(PushCredential {
                address: held.address.clone(),
                host: registry.host.to_owned(),
                username: held.client_id.to_owned(),
                secret: Secret::new(held.secret.to_owned()),
                kind: RegistryKind::Azure,
                rights: granted.rights,
                repository_prefix: granted.prefix,
                probe: None,
                made_at: held.span.start.and_then(made_at),
                expires,
                warnings,
            });
        }
    }
    credentials
}

/// Every secret whose principal is known.
fn secrets<'a>(inventory: &Inventory<'a>) -> Vec<Held<'a>> {
    let mut held = Vec::new();
    for found in inventory.each("azuread_service_principal_password") {
        let object_id = found
            .object
            .text("service_principal_id")
            .and_then(|id| id.rsplit('/').next());
        let Some((object_id, secret)) = object_id.zip(filled(found.object, "value")) else {
            continue;
        };
        let principal = inventory
            .principals
            .iter()
            .find(|known| known.object_id.eq_ignore_ascii_case(object_id));
        if let Some(principal) = principal {
            held.push(Held {
                address: found.address,
                client_id: principal.client_id,
                object_id,
                secret,
                span: Span::of(found.object),
            });
        }
    }
    for found in inventory.each("azuread_application_password") {
        let application = found.object.text("application_id").and_then(|id| {
            inventory
                .with_id("azuread_application", id)
                .or_else(|| inventory.with_id("azuread_application_registration", id))
        });
        let client_id = application.and_then(|application| application.text("client_id"));
        let Some((client_id, secret)) = client_id.zip(filled(found.object, "value")) else {
            continue;
        };
        held.extend(of_application(
            inventory,
            found.address,
            client_id,
            secret,
            Span::of(found.object),
        ));
    }
    for found in inventory.each("azuread_application") {
        let Some(client_id) = found.object.text("client_id") else {
            continue;
        };
        let blocks = found
            .object
            .known("password")
            .and_then(|set| set.as_items())
            .unwrap_or_default();
        for block in blocks {
            let block = Partial(block);
            if let Some(secret) = filled(block, "value") {
                held.extend(of_application(
                    inventory,
                    found.address,
                    client_id,
                    secret,
                    Span::of(block),
                ));
            }
        }
    }
    held
}

fn filled<'a>(object: Partial<'a>, name: &str) -> Option<&'a str> {
    object.text(name).filter(|text| !text.is_empty())
}

/// A secret of an application serves its service principal.
fn of_application<'a>(
    inventory: &Inventory<'a>,
    address: &'a InstanceAddress,
    client_id: &'a str,
    secret: &'a str,
    span: Span<'a>,
) -> Option<Held<'a>> {
    let principal = inventory
        .principals
        .iter()
        .find(|known| known.client_id.eq_ignore_ascii_case(client_id))?;
    Some(Held {
        address,
        client_id,
        object_id: principal.object_id,
        secret,
        span,
    })
}

fn granted(inventory: &Inventory<'_>, held: &Held<'_>, registry: &Registry<'_>) -> Granted {
    let mut granted = Granted::default();
    for found in inventory.each("azurerm_role_assignment") {
        let object = found.object;
        let ours = object
            .text("principal_id")
            .is_some_and(|id| id.eq_ignore_ascii_case(held.object_id));
        let Some(scope) = object
            .text("scope")
            .filter(|scope| ours && is_at_or_below(registry.id, scope))
        else {
            continue;
        };
        let by_id = object.text("role_definition_id").and_then(roles::with_guid);
        let role = by_id.or_else(|| object.text("role_definition_name").and_then(roles::named));
        let Some(role) = role else { continue };
        granted.add(role, scope, object, registry);
    }
    granted
}

impl Granted {
    fn add(&mut self, role: &roles::BuiltIn, scope: &str, assignment: Partial<'_>, registry: &Registry<'_>) {
        let abac = registry.is_abac();
        let all = |pull, push, delete| Rights { pull, push, delete };
        let (of_registry, rights) = match role.power {
            Power::None => return,
            Power::Pull => (true, all(true, false, false)),
            Power::Push => (true, all(true, true, false)),
            Power::Delete => (true, all(false, false, true)),
            Power::Everything => (true, all(true, true, true)),
            Power::RepositoryPull => (false, all(true, false, false)),
            Power::RepositoryPush => (false, all(true, true, false)),
            Power::RepositoryDelete => (false, all(true, true, true)),
        };
        self.pushes |= rights.push;
        if of_registry == abac {
            if rights.push {
                self.warnings.push(ignored(role.name, abac));
            }
            return;
        }
        self.rights.pull |= rights.pull;
        self.rights.push |= rights.push;
        self.rights.delete |= rights.delete;
        if role.power == Power::Everything {
            self.warnings.push(format!(
                "The role {} may change and delete the registry itself; to push images AcrPush is enough.",
                role.name
            ));
        }
        if !scope.trim_end_matches('/').eq_ignore_ascii_case(registry.id) && rights.push {
            self.warnings.push(format!(
                "The role {} holds for all of {scope}, not only for this registry: set `scope` to the registry's id.",
                role.name
            ));
        }
        if let Some(prefix) = assignment.text("condition").and_then(prefix) {
            self.prefix = Some(prefix);
        }
    }
}

fn ignored(role: &str, abac: bool) -> String {
    if abac {
        format!(
            "The registry's mode is AbacRepositoryPermissions, where {role} counts for nothing: assign `Container Registry \
             Repository Writer`."
        )
    } else {
        format!(
            "The registry's mode is LegacyRegistryPermissions, where {role} counts for nothing: assign `AcrPush`."
        )
    }
}

/// The repository, or the beginning of its name, that a condition allows.
fn prefix(condition: &str) -> Option<String> {
    [
        "StringStartsWithIgnoreCase '",
        "StringEqualsIgnoreCase '",
        "StringStartsWith '",
        "StringEquals '",
    ]
    .iter()
    .find_map(|operator| {
        condition
            .split_once(operator)?
            .1
            .split_once('\'')
            .map(|(text, _)| text.to_owned())
    })
}
