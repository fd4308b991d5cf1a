//! Schedules of the system's own work: `/system/gc`, `/system/purgeaudit`, `/system/scanAll`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::api::{Api, Reply, done};
use super::cron::Cron;
use super::execution::{self, Cause, Execution, Status, Work};
use super::failure::Failure;
use super::instant;
use super::listing::list;
use super::route::{Route, route, route_since};
use super::rows::Row;
use super::scanner::Scanner;
use crate::answer::Answer;

/// What is scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    GarbageCollection = 1,
    PurgeAudit = 2,
    ScanAll = 3,
}

/// A schedule; there is at most one of each kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Schedule {
    id: u64,
    pub(super) kind: Kind,
    /// `Hourly`, `Daily`, `Weekly` or `Custom`.
    cron_type: String,
    pub(super) cron: String,
    pub(super) parameters: Map<String, Value>,
    created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Row for Schedule {
    const TABLE: &'static str = "harbor/schedules";

    fn id(&self) -> u64 {
        self.kind as u64
    }
}

/// What a schedule starts.
pub(super) const fn work(kind: Kind) -> Work {
    match kind {
        Kind::GarbageCollection => Work::GarbageCollection,
        Kind::PurgeAudit => Work::PurgeAudit,
        Kind::ScanAll => Work::ScanAll,
    }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/system/gc", gc_history),
    route("GET", "/system/gc/schedule", |api| {
        show(api, Kind::GarbageCollection)
    }),
    route("POST", "/system/gc/schedule", create_gc),
    route("PUT", "/system/gc/schedule", update_gc),
    route("GET", "/system/gc/{gc_id}", |api| {
        one(api, Kind::GarbageCollection)
    }),
    route("PUT", "/system/gc/{gc_id}", |api| {
        stop(api, Kind::GarbageCollection)
    }),
    route("GET", "/system/gc/{gc_id}/log", |api| {
        log(api, Kind::GarbageCollection)
    }),
    route_since((2, 6), "GET", "/system/purgeaudit", purge_history),
    route_since((2, 6), "GET", "/system/purgeaudit/schedule", |api| {
        show(api, Kind::PurgeAudit)
    }),
    route_since((2, 6), "POST", "/system/purgeaudit/schedule", create_purge),
    route_since((2, 6), "PUT", "/system/purgeaudit/schedule", update_purge),
    route_since((2, 6), "GET", "/system/purgeaudit/{purge_id}", |api| {
        one(api, Kind::PurgeAudit)
    }),
    route_since((2, 6), "PUT", "/system/purgeaudit/{purge_id}", |api| {
        stop(api, Kind::PurgeAudit)
    }),
    route_since((2, 6), "GET", "/system/purgeaudit/{purge_id}/log", |api| {
        log(api, Kind::PurgeAudit)
    }),
    route("GET", "/system/scanAll/schedule", |api| show(api, Kind::ScanAll)),
    route("POST", "/system/scanAll/schedule", create_scan_all),
    route("PUT", "/system/scanAll/schedule", update_scan_all),
    route("POST", "/system/scanAll/stop", stop_scan_all),
    route("GET", "/scans/all/metrics", metrics),
    route("GET", "/scans/schedule/metrics", scheduled_metrics),
];

/// What rights name the work of a kind.
const fn resource(kind: Kind) -> &'static str {
    match kind {
        Kind::GarbageCollection => "garbage-collection",
        Kind::PurgeAudit => "purge-audit",
        Kind::ScanAll => "scan-all",
    }
}

