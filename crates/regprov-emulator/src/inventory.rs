//! What exists in the sandbox, for assertions and for the last line of a destroy.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::{SURROUNDINGS, Tables};

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The table it lives in, such as `azure/applications`.
    pub kind: String,
    /// Its key there: an object id, or a lower-case resource id.
    pub id: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Whether it was there before any client came: part of the default world, or seeded.
    pub surrounding: bool,
    /// Whether it sits in a recycle bin.
    pub soft_deleted: bool,
}

/// Every object of the sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Sorted by kind and id.
    pub items: Vec<Item>,
}

impl Inventory {
    /// What clients made and did not delete.
    pub fn live(&self) -> Vec<&Item> {
        self.items
            .iter()
            .filter(|item| !item.surrounding && !item.soft_deleted)
            .collect()
    }

    /// What clients made and deleted, and the service still keeps.
    pub fn soft_deleted(&self) -> Vec<&Item> {
        self.items
            .iter()
            .filter(|item| !item.surrounding && item.soft_deleted)
            .collect()
    }

    /// What clients made of one kind and did not delete.
    pub fn live_of(&self, kind: &str) -> Vec<&Item> {
        self.live().into_iter().filter(|item| item.kind == kind).collect()
    }
}

/// Whether a stored record sits in a recycle bin.
pub(crate) fn is_soft_deleted(record: &Value) -> bool {
    record.get("soft_deleted_at").is_some_and(|at| !at.is_null())
}

pub(crate) fn inventory(tables: &Tables) -> Inventory {
    let surroundings = tables.get(SURROUNDINGS);
    let mut items = Vec::new();
    for (kind, records) in tables.iter().filter(|(kind, _)| !kind.starts_with('_')) {
        for (id, record) in records {
            let name = ["display_name", "name"]
                .iter()
                .find_map(|field| record.get(field)?.as_str());
            items.push(Item {
                kind: kind.clone(),
                id: id.clone(),
                name: name.map(str::to_owned),
                surrounding: surroundings.is_some_and(|keys| keys.contains_key(&format!("{kind}\n{id}"))),
                soft_deleted: is_soft_deleted(record),
            });
        }
    }
    Inventory { items }
}
