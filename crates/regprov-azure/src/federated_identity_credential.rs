//! `azurerm_federated_identity_credential`: trust of a user-assigned identity in the tokens of another issuer.
//!
//! The service refuses two writes at once to one identity, so they queue here; another client's write is a conflict, which the
//! engine asks again about.

mod wire;

use crate::client::{Ask, Client, attribute};
use crate::id::{Id, UserAssignedIdentityId, UserAssignedIdentityShape, shape};
use crate::registry_part::check_id;
use crate::user_assigned_identity::VERSION;
use regprov_http::sanitize;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PlanRequest, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

shape!(
    /// `azurerm_federated_identity_credential`.
    FederatedCredentialShape,
    "a federated identity credential",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{}/federatedIdentityCredentials/{}"
);

/// The id of a federated credential.
pub(crate) type FederatedCredentialId = Id<FederatedCredentialShape>;

/// The most that one identity may have.
const LIMIT: usize = 20;
const IDENTITY: &[&str] = &["parent_id", "user_assigned_identity_id"];

/// Trust of a user-assigned identity in the tokens of another issuer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct FederatedIdentityCredential {
    /// Its name.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The identity.
    #[schema(optional, replaces, meaning = Meaning::IgnoreCase, exactly_one_of = IDENTITY,
        recomputed_by = &["parent_id"], rules = &[Rule::Check(check_identity)])]
    pub(crate) user_assigned_identity_id: Computed<String>,
    /// The identity, by its older name.
    #[schema(optional, replaces, meaning = Meaning::IgnoreCase, exactly_one_of = IDENTITY,
        recomputed_by = &["user_assigned_identity_id"], rules = &[Rule::Check(check_identity)],
        deprecated = "write `user_assigned_identity_id`; azurerm 5 dropped this name")]
    pub(crate) parent_id: Computed<String>,
    /// The resource group of the identity.
    #[schema(optional, replaces, meaning = Meaning::IgnoreCase,
        recomputed_by = &["user_assigned_identity_id", "parent_id"],
        deprecated = "leave it away: the id of the identity says it; azurerm 5 dropped it")]
    pub(crate) resource_group_name: Computed<String>,
    /// Whom the tokens must be for; exactly one.
    #[schema(rules = &[Rule::MinItems(1), Rule::MaxItems(1)])]
    pub(crate) audience: Vec<String>,
    /// Who issues the tokens.
    #[schema(rules = &[Rule::Check(check_issuer)])]
    pub(crate) issuer: String,
    /// Whom the tokens are about: `repo:ORG/REPO:ref:refs/heads/main`.
    #[schema(rules = &[Rule::Length(1, 600)])]
    pub(crate) subject: String,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if (3..=120).contains(&name.len()) && starts && name.chars().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no name of a federated credential: it has 3 to 120 letters, digits, `-` and `_`, and begins with a letter \
         or digit"
    ))
}

fn check_identity(value: &Value) -> Result<(), String> {
    check_id::<UserAssignedIdentityShape>(value, "`azurerm_user_assigned_identity.NAME.id`")
}

/// The rule of an issuer. The service takes what cannot work, and the exchange fails later.
pub(crate) fn check_issuer(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    if text.trim() != text {
        return Err(format!(
            "`{text}` begins or ends with a space, so that no token's issuer would ever equal it"
        ));
    }
    if text.is_empty() || text.chars().count() > 600 {
        return Err("an issuer has 1 to 600 characters".to_owned());
    }
    match url::Url::parse(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!(
            "`{text}` is no issuer: it is an address such as `https://token.actions.githubusercontent.com`"
        )),
    }
}

impl FederatedIdentityCredential {
    /// The identity, by whichever name it is written.
    fn identity(&self) -> Result<UserAssignedIdentityId, Error> {
        let written = self.user_assigned_identity_id.get().or(self.parent_id.get());
        written.map_or("", String::as_str).parse()
    }

