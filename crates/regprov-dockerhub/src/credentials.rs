//! The push credentials of tokens.

use crate::access_token::AccessToken;
use crate::hub_repository::HubRepository;
use crate::org_access_token::OrgAccessToken;
use jiff::Timestamp;
use regprov_provider::{CredentialObject, Partial, PushCredential, RegistryKind, Resource, Rights};
use regprov_schema::Secret;
use regprov_value::Value;

/// The tokens among objects.
pub(crate) fn push_credentials(objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
    let repositories: Vec<(&str, &str)> = objects
        .iter()
        .filter(|object| object.resource_type == HubRepository::TYPE)
        .filter_map(|object| {
            let view = Partial(object.value);
            view.text("namespace").zip(view.text("name"))
        })
        .collect();
    objects
        .iter()
        .filter_map(|object| match object.resource_type {
            AccessToken::TYPE => personal(object, &repositories),
            OrgAccessToken::TYPE => of_organization(object, &repositories),
            _ => None,
        })
        .collect()
}

/// Who made an object, and the host that images are pushed to.
fn place<'a>(object: &CredentialObject<'a>) -> Option<(&'a str, &'a str)> {
    object.registry?.split_once('@')
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_items()
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
}

fn instant(view: Partial<'_>, name: &str) -> Option<Timestamp> {
    view.text(name)?.parse().ok()
}

fn personal(object: &CredentialObject<'_>, repositories: &[(&str, &str)]) -> Option<PushCredential> {
    let view = Partial(object.value);
    let (username, host) = place(object)?;
    let secret = view.text("token").filter(|text| !text.is_empty())?;
    let scopes: Vec<&str> = view.known("scopes").map(|scopes| texts(scopes).collect())?;
    let has = |wanted: &[&str]| scopes.iter().any(|scope| wanted.contains(scope));
    let own = repositories.iter().find(|(namespace, _)| *namespace == username);
    let repository = own.or(repositories.first()).map_or_else(
        || format!("{username}/regprov-probe"),
        |(namespace, name)| format!("{namespace}/{name}"),
    );
    let mut warnings = Vec::new();
    if has(&["repo:admin"]) {
        warnings.push("It may delete repositories. Builders need `repo:write` alone.".to_owned());
    }
    if has(&["repo:admin", "repo:write"]) {
        warnings.push(format!(
            "It may push to every repository of {username}: Docker Hub has no personal token for one repository. An organization \
             with a `docker_org_access_token` can be narrower."
        ));
    }
    Some(PushCredential {
        address: object.address.clone(),
        host: host.to_owned(),
        username: username.to_owned(),
        secret: Secret::new(secret.to_owned()),
        kind: RegistryKind::DockerHub,
        rights: Rights {
            pull: true,
            push: has(&["repo:admin", "repo:write"]),
            delete: has(&["repo:admin"]),
        },
        repository_prefix: None,
        probe: Some(repository),
        made_at: None,
        expires: instant(view, "expires_at"),
        warnings,
    })
}

/// A resource of a token that is about images.
struct Images<'a> {
    path: &'a str,
    push: bool,
    delete: bool,
}

fn images(resources: &Value) -> Vec<Images<'_>> {
    let of = |granted: &Value, name: &str| granted.get(name).and_then(Value::as_str).map(str::to_owned);
    resources
        .as_items()
        .unwrap_or_default()
        .iter()
        .filter(|granted| of(granted, "type").as_deref() == Some("TYPE_REPO"))
        .filter_map(|granted| {
            let path = granted.get("path").and_then(Value::as_str)?;
            let scopes: Vec<&str> = granted.get("scopes").map(|scopes| texts(scopes).collect())?;
            let has = |name: &str| scopes.contains(&name);
            let delete = has("scope-image-delete");
            let push = delete || has("scope-image-push");
            (push || has("scope-image-pull")).then_some(Images { path, push, delete })
        })
        .collect()
}

fn of_organization(object: &CredentialObject<'_>, repositories: &[(&str, &str)]) -> Option<PushCredential> {
    let view = Partial(object.value);
    let (_, host) = place(object)?;
    let organization = view.text("org_name")?;
    let secret = view.text("token").filter(|text| !text.is_empty())?;
    let mut granted = images(view.known("resources")?);
    granted.retain(|images| images.path.starts_with(&format!("{organization}/")));
    // Where it may push to some and pull from others, those that it may push to count.
    let best = granted
        .iter()
        .max_by_key(|images| (images.push, images.path.contains('*')))?;
    let (start, open) = match best.path.split_once('*') {
        Some((start, _)) => (start, true),
        None => (best.path, false),
    };
    let covered = repositories.iter().find_map(|(namespace, name)| {
        let path = format!("{namespace}/{name}");
        (if open {
            path.starts_with(start)
        } else {
            path == start
        })
        .then_some(path)
    });
    let repository = covered.unwrap_or_else(|| match (open, start.ends_with('/')) {
        (false, _) => start.to_owned(),
        (true, true) => format!("{start}regprov-probe"),
        (true, false) => format!("{}-probe", start.trim_end_matches(['-', '.', '_'])),
    });
    Some(PushCredential {
        address: object.address.clone(),
        host: host.to_owned(),
        username: organization.to_owned(),
        secret: Secret::new(secret.to_owned()),
        kind: RegistryKind::DockerHub,
        rights: Rights {
            pull: true,
            push: best.push,
            delete: best.delete,
        },
        repository_prefix: Some(start.to_owned()),
        probe: Some(repository),
        made_at: None,
        expires: instant(view, "expires_at"),
        warnings: Vec::new(),
    })
}
