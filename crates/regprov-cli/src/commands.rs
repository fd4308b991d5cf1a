//! The commands: one file each.

pub(crate) mod apply;
pub(crate) mod console;
pub(crate) mod creds;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod get;
pub(crate) mod graph;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod metadata;
pub(crate) mod output;
pub(crate) mod plan;
pub(crate) mod providers;
pub(crate) mod sandbox;
pub(crate) mod show;
pub(crate) mod state;
pub(crate) mod validate;
pub(crate) mod version;
pub(crate) mod workspace;

use crate::arguments::{Command, MetadataCommand};
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_diag::Diagnostics;

/// What a command gives: how it ended, or what is wrong.
pub(crate) type Result = std::result::Result<Outcome, Diagnostics>;

/// Runs a command.
pub(crate) async fn run(context: &Context, command: Command) -> Outcome {
    let result = match command {
        Command::Init(arguments) => init::run(context, &arguments).await,
        Command::Get(arguments) => get::run(context, &arguments).await,
        Command::Validate(arguments) => validate::run(context, &arguments),
        Command::Fmt(arguments) => fmt::run(context, &arguments),
        Command::Plan(arguments) => plan::run(context, &arguments).await,
        Command::Apply(arguments) => apply::run(context, &arguments).await,
        Command::Destroy(arguments) => apply::destroy(context, arguments).await,
        Command::Show(arguments) => show::run(context, &arguments).await,
        Command::Output(arguments) => output::run(context, &arguments).await,
        Command::State(command) => state::run(context, &command).await,
        Command::Taint(arguments) => state::taint(context, &arguments).await,
        Command::Untaint(arguments) => state::untaint(context, &arguments).await,
        Command::Refresh(arguments) => apply::refresh(context, arguments).await,
        Command::Import(arguments) => import::run(context, &arguments).await,
        Command::Console(arguments) => console::run(context, &arguments).await,
        Command::Metadata(MetadataCommand::Functions(arguments)) => metadata::functions(context, &arguments),
        Command::Providers(arguments) => providers::run(context, &arguments).await,
        Command::Graph(arguments) => graph::run(context, &arguments),
        Command::Creds(command) => creds::run(context, &command).await,
        Command::Sandbox(command) => sandbox::run(context, &command).await,
        Command::Explain(arguments) => explain::run(context, &arguments),
        Command::ForceUnlock(arguments) => state::force_unlock(context, &arguments).await,
        Command::Workspace(command) => workspace::run(context, &command).await,
        Command::Version(arguments) => version::run(context, &arguments),
    };
    result.unwrap_or_else(|diagnostics| {
        context.complain(&diagnostics);
        Outcome::Failed
    })
}
