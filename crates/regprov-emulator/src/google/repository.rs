//! Repositories of Artifact Registry.

mod settings;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::context::{Ask, Google, Reply, micros, pruned};
use super::failure::Failure;
use super::project::{self, Project};
use super::{locations, operation, policy, registry, service};
use crate::answer::Answer;
use crate::oci;
use crate::service::Service;
use crate::store::Transaction;

/// Repositories by `projects/{project}/locations/{location}/repositories/{id}`.
pub(super) const REPOSITORIES: &str = "google/repositories";

/// A repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Repository {
    pub(super) name: String,
    /// What a request may set, as the API has it.
    pub(super) settings: Map<String, Value>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// When it can be used.
    ready_at: Timestamp,
    /// When a deletion that is under way is done.
    deleted_at: Option<Timestamp>,
}

impl Repository {
    /// The text of a setting; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.settings
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether tags never change.
    pub(super) fn has_immutable_tags(&self) -> bool {
        self.settings
            .get("dockerConfig")
            .is_some_and(|config| config["immutableTags"] == true)
    }

    /// Project, location and id.
    fn place(&self) -> (&str, &str, &str) {
        let mut parts = self.name.split('/').skip(1).step_by(2);
        let mut next = || parts.next().unwrap_or_default();
        (next(), next(), next())
    }

    fn body(&self, tx: &Transaction) -> Value {
        let (project, location, id) = self.place();
        let mut body = Value::Object(self.settings.clone());
        body["name"] = self.name.as_str().into();
        body["createTime"] = micros(self.created_at).into();
        body["updateTime"] = micros(self.updated_at).into();
        body["satisfiesPzi"] = true.into();
        let size = oci::size_of_registry(tx, &registry::content_key(location, project, id));
        if size > 0 {
            body["sizeBytes"] = size.to_string().into();
        }
        let format = self.text("format").to_lowercase();
        body["registryUri"] = format!("{location}-{format}.pkg.dev/{project}/{id}").into();
        let asked = self.settings.get("vulnerabilityScanningConfig").cloned();
        body["vulnerabilityScanningConfig"] = scanning(tx, self, project, asked);
        pruned(body)
    }
}

fn scanning(tx: &Transaction, repository: &Repository, project: &str, asked: Option<Value>) -> Value {
    let mut config = asked.unwrap_or_else(|| json!({}));
    let mode = repository.text("mode");
    let disabled = config["enablementConfig"] == "DISABLED";
    let scans = service::is_enabled(tx, project, "containerscanning.googleapis.com");
    let (state, reason) = match mode {
        _ if mode != "STANDARD_REPOSITORY" || repository.text("format") != "DOCKER" => {
            let what = if mode == "STANDARD_REPOSITORY" {
                format!(
                    "Repository format {} is not supported.",
                    repository.text("format")
                )
            } else {
                format!("Repository mode {mode} is not supported.")
            };
            ("SCANNING_UNSUPPORTED", what)
        }
        _ if disabled => (
            "SCANNING_DISABLED",
            "Scanning is disabled by the repository's configuration.".to_owned(),
        ),
        _ if scans => ("SCANNING_ACTIVE", String::new()),
        _ => (
            "SCANNING_DISABLED",
            "API containerscanning.googleapis.com is not enabled.".to_owned(),
        ),
    };
    config["enablementState"] = state.into();
    if !reason.is_empty() {
        config["enablementStateReason"] = reason.into();
    }
    config
}

/// Carries out deletions that are due.
pub(super) fn settle(tx: &mut Transaction) {
    let now = tx.now();
    let all: Vec<(String, Repository)> = tx.scan(REPOSITORIES, "");
    for (name, repository) in all {
        if repository.deleted_at.is_some_and(|at| at <= now) {
            let (project, location, id) = repository.place();
            oci::forget_registry(tx, &registry::content_key(location, project, id));
            policy::forget(tx, &name);
            tx.delete(REPOSITORIES, &name);
        }
    }
}

/// The repository of a name, once it can be used.
pub(super) fn named(tx: &Transaction, name: &str) -> Option<Repository> {
    tx.get(REPOSITORIES, name)
        .filter(|repository: &Repository| repository.ready_at <= tx.now())
}

/// Makes a repository as the first push does.
pub(super) fn create_on_push(tx: &mut Transaction, name: &str) -> Repository {
    let settings = [("format", "DOCKER"), ("mode", "STANDARD_REPOSITORY")];
    let now = tx.now();
    let repository = Repository {
        name: name.to_owned(),
        settings: settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect(),
        created_at: now,
        updated_at: now,
        ready_at: now,
        deleted_at: None,
    };
    tx.put(REPOSITORIES, name, &repository);
    repository
}

