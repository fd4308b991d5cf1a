//! Blocks of types that regprov does not know: refused, or left out.

use super::static_graph::Node;
use super::{Outcome, Planner};
use crate::world::{EvalScope, Expansion, ModuleId, StaticId, expand};
use crate::{Note, codes};
use foldhash::{HashSet, HashSetExt};
use regprov_addr::ResourceMode;
use regprov_diag::Diagnostic;
use regprov_graph::NodeId as GraphId;
use regprov_value::from_json_implied;
use std::collections::VecDeque;

impl Planner {
    pub(super) fn is_supported(&self, module: StaticId, block: u32) -> bool {
        self.providers.is_supported(&self.world.statics, (module, block))
    }

    /// Passes over a block of an unknown type: where it has no instances there is nothing to do, else it is refused, or left
    /// out.
    pub(super) fn pass_over(&mut self, id: GraphId, module: StaticId, block: u32) -> Outcome {
        let mut present = Vec::new();
        for instance in self.world.statics[module as usize].instances.clone() {
            match self.empty_expansion(instance, block) {
                Some(expansion) => drop(self.world.add_instances(instance, block, expansion)),
                None => present.push(instance),
            }
        }
        match self.conclude_evaluation(id) {
            Outcome::Done if present.is_empty() => Outcome::Done,
            Outcome::Done if self.settings.skip_unsupported => self.leave_out(&present, (module, block)),
            Outcome::Done => {
                let diagnostic = self.unsupported(module, block);
                self.diagnostics.push(diagnostic);
                Outcome::Failed
            }
            outcome @ (Outcome::Failed | Outcome::Waiting) => outcome,
        }
    }

    /// The expansion of a block in a module, where it has no instances and none is recorded.
    fn empty_expansion(&self, instance: ModuleId, block: u32) -> Option<Expansion> {
        let address = self.world.block_address(instance, block);
        if self
            .priors
            .foreign
            .iter()
            .any(|record| record.address.resource == address)
        {
            return None;
        }
        let written = self.world.written(instance).clone();
        let (_, resource) = written.resources.get_index(block as usize)?;
        let scope = EvalScope::new(&self.world, instance);
        let expansion = expand(resource.count.as_ref(), resource.for_each.as_ref(), &scope).ok()?;
        (expansion.len() == 0).then_some(expansion)
    }

    /// Leaves a block out, and answers references to it from the state.
    fn leave_out(&mut self, present: &[ModuleId], at: (StaticId, u32)) -> Outcome {
        let (module, block) = at;
        let mut known = true;
        for &instance in present {
            let address = self.world.block_address(instance, block);
            let records: Vec<_> = self
                .priors
                .foreign
                .iter()
                .filter(|record| record.address.resource == address && record.deposed.is_none())
                .cloned()
                .collect();
            let keys: Vec<_> = records.iter().map(|record| record.address.key.clone()).collect();
            if keys.is_empty() {
                known = false;
                continue;
            }
            self.world
                .add_instances(instance, block, Self::recorded_expansion(&keys));
            for id in self.world.instances_of(instance, block) {
                let own = self.world.instance_address(id);
                if let Some(record) = records.iter().find(|record| record.address == own) {
                    let value = from_json_implied(&record.attributes);
                    let value = record
                        .sensitive
                        .iter()
                        .fold(value, |value, path| crate::prior::mark_at(value, &path.0));
                    self.world.instances[id as usize].before = Some(value.clone());
                    self.world.set_value(id, Some(value));
                }
            }
        }
        self.left_out.insert(Node::Resource(module, block));
        if known { Outcome::Done } else { Outcome::Failed }
    }

