//! The seven promises, as checks over the clouds' ledger, their inventory, the state and its history.

mod dockerhub;
mod google;
mod harbor;
mod inventory;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use regprov_addr::InstanceAddress;
use regprov_emulator::Entry;
use regprov_engine::Event;
use regprov_plan::Action;
use regprov_state::{Session, Snapshot};
use serde_json::Value as Json;

use super::bucket::Deed;
use super::operator::Report;
use super::program::{Program, Stage};
use super::world::World;
use inventory::{is_known, texts};

/// After this long the directory shows everything.
const SEEN_BY_NOW: Duration = Duration::from_secs(60);

/// A promise of `docs/guarantees.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// P1: no leaked object.
    NoLeak,
    /// P2: no duplicate create.
    NoDuplicate,
    /// P3: no lost one-time secret.
    NoLostSecret,
    /// P4: no torn or rolled-back state.
    WholeState,
    /// P5: one effective writer.
    OneWriter,
    /// P6: deterministic plans, and the plan after an apply is empty.
    Determinism,
    /// P7: honest outcome.
    Honesty,
    /// Beside the seven: the run after a fault comes to its end.
    Recovery,
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// How, in a sentence.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}: {}", self.promise, self.what)
    }
}

pub(crate) fn violation(promise: Promise, what: impl Into<String>) -> Violation {
    Violation {
        promise,
        what: what.into(),
    }
}

/// What stands in the clouds, and what stood there at most, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measure {
    live: BTreeMap<String, usize>,
    most: BTreeMap<String, usize>,
}

impl World {
    /// Counts what stands in the clouds.
    pub(crate) fn measure(&self) -> Measure {
        let mut live = BTreeMap::new();
        for item in self.sandbox.inventory().live() {
            *live.entry(item.kind.clone()).or_default() += 1;
        }
        Measure {
            live,
            most: most(&self.sandbox.ledger()),
        }
    }

    /// What a run that died had told of must be in what it left behind.
    pub(crate) async fn check_death(&self, report: &Report) -> Vec<Violation> {
        match self.look().await {
            Ok(session) => session.read(|snapshot| told_and_missing(&report.events, snapshot)),
            Err(error) => vec![violation(
                Promise::WholeState,
                format!("after the death of a run its state cannot be opened: {error}"),
            )],
        }
    }

    /// All that must hold once a run said that it is done.
    pub(crate) async fn check_end(
        &self,
        of: (&Program, Stage, u64),
        expected: &Measure,
        report: &Report,
    ) -> Vec<Violation> {
        let session = match self.look().await {
            Ok(session) => session,
            Err(error) => {
                return vec![violation(
                    Promise::WholeState,
                    format!("the state cannot be opened: {error}"),
                )];
            }
        };
        let mut found = self.check_objects(&session, expected);
        found.extend(self.check_writers());
        found.extend(claimed(report, &session));
        found.extend(self.check_plans(&session, of).await);
        // The checks themselves ask a directory that lags.
        self.sandbox.clock().advance(SEEN_BY_NOW);
        found.extend(self.check_secrets(&session).await);
        found
    }

    fn check_objects(&self, session: &Session, expected: &Measure) -> Vec<Violation> {
        let mut found = Vec::new();
        let known = session.read(texts);
        let inventory = self.sandbox.inventory();
        for item in inventory.live() {
            if !is_known(item, &known) {
                let what = format!("{} {} exists and is not in the state", item.kind, item.id);
                found.push(violation(Promise::NoLeak, what));
            }
        }
        let measure = self.measure();
        if measure.live != expected.live {
            let what = format!("there are {:?}, not {:?}", measure.live, expected.live);
            found.push(violation(Promise::NoDuplicate, what));
        }
        for (kind, most) in &measure.most {
            if expected.most.get(kind).is_none_or(|expected| most > expected) {
                let what = format!("at one time there were {most} {kind}");
                found.push(violation(Promise::NoDuplicate, what));
            }
        }
        if !session.open_begins().is_empty() || self.bucket.pieces() > 0 {
            let what = "a journal is left although the run said that it was done";
            found.push(violation(Promise::WholeState, what));
        }
        found
    }

