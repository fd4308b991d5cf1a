//! Durable key-value tables and the transactions over them.
//!
//! A table is named for what it holds (`azure/applications`); a name that starts with `_` is the sandbox's own and is
//! neither listed in the inventory nor mentioned in the ledger. Records are serde values: externally tagged enums only,
//! for numbers do not survive serde's buffering (`flatten`, `untagged`, `tag`) with arbitrary precision on.

pub(crate) mod disk;
pub(crate) mod log;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::ids::{Draw, marked};
use crate::inventory::is_soft_deleted;
use crate::knobs::{Knobs, LroMode};
use crate::rsa_keys::RsaKeys;
use crate::scene::Condition;
use crate::seal::{Keys, SecretHash};
use crate::service::Service;

/// Table name → key → record.
pub(crate) type Tables = BTreeMap<String, BTreeMap<String, Value>>;

/// Table and key → new record, or `None` for deleted.
pub(crate) type Changes = BTreeMap<(String, String), Option<Value>>;

/// The sandbox's own settings table.
pub(crate) const SETTINGS: &str = "_sandbox";
/// Ports by name: `main`, `registry/{name}`, `harbor/{name}`.
pub(crate) const PORTS: &str = "_ports";
/// Conditions that scenes switched on.
pub(crate) const CONDITIONS: &str = "_conditions";
/// `table/key` of what existed before any client came: the default world and seeded surroundings.
pub(crate) const SURROUNDINGS: &str = "_surroundings";

/// What every transaction of a sandbox shares.
pub(crate) struct Context {
    pub(crate) keys: Keys,
    pub(crate) seed: [u8; 32],
    pub(crate) marker: Option<String>,
    pub(crate) rsa_keys: RsaKeys,
}

/// One request's view of the store: reads see its own writes, nothing is kept until the request commits.
pub(crate) struct Transaction {
    base: Arc<Tables>,
    changes: Changes,
    context: Arc<Context>,
    now: Timestamp,
    binds: bool,
    bound: Vec<(Service, TcpListener)>,
    /// How the long operations of this request go, where a fault says so.
    operation: Option<(u64, LroMode)>,
}

/// A point in a transaction to come back to.
pub(crate) struct Savepoint(Changes);

/// What a finished transaction leaves to be committed.
pub(crate) struct Outcome {
    pub(crate) changes: Changes,
    pub(crate) bound: Vec<(Service, TcpListener)>,
    pub(crate) mutations: Vec<String>,
}

impl Transaction {
    /// Begins a transaction at `now`. `binds` says whether allocated ports are bound at once (the sandbox listens).
    pub(crate) fn new(base: Arc<Tables>, context: Arc<Context>, now: Timestamp, binds: bool) -> Self {
        Self {
            base,
            changes: Changes::new(),
            context,
            now,
            binds,
            bound: Vec::new(),
            operation: None,
        }
    }

    /// The same transaction, whose long operations take so many milliseconds and end as `mode` says.
    pub(crate) fn with_operations(mut self, ms: u64, mode: LroMode) -> Self {
        self.operation = Some((ms, mode));
        self
    }

