//! The rows of one instance: keys are `{instance}/{id}`, ids count from 1 and are never used again.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{SURROUNDINGS, Transaction};

/// Last ids, by `{instance}/{table}`.
const COUNTERS: &str = "_harbor_counters";

/// A record of a table.
pub(super) trait Row: Serialize + DeserializeOwned {
    /// The table.
    const TABLE: &'static str;

    /// The record's id.
    fn id(&self) -> u64;
}

/// One instance's view of the store.
pub(crate) struct Rows<'a> {
    pub(super) tx: &'a mut Transaction,
    /// The instance's name.
    pub(super) name: String,
}

impl Rows<'_> {
    /// The key of something of this instance.
    pub(super) fn key(&self, id: impl std::fmt::Display) -> String {
        format!("{}/{id}", self.name)
    }

    /// All records of a table, by id.
    pub(super) fn all<R: Row>(&self) -> Vec<R> {
        let mut rows: Vec<R> = self
            .tx
            .scan(R::TABLE, &self.key(""))
            .into_iter()
            .map(|(_, row)| row)
            .collect();
        rows.sort_by_key(R::id);
        rows
    }

    /// The first record, by id, that `wanted` takes.
    pub(super) fn find<R: Row>(&self, wanted: impl Fn(&R) -> bool) -> Option<R> {
        self.all::<R>().into_iter().find(|row| wanted(row))
    }

    /// The record of an id.
    pub(super) fn row<R: Row>(&self, id: u64) -> Option<R> {
        self.tx.get(R::TABLE, &self.key(id))
    }

    /// Creates or replaces a record.
    pub(super) fn save<R: Row>(&mut self, row: &R) {
        let key = self.key(row.id());
        self.tx.put(R::TABLE, &key, row);
    }

    /// Deletes a record; says whether there was one.
    pub(super) fn remove<R: Row>(&mut self, id: u64) -> bool {
        let key = self.key(id);
        self.tx.delete(R::TABLE, &key)
    }

    /// Deletes the records that `wanted` takes.
    pub(super) fn remove_all<R: Row>(&mut self, wanted: impl Fn(&R) -> bool) {
        for row in self.all::<R>() {
            if wanted(&row) {
                self.remove::<R>(row.id());
            }
        }
    }

    /// An id that no record of the table ever had.
    pub(super) fn new_id<R: Row>(&mut self) -> u64 {
        self.count_up(R::TABLE)
    }

    /// The next number of a counter.
    pub(super) fn count_up(&mut self, counter: &str) -> u64 {
        let key = self.key(counter);
        let id = self.tx.get::<u64>(COUNTERS, &key).unwrap_or(0) + 1;
        self.tx.put(COUNTERS, &key, &id);
        id
    }

    /// Deletes everything that tables hold of this instance.
    pub(super) fn forget(&mut self, tables: &[&str]) {
        for table in tables.iter().chain(&[COUNTERS]) {
            for (key, _) in self.tx.scan::<serde_json::Value>(table, &self.key("")) {
                self.tx.delete(table, &key);
                self.tx.delete(SURROUNDINGS, &format!("{table}\n{key}"));
            }
        }
    }
}
