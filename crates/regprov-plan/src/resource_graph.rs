//! The resources of a configuration and what each comes after.

use crate::Schemas;
use crate::planner::providers::ProviderTable;
use crate::planner::static_graph::{self, Node, StaticGraph};
use crate::world::World;
use foldhash::{HashSet, HashSetExt};
use regprov_addr::{ResourceAddress, ResourceMode};
use regprov_graph::NodeId;
use regprov_lang::Configuration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Resources and data sources in order of their addresses, without the keys of modules; by position, what each depends on
/// and does not depend on through another.
#[derive(Clone, Debug, Default)]
pub struct ResourceGraph {
    /// The blocks: by module, then data sources before resources, then by name.
    pub blocks: Vec<ResourceAddress>,
    /// The positions of what each depends on.
    pub dependencies: Vec<BTreeSet<usize>>,
}

/// The graph of the resources and data sources of a configuration.
#[must_use]
pub fn resource_graph(configuration: &Configuration, schemas: &Schemas) -> ResourceGraph {
    let world = World::new(configuration, "default".to_owned(), PathBuf::new());
    let (providers, _) = ProviderTable::resolve(&world.statics, schemas);
    let (declared, _) = static_graph::build(&world.statics, &providers);
    let mut rows: Vec<(ResourceAddress, NodeId)> = declared
        .ids
        .iter()
        .filter_map(|(node, id)| match node {
            Node::Resource(module, block) => Some((world.static_address(*module, *block), *id)),
            _ => None,
        })
        .collect();
    rows.sort_by_cached_key(|(address, _)| order(address));
    let positions: BTreeMap<NodeId, usize> = rows.iter().map(|(_, id)| *id).zip(0..).collect();
    let direct: Vec<BTreeSet<usize>> = rows
        .iter()
        .map(|(_, id)| nearest(&declared, *id, &positions))
        .collect();
    ResourceGraph {
        dependencies: reduced(&direct),
        blocks: rows.into_iter().map(|(address, _)| address).collect(),
    }
}

fn order(address: &ResourceAddress) -> (String, bool, String, String) {
    (
        address.module.to_string(),
        address.mode != ResourceMode::Data,
        address.resource_type.clone(),
        address.name.clone(),
    )
}

/// The blocks that a block refers to, through what is no block.
fn nearest(declared: &StaticGraph, from: NodeId, positions: &BTreeMap<NodeId, usize>) -> BTreeSet<usize> {
    let (mut seen, mut found) = (HashSet::new(), BTreeSet::new());
    let mut queue: Vec<NodeId> = declared.graph.dependencies(from).collect();
    while let Some(next) = queue.pop() {
        if !seen.insert(next) {
            continue;
        }
        match positions.get(&next) {
            Some(position) => {
                found.insert(*position);
            }
            None => queue.extend(declared.graph.dependencies(next)),
        }
    }
    found
}

/// The same without what is reached through another dependency.
pub(crate) fn reduced(direct: &[BTreeSet<usize>]) -> Vec<BTreeSet<usize>> {
    let keep = |own: &BTreeSet<usize>| {
        let (mut seen, mut beyond) = (BTreeSet::new(), BTreeSet::new());
        let mut queue: Vec<usize> = own.iter().copied().collect();
        while let Some(next) = queue.pop() {
            if seen.insert(next) {
                beyond.extend(&direct[next]);
                queue.extend(&direct[next]);
            }
        }
        own.difference(&beyond).copied().collect()
    };
    direct.iter().map(keep).collect()
}
