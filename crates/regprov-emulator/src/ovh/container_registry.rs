//! Managed private registries: ordered, installed, scaled, deleted. Each is a Harbor of the sandbox.

mod iam;
mod ip_restrictions;
mod oidc;
mod plan;
mod record;
mod user;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::context::{Ovh, Reply, nothing};
use super::{failure, plans};
use crate::answer::Answer;
use crate::clock;
use crate::knobs::LroMode;
use crate::store::Transaction;

pub(crate) use record::{Registry, Status, TABLE};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    name: String,
    region: String,
    #[serde(rename = "planID")]
    plan_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: Option<String>,
}

/// Sends a request to who answers it.
pub(super) fn handle(ovh: &mut Ovh<'_>, project: &str, rest: &[&str]) -> Reply {
    match (ovh.call.method.as_str(), rest) {
        ("GET", []) => Ok(list(ovh, project)),
        ("POST", []) => order(ovh, project),
        ("GET", [id]) => {
            let registry = find(ovh, project, id)?;
            Ok(Answer::json(200, &body(ovh, &registry)))
        }
        ("PUT", [id]) => rename(ovh, project, id),
        ("DELETE", [id]) => delete(ovh, project, id),
        (_, [id, rest @ ..]) => {
            let registry = find(ovh, project, id)?;
            part(ovh, registry, rest)
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

fn part(ovh: &mut Ovh<'_>, registry: Registry, rest: &[&str]) -> Reply {
    match rest {
        ["plan"] => plan::handle(ovh, registry),
        ["capabilities", "plan"] => Ok(plan::choices(&registry)),
        ["users", rest @ ..] => user::handle(ovh, &registry, rest),
        ["iam"] => iam::handle(ovh, registry),
        ["openIdConnect"] => oidc::handle(ovh, registry),
        ["ipRestrictions", kind @ ("management" | "registry")] => {
            ip_restrictions::handle(ovh, registry, *kind == "management")
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

/// The registry of an id as it stands now.
fn find(ovh: &mut Ovh<'_>, project: &str, id: &str) -> Result<Registry, Answer> {
    let known: Option<Registry> = ovh.tx.get(TABLE, &record::key(project, id));
    let registry = known.ok_or_else(|| failure::absent("registryID", id))?;
    Ok(registry.at(ovh.tx.now()))
}

/// Takes away every registry whose deletion is done by now.
pub(super) fn settle(tx: &mut Transaction) {
    let now = tx.now();
    let known: Vec<(String, Registry)> = tx.scan(TABLE, "");
    for (_, registry) in known {
        if registry.is_gone(now) {
            registry.forget(tx);
        }
    }
}

/// Refuses a registry that is not ready.
fn require_ready(registry: &Registry, now: Timestamp) -> Result<(), Answer> {
    match registry.status(now) {
        Status::Ready => Ok(()),
        status => Err(failure::conflict(&format!(
            "The registry {} is not ready: its status is {}",
            registry.id,
            status.word()
        ))),
    }
}

fn list(ovh: &mut Ovh<'_>, project: &str) -> Answer {
    let now = ovh.tx.now();
    let known: Vec<(String, Registry)> = ovh.tx.scan(TABLE, &format!("{project}/"));
    let mut bodies = Vec::new();
    for (_, registry) in known {
        bodies.push(body(ovh, &registry.at(now)));
    }
    Answer::json(200, &bodies)
}

fn check_name(name: &str) -> Result<(), Answer> {
    if (1..=63).contains(&name.chars().count()) {
        return Ok(());
    }
    Err(failure::invalid(&format!(
        "[name] Given data ({name}) must have 1 to 63 characters"
    )))
}

fn order(ovh: &mut Ovh<'_>, project: &str) -> Reply {
    let order: Order = ovh.body()?;
    check_name(&order.name)?;
    if !plans::REGIONS.contains(&order.region.as_str()) {
        return Err(failure::invalid(&format!(
            "[region] Given data ({}) is not a region where a registry can be ordered",
            order.region
        )));
    }
    let plan = match order.plan_id.as_deref().filter(|id| !id.is_empty()) {
        None => &plans::PLANS[0],
        Some(id) => plans::find(id)
            .ok_or_else(|| failure::invalid(&format!("[planID] Given data ({id}) is not a plan")))?,
    };
    let (now, knobs) = (ovh.tx.now(), ovh.tx.knobs());
    let id = ovh.tx.new_uuid().to_string();
    let duration = i64::try_from(knobs.lro_duration_ms).unwrap_or(i64::MAX);
    let registry = Registry {
        id: id.clone(),
        name: order.name,
        project: project.to_owned(),
        region: order.region,
        plan_id: plan.id.to_owned(),
        created_at: now,
        updated_at: now,
        ready_at: clock::add(now, duration),
        fails: matches!(knobs.lro_mode, LroMode::Fail | LroMode::Cancel),
        ..Registry::default()
    };
    registry
        .install(ovh.tx)
        .map_err(|error| failure::refuse(500, "INTERNAL_SERVER_ERROR", &error.to_string()))?;
    registry.save(ovh.tx);
    Ok(Answer::json(200, &body(ovh, &registry)))
}

fn rename(ovh: &mut Ovh<'_>, project: &str, id: &str) -> Reply {
    let mut registry = find(ovh, project, id)?;
    let change: Change = ovh.body()?;
    require_ready(&registry, ovh.tx.now())?;
    if let Some(name) = change.name {
        check_name(&name)?;
        registry.name = name;
    }
    registry.updated_at = ovh.tx.now();
    registry.save(ovh.tx);
    nothing()
}

fn delete(ovh: &mut Ovh<'_>, project: &str, id: &str) -> Reply {
    let mut registry = find(ovh, project, id)?;
    let now = ovh.tx.now();
    if registry.deleted_at.is_none() {
        let duration = i64::try_from(ovh.tx.knobs().lro_duration_ms).unwrap_or(i64::MAX);
        registry.deleted_at = Some(clock::add(now, duration));
        registry.updated_at = now;
    }
    registry.save(ovh.tx);
    nothing()
}

fn body(ovh: &Ovh<'_>, registry: &Registry) -> Value {
    registry.body(ovh.tx)
}
