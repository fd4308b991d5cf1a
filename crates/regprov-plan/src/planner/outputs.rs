//! Outputs: forced and checked in every module; those of the root are part of the plan.

use super::Planner;
use super::conditions::Subject;
use super::static_graph::Node;
use crate::world::{ModuleId, Repetition};
use crate::{CheckKind, Mode, OutputChange};
use regprov_value::Marks;
use std::collections::BTreeMap;

impl Planner {
    pub(super) fn check_output(&mut self, module: ModuleId, index: u32) {
        let value = self.world.output(module, index);
        let written = self.world.written(module).clone();
        let Some((name, output)) = written.outputs.get_index(index as usize) else {
            return;
        };
        if self.world.files.is_missing_some() {
            return;
        }
        let root = self.world.modules[module as usize].address.is_root();
        self.diagnostics
            .extend(crate::sensitive::output(name, output, &value, root));
        self.diagnostics
            .extend(crate::ephemeral::output(name, output, &value, root));
        if root {
            self.diagnostics
                .extend(crate::infinite::output(name, output, &value));
        }
        if !output.preconditions.is_empty() {
            let subject = Subject {
                kind: CheckKind::Output,
                name: format!("output.{name}"),
                key: None,
            };
            self.judge_all(module, subject, (&output.preconditions, &Repetition::None), None);
        }
    }

    /// What becomes of the outputs of the root module.
    pub(super) fn output_changes(&self) -> BTreeMap<String, OutputChange> {
        let mut changes: BTreeMap<String, OutputChange> = BTreeMap::new();
        for (name, prior) in &self.settings.prior_outputs {
            let marks = if prior.sensitive {
                Marks::SENSITIVE
            } else {
                Marks::NONE
            };
            let before = Some(prior.value.clone().marked(marks));
            // A plan for certain targets leaves outputs that are no longer declared as they are.
            let stays = !self.settings.targets.is_empty() && self.settings.mode != Mode::Destroy;
            let after = before.clone().filter(|_| stays);
            changes.insert(
                name.clone(),
                OutputChange {
                    before,
                    after,
                    sensitive: prior.sensitive,
                },
            );
        }
        if self.settings.mode == Mode::Destroy {
            return changes;
        }
        let Some(root) = self.world.statics.first() else {
            return changes;
        };
        for ((name, output), index) in root.module.outputs.iter().zip(0..) {
            let entry = changes.entry(name.to_string()).or_insert(OutputChange {
                before: None,
                after: None,
                sensitive: output.sensitive,
            });
            if !self.wanted.contains(&Node::Output(0, index))
                || self.left_out.contains(&Node::Output(0, index))
            {
                entry.after = entry.before.clone();
                continue;
            }
            let value = self.world.output(0, index);
            if self.settings.mode == Mode::RefreshOnly && !value.is_wholly_known() {
                entry.after = entry.before.clone();
                continue;
            }
            let was_sensitive = std::mem::replace(&mut entry.sensitive, output.sensitive);
            let unchanged = entry.before.as_ref().is_some_and(|before| {
                value.is_wholly_known()
                    && was_sensitive == output.sensitive
                    && crate::change::content_equal(before, &value)
                    && before.ty() == value.ty()
            });
            entry.after = if unchanged {
                entry.before.clone()
            } else if output.sensitive {
                Some(value.sensitive())
            } else {
                Some(value)
            };
            entry.sensitive = output.sensitive || (was_sensitive && entry.before.is_some());
        }
        changes
    }
}
