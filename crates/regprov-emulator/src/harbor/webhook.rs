//! Webhooks of projects: `/projects/{project}/webhook`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::api::{Api, Reply, done, told};
use super::failure::Failure;
use super::instant;
use super::listing::{list, page};
use super::project::{Project, admit};
use super::route::{Route, route};
use super::rows::Row;
use crate::answer::Answer;

/// A webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WebhookPolicy {
    pub(super) id: u64,
    pub(super) project_id: u64,
    pub(super) name: String,
    description: String,
    targets: Vec<Target>,
    event_types: Vec<String>,
    enabled: bool,
    creator: String,
    created: Timestamp,
    updated: Timestamp,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Target {
    #[serde(rename = "type")]
    kind: String,
    address: String,
    /// Sealed at rest.
    auth_header: String,
    skip_cert_verify: bool,
    payload_format: String,
}

impl Row for WebhookPolicy {
    const TABLE: &'static str = "harbor/webhook_policies";

    fn id(&self) -> u64 {
        self.id
    }
}

const EVENTS: &[&str] = &[
    "PUSH_ARTIFACT",
    "PULL_ARTIFACT",
    "DELETE_ARTIFACT",
    "QUOTA_EXCEED",
    "QUOTA_WARNING",
    "SCANNING_FAILED",
    "SCANNING_STOPPED",
    "SCANNING_COMPLETED",
    "REPLICATION",
    "TAG_RETENTION",
];

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project}/webhook/policies", list_policies),
    route("POST", "/projects/{project}/webhook/policies", create),
    route(
        "GET",
        "/projects/{project}/webhook/policies/{webhook_policy_id}",
        get,
    ),
    route(
        "PUT",
        "/projects/{project}/webhook/policies/{webhook_policy_id}",
        update,
    ),
    route(
        "DELETE",
        "/projects/{project}/webhook/policies/{webhook_policy_id}",
        delete,
    ),
    route(
        "GET",
        "/projects/{project}/webhook/policies/{webhook_policy_id}/executions",
        executions,
    ),
    route("GET", "/projects/{project}/webhook/lasttrigger", last_trigger),
    route("GET", "/projects/{project}/webhook/jobs", jobs),
    route("GET", "/projects/{project}/webhook/events", events),
];

/// What a target's secret header is sealed with.
fn context(api: &Api<'_>, policy: u64) -> String {
    api.rows.key(format!("webhook/{policy}"))
}

fn shown(api: &Api<'_>, policy: &WebhookPolicy) -> Value {
    let context = context(api, policy.id);
    let targets: Vec<Value> = policy
        .targets
        .iter()
        .map(|target| {
            let header = api.rows.tx.unseal(&context, &target.auth_header);
            let value = json!({
                "type": target.kind, "address": target.address, "auth_header": header,
                "skip_cert_verify": target.skip_cert_verify, "payload_format": target.payload_format,
            });
            told(value, &["skip_cert_verify"])
        })
        .collect();
    told(
        json!({
            "id": policy.id, "name": policy.name, "description": policy.description,
            "project_id": policy.project_id, "targets": targets, "event_types": policy.event_types,
            "creator": policy.creator, "enabled": policy.enabled, "creation_time": instant(policy.created),
            "update_time": instant(policy.updated),
        }),
        &["enabled"],
    )
}

fn list_policies(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "notification-policy", "list")?;
    let policies = api.rows.all::<WebhookPolicy>();
    let rows = policies
        .iter()
        .filter(|policy| policy.project_id == project.id)
        .map(|policy| shown(api, policy))
        .collect();
    list(api, rows)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    name: String,
    description: String,
    targets: Vec<Target>,
    event_types: Vec<String>,
    enabled: bool,
}

/// The targets of a wish as they are kept; refuses what no webhook can be.
fn check(wish: &Wish, with_formats: bool) -> Result<Vec<Target>, Failure> {
    if wish.event_types.is_empty() {
        return Err(Failure::bad_request("empty event type"));
    }
    if let Some(unknown) = wish
        .event_types
        .iter()
        .find(|event| !EVENTS.contains(&event.as_str()))
    {
        return Err(Failure::bad_request(format!("unsupported event type {unknown}")));
    }
    if wish.targets.is_empty() {
        return Err(Failure::bad_request(format!(
            "empty notification target with policy {}",
            wish.name
        )));
    }
    wish.targets
        .iter()
        .map(|target| check_target(target, &wish.name, with_formats))
        .collect()
}

fn check_target(target: &Target, policy: &str, with_formats: bool) -> Result<Target, Failure> {
    let mut kept = target.clone();
    kept.address = without_query(&target.address)?;
    if !matches!(target.kind.as_str(), "http" | "slack") {
        return Err(Failure::bad_request(format!(
            "unsupported target type {} with policy {policy}",
            target.kind
        )));
    }
    if target.kind == "slack" && !target.payload_format.is_empty() {
        return Err(Failure::bad_request(
            "set payload format is not allowed for slack",
        ));
    }
    if !matches!(target.payload_format.as_str(), "" | "Default" | "CloudEvents") {
        return Err(Failure::bad_request(format!(
            "unsupported payload format type: {}",
            target.payload_format
        )));
    }
    if !with_formats {
        kept.payload_format.clear();
    } else if target.kind == "http" && target.payload_format.is_empty() {
        "Default".clone_into(&mut kept.payload_format);
    }
    Ok(kept)
}

