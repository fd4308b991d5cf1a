//! Types that we do not know: each is told once, with the places of all its blocks.

use crate::Schemas;
use crate::codes;
use crate::planner::providers::ProviderTable;
use crate::world::StaticId;
use regprov_addr::ResourceMode;
use regprov_diag::{Diagnostic, Span};
use regprov_lang::{Module, Resource, ResourceName, codes as lang};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many further places are shown.
const PLACES: usize = 4;

/// What becomes of blocks whose type is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedTypes {
    /// They are errors.
    Refused,
    /// They are left out, with a warning.
    LeftOut,
}

/// Blocks of types that we do not know, by mode and type.
#[derive(Default)]
pub(super) struct Unsupported(BTreeMap<(ResourceMode, Arc<str>), Found>);

#[derive(Default)]
struct Found {
    /// Whether one of them surely has instances.
    surely: bool,
    places: Vec<Span>,
    /// The provider, where we do not have it.
    provider: Option<String>,
    /// What to do instead.
    instead: Option<&'static str>,
}

/// One diagnostic for each call of a function of another provider.
pub(super) fn calls(module: &Module, treatment: UnsupportedTypes) -> impl Iterator<Item = Diagnostic> {
    module.foreign_calls().map(move |call| match treatment {
        UnsupportedTypes::Refused => call.foreign(),
        UnsupportedTypes::LeftOut => Diagnostic::warning(&lang::UNSUPPORTED, "Unsupported function")
            .at(call.span)
            .detail(format!("`{call}` is a function of a provider that regprov does not have. With `-skip-unsupported` the block that calls it is left out, and what depends on it.")),
    })
}

impl Unsupported {
    pub(super) fn add(
        &mut self,
        (name, resource): (&ResourceName, &Resource),
        surely: bool,
        (providers, module, block): (&ProviderTable, StaticId, u32),
    ) {
        let found = self.0.entry((name.mode, name.resource_type.clone())).or_default();
        found.surely |= surely;
        found.places.push(resource.span);
        let Some(row) = providers.of_block(module, block) else {
            return;
        };
        let row = &providers.rows[row as usize];
        match &row.provider {
            None => found.provider = Some(row.address.provider.short()),
            Some(provider) => {
                let left_out = provider.left_out().iter();
                found.instead = left_out
                    .filter(|(left_out, _)| *left_out == &*name.resource_type)
                    .map(|(_, instead)| *instead)
                    .next();
            }
        }
    }

    /// One diagnostic for each type.
    pub(super) fn into_diagnostics(
        self,
        schemas: &Schemas,
        treatment: UnsupportedTypes,
    ) -> impl Iterator<Item = Diagnostic> {
        self.0
            .into_iter()
            .map(move |((mode, name), found)| found.diagnostic(mode, &name, (schemas, treatment)))
    }
}

impl Found {
    fn diagnostic(
        mut self,
        mode: ResourceMode,
        name: &str,
        (schemas, treatment): (&Schemas, UnsupportedTypes),
    ) -> Diagnostic {
        let (kind, near) = match mode {
            ResourceMode::Managed => (
                "resource type",
                regprov_diag::suggest(name, schemas.resource_names().collect::<Vec<_>>()),
            ),
            ResourceMode::Data => (
                "data source",
                regprov_diag::suggest(name, schemas.data_source_names().collect::<Vec<_>>()),
            ),
            ResourceMode::Ephemeral => (
                "ephemeral resource type",
                regprov_diag::suggest(name, schemas.ephemeral_names().collect::<Vec<_>>()),
            ),
        };
        let mut text = match (near, &self.provider) {
            (Some(near), _) => format!("regprov does not know the {kind} `{name}`. Did you mean `{near}`?"),
            (None, Some(provider)) => {
                format!("The {kind} `{name}` needs the provider {provider}, which regprov does not have.")
            }
            (None, None) => format!("regprov does not know the {kind} `{name}`."),
        };
        self.places.sort();
        self.places.dedup();
        if self.places.len() > 1 {
            text.push_str(&format!(" {} blocks have it.", self.places.len()));
        }
        let summary = format!("Unsupported {kind}");
        let diagnostic = match (treatment, self.surely) {
            (UnsupportedTypes::LeftOut, _) => {
                text.push_str(" With `-skip-unsupported` it is left out, and what depends on it.");
                Diagnostic::warning(&codes::UNSUPPORTED_TYPE, summary)
            }
            (UnsupportedTypes::Refused, false) => {
                text.push_str(" Where it has instances, planning refuses it.");
                Diagnostic::warning(&codes::UNSUPPORTED_TYPE, summary)
            }
            (UnsupportedTypes::Refused, true) => Diagnostic::error(&codes::UNSUPPORTED_TYPE, summary),
        };
        let mut places = self.places.into_iter();
        let mut diagnostic = diagnostic.detail(text);
        if let Some(first) = places.next() {
            diagnostic = diagnostic.at(first);
        }
        diagnostic = places.take(PLACES).fold(diagnostic, |diagnostic, place| {
            diagnostic.related(place, "and here")
        });
        let instead = self.instead.or_else(|| schemas.instead_of(name));
        diagnostic = instead.into_iter().fold(diagnostic, Diagnostic::help);
        match treatment {
            UnsupportedTypes::LeftOut => diagnostic,
            UnsupportedTypes::Refused => {
                diagnostic.help("Manage it elsewhere, or plan the rest with `-skip-unsupported`.")
            }
        }
    }
}
