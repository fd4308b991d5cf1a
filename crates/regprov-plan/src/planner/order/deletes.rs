//! Objects go in the reverse order of their making, by the dependencies that the state recorded and those of providers.

use super::reach::blocks_behind;
use super::{Nodes, Order};
use crate::planner::providers::ProviderStatus;
use foldhash::{HashMap, HashMapExt};
use regprov_addr::ResourceAddress;
use regprov_graph::NodeId;

/// Who depends on a block, by the state.
struct Dependents {
    /// Positions of recorded objects by the block that they depend on.
    of: HashMap<ResourceAddress, Vec<usize>>,
    /// What must be done before objects of a block go: with and without waiting for updates.
    gates: HashMap<(ResourceAddress, bool), Option<NodeId>>,
}

impl Order<'_> {
    /// A delete comes after the deletes of all that depends on the object; with `updates` also after the updates that
    /// stop depending on it.
    pub(super) fn connect_deletes(&mut self, updates: bool) {
        let planner = self.planner;
        let mut dependents = Dependents {
            of: HashMap::new(),
            gates: HashMap::new(),
        };
        let rows = planner.providers.rows.iter();
        let behind: Vec<Vec<ResourceAddress>> =
            rows.map(|row| blocks_behind(&planner.world, &row.deps)).collect();
        for (position, object) in planner.priors.objects.iter().enumerate() {
            // A state from elsewhere may not say that an object lives behind a provider which another one configures.
            let through = &behind[object.row as usize];
            let (own, status) = (
                &object.record.dependencies,
                &planner.providers.rows[object.row as usize].status,
            );
            let not_own = through.iter().filter(|block| !own.contains(block));
            for dependency in own.iter().chain(not_own) {
                // What only asks for it is made anew first, and then deletes it.
                let asks = matches!(status, ProviderStatus::Open { .. }) && through.contains(dependency);
                if !asks {
                    dependents
                        .of
                        .entry(dependency.clone())
                        .or_default()
                        .push(position);
                }
            }
        }
        for object in &planner.priors.objects {
            let key = (&object.record.address, object.record.deposed.as_deref());
            let Some(nodes) = self.recorded.get(&key).copied() else {
                continue;
            };
            let Some(delete) = nodes.delete else { continue };
            let wait_for_updates = updates && !nodes.delete_first;
            let block = object.record.address.resource.without_keys();
            if let Some(gate) = self
                .gate(&mut dependents, &block, wait_for_updates)
                .filter(|gate| *gate != delete)
            {
                self.graph.add_edge(delete, gate);
            }
        }
    }

    fn gate(
        &mut self,
        dependents: &mut Dependents,
        block: &ResourceAddress,
        updates: bool,
    ) -> Option<NodeId> {
        let key = (block.clone(), updates);
        if let Some(known) = dependents.gates.get(&key) {
            return *known;
        }
        dependents.gates.insert(key.clone(), None);
        let planner = self.planner;
        let mut before = Vec::new();
        for position in dependents.of.get(block).cloned().unwrap_or_default() {
            let object = &planner.priors.objects[position];
            let own = object.record.address.resource.without_keys();
            let recorded = (&object.record.address, object.record.deposed.as_deref());
            let nodes: Nodes = self.recorded.get(&recorded).copied().unwrap_or_default();
            match (nodes.delete, nodes.write) {
                (Some(delete), _) => before.push(delete),
                (None, Some(write)) if updates => before.push(write),
                (None, _) => before.extend(self.gate(dependents, &own, updates)),
            }
        }
        before.sort_unstable();
        before.dedup();
        let gate = self.join(&before);
        dependents.gates.insert(key, gate);
        gate
    }
}
