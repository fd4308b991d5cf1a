//! Copies of images from and to other registries: `/replication`.

mod executions;

use jiff::Timestamp;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use executions::replicate;
use executions::{execution, executions, start, stop, task_log, tasks};

use super::api::{Api, Reply, done, told};
use super::cron::Cron;
use super::execution::{self, Status, Work};
use super::failure::Failure;
use super::instant;
use super::listing::{Keywords, list_by};
use super::registry::{self, Registry};
use super::route::{Route, route};
use super::rows::{Row, Rows};
use crate::answer::Answer;

/// A policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ReplicationPolicy {
    pub(super) id: u64,
    name: String,
    description: String,
    /// The registry to pull from; none where this Harbor is the source.
    source: Option<u64>,
    /// The registry to push to; none where this Harbor is the target.
    target: Option<u64>,
    dest_namespace: String,
    dest_namespace_replace_count: i64,
    trigger: Option<Trigger>,
    filters: Vec<Filter>,
    deletion: bool,
    override_existing: bool,
    enabled: bool,
    speed: i64,
    copy_by_chunk: bool,
    single_active_replication: bool,
    creator: String,
    created: Timestamp,
    pub(super) updated: Timestamp,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Trigger {
    #[serde(rename = "type")]
    kind: String,
    trigger_settings: Option<TriggerSettings>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct TriggerSettings {
    cron: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Filter {
    #[serde(rename = "type")]
    kind: String,
    value: Value,
    decoration: String,
}

impl Row for ReplicationPolicy {
    const TABLE: &'static str = "harbor/replication_policies";

    fn id(&self) -> u64 {
        self.id
    }
}

impl ReplicationPolicy {
    /// The schedule by which it runs.
    pub(super) fn cron(&self) -> Option<Cron> {
        let trigger = self.trigger.as_ref()?;
        if !self.enabled || trigger.kind != "scheduled" {
            return None;
        }
        Cron::parse(&trigger.trigger_settings.as_ref()?.cron).ok()
    }
}

/// Whether a policy names a registry.
pub(super) fn is_used(rows: &Rows<'_>, registry: u64) -> bool {
    rows.find::<ReplicationPolicy>(|policy| {
        policy.source == Some(registry) || policy.target == Some(registry)
    })
    .is_some()
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/replication/policies", list_policies),
    route("POST", "/replication/policies", create),
    route("GET", "/replication/policies/{id}", get),
    route("PUT", "/replication/policies/{id}", update),
    route("DELETE", "/replication/policies/{id}", delete),
    route("GET", "/replication/executions", executions),
    route("POST", "/replication/executions", start),
    route("GET", "/replication/executions/{id}", execution),
    route("PUT", "/replication/executions/{id}", stop),
    route("GET", "/replication/executions/{id}/tasks", tasks),
    route(
        "GET",
        "/replication/executions/{id}/tasks/{task_id}/log",
        task_log,
    ),
];

fn shown(api: &Api<'_>, policy: &ReplicationPolicy) -> Value {
    let expanded = |id: Option<u64>| {
        id.map_or_else(registry::local, |id| {
            let known = api.rows.row::<Registry>(id);
            known.map_or(Value::Null, |registry| registry.shown(true))
        })
    };
    let filters: Vec<Value> = policy
        .filters
        .iter()
        .map(|filter| {
            let value =
                json!({ "type": filter.kind, "value": filter.value, "decoration": filter.decoration });
            told(value, &["value"])
        })
        .collect();
    let trigger = policy.trigger.as_ref().map(|trigger| {
        let settings = trigger.trigger_settings.as_ref();
        let settings = settings.map(|settings| told(json!({ "cron": settings.cron }), &[]));
        told(json!({ "type": trigger.kind, "trigger_settings": settings }), &[])
    });
    let version = &api.instance.version;
    let mut value = json!({
        "id": policy.id, "name": policy.name, "description": policy.description,
        "src_registry": expanded(policy.source), "dest_registry": expanded(policy.target),
        "dest_namespace": policy.dest_namespace,
        "dest_namespace_replace_count": policy.dest_namespace_replace_count, "trigger": trigger,
        "filters": filters, "deletion": policy.deletion, "replicate_deletion": policy.deletion,
        "override": policy.override_existing, "enabled": policy.enabled, "speed": policy.speed,
        "copy_by_chunk": policy.copy_by_chunk, "single_active_replication": policy.single_active_replication,
        "creation_time": instant(policy.created), "update_time": instant(policy.updated),
    });
    let gates = [
        ("dest_namespace_replace_count", (2, 3)),
        ("copy_by_chunk", (2, 7)),
        ("single_active_replication", (2, 14)),
    ];
    for (name, (major, minor)) in gates {
        if !version.has(major, minor)
            && let Some(members) = value.as_object_mut()
        {
            members.remove(name);
        }
    }
    told(
        value,
        &[
            "dest_namespace_replace_count",
            "speed",
            "copy_by_chunk",
            "single_active_replication",
        ],
    )
}

fn list_policies(api: &mut Api<'_>) -> Reply {
    api.require_system("replication-policy", "list")?;
    let mut keywords = Keywords::of(api)?;
    keywords.fuzzy("name", api.call.query("name"));
    let policies = api.rows.all::<ReplicationPolicy>();
    let rows = policies.iter().map(|policy| shown(api, policy)).collect();
    list_by(api, rows, &keywords)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    name: String,
    description: String,
    src_registry: Option<Reference>,
    dest_registry: Option<Reference>,
    dest_namespace: String,
    dest_namespace_replace_count: Option<i64>,
    trigger: Option<Trigger>,
    filters: Vec<Filter>,
    deletion: bool,
    #[serde(rename = "override")]
    override_existing: bool,
    enabled: bool,
    speed: Option<i64>,
    copy_by_chunk: bool,
    single_active_replication: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference {
    id: u64,
}

/// Refuses what no policy can be.
fn check(wish: &Wish) -> Result<(), Failure> {
    let refuse = |message: &str| Err(Failure::bad_request(message));
    let event_based = wish
        .trigger
        .as_ref()
        .is_some_and(|trigger| trigger.kind == "event_based");
    if wish.single_active_replication && event_based {
        // An error that the real server gives without a code.
        return Err(Failure::internal());
    }
    if wish.name.is_empty() {
        return refuse("empty name");
    }
    let id = |reference: &Option<Reference>| reference.as_ref().map_or(0, |reference| reference.id);
    if (id(&wish.src_registry) == 0) == (id(&wish.dest_registry) == 0) {
        return refuse(
            "either src_registry or dest_registry should be empty and the other one shouldn't be empty",
        );
    }
    for filter in &wish.filters {
        check_filter(filter)?;
    }
    let namespace =
        Regex::new("^[a-z0-9]+((?:[._-]|__|[-]*)[a-z0-9]+)*(/[a-z0-9]+((?:[._-]|__|[-]*)[a-z0-9]+)*)*$")
            .expect("the pattern is fixed");
    if !wish.dest_namespace.is_empty() && !namespace.is_match(&wish.dest_namespace) {
        return Err(Failure::bad_request(format!(
            "invalid destination namespace: {}",
            wish.dest_namespace
        )));
    }
    wish.trigger.as_ref().map_or(Ok(()), check_trigger)
}

fn check_filter(filter: &Filter) -> Result<(), Failure> {
    let refuse = |message: &str| Err(Failure::bad_request(message));
    match filter.kind.as_str() {
        "resource" | "name" | "tag" => {
            let Some(text) = filter.value.as_str() else {
                return refuse("the type of filter value isn't string");
            };
            if filter.kind == "resource" && !matches!(text, "image" | "artifact") {
                return Err(Failure::bad_request(format!("invalid resource filter: {text}")));
            }
            if filter.kind != "tag" && !filter.decoration.is_empty() {
                return refuse("only tag and label filter support decoration");
            }
        }
        "label" => {
            let labels = filter.value.as_array();
            if !labels.is_some_and(|labels| labels.iter().all(Value::is_string)) {
                return refuse("the type of label filter value isn't string slice");
            }
        }
        _ => return refuse("invalid filter type"),
    }
    if !matches!(filter.decoration.as_str(), "" | "matches" | "excludes") {
        return Err(Failure::bad_request(format!(
            "invalid filter decoration, :{}",
            filter.decoration
        )));
    }
    Ok(())
}

fn check_trigger(trigger: &Trigger) -> Result<(), Failure> {
    match trigger.kind.as_str() {
        "manual" | "event_based" => Ok(()),
        "scheduled" => {
            let cron = trigger
                .trigger_settings
                .as_ref()
                .map_or("", |settings| &settings.cron);
            if cron.is_empty() {
                return Err(Failure::bad_request(
                    "the cron string cannot be empty when the trigger type is scheduled",
                ));
            }
            match Cron::parse(cron) {
                Err(error) if error.starts_with("the 1st field") => return Err(Failure::bad_request(error)),
                Err(_) => {
                    return Err(Failure::bad_request(format!(
                        "invalid cron string for scheduled trigger: {cron}"
                    )));
                }
                Ok(_) => {}
            }
            if cron.split(' ').nth(1) == Some("*") {
                return Err(Failure::bad_request(
                    "* is not allowed for the Minutes field of the cron setting of replication policy",
                ));
            }
            Ok(())
        }
        _ => Err(Failure::bad_request("invalid trigger type")),
    }
}

/// Refuses names of others, and registries that do not exist.
fn check_references(api: &Api<'_>, wish: &Wish, except: u64) -> Result<(), Failure> {
    for reference in [&wish.src_registry, &wish.dest_registry].into_iter().flatten() {
        if reference.id != 0 && api.rows.row::<Registry>(reference.id).is_none() {
            return Err(Failure::not_found(format!("registry {} not found", reference.id)));
        }
    }
    let taken = api
        .rows
        .find::<ReplicationPolicy>(|policy| policy.name == wish.name && policy.id != except);
    match taken {
        Some(_) => Err(Failure::conflict(format!(
            "replication policy {} already exists",
            wish.name
        ))),
        None => Ok(()),
    }
}

/// Takes over what a wish says.
fn take(policy: &mut ReplicationPolicy, wish: Wish, version: &super::version::Version) {
    let id = |reference: Option<Reference>| reference.map(|known| known.id).filter(|id| *id != 0);
    policy.name = wish.name;
    policy.description = wish.description;
    policy.source = id(wish.src_registry);
    policy.target = id(wish.dest_registry);
    policy.dest_namespace = wish.dest_namespace;
    policy.dest_namespace_replace_count = wish.dest_namespace_replace_count.unwrap_or(-1);
    policy.trigger = wish.trigger;
    policy.filters = wish.filters;
    policy.deletion = wish.deletion;
    policy.override_existing = wish.override_existing;
    policy.enabled = wish.enabled;
    policy.speed = wish.speed.unwrap_or(0).max(0);
    policy.copy_by_chunk = wish.copy_by_chunk;
    policy.single_active_replication = wish.single_active_replication && version.has(2, 14);
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("policy")?;
    api.require_system("replication-policy", "create")?;
    check(&wish)?;
    check_references(api, &wish, 0)?;
    let now = api.rows.tx.now();
    let mut policy = ReplicationPolicy {
        id: api.rows.new_id::<ReplicationPolicy>(),
        name: String::new(),
        description: String::new(),
        source: None,
        target: None,
        dest_namespace: String::new(),
        dest_namespace_replace_count: -1,
        trigger: None,
        filters: Vec::new(),
        deletion: false,
        override_existing: false,
        enabled: false,
        speed: 0,
        copy_by_chunk: false,
        single_active_replication: false,
        creator: api.caller.name(&api.rows),
        created: now,
        updated: now,
    };
    take(&mut policy, wish, &api.instance.version);
    api.rows.save(&policy);
    Ok(api.created(policy.id))
}

/// The policy of an id.
fn find(api: &Api<'_>, id: u64) -> Result<ReplicationPolicy, Failure> {
    api.rows
        .row(id)
        .ok_or_else(|| Failure::not_found(format!("replication policy {id} not found")))
}

fn get(api: &mut Api<'_>) -> Reply {
    api.require_system("replication-policy", "read")?;
    let policy = find(api, api.path_id("id")?)?;
    Ok(Answer::json(200, &shown(api, &policy)))
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("policy")?;
    api.require_system("replication-policy", "update")?;
    check(&wish)?;
    let mut policy = find(api, api.path_id("id")?)?;
    check_references(api, &wish, policy.id)?;
    take(&mut policy, wish, &api.instance.version);
    policy.updated = api.rows.tx.now();
    api.rows.save(&policy);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    api.require_system("replication-policy", "delete")?;
    let policy = find(api, api.path_id("id")?)?;
    let now = api.rows.tx.now();
    let work = Work::Replication(policy.id);
    let running = execution::of(&api.rows, |known| known == work)
        .iter()
        .any(|execution| execution.status(now) == Status::Running);
    if running {
        return Err(Failure::precondition(format!(
            "the policy {} has running executions, can not be deleted",
            policy.id
        )));
    }
    execution::forget(&mut api.rows, work);
    api.rows.remove::<ReplicationPolicy>(policy.id);
    Ok(done())
}
