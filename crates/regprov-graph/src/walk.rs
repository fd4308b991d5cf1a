//! Walks a graph as its nodes finish, the longest remaining path first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::{CycleError, Graph, NodeId};

/// A ready queue over a graph: hands out nodes whose dependencies are done, most urgent first.
///
/// A node is as urgent as the heaviest path of nodes that wait for it, itself included; of equals the one added first
/// comes first. The walk holds no reference to the graph.
///
/// # Guarantees
///
/// Every node is handed out once, or skipped once because something it waits for failed. The whole walk costs
/// `O((nodes + edges) · log nodes)`.
#[derive(Debug, Clone)]
pub struct Walk {
    nodes: Vec<Step>,
    ready: BinaryHeap<(u64, Reverse<NodeId>)>,
    settled: usize,
    running: usize,
}

#[derive(Debug, Clone)]
struct Step {
    dependents: Vec<NodeId>,
    urgency: u64,
    waiting_for: usize,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Running,
    Settled,
}

impl Walk {
    /// Starts a walk in which every node weighs the same.
    ///
    /// # Errors
    ///
    /// When the graph has cycles: such a walk would never end.
    pub fn new<N>(graph: &Graph<N>) -> Result<Walk, CycleError> {
        Walk::weighted(graph, |_, _| 1)
    }

    /// Starts a walk in which a node weighs what `weight` says, for instance the milliseconds that it will take.
    ///
    /// # Errors
    ///
    /// When the graph has cycles: such a walk would never end.
    pub fn weighted<N>(graph: &Graph<N>, weight: impl Fn(NodeId, &N) -> u64) -> Result<Walk, CycleError> {
        let order = graph.topological()?;
        let mut nodes: Vec<Step> = graph
            .ids()
            .map(|id| Step {
                dependents: graph.dependents(id).collect(),
                urgency: 0,
                waiting_for: graph.dependencies(id).count(),
                phase: Phase::Waiting,
            })
            .collect();
        for id in order.into_iter().rev() {
            let after = nodes[id.index()]
                .dependents
                .iter()
                .map(|next| nodes[next.index()].urgency)
                .max();
            nodes[id.index()].urgency = weight(id, &graph[id]).saturating_add(after.unwrap_or(0));
        }
        let first = graph.ids().filter(|id| nodes[id.index()].waiting_for == 0);
        let ready = first.map(|id| (nodes[id.index()].urgency, Reverse(id))).collect();
        Ok(Walk {
            nodes,
            ready,
            settled: 0,
            running: 0,
        })
    }

    /// Hands out the most urgent ready node, if one is ready.
    ///
    /// With a limit on what runs at once, ask again whenever there is room: what became ready since then may be
    /// more urgent than what was ready before.
    pub fn next_ready(&mut self) -> Option<NodeId> {
        let (_, Reverse(id)) = self.ready.pop()?;
        self.nodes[id.index()].phase = Phase::Running;
        self.running += 1;
        Some(id)
    }

    /// Hands out every node that is ready, the most urgent first.
    pub fn ready(&mut self) -> Vec<NodeId> {
        std::iter::from_fn(|| self.next_ready()).collect()
    }

    /// Says that a node succeeded; what waited only for it becomes ready.
    ///
    /// # Panics
    ///
    /// When the node is not running, which is a bug of the caller.
    pub fn done(&mut self, id: NodeId) {
        self.settle_running(id);
        for dependent in std::mem::take(&mut self.nodes[id.index()].dependents) {
            let step = &mut self.nodes[dependent.index()];
            step.waiting_for -= 1;
            if step.waiting_for == 0 && step.phase == Phase::Waiting {
                self.ready.push((step.urgency, Reverse(dependent)));
            }
        }
    }

    /// Says that a node failed; answers all nodes that therefore never run, in the order of adding.
    ///
    /// What another failure skipped before is not among them.
    ///
    /// # Panics
    ///
    /// When the node is not running, which is a bug of the caller.
    pub fn failed(&mut self, id: NodeId) -> Vec<NodeId> {
        self.settle_running(id);
        let mut skipped = Vec::new();
        let mut pending = std::mem::take(&mut self.nodes[id.index()].dependents);
        while let Some(dependent) = pending.pop() {
            let step = &mut self.nodes[dependent.index()];
            if step.phase == Phase::Settled {
                continue;
            }
            step.phase = Phase::Settled;
            self.settled += 1;
            skipped.push(dependent);
            pending.append(&mut step.dependents);
        }
        skipped.sort_unstable();
        skipped
    }

    fn settle_running(&mut self, id: NodeId) {
        let step = &mut self.nodes[id.index()];
        assert!(
            step.phase == Phase::Running,
            "only a node that was handed out, and once, can end"
        );
        step.phase = Phase::Settled;
        self.settled += 1;
        self.running -= 1;
    }

    /// Whether every node is done, failed or skipped.
    pub fn is_finished(&self) -> bool {
        self.settled == self.nodes.len()
    }

    /// How many nodes were handed out and have not ended.
    pub fn running(&self) -> usize {
        self.running
    }

