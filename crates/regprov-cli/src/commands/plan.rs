//! `plan`: show what apply would change.

use crate::arguments::PlanArguments;
use crate::backend;
use crate::commands::Result;
use crate::context::Context;
use crate::load::{self, Configured};
use crate::outcome::Outcome;
use crate::plan_file;
use crate::views;
use crate::workbench::{Setup, Workbench};
use regprov_engine::PlanRequest;
use regprov_plan::Plan;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &PlanArguments) -> Result {
    if arguments.json {
        views::json::stream::begin(&context.shell, &context.clock);
    }
    let configured = load::configuration(context, &arguments.inputs)?;
    backend::settle(context, &configured, Context::realm(&arguments.realm)).await?;
    let setup = Setup {
        realm: &arguments.realm,
        locking: &arguments.locking,
        operation: "OperationTypePlan",
        parallelism: arguments.refresh.parallelism,
        allow_local_exec: arguments.refresh.allow_local_exec,
        json: arguments.json,
    };
    let mut bench = Workbench::open(context, &setup).await?;
    let outcome = plan(context, arguments, &configured, (&setup, &mut bench)).await;
    bench.close(context).await;
    outcome
}

async fn plan(
    context: &Context,
    arguments: &PlanArguments,
    configured: &Configured,
    run: (&Setup<'_>, &mut Workbench),
) -> Result {
    let (setup, bench) = run;
    let request = PlanRequest {
        adopt: arguments.adopt,
        ..load::request(
            context,
            configured,
            &arguments.refresh,
            Context::realm(&arguments.realm),
        )?
    };
    bench.recover(context, setup, configured, &request).await?;
    let plan = bench.plan(context, configured, &request).await?;
    if arguments.json {
        views::json::stream::plan(&context.shell, &plan, context.clock.now());
    } else {
        views::plan::print(&context.shell, &plan);
    }
    if let Some(out) = &arguments.out {
        let path = context.directory.join(out);
        plan_file::write(&path, &plan, &bench.session, context.chosen_backend.get())?;
        context.tell_notices(&bench.session);
        if !arguments.json {
            context.shell.line(format!(
                "\nThe plan is saved, sealed, in {}. Apply it with:\n\n    {}",
                out.display(),
                apply_command(arguments, out)
            ));
        }
    }
    Ok(ending(arguments, &plan))
}

fn apply_command(arguments: &PlanArguments, out: &std::path::Path) -> String {
    let sandbox = if arguments.realm.sandbox { "-sandbox " } else { "" };
    format!("regprov apply {sandbox}{}", out.display())
}

fn ending(arguments: &PlanArguments, plan: &Plan) -> Outcome {
    if arguments.detailed_exitcode && plan.has_changes() {
        Outcome::Changes
    } else {
        Outcome::Done
    }
}
