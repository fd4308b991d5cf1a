//! Which tags stay: `/retentions`.

mod executions;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(super) use executions::keep_to;
use executions::{executions, operate, task_log, tasks};

use super::api::{Api, Reply, done, told};
use super::cron::Cron;
use super::execution::{self, Cause, Work};
use super::failure::Failure;
use super::instant;
use super::project::Project;
use super::route::{Route, route};
use super::rows::{Row, Rows};
use super::selector::Selector;
use crate::answer::Answer;

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