    /// Epochs rise, nobody writes under an older one, and the serial never falls.
    fn check_writers(&self) -> Vec<Violation> {
        let (mut found, mut epoch, mut serial, mut family) = (Vec::new(), 0, 0, None::<String>);
        for deed in self.bucket.history() {
            match deed {
                Deed::Locked(next) => epoch = next,
                Deed::Appended(by) | Deed::Wrote(by, _, _) if by < epoch => {
                    let what = format!("a writer of epoch {by} changed the state in epoch {epoch}");
                    found.push(violation(Promise::OneWriter, what));
                }
                Deed::Appended(_) => {}
                Deed::Wrote(_, lineage, next) => {
                    if next <= serial || family.as_ref().is_some_and(|family| *family != lineage) {
                        let what = format!("serial {next} of {lineage} was written over serial {serial}");
                        found.push(violation(Promise::WholeState, what));
                    }
                    (serial, family) = (next, Some(lineage));
                }
            }
        }
        found
    }

    /// The plan after the apply is empty, and another one is the same.
    async fn check_plans(&self, session: &Session, of: (&Program, Stage, u64)) -> Vec<Violation> {
        let (program, stage, plans) = of;
        let (mut found, mut first) = (Vec::new(), None);
        for seed in 1..=plans {
            let plan = match self.plan(session, (program, stage), seed).await {
                Ok(plan) => plan,
                Err(errors) => {
                    let what = format!("planning failed: {}", errors.join("; "));
                    return vec![violation(Promise::Recovery, what)];
                }
            };
            if seed == 1 && plan.has_changes() {
                let changed = plan.changes.iter().filter(|change| change.is_change());
                let what: Vec<String> = changed
                    .map(|change| format!("{:?} {}", change.action, change.address))
                    .collect();
                let what = format!("the plan after the apply is not empty: {}", what.join(", "));
                found.push(violation(Promise::Determinism, what));
            }
            let text = canonical(&plan);
            if *first.get_or_insert_with(|| text.clone()) != text {
                found.push(violation(Promise::Determinism, "two plans of the same differ"));
            }
        }
        found
    }
}

/// A plan without the instant at which it was made.
fn canonical(plan: &regprov_plan::Plan) -> Json {
    let mut json = serde_json::to_value(plan).expect("a plan is plain data");
    json["created"] = Json::Null;
    json
}

/// The most that there was of each kind at any time, by what the ledger says was made and removed.
fn most(ledger: &[Entry]) -> BTreeMap<String, usize> {
    let mut now: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for line in ledger.iter().flat_map(|entry| &entry.mutations) {
        let Some((verb, object)) = line.split_once(' ') else {
            continue;
        };
        let kind: String = object.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
        let there = now.entry(kind.clone()).or_default();
        match verb {
            "created" | "restored" => {
                there.insert(object);
            }
            "deleted" | "soft-deleted" => {
                there.remove(object);
            }
            _ => {}
        }
        let count = there.len();
        let highest = most.entry(kind).or_default();
        *highest = count.max(*highest);
    }
    most
}

/// The instances whose last word was that they are made, or gone, and that the state shows otherwise.
fn told_and_missing(events: &[Event], snapshot: &Snapshot) -> Vec<Violation> {
    let mut last: BTreeMap<&InstanceAddress, (Action, bool)> = BTreeMap::new();
    let mut replaced: BTreeSet<&InstanceAddress> = BTreeSet::new();
    for event in events {
        match event {
            // Until it ends, either is right.
            Event::Started { address, .. } => {
                last.remove(address);
            }
            // The old object goes after the new one came.
            Event::Finished { address, .. } if replaced.contains(address) => {}
            Event::Finished { address, action, .. } => {
                if *action == Action::CreateThenDelete {
                    replaced.insert(address);
                }
                last.insert(address, (*action, *action == Action::Delete));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (address, (action, gone)) in last {
        let there = snapshot
            .instances
            .keys()
            .any(|key| key.address == *address && key.deposed.is_none());
        if there == gone && action != Action::Read {
            let what = format!("{address} was told as {action:?} and the state does not hold that");
            found.push(violation(Promise::Honesty, what));
        }
    }
    found
}

/// What a run held when it said that it is done is what is in the store.
fn claimed(report: &Report, session: &Session) -> Vec<Violation> {
    let Some(claimed) = &report.claimed else {
        return Vec::new();
    };
    let same = session.read(|snapshot| snapshot.instances == claimed.instances);
    if same {
        Vec::new()
    } else {
        let what = "what the run said it had done is not what the store holds";
        vec![violation(Promise::Honesty, what)]
    }
}
