//! Which blocks an instance depends on, as the state records it.

use crate::world::{Dep, InstanceId, World};
use foldhash::{HashMap, HashMapExt};
use regprov_addr::{ResourceAddress, ResourceMode};
use std::collections::BTreeSet;
use std::sync::Arc;

type Blocks = Arc<BTreeSet<(u32, u32)>>;

/// The blocks that each of these instances depends on: directly, or through locals, variables, outputs and data sources.
pub(in crate::planner) fn recorded_dependencies(
    world: &World,
    instances: impl IntoIterator<Item = InstanceId>,
) -> Vec<(InstanceId, Vec<ResourceAddress>)> {
    let mut reach = Reach {
        world,
        known: HashMap::new(),
        addresses: HashMap::new(),
    };
    let rows = instances.into_iter().map(|id| {
        let own = block_of(world, id);
        let mut blocks: BTreeSet<(u32, u32)> = BTreeSet::new();
        for dep in world.instances[id as usize].deps.iter() {
            blocks.extend(reach.blocks(*dep).iter().copied());
        }
        let mut addresses: Vec<ResourceAddress> = blocks
            .into_iter()
            .filter(|block| *block != own)
            .map(|block| reach.address(block))
            .collect();
        addresses.sort();
        (id, addresses)
    });
    rows.collect()
}

/// The blocks that values were computed from.
pub(super) fn blocks_behind(world: &World, deps: &[Dep]) -> Vec<ResourceAddress> {
    let mut reach = Reach {
        world,
        known: HashMap::new(),
        addresses: HashMap::new(),
    };
    let blocks: BTreeSet<(u32, u32)> = deps
        .iter()
        .flat_map(|dep| reach.blocks(*dep).as_ref().clone())
        .collect();
    blocks.into_iter().map(|block| reach.address(block)).collect()
}

fn block_of(world: &World, id: InstanceId) -> (u32, u32) {
    let instance = &world.instances[id as usize];
    (world.modules[instance.module as usize].of, instance.block)
}

struct Reach<'a> {
    world: &'a World,
    known: HashMap<Dep, Blocks>,
    addresses: HashMap<(u32, u32), ResourceAddress>,
}

impl Reach<'_> {
    fn blocks(&mut self, dep: Dep) -> Blocks {
        if let Some(known) = self.known.get(&dep) {
            return known.clone();
        }
        self.known.insert(dep, Arc::default());
        let world = self.world;
        let found: BTreeSet<(u32, u32)> = match dep {
            Dep::Instance(id) => self.through(block_of(world, id), world.deps_of(dep).iter().copied()),
            Dep::Block(module, block) => {
                let own = (world.modules[module as usize].of, block);
                self.through(
                    own,
                    world
                        .instances_of(module, block)
                        .flat_map(|id| world.deps_of(Dep::Instance(id)).to_vec()),
                )
            }
            Dep::Subtree(module) => world
                .subtree(module)
                .into_iter()
                .flat_map(|part| self.blocks(part).as_ref().clone())
                .collect(),
            Dep::Variable(..) | Dep::Local(..) | Dep::Output(..) | Dep::Call(..) => world
                .deps_of(dep)
                .iter()
                .flat_map(|part| self.blocks(*part).as_ref().clone())
                .collect(),
        };
        let found = Arc::new(found);
        self.known.insert(dep, found.clone());
        found
    }

    /// A managed block stands for itself; a data source, which no state holds, for what it depends on as well.
    fn through(&mut self, own: (u32, u32), deps: impl Iterator<Item = Dep>) -> BTreeSet<(u32, u32)> {
        let mut found = match self.mode(own) {
            // No state knows an ephemeral resource.
            Some(ResourceMode::Ephemeral) => BTreeSet::new(),
            Some(ResourceMode::Managed | ResourceMode::Data) | None => BTreeSet::from([own]),
        };
        if matches!(self.mode(own), Some(ResourceMode::Data | ResourceMode::Ephemeral)) {
            for dep in deps {
                found.extend(self.blocks(dep).iter().copied());
            }
        }
        found
    }

    fn mode(&self, block: (u32, u32)) -> Option<ResourceMode> {
        let resources = &self.world.statics[block.0 as usize].module.resources;
        resources.get_index(block.1 as usize).map(|(name, _)| name.mode)
    }

    fn address(&mut self, block: (u32, u32)) -> ResourceAddress {
        let world = self.world;
        let address = self
            .addresses
            .entry(block)
            .or_insert_with(|| world.static_address(block.0, block.1));
        address.clone()
    }
}
