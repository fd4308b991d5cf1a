//! `show`: the state, another state in a file, or a saved plan.

use super::Result;
use crate::arguments::ShowArguments;
use crate::context::{Access, Context};
use crate::outcome::Outcome;
use crate::views;
use crate::{load, plan_file, wiring};
use regprov_diag::Diagnostics;
use regprov_plan::Schemas;
use regprov_state::Session;
use serde_json::Value;
use std::path::Path;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &ShowArguments) -> Result {
    let Some(path) = &arguments.file else {
        let access = Access::Read;
        let session = context.session(Context::realm(&arguments.realm), &access).await?;
        state(context, arguments, &session);
        return Ok(Outcome::Done);
    };
    let path = context.directory.join(path);
    if is_state(&path) {
        state(context, arguments, &context.session_of(&path).await?);
    } else {
        plan(context, arguments, &path)?;
    }
    Ok(Outcome::Done)
}

/// Whether a file is a state, sealed or not, and no plan.
fn is_state(path: &Path) -> bool {
    let bytes = std::fs::read(path).unwrap_or_default();
    let file: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    file["version"].is_u64() && file["serial"].is_u64()
}

fn plan(context: &Context, arguments: &ShowArguments, path: &Path) -> std::result::Result<(), Diagnostics> {
    let plan = plan_file::read(path, context)?;
    if arguments.json {
        let configured = load::from_plan(context, &plan, regprov_diag::Sources::new())?;
        let schemas = Schemas::new(&wiring::providers_without_clouds(context));
        let json = views::json::plan(&plan, &configured.configuration, &schemas);
        context.shell.line(json.to_string());
    } else {
        views::plan::print(&context.shell, &plan);
    }
    Ok(())
}

fn state(context: &Context, arguments: &ShowArguments, session: &Session) {
    let schemas = Schemas::new(&wiring::providers_without_clouds(context));
    if arguments.json {
        let json = views::json::state(&session.snapshot(), &schemas);
        context.shell.line(json.to_string());
    } else {
        views::state::print(&context.shell, &session.snapshot(), &schemas);
    }
}
