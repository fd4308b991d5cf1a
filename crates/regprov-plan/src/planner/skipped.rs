//! Blocks of types that regprov does not know: refused, or left out.

use super::static_graph::Node;
use super::{Outcome, Planner};
use crate::world::StaticId;
use crate::{Note, codes};
use regprov_addr::ResourceMode;
use regprov_diag::Diagnostic;
use regprov_value::from_json_implied;

impl Planner {
    pub(super) fn is_supported(&self, module: StaticId, block: u32) -> bool {
        let written = &self.world.statics[module as usize].module;
        let Some((name, _)) = written.resources.get_index(block as usize) else {
            return false;
        };
        let row = self.providers.of_block(module, block);
        let provider = row.and_then(|row| self.providers.rows[row as usize].provider.as_ref());
        provider.is_some_and(|provider| match name.mode {
            ResourceMode::Managed => provider.resource(&name.resource_type).is_some(),
            ResourceMode::Data => provider.data_source(&name.resource_type).is_some(),
        })
    }

    /// Refuses a block, or leaves it out and answers references to it from the state.
    pub(super) fn leave_out(&mut self, module: StaticId, block: u32) -> Outcome {
        if !self.settings.skip_unsupported {
            let diagnostic = self.unsupported(module, block);
            self.diagnostics.push(diagnostic);
            return Outcome::Failed;
        }
        let mut known = true;
        for instance in self.world.statics[module as usize].instances.clone() {
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

    fn unsupported(&self, module: StaticId, block: u32) -> Diagnostic {
        let written = &self.world.statics[module as usize].module;
        let (name, resource) = written
            .resources
            .get_index(block as usize)
            .expect("blocks are numbered by their module");
        let (kind, summary) = match name.mode {
            ResourceMode::Managed => ("resource type", "Unsupported resource type"),
            ResourceMode::Data => ("data source", "Unsupported data source"),
        };
        let row = self
            .providers
            .of_block(module, block)
            .map(|row| &self.providers.rows[row as usize]);
        let provider = row.and_then(|row| row.provider.as_ref());
        let instead = provider.and_then(|provider| {
            provider
                .left_out()
                .iter()
                .find(|(left_out, _)| *left_out == &*name.resource_type)
                .map(|(_, instead)| *instead)
        });
        let near = match name.mode {
            ResourceMode::Managed => regprov_diag::suggest(
                &name.resource_type,
                self.settings.schemas.resource_names().collect::<Vec<_>>(),
            ),
            ResourceMode::Data => regprov_diag::suggest(
                &name.resource_type,
                self.settings.schemas.data_source_names().collect::<Vec<_>>(),
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

    /// What was left out, for the plan's reader.
    pub(super) fn left_out_notes(&self) -> Vec<Note> {
        if !self.settings.skip_unsupported {
            return Vec::new();
        }
        let mut blocks: Vec<Node> = self
            .left_out
            .iter()
            .copied()
            .filter(|node| matches!(node, Node::Resource(..)))
            .collect();
        blocks.sort();
        let notes = blocks.into_iter().filter_map(|node| {
            let Node::Resource(module, block) = node else {
                return None;
            };
            let (_, resource) = self.world.statics[module as usize]
                .module
                .resources
                .get_index(block as usize)?;
            let name = super::static_graph::name(&self.world.statics, &self.providers, node);
            let detail = match self.is_supported(module, block) {
                false => format!("{name} is left out: regprov does not know its type."),
                true => format!("{name} is left out: it depends on something that is left out."),
            };
            Some(Note {
                summary: crate::LEFT_OUT.to_owned(),
                detail,
                place: Some(self.settings.sources.place(resource.span)),
            })
        });
        notes.collect()
    }
}
