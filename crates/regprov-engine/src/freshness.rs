//! When an object was written last: what was made a moment ago may not be visible yet, and must not be taken for gone.

use jiff::{SignedDuration, Timestamp};
use regprov_addr::InstanceAddress;
use regprov_provider::{AnyResource, Observed};
use regprov_state::{InstanceState, Snapshot};
use regprov_value::Value;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::Duration;

/// The field of an instance in the state. Terraform reads past it.
const FIELD: &str = "regprov_written";

/// Notes that an object was written now, where its type may stay invisible for a while.
pub(crate) fn stamp(state: &mut InstanceState, resource: &dyn AnyResource, now: Timestamp) {
    if resource.visibility() > Duration::ZERO {
        state
            .extra
            .insert(FIELD.to_owned(), Json::String(now.to_string()));
    }
}

/// When each object of a state was written last, as far as that is noted.
#[derive(Default)]
pub(crate) struct Freshness(BTreeMap<InstanceAddress, Timestamp>);

impl Freshness {
    /// What a state notes.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let noted = snapshot.instances.iter().filter_map(|(key, state)| {
            let written = state.extra.get(FIELD)?.as_str()?.parse().ok()?;
            Some((key.address.clone(), written))
        });
        Self(noted.collect())
    }

    /// Until when an object may be invisible; `None` where it was written long ago, or nobody knows when.
    pub(crate) fn until(
        &self,
        address: &InstanceAddress,
        bound: Duration,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let written = *self.0.get(address)?;
        let bound = SignedDuration::try_from(bound).ok()?;
        // A clock that runs ahead of ours must not make us wait for ever.
        let recent = now.duration_since(written).abs() < bound;
        written.checked_add(bound).ok().filter(|_| recent)
    }
}

/// Whether something of an object, as it was last recorded, is not to be seen.
pub(crate) fn is_unseen(
    resource: &dyn AnyResource,
    observed: &Observed<Value>,
    prior: Option<&Value>,
) -> bool {
    match observed {
        Observed::Absent => true,
        Observed::Settling(_) => false,
        Observed::Present(object) => {
            let count =
                |value: &Value, name: &str| value.get(name).map_or(0, |nested| nested.children().count());
            let blocks = &resource.schema().block.blocks;
            let mut secret = blocks.iter().filter(|(_, nested)| nested.block.tells_once());
            prior.is_some_and(|prior| secret.any(|(name, _)| count(prior, name) > count(object, name)))
        }
    }
}
