//! What is planned for each instance, by its number.

use crate::ResourceChange;
use crate::world::InstanceId;

/// The planned changes of declared instances. Instances are numbered densely, so this is a table, in their order.
#[derive(Default)]
pub(super) struct Rows(Vec<Option<Box<ResourceChange>>>);

impl Rows {
    pub(super) fn insert(&mut self, id: InstanceId, change: ResourceChange) {
        let at = id as usize;
        if at >= self.0.len() {
            self.0.resize_with(at + 1, || None);
        }
        self.0[at] = Some(Box::new(change));
    }

    pub(super) fn get(&self, id: InstanceId) -> Option<&ResourceChange> {
        self.0.get(id as usize)?.as_deref()
    }

    pub(super) fn get_mut(&mut self, id: InstanceId) -> Option<&mut ResourceChange> {
        self.0.get_mut(id as usize)?.as_deref_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (InstanceId, &ResourceChange)> {
        (0..)
            .zip(&self.0)
            .filter_map(|(id, change)| Some((id, change.as_deref()?)))
    }

    /// Takes all of them out, in the order in which instances were expanded: nearly that of their addresses.
    pub(super) fn take(&mut self) -> impl Iterator<Item = ResourceChange> + use<> {
        std::mem::take(&mut self.0)
            .into_iter()
            .flatten()
            .map(|change| *change)
    }
}
