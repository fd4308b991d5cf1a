//! Vulnerabilities that are no reason to refuse an image: of the system, and of each project.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Reply, done, told};
use super::instant;
use super::route::{Route, route};
use super::rows::{Row, Rows};
use crate::answer::Answer;

/// A list of vulnerabilities.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Allowlist {
    id: u64,
    items: Vec<String>,
    /// Unix seconds.
    expires_at: Option<i64>,
    /// Unset while nobody wrote the list.
    updated: Option<Timestamp>,
}

impl Row for Allowlist {
    const TABLE: &'static str = "harbor/cve_allowlists";

    fn id(&self) -> u64 {
        0
    }
}

/// A list as requests write it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    pub(super) project_id: u64,
    items: Vec<Item>,
    expires_at: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    cve_id: String,
}

/// A list with nothing on it.
pub(super) fn empty(rows: &mut Rows<'_>) -> Allowlist {
    Allowlist {
        id: rows.count_up(Allowlist::TABLE),
        items: Vec::new(),
        expires_at: None,
        updated: None,
    }
}

/// Empties the system's list.
pub(super) fn reset(rows: &mut Rows<'_>) {
    let list = empty(rows);
    rows.save(&list);
}

impl Allowlist {
    /// Replaces the list by what a request says; an item that is there twice is there once.
    pub(super) fn take(&mut self, wish: &Wish, now: Timestamp) {
        self.items.clear();
        for item in &wish.items {
            if !self.items.contains(&item.cve_id) {
                self.items.push(item.cve_id.clone());
            }
        }
        self.expires_at = wish.expires_at;
        self.updated = Some(now);
    }

    /// The list as answers tell it.
    pub(super) fn shown(&self, project: Option<u64>) -> Value {
        let items: Vec<Value> = self.items.iter().map(|id| json!({ "cve_id": id })).collect();
        let at = self
            .updated
            .map_or_else(|| "0001-01-01T00:00:00.000Z".to_owned(), instant);
        told(
            json!({
                "id": self.id, "project_id": project, "items": items, "expires_at": self.expires_at,
                "creation_time": at, "update_time": at,
            }),
            &["items"],
        )
    }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/system/CVEAllowlist", get),
    route("PUT", "/system/CVEAllowlist", put),
];

fn get(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let list = api.rows.row::<Allowlist>(0);
    let body = list.map_or_else(|| json!({ "items": [] }), |list| list.shown(None));
    Ok(Answer::json(200, &body))
}

fn put(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("allowlist")?;
    api.require_system("configuration", "update")?;
    let mut list = match api.rows.row::<Allowlist>(0) {
        Some(list) => list,
        None => empty(&mut api.rows),
    };
    list.take(&wish, api.rows.tx.now());
    api.rows.save(&list);
    Ok(done())
}
