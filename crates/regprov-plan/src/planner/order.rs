//! The execution graph: what apply does, and in which order.

mod deletes;
mod losses;
mod reach;

use super::Planner;
use super::providers::ProviderStatus;
use super::static_graph::{Node, StaticGraph};
use crate::world::{Dep, InstanceId, StaticModule};
use crate::{Action, ExecutionGraph, ExecutionNode, Operation, ResourceChange, codes};
use foldhash::{HashMap, HashMapExt, HashSet};
use regprov_addr::InstanceAddress;
use regprov_diag::Diagnostic;
use regprov_graph::{Graph, NodeId};

pub(super) use reach::recorded_dependencies;

/// Blocks that create before they destroy: those that say so, and all that they depend on.
pub(super) fn creating_first(statics: &[StaticModule], graph: &StaticGraph) -> HashSet<(u32, u32)> {
    let says = |node: &Node| match node {
        Node::Resource(module, block) => {
            let resources = &statics[*module as usize].module.resources;
            resources
                .get_index(*block as usize)
                .is_some_and(|(_, block)| block.lifecycle.create_before_destroy == Some(true))
        }
        _ => false,
    };
    let starts: Vec<NodeId> = graph
        .graph
        .iter()
        .filter(|(_, node)| says(node))
        .map(|(id, _)| id)
        .collect();
    let reached = graph.graph.transitive_dependencies(starts.iter().copied());
    let all = starts.into_iter().chain(reached);
    all.filter_map(|id| match graph.graph[id] {
        Node::Resource(module, block) => Some((module, block)),
        _ => None,
    })
    .collect()
}

/// The operations on one recorded or planned object.
#[derive(Clone, Copy, Default)]
struct Nodes {
    /// Makes, changes or reads it.
    write: Option<NodeId>,
    /// Deletes it, or the object that it replaces.
    delete: Option<NodeId>,
    /// Drops it from the state.
    forget: Option<NodeId>,
    /// Whether the delete comes before the create.
    delete_first: bool,
}

/// Where the state has the object of a change: the address before any move, and the deposed key.
fn recorded_key(change: &ResourceChange) -> (&InstanceAddress, Option<&str>) {
    let address = change.previous_address.as_ref().unwrap_or(&change.address);
    (address, change.deposed.as_deref())
}

struct Order<'a> {
    planner: &'a Planner,
    graph: Graph<Operation>,
    /// Operations by instance.
    instances: Vec<Nodes>,
    /// Operations by the address and deposed key in the state.
    recorded: HashMap<(&'a InstanceAddress, Option<&'a str>), Nodes>,
    connects: HashMap<u32, NodeId>,
    resolved: HashMap<Dep, Option<NodeId>>,
}

/// Builds the execution graph.
pub(super) fn execution_graph(planner: &Planner) -> Result<ExecutionGraph, Diagnostic> {
    let build = |with_updates: bool| {
        let mut order = Order {
            planner,
            graph: Graph::new(),
            instances: vec![Nodes::default(); planner.world.instances.len()],
            recorded: HashMap::new(),
            connects: HashMap::new(),
            resolved: HashMap::new(),
        };
        order.add_operations();
        order.connect_writes();
        order.connect_successors();
        order.connect_deletes(with_updates);
        order.connect_losses();
        order.graph
    };
    let graph = build(true);
    if let Ok(order) = graph.topological() {
        return Ok(numbered(&graph, &order));
    }
    // A delete that waits for what stops using the object can close a circle; then only deletes order deletes.
    let graph = build(false);
    match graph.topological() {
        Ok(order) => Ok(numbered(&graph, &order)),
        Err(error) => {
            let path = error
                .cycles
                .first()
                .map(|cycle| cycle.path(&graph, describe))
                .unwrap_or_default();
            Err(Diagnostic::error(&codes::CYCLE, "Operations wait for each other")
                .detail(format!("No order of these operations is possible: {path}."))
                .help("Apply a part of the change first with `-target`."))
        }
    }
}

