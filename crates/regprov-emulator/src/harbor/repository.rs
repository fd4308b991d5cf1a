//! Repositories: `/repositories`, `/projects/{project_name}/repositories`.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Reply, done, told};
use super::artifact;
use super::failure::Failure;
use super::immutable_tag::is_immutable;
use super::instance::content_key;
use super::instant;
use super::listing::list;
use super::project::{self, Project};
use super::route::{Route, route};
use super::rows::{Row, Rows};
use crate::answer::Answer;
use crate::oci;

/// A repository. It stays when its last artifact goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) project_id: u64,
    /// With the project: `project/name`.
    pub(super) name: String,
    description: String,
    pub(super) pull_count: u64,
    created: Timestamp,
    updated: Timestamp,
}

impl Row for Repository {
    const TABLE: &'static str = "harbor/repositories";

    fn id(&self) -> u64 {
        self.id
    }
}

impl Repository {
    /// The name without the project.
    pub(super) fn short_name(&self) -> &str {
        self.name.split_once('/').map_or(&self.name, |(_, name)| name)
    }

    /// How many artifacts it holds.
    pub(super) fn artifact_count(&self, rows: &Rows<'_>) -> usize {
        oci::manifests_of(rows.tx, &content_key(&rows.name), &self.name).len()
    }
}

/// The repository of a name; made where there is none yet.
pub(super) fn ensure(rows: &mut Rows<'_>, project: &Project, name: &str) -> Repository {
    if let Some(known) = rows.find::<Repository>(|repository| repository.name == name) {
        return known;
    }
    let now = rows.tx.now();
    let repository = Repository {
        id: rows.new_id::<Repository>(),
        project_id: project.id,
        name: name.to_owned(),
        description: String::new(),
        pull_count: 0,
        created: now,
        updated: now,
    };
    rows.save(&repository);
    repository
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/repositories", list_all),
    route("GET", "/projects/{project}/repositories", list_of_project),
    route("GET", "/projects/{project}/repositories/{repository_name}", get),
    route(
        "PUT",
        "/projects/{project}/repositories/{repository_name}",
        update,
    ),
    route(
        "DELETE",
        "/projects/{project}/repositories/{repository_name}",
        delete,
    ),
];

fn shown(rows: &Rows<'_>, repository: &Repository) -> Value {
    told(
        json!({
            "id": repository.id, "project_id": repository.project_id, "name": repository.name,
            "description": repository.description, "artifact_count": repository.artifact_count(rows),
            "pull_count": repository.pull_count, "creation_time": instant(repository.created),
            "update_time": instant(repository.updated),
        }),
        &["artifact_count"],
    )
}

/// The project that the path names: by name, whatever it looks like.
pub(super) fn admit(api: &Api<'_>, resource: &str, action: &str) -> Result<Project, Failure> {
    let name = api.path("project");
    let project = project::by_name(&api.rows, name);
    api.require_project(project.as_ref().map(|project| project.id), resource, action)?;
    project.ok_or_else(|| Failure::not_found(format!("project {name} not found")))
}

/// The name of the repository that the path names, with its project. Clients encode it twice.
pub(super) fn full_name(api: &Api<'_>) -> String {
    let name = percent_decode_str(api.path("repository_name"))
        .decode_utf8_lossy()
        .into_owned();
    format!("{}/{name}", api.path("project"))
}

/// The repository that the path names.
pub(super) fn named(api: &Api<'_>) -> Result<Repository, Failure> {
    let name = full_name(api);
    api.rows
        .find::<Repository>(|repository| repository.name == name)
        .ok_or_else(|| Failure::not_found(format!("repository {name} not found")))
}

fn list_all(api: &mut Api<'_>) -> Reply {
    let repositories = api.rows.all::<Repository>();
    let rows = repositories
        .iter()
        .filter(|repository| api.may_project(repository.project_id, "repository", "list"))
        .map(|repository| shown(&api.rows, repository))
        .collect();
    list(api, rows)
}

fn list_of_project(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "repository", "list")?;
    let repositories = api.rows.all::<Repository>();
    let rows = repositories
        .iter()
        .filter(|repository| repository.project_id == project.id)
        .map(|repository| shown(&api.rows, repository))
        .collect();
    list(api, rows)
}

fn get(api: &mut Api<'_>) -> Reply {
    admit(api, "repository", "read")?;
    let repository = named(api)?;
    Ok(Answer::json(200, &shown(&api.rows, &repository)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    description: String,
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("repository")?;
    admit(api, "repository", "update")?;
    let mut repository = named(api)?;
    repository.description = wish
        .description
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    repository.updated = api.rows.tx.now();
    api.rows.save(&repository);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "repository", "delete")?;
    let repository = named(api)?;
    let key = content_key(&api.rows.name);
    for (tag, _) in oci::tags_of(api.rows.tx, &key, &repository.name) {
        if is_immutable(&api.rows, project.id, repository.short_name(), &tag) {
            return Err(Failure::precondition(format!(
                "the tag {tag} configured as immutable, cannot be deleted"
            )));
        }
    }
    oci::forget_repository(api.rows.tx, &key, &repository.name);
    artifact::forget_all(&mut api.rows, &repository.name);
    api.rows.remove::<Repository>(repository.id);
    Ok(done())
}
