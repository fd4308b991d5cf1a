//! One resource or data block: its instances are decided, then planned one by one.

use super::static_graph::Node;
use super::{Outcome, Planner};
use crate::world::{EvalScope, Expansion, InstanceId, StaticId, expand};
use regprov_addr::{ResourceAddress, ResourceMode};
use regprov_diag::Diagnostics;
use regprov_graph::NodeId as GraphId;
use std::collections::BTreeSet;

/// How far a block came.
#[derive(Default)]
pub(super) struct BlockProgress {
    /// Its instances are decided in every instance of its module.
    expanded: bool,
    /// Instances that are still to be planned.
    pending: Vec<InstanceId>,
    /// All its instances.
    all: Vec<InstanceId>,
    failed: bool,
}

/// How far an instance came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is planned, or its read is under way.
    Done,
    /// It needs an answer first; it is planned again then.
    Again,
    /// It cannot be planned.
    Failed,
}

impl Planner {
    pub(super) fn plan_block(&mut self, id: GraphId, module: StaticId, block: u32) -> Outcome {
        let mut progress = self.blocks.remove(&id).unwrap_or_default();
        let outcome = self.advance_block(id, (module, block), &mut progress);
        self.blocks.insert(id, progress);
        outcome
    }

    fn advance_block(&mut self, id: GraphId, at: (StaticId, u32), progress: &mut BlockProgress) -> Outcome {
        let (module, block) = at;
        if !progress.expanded {
            if !self.is_supported(module, block) {
                return self.pass_over(id, module, block);
            }
            if let Some(outcome) = self.expand_block(id, at, progress) {
                return outcome;
            }
            self.find_imports(module, block);
        }
        let mut missing = BTreeSet::new();
        let mut again = Vec::new();
        for instance in std::mem::take(&mut progress.pending) {
            let step = self.plan_one(id, instance);
            let asked = self.world.files.take_missing();
            match (asked.is_empty(), step) {
                (false, _) => {
                    missing.extend(asked);
                    again.push(instance);
                }
                (true, Progress::Again) => again.push(instance),
                (true, Progress::Failed) => progress.failed = true,
                (true, Progress::Done) => {}
            }
        }
        progress.pending = again;
        let errors = self.world.take_errors();
        progress.failed |= errors.has_errors();
        self.diagnostics.extend(errors);
        self.needs.ask_files(missing, id);
        if self.needs.is_waiting(id) {
            return Outcome::Waiting;
        }
        let unplanned = |instance: &InstanceId| self.world.instances[*instance as usize].value.is_none();
        let failed = progress.failed || progress.all.iter().any(unplanned);
        if failed { Outcome::Failed } else { Outcome::Done }
    }

    /// Decides the instances; answers an outcome only where the block cannot go on now.
    fn expand_block(
        &mut self,
        id: GraphId,
        at: (StaticId, u32),
        progress: &mut BlockProgress,
    ) -> Option<Outcome> {
        let (module, block) = at;
        let written = self.world.statics[module as usize].module.clone();
        let (_, resource) = written.resources.get_index(block as usize)?;
        for instance in self.world.statics[module as usize].instances.clone() {
            if self.world.modules[instance as usize].blocks[block as usize]
                .expansion
                .is_some()
            {
                continue;
            }
            let scope = EvalScope::new(&self.world, instance);
            let result = expand(resource.count.as_ref(), resource.for_each.as_ref(), &scope);
            let deps = scope.into_deps();
            if self.world.files.is_missing_some() {
                continue;
            }
            let place = resource.count.as_ref().or(resource.for_each.as_ref());
            let place = place.map(|expression| expression.span());
            let result = result.and_then(|expansion| {
                let room = self.world.take_room(&expansion, 1, place);
                room.map(|()| expansion).map_err(Diagnostics::from)
            });
            if let Some(expansion) = self.diagnostics.take(result) {
                let count = expansion.len();
                let first = self.world.add_instances(instance, block, expansion);
                let deps: std::sync::Arc<[_]> = deps.into();
                for new in first..first + count {
                    self.world.instances[new as usize].deps = deps.clone();
                    progress.pending.push(new);
                    progress.all.push(new);
                }
            }
        }
        match self.conclude_evaluation(id) {
            Outcome::Done => {
                progress.expanded = true;
                None
            }
            outcome @ (Outcome::Failed | Outcome::Waiting) => Some(outcome),
        }
    }

    fn plan_one(&mut self, id: GraphId, instance: InstanceId) -> Progress {
        let address = self.world.instance_address(instance);
        if !self.is_targeted(&address) {
            return self.keep_recorded(instance, &address);
        }
        match address.resource.mode {
            ResourceMode::Managed => self.plan_instance(id, instance, &address),
            ResourceMode::Data => self.plan_data(id, instance, &address),
            ResourceMode::Ephemeral => self.plan_ephemeral(id, instance, &address),
        }
    }

    /// An instance outside the targets: as it is recorded.
    fn keep_recorded(&mut self, instance: InstanceId, address: &regprov_addr::InstanceAddress) -> Progress {
        let prior = self.priors.find(address);
        let value = prior.and_then(|prior| {
            self.priors.objects[prior].used = true;
            self.priors.objects[prior].current().cloned()
        });
        let open = || regprov_value::Value::unknown(regprov_value::Type::Dynamic);
        self.world.instances[instance as usize].before = value.clone();
        self.world.set_value(instance, Some(value.unwrap_or_else(open)));
        Progress::Done
    }

    /// The declaration of a block, whatever the keys of its modules.
    pub(super) fn block_node(&self, address: &ResourceAddress) -> Option<Node> {
        self.world
            .declared(address)
            .map(|(module, block)| Node::Resource(module, block))
    }

    /// The expansion that a block has where its instances are those that are recorded.
    pub(crate) fn recorded_expansion(keys: &[Option<regprov_addr::InstanceKey>]) -> Expansion {
        use regprov_addr::InstanceKey;
        let numbers = keys.iter().filter_map(|key| match key {
            Some(InstanceKey::Int(index)) => Some(*index + 1),
            Some(InstanceKey::String(_)) | None => None,
        });
        if let Some(count) = numbers.max() {
            return Expansion::Count(count);
        }
        let names: BTreeSet<&str> = keys
            .iter()
            .filter_map(|key| match key {
                Some(InstanceKey::String(name)) => Some(name.as_str()),
                Some(InstanceKey::Int(_)) | None => None,
            })
            .collect();
        if names.is_empty() {
            return Expansion::Single;
        }
        Expansion::each(
            names
                .into_iter()
                .map(|name| (name.into(), regprov_value::Value::from(name)))
                .collect(),
        )
    }
}