/// An endpoint with its scheme, host and path only.
fn without_query(address: &str) -> Result<String, Failure> {
    let trimmed = address.trim().trim_end_matches('/');
    if trimmed.is_empty() {
        return Err(Failure::bad_request("empty url"));
    }
    let full = if trimmed.contains("://") {
        trimmed.to_owned()
    } else {
        format!("http://{trimmed}")
    };
    let url = Url::parse(&full)
        .ok()
        .filter(Url::has_host)
        .ok_or_else(|| Failure::bad_request(format!("invalid endpoint: {address}")))?;
    let end = full.find(['?', '#']).unwrap_or(full.len());
    let path = if url.path() == "/" {
        full[..end].trim_end_matches('/')
    } else {
        &full[..end]
    };
    Ok(path.to_owned())
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("policy")?;
    let project = admit(api, "notification-policy", "create")?;
    let id = api.rows.new_id::<WebhookPolicy>();
    let targets = sealed_targets(api, &wish, id)?;
    check_free(api, &wish.name, &project, 0)?;
    let now = api.rows.tx.now();
    let policy = WebhookPolicy {
        id,
        project_id: project.id,
        name: wish.name,
        description: wish.description,
        targets,
        event_types: wish.event_types,
        enabled: wish.enabled,
        creator: api.caller.name(&api.rows),
        created: now,
        updated: now,
    };
    api.rows.save(&policy);
    Ok(api.created(id))
}

fn sealed_targets(api: &mut Api<'_>, wish: &Wish, policy: u64) -> Result<Vec<Target>, Failure> {
    let mut targets = check(wish, api.instance.version.has(2, 8))?;
    let context = context(api, policy);
    for target in &mut targets {
        if !target.auth_header.is_empty() {
            target.auth_header = api.rows.tx.seal(&context, &target.auth_header);
        }
    }
    Ok(targets)
}

fn check_free(api: &Api<'_>, name: &str, project: &Project, except: u64) -> Result<(), Failure> {
    let taken = api.rows.find::<WebhookPolicy>(|policy| {
        policy.project_id == project.id && policy.name == name && policy.id != except
    });
    match taken {
        Some(_) => Err(Failure::conflict(format!(
            "notification policy named {name} already exists"
        ))),
        None => Ok(()),
    }
}

fn named(api: &Api<'_>, project: &Project) -> Result<WebhookPolicy, Failure> {
    let id = api.path_id("webhook_policy_id")?;
    match api.rows.row::<WebhookPolicy>(id) {
        Some(policy) if policy.project_id == project.id => Ok(policy),
        Some(_) => Err(Failure::not_found(format!(
            "resource not found: project id:{}, webhook policy id: {id} not found",
            project.id
        ))),
        None => Err(Failure::not_found(format!("notification policy {id} not found"))),
    }
}

fn get(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "notification-policy", "read")?;
    let policy = named(api, &project)?;
    Ok(Answer::json(200, &shown(api, &policy)))
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("policy")?;
    let project = admit(api, "notification-policy", "update")?;
    let mut policy = named(api, &project)?;
    policy.targets = sealed_targets(api, &wish, policy.id)?;
    check_free(api, &wish.name, &project, policy.id)?;
    policy.name = wish.name;
    policy.description = wish.description;
    policy.event_types = wish.event_types;
    policy.enabled = wish.enabled;
    policy.updated = api.rows.tx.now();
    api.rows.save(&policy);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "notification-policy", "delete")?;
    let policy = named(api, &project)?;
    api.rows.remove::<WebhookPolicy>(policy.id);
    Ok(done())
}

/// Nothing is sent to webhooks here, so none has run.
fn executions(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "notification-policy", "read")?;
    named(api, &project)?;
    page(api, &[])
}

fn jobs(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "notification-policy", "list")?;
    let wanted = api.call.query("policy_id").unwrap_or_default();
    let id = wanted
        .parse::<u64>()
        .map_err(|_| Failure::invalid(format!("policy_id in query must be of type int64: \"{wanted}\"")))?;
    let known = api
        .rows
        .row::<WebhookPolicy>(id)
        .is_some_and(|policy| policy.project_id == project.id);
    if known {
        page(api, &[])
    } else {
        Err(Failure::not_found(format!("notification policy {id} not found")))
    }
}

fn last_trigger(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "notification-policy", "read")?;
    let policies = api.rows.all::<WebhookPolicy>();
    let triggers: Vec<Value> = policies
        .iter()
        .filter(|policy| policy.project_id == project.id)
        .flat_map(|policy| {
            policy.event_types.iter().map(|event| {
                json!({
                    "policy_name": policy.name, "event_type": event, "enabled": policy.enabled,
                    "creation_time": instant(policy.created), "last_trigger_time": "0001-01-01T00:00:00.000Z",
                })
            })
        })
        .collect();
    Ok(Answer::json(200, &triggers))
}

fn events(api: &mut Api<'_>) -> Reply {
    admit(api, "notification-policy", "read")?;
    let body = json!({
        "event_type": EVENTS, "notify_type": ["http", "slack"],
        "payload_formats": [{ "notify_type": "http", "formats": ["CloudEvents", "Default"] }],
    });
    Ok(Answer::json(200, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_path_and_loses_its_query() {
        let kept = |address: &str| without_query(address).unwrap();
        assert_eq!(
            kept("https://example.org/hook?token=x"),
            "https://example.org/hook"
        );
        assert_eq!(kept("example.org/"), "http://example.org");
        assert!(without_query(" ").is_err() && without_query("http://[").is_err());
    }
}