const fn job_name(kind: Kind) -> &'static str {
    match kind {
        Kind::GarbageCollection => "GARBAGE_COLLECTION",
        Kind::PurgeAudit => "PURGE_AUDIT_LOG",
        Kind::ScanAll => "SCAN_ALL",
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    schedule: Option<When>,
    parameters: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct When {
    #[serde(rename = "type")]
    kind: String,
    cron: String,
}

const TYPES: &[&str] = &[
    "Hourly", "Daily", "Weekly", "Custom", "Manual", "None", "Schedule",
];

/// The wish of a request, with a type that the specification knows.
fn wish(api: &Api<'_>) -> Result<(Option<When>, Map<String, Value>), Failure> {
    let wish: Wish = api.body("schedule")?;
    if let Some(when) = &wish.schedule
        && !when.kind.is_empty()
        && !TYPES.contains(&when.kind.as_str())
    {
        return Err(Failure::invalid(format!(
            "schedule.schedule.type in body should be one of [{}]",
            TYPES.join(" ")
        )));
    }
    Ok((wish.schedule, wish.parameters))
}

fn existing(api: &Api<'_>, kind: Kind) -> Option<Schedule> {
    api.rows.row(kind as u64)
}

/// Shows a schedule; without one the answer has no body.
fn show(api: &mut Api<'_>, kind: Kind) -> Reply {
    api.require_system(resource(kind), "read")?;
    let Some(schedule) = existing(api, kind) else {
        return Ok(Answer::empty(200));
    };
    let next = Cron::parse(&schedule.cron)
        .ok()
        .and_then(|cron| cron.next(api.rows.tx.now()))
        .map(instant);
    let when = json!({ "type": schedule.cron_type, "cron": schedule.cron, "next_scheduled_time": next });
    let body = if kind == Kind::ScanAll {
        json!({
            "id": schedule.id, "status": "", "schedule": when, "parameters": schedule.parameters,
            "creation_time": instant(schedule.created), "update_time": instant(schedule.updated),
        })
    } else {
        json!({
            "id": schedule.id, "job_name": "", "job_kind": schedule.cron, "schedule": when,
            "job_parameters": Value::Object(schedule.parameters.clone()).to_string(), "job_status": "",
            "deleted": false, "creation_time": instant(schedule.created),
            "update_time": instant(schedule.updated),
        })
    };
    Ok(Answer::json(200, &body))
}

/// Sets, replaces or removes a schedule, or starts the work at once; answers with the id of what was started.
fn kick(api: &mut Api<'_>, kind: Kind, when: &When, parameters: Map<String, Value>) -> Result<u64, Failure> {
    match when.kind.as_str() {
        "Manual" => Ok(execution::start(
            &mut api.rows,
            work(kind),
            Cause::Manual,
            parameters,
        )),
        "None" => {
            api.rows.remove::<Schedule>(kind as u64);
            Ok(0)
        }
        "Hourly" | "Daily" | "Weekly" | "Custom" => {
            set(api, kind, when, parameters)?;
            Ok(0)
        }
        _ => Ok(0),
    }
}

fn set(api: &mut Api<'_>, kind: Kind, when: &When, parameters: Map<String, Value>) -> Result<(), Failure> {
    if let Err(error) = Cron::parse(&when.cron) {
        let what = match kind {
            Kind::GarbageCollection => "gc",
            Kind::PurgeAudit => "log rotation purge",
            Kind::ScanAll => "scan all",
        };
        return Err(Failure::bad_request(format!(
            "invalid cron string for scheduled {what}: {}, error: {error}",
            when.cron
        )));
    }
    let now = api.rows.tx.now();
    let schedule = Schedule {
        id: api.rows.count_up(Schedule::TABLE),
        kind,
        cron_type: when.kind.clone(),
        cron: when.cron.clone(),
        parameters,
        created: now,
        updated: now,
    };
    api.rows.save(&schedule);
    Ok(())
}

/// The parameters of a garbage collection, with what the server adds.
fn gc_parameters(mut parameters: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    if let Some(workers) = parameters.get("workers").filter(|workers| workers.is_number()) {
        let Some(number) = workers.as_i64() else {
            return Err(Failure::bad_request_because("workers should be integer format"));
        };
        if !(1..=10).contains(&number) {
            return Err(Failure::bad_request(format!(
                "Error: Invalid number of workers:{number}. Workers must be greater than 0 and less than or equal to 10."
            )));
        }
    }
    parameters.insert("time_window".to_owned(), json!(2));
    Ok(parameters)
}

fn gc(api: &mut Api<'_>, action: &str) -> Result<u64, Failure> {
    let (when, parameters) = wish(api)?;
    api.require_system(resource(Kind::GarbageCollection), action)?;
    // The real server does not look whether a schedule was given.
    let when = when.ok_or_else(Failure::internal)?;
    let parameters = gc_parameters(parameters)?;
    kick(api, Kind::GarbageCollection, &when, parameters)
}

fn created_beside(api: &Api<'_>, id: u64) -> Answer {
    let path = api.call.path.trim_end_matches('/');
    let parent = path.rsplit_once('/').map_or(path, |(parent, _)| parent);
    Answer::empty(201).header("location", &format!("{parent}/{id}"))
}

fn create_gc(api: &mut Api<'_>) -> Reply {
    let id = gc(api, "create")?;
    Ok(created_beside(api, id))
}

fn update_gc(api: &mut Api<'_>) -> Reply {
    gc(api, "update")?;
    Ok(done())
}

/// The longest time that audit logs can be kept, in hours.
const MOST_HOURS: i64 = 240_000;

fn purge(api: &mut Api<'_>, action: &str) -> Result<u64, Failure> {
    let (when, parameters) = wish(api)?;
    api.require_system(resource(Kind::PurgeAudit), action)?;
    let refuse = |cause: &str| Err(Failure::bad_request_because(cause));
    let Some(when) = when else {
        return refuse("schedule cann't be empty");
    };
    if parameters.is_empty() {
        return refuse("schedule parameter cann't be empty");
    }
    match parameters.get("audit_retention_hour") {
        None => return refuse("audit_retention_hour should provide"),
        Some(hours) if hours.is_number() => match hours.as_i64() {
            None => return refuse("audit_retention_hour should be integer format"),
            Some(hours) if hours > MOST_HOURS => {
                return refuse("audit_retention_hour should be less than 240000");
            }
            Some(_) => {}
        },
        Some(_) => {}
    }
    let wanted = if api.instance.version.has(2, 13) {
        "include_event_types"
    } else {
        "include_operations"
    };
    if !parameters.contains_key(wanted) {
        return refuse(&format!("{wanted} should provide"));
    }
    kick(api, Kind::PurgeAudit, &when, parameters)
}

fn create_purge(api: &mut Api<'_>) -> Reply {
    let id = purge(api, "create")?;
    Ok(created_beside(api, id))
}

fn update_purge(api: &mut Api<'_>) -> Reply {
    purge(api, "update")?;
    Ok(done())
}

/// Refuses what needs a scanner where there is none.
fn require_scan_all(api: &Api<'_>, action: &str) -> Result<(), Failure> {
    api.require_system(resource(Kind::ScanAll), action)?;
    match api.rows.find::<Scanner>(|scanner| scanner.is_default) {
        Some(_) => Ok(()),
        None => Err(Failure::precondition(
            "no scanner is configured, it's not possible to scan",
        )),
    }
}

fn create_scan_all(api: &mut Api<'_>) -> Reply {
    let (when, _) = wish(api)?;
    require_scan_all(api, "create")?;
    let when = when.ok_or_else(Failure::internal)?;
    match when.kind.as_str() {
        "None" => {}
        "Manual" => {
            let now = api.rows.tx.now();
            let running = execution::of(&api.rows, |work| work == Work::ScanAll)
                .iter()
                .any(|execution| execution.status(now) == Status::Running);
            if running {
                return Err(Failure::conflict(
                    "a previous scan all job aleady exits, its status is Running",
                ));
            }
            execution::start(&mut api.rows, Work::ScanAll, Cause::Manual, Map::new());
        }
        _ if existing(api, Kind::ScanAll).is_some() => {
            return Err(Failure::precondition(
                "fail to set schedule for scan all as always had one, please delete it firstly then to re-schedule",
            ));
        }
        _ => set(api, Kind::ScanAll, &when, Map::new())?,
    }
    Ok(Answer::empty(201))
}

fn update_scan_all(api: &mut Api<'_>) -> Reply {
    let (when, _) = wish(api)?;
    require_scan_all(api, "update")?;
    let when = when.ok_or_else(Failure::internal)?;
    match when.kind.as_str() {
        "Manual" => {
            return Err(Failure::bad_request(
                "fail to update scan all schedule as wrong schedule type: Manual",
            ));
        }
        "None" => {
            api.rows.remove::<Schedule>(Kind::ScanAll as u64);
        }
        _ => set(api, Kind::ScanAll, &when, Map::new())?,
    }
    Ok(done())
}

fn stop_scan_all(api: &mut Api<'_>) -> Reply {
    require_scan_all(api, "stop")?;
    match execution::of(&api.rows, |work| work == Work::ScanAll)
        .into_iter()
        .next()
    {
        Some(latest) => {
            execution::stop(&mut api.rows, latest);
            Ok(Answer::empty(202))
        }
        None => Err(Failure::bad_request("no scan all job is found currently")),
    }
}

fn metrics(api: &mut Api<'_>) -> Reply {
    show_metrics(api, None)
}

fn scheduled_metrics(api: &mut Api<'_>) -> Reply {
    show_metrics(api, Some(Cause::Schedule))
}

/// What the latest scan of everything came to. There is nothing to scan with here, so it has no tasks.
fn show_metrics(api: &mut Api<'_>, cause: Option<Cause>) -> Reply {
    require_scan_all(api, "read")?;
    let latest = execution::of(&api.rows, |work| work == Work::ScanAll)
        .into_iter()
        .find(|execution| cause.is_none_or(|cause| execution.cause == cause));
    let body = latest.map_or_else(
        || json!({ "ongoing": false }),
        |execution| {
            let running = execution.status(api.rows.tx.now()) == Status::Running;
            let trigger = if execution.cause == Cause::Schedule {
                "Schedule"
            } else {
                "Manual"
            };
            json!({
                "total": 0, "completed": 0, "ongoing": running, "trigger": trigger,
                "metrics": { "Pending": 0, "Running": 0, "Success": 0, "Error": 0, "Stopped": 0 },
            })
        },
    );
    Ok(Answer::json(200, &body))
}

fn gc_history(api: &mut Api<'_>) -> Reply {
    history(api, Kind::GarbageCollection)
}

fn purge_history(api: &mut Api<'_>) -> Reply {
    history(api, Kind::PurgeAudit)
}

fn history(api: &mut Api<'_>, kind: Kind) -> Reply {
    api.require_system(resource(kind), "list")?;
    let now = api.rows.tx.now();
    let rows = execution::of(&api.rows, |known| known == work(kind))
        .iter()
        .map(|execution| execution.shown(now, job_name(kind)))
        .collect();
    list(api, rows)
}

/// The execution that the path names.
fn named(api: &Api<'_>, kind: Kind) -> Result<Execution, Failure> {
    let name = match kind {
        Kind::GarbageCollection => "gc_id",
        Kind::PurgeAudit | Kind::ScanAll => "purge_id",
    };
    let id = api.path_id(name)?;
    api.rows
        .row::<Execution>(id)
        .filter(|execution| execution.work == work(kind))
        .ok_or_else(|| Failure::not_found(format!("execution {id} not found")))
}

fn one(api: &mut Api<'_>, kind: Kind) -> Reply {
    api.require_system(resource(kind), "read")?;
    let execution = named(api, kind)?;
    let body = execution.shown(api.rows.tx.now(), job_name(kind));
    Ok(Answer::json(200, &body))
}

fn stop(api: &mut Api<'_>, kind: Kind) -> Reply {
    api.require_system(resource(kind), "stop")?;
    let execution = named(api, kind)?;
    execution::stop(&mut api.rows, execution);
    Ok(done())
}

fn log(api: &mut Api<'_>, kind: Kind) -> Reply {
    api.require_system(resource(kind), "read")?;
    let execution = named(api, kind)?;
    Ok(Answer::bytes(
        200,
        "text/plain; charset=utf-8",
        execution.log.join("\n").into(),
    ))
}
