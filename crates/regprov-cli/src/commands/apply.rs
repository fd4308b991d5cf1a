//! `apply` and `destroy`: make the changes.

use crate::arguments::{ApplyArguments, DestroyArguments, RefreshCommandArguments};
use crate::backend;
use crate::codes::NOT_CONFIRMED;
use crate::commands::Result;
use crate::consent;
use crate::context::Context;
use crate::interrupt;
use crate::load::{self, Configured};
use crate::outcome::Outcome;
use crate::plan_file;
use crate::shell::Paint;
use crate::views;
use crate::views::plan::Counts;
use crate::views::progress::seconds;
use crate::workbench::{Setup, Workbench};
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use regprov_engine::{Applied, PlanRequest, check_saved, state_failure};
use regprov_plan::{Mode, Plan, Realm, ResourceChange};
use regprov_value::Value;

/// Runs `destroy`.
pub(crate) async fn destroy(context: &Context, arguments: DestroyArguments) -> Result {
    let DestroyArguments {
        output,
        realm,
        locking,
        inputs,
        mut refresh,
        auto_approve,
        json,
    } = arguments;
    refresh.destroy = true;
    run(
        context,
        &ApplyArguments {
            output,
            realm,
            locking,
            inputs,
            refresh,
            adopt: false,
            auto_approve,
            json,
            plan: None,
        },
    )
    .await
}

/// Runs `refresh`.
pub(crate) async fn refresh(context: &Context, arguments: RefreshCommandArguments) -> Result {
    let RefreshCommandArguments {
        output,
        realm,
        locking,
        inputs,
        mut refresh,
        json,
    } = arguments;
    refresh.refresh_only = true;
    run(
        context,
        &ApplyArguments {
            output,
            realm,
            locking,
            inputs,
            refresh,
            adopt: false,
            auto_approve: true,
            json,
            plan: None,
        },
    )
    .await
}

/// Runs `apply`.
pub(crate) async fn run(context: &Context, arguments: &ApplyArguments) -> Result {
    if arguments.json {
        views::json::stream::begin(&context.shell, &context.clock);
    }
    let setup = Setup {
        realm: &arguments.realm,
        locking: &arguments.locking,
        operation: "OperationTypeApply",
        parallelism: arguments.refresh.parallelism,
        allow_local_exec: arguments.refresh.allow_local_exec,
        json: arguments.json,
    };
    let loaded = match &arguments.plan {
        Some(path) => {
            let path = context.directory.join(path);
            let (plan, backend) = plan_file::read_with_backend(&path, context)?;
            if Context::realm(&arguments.realm) == Realm::Live {
                let configured = load::from_plan(context, &plan, Sources::new())?;
                backend::settle_saved(context, &configured, backend).await?;
            }
            // The plan is for that workspace, whichever is in use.
            let _ = context.planned_workspace.set(plan.workspace);
            None
        }
        None => {
            let configured = load::configuration(context, &arguments.inputs)?;
            backend::settle(context, &configured, Context::realm(&arguments.realm)).await?;
            Some(configured)
        }
    };
    let mut bench = Workbench::open(context, &setup).await?;
    let outcome = match &loaded {
        Some(configured) => planned(context, arguments, configured, (&setup, &mut bench)).await,
        None => saved(context, arguments, &bench).await,
    };
    bench.close(context).await;
    outcome
}

/// Plans, asks, applies.
async fn planned(
    context: &Context,
    arguments: &ApplyArguments,
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
        context.shell.line("");
    }
    if plan.has_changes() && !arguments.auto_approve {
        confirm(context, arguments, &plan)?;
    }
    carry_out(context, (arguments, &plan), configured, bench).await
}

/// Applies a saved plan.
async fn saved(context: &Context, arguments: &ApplyArguments, bench: &Workbench) -> Result {
    let path = context
        .directory
        .join(arguments.plan.as_deref().expect("a plan was named"));
    let mut plan = plan_file::read(&path, context)?;
    check_saved(&plan, &bench.session, Context::realm(&arguments.realm))?;
    let (sources, given) = load::given(context, &arguments.inputs)?;
    let configured = load::from_plan(context, &plan, sources)?;
    load::complete(context, &mut plan, &configured, given)?;
    load::guard_planned(context, &plan, &configured.configuration);
    carry_out(context, (arguments, &plan), &configured, bench).await
}

fn confirm(
    context: &Context,
    arguments: &ApplyArguments,
    plan: &Plan,
) -> std::result::Result<(), Diagnostics> {
    let question = match plan.mode {
        Mode::Destroy => "Delete all of this? There is no way back. Only `yes` is taken:",
        Mode::Normal | Mode::RefreshOnly => "Make these changes? Only `yes` is taken:",
    };
    let answer = load::may_ask(context, arguments.inputs.input)
        .then(|| context.shell.ask(question))
        .flatten();
    match answer {
        Some(answer) if answer == "yes" => Ok(()),
        Some(_) => Err(Diagnostic::error(&NOT_CONFIRMED, "Not confirmed")
            .detail("Nothing was changed.")
            .into()),
        None => Err(Diagnostic::error(&NOT_CONFIRMED, "Not confirmed")
            .detail("Nobody can be asked: there is nothing on standard input, or -input=false was given. Nothing was changed.")
            .help("Give -auto-approve, or apply a saved plan.")
            .into()),
    }
}

