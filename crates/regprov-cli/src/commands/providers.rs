//! `providers`: tell which providers are needed, and their schemas.

use super::Result;
use crate::arguments::{InputArguments, ProvidersArguments, ProvidersCommand, SchemaArguments};
use crate::context::{Access, Context};
use crate::outcome::Outcome;
use crate::{load, views, wiring};
use regprov_addr::ProviderSource;
use regprov_plan::{ModuleRequirements, Schemas};
use regprov_state::Snapshot;
use serde_json::{Map, json};
use std::collections::BTreeSet;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &ProvidersArguments) -> Result {
    if let Some(ProvidersCommand::Schema(arguments)) = &arguments.command {
        return schema(context, arguments).await;
    }
    let configured = load::files(context, &InputArguments::default())?;
    let schemas = Schemas::new(&wiring::providers_without_clouds(context));
    let needed = ModuleRequirements::of(&configured.configuration, &schemas);
    context.shell.line("\nProviders required by configuration:\n.");
    branches(context, &needed, "");
    context.shell.line("");
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let recorded = recorded(&session.snapshot());
    if !recorded.is_empty() {
        context.shell.line("Providers required by state:\n");
        for source in recorded {
            context.shell.line(format!("    provider[{source}]\n"));
        }
    }
    Ok(Outcome::Done)
}

/// The lines below a module: its providers, then the modules that it calls.
fn branches(context: &Context, module: &ModuleRequirements, indent: &str) {
    let providers = module.providers.iter().map(|(source, constraints)| {
        let text = format!("provider[{source}] {constraints}");
        (text.trim_end().to_owned(), None)
    });
    let children = module
        .children
        .iter()
        .map(|(name, child)| (format!("module.{name}"), Some(child)));
    let rows: Vec<_> = providers.chain(children).collect();
    for (index, (text, child)) in rows.iter().enumerate() {
        let last = index + 1 == rows.len();
        let (branch, below) = if last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        context.shell.line(format!("{indent}{branch}{text}"));
        if let Some(child) = child {
            branches(context, child, &format!("{indent}{below}"));
        }
    }
}

fn recorded(snapshot: &Snapshot) -> BTreeSet<ProviderSource> {
    snapshot
        .instances
        .values()
        .map(|instance| instance.provider.provider.clone())
        .collect()
}

async fn schema(context: &Context, arguments: &SchemaArguments) -> Result {
    let inputs = InputArguments {
        var: arguments.var.clone(),
        var_file: arguments.var_file.clone(),
        input: false,
    };
    let configured = load::configuration_if_any(context, &inputs)?;
    let schemas = Schemas::new(&wiring::providers_without_clouds(context));
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let mut needed = recorded(&session.snapshot());
    needed.extend(ModuleRequirements::of(&configured.configuration, &schemas).all());
    let rows: Map<_, _> = needed
        .into_iter()
        .filter_map(|source| {
            let provider = schemas.provider(&source)?;
            Some((source.to_string(), views::schema::provider(provider.as_ref())))
        })
        .collect();
    let mut report = json!({ "format_version": "1.0" });
    if !rows.is_empty() {
        report["provider_schemas"] = rows.into();
    }
    context.shell.line(report.to_string());
    Ok(Outcome::Done)
}
