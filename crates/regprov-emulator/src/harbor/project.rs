//! Projects: `/projects`.

mod creating;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(super) use creating::is_name;
use creating::{Wish, create, known_metadata};

use super::api::{Api, Reply, done, told};
use super::caller::Caller;
use super::cve_allowlist::{self, Allowlist};
use super::failure::Failure;
use super::immutable_tag::ImmutableRule;
use super::label::Label;
use super::listing::{Keywords, list_by};
use super::permission::{PROJECT, role_power};
use super::project_member::{self, Member};
use super::quota::{self, Quota};
use super::registry::Registry;
use super::repository::Repository;
use super::robot::{Reach, Robot};
use super::route::{Route, route};
use super::rows::{Row, Rows};
use super::user::User;
use super::webhook::WebhookPolicy;
use super::{instant, retention, scanner};
use crate::answer::Answer;

/// A project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Project {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) owner_id: u64,
    /// The upstream of a proxy cache.
    pub(super) registry_id: Option<u64>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) cve_allowlist: Allowlist,
    /// The scanner that was chosen for it.
    pub(super) scanner: Option<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Row for Project {
    const TABLE: &'static str = "harbor/projects";

    fn id(&self) -> u64 {
        self.id
    }
}

impl Project {
    /// Whether everybody may read it.
    pub(super) fn is_public(&self) -> bool {
        self.metadata.get("public").is_some_and(|value| value == "true")
    }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects", list),
    route("HEAD", "/projects", head),
    route("POST", "/projects", create),
    route("GET", "/projects/{project}", get),
    route("PUT", "/projects/{project}", update),
    route("DELETE", "/projects/{project}", delete),
    route("GET", "/projects/{project}/_deletable", deletable),
    route("GET", "/projects/{project}/summary", summary),
    route("GET", "/projects/{project}/scanner", get_scanner),
    route("PUT", "/projects/{project}/scanner", set_scanner),
    route(
        "GET",
        "/projects/{project}/scanner/candidates",
        scanner_candidates,
    ),
];

/// The project of a name.
pub(super) fn by_name(rows: &Rows<'_>, name: &str) -> Option<Project> {
    rows.find::<Project>(|project| project.name == name)
}

/// The project that the path names, by id or name, where there is one; with the words that name it.
pub(super) fn look_up(api: &Api<'_>) -> (Option<Project>, String) {
    let text = api.path("project");
    let is_name = api
        .call
        .header("x-is-resource-name")
        .is_some_and(|value| value == "true");
    match text.parse::<u64>() {
        Ok(id) if !is_name => (api.rows.row(id), id.to_string()),
        _ => (by_name(&api.rows, text), text.to_owned()),
    }
}

/// The project that the path names, after checking that the caller may do `action` to `resource` in it.
pub(super) fn admit(api: &Api<'_>, resource: &str, action: &str) -> Result<Project, Failure> {
    let (project, words) = look_up(api);
    api.require_project(project.as_ref().map(|project| project.id), resource, action)?;
    project.ok_or_else(|| Failure::not_found(format!("project {words} not found")))
}

/// The project that every new Harbor has.
pub(super) fn add_library(rows: &mut Rows<'_>, owner: u64) {
    add_empty(rows, "library", owner, "true");
}

/// Adds a project without a limit; answers its id.
pub(super) fn add_empty(rows: &mut Rows<'_>, name: &str, owner: u64, public: &str) -> u64 {
    let new = NewProject {
        name,
        owner,
        registry_id: None,
        metadata: BTreeMap::from([("public".to_owned(), public.to_owned())]),
    };
    let id = add(rows, new);
    quota::add(rows, id, -1);
    id
}

/// A project to be.
pub(super) struct NewProject<'a> {
    pub(super) name: &'a str,
    pub(super) owner: u64,
    pub(super) registry_id: Option<u64>,
    pub(super) metadata: BTreeMap<String, String>,
}

/// Adds a project and its owner's membership; answers its id.
pub(super) fn add(rows: &mut Rows<'_>, new: NewProject<'_>) -> u64 {
    let now = rows.tx.now();
    let id = rows.new_id::<Project>();
    let project = Project {
        id,
        name: new.name.to_owned(),
        owner_id: new.owner,
        registry_id: new.registry_id,
        metadata: new.metadata,
        cve_allowlist: cve_allowlist::empty(rows),
        scanner: None,
        created: now,
        updated: now,
    };
    rows.save(&project);
    project_member::add(rows, id, project_member::Entity::User(new.owner), 1);
    id
}

