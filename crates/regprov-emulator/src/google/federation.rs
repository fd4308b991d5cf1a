//! Workload identity pools and their providers: both are objects with settings, kept for a month after their deletion.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::context::{Ask, Google, Reply, micros, pruned};
use super::failure::Failure;
use super::operation;
use super::project::{self, Project};
use super::workload_identity_pool::WrittenPool;
use super::workload_identity_pool_provider::WrittenProvider;
use crate::answer::Answer;
use crate::clock;
use crate::store::Transaction;

/// Pools and providers by their path with the number of the project.
pub(super) const POOLS: &str = "google/workload_identity_pools";
pub(super) const PROVIDERS: &str = "google/workload_identity_pool_providers";
/// How long a deleted one is kept.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

/// A pool or a provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Federated {
    pub(super) name: String,
    pub(super) settings: Map<String, Value>,
    ready_at: Timestamp,
    soft_deleted_at: Option<Timestamp>,
}

impl Federated {
    /// Whether it lets anybody in.
    pub(super) fn is_active(&self) -> bool {
        self.soft_deleted_at.is_none() && self.settings.get("disabled") != Some(&Value::Bool(true))
    }

    fn body(&self) -> Value {
        let mut body = Value::Object(self.settings.clone());
        body["name"] = self.name.as_str().into();
        body["state"] = if self.soft_deleted_at.is_some() {
            "DELETED"
        } else {
            "ACTIVE"
        }
        .into();
        if let Some(at) = self.soft_deleted_at {
            body["expireTime"] = micros(clock::add(at, KEPT_MS)).into();
        }
        pruned(body)
    }
}

/// What a kind of object is called, and where it is kept.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    table: &'static str,
    permission: &'static str,
    list: &'static str,
    id: &'static str,
    message: &'static str,
}

const POOL: Kind = Kind {
    table: POOLS,
    permission: "iam.workloadIdentityPools",
    list: "workloadIdentityPools",
    id: "workloadIdentityPoolId",
    message: "google.iam.v1.WorkloadIdentityPool",
};

const PROVIDER: Kind = Kind {
    table: PROVIDERS,
    permission: "iam.workloadIdentityPoolProviders",
    list: "workloadIdentityPoolProviders",
    id: "workloadIdentityPoolProviderId",
    message: "google.iam.v1.WorkloadIdentityPoolProvider",
};

/// What a request may say of an object.
pub(super) trait Written: DeserializeOwned + Serialize {
    /// What an update may change.
    const MUTABLE: &'static [&'static str];

    /// That what stands there can be; `new` where nothing stood there before.
    fn check(&self, new: bool) -> Result<(), Failure>;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The object of a name, once it can be used.
pub(super) fn get(tx: &Transaction, table: &str, name: &str) -> Option<Federated> {
    tx.get(table, name)
        .filter(|found: &Federated| found.ready_at <= tx.now())
}

/// Forgets what was deleted a month ago.
pub(super) fn settle(tx: &mut Transaction) {
    let over = clock::add(tx.now(), -KEPT_MS);
    for table in [POOLS, PROVIDERS] {
        let all: Vec<(String, Federated)> = tx.scan(table, "");
        for (name, found) in all {
            if found.soft_deleted_at.is_some_and(|at| at <= over) {
                tx.delete(table, &name);
            }
        }
    }
}

