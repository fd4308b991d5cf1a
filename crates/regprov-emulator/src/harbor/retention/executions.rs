//! Runs of a retention policy: what they keep, and what they tell.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{RetentionPolicy, Rule, named_or_bad};
use crate::answer::Answer;
use crate::harbor::api::{Api, Reply, done, told};
use crate::harbor::artifact;
use crate::harbor::execution::{self, Cause, Execution, Status, Work};
use crate::harbor::failure::Failure;
use crate::harbor::immutable_tag::is_immutable;
use crate::harbor::instance::content_key;
use crate::harbor::instant;
use crate::harbor::listing::page;
use crate::harbor::repository::Repository;
use crate::harbor::rows::Rows;
use crate::oci::{self, Blobs, Digest};

fn status_text(execution: &Execution, now: Timestamp) -> &'static str {
    match execution.status(now) {
        Status::Running => "Running",
        Status::Success => "Success",
        Status::Stopped => "Stopped",
    }
}

pub(super) fn executions(api: &mut Api<'_>) -> Reply {
    let policy = named_or_bad(api)?;
    api.require_project(Some(policy.project_id), "tag-retention", "list")?;
    let now = api.rows.tx.now();
    let rows: Vec<Value> = execution::of(&api.rows, |work| work == Work::Retention(policy.id))
        .iter()
        .map(|execution| {
            let trigger = match execution.cause {
                Cause::Schedule => "SCHEDULE",
                Cause::Manual | Cause::Event => "MANUAL",
            };
            json!({
                "id": execution.id, "policy_id": policy.id, "start_time": instant(execution.started),
                "end_time": execution.ended(now).map(instant), "status": status_text(execution, now),
                "trigger": trigger, "dry_run": execution.parameters.get("dry_run") == Some(&json!(true)),
            })
        })
        .map(|row| told(row, &["dry_run"]))
        .collect();
    page(api, &rows)
}

