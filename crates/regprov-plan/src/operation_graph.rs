//! Everything that planning goes through, and what each comes after, under the names that Terraform has for it.

use crate::Schemas;
use crate::planner::providers::ProviderTable;
use crate::planner::static_graph::{self, Node, StaticGraph};
use crate::resource_graph::reduced;
use crate::world::{StaticModule, World};
use foldhash::{HashMap, HashMapExt, HashSet};
use regprov_graph::NodeId;
use regprov_lang::Configuration;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The graph of a plan.
#[derive(Clone, Debug, Default)]
pub struct OperationGraph {
    /// The nodes by name.
    pub nodes: Vec<OperationNode>,
    /// The positions of what each depends on and does not depend on through another.
    pub dependencies: Vec<BTreeSet<usize>>,
    /// Pairs of nodes that wait for each other in a circle: dependent, dependency.
    pub circular: BTreeSet<(usize, usize)>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct OperationNode {
    /// The name: `local.a (expand)`.
    pub name: String,
    /// How it is drawn; nothing for what is drawn by its arrows only.
    pub shape: Option<Shape>,
}

/// How a step is drawn, with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A resource or data source.
    Box(String),
    /// A variable of the root module.
    Note(String),
    /// A provider configuration.
    Diamond(String),
}

/// The graph of planning a configuration.
#[must_use]
pub fn operation_graph(configuration: &Configuration, schemas: &Schemas) -> OperationGraph {
    let world = World::new(configuration, "default".to_owned(), PathBuf::new());
    let (providers, _) = ProviderTable::resolve(&world.statics, schemas);
    let (declared, _) = static_graph::build(&world.statics, &providers);
    let mut drawing = Drawing::default();
    let mut places: HashMap<NodeId, usize> = HashMap::new();
    for (node, id) in &declared.ids {
        let place = drawing.add(describe(&world.statics, &providers, *node));
        places.insert(*id, place);
    }
    for (dependent, dependency) in declared.graph.edges() {
        drawing.edge(places[&dependent], places[&dependency]);
    }
    drawing.close_modules(&declared, &places);
    drawing.close_providers(&declared, &places);
    let members = declared.graph.cycles().into_iter();
    let circles: Vec<HashSet<usize>> = members
        .map(|cycle| cycle.nodes.iter().map(|id| places[id]).collect())
        .collect();
    drawing.sorted(&circles)
}

#[derive(Default)]
struct Drawing {
    nodes: Vec<OperationNode>,
    edges: Vec<BTreeSet<usize>>,
}

impl Drawing {
    fn add(&mut self, node: OperationNode) -> usize {
        self.nodes.push(node);
        self.edges.push(BTreeSet::new());
        self.nodes.len() - 1
    }

    fn edge(&mut self, dependent: usize, dependency: usize) {
        if dependent != dependency {
            self.edges[dependent].insert(dependency);
        }
    }

    /// A module ends after everything in it.
    fn close_modules(&mut self, declared: &StaticGraph, places: &HashMap<NodeId, usize>) {
        for (node, id) in &declared.ids {
            let within = match node {
                Node::Variable(module, _)
                | Node::Local(module, _)
                | Node::Output(module, _)
                | Node::Call(module, _)
                | Node::Resource(module, _)
                | Node::Check(module, _) => *module,
                Node::Provider(_) => 0,
                Node::Close(_) => continue,
            };
            if let Some(close) = declared.ids.get(&Node::Close(within)) {
                self.edge(places[close], places[id]);
            }
        }
    }

    /// A provider ends after all that uses it, and the root module after all providers.
    fn close_providers(&mut self, declared: &StaticGraph, places: &HashMap<NodeId, usize>) {
        let root = declared.ids.get(&Node::Close(0)).map(|id| places[id]);
        for (node, id) in &declared.ids {
            if !matches!(node, Node::Provider(_)) {
                continue;
            }
            let own = places[id];
            let close = self.add(OperationNode {
                name: format!("{} (close)", self.nodes[own].name),
                shape: None,
            });
            self.edge(close, own);
            let users: Vec<usize> = declared.graph.dependents(*id).map(|user| places[&user]).collect();
            users.into_iter().for_each(|user| self.edge(close, user));
            if let Some(root) = root {
                self.edge(root, close);
            }
        }
    }

    /// In order of the names; without what is reached through others, unless something waits in a circle.
    fn sorted(self, circles: &[HashSet<usize>]) -> OperationGraph {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by(|one, other| self.nodes[*one].name.cmp(&self.nodes[*other].name));
        let mut places = vec![0; order.len()];
        for (place, old) in order.iter().enumerate() {
            places[*old] = place;
        }
        let moved = |old: &usize| self.edges[*old].iter().map(|other| places[*other]).collect();
        let dependencies: Vec<BTreeSet<usize>> = order.iter().map(moved).collect();
        let circular = |(dependent, others): (usize, &BTreeSet<usize>)| {
            let (circles, places) = (&circles, &places);
            let member =
                |circle: &&HashSet<usize>, wanted: usize| circle.iter().any(|old| places[*old] == wanted);
            let together = move |other: usize| {
                circles
                    .iter()
                    .any(|circle| member(&circle, dependent) && member(&circle, other))
            };
            let found: Vec<_> = others
                .iter()
                .filter(|other| together(**other))
                .map(|other| (dependent, *other))
                .collect();
            found
        };
        OperationGraph {
            circular: dependencies.iter().enumerate().flat_map(circular).collect(),
            dependencies: if circles.is_empty() {
                reduced(&dependencies)
            } else {
                dependencies
            },
            nodes: order.iter().map(|old| self.nodes[*old].clone()).collect(),
        }
    }
}

fn describe(statics: &[StaticModule], providers: &ProviderTable, node: Node) -> OperationNode {
    let name = static_graph::name(statics, providers, node);
    let expanded = format!("{name} (expand)");
    let (name, shape) = match node {
        Node::Variable(0, _) => (name.clone(), Some(Shape::Note(name))),
        Node::Resource(..) => (expanded, Some(Shape::Box(name))),
        Node::Provider(_) => (name.clone(), Some(Shape::Diamond(name))),
        Node::Close(0) => ("root".to_owned(), None),
        Node::Close(module) => {
            let path = &statics[module as usize].path;
            let steps: Vec<String> = path.iter().map(|name| format!("module.{name}")).collect();
            (format!("{} (close)", steps.join(".")), None)
        }
        Node::Variable(..) | Node::Local(..) | Node::Output(..) | Node::Call(..) | Node::Check(..) => {
            (expanded, None)
        }
    };
    OperationNode { name, shape }
}