    /// The sandbox's present instant; it does not move within a transaction.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    fn raw(&self, table: &str, key: &str) -> Option<&Value> {
        match self.changes.get(&(table.to_owned(), key.to_owned())) {
            Some(change) => change.as_ref(),
            None => self.base.get(table).and_then(|records| records.get(key)),
        }
    }

    /// The record of `key`.
    pub(crate) fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Option<T> {
        self.raw(table, key).map(|value| decode(table, key, value))
    }

    /// Whether there is a record of `key`.
    pub(crate) fn contains(&self, table: &str, key: &str) -> bool {
        self.raw(table, key).is_some()
    }

    /// Creates or replaces a record.
    pub(crate) fn put<T: Serialize>(&mut self, table: &str, key: &str, record: &T) {
        let value = serde_json::to_value(record).expect("records are plain data");
        self.changes
            .insert((table.to_owned(), key.to_owned()), Some(value));
    }

    /// Deletes a record; says whether there was one.
    pub(crate) fn delete(&mut self, table: &str, key: &str) -> bool {
        let existed = self.contains(table, key);
        if existed {
            self.changes.insert((table.to_owned(), key.to_owned()), None);
        }
        existed
    }

    /// All records whose key starts with `prefix`, by key.
    pub(crate) fn scan<T: DeserializeOwned>(&self, table: &str, prefix: &str) -> Vec<(String, T)> {
        let mut found: BTreeMap<&str, &Value> = BTreeMap::new();
        if let Some(records) = self.base.get(table) {
            let from = records.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
            found.extend(
                from.take_while(|(k, _)| k.starts_with(prefix))
                    .map(|(k, v)| (k.as_str(), v)),
            );
        }
        for ((_, key), change) in self
            .changes
            .range((table.to_owned(), prefix.to_owned())..)
            .take_while(|((t, k), _)| t == table && k.starts_with(prefix))
        {
            match change {
                Some(value) => found.insert(key, value),
                None => found.remove(key.as_str()),
            };
        }
        found
            .into_iter()
            .map(|(key, value)| (key.to_owned(), decode(table, key, value)))
            .collect()
    }

    /// How many records a table has.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.scan::<Value>(table, "").len()
    }

    /// A point to come back to, for the parts of a batch.
    pub(crate) fn savepoint(&self) -> Savepoint {
        Savepoint(self.changes.clone())
    }

    /// Forgets everything written since `savepoint`.
    pub(crate) fn roll_back(&mut self, savepoint: Savepoint) {
        self.changes = savepoint.0;
    }

    /// The next draw of the sandbox's seeded randomness.
    pub(crate) fn draw(&mut self) -> Draw {
        let number = self.get::<u64>(SETTINGS, "draws").unwrap_or(0);
        self.put(SETTINGS, "draws", &(number + 1));
        Draw::new(self.context.seed, number)
    }

    /// A new private key of RSA with 2048 bits: PKCS #8.
    pub(crate) fn new_rsa_key(&mut self) -> rsa::Result<Vec<u8>> {
        let draw = self.draw();
        self.context.rsa_keys.of(draw)
    }

    /// A new version 4 UUID.
    pub(crate) fn new_uuid(&mut self) -> Uuid {
        self.draw().uuid()
    }

    /// A new secret of `length` letters and digits; it carries the canary marker when there is one.
    pub(crate) fn new_secret(&mut self, length: usize) -> String {
        let secret = self.draw().alphanumeric(length);
        self.mark(&secret, 0)
    }

    /// Puts the canary marker, if there is one, behind the first `keep` characters of a secret.
    pub(crate) fn mark(&self, secret: &str, keep: usize) -> String {
        marked(secret, keep, self.context.marker.as_deref())
    }

    /// Hashes a secret that is told once.
    pub(crate) fn hash_secret(&mut self, secret: &str) -> SecretHash {
        let salt = self.draw().bytes();
        SecretHash::new(secret, salt)
    }

    /// Seals a secret that must be told again; open it with the same `context` (its table and key).
    pub(crate) fn seal(&mut self, context: &str, secret: &str) -> String {
        let nonce = self.draw().bytes();
        self.context.keys.seal(nonce, context, secret)
    }

    /// Opens a sealed secret.
    pub(crate) fn unseal(&self, context: &str, sealed: &str) -> Option<String> {
        self.context.keys.unseal(context, sealed)
    }

    /// The sandbox's keys, to sign and verify tokens.
    pub(crate) fn keys(&self) -> &Keys {
        &self.context.keys
    }

    /// The knobs as they are turned now.
    pub(crate) fn knobs(&self) -> Knobs {
        let knobs: Knobs = self.get(SETTINGS, "knobs").unwrap_or_default();
        match self.operation {
            Some((lro_duration_ms, lro_mode)) => Knobs {
                lro_duration_ms,
                lro_mode,
                ..knobs
            },
            None => knobs,
        }
    }

    /// The conditions that scenes switched on, in order.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        self.scan(CONDITIONS, "")
            .into_iter()
            .map(|(_, condition)| condition)
            .collect()
    }

    /// The port of a service, allocating one when it has none. The port serves once the transaction commits, before
    /// the answer is sent; [`Transaction::release_port`] stops it.
    ///
    /// # Errors
    /// When the machine has no free loopback port.
    pub(crate) fn allocate_port(&mut self, service: &Service) -> std::io::Result<u16> {
        let key = service.to_string();
        if let Some(port) = self.get(PORTS, &key) {
            return Ok(port);
        }
        let port = if self.binds {
            let listener = TcpListener::bind(("127.0.0.1", 0))?;
            let port = listener.local_addr()?.port();
            self.bound.push((service.clone(), listener));
            port
        } else {
            let taken: Vec<u16> = self.scan(PORTS, "").into_iter().map(|(_, port)| port).collect();
            (40_001..=u16::MAX)
                .find(|port| !taken.contains(port))
                .ok_or(std::io::ErrorKind::AddrInUse)?
        };
        self.put(PORTS, &key, &port);
        Ok(port)
    }

    /// Gives a service's port back; its listener stops when the transaction commits.
    pub(crate) fn release_port(&mut self, service: &Service) {
        self.delete(PORTS, &service.to_string());
        self.bound.retain(|(bound, _)| bound != service);
    }

    /// `localhost:PORT` of a service that has its own port. Compute it when answering, never store it: a port may move
    /// when the sandbox reopens.
    pub(crate) fn address(&self, service: &Service) -> Option<String> {
        self.get::<u16>(PORTS, &service.to_string())
            .map(|port| format!("localhost:{port}"))
    }

    /// `localhost:PORT` of an Azure container registry.
    pub(crate) fn login_server(&self, registry: &str) -> Option<String> {
        self.address(&Service::Registry(registry.to_owned()))
    }

    /// Marks a record as part of the surroundings, so that it is not taken for something that a client made.
    pub(crate) fn mark_surrounding(&mut self, table: &str, key: &str) {
        self.put(SURROUNDINGS, &format!("{table}\n{key}"), &true);
    }

    /// Marks everything this transaction wrote so far as surroundings.
    pub(crate) fn mark_all_surrounding(&mut self) {
        let written: Vec<(String, String)> = self
            .changes
            .iter()
            .filter(|((t, _), v)| !t.starts_with('_') && v.is_some())
            .map(|(k, _)| k.clone())
            .collect();
        for (table, key) in written {
            self.mark_surrounding(&table, &key);
        }
    }

    /// Ends the transaction: what is to be made durable, and a line for each object it changed.
    pub(crate) fn finish(self) -> Outcome {
        let mutations = self
            .changes
            .iter()
            .filter(|((table, _), _)| !table.starts_with('_'))
            .filter_map(|((table, key), change)| {
                let before = self.base.get(table).and_then(|records| records.get(key));
                let verb = match (before, change) {
                    (None, Some(_)) => "created",
                    (Some(_), None) => "deleted",
                    (Some(old), Some(new)) if old == new => return None,
                    (Some(old), Some(new)) => match (is_soft_deleted(old), is_soft_deleted(new)) {
                        (false, true) => "soft-deleted",
                        (true, false) => "restored",
                        (false, false) | (true, true) => "updated",
                    },
                    (None, None) => return None,
                };
                Some(format!("{verb} {table}/{key}"))
            })
            .collect();
        Outcome {
            changes: self.changes,
            bound: self.bound,
            mutations,
        }
    }
}

