//! Blocks in plans that only delete or only look: their instances are those that are recorded.

use super::{Outcome, Planner};
use crate::world::StaticId;
use crate::{Action, Mode, Reason, ReasonKind, ResourceChange};
use std::collections::BTreeMap;

impl Planner {
    /// Gives the block the recorded instances, with their objects as observed.
    pub(super) fn settle_recorded(&mut self, module: StaticId, block: u32) -> Outcome {
        for instance in self.world.statics[module as usize].instances.clone() {
            let address = self.world.block_address(instance, block);
            let positions = self.priors.of_block(&address);
            let keys: Vec<_> = positions
                .iter()
                .map(|at| self.priors.objects[*at].address.key.clone())
                .collect();
            if keys.is_empty() {
                continue;
            }
            let first = self
                .world
                .add_instances(instance, block, Self::recorded_expansion(&keys));
            for id in self.world.instances_of(instance, block) {
                debug_assert!(id >= first, "instances of a block follow its first");
                let own = self.world.instance_address(id);
                if let Some(position) = self.priors.find(&own) {
                    let current = self.priors.objects[position].current().cloned();
                    self.world.instances[id as usize].before = current.clone();
                    self.world.set_value(id, current);
                }
            }
        }
        Outcome::Done
    }

    /// Plans every recorded object of a plan that deletes or looks.
    pub(super) fn plan_recorded(&mut self) {
        for position in 0..self.priors.objects.len() {
            let object = &self.priors.objects[position];
            let address = object.address.clone();
            if !self.is_targeted_prior(&address) {
                self.priors.objects[position].used = true;
                continue;
            }
            let action = match (self.settings.mode, object.current().is_some()) {
                (Mode::Destroy, true) => Action::Delete,
                (_, false) => Action::Forget,
                (Mode::RefreshOnly | Mode::Normal, true) => Action::NoOp,
            };
            let reason = (action == Action::Forget).then(|| object.why_gone());
            let change = self.leftover(position, action, reason);
            let row = self.priors.objects[position].row;
            let destroys = action == Action::Delete || self.is_lost_by_plan(row, &change);
            if destroys && self.is_protected(&address) {
                let place = self.place_of(&address);
                self.diagnostics
                    .push(super::instance::prevent_destroy(&change).at(place));
            }
            self.priors.objects[position].used = true;
            self.leftovers.push(change);
        }
    }

    pub(super) fn is_protected(&self, address: &regprov_addr::InstanceAddress) -> bool {
        let Some(super::static_graph::Node::Resource(module, block)) = self.block_node(&address.resource)
        else {
            return false;
        };
        let resources = &self.world.statics[module as usize].module.resources;
        let block = resources.get_index(block as usize).map(|(_, block)| block);
        block
            .and_then(|block| block.lifecycle.prevent_destroy)
            .is_some_and(|(prevented, _)| prevented)
    }

    /// The row of a recorded object that no planned instance has.
    pub(super) fn leftover(
        &self,
        position: usize,
        action: Action,
        reason: Option<ReasonKind>,
    ) -> ResourceChange {
        let object = &self.priors.objects[position];
        let before = object.current().cloned();
        let id = before
            .as_ref()
            .and_then(|before| object.resource.id(&before.unmark_deep().0));
        ResourceChange {
            address: object.address.clone(),
            previous_address: Some(object.record.address.clone())
                .filter(|previous| *previous != object.address),
            deposed: object.record.deposed.clone(),
            provider: self.providers.rows[object.row as usize].address.clone(),
            action,
            after: before.clone().filter(|_| action == Action::NoOp),
            before,
            reasons: reason
                .into_iter()
                .map(|kind| Reason {
                    kind,
                    path: None,
                    place: None,
                })
                .collect(),
            dependencies: object.record.dependencies.clone(),
            recorded_dependencies: object.record.dependencies.clone(),
            tainted: object.record.tainted,
            create_before_destroy: object.record.create_before_destroy,
            id,
            importing: None,
            timeouts: BTreeMap::new(),
            place: self
                .place_of(&object.address)
                .map(|span| self.settings.sources.place(span)),
        }
    }
}
