//! Quotas: `/quotas`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::api::{Api, Reply, done};
use super::failure::Failure;
use super::instance::content_key;
use super::instant;
use super::listing::page;
use super::project::Project;
use super::route::{Route, route};
use super::rows::{Row, Rows};
use super::user::User;
use crate::answer::Answer;
use crate::oci;

/// The largest limit, 1024 TiB.
const LARGEST: i64 = 1024 << 40;

/// The limit of a project's storage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Quota {
    pub(super) id: u64,
    pub(super) project_id: u64,
    /// Bytes; -1 for no limit.
    pub(super) hard: i64,
    /// Bytes that count beside what is pushed to the sandbox.
    #[serde(default)]
    held: u64,
    created: Timestamp,
    updated: Timestamp,
}

impl Row for Quota {
    const TABLE: &'static str = "harbor/quotas";

    fn id(&self) -> u64 {
        self.id
    }
}

/// Adds a project's limit.
pub(super) fn add(rows: &mut Rows<'_>, project_id: u64, hard: i64) {
    let now = rows.tx.now();
    let quota = Quota {
        id: rows.new_id::<Quota>(),
        project_id,
        hard,
        held: 0,
        created: now,
        updated: now,
    };
    rows.save(&quota);
}

/// Says how many bytes count against a project's limit, beside what is pushed to the sandbox.
pub(super) fn hold(rows: &mut Rows<'_>, project_id: u64, bytes: u64) {
    if let Some(mut quota) = of_project(rows, project_id) {
        quota.held = bytes;
        rows.save(&quota);
    }
}

fn of_project(rows: &Rows<'_>, project_id: u64) -> Option<Quota> {
    rows.find::<Quota>(|quota| quota.project_id == project_id)
}

/// How many bytes a project holds.
pub(super) fn used(rows: &Rows<'_>, project: &Project) -> u64 {
    let pushed = format!("{}/{}", content_key(&rows.name), project.name);
    let held = of_project(rows, project.id).map_or(0, |quota| quota.held);
    oci::size_of_registry(rows.tx, &pushed) + held
}

/// Refuses what a project now holds where it is more than it may; `before` is what it held.
pub(super) fn enforce(rows: &Rows<'_>, project: &Project, before: u64) -> Result<(), Failure> {
    let Some(quota) = of_project(rows, project.id) else {
        return Ok(());
    };
    let Ok(limit) = u64::try_from(quota.hard) else {
        return Ok(());
    };
    let now = used(rows, project);
    if now <= limit || now <= before {
        return Ok(());
    }
    Err(Failure::denied(format!(
        "adding {} of storage resource, which when updated to current usage of {} will exceed the configured upper limit of {}.",
        binary(now - before),
        binary(before),
        binary(limit)
    )))
}

/// Bytes as Harbor writes them: `1.5 KiB`.
fn binary(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut unit = 0;
    let mut whole = bytes;
    while whole >= 1024 * 1024 && unit + 1 < UNITS.len() {
        whole /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", whole / 1024, whole % 1024 * 10 / 1024, UNITS[unit])
}

/// Refuses limits that no project can have.
pub(super) fn check_limit(limit: i64) -> Result<(), String> {
    if limit == 0 || limit < -1 {
        return Err(format!(
            "invalid non-positive value for quota limit, value={limit}"
        ));
    }
    if limit > LARGEST {
        return Err(format!(
            "exceeded 1024TB, which is 1125899906842624 Bytes, value={limit}"
        ));
    }
    Ok(())
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/quotas", list),
    route("GET", "/quotas/{id}", get),
    route("PUT", "/quotas/{id}", update),
];

fn shown(rows: &Rows<'_>, quota: &Quota) -> Value {
    let project = rows.row::<Project>(quota.project_id);
    let owner = project
        .as_ref()
        .and_then(|project| rows.row::<User>(project.owner_id))
        .map(|owner| owner.username);
    let used = project.as_ref().map_or(0, |project| used(rows, project));
    let name = project.map(|project| project.name).unwrap_or_default();
    json!({
        "id": quota.id, "ref": { "id": quota.project_id, "name": name, "owner_name": owner },
        "hard": { "storage": quota.hard }, "used": { "storage": used },
        "creation_time": instant(quota.created), "update_time": instant(quota.updated),
    })
}

fn list(api: &mut Api<'_>) -> Reply {
    api.require_system("quota", "list")?;
    let (reference, id) = (
        api.call.query("reference").unwrap_or_default(),
        api.call.query("reference_id").unwrap_or_default(),
    );
    let rows: Vec<Value> = api
        .rows
        .all::<Quota>()
        .iter()
        .filter(|quota| {
            matches!(reference, "" | "project") && (id.is_empty() || quota.project_id.to_string() == id)
        })
        .map(|quota| shown(&api.rows, quota))
        .collect();
    page(api, &rows)
}

fn named(api: &Api<'_>) -> Result<Quota, Failure> {
    let id = api.path_id("id")?;
    api.rows
        .row(id)
        .ok_or_else(|| Failure::not_found(format!("quota {id} not found")))
}

fn get(api: &mut Api<'_>) -> Reply {
    api.require_system("quota", "read")?;
    let quota = named(api)?;
    Ok(Answer::json(200, &shown(&api.rows, &quota)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    hard: Map<String, Value>,
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("hard")?;
    api.require_system("quota", "update")?;
    if wish.hard.is_empty() {
        return Err(Failure::bad_request("hard required in body"));
    }
    let mut quota = named(api)?;
    for (name, value) in &wish.hard {
        if name != "storage" {
            return Err(Failure::bad_request(format!("resource {name} not support")));
        }
        let Some(limit) = value.as_i64() else {
            return Err(Failure::bad_request(format!(
                "parsing hard body from \"\" failed, because json: cannot unmarshal {value} into an int64"
            )));
        };
        check_limit(limit).map_err(Failure::bad_request)?;
        quota.hard = limit;
    }
    quota.updated = api.rows.tx.now();
    api.rows.save(&quota);
    Ok(done())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_with_one_digit_behind_the_point() {
        assert_eq!(binary(17), "17 B");
        assert_eq!(binary(1536), "1.5 KiB");
        assert_eq!(binary(10 << 30), "10.0 GiB");
    }

    #[test]
    fn limits_are_minus_one_or_positive_and_at_most_1024_tib() {
        assert!(check_limit(-1).is_ok() && check_limit(1).is_ok() && check_limit(LARGEST).is_ok());
        assert!(check_limit(0).is_err() && check_limit(-2).is_err() && check_limit(LARGEST + 1).is_err());
    }
}