/// The execution that the path names.
fn named_execution(api: &Api<'_>, action: &str) -> Result<Execution, Failure> {
    let policy = named_or_bad(api)?;
    api.require_project(Some(policy.project_id), "tag-retention", action)?;
    let id = api.path_id("eid")?;
    api.rows
        .row::<Execution>(id)
        .filter(|execution| execution.work == Work::Retention(policy.id))
        .ok_or_else(|| Failure::not_found(format!("execution {id} not found")))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Operation {
    action: String,
}

pub(super) fn operate(api: &mut Api<'_>) -> Reply {
    let wish: Operation = api.body("body")?;
    api.require_authenticated()?;
    if wish.action != "stop" {
        return Err(Failure::bad_request_because("action should be 'stop'"));
    }
    let execution = named_execution(api, "update")?;
    execution::stop(&mut api.rows, execution);
    Ok(done())
}

pub(super) fn tasks(api: &mut Api<'_>) -> Reply {
    let execution = named_execution(api, "list")?;
    let now = api.rows.tx.now();
    let rows: Vec<Value> = execution
        .log
        .iter()
        .zip(1_u64..)
        .map(|(line, id)| {
            let mut words = line.split_whitespace();
            let repository = words.next().unwrap_or_default();
            let number = |word: Option<&str>| word.and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
            let (total, retained) = (number(words.next()), number(words.next()));
            json!({
                "id": id, "execution_id": execution.id, "repository": repository, "job_id": id.to_string(),
                "status": status_text(&execution, now), "status_code": 3, "status_revision": 0,
                "start_time": instant(execution.started), "end_time": execution.ended(now).map(instant),
                "total": total, "retained": retained,
            })
        })
        .collect();
    page(api, &rows)
}

pub(super) fn task_log(api: &mut Api<'_>) -> Reply {
    let execution = named_execution(api, "read")?;
    let id = api.path_id("tid")?;
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

/// An artifact that a policy judges.
struct Candidate {
    digest: String,
    tags: Vec<String>,
    pushed: Timestamp,
    pulled: Timestamp,
}

/// Deletes what no rule of a policy keeps; one line for each repository: its name, how many artifacts there were, and
/// how many stay.
pub(in crate::harbor) fn keep_to(
    rows: &mut Rows<'_>,
    blobs: &Blobs,
    policy: u64,
    execution: &Execution,
) -> Vec<String> {
    let Some(policy) = rows.row::<RetentionPolicy>(policy) else {
        return Vec::new();
    };
    let dry = execution.parameters.get("dry_run") == Some(&json!(true));
    let now = rows.tx.now();
    let mut log = Vec::new();
    for repository in rows.all::<Repository>() {
        let rules: Vec<&Rule> = policy
            .rules
            .iter()
            .filter(|rule| !rule.disabled && rule.takes_repository(repository.short_name()))
            .collect();
        if repository.project_id != policy.project_id || rules.is_empty() {
            continue;
        }
        let candidates = candidates(rows, &repository);
        let kept = |candidate: &Candidate| {
            rules.iter().any(|rule| rule.keeps(candidate, &candidates, now))
                || candidate
                    .tags
                    .iter()
                    .any(|tag| is_immutable(rows, policy.project_id, repository.short_name(), tag))
        };
        let doomed: Vec<Digest> = candidates
            .iter()
            .filter(|candidate| !kept(candidate))
            .filter_map(|candidate| candidate.digest.parse().ok())
            .collect();
        log.push(format!(
            "{} {} {}",
            repository.name,
            candidates.len(),
            candidates.len() - doomed.len()
        ));
        for digest in doomed.iter().filter(|_| !dry) {
            artifact::remove(rows, blobs, &repository.name, digest);
        }
    }
    log
}

fn candidates(rows: &Rows<'_>, repository: &Repository) -> Vec<Candidate> {
    let registry = content_key(&rows.name);
    let tags = oci::tags_of(rows.tx, &registry, &repository.name);
    oci::manifests_of(rows.tx, &registry, &repository.name)
        .into_iter()
        .filter_map(|(digest, _)| {
            let known = artifact::known(rows, &repository.name, &digest)?;
            let own = tags.iter().filter(|(_, tag)| tag.digest == digest);
            Some(Candidate {
                tags: own.map(|(name, _)| name.clone()).collect(),
                pushed: known.pushed,
                pulled: known.pulled.unwrap_or(Timestamp::UNIX_EPOCH),
                digest,
            })
        })
        .collect()
}

impl Rule {
    fn takes_repository(&self, name: &str) -> bool {
        let selectors = self.scope_selectors.get("repository");
        selectors.is_some_and(|selectors| selectors.iter().all(|selector| selector.takes(name)))
    }

    /// Whether the rule is about an artifact at all.
    fn selects(&self, candidate: &Candidate) -> bool {
        self.tag_selectors.iter().all(|selector| {
            if candidate.tags.is_empty() {
                selector.takes_untagged()
            } else {
                candidate.tags.iter().any(|tag| selector.takes(tag))
            }
        })
    }

    fn number(&self) -> i64 {
        self.params
            .get(&self.template)
            .and_then(Value::as_i64)
            .unwrap_or(match self.template.as_str() {
                "nDaysSinceLastPush" | "nDaysSinceLastPull" => 30,
                _ => 10,
            })
    }

    /// Whether the rule keeps an artifact, of all that there are.
    fn keeps(&self, candidate: &Candidate, all: &[Candidate], now: Timestamp) -> bool {
        if !self.selects(candidate) {
            return false;
        }
        let recent = |at: Timestamp| {
            let length = SignedDuration::from_hours(self.number().saturating_mul(24));
            now.checked_sub(length).is_ok_and(|least| at >= least)
        };
        let among_last = |key: fn(&Candidate) -> Timestamp| {
            let later = all
                .iter()
                .filter(|other| self.selects(other) && key(other) > key(candidate))
                .count();
            i64::try_from(later).unwrap_or(i64::MAX) < self.number()
        };
        match self.template.as_str() {
            "always" => true,
            "latestPushedK" => among_last(|candidate| candidate.pushed),
            "latestPulledN" => among_last(|candidate| candidate.pulled),
            "nDaysSinceLastPush" => recent(candidate.pushed),
            "nDaysSinceLastPull" => recent(candidate.pulled),
            _ => false,
        }
    }
}
