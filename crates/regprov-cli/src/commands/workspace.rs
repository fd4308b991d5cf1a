//! `workspace`: states of their own for one configuration.

use super::Result;
use crate::arguments::{
    WorkspaceCommand, WorkspaceDeleteArguments, WorkspaceNewArguments, WorkspaceSelectArguments,
};
use crate::backend;
use crate::codes::WORKSPACE;
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_backends::{Backend, DEFAULT};
use regprov_diag::{Diagnostic, Diagnostics, suggest};
use regprov_engine::state_failure;
use regprov_plan::Realm;
use serde_json::Value;
use std::sync::Arc;

/// Runs `workspace`.
pub(crate) async fn run(context: &Context, command: &WorkspaceCommand) -> Result {
    match command {
        WorkspaceCommand::List(arguments) => list(context, Context::realm(&arguments.realm)).await,
        WorkspaceCommand::Show => {
            context.shell.line(context.workspace());
            Ok(Outcome::Done)
        }
        WorkspaceCommand::New(arguments) => new(context, arguments).await,
        WorkspaceCommand::Select(arguments) => select(context, arguments).await,
        WorkspaceCommand::Delete(arguments) => delete(context, arguments).await,
    }
}

fn refused(detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error(&WORKSPACE, "Workspace cannot be used").detail(detail.into())
}

async fn backend_of(context: &Context, realm: Realm) -> std::result::Result<Arc<dyn Backend>, Diagnostics> {
    match realm {
        Realm::Live => backend::present(context).await,
        Realm::Sandbox => backend::of_sandbox(context).await,
    }
}

async fn names(backend: &dyn Backend) -> std::result::Result<Vec<String>, Diagnostics> {
    backend
        .workspaces()
        .await
        .map_err(|error| state_failure(&error).into())
}

async fn list(context: &Context, realm: Realm) -> Result {
    let backend = backend_of(context, realm).await?;
    let present = context.workspace();
    for name in names(backend.as_ref()).await? {
        let mark = if name == present { '*' } else { ' ' };
        context.shell.line(format!("{mark} {name}"));
    }
    context.shell.line("");
    if context.environment.get("TF_WORKSPACE").is_some() {
        context
            .shell
            .line("The workspace in use is the one that TF_WORKSPACE names in the environment.");
    }
    Ok(Outcome::Done)
}

async fn new(context: &Context, arguments: &WorkspaceNewArguments) -> Result {
    check_name(&arguments.name)?;
    check_choice(context)?;
    let backend = backend_of(context, Context::realm(&arguments.realm)).await?;
    if names(backend.as_ref()).await?.contains(&arguments.name) {
        return Err(
            refused(format!("There is a workspace `{}` already.", arguments.name))
                .help(format!(
                    "Use it:\n\n    regprov workspace select {}",
                    arguments.name
                ))
                .into(),
        );
    }
    create(context, backend.as_ref(), &arguments.name).await
}

async fn create(context: &Context, backend: &dyn Backend, name: &str) -> Result {
    backend
        .create_workspace(name)
        .await
        .map_err(|error| state_failure(&error))?;
    choose(context, name)?;
    context.shell.line(format!(
        "The workspace `{name}` was made and is in use now. It is empty: a plan sees nothing of what other workspaces made."
    ));
    Ok(Outcome::Done)
}

async fn select(context: &Context, arguments: &WorkspaceSelectArguments) -> Result {
    check_name(&arguments.name)?;
    check_choice(context)?;
    let name = &arguments.name;
    let backend = backend_of(context, Context::realm(&arguments.realm)).await?;
    let known = names(backend.as_ref()).await?;
    if known.contains(name) {
        choose(context, name)?;
        context
            .shell
            .line(format!("The workspace `{name}` is in use now."));
        return Ok(Outcome::Done);
    }
    if arguments.or_create {
        return create(context, backend.as_ref(), name).await;
    }
    let error = refused(format!("There is no workspace `{name}`."));
    Err(match suggest(name, known.iter()) {
        Some(near) => error.help(format!("Did you mean `{near}`?")),
        None => error.help(format!("Make it:\n\n    regprov workspace new {name}")),
    }
    .into())
}

