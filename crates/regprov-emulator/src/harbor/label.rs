//! Labels: `/labels`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Reply, done, told};
use super::artifact;
use super::failure::Failure;
use super::instant;
use super::listing::{Keywords, list_by};
use super::route::{Route, route};
use super::rows::Row;
use crate::answer::Answer;

/// A label, of the system or of a project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Label {
    pub(super) id: u64,
    pub(super) name: String,
    description: String,
    color: String,
    pub(super) project_id: Option<u64>,
    created: Timestamp,
    updated: Timestamp,
}

impl Row for Label {
    const TABLE: &'static str = "harbor/labels";

    fn id(&self) -> u64 {
        self.id
    }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/labels", list),
    route("POST", "/labels", create),
    route("GET", "/labels/{label_id}", get),
    route("PUT", "/labels/{label_id}", update),
    route("DELETE", "/labels/{label_id}", delete),
];

/// A label as answers tell it.
pub(super) fn shown(label: &Label) -> Value {
    told(
        json!({
            "id": label.id, "name": label.name, "description": label.description, "color": label.color,
            "scope": if label.project_id.is_some() { "p" } else { "g" }, "project_id": label.project_id,
            "creation_time": instant(label.created), "update_time": instant(label.updated),
        }),
        &[],
    )
}

fn list(api: &mut Api<'_>) -> Reply {
    let mut keywords = Keywords::of(api)?;
    keywords.fuzzy("name", api.call.query("name"));
    let project = match api.call.query("scope").unwrap_or_default() {
        "g" => None,
        "p" => {
            let text = api.call.query("project_id").unwrap_or_default();
            let id = match text {
                "" => 0,
                text => text.parse::<u64>().map_err(|_| {
                    Failure::invalid(format!("project_id in query must be of type int64: \"{text}\""))
                })?,
            };
            if id == 0 {
                return Err(Failure::bad_request(
                    "must with project ID when to query project labels",
                ));
            }
            api.require_project(Some(id), "label", "list")?;
            Some(id)
        }
        scope => return Err(Failure::bad_request(format!("invalid scope: {scope}"))),
    };
    let labels = api.rows.all::<Label>();
    let rows = labels
        .iter()
        .filter(|label| label.project_id == project)
        .map(shown)
        .collect();
    list_by(api, rows, &keywords)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    name: String,
    description: String,
    color: String,
    scope: String,
    project_id: u64,
}

fn require(api: &Api<'_>, project: Option<u64>, action: &str) -> Result<(), Failure> {
    match project {
        None => api.require_system("label", action),
        Some(id) => api.require_project(Some(id), "label", action),
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    match name.len() {
        0 => Err(Failure::bad_request("name cannot be empty")),
        1..=128 => Ok(()),
        _ => Err(Failure::bad_request("max length of name is 128")),
    }
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("label")?;
    let project_id = match wish.scope.as_str() {
        "g" => None,
        "p" => Some(wish.project_id),
        _ => return Err(Failure::bad_request("unsupported label scope")),
    };
    require(api, project_id, "create")?;
    check_name(&wish.name)?;
    check_free(api, &wish.name, project_id, 0)?;
    let now = api.rows.tx.now();
    let label = Label {
        id: api.rows.new_id::<Label>(),
        name: wish.name,
        description: wish.description,
        color: wish.color,
        project_id,
        created: now,
        updated: now,
    };
    api.rows.save(&label);
    Ok(api.created(label.id))
}

fn check_free(api: &Api<'_>, name: &str, project: Option<u64>, except: u64) -> Result<(), Failure> {
    let taken = api
        .rows
        .find::<Label>(|label| label.name == name && label.project_id == project && label.id != except);
    match taken {
        Some(_) => Err(Failure::conflict(format!("label {name} already exists"))),
        None => Ok(()),
    }
}

fn named(api: &Api<'_>) -> Result<Label, Failure> {
    let id = api.path_id("label_id")?;
    api.rows
        .row(id)
        .ok_or_else(|| Failure::not_found(format!("label {id} not found")))
}

fn get(api: &mut Api<'_>) -> Reply {
    let label = named(api)?;
    require(api, label.project_id, "read")?;
    Ok(Answer::json(200, &shown(&label)))
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("label")?;
    let mut label = named(api)?;
    require(api, label.project_id, "update")?;
    check_name(&wish.name)?;
    check_free(api, &wish.name, label.project_id, label.id)?;
    (label.name, label.description, label.color) = (wish.name, wish.description, wish.color);
    label.updated = api.rows.tx.now();
    api.rows.save(&label);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    let label = named(api)?;
    require(api, label.project_id, "delete")?;
    artifact::forget_label(&mut api.rows, label.id);
    api.rows.remove::<Label>(label.id);
    Ok(done())
}
