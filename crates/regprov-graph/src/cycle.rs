//! Cycles, told so that a reader can follow them.

use foldhash::{HashMap, HashMapExt, HashSet};
use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::fmt;

use petgraph::algo::kosaraju_scc;

use crate::{Graph, NodeId};

/// Nodes of which each waits for the next, and the last for the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// The nodes in order, each once.
    pub nodes: Vec<NodeId>,
}

impl Cycle {
    /// The way round: `a → b → a`, each arrow to what the left waits for.
    pub fn path<N>(&self, graph: &Graph<N>, name: impl Fn(&N) -> String) -> String {
        let round = self.nodes.iter().chain(self.nodes.first());
        let names = round.filter_map(|id| graph.get(*id)).map(name);
        names.collect::<Vec<_>>().join(" → ")
    }
}

/// A graph that should have no cycles has some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleError {
    /// One for every knot of nodes that wait for each other.
    pub cycles: Vec<Cycle>,
}

impl fmt::Display for CycleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cycles.len() {
            1 => f.write_str("the graph has a cycle"),
            count => write!(f, "the graph has {count} cycles"),
        }
    }
}

impl std::error::Error for CycleError {}

impl<N> Graph<N> {
    /// One shortest cycle of every knot of nodes that wait for each other, ordered by its first node.
    ///
    /// Each starts at the node of its knot that was added first. None overlap, so to cut one is progress.
    pub fn cycles(&self) -> Vec<Cycle> {
        // Kosaraju's algorithm, as petgraph's version of Tarjan's recurses once per node of a chain.
        let knots = kosaraju_scc(&self.inner);
        let mut cycles: Vec<Cycle> = knots
            .into_iter()
            .map(|knot| knot.into_iter().map(NodeId::of).collect::<HashSet<_>>())
            .filter_map(|knot| self.shortest_cycle(&knot))
            .collect();
        cycles.sort_by_key(|cycle| cycle.nodes.first().copied());
        cycles
    }

    /// The shortest way from the first node of a knot back to itself; `None` if there is none.
    fn shortest_cycle(&self, knot: &HashSet<NodeId>) -> Option<Cycle> {
        let start = *knot.iter().min()?;
        let mut came_from: HashMap<NodeId, NodeId> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(id) = queue.pop_front() {
            let mut next: Vec<NodeId> = self.dependencies(id).filter(|next| knot.contains(next)).collect();
            next.sort_unstable();
            if next.contains(&start) {
                return Some(Cycle {
                    nodes: way_back(start, id, &came_from),
                });
            }
            for next in next {
                if let Entry::Vacant(place) = came_from.entry(next) {
                    place.insert(id);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

fn way_back(start: NodeId, last: NodeId, came_from: &HashMap<NodeId, NodeId>) -> Vec<NodeId> {
    let mut nodes = vec![last];
    let mut at = last;
    while at != start {
        let Some(before) = came_from.get(&at) else { break };
        nodes.push(*before);
        at = *before;
    }
    nodes.reverse();
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(names: &[&'static str]) -> (Graph<&'static str>, Vec<NodeId>) {
        let mut graph = Graph::new();
        let ids: Vec<NodeId> = names.iter().map(|name| graph.add_node(*name)).collect();
        for (index, id) in ids.iter().enumerate() {
            graph.add_edge(*id, ids[(index + 1) % ids.len()]);
        }
        (graph, ids)
    }

    #[test]
    fn a_cycle_reads_as_a_path_back_to_its_start() {
        let (graph, _) = ring(&["a", "b", "c"]);
        let cycles = graph.cycles();
        assert_eq!(cycles.len(), 1);
        assert_eq!(cycles[0].path(&graph, |name| (*name).to_owned()), "a → b → c → a");
    }

    #[test]
    fn a_node_that_waits_for_itself_is_a_cycle() {
        let (graph, _) = ring(&["a"]);
        assert_eq!(graph.cycles()[0].path(&graph, |name| (*name).to_owned()), "a → a");
    }

    #[test]
    fn of_one_knot_the_shortest_cycle_is_told_and_bystanders_are_not() {
        let (mut graph, ids) = ring(&["a", "b", "c", "d"]);
        graph.add_edge(ids[1], ids[0]);
        let outside = graph.add_node("outside");
        graph.add_edge(outside, ids[0]);
        let cycles = graph.cycles();
        assert_eq!(cycles.len(), 1);
        assert_eq!(cycles[0].nodes, [ids[0], ids[1]]);
    }

    #[test]
    fn separate_knots_are_each_told() {
        let (mut graph, _) = ring(&["a", "b"]);
        let c = graph.add_node("c");
        let d = graph.add_node("d");
        graph.add_edge(c, d);
        graph.add_edge(d, c);
        let error = graph.topological().unwrap_err();
        let paths: Vec<_> = error
            .cycles
            .iter()
            .map(|c| c.path(&graph, |n| (*n).to_owned()))
            .collect();
        assert_eq!(paths, ["a → b → a", "c → d → c"]);
        assert_eq!(error.to_string(), "the graph has 2 cycles");
    }
}
