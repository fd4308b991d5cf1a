//! Recorded objects that nothing declares any more, and objects left over from replacements.

use super::Planner;
use super::static_graph::Node;
use crate::{Action, ReasonKind, ResourceChange, codes};
use regprov_addr::{AttributePath, InstanceAddress, InstanceKey, TargetAddress};
use regprov_diag::Diagnostic;

impl Planner {
    pub(super) fn plan_orphans(&mut self) {
        for position in 0..self.priors.objects.len() {
            let object = &self.priors.objects[position];
            if object.used || !self.is_targeted_prior(&object.address) {
                continue;
            }
            let node = self.block_node(&object.address.resource);
            if node.is_some_and(|node| self.left_out.contains(&node) || !self.wanted.contains(&node)) {
                continue;
            }
            let reason = match &object.record.deposed {
                Some(_) => ReasonKind::Deposed,
                None => self.why_orphan(&object.address, node),
            };
            let gone = object.current().is_none();
            let (action, reason) = match (gone, self.is_released(&object.address)) {
                (true, _) => (Action::Forget, object.why_gone()),
                (false, true) if object.record.deposed.is_none() => (Action::Forget, ReasonKind::Removed),
                (false, _) => (Action::Delete, reason),
            };
            let address = object.address.clone();
            let change = self.leftover(position, action, Some(reason));
            if action == Action::Delete && change.deposed.is_none() && self.is_protected(&address) {
                let place = self.place_of(&address);
                self.diagnostics
                    .push(super::instance::prevent_destroy(&change).at(place));
            }
            if action == Action::Forget && reason == ReasonKind::Removed {
                self.diagnostics.push(forgotten(&address));
            }
            self.leftovers.push(change);
        }
    }

    fn why_orphan(&self, address: &InstanceAddress, node: Option<Node>) -> ReasonKind {
        if node.is_none() {
            return ReasonKind::NotDeclared;
        }
        let Some(module) = self.world.module_at(&address.resource.module) else {
            return ReasonKind::NoModule;
        };
        let Some(Node::Resource(_, block)) = node else {
            return ReasonKind::NotDeclared;
        };
        use crate::world::Expansion;
        match (
            &self.world.modules[module as usize].blocks[block as usize].expansion,
            &address.key,
        ) {
            (Some(Expansion::Count(_)), Some(InstanceKey::Int(_))) => ReasonKind::CountIndex,
            (Some(Expansion::Each { .. }), Some(InstanceKey::String(_))) => ReasonKind::ForEachKey,
            (_, _) => ReasonKind::WrongRepetition,
        }
    }

    /// Whether a `removed` block with `destroy = false` covers the instance.
    fn is_released(&self, address: &InstanceAddress) -> bool {
        self.world.statics.iter().any(|written| {
            written
                .module
                .removed
                .iter()
                .filter(|removed| !removed.destroy)
                .any(|removed| {
                    let path: String = written
                        .path
                        .iter()
                        .map(|name| format!("module.{name}."))
                        .collect();
                    let target = format!("{path}{}", removed.from.text).parse::<TargetAddress>();
                    target.is_ok_and(|target| covers(&target, address))
                })
        })
    }

    /// What was observed to differ from the state.
    pub(super) fn note_drift(&mut self) {
        use super::priors::Observation;
        use crate::change::differences;
        for position in 0..self.priors.objects.len() {
            let object = &self.priors.objects[position];
            let (action, after) = match &object.observed {
                Observation::Unread | Observation::Lost => continue,
                Observation::Absent => (Action::Delete, None),
                Observation::Present(value) => {
                    let block = &object.resource.schema().block;
                    let found = differences(block, &object.recorded, value);
                    // Nobody changed what the state does not speak of.
                    let is_new = |path: &AttributePath| {
                        path.argument().is_some_and(|name| object.unheard.contains(&name))
                    };
                    if found.iter().all(|difference| is_new(&difference.path)) {
                        continue;
                    }
                    (Action::Update, Some(value.clone()))
                }
            };
            let row = self.leftover(position, action, None);
            let before = Some(self.priors.objects[position].recorded.clone());
            self.drift.push(ResourceChange { before, after, ..row });
        }
    }
}

fn forgotten(address: &InstanceAddress) -> Diagnostic {
    let detail = format!(
        "{address} is taken out of the state by a `removed` block. Its object stays, and nothing manages it any more."
    );
    Diagnostic::warning(&codes::FORGOTTEN, "Object will no longer be managed")
        .detail(detail)
        .address(address)
}

/// Whether an address without keys covers an instance with any.
pub(crate) fn covers(target: &TargetAddress, address: &InstanceAddress) -> bool {
    match target {
        TargetAddress::Module(module) => module
            .without_keys()
            .contains(&address.resource.module.without_keys()),
        TargetAddress::Resource(resource) => *resource == address.resource.without_keys(),
        TargetAddress::Instance(instance) => instance == address,
    }
}
