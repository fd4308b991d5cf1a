//! The graph: nodes, edges, order, reach.

use foldhash::{HashSet, HashSetExt};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::{Index, IndexMut};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::CycleError;

/// Names a node of one [`Graph`]. Ids count up from 0 in the order in which nodes were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The position among all nodes, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) fn at(self) -> NodeIndex<u32> {
        NodeIndex::new(self.index())
    }

    pub(crate) fn of(index: NodeIndex<u32>) -> Self {
        NodeId(u32::try_from(index.index()).expect("petgraph counts these nodes in a u32"))
    }
}

/// A directed graph whose edges point from a dependent to what it waits for.
///
/// Cycles can be built, and are found by [`Graph::cycles`]. An edge given twice counts once.
#[derive(Debug, Clone)]
pub struct Graph<N> {
    pub(crate) inner: DiGraph<N, ()>,
    edges: HashSet<(NodeId, NodeId)>,
}

impl<N> Default for Graph<N> {
    fn default() -> Self {
        Graph {
            inner: DiGraph::default(),
            edges: HashSet::new(),
        }
    }
}

impl<N> Graph<N> {
    /// Makes an empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node and answers its id.
    pub fn add_node(&mut self, payload: N) -> NodeId {
        NodeId::of(self.inner.add_node(payload))
    }

    /// Says that `dependent` comes after `dependency`.
    ///
    /// # Panics
    ///
    /// When an id is of another graph, which is a bug of the caller.
    pub fn add_edge(&mut self, dependent: NodeId, dependency: NodeId) {
        if self.edges.insert((dependent, dependency)) {
            self.inner.add_edge(dependent.at(), dependency.at(), ());
        }
    }

    /// Whether there is an edge from `dependent` to `dependency`.
    pub fn has_edge(&self, dependent: NodeId, dependency: NodeId) -> bool {
        self.edges.contains(&(dependent, dependency))
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.inner.node_count()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.inner.edge_count()
    }

    /// The id of the node at this position.
    pub fn id_at(&self, index: usize) -> Option<NodeId> {
        (index < self.len()).then(|| NodeId::of(NodeIndex::new(index)))
    }

    /// The payload of a node; `None` for an id of another graph.
    pub fn get(&self, id: NodeId) -> Option<&N> {
        self.inner.node_weight(id.at())
    }

    /// All ids, in the order of adding.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<N> {
        self.inner.node_indices().map(NodeId::of)
    }

    /// All nodes, in the order of adding.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &N)> {
        self.ids().zip(self.inner.node_weights())
    }

    /// All edges as (dependent, dependency), in the order of adding.
    pub fn edges(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        self.inner
            .raw_edges()
            .iter()
            .map(|edge| (NodeId::of(edge.source()), NodeId::of(edge.target())))
    }

    /// What this node waits for directly, latest edge first.
    pub fn dependencies(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.neighbors(id, Direction::Outgoing)
    }

    /// What waits for this node directly, latest edge first.
    pub fn dependents(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.neighbors(id, Direction::Incoming)
    }

    fn neighbors(&self, id: NodeId, direction: Direction) -> impl Iterator<Item = NodeId> + '_ {
        self.inner.neighbors_directed(id.at(), direction).map(NodeId::of)
    }

    /// All that these nodes wait for, directly or through others, in the order of adding.
    ///
    /// A starting node is among them only if another one, or a cycle, leads back to it.
    pub fn transitive_dependencies(&self, starts: impl IntoIterator<Item = NodeId>) -> Vec<NodeId> {
        self.reach(starts, Direction::Outgoing)
    }

    /// All that wait for these nodes, directly or through others, in the order of adding.
    ///
    /// A starting node is among them only if another one, or a cycle, leads back to it.
    pub fn transitive_dependents(&self, starts: impl IntoIterator<Item = NodeId>) -> Vec<NodeId> {
        self.reach(starts, Direction::Incoming)
    }

    fn reach(&self, starts: impl IntoIterator<Item = NodeId>, direction: Direction) -> Vec<NodeId> {
        let mut pending: Vec<NodeId> = starts.into_iter().collect();
        let mut expanded = HashSet::new();
        let mut reached = HashSet::new();
        while let Some(id) = pending.pop() {
            if !expanded.insert(id) {
                continue;
            }
            for next in self.neighbors(id, direction) {
                reached.insert(next);
                pending.push(next);
            }
        }
        let mut reached: Vec<NodeId> = reached.into_iter().collect();
        reached.sort_unstable();
        reached
    }

    /// All nodes, each after all that it waits for; of those that could come next, the one added first.
    ///
    /// # Errors
    ///
    /// When the graph has cycles.
    pub fn topological(&self) -> Result<Vec<NodeId>, CycleError> {
        let mut waiting: Vec<usize> = self.ids().map(|id| self.dependencies(id).count()).collect();
        let mut ready: BinaryHeap<Reverse<NodeId>> = self
            .ids()
            .filter(|id| waiting[id.index()] == 0)
            .map(Reverse)
            .collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse(id)) = ready.pop() {
            order.push(id);
            for dependent in self.dependents(id) {
                waiting[dependent.index()] -= 1;
                if waiting[dependent.index()] == 0 {
                    ready.push(Reverse(dependent));
                }
            }
        }
        if order.len() == self.len() {
            Ok(order)
        } else {
            Err(CycleError {
                cycles: self.cycles(),
            })
        }
    }

    /// The same nodes with every edge turned round: the order of destruction.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.inner.reverse();
        self.edges = self
            .edges
            .into_iter()
            .map(|(dependent, dependency)| (dependency, dependent))
            .collect();
        self
    }

    /// The same graph with other payloads.
    pub fn map<M>(&self, mut payload: impl FnMut(NodeId, &N) -> M) -> Graph<M> {
        let inner = self
            .inner
            .map(|index, node| payload(NodeId::of(index), node), |_, ()| ());
        Graph {
            inner,
            edges: self.edges.clone(),
        }
    }
}

