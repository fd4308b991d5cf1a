//! From a snapshot and records to the state that they stand for. Pure.

use std::collections::BTreeMap;

use crate::record::{BeginId, Edit, OpenBegin, Outcome, Progress, Record};
use crate::snapshot::{InstanceState, ObjectKey, Snapshot};

/// The result of [`replay`].
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// The state.
    pub snapshot: Snapshot,
    /// Writes without a recorded outcome, in the order they were begun.
    pub open: BTreeMap<BeginId, OpenBegin>,
}

/// Applies records to a snapshot, in order.
#[must_use]
pub fn replay(
    snapshot: Snapshot,
    open: Vec<OpenBegin>,
    records: impl IntoIterator<Item = Record>,
) -> Replayed {
    let open = open.into_iter().map(|begin| (begin.id, begin)).collect();
    let mut state = Replayed { snapshot, open };
    for record in records {
        state.apply(record);
    }
    state
}

impl Replayed {
    /// Applies one record. A step or an end of a write that is not open changes nothing: it was closed before.
    pub(crate) fn apply(&mut self, record: Record) {
        match record {
            Record::Begin { id, begin } => {
                self.open.insert(
                    id,
                    OpenBegin {
                        id,
                        begin,
                        steps: Vec::new(),
                    },
                );
            }
            Record::Step { id, object, data } => {
                if let Some(open) = self.open.get_mut(&id) {
                    open.steps.push(Progress { object, data });
                }
            }
            Record::End { id, outcome } => {
                if let Some(open) = self.open.remove(&id) {
                    self.end(open.begin.target, outcome);
                }
            }
            Record::Edit(edit) => self.edit(edit),
            Record::Output {
                name,
                value: Some(output),
            } => {
                self.snapshot.outputs.insert(name, output);
            }
            Record::Output { name, value: None } => {
                self.snapshot.outputs.remove(&name);
            }
            Record::Note { .. } | Record::Compact { .. } => {}
        }
    }

    fn end(&mut self, target: ObjectKey, outcome: Outcome) {
        match outcome {
            Outcome::Object(object) | Outcome::Failed(Some(object)) => self.put(target, *object),
            Outcome::Deleted => {
                self.snapshot.instances.remove(&target);
            }
            Outcome::Failed(None) => {}
        }
    }

    fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Put { key, object } => self.put(key, *object),
            Edit::Forget { key } => {
                self.snapshot.instances.remove(&key);
            }
            Edit::Move { from, to } => {
                if let Some(object) = self.snapshot.instances.remove(&from) {
                    self.put(to, object);
                }
            }
        }
    }

    fn put(&mut self, key: ObjectKey, object: InstanceState) {
        self.snapshot.empty_resources.remove(&key.address.resource);
        self.snapshot.instances.insert(key, object);
    }
}
