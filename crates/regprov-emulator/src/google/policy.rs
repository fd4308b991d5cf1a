//! Policies: who has which role on an object. One row per binding and member, so that a run's leftovers can be seen.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::context::{Google, Reply};
use super::expression::Expression;
use super::failure::Failure;
use super::member;
use super::{authorization, roles, service_account, world};
use crate::answer::Answer;
use crate::clock;
use crate::store::Transaction;

/// Bindings by `{object} {role} {member}[ {condition}]`.
pub(super) const BINDINGS: &str = "google/bindings";
/// The same, for what was granted to the operator from the beginning.
const OPERATORS: &str = "_google_bindings";
/// What else a policy has, by object.
const POLICIES: &str = "_google_policies";
/// The etag of a policy that was never written.
const UNWRITTEN: &str = "ACAB";
/// How many members a policy may have.
const LARGEST: usize = 1500;

/// A member's role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) role: String,
    pub(super) member: String,
    /// The unique id of a member that is a service account.
    pub(super) unique_id: Option<String>,
    pub(super) condition: Option<Condition>,
    pub(super) effective_from: Timestamp,
}

/// When a binding counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    pub(super) expression: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) location: String,
}

impl Condition {
    /// Whether it holds for a request about an object.
    pub(super) fn holds(&self, tx: &Transaction, resource: &str) -> bool {
        let variables = json!({
            "resource": { "name": resource, "service": service_of(resource), "type": type_of(resource) },
            "request": { "time": tx.now().as_millisecond() },
        });
        Expression::parse(&self.expression).is_ok_and(|expression| expression.holds(&variables))
    }
}

fn service_of(resource: &str) -> &'static str {
    match resource {
        _ if resource.contains("/repositories/") => "artifactregistry.googleapis.com",
        _ if resource.contains("/serviceAccounts/") => "iam.googleapis.com",
        _ if resource.starts_with("b/") => "storage.googleapis.com",
        _ => "cloudresourcemanager.googleapis.com",
    }
}

fn type_of(resource: &str) -> String {
    let kind = match resource {
        _ if resource.contains("/repositories/") => "Repository",
        _ if resource.contains("/serviceAccounts/") => "ServiceAccount",
        _ if resource.starts_with("b/") => "Bucket",
        _ => "Project",
    };
    format!("{}/{kind}", service_of(resource))
}

impl Row {
    /// Whether its member still is what it was when the role was given.
    pub(super) fn is_live(&self, tx: &Transaction) -> bool {
        let Some(id) = &self.unique_id else { return true };
        service_account::by_unique_id(tx, id).is_some()
    }

    /// The member as the policy tells it.
    fn told(&self, tx: &Transaction) -> String {
        match &self.unique_id {
            Some(id) if !self.is_live(tx) && !self.member.starts_with("deleted:") => {
                format!("deleted:{}?uid={id}", self.member)
            }
            Some(_) | None => self.member.clone(),
        }
    }

    fn key(&self, resource: &str) -> String {
        let text = self.condition.as_ref().map(|condition| {
            let text = serde_json::to_string(condition).expect("conditions are plain data");
            format!(" {}", &hex::encode(Sha256::digest(text.as_bytes()))[..12])
        });
        let id = self
            .unique_id
            .as_ref()
            .map(|id| format!("?uid={id}"))
            .unwrap_or_default();
        format!(
            "{resource} {} {}{id}{}",
            self.role,
            self.member,
            text.unwrap_or_default()
        )
    }