fn describe(operation: &Operation) -> String {
    match operation {
        Operation::Connect { provider, .. } => format!("connect {provider}"),
        Operation::ReadData { address } => format!("read {address}"),
        Operation::Create { address } => format!("create {address}"),
        Operation::Update { address } => format!("update {address}"),
        Operation::Delete { address, .. } => format!("delete {address}"),
        Operation::Forget { address, .. } => format!("forget {address}"),
        Operation::Join => "(all of several)".to_owned(),
    }
}

fn numbered(graph: &Graph<Operation>, order: &[NodeId]) -> ExecutionGraph {
    let mut positions = vec![0; graph.len()];
    for (id, position) in order.iter().zip(0..) {
        positions[id.index()] = position;
    }
    let nodes = order.iter().map(|id| {
        let mut after: Vec<u32> = graph
            .dependencies(*id)
            .map(|dependency| positions[dependency.index()])
            .collect();
        after.sort_unstable();
        ExecutionNode {
            operation: graph[*id].clone(),
            after,
        }
    });
    ExecutionGraph {
        nodes: nodes.collect(),
    }
}

impl<'a> Order<'a> {
    fn add_operations(&mut self) {
        let planner = self.planner;
        for (id, change) in planner.rows.iter() {
            let nodes = self.add_change(change);
            if nodes.write.is_some() || nodes.delete.is_some() {
                self.connect_through(planner.row_of(id), nodes);
            }
            self.instances[id as usize] = nodes;
            self.remember(change, nodes);
        }
        for change in &planner.leftovers {
            let nodes = self.add_change(change);
            if nodes.delete.is_some() {
                let row = planner
                    .providers
                    .rows
                    .iter()
                    .position(|row| row.address == change.provider);
                if let Some(row) = row.and_then(|row| u32::try_from(row).ok()) {
                    self.connect_through(row, nodes);
                }
            }
            self.remember(change, nodes);
        }
    }

    fn remember(&mut self, change: &'a ResourceChange, nodes: Nodes) {
        self.recorded.insert(recorded_key(change), nodes);
    }

    fn nodes_of(&self, id: InstanceId) -> Nodes {
        self.instances.get(id as usize).copied().unwrap_or_default()
    }

    fn add_change(&mut self, change: &ResourceChange) -> Nodes {
        let address = || change.address.clone();
        let graph = &mut self.graph;
        let delete = |graph: &mut Graph<Operation>, replaced: bool| {
            graph.add_node(Operation::Delete {
                address: address(),
                deposed: change.deposed.clone(),
                replaced,
            })
        };
        match change.action {
            Action::NoOp => Nodes::default(),
            Action::Read => Nodes {
                write: Some(graph.add_node(Operation::ReadData { address: address() })),
                ..Nodes::default()
            },
            Action::Create => {
                let write = graph.add_node(Operation::Create { address: address() });
                let forget = change.is_lost().then(|| {
                    let (address, deposed) = (address(), None);
                    graph.add_node(Operation::Forget { address, deposed })
                });
                if let Some(forget) = forget {
                    graph.add_edge(write, forget);
                }
                Nodes {
                    write: Some(write),
                    forget,
                    ..Nodes::default()
                }
            }
            Action::Update => Nodes {
                write: Some(graph.add_node(Operation::Update { address: address() })),
                ..Nodes::default()
            },
            Action::DeleteThenCreate => {
                let gone = delete(graph, false);
                let made = graph.add_node(Operation::Create { address: address() });
                graph.add_edge(made, gone);
                Nodes {
                    write: Some(made),
                    delete: Some(gone),
                    forget: None,
                    delete_first: true,
                }
            }
            Action::CreateThenDelete => {
                let made = graph.add_node(Operation::Create { address: address() });
                let gone = delete(graph, true);
                graph.add_edge(gone, made);
                Nodes {
                    write: Some(made),
                    delete: Some(gone),
                    forget: None,
                    delete_first: false,
                }
            }
            Action::Delete => Nodes {
                delete: Some(delete(graph, false)),
                ..Nodes::default()
            },
            Action::Forget => {
                let deposed = change.deposed.clone();
                let address = address();
                Nodes {
                    forget: Some(graph.add_node(Operation::Forget { address, deposed })),
                    ..Nodes::default()
                }
            }
        }
    }

