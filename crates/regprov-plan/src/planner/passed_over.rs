//! Arguments of provider configurations that the sandbox does without.
//!
//! Files often take the credentials of a provider from a store of secrets that regprov does not know. The sandbox has
//! credentials of its own, so what such an argument would be worth does not matter there, and what lives behind the provider
//! need not be left out with the store.

use super::Planner;
use super::providers::ProviderTable;
use super::static_graph::{self, Node};
use crate::Note;
use crate::world::StaticModule;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Finds the arguments that depend on a block of a type that regprov does not know, and passes them over.
pub(crate) fn arguments(statics: &[StaticModule], providers: &mut ProviderTable) {
    if !any_unsupported(statics, providers) {
        return;
    }
    // Mistakes in what is declared are told of the graph that is built afterwards.
    let (declared, _) = static_graph::build(statics, providers);
    let found: Vec<BTreeSet<Arc<str>>> = providers
        .rows
        .iter()
        .map(|row| {
            let (Some(_), Some((module, at))) = (&row.provider, row.written) else {
                return BTreeSet::new();
            };
            let body = &statics[module as usize].module.provider_configs[at as usize].body;
            let arguments = body.attributes.iter().filter(|(_, attribute)| {
                let targets = attribute
                    .expr
                    .references()
                    .iter()
                    .flat_map(|reference| {
                        static_graph::target(statics, module, &reference.subject).unwrap_or_default()
                    })
                    .map(|node| declared.ids[&node]);
                let targets: Vec<_> = targets.collect();
                let behind = declared.graph.transitive_dependencies(targets.clone());
                targets
                    .into_iter()
                    .chain(behind)
                    .any(|id| match declared.graph[id] {
                        Node::Resource(module, block) => !providers.is_supported(statics, (module, block)),
                        _ => false,
                    })
            });
            arguments.map(|(name, _)| Arc::clone(name)).collect()
        })
        .collect();
    for (row, found) in providers.rows.iter_mut().zip(found) {
        row.passed_over = found;
    }
}

fn any_unsupported(statics: &[StaticModule], providers: &ProviderTable) -> bool {
    (0..).zip(statics).any(|(module, written)| {
        let mut blocks = (0..).zip(written.module.resources.keys());
        blocks.any(|(block, _)| !providers.is_supported(statics, (module, block)))
    })
}

impl Planner {
    /// What was passed over, for the plan's reader.
    pub(super) fn passed_over_notes(&self) -> impl Iterator<Item = Note> + '_ {
        self.providers.rows.iter().flat_map(|row| {
            row.passed_over.iter().filter_map(|name| {
                let (module, at) = row.written?;
                let written = &self.world.statics[module as usize].module;
                let argument = written.provider_configs[at as usize].body.attributes.get(name)?;
                Some(Note {
                    summary: crate::LEFT_OUT.to_owned(),
                    detail: format!(
                        "`{name}` of the provider {} is left out: it depends on what regprov does not know, and the \
                         sandbox has credentials of its own.",
                        row.address.provider.short()
                    ),
                    place: Some(self.settings.sources.place(argument.span)),
                })
            })
        })
    }
}
