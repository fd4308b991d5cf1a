//! Work that Harbor does by itself: collecting garbage, keeping to retention policies, replicating, scanning, purging.
//!
//! An execution runs for some seconds of the sandbox's clock; what it does is done when that is over. Nothing here acts by
//! itself: each request to an instance first does what has come due since the one before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::cron::Cron;
use super::replication::{self, ReplicationPolicy};
use super::retention::{self, RetentionPolicy};
use super::rows::{Row, Rows};
use super::schedule::{self, Schedule};
use super::{garbage, instant};
use crate::clock;
use crate::oci::Blobs;

/// How long an execution takes.
const RUNS_MS: i64 = 2000;
/// When schedules were last looked at, by instance.
pub(super) const LOOKED_AT: &str = "_harbor_looked_at";

/// What an execution does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Work {
    GarbageCollection,
    PurgeAudit,
    ScanAll,
    /// By the policy of this id.
    Retention(u64),
    /// By the policy of this id.
    Replication(u64),
}

/// What started an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Cause {
    Manual,
    Schedule,
    Event,
}

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Running,
    Success,
    Stopped,
}

/// An execution.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Execution {
    pub(super) id: u64,
    pub(super) work: Work,
    pub(super) cause: Cause,
    pub(super) parameters: Map<String, Value>,
    pub(super) started: Timestamp,
    ends: Timestamp,
    stopped: Option<Timestamp>,
    /// Whether what it does is done.
    settled: bool,
    /// What it did, one line for each thing.
    pub(super) log: Vec<String>,
}

impl Row for Execution {
    const TABLE: &'static str = "_harbor_executions";

    fn id(&self) -> u64 {
        self.id
    }
}

impl Execution {
    /// Where it stands.
    pub(super) fn status(&self, now: Timestamp) -> Status {
        match self.stopped {
            Some(_) => Status::Stopped,
            None if now >= self.ends => Status::Success,
            None => Status::Running,
        }
    }

    /// When it ended.
    pub(super) fn ended(&self, now: Timestamp) -> Option<Timestamp> {
        self.stopped.or_else(|| (now >= self.ends).then_some(self.ends))
    }

    /// The execution as the histories of the system's work tell it.
    pub(super) fn shown(&self, now: Timestamp, name: &str) -> Value {
        let cause = match self.cause {
            Cause::Manual => "MANUAL",
            Cause::Schedule => "SCHEDULE",
            Cause::Event => "EVENT",
        };
        let kind = match self.cause {
            Cause::Schedule => "Schedule",
            Cause::Manual | Cause::Event => "Manual",
        };
        let status = match self.status(now) {
            Status::Running => "Running",
            Status::Success => "Success",
            Status::Stopped => "Stopped",
        };
        json!({
            "id": self.id, "job_name": name, "job_kind": cause,
            "job_parameters": Value::Object(self.parameters.clone()).to_string(),
            "schedule": { "type": kind, "cron": "", "next_scheduled_time": "0001-01-01T00:00:00.000Z" },
            "job_status": status, "deleted": false, "creation_time": instant(self.started),
            "update_time": instant(self.ended(now).unwrap_or(self.started)),
        })
    }
}

/// Starts an execution; answers its id.
pub(super) fn start(rows: &mut Rows<'_>, work: Work, cause: Cause, parameters: Map<String, Value>) -> u64 {
    let now = rows.tx.now();
    start_at(rows, (work, cause), parameters, now)
}

fn start_at(
    rows: &mut Rows<'_>,
    (work, cause): (Work, Cause),
    parameters: Map<String, Value>,
    started: Timestamp,
) -> u64 {
    let id = rows.new_id::<Execution>();
    let execution = Execution {
        id,
        work,
        cause,
        parameters,
        started,
        ends: clock::add(started, RUNS_MS),
        stopped: None,
        settled: false,
        log: Vec::new(),
    };
    rows.save(&execution);
    id
}

/// Stops an execution that runs; what it does is not done then.
pub(super) fn stop(rows: &mut Rows<'_>, mut execution: Execution) {
    let now = rows.tx.now();
    if execution.status(now) == Status::Running {
        execution.stopped = Some(now);
        execution.settled = true;
        rows.save(&execution);
    }
}

/// The executions of some work, the latest first.
pub(super) fn of(rows: &Rows<'_>, work: impl Fn(Work) -> bool) -> Vec<Execution> {
    let mut executions = rows.all::<Execution>();
    executions.retain(|execution| work(execution.work));
    executions.reverse();
    executions
}

/// Forgets the executions of some work.
pub(super) fn forget(rows: &mut Rows<'_>, work: Work) {
    rows.remove_all::<Execution>(|execution| execution.work == work);
}

/// Does what has come due: starts what schedules say, and finishes what has run long enough.
pub(super) fn settle(rows: &mut Rows<'_>, blobs: &Blobs) {
    let now = rows.tx.now();
    start_scheduled(rows, now);
    for mut execution in rows.all::<Execution>() {
        if execution.settled || now < execution.ends {
            continue;
        }
        execution.log = match execution.work {
            Work::GarbageCollection => garbage::collect(rows, blobs, &execution.parameters),
            Work::Retention(policy) => retention::keep_to(rows, blobs, policy, &execution),
            Work::Replication(policy) => replication::replicate(rows, policy),
            Work::PurgeAudit | Work::ScanAll => Vec::new(),
        };
        execution.settled = true;
        rows.save(&execution);
    }
}

/// Starts what schedules wanted to have started since they were last looked at: the latest time of each counts.
fn start_scheduled(rows: &mut Rows<'_>, now: Timestamp) {
    let schedules = schedules(rows);
    if schedules.is_empty() {
        return;
    }
    let name = rows.name.clone();
    let looked: Timestamp = rows.tx.get(LOOKED_AT, &name).unwrap_or(Timestamp::MIN);
    let mut started = false;
    for (work, cron, parameters, since) in schedules {
        if let Some(at) = cron.last(looked.max(since), now) {
            start_at(rows, (work, Cause::Schedule), parameters, at);
            started = true;
        }
    }
    if started {
        rows.tx.put(LOOKED_AT, &name, &now);
    }
}

/// What is to be done again and again: by which schedule, how, and since when.
fn schedules(rows: &Rows<'_>) -> Vec<(Work, Cron, Map<String, Value>, Timestamp)> {
    let mut found = Vec::new();
    for schedule in rows.all::<Schedule>() {
        if let Ok(cron) = Cron::parse(&schedule.cron) {
            let work = schedule::work(schedule.kind);
            found.push((work, cron, schedule.parameters.clone(), schedule.updated));
        }
    }
    for policy in rows.all::<RetentionPolicy>() {
        if let Some(cron) = policy.cron() {
            found.push((Work::Retention(policy.id), cron, Map::new(), policy.updated));
        }
    }
    for policy in rows.all::<ReplicationPolicy>() {
        if let Some(cron) = policy.cron() {
            found.push((Work::Replication(policy.id), cron, Map::new(), policy.updated));
        }
    }
    found
}
