//! The plan of a registry: it may grow, never shrink.

use serde::Deserialize;

use super::record::Registry;
use super::require_ready;
use crate::answer::Answer;
use crate::clock;
use crate::ovh::context::{Ovh, Reply, nothing};
use crate::ovh::failure;
use crate::ovh::plans::{self, Plan};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(rename = "planID")]
    plan_id: String,
}

/// The plans that a registry may move to.
pub(super) fn choices(registry: &Registry) -> Answer {
    let plans: Vec<_> = larger(registry).map(plans::body).collect();
    Answer::json(200, &plans)
}

fn larger(registry: &Registry) -> impl Iterator<Item = &'static Plan> {
    let now = plans::find(&registry.plan_id).map_or(0, |plan| plan.storage);
    plans::PLANS.iter().filter(move |plan| plan.storage > now)
}

/// Reads or changes the plan.
pub(super) fn handle(ovh: &mut Ovh<'_>, mut registry: Registry) -> Reply {
    match ovh.call.method.as_str() {
        "GET" => {
            let plan =
                plans::find(&registry.plan_id).ok_or_else(|| failure::absent("planID", &registry.plan_id))?;
            Ok(Answer::json(200, &plans::body(plan)))
        }
        "PUT" => {
            let change: Change = ovh.body()?;
            require_ready(&registry, ovh.tx.now())?;
            let wanted = plans::find(&change.plan_id).ok_or_else(|| {
                failure::invalid(&format!("[planID] Given data ({}) is not a plan", change.plan_id))
            })?;
            if !larger(&registry).any(|plan| plan.id == wanted.id) {
                return Err(failure::invalid(&format!(
                    "[planID] The registry cannot move to the plan {}: only a larger one is possible",
                    wanted.name
                )));
            }
            let duration = i64::try_from(ovh.tx.knobs().lro_duration_ms).unwrap_or(i64::MAX);
            let now = ovh.tx.now();
            registry.scaling = Some((wanted.id.to_owned(), clock::add(now, duration)));
            registry.updated_at = now;
            registry.save(ovh.tx);
            nothing()
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}
