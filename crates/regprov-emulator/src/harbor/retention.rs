//! Which tags stay: `/retentions`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::api::{Api, Reply, done, told};
use super::artifact;
use super::cron::Cron;
use super::execution::{self, Cause, Execution, Status, Work};
use super::failure::Failure;
use super::immutable_tag::is_immutable;
use super::instance::content_key;
use super::instant;
use super::listing::page;
use super::project::Project;
use super::repository::Repository;
use super::route::{Route, route};
use super::rows::{Row, Rows};
use super::selector::Selector;
use crate::answer::Answer;
use crate::oci::{self, Blobs, Digest};

/// A project's policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RetentionPolicy {
    pub(super) id: u64,
    pub(super) project_id: u64,
    algorithm: String,
    rules: Vec<Rule>,
    trigger: Trigger,
    pub(super) updated: Timestamp,
}

impl Row for RetentionPolicy {
    const TABLE: &'static str = "harbor/retention_policies";

    fn id(&self) -> u64 {
        self.id
    }
}

/// A rule: what it takes stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Rule {
    id: u64,
    priority: i64,
    disabled: bool,
    action: String,
    template: String,
    params: Map<String, Value>,
    tag_selectors: Vec<Selector>,
    scope_selectors: BTreeMap<String, Vec<Selector>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Trigger {
    kind: String,
    settings: Map<String, Value>,
}

impl RetentionPolicy {
    /// The schedule by which it runs.
    pub(super) fn cron(&self) -> Option<Cron> {
        if self.trigger.kind != "Schedule" {
            return None;
        }
        Cron::parse(self.trigger.settings.get("cron")?.as_str()?).ok()
    }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/retentions/metadatas", metadata),
    route("POST", "/retentions", create),
    route("GET", "/retentions/{id}", get),
    route("PUT", "/retentions/{id}", update),
    route("DELETE", "/retentions/{id}", delete),
    route("POST", "/retentions/{id}/executions", trigger),
    route("GET", "/retentions/{id}/executions", executions),
    route("PATCH", "/retentions/{id}/executions/{eid}", operate),
    route("GET", "/retentions/{id}/executions/{eid}/tasks", tasks),
    route("GET", "/retentions/{id}/executions/{eid}/tasks/{tid}", task_log),
];