fn shown(api: &Api<'_>, project: &Project) -> Value {
    let owner = api.rows.row::<User>(project.owner_id);
    let mut roles = api
        .caller
        .user()
        .map(|user| project_member::roles(&api.rows, project.id, user))
        .unwrap_or_default();
    roles.sort_by_key(|role| std::cmp::Reverse(role_power(*role)));
    let mut metadata = project.metadata.clone();
    if let Some(severity) = metadata.get_mut("severity") {
        *severity = modern_severity(severity).to_owned();
    }
    let count = api
        .rows
        .all::<Repository>()
        .iter()
        .filter(|repository| repository.project_id == project.id)
        .count();
    told(
        json!({
            "project_id": project.id, "owner_id": project.owner_id, "name": project.name,
            "registry_id": project.registry_id, "creation_time": instant(project.created),
            "update_time": instant(project.updated), "owner_name": owner.map(|owner| owner.username),
            "current_user_role_id": roles.first(), "current_user_role_ids": roles, "repo_count": count,
            "metadata": metadata, "cve_allowlist": project.cve_allowlist.shown(Some(project.id)),
        }),
        &["repo_count"],
    )
}

/// The names that severities have in CVSS 3.
pub(super) fn modern_severity(severity: &str) -> &str {
    match severity {
        "negligible" => "none",
        "low" | "medium" | "high" | "critical" | "none" => severity,
        _ => "unknown",
    }
}

fn list(api: &mut Api<'_>) -> Reply {
    let mut keywords = Keywords::of(api)?;
    keywords.fuzzy("name", api.call.query("name"));
    let public = api.flag("public")?;
    let owner = api
        .call
        .query("owner")
        .filter(|owner| !owner.is_empty())
        .map(str::to_owned);
    let sees_all = api.may_system(PROJECT, "list") || covers_all(&api.caller);
    let projects = api.rows.all::<Project>();
    let rows = projects
        .iter()
        .filter(|project| sees_all || is_listed(api, project))
        .filter(|project| public.is_none_or(|public| project.is_public() == public))
        .map(|project| shown(api, project))
        .filter(|row| owner.as_ref().is_none_or(|owner| row["owner_name"] == *owner))
        .collect();
    list_by(api, rows, &keywords)
}

fn covers_all(caller: &Caller) -> bool {
    match caller {
        Caller::Robot(robot) => robot
            .permissions
            .iter()
            .any(|permission| permission.reach == Reach::AllProjects),
        Caller::Anonymous | Caller::User(_) => false,
    }
}

/// Whether a list shows a project to somebody who does not see all.
fn is_listed(api: &Api<'_>, project: &Project) -> bool {
    project.is_public()
        || match &api.caller {
            Caller::Anonymous => false,
            Caller::User(user) => !project_member::roles(&api.rows, project.id, user).is_empty(),
            Caller::Robot(robot) => robot
                .permissions
                .iter()
                .any(|permission| permission.reach == Reach::Project(project.id)),
        }
}

fn head(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let name = api.call.query("project_name").unwrap_or_default();
    if name.is_empty() {
        return Err(Failure::invalid("project_name in query is required"));
    }
    match by_name(&api.rows, name) {
        Some(_) => Ok(done()),
        None => Err(Failure::not_found(format!("project {name} not found"))),
    }
}

fn get(api: &mut Api<'_>) -> Reply {
    let project = admit(api, PROJECT, "read")?;
    Ok(Answer::json(200, &shown(api, &project)))
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("project")?;
    let mut project = admit(api, PROJECT, "update")?;
    if let Some(allowlist) = wish.cve_allowlist {
        if allowlist.project_id != 0 && allowlist.project_id != project.id {
            return Err(Failure::bad_request(format!(
                "project_id in cve_allowlist must be {} but it's {}",
                project.id, allowlist.project_id
            )));
        }
        project.cve_allowlist.take(&allowlist, api.rows.tx.now());
    }
    let metadata = known_metadata(api, wish.metadata.as_ref(), project.registry_id.is_some())?;
    if let Some(id) = metadata.get("retention_id")
        && project.metadata.get("retention_id") != Some(id)
    {
        return Err(Failure::bad_request(
            "the retention_id in the request's payload when updating a project should be omitted, alternatively passing the one that has already been associated to this project",
        ));
    }
    project.metadata.extend(metadata);
    project.updated = api.rows.tx.now();
    api.rows.save(&project);
    Ok(done())
}

