//! Runs of a replication policy: what they copy, and what they tell.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{ReplicationPolicy, find};
use crate::answer::Answer;
use crate::harbor::api::{Api, Reply, done, told};
use crate::harbor::execution::{self, Cause, Execution, Status, Work};
use crate::harbor::failure::Failure;
use crate::harbor::instance::content_key;
use crate::harbor::instant;
use crate::harbor::listing::page;
use crate::harbor::repository::Repository;
use crate::harbor::rows::Rows;
use crate::harbor::selector;
use crate::oci;

fn is_replication(work: Work) -> bool {
    matches!(work, Work::Replication(_))
}

fn execution_shown(execution: &Execution, now: Timestamp) -> Value {
    let Work::Replication(policy) = execution.work else {
        return Value::Null;
    };
    let status = match execution.status(now) {
        Status::Running => "InProgress",
        Status::Success => "Succeed",
        Status::Stopped => "Stopped",
    };
    let trigger = match execution.cause {
        Cause::Manual => "manual",
        Cause::Schedule => "scheduled",
        Cause::Event => "event_based",
    };
    let done = execution.log.len();
    told(
        json!({
            "id": execution.id, "policy_id": policy, "status": status, "trigger": trigger,
            "start_time": instant(execution.started), "end_time": execution.ended(now).map(instant),
            "total": done, "succeed": done,
        }),
        &[],
    )
}

pub(super) fn executions(api: &mut Api<'_>) -> Reply {
    api.require_system("replication", "list")?;
    let now = api.rows.tx.now();
    let (policy, status, trigger) = (
        api.call.query("policy_id").unwrap_or_default(),
        api.call.query("status").unwrap_or_default(),
        api.call.query("trigger").unwrap_or_default(),
    );
    let fits = |row: &Value, name: &str, wanted: &str| {
        wanted.is_empty()
            || row[name]
                .as_str()
                .map_or_else(|| row[name].to_string(), str::to_owned)
                == wanted
    };
    let rows: Vec<Value> = execution::of(&api.rows, is_replication)
        .iter()
        .map(|execution| execution_shown(execution, now))
        .filter(|row| {
            fits(row, "policy_id", policy) && fits(row, "status", status) && fits(row, "trigger", trigger)
        })
        .collect();
    page(api, &rows)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Start {
    policy_id: u64,
}

pub(super) fn start(api: &mut Api<'_>) -> Reply {
    let wish: Start = api.body("execution")?;
    api.require_system("replication", "create")?;
    let policy = find(api, wish.policy_id)?;
    if !policy.enabled {
        return Err(Failure::precondition(format!(
            "the policy {} is disabled",
            policy.id
        )));
    }
    let id = execution::start(
        &mut api.rows,
        Work::Replication(policy.id),
        Cause::Manual,
        Map::new(),
    );
    Ok(api.created(id))
}

/// The execution that the path names.
fn named(api: &Api<'_>) -> Result<Execution, Failure> {
    let id = api.path_id("id")?;
    api.rows
        .row::<Execution>(id)
        .filter(|execution| is_replication(execution.work))
        .ok_or_else(|| Failure::not_found(format!("replication execution {id} not found")))
}

pub(super) fn execution(api: &mut Api<'_>) -> Reply {
    api.require_system("replication", "read")?;
    let execution = named(api)?;
    Ok(Answer::json(200, &execution_shown(&execution, api.rows.tx.now())))
}

pub(super) fn stop(api: &mut Api<'_>) -> Reply {
    api.require_system("replication", "create")?;
    let execution = named(api)?;
    execution::stop(&mut api.rows, execution);
    Ok(done())
}

pub(super) fn tasks(api: &mut Api<'_>) -> Reply {
    api.require_system("replication", "list")?;
    let execution = named(api)?;
    let now = api.rows.tx.now();
    let rows: Vec<Value> = execution
        .log
        .iter()
        .zip(1_u64..)
        .map(|(line, id)| {
            let (source, target) = line.split_once(" -> ").unwrap_or((line, ""));
            json!({
                "id": id, "execution_id": execution.id, "status": "Succeed", "operation": "copy",
                "resource_type": "image", "src_resource": source, "dst_resource": target,
                "start_time": instant(execution.started),
                "end_time": execution.ended(now).map(instant),
            })
        })
        .collect();
    page(api, &rows)
}

pub(super) fn task_log(api: &mut Api<'_>) -> Reply {
    api.require_system("replication", "read")?;
    let execution = named(api)?;
    let id = api.path_id("task_id")?;
    let line = usize::try_from(id)
        .ok()
        .and_then(|id| execution.log.get(id.checked_sub(1)?))
        .ok_or_else(|| Failure::not_found(format!("task {id} not found")))?;
    Ok(Answer::bytes(
        200,
        "text/plain; charset=utf-8",
        line.clone().into(),
    ))
}

/// Finds what a policy copies. What lies in other registries is not emulated, so a policy that pulls finds nothing.
pub(in crate::harbor) fn replicate(rows: &mut Rows<'_>, policy: u64) -> Vec<String> {
    let Some(policy) = rows.row::<ReplicationPolicy>(policy) else {
        return Vec::new();
    };
    if policy.source.is_some() {
        return Vec::new();
    }
    let takes = |kind: &str, name: &str| {
        policy
            .filters
            .iter()
            .filter(|filter| filter.kind == kind)
            .all(|filter| {
                let matches = selector::matches(filter.value.as_str().unwrap_or_default(), name);
                matches == (filter.decoration != "excludes")
            })
    };
    let mut copied = Vec::new();
    for repository in rows.all::<Repository>() {
        if !takes("name", &repository.name) {
            continue;
        }
        let target = target_name(&policy, &repository.name);
        for (tag, _) in oci::tags_of(rows.tx, &content_key(&rows.name), &repository.name) {
            if takes("tag", &tag) {
                copied.push(format!("{}:{tag} -> {target}:{tag}", repository.name));
            }
        }
    }
    copied
}

/// What a repository is called where it is copied to.
fn target_name(policy: &ReplicationPolicy, name: &str) -> String {
    if policy.dest_namespace.is_empty() {
        return name.to_owned();
    }
    let parts: Vec<&str> = name.split('/').collect();
    let replaced = match usize::try_from(policy.dest_namespace_replace_count) {
        Ok(count) => count.min(parts.len() - 1),
        // Of old policies everything before the last part is replaced.
        Err(_) => parts.len() - 1,
    };
    let mut target = vec![policy.dest_namespace.as_str()];
    target.extend(&parts[replaced..]);
    target.join("/")
}