    fn table(&self) -> &'static str {
        let operator = self.member.strip_prefix("user:") == Some(world::EMAIL);
        if operator && self.role == "roles/owner" && self.condition.is_none() {
            OPERATORS
        } else {
            BINDINGS
        }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Rest {
    etag: String,
    audit_configs: Value,
}

/// A policy as a request writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    version: Option<i64>,
    etag: Option<String>,
    #[serde(default)]
    bindings: Vec<WrittenBinding>,
    audit_configs: Option<Value>,
    kind: Option<String>,
    resource_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenBinding {
    #[serde(default)]
    role: String,
    #[serde(default)]
    members: Vec<String>,
    condition: Option<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetRequest {
    policy: Value,
    update_mask: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetRequest {
    options: Option<Options>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    requested_policy_version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestRequest {
    #[serde(default)]
    permissions: Vec<String>,
}

/// The bindings of an object.
pub(super) fn rows(tx: &Transaction, resource: &str) -> Vec<Row> {
    let prefix = format!("{resource} ");
    let mut all: Vec<Row> = Vec::new();
    for table in [OPERATORS, BINDINGS] {
        all.extend(tx.scan::<Row>(table, &prefix).into_iter().map(|(_, row)| row));
    }
    all
}

/// Gives the operator the role of an owner.
pub(super) fn grant_operator(tx: &mut Transaction, resource: &str) {
    grant(tx, resource, "roles/owner", &format!("user:{}", world::EMAIL));
}

/// Gives a member a role, as somebody did long before.
pub(super) fn grant(tx: &mut Transaction, resource: &str, role: &str, member: &str) {
    let row = Row {
        role: role.to_owned(),
        member: member.to_owned(),
        unique_id: member::unique_id(tx, member),
        condition: None,
        effective_from: tx.now(),
    };
    let key = row.key(resource);
    tx.put(row.table(), &key, &row);
    if row.table() == BINDINGS {
        tx.mark_surrounding(BINDINGS, &key);
    }
    let rest = Rest {
        etag: etag_of(&format!("{resource} {role} {member}")),
        audit_configs: Value::Null,
    };
    tx.put(POLICIES, resource, &rest);
}

/// Forgets the policy of an object that is gone.
pub(super) fn forget(tx: &mut Transaction, resource: &str) {
    for row in rows(tx, resource) {
        tx.delete(row.table(), &row.key(resource));
    }
    tx.delete(POLICIES, resource);
}

/// An etag that follows from a text.
pub(super) fn etag_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut bytes = [7, 6, 0, 0, 0, 0, 0, 0];
    bytes[2..].copy_from_slice(&digest[..6]);
    STANDARD.encode(bytes)
}

/// Whether two etags are the same bytes: clients write them in either alphabet of base64.
pub(super) fn same_etag(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    plain(one) == plain(other)
}

/// Answers `getIamPolicy`, `setIamPolicy` or `testIamPermissions` about an object whose caller has the right.
pub(super) fn answer(google: &mut Google<'_>, resource: &str, verb: &str) -> Reply {
    match verb {
        "getIamPolicy" => {
            let body: GetRequest = google.body()?;
            let asked = body.options.and_then(|options| options.requested_policy_version);
            let in_query = google.call.query("options.requestedPolicyVersion");
            let version = asked.or(in_query.and_then(|text| text.parse().ok())).unwrap_or(1);
            Ok(Answer::json(200, &told(google.tx, resource, version)?))
        }
        "setIamPolicy" => {
            let request: SetRequest = google.body()?;
            drop(request.update_mask);
            set(google, resource, request.policy)?;
            Ok(Answer::json(200, &told(google.tx, resource, 3)?))
        }
        "testIamPermissions" => test(google, resource),
        _ => Err(Failure::unknown(google.call)),
    }
}

/// Which of some permissions the caller has.
pub(super) fn test(google: &mut Google<'_>, resource: &str) -> Reply {
    let request: TestRequest = google.body()?;
    let held: Vec<&String> = request
        .permissions
        .iter()
        .filter(|permission| authorization::may(google.tx, &google.caller, permission, resource))
        .collect();
    let body = if held.is_empty() {
        json!({})
    } else {
        json!({ "permissions": held })
    };
    Ok(Answer::json(200, &body))
}

/// The members of a role under one condition.
type Grouped = (Option<Condition>, Vec<String>);

/// The policy as the service tells it.
pub(super) fn told(tx: &Transaction, resource: &str, version: i64) -> Result<Value, Failure> {
    if !matches!(version, 0 | 1 | 3) {
        return Err(Failure::invalid(format!("Invalid policy version {version}.")));
    }
    let rest: Rest = tx.get(POLICIES, resource).unwrap_or_default();
    let rows = rows(tx, resource);
    let mut bindings: BTreeMap<(String, Option<String>), Grouped> = BTreeMap::new();
    for row in &rows {
        let condition = row.condition.as_ref();
        let text =
            condition.map(|condition| serde_json::to_string(condition).expect("conditions are plain data"));
        let entry = bindings
            .entry((row.role.clone(), text))
            .or_insert_with(|| (row.condition.clone(), Vec::new()));
        entry.1.push(row.told(tx));
    }
    let conditional = rows.iter().any(|row| row.condition.is_some());
    let list: Vec<Value> = bindings
        .into_iter()
        .map(|((role, text), (condition, mut members))| {
            members.sort();
            let (role, condition) = match text.filter(|_| version < 3) {
                Some(text) => {
                    let hash = hex::encode(Sha256::digest(text.as_bytes()));
                    (format!("{role}_withcond_{}", &hash[..20]), None)
                }
                None => (role, condition),
            };
            let mut binding = json!({ "role": role, "members": members });
            if let Some(condition) = condition {
                binding["condition"] = json!(condition);
            }
            binding
        })
        .collect();
    let mut policy = json!({});
    if !rest.etag.is_empty() {
        policy["version"] = if conditional && version == 3 { 3 } else { 1 }.into();
    }
    policy["etag"] = if rest.etag.is_empty() {
        UNWRITTEN
    } else {
        &rest.etag
    }
    .into();
    if !list.is_empty() {
        policy["bindings"] = list.into();
    }
    if rest
        .audit_configs
        .as_array()
        .is_some_and(|configs| !configs.is_empty())
    {
        policy["auditConfigs"] = rest.audit_configs;
    }
    Ok(policy)
}

/// Replaces the policy of an object.
pub(super) fn set(google: &mut Google<'_>, resource: &str, policy: Value) -> Result<(), Failure> {
    let written: Written = serde_json::from_value(policy).map_err(|error| {
        Failure::invalid(format!(
            "Invalid JSON payload received. Unknown or wrong member of 'policy': {error}"
        ))
    })?;
    drop((written.kind, written.resource_id));
    let rest: Rest = google.tx.get(POLICIES, resource).unwrap_or_default();
    let current = if rest.etag.is_empty() {
        UNWRITTEN
    } else {
        &rest.etag
    };
    if let Some(etag) = written.etag.as_deref().filter(|etag| !etag.is_empty())
        && !same_etag(etag, current)
    {
        let message = format!(
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. The request's ETag '{etag}' did not match the current policy's ETag '{current}'."
        );
        return Err(if resource.starts_with("b/") {
            Failure::condition_not_met()
        } else {
            Failure::aborted(message)
        });
    }
    let before = rows(google.tx, resource);
    let conditional = written.bindings.iter().any(|binding| binding.condition.is_some());
    if conditional && written.version != Some(3) {
        let message = "Specified policy version 1 cannot contain conditional bindings: set the version to 3.";
        return Err(Failure::invalid(message));
    }
    let wanted = wanted(google, resource, written.bindings)?;
    let draw: [u8; 6] = google.tx.draw().bytes();
    let etag = etag_of(&hex::encode(draw));
    for row in before
        .iter()
        .filter(|row| !wanted.contains_key(&row.key(resource)))
    {
        google.tx.delete(row.table(), &row.key(resource));
    }
    for (key, row) in wanted {
        if !google.tx.contains(row.table(), &key) {
            google.tx.put(row.table(), &key, &row);
        }
    }
    let audit_configs = written.audit_configs.unwrap_or(rest.audit_configs);
    google.tx.put(POLICIES, resource, &Rest { etag, audit_configs });
    Ok(())
}

/// The rows that a policy asks for, by key.
fn wanted(
    google: &Google<'_>,
    resource: &str,
    bindings: Vec<WrittenBinding>,
) -> Result<BTreeMap<String, Row>, Failure> {
    let lag = i64::try_from(google.tx.knobs().google_policy_ms).unwrap_or(i64::MAX);
    let effective_from = clock::add(google.tx.now(), lag);
    let mut wanted = BTreeMap::new();
    for binding in bindings {
        roles::check(google.tx, &binding.role, resource)?;
        if let Some(condition) = &binding.condition {
            check_condition(condition, &binding.role)?;
        }
        for text in &binding.members {
            let (member, unique_id) = member::check(google.tx, text, resource)?;
            let row = Row {
                role: binding.role.clone(),
                member,
                unique_id,
                condition: binding.condition.clone(),
                effective_from,
            };
            wanted.insert(row.key(resource), row);
        }
    }
    member::check_deleted(wanted.values())?;
    if wanted.len() > LARGEST {
        let message = format!(
            "The number of members in the policy ({}) is larger than the maximum allowed size {LARGEST}.",
            wanted.len()
        );
        return Err(Failure::invalid(message));
    }
    Ok(wanted)
}

fn check_condition(condition: &Condition, role: &str) -> Result<(), Failure> {
    if ["roles/owner", "roles/editor", "roles/viewer"].contains(&role) {
        return Err(Failure::invalid(format!(
            "Conditions can't be set on primitive roles: {role}"
        )));
    }
    if condition.title.is_empty() {
        return Err(Failure::invalid("A title must be set on the condition."));
    }
    Expression::parse(&condition.expression)
        .map(drop)
        .map_err(|reason| Failure::invalid(format!("Condition expression compilation failed: {reason}")))
}
