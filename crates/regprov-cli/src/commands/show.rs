//! `show`: the state, or a saved plan.

use super::Result;
use crate::arguments::ShowArguments;
use crate::context::{Access, Context};
use crate::outcome::Outcome;
use crate::views;
use crate::{load, plan_file, wiring};
use regprov_plan::Schemas;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &ShowArguments) -> Result {
    if let Some(path) = &arguments.plan {
        let plan = plan_file::read(&context.directory.join(path), context)?;
        if arguments.json {
            let configured = load::from_plan(context, &plan, regprov_diag::Sources::new())?;
            let schemas = Schemas::new(&wiring::providers_without_clouds(context));
            let json = views::json::plan(&plan, &configured.configuration, &schemas);
            context.shell.line(json.to_string());
        } else {
            views::plan::print(&context.shell, &plan);
        }
        return Ok(Outcome::Done);
    }
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let schemas = Schemas::new(&wiring::providers_without_clouds(context));
    if arguments.json {
        context
            .shell
            .line(views::json::state(&session.snapshot(), &schemas).to_string());
    } else {
        views::state::print(&context.shell, &session.snapshot(), &schemas);
    }
    Ok(Outcome::Done)
}
