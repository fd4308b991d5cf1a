//! `import`: take over an object that exists.

use super::Result;
use crate::arguments::ImportArguments;
use crate::backend;
use crate::codes::NOT_FOUND;
use crate::context::Context;
use crate::load::{self, Configured};
use crate::outcome::Outcome;
use crate::shell::Paint;
use crate::workbench::{Setup, Workbench};
use regprov_addr::InstanceAddress;
use regprov_diag::Diagnostic;
use regprov_engine::{PlanRequest, state_failure};
use regprov_plan::{Mode, Realm};
use std::sync::Arc;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &ImportArguments) -> Result {
    let address: InstanceAddress = arguments.address.parse().map_err(|error| {
        Diagnostic::error(&NOT_FOUND, "Invalid address").detail(format!("`{}`: {error}.", arguments.address))
    })?;
    let configured = load::configuration(context, &arguments.inputs)?;
    backend::settle(context, &configured, Context::realm(&arguments.realm)).await?;
    let setup = Setup {
        realm: &arguments.realm,
        locking: &arguments.locking,
        operation: "OperationTypeImport",
        parallelism: 10,
        allow_local_exec: false,
        json: false,
    };
    let mut bench = Workbench::open(context, &setup).await?;
    let request = request(context, &configured, Context::realm(&arguments.realm));
    let outcome = import(
        context,
        (arguments, &address),
        &configured,
        (&setup, &mut bench, &request),
    )
    .await;
    bench.close(context).await;
    outcome
}

async fn import(
    context: &Context,
    what: (&ImportArguments, &InstanceAddress),
    configured: &Configured,
    run: (&Setup<'_>, &mut Workbench, &PlanRequest),
) -> Result {
    let ((arguments, address), (setup, bench, request)) = (what, run);
    bench.recover(context, setup, configured, request).await?;
    let place = (
        &bench.session,
        &bench.connections,
        &configured.disk as &dyn regprov_engine::Disk,
    );
    let imported = bench.engine.import(request, place, address, &arguments.id).await;
    match imported {
        Ok(id) => {
            bench.finish().await.map_err(|error| state_failure(&error))?;
            context.tell_notices(&bench.session);
            context.shell.line(
                context
                    .shell
                    .paint(Paint::Green, format!("{address} is bound to {id}.")),
            );
            Ok(Outcome::Done)
        }
        Err(diagnostics) => {
            context.shell.diagnostics(&diagnostics, &configured.sources);
            Ok(Outcome::Failed)
        }
    }
}

fn request(context: &Context, configured: &Configured, realm: Realm) -> PlanRequest {
    PlanRequest {
        configuration: Arc::clone(&configured.configuration),
        sources: configured.sources.clone(),
        files: configured.files.clone(),
        variables: configured.variables.clone(),
        mode: Mode::Normal,
        targets: Vec::new(),
        replace: Vec::new(),
        refresh: true,
        skip_unsupported: true,
        adopt: false,
        realm,
        workspace: context.workspace(),
        working_directory: context.directory.clone(),
        home: context.environment.get("HOME").map(std::path::PathBuf::from),
    }
}
