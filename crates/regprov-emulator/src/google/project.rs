//! Projects, and what Resource Manager tells of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::context::{Google, Reply, micros, pruned};
use super::failure::Failure;
use super::policy;
use crate::answer::Answer;
use crate::store::{SETTINGS, Transaction};

/// Projects that scenes made, by id.
pub(super) const PROJECTS: &str = "google/projects";
/// Projects that configurations named, by id.
const NAMED: &str = "_google_projects";
/// Ids of projects, by number.
const NUMBERS: &str = "_google_project_numbers";
/// Under this key of the settings: whether only the projects of scenes exist.
const ONLY_NAMED: &str = "google_only_named_projects";

/// A project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
    /// Whether somebody pays for it.
    pub(super) billing: bool,
    /// Whether Container Registry served it before Artifact Registry did.
    pub(super) legacy_registry: bool,
}

/// The project of an id or a number. Whoever asks owns whatever project a configuration names, so that files need no change,
/// unless a scene named the projects.
pub(super) fn named(tx: &mut Transaction, text: &str) -> Option<Project> {
    if let Some(known) = known(tx, text) {
        return Some(known);
    }
    let closed = tx.get::<bool>(SETTINGS, ONLY_NAMED).unwrap_or(false);
    if closed || !is_id(text) {
        return None;
    }
    let project = new(tx, text);
    tx.put(NAMED, text, &project);
    tx.put(NUMBERS, &project.number, &text);
    policy::grant_operator(tx, &format!("projects/{text}"));
    Some(project)
}

/// The project of an id or a number, where there is one already.
pub(super) fn known(tx: &Transaction, text: &str) -> Option<Project> {
    let id = tx.get::<String>(NUMBERS, text).unwrap_or_else(|| text.to_owned());
    tx.get(PROJECTS, &id).or_else(|| tx.get(NAMED, &id))
}

/// A project as it begins.
pub(super) fn new(tx: &Transaction, id: &str) -> Project {
    let digest = Sha256::digest(id.as_bytes());
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    let number = u64::from_be_bytes(head) % 900_000_000_000 + 100_000_000_000;
    Project {
        id: id.to_owned(),
        number: number.to_string(),
        name: id.to_owned(),
        created_at: tx.now(),
        billing: true,
        legacy_registry: false,
    }
}

/// Keeps a project of a scene; what it makes are surroundings. From then on there are only the projects of scenes.
pub(crate) fn seed(tx: &mut Transaction, id: &str, change: impl FnOnce(&mut SeededProject)) {
    let mut project = known(tx, id).unwrap_or_else(|| new(tx, id));
    let mut seeded = SeededProject {
        billing: project.billing,
        legacy_registry: project.legacy_registry,
        name: project.name.clone(),
    };
    change(&mut seeded);
    project.billing = seeded.billing;
    project.legacy_registry = seeded.legacy_registry;
    project.name = seeded.name;
    tx.put(PROJECTS, id, &project);
    tx.mark_surrounding(PROJECTS, id);
    tx.put(NUMBERS, &project.number, &id);
    policy::grant_operator(tx, &format!("projects/{id}"));
    tx.put(SETTINGS, ONLY_NAMED, &true);
}

/// What a scene says of a project.
pub(crate) struct SeededProject {
    pub(crate) name: String,
    pub(crate) billing: bool,
    pub(crate) legacy_registry: bool,
}

/// Whether a text has the form of a project id.
pub(crate) fn is_id(text: &str) -> bool {
    let (domain, id) = text.rsplit_once(':').unwrap_or(("", text));
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let domain_fits = domain.chars().all(|letter| plain(letter) || letter == '.');
    (6..=30).contains(&id.len())
        && domain_fits
        && id.chars().all(plain)
        && id.starts_with(|letter: char| letter.is_ascii_lowercase())
        && !id.ends_with('-')
}

/// The refusal that hides whether there is such a project.
fn hidden() -> Failure {
    Failure::denied("The caller does not have permission")
}

/// Answers Resource Manager.
pub(super) fn handle(google: &mut Google<'_>, ask: &super::context::Ask) -> Reply {
    match (ask.method, ask.segments().as_slice(), ask.verb.as_deref()) {
        ("GET", ["projects"], None) => list(google, ask),
        ("GET", ["projects", id], None) => get(google, id, ask),
        ("POST", ["projects", id], Some("getAncestry")) if ask.version == "v1" => {
            let project = owned(google, id, "resourcemanager.projects.get")?;
            let body = json!({ "ancestor": [{ "resourceId": { "type": "project", "id": project.id } }] });
            Ok(Answer::json(200, &body))
        }
        ("POST", ["projects", id], Some(verb)) => {
            let permission = match verb {
                "getIamPolicy" => "resourcemanager.projects.getIamPolicy",
                "setIamPolicy" => "resourcemanager.projects.setIamPolicy",
                "testIamPermissions" => {
                    let project = named(google.tx, id).ok_or_else(hidden)?;
                    return policy::test(google, &format!("projects/{}", project.id));
                }
                _ => return Err(Failure::unknown(google.call)),
            };
            let project = owned(google, id, permission)?;
            policy::answer(google, &format!("projects/{}", project.id), verb)
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

/// The project, where the caller has a permission on it.
fn owned(google: &mut Google<'_>, id: &str, permission: &str) -> Result<Project, Failure> {
    let project = named(google.tx, id).ok_or_else(hidden)?;
    google.api_is_on("cloudresourcemanager.googleapis.com", &project)?;
    if google.may(permission, &format!("projects/{}", project.id)) {
        return Ok(project);
    }
    Err(hidden())
}

fn get(google: &mut Google<'_>, id: &str, ask: &super::context::Ask) -> Reply {
    let project = owned(google, id, "resourcemanager.projects.get")?;
    Ok(Answer::json(200, &body(&project, &ask.version)))
}

fn list(google: &mut Google<'_>, ask: &super::context::Ask) -> Reply {
    let mut all: Vec<(String, Project)> = google.tx.scan(PROJECTS, "");
    all.extend(google.tx.scan::<Project>(NAMED, ""));
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all.dedup_by(|a, b| a.0 == b.0);
    let seen = all
        .into_iter()
        .filter(|(id, _)| google.may("resourcemanager.projects.get", &format!("projects/{id}")));
    let bodies = seen.map(|(_, project)| body(&project, &ask.version)).collect();
    google.list("projects", bodies, 500)
}

fn body(project: &Project, version: &str) -> Value {
    if version == "v3" {
        return pruned(json!({
            "name": format!("projects/{}", project.number), "projectId": project.id, "displayName": project.name,
            "state": "ACTIVE", "createTime": micros(project.created_at), "etag": policy::etag_of(&project.id),
        }));
    }
    json!({
        "projectNumber": project.number, "projectId": project.id, "lifecycleState": "ACTIVE",
        "name": project.name, "createTime": micros(project.created_at),
    })
}

/// Answers Cloud Billing.
pub(super) fn billing(google: &mut Google<'_>, id: &str) -> Reply {
    let project = named(google.tx, id).ok_or_else(hidden)?;
    if !google.may(
        "resourcemanager.projects.get",
        &format!("projects/{}", project.id),
    ) {
        return Err(hidden());
    }
    let mut body = json!({
        "name": format!("projects/{}/billingInfo", project.id), "projectId": project.id,
    });
    if project.billing {
        body["billingAccountName"] = "billingAccounts/012345-567890-ABCDEF".into();
        body["billingEnabled"] = true.into();
    }
    Ok(Answer::json(200, &body))
}
