//! The open questions: who waits for which answer.

use crate::world::{Asked, InstanceId};
use crate::{Need, NeedId};
use foldhash::{HashMap, HashSet};
use regprov_graph::NodeId as GraphId;

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A question about files.
    File(Asked),
    /// The connection of a provider configuration, by its row.
    Connect(u32),
    /// How a recorded object stands, by its position among these.
    Refresh(usize),
    /// What an import finds.
    Import(InstanceId),
    /// What a data source finds.
    Data(InstanceId),
    /// Whether an object of a planned identity exists.
    Existing(InstanceId, String),
    /// Whether there is an object to take over, by its identity.
    Adopt(InstanceId, String),
    /// Whether the service would refuse a planned change.
    Preflight(InstanceId),
}

/// The needs of a planner.
#[derive(Default)]
pub(super) struct Needs {
    next: u32,
    fresh: Vec<(NeedId, Need)>,
    purposes: HashMap<NeedId, (Purpose, Option<GraphId>)>,
    outstanding: HashMap<GraphId, usize>,
    files: HashMap<Asked, Vec<GraphId>>,
    parked: HashSet<GraphId>,
    resumed: Vec<GraphId>,
}

impl Needs {
    /// Asks; `node` waits for the answer.
    pub(super) fn ask(&mut self, need: Need, purpose: Purpose, node: Option<GraphId>) {
        let id = NeedId(self.next);
        self.next += 1;
        self.fresh.push((id, need));
        self.purposes.insert(id, (purpose, node));
        if let Some(node) = node {
            *self.outstanding.entry(node).or_default() += 1;
        }
    }

    /// Asks about files, each question once; `node` waits for all answers.
    pub(super) fn ask_files(&mut self, asked: impl IntoIterator<Item = Asked>, node: GraphId) {
        for question in asked {
            *self.outstanding.entry(node).or_default() += 1;
            if let Some(waiting) = self.files.get_mut(&question) {
                waiting.push(node);
                continue;
            }
            let need = match question.clone() {
                Asked::Read(path) => Need::ReadFile { path },
                Asked::Kind(path) => Need::FileKind { path },
                Asked::Walk(directory) => Need::Walk { directory },
            };
            self.files.insert(question.clone(), vec![node]);
            self.ask(need, Purpose::File(question), None);
        }
    }

    /// Takes note of an answer; says what it is for.
    pub(super) fn answered(&mut self, id: NeedId) -> Option<(Purpose, Option<GraphId>)> {
        self.purposes.remove(&id)
    }

    /// Says that an answer has been dealt with: its node may go on.
    pub(super) fn settle(&mut self, purpose: &Purpose, node: Option<GraphId>) {
        let waiting = match purpose {
            Purpose::File(question) => self.files.remove(question).unwrap_or_default(),
            _ => node.into_iter().collect(),
        };
        for node in waiting {
            let Some(count) = self.outstanding.get_mut(&node) else {
                continue;
            };
            *count -= 1;
            if *count == 0 {
                self.outstanding.remove(&node);
                if self.parked.remove(&node) {
                    self.resumed.push(node);
                }
            }
        }
    }

    pub(super) fn is_waiting(&self, node: GraphId) -> bool {
        self.outstanding.contains_key(&node)
    }

    pub(super) fn park(&mut self, node: GraphId) {
        self.parked.insert(node);
    }

    pub(super) fn resume(&mut self) -> Option<GraphId> {
        self.resumed.pop()
    }

    pub(super) fn take_fresh(&mut self) -> Vec<(NeedId, Need)> {
        std::mem::take(&mut self.fresh)
    }

    pub(super) fn is_settled(&self) -> bool {
        self.purposes.is_empty()
    }
}
