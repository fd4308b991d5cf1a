//! The one owner of the state: requests come one at a time, each is a transaction, and each is on disk before it is answered.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use crate::answer::Answer;
use crate::azure;
use crate::call::Call;
use crate::clock::{ClockMode, ClockRecord};
use crate::dockerhub;
use crate::faults::{self, Action, FAULTS, Fault, Scheduled};
use crate::google;
use crate::harbor;
use crate::inventory::{Inventory, inventory};
use crate::knobs::LroMode;
use crate::ledger::{Entry, RUN_HEADER, redacted_target};
use crate::oci::Blobs;
use crate::ovh;
use crate::service::Service;
use crate::store::disk::Disk;
use crate::store::{Changes, Context, PORTS, SETTINGS, Tables, Transaction, apply};

/// The state of a sandbox, locked for one request at a time.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Core>>);

impl Shared {
    pub(crate) fn new(core: Core) -> Self {
        Self(Arc::new(Mutex::new(core)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a request.
pub(crate) struct Processed {
    /// `None` when a fault struck before it was processed.
    pub(crate) answer: Option<Answer>,
    pub(crate) fault: Option<Fault>,
    pub(crate) latency_ms: u64,
    /// Listeners for services that the request made.
    pub(crate) bound: Vec<(Service, TcpListener)>,
    /// The services that have their own port, when that may have changed.
    pub(crate) doors: Option<Vec<Service>>,
}

/// The state itself.
pub(crate) struct Core {
    pub(crate) tables: Arc<Tables>,
    pub(crate) ledger: Vec<Entry>,
    pub(crate) disk: Disk,
    pub(crate) context: Arc<Context>,
    pub(crate) mode: ClockMode,
    pub(crate) blobs: Blobs,
    /// Whether ports of new registries are bound at once.
    pub(crate) binds: bool,
    /// What reads see while a fault makes them lag; forgotten when the process ends.
    pub(crate) stale: Option<Stale>,
}

/// The clouds as they were, for some reads more.
#[derive(Clone)]
pub(crate) struct Stale {
    tables: Arc<Tables>,
    reads: u64,
    fault: String,
}

impl Core {
    pub(crate) fn now(&self) -> Timestamp {
        self.setting::<ClockRecord>("clock")
            .unwrap_or_default()
            .now(self.mode)
    }

    fn setting<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.tables.get(SETTINGS)?.get(key)?;
        serde_json::from_value(value.clone()).ok()
    }

    pub(crate) fn begin(&self) -> Transaction {
        self.begin_on(Arc::clone(&self.tables))
    }

    fn begin_on(&self, tables: Arc<Tables>) -> Transaction {
        Transaction::new(tables, Arc::clone(&self.context), self.now(), self.binds)
    }

    /// Runs `work` as a transaction of the sandbox itself: no ledger entry, no faults. Rolled back when `work` fails.
    pub(crate) fn transact<T, E: From<std::io::Error>>(
        &mut self,
        work: impl FnOnce(&mut Transaction) -> Result<T, E>,
    ) -> Result<(T, Vec<(Service, TcpListener)>), E> {
        let mut tx = self.begin();
        let result = work(&mut tx)?;
        let outcome = tx.finish();
        self.commit(outcome.changes, None)?;
        Ok((result, outcome.bound))
    }

    /// Moves the clock.
    pub(crate) fn advance_clock(&mut self, by_ms: i64) {
        let record = self
            .setting::<ClockRecord>("clock")
            .unwrap_or_default()
            .advanced(self.mode, by_ms);
        let moved = self.transact(|tx| {
            tx.put(SETTINGS, "clock", &record);
            Ok::<(), std::io::Error>(())
        });
        if let Err(error) = moved {
            tracing::error!(%error, "the sandbox's clock could not be moved durably");
        }
    }

    /// Every object, once what is due has been carried out: an object may have gone with nobody looking.
    pub(crate) fn inventory(&mut self) -> Inventory {
        let settled = self.transact(|tx| {
            ovh::settle(tx);
            google::settle(tx);
            Ok::<(), std::io::Error>(())
        });
        if let Err(error) = settled {
            tracing::error!(%error, "what was due in the sandbox could not be made durable");
        }
        inventory(&self.tables)
    }

    /// Adds faults to the schedule.
    pub(crate) fn schedule(&mut self, faults: Vec<Fault>) -> Result<(), std::io::Error> {
        let first = self
            .tables
            .get(FAULTS)
            .and_then(|t| t.keys().next_back()?.parse::<u64>().ok())
            .unwrap_or(0);
        self.transact(|tx| {
            for (number, fault) in (first + 1..).zip(faults) {
                tx.put(FAULTS, &format!("{number:08}"), &Scheduled { fault, seen: 0 });
            }
            Ok(())
        })
        .map(|((), _)| ())
    }

    /// Empties the schedule of faults, and ends a lag.
    pub(crate) fn calm(&mut self) -> Result<(), std::io::Error> {
        self.stale = None;
        let scheduled: Vec<String> = self.scheduled().into_keys().collect();
        self.transact(|tx| {
            for key in &scheduled {
                tx.delete(FAULTS, key);
            }
            Ok(())
        })
        .map(|((), _)| ())
    }

    /// Processes one request.
    pub(crate) fn process(&mut self, service: &Service, call: &Call) -> Processed {
        let run = call.header(RUN_HEADER).map(str::to_owned);
        let (moved, fault) = faults::advance(&self.scheduled(), service, call, run.as_deref());
        let mut bookkeeping = Changes::new();
        for (key, scheduled) in moved {
            let value = serde_json::to_value(scheduled).expect("faults are plain data");
            bookkeeping.insert((FAULTS.to_owned(), key), Some(value));
        }
        let struck_before = fault.as_ref().is_some_and(Fault::prevents_processing);
        let mut entry = self.entry(service, call, run, fault.as_ref());
        let mut bound = Vec::new();
        let mut answer = None;
        if let (None, Some(stale)) = (&fault, self.lagging(call)) {
            entry.fault = Some(format!("{}: stale read", stale.fault));
            let given = self.dispatch(&mut self.begin_on(stale.tables), service, call);
            entry.status = Some(given.status.as_u16());
            answer = Some(given);
        } else if !struck_before {
            let mut tx = self.begin();
            match fault.as_ref().map(|fault| (&fault.action, &fault.name)) {
                Some((Action::Stale { reads }, name)) => {
                    self.stale = Some(Stale {
                        tables: Arc::clone(&self.tables),
                        reads: *reads,
                        fault: name.clone(),
                    });
                }
                Some((Action::Operation { ms, fails }, _)) => {
                    let mode = if *fails { LroMode::Fail } else { LroMode::Async };
                    tx = tx.with_operations(*ms, mode);
                }
                Some(_) | None => {}
            }
            let given = self.dispatch(&mut tx, service, call);
            entry.status = Some(given.status.as_u16());
            if given.commits() {
                let outcome = tx.finish();
                entry.committed = !outcome.mutations.is_empty();
                entry.mutations = outcome.mutations;
                bound = outcome.bound;
                bookkeeping.extend(outcome.changes);
            }
            answer = Some(given);
        }
        let ports_changed = bookkeeping.keys().any(|(table, _)| table == PORTS);
        if let Err(error) = self.commit(bookkeeping, Some(entry)) {
            tracing::error!(%error, "the sandbox could not write its event log");
            let text = "The sandbox could not make the request durable; nothing was changed.";
            answer = Some(Answer::arm_error(500, "SandboxStorageFailed", text));
        }
        let doors = ports_changed.then(|| self.doors().into_keys().collect());
        let latency_ms = self.begin().knobs().latency_ms;
        Processed {
            answer,
            fault,
            latency_ms,
            bound,
            doors,
        }
    }

    /// What a read sees where a fault makes it lag.
    fn lagging(&mut self, call: &Call) -> Option<Stale> {
        if call.method != http::Method::GET {
            return None;
        }
        let stale = self.stale.as_mut().filter(|stale| stale.reads > 0)?;
        stale.reads -= 1;
        Some(stale.clone())
    }

    fn dispatch(&self, tx: &mut Transaction, service: &Service, call: &Call) -> Answer {
        match service {
            Service::AzureMain => azure::handle(tx, call),
            Service::Ovh => ovh::handle(tx, call),
            Service::Google(host) => google::handle(tx, call, host, &self.blobs),
            Service::DockerHub => dockerhub::handle(tx, call),
            Service::DockerRegistry => dockerhub::registry::handle(tx, call, &self.blobs),
            Service::Registry(name) => azure::registry::handle(tx, call, name, &self.blobs),
            Service::Harbor(name) => harbor::handle(tx, call, name, &self.blobs),
        }
    }

    fn scheduled(&self) -> BTreeMap<String, Scheduled> {
        let decode =
            |value: &Value| serde_json::from_value(value.clone()).expect("the schedule was written by us");
        self.tables
            .get(FAULTS)
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), decode(value)))
            .collect()
    }