/// Applies a plan and tells what was done.
async fn carry_out(
    context: &Context,
    what: (&ApplyArguments, &Plan),
    configured: &Configured,
    bench: &Workbench,
) -> Result {
    let (arguments, plan) = what;
    let session = &bench.session;
    let seals = makes_secrets(plan) || plan.has_changes() && session.holds_clear_secrets();
    if session.needs_consent() && seals {
        // Whoever approved beforehand sits at no pipe.
        let may_ask = load::may_ask(context, arguments.inputs.input)
            && (context.shell.interactive || !arguments.auto_approve);
        consent::ask(context, session, may_ask)?;
    }
    let work = bench.engine.apply(
        plan,
        configured.configuration.clone(),
        &bench.session,
        &bench.connections,
    );
    let Some(applied) = interrupt::until_stopped(context, &bench.engine.stop, work).await else {
        interrupt::tell_stopped(context, &bench.flight);
        return Ok(Outcome::Failed);
    };
    let finished = bench.finish().await;
    context.tell_notices(&bench.session);
    context
        .shell
        .diagnostics(&applied.diagnostics, &configured.sources);
    let failed = applied.diagnostics.has_errors() || finished.is_err();
    if let Err(error) = &finished {
        context.complain(&state_failure(error).into());
    }
    if arguments.json {
        views::json::stream::applied(&context.shell, plan, &applied, context.clock.now());
    } else {
        ledger(context, plan, &applied, failed);
        if !failed && plan.mode == Mode::Normal {
            closing(context, arguments, bench);
        }
        if !failed && plan.mode == Mode::Destroy && arguments.realm.sandbox {
            super::sandbox::tell_rest(context, bench).await?;
        }
    }
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}

/// Whether carrying out a plan records something secret.
fn makes_secrets(plan: &Plan) -> bool {
    let object = |change: &ResourceChange| change.after.as_ref().is_some_and(Value::is_sensitive_deep);
    // Where anything changes, what stays as it is is written with it.
    plan.has_changes() && plan.changes.iter().any(object)
        || plan
            .outputs
            .values()
            .any(|output| output.sensitive && output.action() != regprov_plan::Action::NoOp)
}

/// What was done, what failed, what was not begun.
fn ledger(context: &Context, plan: &Plan, applied: &Applied, failed: bool) {
    let shell = &context.shell;
    let counts = Counts::of_deeds(&applied.done);
    if failed {
        shell.line("");
        for deed in &applied.done {
            shell.line(format!(
                "  done      {} ({})",
                deed.address,
                seconds(deed.elapsed)
            ));
        }
        for deed in &applied.failed {
            shell.line(shell.paint(Paint::Red, format!("  failed    {}", deed.address)));
        }
        for (address, _) in &applied.skipped {
            shell.line(format!("  not begun {address}"));
        }
        let text = "Apply failed. What was done is recorded; run the command again to go on from here.";
        shell.line(shell.paint(Paint::Red, format!("\n{text}")));
        return;
    }
    let deleted = counts.destroy;
    let head = match plan.mode {
        Mode::Destroy => format!("Destroy complete: {deleted} destroyed."),
        Mode::RefreshOnly => "The state is in line with what exists.".into(),
        Mode::Normal => format!(
            "Apply complete: {} added, {} changed, {deleted} destroyed.",
            counts.add, counts.change
        ),
    };
    shell.line(shell.paint(Paint::Green, format!("\n{head}")));
}

/// Outputs, and how to use the credentials.
fn closing(context: &Context, arguments: &ApplyArguments, bench: &Workbench) {
    let (shell, snapshot) = (&context.shell, bench.session.snapshot());
    if !snapshot.outputs.is_empty() {
        shell.line("\nOutputs:\n");
        views::state::print_outputs(shell, &snapshot);
    }
    let credentials = bench.engine.credentials(&snapshot);
    if credentials.is_empty() {
        return;
    }
    let flag = if arguments.realm.sandbox { " -sandbox" } else { "" };
    shell.line("\nPush credentials:\n");
    for credential in &credentials {
        shell.line(format!("  registry  {}", credential.host));
        shell.line(format!("  username  {}", credential.username));
        shell.line(format!(
            "  secret    sealed in the state ({})",
            credential.address
        ));
        for warning in &credential.warnings {
            shell.line(shell.paint(Paint::Yellow, format!("  warning   {warning}")));
        }
        shell.line("");
    }
    shell.line(format!("Prove that it pushes:        regprov creds verify{flag}"));
    shell.line(format!(
        "Hand it over to BinderHub:   regprov creds render binderhub{flag} -out DIR"
    ));
}