const NOT_EMPTY: &str = "the project contains repositories, can not be deleted";

fn is_empty(api: &Api<'_>, project: &Project) -> bool {
    api.rows
        .find::<Repository>(|repository| repository.project_id == project.id)
        .is_none()
}

fn deletable(api: &mut Api<'_>) -> Reply {
    let project = admit(api, PROJECT, "delete")?;
    let body = if is_empty(api, &project) {
        json!({ "deletable": true })
    } else {
        json!({ "deletable": false, "message": NOT_EMPTY })
    };
    Ok(Answer::json(200, &body))
}

fn delete(api: &mut Api<'_>) -> Reply {
    let project = admit(api, PROJECT, "delete")?;
    if !is_empty(api, &project) {
        return Err(Failure::precondition(format!("precondition failed: {NOT_EMPTY}")));
    }
    let id = project.id;
    let rows = &mut api.rows;
    rows.remove_all::<Member>(|member| member.project_id == id);
    rows.remove_all::<Robot>(|robot| robot.project_id == Some(id));
    rows.remove_all::<Quota>(|quota| quota.project_id == id);
    rows.remove_all::<Label>(|label| label.project_id == Some(id));
    rows.remove_all::<ImmutableRule>(|rule| rule.project_id == id);
    rows.remove_all::<WebhookPolicy>(|policy| policy.project_id == id);
    retention::remove_of_project(rows, id);
    rows.remove::<Project>(id);
    Ok(done())
}

fn summary(api: &mut Api<'_>) -> Reply {
    let project = admit(api, PROJECT, "read")?;
    let mut body = Map::new();
    let repositories = api.rows.all::<Repository>();
    let count = repositories
        .iter()
        .filter(|repository| repository.project_id == project.id)
        .count();
    body.insert("repo_count".to_owned(), json!(count));
    if api.may_project(project.id, "quota", "read")
        && let Some(quota) = api.rows.find::<Quota>(|quota| quota.project_id == project.id)
    {
        let used = quota::used(&api.rows, &project);
        let quota = json!({ "hard": { "storage": quota.hard }, "used": { "storage": used } });
        body.insert("quota".to_owned(), quota);
    }
    if api.may_project(project.id, "member", "list") {
        let members = api.rows.all::<Member>();
        for (name, role) in [
            ("project_admin_count", 1),
            ("maintainer_count", 4),
            ("developer_count", 2),
            ("guest_count", 3),
            ("limited_guest_count", 5),
        ] {
            let count = members
                .iter()
                .filter(|member| member.project_id == project.id && member.role == role)
                .count();
            if count > 0 {
                body.insert(name.to_owned(), json!(count));
            }
        }
    }
    if let Some(registry) = project.registry_id.and_then(|id| api.rows.row::<Registry>(id)) {
        body.insert("registry".to_owned(), registry.without_credential());
    }
    Ok(Answer::json(200, &Value::Object(body)))
}

fn get_scanner(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let project = admit(api, "scanner", "read")?;
    let chosen = scanner::of_project(&api.rows, project.scanner.as_deref());
    let body = chosen.map_or_else(|| json!({}), |scanner| scanner::shown(api, &scanner));
    Ok(Answer::json(200, &body))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScannerWish {
    uuid: String,
}

fn set_scanner(api: &mut Api<'_>) -> Reply {
    let wish: ScannerWish = api.body("payload")?;
    if wish.uuid.is_empty() {
        return Err(Failure::invalid("payload.uuid in body is required"));
    }
    api.require_authenticated()?;
    let mut project = admit(api, "scanner", "create")?;
    if scanner::by_uuid(&api.rows, &wish.uuid).is_none() {
        return Err(Failure::not_found(format!(
            "registration {} not found",
            wish.uuid
        )));
    }
    project.scanner = Some(wish.uuid);
    api.rows.save(&project);
    Ok(done())
}

fn scanner_candidates(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    admit(api, "scanner", "create")?;
    scanner::page_of_all(api)
}