async fn delete(context: &Context, arguments: &WorkspaceDeleteArguments) -> Result {
    let name = &arguments.name;
    check_name(name)?;
    if name == DEFAULT {
        return Err(refused("The workspace `default` is there always, and is not deleted.").into());
    }
    if *name == context.workspace() {
        return Err(refused(format!("The workspace `{name}` is in use."))
            .help("Use another one first:\n\n    regprov workspace select default")
            .into());
    }
    let backend = backend_of(context, Context::realm(&arguments.realm)).await?;
    if !names(backend.as_ref()).await?.contains(name) {
        return Err(refused(format!("There is no workspace `{name}`."))
            .help("`regprov workspace list` shows all.")
            .into());
    }
    let failed = |error| Diagnostics::from(state_failure(&error));
    let store = backend.store(name).await.map_err(failed)?;
    let info = context.lock_info("workspace-delete", &store.location());
    let lease = store.lock(&info).await.map_err(failed)?;
    let checked = async {
        let stored = store.read().await.map_err(failed)?;
        let segments = store.segments().await.map_err(failed)?;
        let held = stored.bytes.as_deref().map(held).unwrap_or_default();
        let is_empty = held.is_empty() && segments.is_empty();
        if !is_empty && !arguments.force {
            return Err(refused(format!("The state of the workspace `{name}` holds resources{}.", list_of(&held)))
                .help(format!(
                    "Delete the objects first, with that workspace in use: regprov destroy. Or forget them, so that they stay \
                     and nothing knows of them:\n\n    regprov workspace delete -force {name}"
                ))
                .into());
        }
        Ok(())
    }
    .await;
    if let Err(error) = checked {
        // The first failure is the one to report.
        let _ = store.unlock(&lease).await;
        return Err(error);
    }
    let deleted = backend.delete_workspace(name).await.map_err(failed);
    // The lock is gone with the state.
    let _ = store.unlock(&lease).await;
    deleted?;
    context.shell.line(format!("The workspace `{name}` was deleted."));
    Ok(Outcome::Done)
}

/// The resources that a state holds, by name; what a run that was cut short left open is one of them.
fn held(state: &[u8]) -> Vec<String> {
    let state: Value = serde_json::from_slice(state).unwrap_or_default();
    let resources = state["resources"].as_array().into_iter().flatten();
    let text = |resource: &Value, field: &str| resource[field].as_str().unwrap_or_default().to_owned();
    let named = resources
        .filter(|resource| resource["mode"] == "managed")
        .map(|resource| {
            let (module, kind, name) = (
                text(resource, "module"),
                text(resource, "type"),
                text(resource, "name"),
            );
            let dot = if module.is_empty() { "" } else { "." };
            format!("{module}{dot}{kind}.{name}")
        });
    let open = state
        .get("regprov_pending")
        .map(|_| "what a run that was cut short left open".to_owned());
    named.chain(open).collect()
}

/// As many of them as can be taken in.
fn list_of(held: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = held[..held.len().min(SHOWN)].join(", ");
    match held.len() {
        0 => String::new(),
        1..=SHOWN => format!(": {shown}"),
        all => format!(": {shown}, and {} more", all - SHOWN),
    }
}

/// A name that stands for itself in a path and in an address.
fn check_name(name: &str) -> std::result::Result<(), Diagnostic> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-._~$&+:=@".contains(character);
    if !name.is_empty() && name.chars().all(is_plain) && name != "." && name != ".." {
        return Ok(());
    }
    Err(refused(format!(
        "`{}` is no name for a workspace: it must stand for itself in an address, as letters, digits, `-`, `_` and `.` do.",
        name.escape_default()
    )))
}

fn check_choice(context: &Context) -> std::result::Result<(), Diagnostic> {
    if context.environment.get("TF_WORKSPACE").is_none() {
        return Ok(());
    }
    Err(
        refused("TF_WORKSPACE names the workspace in the environment, and no other choice counts.")
            .help("Unset it, or set it to the name."),
    )
}

fn choose(context: &Context, name: &str) -> std::result::Result<(), Diagnostic> {
    context.make_data_directory()?;
    let path = context
        .directory
        .join(context.data_directory())
        .join("environment");
    std::fs::write(&path, name).map_err(|error| refused(format!("{}: {error}.", path.display())))
}