fn shown(api: &Api<'_>, policy: &RetentionPolicy) -> Value {
    let selectors = |list: &Vec<Selector>| list.iter().map(Selector::shown).collect::<Vec<_>>();
    let rules: Vec<Value> = policy
        .rules
        .iter()
        .zip(0_u64..)
        .map(|(rule, index)| {
            let scopes: BTreeMap<&String, Vec<Value>> = rule
                .scope_selectors
                .iter()
                .map(|(name, list)| (name, selectors(list)))
                .collect();
            let value = json!({
                "id": index, "priority": rule.priority, "disabled": rule.disabled, "action": rule.action,
                "template": rule.template, "params": rule.params,
                "tag_selectors": selectors(&rule.tag_selectors), "scope_selectors": scopes,
            });
            told(value, &[])
        })
        .collect();
    let mut settings = policy.trigger.settings.clone();
    if let Some(next) = policy.cron().and_then(|cron| cron.next(api.rows.tx.now())) {
        settings.insert("next_scheduled_time".to_owned(), json!(instant(next)));
    }
    told(
        json!({
            "id": policy.id, "algorithm": policy.algorithm, "rules": rules,
            "trigger": told(json!({ "kind": policy.trigger.kind, "settings": settings }), &[]),
            "scope": { "level": "project", "ref": policy.project_id },
        }),
        &[],
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    algorithm: String,
    rules: Vec<Rule>,
    trigger: Trigger,
    scope: Scope,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scope {
    level: String,
    #[serde(rename = "ref")]
    reference: i64,
}

/// Refuses what no policy can be; little is checked, as on the real server.
fn check(wish: &Wish) -> Result<(), Failure> {
    if wish.rules.len() > 15 {
        return Err(Failure::bad_request_because("only 15 rules are allowed at most"));
    }
    for (index, rule) in wish.rules.iter().enumerate() {
        let same = wish.rules[..index].iter().position(|earlier| {
            let (mut left, mut right) = (earlier.clone(), rule.clone());
            (left.id, right.id) = (0, 0);
            left == right
        });
        if let Some(earlier) = same {
            return Err(Failure::conflict(format!(
                "resource conflict: rule {index} is conflict with rule {earlier}"
            )));
        }
    }
    Ok(())
}

/// Refuses a schedule that cannot be kept.
fn check_trigger(trigger: &Trigger) -> Result<(), Failure> {
    if trigger.kind != "Schedule" {
        return Ok(());
    }
    match trigger.settings.get("cron").and_then(Value::as_str) {
        None | Some("") => Ok(()),
        Some(cron) => Cron::parse(cron).map(drop).map_err(Failure::bad_request),
    }
}

/// Refuses those who may not do something to a policy of this scope.
fn require(api: &Api<'_>, project: i64, action: &str) -> Result<(), Failure> {
    api.require_project(u64::try_from(project).ok(), "tag-retention", action)
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("policy")?;
    api.require_authenticated()?;
    check(&wish)?;
    if wish.scope.level != "project" {
        return Err(if wish.scope.level.is_empty() {
            Failure::internal()
        } else {
            Failure::bad_request_because(format!("scope {} is not support", wish.scope.level))
        });
    }
    require(api, wish.scope.reference, "create")?;
    let project = u64::try_from(wish.scope.reference)
        .ok()
        .and_then(|id| api.rows.row::<Project>(id))
        .ok_or_else(|| {
            Failure::bad_request_because(format!("invalid Project id {}", wish.scope.reference))
        })?;
    if let Some(old) = project.metadata.get("retention_id") {
        return Err(Failure::bad_request_because(format!(
            "project {} already has retention policy {old}",
            project.id
        )));
    }
    check_trigger(&wish.trigger)?;
    let id = add(api, project, wish);
    Ok(api.created(id))
}

/// Adds a policy, and its id to the project's metadata.
fn add(api: &mut Api<'_>, mut project: Project, wish: Wish) -> u64 {
    let id = api.rows.new_id::<RetentionPolicy>();
    let policy = RetentionPolicy {
        id,
        project_id: project.id,
        algorithm: wish.algorithm,
        rules: wish.rules,
        trigger: wish.trigger,
        updated: api.rows.tx.now(),
    };
    api.rows.save(&policy);
    project.metadata.insert("retention_id".to_owned(), id.to_string());
    api.rows.save(&project);
    id
}

/// Gives a new proxy cache the policy that every one has: what nobody pulled for seven days goes.
pub(super) fn add_for_proxy(api: &mut Api<'_>, project: u64) -> Result<(), Failure> {
    let wish = json!({
        "algorithm": "or",
        "rules": [{
            "action": "retain", "template": "nDaysSinceLastPull", "params": { "nDaysSinceLastPull": 7 },
            "tag_selectors": [{ "kind": "doublestar", "decoration": "matches", "pattern": "**",
                                "extras": "{\"untagged\":true}" }],
            "scope_selectors": { "repository": [
                { "kind": "doublestar", "decoration": "repoMatches", "pattern": "**" },
            ] },
        }],
        "trigger": { "kind": "Schedule", "settings": { "cron": "0 0 0 * * *" } },
    });
    let wish: Wish = serde_json::from_value(wish).map_err(|_| Failure::internal())?;
    if let Some(project) = api.rows.row::<Project>(project) {
        add(api, project, wish);
    }
    Ok(())
}

/// Deletes the policy of a project.
pub(super) fn remove_of_project(rows: &mut Rows<'_>, project: u64) {
    while let Some(policy) = rows.find::<RetentionPolicy>(|policy| policy.project_id == project) {
        remove(rows, policy.id);
    }
}

fn remove(rows: &mut Rows<'_>, id: u64) {
    execution::forget(rows, Work::Retention(id));
    rows.remove::<RetentionPolicy>(id);
}

/// The policy that the path names. A missing one is an error that the real server did not foresee.
fn named(api: &Api<'_>) -> Result<RetentionPolicy, Failure> {
    api.require_authenticated()?;
    api.rows.row(api.path_id("id")?).ok_or_else(Failure::internal)
}

fn get(api: &mut Api<'_>) -> Reply {
    let policy = named(api)?;
    api.require_project(Some(policy.project_id), "tag-retention", "read")?;
    Ok(Answer::json(200, &shown(api, &policy)))
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("policy")?;
    api.require_authenticated()?;
    check(&wish)?;
    require(api, wish.scope.reference, "update")?;
    let mut policy = named(api)?;
    if i64::try_from(policy.project_id).ok() != Some(wish.scope.reference) {
        return Err(Failure::not_found(format!(
            "resource not found: the retention policy id {} not found",
            policy.id
        )));
    }
    check_trigger(&wish.trigger)?;
    policy.algorithm = wish.algorithm;
    policy.rules = wish.rules;
    policy.trigger = wish.trigger;
    policy.updated = api.rows.tx.now();
    api.rows.save(&policy);
    Ok(done())
}

/// The policy that the path names, for operations that call a missing one the request's fault.
fn named_or_bad(api: &Api<'_>) -> Result<RetentionPolicy, Failure> {
    api.require_authenticated()?;
    let id = api.path_id("id")?;
    api.rows
        .row(id)
        .ok_or_else(|| Failure::bad_request_because(format!("no such Retention policy with id {id}")))
}

fn delete(api: &mut Api<'_>) -> Reply {
    let policy = named_or_bad(api)?;
    api.require_project(Some(policy.project_id), "tag-retention", "delete")?;
    // Releases before 2.14 leave the policy's id with the project.
    if api.instance.version.has(2, 14)
        && let Some(mut project) = api.rows.row::<Project>(policy.project_id)
    {
        project.metadata.remove("retention_id");
        api.rows.save(&project);
    }
    remove(&mut api.rows, policy.id);
    Ok(done())
}

fn metadata(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let template = |name: &str, text: &str, unit: Option<&str>| {
        let params: Vec<Value> = unit
            .iter()
            .map(|unit| json!({ "type": "int", "unit": unit, "required": true }))
            .collect();
        json!({ "rule_template": name, "display_text": text, "action": "retain", "params": params })
    };
    let body = json!({
        "templates": [
            template("latestPushedK", "the most recently pushed # artifacts", Some("COUNT")),
            template("latestPulledN", "the most recently pulled # artifacts", Some("COUNT")),
            template("nDaysSinceLastPush", "pushed within the last # days", Some("DAYS")),
            template("nDaysSinceLastPull", "pulled within the last # days", Some("DAYS")),
            template("always", "always", None),
        ],
        "scope_selectors": [{
            "display_text": "Repositories", "kind": "doublestar", "decorations": ["repoMatches", "repoExcludes"],
        }],
        "tag_selectors": [{
            "display_text": "Tags", "kind": "doublestar", "decorations": ["matches", "excludes"],
        }],
    });
    Ok(Answer::json(200, &body))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TriggerWish {
    dry_run: bool,
}

fn trigger(api: &mut Api<'_>) -> Reply {
    let wish: TriggerWish = api.body("body")?;
    let policy = named_or_bad(api)?;
    api.require_project(Some(policy.project_id), "tag-retention", "update")?;
    let parameters = Map::from_iter([("dry_run".to_owned(), json!(wish.dry_run))]);
    let work = Work::Retention(policy.id);
    let id = execution::start(&mut api.rows, work, Cause::Manual, parameters);
    Ok(api.created(id))
}

fn status_text(execution: &Execution, now: Timestamp) -> &'static str {
    match execution.status(now) {
        Status::Running => "Running",
        Status::Success => "Success",
        Status::Stopped => "Stopped",
    }
}

fn executions(api: &mut Api<'_>) -> Reply {
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

fn operate(api: &mut Api<'_>) -> Reply {
    let wish: Operation = api.body("body")?;
    api.require_authenticated()?;
    if wish.action != "stop" {
        return Err(Failure::bad_request_because("action should be 'stop'"));
    }
    let execution = named_execution(api, "update")?;
    execution::stop(&mut api.rows, execution);
    Ok(done())
}

fn tasks(api: &mut Api<'_>) -> Reply {
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

fn task_log(api: &mut Api<'_>) -> Reply {
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
pub(super) fn keep_to(rows: &mut Rows<'_>, blobs: &Blobs, policy: u64, execution: &Execution) -> Vec<String> {
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
