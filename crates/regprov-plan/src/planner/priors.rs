//! The recorded objects, typed, and how they were observed.

use super::providers::ProviderTable;
use crate::codes;
use crate::prior::{PriorInstance, decode_attributes};
use crate::world::StaticModule;
use crate::{ReasonKind, Schemas};
use foldhash::HashMap;
use regprov_addr::{InstanceAddress, ResourceAddress, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_provider::AnyResource;
use regprov_value::Value;
use std::sync::Arc;

/// One recorded object.
pub(crate) struct PriorObject {
    /// Where it is now declared, moves followed.
    pub(crate) address: InstanceAddress,
    pub(crate) record: PriorInstance,
    /// Its provider configuration.
    pub(crate) row: u32,
    pub(crate) resource: Arc<dyn AnyResource>,
    /// As recorded, in the present form of its type.
    pub(crate) recorded: Value,
    /// The attributes and blocks that the state says nothing of: whatever wrote it did not know them.
    pub(crate) unheard: Vec<&'static str>,
    pub(crate) observed: Observation,
    /// Whether the plan has dealt with it.
    pub(crate) used: bool,
}

/// What refreshing found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Observation {
    /// It was not read: the recorded object counts.
    Unread,
    /// As it stands.
    Present(Value),
    /// It is gone.
    Absent,
    /// It goes, or went, with the object that it lives in.
    Lost,
}

impl PriorObject {
    /// The object as far as it is known to stand; `None` where it is gone.
    pub(crate) fn current(&self) -> Option<&Value> {
        match &self.observed {
            Observation::Unread => Some(&self.recorded),
            Observation::Present(value) => Some(value),
            Observation::Absent | Observation::Lost => None,
        }
    }

    /// The reason of forgetting what is gone.
    pub(crate) const fn why_gone(&self) -> ReasonKind {
        match self.observed {
            Observation::Lost => ReasonKind::LostWithParent,
            Observation::Unread | Observation::Present(_) | Observation::Absent => ReasonKind::Vanished,
        }
    }
}

/// What the schema of its type has and a recorded object has not, not even as null.
fn unheard(record: &PriorInstance, resource: &dyn AnyResource) -> Vec<&'static str> {
    let block = &resource.schema().block;
    let names = block.attributes.keys().chain(block.blocks.keys()).copied();
    let is_absent = |name: &&'static str| record.attributes.get(*name).is_none();
    names.filter(is_absent).collect()
}

/// All recorded objects of known types.
#[derive(Default)]
pub(crate) struct Priors {
    pub(crate) objects: Vec<PriorObject>,
    /// Positions of current (not deposed) objects by their block.
    by_block: HashMap<ResourceAddress, Vec<usize>>,
    /// Recorded objects whose type nothing knows, by block.
    pub(crate) foreign: Vec<PriorInstance>,
}

impl Priors {
    /// Types recorded objects; those of unknown types are kept aside.
    pub(crate) fn load(
        records: Vec<PriorInstance>,
        statics: &[StaticModule],
        providers: &mut ProviderTable,
        schemas: &Schemas,
    ) -> (Self, Diagnostics) {
        let mut priors = Self::default();
        let mut diagnostics = Diagnostics::new();
        let blocks = crate::world::block_positions(statics);
        for mut record in records {
            if record.address.resource.mode != ResourceMode::Managed {
                continue;
            }
            let declared = blocks
                .get(&record.address.resource.without_keys())
                .and_then(|(id, at)| providers.of_block(*id, *at));
            let row = declared.or_else(|| providers.of_state(statics, schemas, &record.provider));
            let resource = row.and_then(|row| {
                let provider = providers.rows[row as usize].provider.as_ref()?;
                provider.resource(&record.address.resource.resource_type).cloned()
            });
            let (Some(row), Some(resource)) = (row, resource) else {
                priors.foreign.push(record);
                continue;
            };
            match typed(&record, resource.as_ref()) {
                Ok(recorded) => {
                    let address = record.address.clone();
                    let observed = Observation::Unread;
                    let unheard = unheard(&record, resource.as_ref());
                    // The object is typed from here on; its JSON would be held twice.
                    record.attributes = Arc::default();
                    priors.objects.push(PriorObject {
                        address,
                        record,
                        row,
                        resource,
                        recorded,
                        unheard,
                        observed,
                        used: false,
                    });
                }
                Err(why) => diagnostics.push(
                    Diagnostic::error(&codes::STATE, "Unreadable object in state")
                        .detail(format!(
                            "The state's object of {} cannot be understood: {why}.",
                            record.address
                        ))
                        .address(&record.address),
                ),
            }
        }
        priors.index();
        (priors, diagnostics)
    }

    /// Builds the index anew, after addresses moved.
    pub(crate) fn index(&mut self) {
        self.by_block.clear();
        for (at, object) in self.objects.iter().enumerate() {
            if object.record.deposed.is_none() {
                self.by_block
                    .entry(object.address.resource.clone())
                    .or_default()
                    .push(at);
            }
        }
        let objects = &self.objects;
        for positions in self.by_block.values_mut() {
            positions.sort_by(|a, b| objects[*a].address.key.cmp(&objects[*b].address.key));
        }
    }

    /// The current objects of a block, by key.
    pub(crate) fn of_block(&self, block: &ResourceAddress) -> &[usize] {
        self.by_block.get(block).map_or(&[], Vec::as_slice)
    }

    /// The current object of an instance.
    pub(crate) fn find(&self, address: &InstanceAddress) -> Option<usize> {
        let positions = self.of_block(&address.resource);
        let found = positions.binary_search_by(|at| self.objects[*at].address.key.cmp(&address.key));
        found.ok().map(|position| positions[position])
    }
}

/// The recorded object in the present form of its type.
pub(crate) fn typed(record: &PriorInstance, resource: &dyn AnyResource) -> Result<Value, String> {
    let schema = resource.schema();
    if record.schema_version > schema.version {
        return Err(format!(
            "it was written by schema version {}, and this regprov knows version {}; use a newer regprov",
            record.schema_version, schema.version
        ));
    }
    let decode = |attributes: &serde_json::Value| {
        decode_attributes(attributes, &schema.block, &record.sensitive).map_err(|error| error.to_string())
    };
    if record.schema_version < schema.version {
        let upgraded = resource.upgrade(record.schema_version, record.attributes.as_ref().clone())?;
        return decode(&upgraded);
    }
    decode(&record.attributes)
}