    /// Operations come after the connection that they go through.
    fn connect_through(&mut self, row: u32, nodes: Nodes) {
        let connect = match self.connects.get(&row) {
            Some(connect) => *connect,
            None => {
                let row_of_table = &self.planner.providers.rows[row as usize];
                let connect = self.graph.add_node(Operation::Connect {
                    provider: row_of_table.address.clone(),
                    deferred: matches!(row_of_table.status, ProviderStatus::Open { .. }),
                });
                self.connects.insert(row, connect);
                connect
            }
        };
        for node in nodes.write.into_iter().chain(nodes.delete) {
            self.graph.add_edge(node, connect);
        }
    }

    /// What makes or changes an object comes after what its arguments are computed from.
    fn connect_writes(&mut self) {
        let planner = self.planner;
        for id in 0..u32::try_from(planner.world.instances.len()).unwrap_or(u32::MAX) {
            self.resolve(Dep::Instance(id));
            let Some(write) = self.nodes_of(id).write else {
                continue;
            };
            for dep in planner.world.instances[id as usize].deps.iter() {
                if let Some(before) = self.resolve(*dep).filter(|before| *before != write) {
                    self.graph.add_edge(write, before);
                }
            }
        }
        let mut connects: Vec<(u32, NodeId)> =
            self.connects.iter().map(|(row, node)| (*row, *node)).collect();
        connects.sort_unstable();
        for (row, connect) in connects {
            for dep in planner.providers.rows[row as usize].deps.clone().iter() {
                if let Some(before) = self.resolve(*dep) {
                    self.graph.add_edge(connect, before);
                }
            }
        }
    }

    /// What takes the identity of an object that goes comes after its delete.
    fn connect_successors(&mut self) {
        let planner = self.planner;
        for (id, identity) in &planner.successors {
            let own = planner
                .rows
                .get(*id)
                .map(|change| &change.address.resource.resource_type);
            let gone = planner.leftovers.iter().filter(|change| {
                change.action == Action::Delete
                    && change.id.as_ref() == Some(identity)
                    && Some(&change.address.resource.resource_type) == own
            });
            let write = self.nodes_of(*id).write;
            for change in gone {
                let delete = self
                    .recorded
                    .get(&recorded_key(change))
                    .and_then(|nodes| nodes.delete);
                if let (Some(write), Some(delete)) = (write, delete) {
                    self.graph.add_edge(write, delete);
                }
            }
        }
    }

    /// The node that must be done for a dependency to hold; `None` where nothing happens to it.
    fn resolve(&mut self, dep: Dep) -> Option<NodeId> {
        if let Some(known) = self.resolved.get(&dep) {
            return *known;
        }
        if let Dep::Instance(id) = dep
            && let Some(write) = self.nodes_of(id).write
        {
            self.resolved.insert(dep, Some(write));
            return Some(write);
        }
        self.resolved.insert(dep, None);
        let parts: Vec<Dep> = match dep {
            Dep::Block(module, block) => self
                .planner
                .world
                .instances_of(module, block)
                .map(Dep::Instance)
                .collect(),
            Dep::Subtree(module) => self.planner.world.subtree(module),
            Dep::Instance(_) | Dep::Variable(..) | Dep::Local(..) | Dep::Output(..) | Dep::Call(..) => {
                self.planner.world.deps_of(dep).to_vec()
            }
        };
        let mut before: Vec<NodeId> = parts.into_iter().filter_map(|part| self.resolve(part)).collect();
        before.sort_unstable();
        before.dedup();
        let node = self.join(&before);
        self.resolved.insert(dep, node);
        node
    }

    /// One node that comes after all of these.
    fn join(&mut self, before: &[NodeId]) -> Option<NodeId> {
        match before {
            [] => None,
            [one] => Some(*one),
            many => {
                let join = self.graph.add_node(Operation::Join);
                for node in many {
                    self.graph.add_edge(join, *node);
                }
                Some(join)
            }
        }
    }
}