    /// Refuses the blocks of unknown types that were not come to, because they depend on one that was refused.
    pub(super) fn refuse_the_rest(&mut self) {
        if self.settings.skip_unsupported {
            return;
        }
        let mut blocks: Vec<Node> = self.left_out.iter().copied().collect();
        blocks.sort();
        for node in blocks {
            if let Node::Resource(module, block) = node
                && !self.is_supported(module, block)
            {
                let diagnostic = self.unsupported(module, block);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn unsupported(&self, module: StaticId, block: u32) -> Diagnostic {
        let written = &self.world.statics[module as usize].module;
        let (name, resource) = written
            .resources
            .get_index(block as usize)
            .expect("blocks are numbered by their module");
        let (kind, summary) = match name.mode {
            ResourceMode::Managed => ("resource type", "Unsupported resource type"),
            ResourceMode::Data => ("data source", "Unsupported data source"),
            ResourceMode::Ephemeral => ("ephemeral resource type", "Unsupported ephemeral resource type"),
        };
        let row = self
            .providers
            .of_block(module, block)
            .map(|row| &self.providers.rows[row as usize]);
        let provider = row.and_then(|row| row.provider.as_ref());
        let instead = self.settings.schemas.instead_of(&name.resource_type);
        let near = match name.mode {
            ResourceMode::Managed => regprov_diag::suggest(
                &name.resource_type,
                self.settings.schemas.resource_names().collect::<Vec<_>>(),
            ),
            ResourceMode::Data => regprov_diag::suggest(
                &name.resource_type,
                self.settings.schemas.data_source_names().collect::<Vec<_>>(),
            ),
            ResourceMode::Ephemeral => regprov_diag::suggest(
                &name.resource_type,
                self.settings.schemas.ephemeral_names().collect::<Vec<_>>(),
            ),
        };
        let why = match (provider, row) {
            (None, Some(row)) => format!(
                "`{name}` needs the provider {}, which regprov does not have.",
                row.address.provider.short()
            ),
            (_, _) => format!("regprov does not know the {kind} `{}`.", name.resource_type),
        };
        let hint = near
            .map(|near| format!(" Did you mean `{near}`?"))
            .unwrap_or_default();
        let diagnostic = Diagnostic::error(&codes::UNSUPPORTED_TYPE, summary)
            .detail(format!("{why}{hint}"))
            .at(resource.span);
        let diagnostic = instead.into_iter().fold(diagnostic, Diagnostic::help);
        diagnostic.help("Manage it elsewhere, or plan the rest with `-skip-unsupported`.")
    }

    /// What is nearest among what a node depends on that is of an unknown type, or calls a function that nobody here has; and why it
    /// is left out.
    fn cause(&self, node: Node) -> String {
        let mut near = VecDeque::from([self.graph.ids[&node]]);
        let mut seen = HashSet::new();
        while let Some(id) = near.pop_front() {
            for next in self.graph.graph.dependencies(id) {
                let node = self.graph.graph[next];
                if !self.left_out.contains(&node) || !seen.insert(next) {
                    continue;
                }
                let unknown = match node {
                    Node::Resource(module, block) => !self.is_supported(module, block),
                    _ => false,
                };
                let name = || super::static_graph::name(&self.world.statics, &self.providers, node);
                if let Some(call) = self.graph.foreign.get(&node) {
                    return format!("{}, which calls `{call}`, which regprov does not have", name());
                }
                if unknown {
                    return format!("{}, which is left out", name());
                }
                near.push_back(next);
            }
        }
        "something that is left out".to_owned()
    }

    /// What was left out, for the plan's reader.
    pub(super) fn left_out_notes(&self) -> Vec<Note> {
        if !self.settings.skip_unsupported {
            return Vec::new();
        }
        let mut blocks: Vec<Node> = self
            .left_out
            .iter()
            .copied()
            .filter(|node| matches!(node, Node::Resource(..) | Node::Output(0, _)))
            .collect();
        blocks.sort_by_key(|node| (matches!(node, Node::Output(..)), *node));
        let notes = blocks.into_iter().filter_map(|node| {
            let (supported, span) = match node {
                Node::Resource(module, block) => {
                    let written = &self.world.statics[module as usize].module;
                    let (_, resource) = written.resources.get_index(block as usize)?;
                    (self.is_supported(module, block), resource.span)
                }
                Node::Output(module, at) => {
                    let written = &self.world.statics[module as usize].module;
                    let (_, output) = written.outputs.get_index(at as usize)?;
                    (true, output.span)
                }
                _ => return None,
            };
            let name = super::static_graph::name(&self.world.statics, &self.providers, node);
            let detail = match supported {
                true if self.graph.foreign.contains_key(&node) => format!(
                    "{name} is left out: it calls `{}`, which regprov does not have.",
                    self.graph.foreign[&node]
                ),
                false => format!("{name} is left out: regprov does not know its type."),
                true => format!("{name} is left out: it depends on {}.", self.cause(node)),
            };
            Some(Note {
                summary: crate::LEFT_OUT.to_owned(),
                detail,
                place: Some(self.settings.sources.place(span)),
            })
        });
        self.passed_over_notes().chain(notes).collect()
    }
}
