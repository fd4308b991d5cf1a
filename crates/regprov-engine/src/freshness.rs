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

/// Takes the note away.
pub(crate) fn forget(state: &mut InstanceState) {
    state.extra.shift_remove(FIELD);
}

/// When the objects of each address of a state were written last, as far as that is noted. Beside a new object may stand the
/// one that it replaces, which was written long ago.
#[derive(Default)]
pub(crate) struct Freshness(BTreeMap<InstanceAddress, Timestamp>);

impl Freshness {
    /// What a state notes.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let mut noted = BTreeMap::new();
        for (key, state) in &snapshot.instances {
            let written = state.extra.get(FIELD).and_then(Json::as_str);
            let Some(written) = written.and_then(|text| text.parse::<Timestamp>().ok()) else {
                continue;
            };
            let last = noted.entry(key.address.clone()).or_insert(written);
            *last = written.max(*last);
        }
        Self(noted)
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

#[cfg(test)]
mod tests {
    use super::*;
    use regprov_state::ObjectKey;

    #[test]
    fn the_object_that_a_new_one_replaces_does_not_make_the_new_one_look_old() {
        let address: InstanceAddress = "toy_child.a".parse().unwrap();
        let written = |instant: &str| {
            let provider = "provider[\"registry.terraform.io/hashicorp/toy\"]"
                .parse()
                .unwrap();
            let mut state = InstanceState::new(provider, serde_json::Map::new());
            state.extra.insert(FIELD.to_owned(), instant.into());
            state
        };
        let (old, new) = ("2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z");
        for (current, deposed) in [(new, old), (old, new)] {
            let mut snapshot = Snapshot::default();
            let key = ObjectKey::current(address.clone());
            snapshot.instances.insert(key, written(current));
            let key = ObjectKey::deposed(address.clone(), "00000001");
            snapshot.instances.insert(key, written(deposed));
            let now = "2026-01-01T00:06:00Z".parse().unwrap();
            let until = Freshness::of(&snapshot).until(&address, Duration::from_secs(120), now);
            assert_eq!(until, Some("2026-01-01T00:07:00Z".parse().unwrap()));
        }
    }
}