fn absent() -> Failure {
    Failure::absent("Requested entity was not found.")
}

fn invalid() -> Failure {
    Failure::invalid("Request contains an invalid argument.")
}

/// The refusal of a caller without a right.
pub(super) fn refused(permission: &str, resource: &str) -> Failure {
    let resource = format!("//artifactregistry.googleapis.com/{resource}");
    let metadata = json!({ "permission": permission, "resource": resource.trim_start_matches("//artifactregistry.googleapis.com/") });
    Failure::denied(format!(
        "Permission '{permission}' denied on resource '{resource}' (or it may not exist)."
    ))
    .info(
        "IAM_PERMISSION_DENIED",
        "artifactregistry.googleapis.com",
        metadata,
    )
}

/// Answers Artifact Registry.
pub(super) fn handle(google: &mut Google<'_>, ask: &Ask) -> Reply {
    let segments = ask.segments();
    let ["projects", id, rest @ ..] = segments.as_slice() else {
        return Err(Failure::unknown(google.call));
    };
    let found = project::named(google.tx, id);
    let project = found.ok_or_else(|| refused("artifactregistry.repositories.get", &segments.join("/")))?;
    match (ask.method, rest, ask.verb.as_deref()) {
        ("GET", ["locations"], None) => {
            need(
                google,
                &project,
                (
                    "artifactregistry.locations.list",
                    &format!("projects/{}", project.id),
                ),
            )?;
            let all = locations::LOCATIONS
                .iter()
                .map(|location| location_body(&project, location))
                .collect();
            google.list("locations", all, 500)
        }
        ("GET", ["locations", location], None) => {
            need(
                google,
                &project,
                (
                    "artifactregistry.locations.get",
                    &format!("projects/{}", project.id),
                ),
            )?;
            if !locations::exists(location) {
                return Err(absent());
            }
            Ok(Answer::json(200, &location_body(&project, location)))
        }
        (_, ["locations", location, rest @ ..], _) => {
            let parent = format!("projects/{}/locations/{location}", project.id);
            within(google, &project, (ask, &parent, rest))
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

fn location_body(project: &Project, location: &str) -> Value {
    json!({ "name": format!("projects/{}/locations/{location}", project.id), "locationId": location, "displayName": location })
}

fn need(google: &Google<'_>, project: &Project, (permission, resource): (&str, &str)) -> Result<(), Failure> {
    google.api_is_on("artifactregistry.googleapis.com", project)?;
    if google.may(permission, resource) {
        return Ok(());
    }
    Err(refused(permission, resource))
}

fn within(google: &mut Google<'_>, project: &Project, (ask, parent, rest): (&Ask, &str, &[&str])) -> Reply {
    let on_project = format!("projects/{}", project.id);
    match (ask.method, rest, ask.verb.as_deref()) {
        ("GET", ["operations", id], None) => operation::get(google, &format!("{parent}/operations/{id}")),
        ("GET", ["repositories"], None) => {
            need(
                google,
                project,
                ("artifactregistry.repositories.list", &on_project),
            )?;
            list(google, parent)
        }
        ("POST", ["repositories"], None) => {
            google.api_is_on("artifactregistry.googleapis.com", project)?;
            let permission = "artifactregistry.repositories.create";
            if !google.may(permission, &on_project) {
                return Err(refused(permission, parent));
            }
            create(google, project, parent)
        }
        (_, ["repositories", id, rest @ ..], verb) => {
            let name = format!("{parent}/repositories/{id}");
            if rest.is_empty() {
                return one(google, project, (ask.method, &name, verb));
            }
            need(google, project, ("artifactregistry.dockerimages.list", &name))?;
            let repository = named(google.tx, &name).ok_or_else(absent)?;
            super::docker_image::handle(google, &repository, (ask.method, rest))
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

fn list(google: &mut Google<'_>, parent: &str) -> Reply {
    let all: Vec<(String, Repository)> = google.tx.scan(REPOSITORIES, &format!("{parent}/"));
    let now = google.tx.now();
    let bodies = all
        .iter()
        .filter(|(_, repository)| repository.ready_at <= now)
        .map(|(_, repository)| repository.body(google.tx))
        .collect();
    google.list("repositories", bodies, 1000)
}

fn is_repository_id(id: &str, location: &str) -> bool {
    if let Some(home) = registry::home_of_gcr(id) {
        return home == location;
    }
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (1..=63).contains(&id.len())
        && id.chars().all(plain)
        && id.starts_with(|letter: char| letter.is_ascii_lowercase())
        && !id.ends_with('-')
}

fn create(google: &mut Google<'_>, project: &Project, parent: &str) -> Reply {
    let location = parent.rsplit('/').next().unwrap_or_default();
    let id = google
        .call
        .query("repositoryId")
        .or_else(|| google.call.query("repository_id"));
    let id = id.unwrap_or_default();
    let written: settings::Settings = google.body()?;
    if !locations::exists(location) || !is_repository_id(id, location) {
        return Err(invalid());
    }
    let settings = written.checked()?;
    let name = format!("{parent}/repositories/{id}");
    if google.tx.contains(REPOSITORIES, &name) {
        return Err(Failure::exists("the repository already exists"));
    }
    let now = google.tx.now();
    let repository = Repository {
        name: name.clone(),
        settings,
        created_at: now,
        updated_at: now,
        ready_at: operation::done_at(google.tx),
        deleted_at: None,
    };
    let mut response = repository.body(google.tx);
    for left_out in ["createTime", "updateTime", "registryUri"] {
        response.as_object_mut().map(|members| members.remove(left_out));
    }
    response["@type"] = "type.googleapis.com/google.devtools.artifactregistry.v1.Repository".into();
    if !operation::will_fail(google.tx) {
        google.tx.put(REPOSITORIES, &name, &repository);
        if repository.text("format") == "DOCKER" {
            open_door(google.tx, location, id)?;
        }
    }
    tracing::trace!(project = %project.number, %name, "a repository begins");
    begin(google, parent, response)
}

/// Gives the hosts of a repository their ports.
fn open_door(tx: &mut Transaction, location: &str, id: &str) -> Result<(), Failure> {
    let mut hosts = vec![format!("{location}-docker.pkg.dev")];
    if registry::home_of_gcr(id).is_some() {
        hosts.push(id.to_owned());
    }
    for host in hosts {
        tx.allocate_port(&Service::Google(host))
            .map_err(|error| Failure::exhausted(format!("The machine has no free port: {error}.")))?;
    }
    Ok(())
}

fn begin(google: &mut Google<'_>, parent: &str, response: Value) -> Reply {
    let name = format!("{parent}/operations/{}", google.tx.new_uuid());
    let kind = "type.googleapis.com/google.devtools.artifactregistry.v1.OperationMetadata";
    operation::begin(google.tx, &name, json!({ "@type": kind }), Ok(response))
}

fn one(
    google: &mut Google<'_>,
    project: &Project,
    (method, name, verb): (&str, &str, Option<&str>),
) -> Reply {
    let permission = match (method, verb) {
        ("GET", None) => "artifactregistry.repositories.get",
        ("PATCH", None) => "artifactregistry.repositories.update",
        ("DELETE", None) => "artifactregistry.repositories.delete",
        ("GET", Some("getIamPolicy")) => "artifactregistry.repositories.getIamPolicy",
        ("POST", Some("setIamPolicy")) => "artifactregistry.repositories.setIamPolicy",
        ("POST", Some("testIamPermissions")) => "",
        _ => return Err(Failure::unknown(google.call)),
    };
    if !permission.is_empty() {
        need(google, project, (permission, name))?;
    }
    let mut repository = named(google.tx, name).ok_or_else(absent)?;
    match (method, verb) {
        (_, Some(verb)) => policy::answer(google, name, verb),
        ("GET", _) => Ok(Answer::json(200, &repository.body(google.tx))),
        ("PATCH", _) => {
            let written: settings::Settings = google.body()?;
            let mask = google.mask(None);
            written.change(&mut repository.settings, mask)?;
            repository.updated_at = google.tx.now();
            google.tx.put(REPOSITORIES, name, &repository);
            let mut body = repository.body(google.tx);
            body.as_object_mut().map(|members| members.remove("registryUri"));
            Ok(Answer::json(200, &body))
        }
        _ => {
            if repository.deleted_at.is_none() && !operation::will_fail(google.tx) {
                repository.deleted_at = Some(operation::done_at(google.tx));
                google.tx.put(REPOSITORIES, name, &repository);
            }
            let parent = name.rsplitn(3, '/').nth(2).unwrap_or_default().to_owned();
            begin(
                google,
                &parent,
                json!({ "@type": "type.googleapis.com/google.protobuf.Empty" }),
            )
        }
    }
}