/// Answers what stands below `projects/{project}/locations/global/workloadIdentityPools`.
pub(super) fn handle(google: &mut Google<'_>, project: &str, (ask, rest): (&Ask, &[&str])) -> Reply {
    let found = project::named(google.tx, project)
        .ok_or_else(|| refused("iam.workloadIdentityPools.get", project))?;
    let parent = format!("projects/{}/locations/global/workloadIdentityPools", found.number);
    match rest {
        [_, "operations", id] | [_, "providers", _, "operations", id] if ask.method == "GET" => {
            let name = google.call.path.trim_start_matches("/v1/").to_owned();
            tracing::trace!(id, "an operation is asked about");
            let name = name.replacen(
                &format!("projects/{project}/"),
                &format!("projects/{}/", found.number),
                1,
            );
            operation::get(google, &name)
        }
        [] => many::<WrittenPool>(google, &found, (ask, POOL, &parent)),
        [id] => one::<WrittenPool>(google, &found, (ask, POOL, &format!("{parent}/{id}"))),
        [pool, "providers", rest @ ..] => {
            let pool = format!("{parent}/{pool}");
            let parent = format!("{pool}/providers");
            match rest {
                [] => {
                    if get(google.tx, POOLS, &pool).is_none() {
                        return Err(Failure::absent("Requested entity was not found."));
                    }
                    many::<WrittenProvider>(google, &found, (ask, PROVIDER, &parent))
                }
                [id] => one::<WrittenProvider>(google, &found, (ask, PROVIDER, &format!("{parent}/{id}"))),
                _ => Err(Failure::unknown(google.call)),
            }
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

fn refused(permission: &str, resource: &str) -> Failure {
    let message = format!(
        "Permission '{permission}' denied on resource '//iam.googleapis.com/{resource}' (or it may not exist)."
    );
    let metadata = json!({ "permission": permission, "resource": resource });
    Failure::denied(message).info("IAM_PERMISSION_DENIED", "iam.googleapis.com", metadata)
}

fn need(
    google: &Google<'_>,
    project: &Project,
    (kind, verb, name): (Kind, &str, &str),
) -> Result<(), Failure> {
    let permission = format!("{}.{verb}", kind.permission);
    if !google.may(&permission, &format!("projects/{}", project.id)) {
        return Err(refused(&permission, name));
    }
    google.api_is_on("iam.googleapis.com", project)
}

fn is_id(id: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (4..=32).contains(&id.len()) && id.chars().all(plain) && !id.starts_with("gcp-")
}

fn many<W: Written>(
    google: &mut Google<'_>,
    project: &Project,
    (ask, kind, parent): (&Ask, Kind, &str),
) -> Reply {
    match (ask.method, ask.verb.as_deref()) {
        ("GET", None) => {
            need(google, project, (kind, "list", parent))?;
            let deleted = google.call.query("showDeleted") == Some("true");
            let now = google.tx.now();
            let all: Vec<(String, Federated)> = google.tx.scan(kind.table, &format!("{parent}/"));
            let bodies = all
                .iter()
                .filter(|(_, found)| found.ready_at <= now && (deleted || found.soft_deleted_at.is_none()))
                .map(|(_, found)| found.body())
                .collect();
            google.list(kind.list, bodies, 1000)
        }
        ("POST", None) => {
            need(google, project, (kind, "create", parent))?;
            let id = google.call.query(kind.id).unwrap_or_default().to_owned();
            let written: W = google.body()?;
            if !is_id(&id) {
                return Err(Failure::invalid_field(
                    kind.id,
                    "Resource id must be 4-32 characters of [a-z0-9-], and must not start with gcp-.",
                ));
            }
            written.check(true)?;
            let name = format!("{parent}/{id}");
            if google.tx.contains(kind.table, &name) {
                return Err(Failure::exists("Requested entity already exists"));
            }
            let settings = map(&written);
            let found = Federated {
                name: name.clone(),
                settings,
                ready_at: operation::done_at(google.tx),
                soft_deleted_at: None,
            };
            if !operation::will_fail(google.tx) {
                google.tx.put(kind.table, &name, &found);
            }
            begin(google, kind, &found)
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

fn map(written: &impl Serialize) -> Map<String, Value> {
    match pruned(json!(written)) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn begin(google: &mut Google<'_>, kind: Kind, found: &Federated) -> Reply {
    let name = format!(
        "{}/operations/{}",
        found.name,
        google.tx.draw().text(26, b"abcdefghijklmnopqrstuvwxyz234567")
    );
    let mut response = found.body();
    response["@type"] = format!("type.googleapis.com/{}", kind.message).into();
    let metadata = json!({ "@type": format!("type.googleapis.com/{}OperationMetadata", kind.message) });
    operation::begin(google.tx, &name, metadata, Ok(response))
}

fn one<W: Written>(
    google: &mut Google<'_>,
    project: &Project,
    (ask, kind, name): (&Ask, Kind, &str),
) -> Reply {
    let verb = match (ask.method, ask.verb.as_deref()) {
        ("GET", None) => "get",
        ("PATCH", None) => "update",
        ("DELETE", None) => "delete",
        ("POST", Some("undelete")) => "undelete",
        _ => return Err(Failure::unknown(google.call)),
    };
    need(google, project, (kind, verb, name))?;
    let absent = || Failure::absent("Requested entity was not found.");
    let mut found = get(google.tx, kind.table, name).ok_or_else(absent)?;
    match verb {
        "get" => return Ok(Answer::json(200, &found.body())),
        "undelete" => {
            let Nothing {} = google.body()?;
            if found.soft_deleted_at.take().is_none() {
                return Err(Failure::precondition("The entity is not deleted."));
            }
        }
        _ if found.soft_deleted_at.is_some() => return Err(Failure::precondition("The entity is deleted.")),
        "delete" => found.soft_deleted_at = Some(google.tx.now()),
        _ => {
            let written: W = google.body()?;
            written.check(false)?;
            let mask = google
                .mask(None)
                .ok_or_else(|| Failure::invalid("The update mask must be specified."))?;
            change(&mut found.settings, &map(&written), (&mask, W::MUTABLE))?;
        }
    }
    if !operation::will_fail(google.tx) {
        google.tx.put(kind.table, name, &found);
    }
    begin(google, kind, &found)
}

/// Changes what a mask names.
fn change(
    settings: &mut Map<String, Value>,
    written: &Map<String, Value>,
    (mask, mutable): (&[String], &[&str]),
) -> Result<(), Failure> {
    for path in mask {
        let (top, rest) = path.split_once('.').unwrap_or((path, ""));
        if !mutable.contains(&top) {
            return Err(Failure::invalid(format!("The field {path} cannot be updated.")));
        }
        let new = written.get(top).cloned();
        match (new, rest) {
            (None, "") => {
                settings.remove(top);
            }
            (Some(new), "") => {
                settings.insert(top.to_owned(), new);
            }
            (new, part) => {
                let within = settings.entry(top).or_insert_with(|| json!({}));
                match new.and_then(|new| new.get(part).cloned()) {
                    Some(value) => within[part] = value,
                    None => {
                        within.as_object_mut().map(|members| members.remove(part));
                    }
                }
            }
        }
    }
    Ok(())
}
