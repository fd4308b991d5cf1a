//! The push credentials of keys: each with the repositories that its service account may push to.

use crate::iam::{
    ProjectBinding, ProjectMember, ProjectPolicy, RepositoryBinding, RepositoryMember, RepositoryPolicy,
    parsed,
};
use crate::policy::{Binding, is_same_member};
use crate::repository::Repository;
use crate::service_account_key::ServiceAccountKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use regprov_provider::{CredentialObject, Partial, PushCredential, RegistryKind, Resource, Rights};
use regprov_schema::Secret;
use regprov_value::Value;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The login name that goes with a key.
const USERNAME: &str = "_json_key";
/// The hosts that were Container Registry.
const GCR: &[&str] = &["gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io"];

/// Roles that may push, and whether they may delete.
const PUSHING: &[(&str, bool)] = &[
    ("roles/artifactregistry.writer", false),
    ("roles/artifactregistry.createOnPushWriter", false),
    ("roles/artifactregistry.repoAdmin", true),
    ("roles/artifactregistry.createOnPushRepoAdmin", true),
    ("roles/artifactregistry.admin", true),
    ("roles/editor", true),
    ("roles/owner", true),
];
/// Roles that may pull.
const PULLING: &[&str] = &["roles/artifactregistry.reader", "roles/viewer"];

/// What of a key file says whose it is.
#[derive(Deserialize)]
struct File {
    client_email: String,
}

/// A repository with the place that it is pushed to.
struct Place<'a> {
    project: &'a str,
    location: &'a str,
    id: &'a str,
    uri: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(object: &CredentialObject<'a>) -> Option<Self> {
        let view = Partial(object.value);
        let is_docker = view
            .text("format")
            .is_some_and(|format| format.eq_ignore_ascii_case("docker"));
        // Others hold what someone else pushed.
        let is_standard = view.text("mode").is_none_or(|mode| mode == "STANDARD_REPOSITORY");
        (is_docker && is_standard).then_some(())?;
        Some(Self {
            project: view.text("project")?,
            location: view.text("location")?,
            id: view.text("repository_id")?,
            uri: view.text("registry_uri").filter(|uri| !uri.is_empty()),
        })
    }

    fn is_gcr(&self) -> bool {
        GCR.contains(&self.id)
    }

    /// The host, and where in it the repository is.
    fn host_and_prefix(&self) -> (String, String) {
        let project = self.project.replace(':', "/");
        // The service tells the address below `pkg.dev`, where images of older names are too.
        if self.is_gcr() {
            return (self.id.to_owned(), format!("{project}/"));
        }
        if let Some((host, path)) = self.uri.and_then(|uri| uri.split_once('/')) {
            return (host.to_owned(), format!("{}/", path.trim_end_matches('/')));
        }
        let host = format!("{}-docker.pkg.dev", self.location);
        (host, format!("{project}/{}/", self.id))
    }
}

/// The roles of a member in an object of a policy.
fn roles(object: &CredentialObject<'_>, member: &str) -> Vec<String> {
    let view = Partial(object.value);
    let is_ours = |text: &str| is_same_member(text, member);
    if let Some(data) = view.text("policy_data") {
        let bindings = parsed(data).map(|policy| policy.bindings).unwrap_or_default();
        let ours = bindings
            .into_iter()
            .filter(|binding: &Binding| binding.has(member));
        return ours.map(|binding| binding.role).collect();
    }
    let role = view.text("role").map(str::to_owned);
    let named = view.text("member").is_some_and(is_ours);
    let listed = object
        .value
        .get("members")
        .and_then(Value::as_items)
        .is_some_and(|items| items.iter().filter_map(Value::as_str).any(is_ours));
    role.filter(|_| named || listed).into_iter().collect()
}

/// Whether an object of a policy is about a repository.
fn is_about(object: &CredentialObject<'_>, place: &Place<'_>) -> bool {
    let view = Partial(object.value);
    let project = view
        .text("project")
        .map(|text| text.strip_prefix("projects/").unwrap_or(text));
    match object.resource_type {
        RepositoryMember::TYPE | RepositoryBinding::TYPE | RepositoryPolicy::TYPE => {
            let short = |text: &str| text.rsplit('/').next() == Some(place.id);
            project == Some(place.project)
                && view.text("location") == Some(place.location)
                && view.text("repository").is_some_and(short)
        }
        ProjectMember::TYPE | ProjectBinding::TYPE | ProjectPolicy::TYPE => project == Some(place.project),
        _ => false,
    }
}

/// What roles may do together.
fn rights(roles: &[String]) -> Rights {
    let pushing: Vec<bool> = roles
        .iter()
        .filter_map(|role| PUSHING.iter().find(|(name, _)| name == role))
        .map(|(_, deletes)| *deletes)
        .collect();
    Rights {
        pull: !pushing.is_empty() || roles.iter().any(|role| PULLING.contains(&role.as_str())),
        push: !pushing.is_empty(),
        delete: pushing.contains(&true),
    }
}

/// A key with each repository that it may be used at.
pub(crate) fn push_credentials(objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
    let keys = objects
        .iter()
        .filter(|object| object.resource_type == ServiceAccountKey::TYPE);
    let places: Vec<Place<'_>> = objects
        .iter()
        .filter(|object| object.resource_type == Repository::TYPE)
        .filter_map(Place::of)
        .collect();
    keys.flat_map(|key| of_key(key, &places, objects)).collect()
}

fn of_key(
    key: &CredentialObject<'_>,
    places: &[Place<'_>],
    objects: &[CredentialObject<'_>],
) -> Vec<PushCredential> {
    let view = Partial(key.value);
    let decoded = view
        .text("private_key")
        .and_then(|text| STANDARD.decode(text).ok())
        .map(Zeroizing::new)
        .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
        .map(Zeroizing::new);
    let Some(text) = decoded else { return Vec::new() };
    let Ok(file) = serde_json::from_str::<File>(&text) else {
        return Vec::new();
    };
    let member = format!("serviceAccount:{}", file.client_email);
    let instant = |name: &str| view.text(name).and_then(|text| text.parse::<Timestamp>().ok());
    let far = |instant: &Timestamp| instant.as_second() < 253_370_764_800;
    let credentials = places.iter().filter_map(|place| {
        let roles: Vec<String> = objects
            .iter()
            .filter(|object| is_about(object, place))
            .flat_map(|object| roles(object, &member))
            .collect();
        let rights = rights(&roles);
        rights.pull.then_some(())?;
        let (host, prefix) = place.host_and_prefix();
        let broad = roles.iter().find(|role| {
            ["roles/owner", "roles/editor", "roles/artifactregistry.admin"].contains(&role.as_str())
        });
        Some(PushCredential {
            address: key.address.clone(),
            host,
            username: USERNAME.to_owned(),
            secret: Secret::new(text.as_str().to_owned()),
            kind: if place.is_gcr() {
                RegistryKind::Gcr
            } else {
                RegistryKind::ArtifactRegistry
            },
            rights,
            repository_prefix: Some(prefix),
            probe: None,
            made_at: instant("valid_after"),
            expires: instant("valid_before").filter(far),
            warnings: broad
                .map(|role| {
                    format!(
                        "Its service account has {role}, which may do much more than push. \
                         roles/artifactregistry.writer on the repository is enough."
                    )
                })
                .into_iter()
                .collect(),
        })
    });
    credentials.collect()
}

#[cfg(test)]
mod tests;