impl<N> Index<NodeId> for Graph<N> {
    type Output = N;

    fn index(&self, id: NodeId) -> &N {
        &self.inner[id.at()]
    }
}

impl<N> IndexMut<NodeId> for Graph<N> {
    fn index_mut(&mut self, id: NodeId) -> &mut N {
        &mut self.inner[id.at()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Builds a graph of letters from `"a>b"`: a comes after b.
    fn graph(nodes: &str, edges: &[&str]) -> Graph<char> {
        let mut graph = Graph::new();
        let ids: Vec<NodeId> = nodes.chars().map(|c| graph.add_node(c)).collect();
        let id = |c: char| ids[nodes.chars().position(|n| n == c).unwrap()];
        for edge in edges {
            let (dependent, dependency) = edge.split_once('>').unwrap();
            graph.add_edge(id(dependent.parse().unwrap()), id(dependency.parse().unwrap()));
        }
        graph
    }

    fn names(graph: &Graph<char>, ids: &[NodeId]) -> String {
        ids.iter().map(|id| graph[*id]).collect()
    }

    #[test]
    fn dependencies_come_first_and_ties_keep_the_order_of_adding() {
        let graph = graph("abcde", &["a>c", "c>e", "b>e"]);
        assert_eq!(names(&graph, &graph.topological().unwrap()), "debca");
    }

    #[test]
    fn reversal_turns_the_order_round() {
        let graph = graph("abc", &["a>b", "b>c"]).reversed();
        assert_eq!(names(&graph, &graph.topological().unwrap()), "abc");
        assert!(graph.has_edge(graph.id_at(2).unwrap(), graph.id_at(1).unwrap()));
    }

    #[test]
    fn an_edge_given_twice_counts_once() {
        let graph = graph("ab", &["a>b", "a>b"]);
        assert_eq!(graph.edge_count(), 1);
        assert_eq!(graph.dependencies(graph.id_at(0).unwrap()).count(), 1);
    }

    #[test]
    fn reach_leaves_out_the_start_unless_something_leads_back() {
        let graph = graph("abcd", &["a>b", "b>c", "d>b"]);
        let id = |index| graph.id_at(index).unwrap();
        assert_eq!(names(&graph, &graph.transitive_dependencies([id(0)])), "bc");
        assert_eq!(
            names(&graph, &graph.transitive_dependencies([id(0), id(1)])),
            "bc"
        );
        assert_eq!(names(&graph, &graph.transitive_dependents([id(2)])), "abd");
        assert_eq!(names(&graph, &graph.transitive_dependents([id(0)])), "");
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_neither_overflows_nor_stalls() {
        let mut graph = Graph::new();
        let ids: Vec<NodeId> = (0..100_000).map(|index| graph.add_node(index)).collect();
        for pair in ids.windows(2) {
            graph.add_edge(pair[0], pair[1]);
        }
        assert_eq!(graph.topological().unwrap().first(), ids.last());
        assert_eq!(graph.transitive_dependencies([ids[0]]).len(), 99_999);
        assert!(graph.cycles().is_empty());
        graph.add_edge(ids[99_999], ids[0]);
        assert_eq!(graph.cycles()[0].nodes.len(), 100_000);
    }

    #[test]
    fn mapping_keeps_ids_and_edges() {
        let graph = graph("ab", &["a>b"]).map(|id, c| format!("{c}{}", id.index()));
        let (a, b) = (graph.id_at(0).unwrap(), graph.id_at(1).unwrap());
        assert_eq!((graph[a].as_str(), graph[b].as_str()), ("a0", "b1"));
        assert!(graph.has_edge(a, b));
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(a, b)]);
    }
}