fn decode<T: DeserializeOwned>(table: &str, key: &str, value: &Value) -> T {
    match serde_json::from_value(value.clone()) {
        Ok(record) => record,
        Err(error) => panic!("the record {table}/{key} is not of the type its reader wants: {error}"),
    }
}

/// Applies committed changes.
pub(crate) fn apply(tables: &mut Tables, changes: Changes) {
    for ((table, key), change) in changes {
        match change {
            Some(value) => {
                tables.entry(table).or_default().insert(key, value);
            }
            None => {
                if let Some(records) = tables.get_mut(&table) {
                    records.remove(&key);
                }
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A transaction over an empty store, with fixed seed, keys and clock.
    pub(crate) fn transaction() -> Transaction {
        let keys = Keys::new([1; 32], &Keys::generate_signing().unwrap()).unwrap();
        let context = Context {
            keys,
            seed: [2; 32],
            marker: None,
            rsa_keys: RsaKeys::default(),
        };
        Transaction::new(
            Arc::default(),
            Arc::new(context),
            "2026-01-01T00:00:00Z".parse().unwrap(),
            false,
        )
    }

    impl Transaction {
        /// The same store so many milliseconds later.
        pub(crate) fn later(&self, ms: i64) -> Self {
            let mut tables = (*self.base).clone();
            apply(&mut tables, self.changes.clone());
            let now = crate::clock::add(self.now, ms);
            Self::new(Arc::new(tables), Arc::clone(&self.context), now, self.binds)
        }
    }

    #[test]
    fn a_transaction_reads_its_own_writes_and_a_savepoint_takes_them_back() {
        let mut tx = transaction();
        tx.put("a", "k1", &1_u32);
        let savepoint = tx.savepoint();
        tx.put("a", "k2", &2_u32);
        tx.delete("a", "k1");
        assert_eq!(tx.scan::<u32>("a", "k"), [("k2".to_owned(), 2)]);
        tx.roll_back(savepoint);
        assert_eq!(tx.scan::<u32>("a", "k"), [("k1".to_owned(), 1)]);
    }

    #[test]
    fn a_scan_stays_within_its_table_and_prefix() {
        let mut tx = transaction();
        tx.put("a", "x/1", &1_u32);
        tx.put("a", "y/1", &2_u32);
        tx.put("b", "x/1", &3_u32);
        assert_eq!(tx.scan::<u32>("a", "x/"), [("x/1".to_owned(), 1)]);
    }

    #[test]
    fn a_registry_keeps_its_port_until_it_is_released() {
        let mut tx = transaction();
        let service = |name: &str| Service::Registry(name.to_owned());
        let port = tx.allocate_port(&service("one")).unwrap();
        assert_eq!(tx.allocate_port(&service("one")).unwrap(), port);
        assert_ne!(tx.allocate_port(&service("two")).unwrap(), port);
        tx.release_port(&service("one"));
        assert_eq!(tx.login_server("one"), None);
    }

    #[test]
    fn mutations_name_objects_and_not_the_sandboxs_own_records() {
        let mut tx = transaction();
        tx.put("azure/applications", "1", &1_u32);
        tx.put("_own", "1", &1_u32);
        assert_eq!(tx.finish().mutations, ["created azure/applications/1"]);
    }
}