    /// How many nodes are neither done, failed, skipped nor running.
    pub fn waiting(&self) -> usize {
        self.nodes.len() - self.settled - self.running
    }

    /// The nodes that have neither ended nor been handed out, in the order of adding: what an interrupt leaves undone.
    pub fn not_started(&self) -> Vec<NodeId> {
        let waiting = self
            .nodes
            .iter()
            .zip(0..)
            .filter(|(step, _)| step.phase == Phase::Waiting);
        waiting.map(|(_, index)| NodeId(index)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(count: usize, edges: &[(usize, usize)]) -> (Graph<usize>, Vec<NodeId>) {
        let mut graph = Graph::new();
        let ids: Vec<NodeId> = (0..count).map(|index| graph.add_node(index)).collect();
        for (dependent, dependency) in edges {
            graph.add_edge(ids[*dependent], ids[*dependency]);
        }
        (graph, ids)
    }

    #[test]
    fn what_the_longest_path_waits_for_runs_first() {
        // 0 stands alone; 3 waits for 2, which waits for 1.
        let (graph, ids) = graph(4, &[(3, 2), (2, 1)]);
        let mut walk = Walk::new(&graph).unwrap();
        assert_eq!(walk.ready(), [ids[1], ids[0]]);
        assert_eq!(walk.running(), 2);
        walk.done(ids[1]);
        assert_eq!(walk.ready(), [ids[2]]);
    }

    #[test]
    fn weights_decide_what_is_long() {
        let (graph, ids) = graph(4, &[(3, 2), (2, 1)]);
        let mut walk = Walk::weighted(&graph, |_, index| if *index == 0 { 10 } else { 1 }).unwrap();
        assert_eq!(walk.ready(), [ids[0], ids[1]]);
    }

    #[test]
    fn a_node_waits_for_all_its_dependencies() {
        let (graph, ids) = graph(3, &[(2, 0), (2, 1)]);
        let mut walk = Walk::new(&graph).unwrap();
        assert_eq!(walk.ready(), [ids[0], ids[1]]);
        walk.done(ids[0]);
        assert_eq!(walk.next_ready(), None);
        assert_eq!(walk.not_started(), [ids[2]]);
        walk.done(ids[1]);
        assert_eq!(walk.next_ready(), Some(ids[2]));
        assert!(!walk.is_finished());
        walk.done(ids[2]);
        assert!(walk.is_finished());
    }

    #[test]
    fn a_failure_skips_its_dependents_once_and_spares_the_rest() {
        // A diamond 3 → {1, 2} → 0, with 4 on its own and 5 after 4 and 1.
        let (graph, ids) = graph(6, &[(1, 0), (2, 0), (3, 1), (3, 2), (5, 4), (5, 1)]);
        let mut walk = Walk::new(&graph).unwrap();
        assert_eq!(walk.ready(), [ids[0], ids[4]]);
        walk.done(ids[0]);
        assert_eq!(walk.ready(), [ids[1], ids[2]]);
        assert_eq!(walk.failed(ids[1]), [ids[3], ids[5]]);
        assert_eq!(walk.failed(ids[2]), []);
        walk.done(ids[4]);
        assert_eq!(walk.next_ready(), None);
        assert!(walk.is_finished());
        assert_eq!((walk.running(), walk.waiting()), (0, 0));
    }

    #[test]
    #[should_panic(expected = "only a node that was handed out, and once, can end")]
    fn a_node_cannot_end_twice() {
        let (graph, ids) = graph(1, &[]);
        let mut walk = Walk::new(&graph).unwrap();
        walk.ready();
        walk.done(ids[0]);
        walk.done(ids[0]);
    }

    #[test]
    fn a_cyclic_graph_cannot_be_walked() {
        let (graph, ids) = graph(2, &[(0, 1), (1, 0)]);
        assert_eq!(Walk::new(&graph).unwrap_err().cycles[0].nodes, ids);
    }

    #[test]
    fn random_graphs_with_random_failures_settle_every_node_once_and_in_order() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..200 {
            let count = 1 + random(40);
            let edges: Vec<_> = (0..random(80)).map(|_| (random(count), random(count))).collect();
            let edges: Vec<_> = edges.into_iter().filter(|(a, b)| a > b).collect();
            let (graph, _) = graph(count, &edges);
            let mut walk = Walk::new(&graph).unwrap();
            let mut outcome: Vec<Option<bool>> = vec![None; count];
            while let Some(id) = walk.next_ready() {
                assert!(
                    graph
                        .dependencies(id)
                        .all(|dependency| outcome[dependency.index()] == Some(true))
                );
                assert_eq!(outcome[id.index()], None);
                let fails = random(5) == 0;
                outcome[id.index()] = Some(!fails);
                if !fails {
                    walk.done(id);
                    continue;
                }
                for skipped in walk.failed(id) {
                    assert_eq!(outcome[skipped.index()].replace(false), None);
                }
            }
            assert!(walk.is_finished());
            assert!(outcome.iter().all(Option::is_some));
        }
    }
}