    fn entry(&self, service: &Service, call: &Call, run: Option<String>, fault: Option<&Fault>) -> Entry {
        Entry {
            sequence: self.ledger.last().map_or(1, |last| last.sequence + 1),
            at: self.now(),
            service: service.to_string(),
            method: call.method.to_string(),
            target: redacted_target(call),
            status: None,
            committed: false,
            mutations: Vec::new(),
            fault: fault.map(|fault| fault.name.clone()),
            run,
        }
    }

    /// The services that have their own port.
    pub(crate) fn doors(&self) -> BTreeMap<Service, u16> {
        let ports = self.tables.get(PORTS).into_iter().flatten();
        ports
            .filter_map(|(name, port)| Some((Service::of_port(name)?, u16::try_from(port.as_u64()?).ok()?)))
            .collect()
    }

    /// The ports of Azure's registries, by registry name.
    pub(crate) fn registries(&self) -> BTreeMap<String, u16> {
        let registries = self
            .doors()
            .into_iter()
            .filter_map(|(service, port)| match service {
                Service::Registry(name) => Some((name, port)),
                Service::AzureMain
                | Service::Ovh
                | Service::Google(_)
                | Service::DockerHub
                | Service::DockerRegistry
                | Service::Harbor(_) => None,
            });
        registries.collect()
    }

    /// The ports of Google's registries, by host.
    pub(crate) fn google_registries(&self) -> BTreeMap<String, u16> {
        let doors = self.doors().into_iter();
        doors
            .filter_map(|(service, port)| match service {
                Service::Google(host) => Some((host, port)),
                Service::AzureMain
                | Service::Ovh
                | Service::DockerHub
                | Service::DockerRegistry
                | Service::Registry(_)
                | Service::Harbor(_) => None,
            })
            .collect()
    }

    /// Makes changes durable, then real. What only advances the random counter need not wait for the disk.
    fn commit(&mut self, changes: Changes, entry: Option<Entry>) -> std::io::Result<()> {
        let durable = changes
            .keys()
            .any(|(table, key)| !(table == SETTINGS && key == "draws"));
        self.disk.commit(&changes, entry.as_ref(), durable)?;
        apply(Arc::make_mut(&mut self.tables), changes);
        self.ledger.extend(entry);
        if self.disk.wants_compaction()
            && let Err(error) = self.disk.compact(&self.tables, &self.ledger)
        {
            tracing::warn!(%error, "the sandbox's event log could not be compacted; it grows on");
        }
        Ok(())
    }
}
