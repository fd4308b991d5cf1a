//! What goes with the object that it lives in is dropped from the state when that object goes, and before anything new can be
//! made in its place: an id of the old registry means nothing, or something else, in the new one.

use super::{Nodes, Order};
use crate::world::InstanceId;
use crate::{Action, ReasonKind};
use regprov_graph::NodeId;

impl Order<'_> {
    pub(super) fn connect_losses(&mut self) {
        let planner = self.planner;
        for (row, provider) in (0..).zip(&planner.providers.rows) {
            if let Some(loss) = provider.status.loss() {
                let forgets = self.forgets(row);
                self.order_losses(&forgets, &loss.parents);
                let connect = self.connects.get(&row).copied();
                for (connect, forget) in connect
                    .iter()
                    .flat_map(|connect| forgets.iter().map(move |f| (connect, f)))
                {
                    self.graph.add_edge(*connect, *forget);
                }
            }
        }
    }

    /// The nodes that drop what lived behind a provider configuration.
    fn forgets(&self, row: u32) -> Vec<NodeId> {
        let planner = self.planner;
        let declared = planner.rows.iter().filter(|(id, _)| planner.row_of(*id) == row);
        let declared = declared.filter_map(|(id, _)| self.nodes_of(id).forget);
        let address = &planner.providers.rows[row as usize].address;
        let leftover = planner
            .leftovers
            .iter()
            .filter(|change| change.provider == *address && change.is_lost());
        let leftover = leftover.filter_map(|change| {
            let recorded = change.previous_address.as_ref().unwrap_or(&change.address);
            self.recorded.get(&(recorded, change.deposed.as_deref()))?.forget
        });
        let mut all: Vec<NodeId> = declared.chain(leftover).collect();
        all.sort_unstable();
        all
    }

    fn order_losses(&mut self, forgets: &[NodeId], parents: &[InstanceId]) {
        let parents: Vec<(Nodes, bool)> = parents.iter().map(|id| self.parent(*id)).collect();
        let goes_first = |(nodes, gone): &(Nodes, bool)| *gone || nodes.delete_first || nodes.write.is_none();
        let some_go_first = parents.iter().any(goes_first);
        for parent in &parents {
            let (nodes, gone) = parent;
            for forget in forgets {
                match (goes_first(parent), nodes.delete) {
                    (true, Some(delete)) => self.graph.add_edge(*forget, delete),
                    (true, None) => {}
                    (false, _) if some_go_first => {}
                    (false, _) => nodes
                        .write
                        .into_iter()
                        .for_each(|write| self.graph.add_edge(*forget, write)),
                }
                let next = nodes
                    .write
                    .filter(|_| nodes.delete_first || *gone)
                    .or(nodes.forget);
                if let Some(next) = next.filter(|_| goes_first(parent)) {
                    self.graph.add_edge(next, *forget);
                }
            }
        }
    }

    /// The operations on an object that others live in, and whether it is gone already.
    fn parent(&self, id: InstanceId) -> (Nodes, bool) {
        let planner = self.planner;
        if let Some(change) = planner.rows.get(id) {
            let gone = change.action == Action::Create
                && change
                    .reasons
                    .iter()
                    .any(|reason| matches!(reason.kind, ReasonKind::Vanished | ReasonKind::LostWithParent));
            return (self.nodes_of(id), gone);
        }
        let address = planner.world.instance_address(id);
        let nodes = self.recorded.get(&(&address, None)).copied().unwrap_or_default();
        (nodes, nodes.delete.is_none())
    }
}