    fn from_wire(client: &Client, wire: wire::Credential, like: Option<&Self>) -> Result<Self, Error> {
        let id: FederatedCredentialId = wire.id.parse()?;
        let identity = identity_of(&id).to_string();
        let spelled = |written: Option<&Computed<String>>, read: &str| match written.and_then(Computed::get) {
            Some(written) if written.eq_ignore_ascii_case(read) => written.clone(),
            Some(_) | None => read.to_owned(),
        };
        let named = |written: Option<&Computed<String>>| -> bool {
            client.major < 5 || written.is_some_and(|written| written.get().is_some())
        };
        let parent = like.map(|like| &like.parent_id);
        let group = like.map(|like| &like.resource_group_name);
        Ok(Self {
            name: wire.name,
            user_assigned_identity_id: Computed::known(spelled(
                like.map(|like| &like.user_assigned_identity_id),
                &identity,
            )),
            parent_id: Computed(named(parent).then(|| spelled(parent, &identity))),
            resource_group_name: Computed(named(group).then(|| spelled(group, id.part(1)))),
            audience: wire.properties.audiences,
            issuer: wire.properties.issuer,
            subject: wire.properties.subject,
            id: Computed::known(id.to_string()),
        })
    }

    async fn write(
        &self,
        client: &Client,
        id: &FederatedCredentialId,
        operation: &'static str,
    ) -> Result<Created<Self>, Error> {
        let path = id.to_string();
        let body = wire::Put::new(&self.issuer, &self.subject, &self.audience);
        let accepted = {
            let _turn = client.queues.turn(&identity_of(id).to_string()).await;
            client
                .arm
                .put(ask(&path, operation), &body)
                .await
                .map_err(explained)?
        };
        Self::from_wire(client, accepted.body, Some(self)).map(Created::Done)
    }
}

/// A second credential of the same issuer and subject is no conflict that passes.
fn explained(error: Error) -> Error {
    let twin = error
        .message
        .to_lowercase()
        .contains("combination already exists");
    if !twin {
        return error;
    }
    Error {
        kind: ErrorKind::Invalid(attribute("subject")),
        remedy: Some(
            "Delete the other credential of the identity that has this issuer and subject, or import it."
                .to_owned(),
        ),
        ..error
    }
}

fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
    Ask {
        path,
        version: VERSION,
        operation,
    }
}

fn identity_of(id: &FederatedCredentialId) -> UserAssignedIdentityId {
    Id::new([id.part(0), id.part(1), id.part(2)])
}

fn within(identity: &UserAssignedIdentityId, name: &str) -> FederatedCredentialId {
    Id::new([identity.part(0), identity.part(1), identity.part(2), name])
}

/// The identity of a planned object.
fn planned_identity(desired: Partial<'_>) -> Option<UserAssignedIdentityId> {
    let written = desired
        .text("user_assigned_identity_id")
        .or_else(|| desired.text("parent_id"))?;
    written.parse().ok()
}

impl Resource for FederatedIdentityCredential {
    const TYPE: &'static str = "azurerm_federated_identity_credential";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = FederatedCredentialId;

    fn id(object: &Self) -> Option<FederatedCredentialId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.to_string();
        let read: Option<wire::Credential> = request
            .client
            .arm
            .get(ask(&path, "read the federated credential"))
            .await?;
        match read {
            Some(wire) => Self::from_wire(request.client, wire, request.prior).map(Observed::Present),
            None => Ok(Observed::Absent),
        }
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let id = within(&desired.identity()?, &desired.name);
        desired
            .write(client, &id, "create the federated credential")
            .await
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        request
            .desired
            .write(request.client, request.id, "change the federated credential")
            .await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let (client, path) = (request.client, request.id.to_string());
        let _turn = client.queues.turn(&identity_of(request.id).to_string()).await;
        client
            .arm
            .delete(ask(&path, "delete the federated credential"))
            .await?;
        Ok(Deleted::Gone)
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<FederatedCredentialId> {
        Some(within(&planned_identity(desired)?, desired.text("name")?))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let mut told = Vec::new();
        if let Some(identity) = planned_identity(desired) {
            let text = Value::string(identity.to_string());
            told.push(("user_assigned_identity_id", text.clone()));
            let (parent, group) = if client.major < 5 {
                (text, Value::string(identity.part(1)))
            } else {
                let none = || Value::null(regprov_value::Type::String);
                (none(), none())
            };
            told.extend([("parent_id", parent), ("resource_group_name", group)]);
        }
        if let Some(id) = Self::identify(client, desired) {
            told.push(("id", Value::string(id.to_string())));
        }
        told
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        let (Some(identity), Some(group)) = (
            planned_identity(request.desired),
            request.config.text("resource_group_name"),
        ) else {
            return Advice::default();
        };
        if identity.part(1).eq_ignore_ascii_case(group) {
            return Advice::default();
        }
        let finding = Finding {
            fatal: true,
            path: attribute("resource_group_name"),
            summary: "Resource group of another identity".to_owned(),
            detail: format!(
                "`resource_group_name` is `{}`, but the identity `{}` is in `{}`.",
                sanitize(group),
                sanitize(identity.part(2)),
                sanitize(identity.part(1))
            ),
            remedy: Some("Leave `resource_group_name` away: the id of the identity says it.".to_owned()),
        };
        Advice {
            findings: vec![finding],
            ..Advice::default()
        }
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let Some(id) = Self::identify(request.client, request.desired) else {
            return Vec::new();
        };
        crowded(&request, &id).await.into_iter().collect()
    }
}

/// Whether the identity has a credential of the same issuer and subject, or as many as it may have.
async fn crowded(
    request: &PreflightRequest<'_, FederatedIdentityCredential>,
    id: &FederatedCredentialId,
) -> Option<Finding> {
    let path = format!("{}/federatedIdentityCredentials", identity_of(id));
    let ask = ask(&path, "list the federated credentials");
    let listed: Vec<wire::Credential> = request.client.arm.list(ask, &[]).await.ok()?;
    let (issuer, subject) = (request.desired.text("issuer"), request.desired.text("subject"));
    let twin = listed.iter().find(|other| {
        !other.name.eq_ignore_ascii_case(id.part(3))
            && Some(other.properties.issuer.as_str()) == issuer
            && Some(other.properties.subject.as_str()) == subject
    });
    // The others may be deleted by this very plan, so these are warnings.
    if let Some(twin) = twin {
        return Some(Finding {
            fatal: false,
            path: attribute("subject"),
            summary: "Issuer and subject are in use".to_owned(),
            detail: format!(
                "The federated credential `{}` of the identity has the same issuer and subject; Azure refuses a second one.",
                sanitize(&twin.name)
            ),
            remedy: Some(format!(
                "Import that one with the id {}, or delete it.",
                sanitize(&twin.id)
            )),
        });
    }
    if request.prior.is_some() || listed.len() < LIMIT {
        return None;
    }
    Some(Finding {
        fatal: false,
        path: attribute("user_assigned_identity_id"),
        summary: "Limit of federated credentials".to_owned(),
        detail: format!(
            "The identity has {} federated credentials already; {LIMIT} are the limit.",
            listed.len()
        ),
        remedy: Some("Delete one that is not needed, or use another identity.".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_address_without_spaces_around_it() {
        let check = |text: &str| check_issuer(&Value::string(text));
        assert!(check("https://token.actions.githubusercontent.com").is_ok());
        assert!(
            check("https://token.actions.githubusercontent.com ")
                .unwrap_err()
                .contains("space")
        );
        assert!(check("github").is_err());
    }

    #[test]
    fn a_twin_is_no_conflict_that_passes() {
        let error = Error::new(
            ErrorKind::Conflict,
            "Issuer and subject combination already exists for this Managed Identity.",
        );
        assert!(matches!(explained(error).kind, ErrorKind::Invalid(Some(_))));
        let other = Error::new(
            ErrorKind::Conflict,
            "ConcurrentFederatedIdentityCredentialsWrites",
        );
        assert_eq!(explained(other).kind, ErrorKind::Conflict);
    }
}
