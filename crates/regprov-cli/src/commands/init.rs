//! `init`: prepare a working directory. Modules are downloaded; providers are part of this program.

use super::Result;
use crate::arguments::{InitArguments, LockFileMode};
use crate::backend;
use crate::context::Context;
use crate::load;
use crate::modules::{self, Request};
use crate::outcome::Outcome;
use crate::wiring;
use regprov_plan::Realm;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &InitArguments) -> Result {
    if load::is_empty(context)? {
        context.shell.line(
            "This directory has no configuration files: there is nothing to prepare. Write some, then run init again.",
        );
        return Ok(Outcome::Done);
    }
    if arguments.get {
        let request = Request {
            inputs: &arguments.inputs,
            upgrade: arguments.upgrade,
            readonly: arguments.lockfile == Some(LockFileMode::Readonly),
            sandbox: arguments.realm.sandbox,
        };
        modules::install(context, request).await?;
    }
    let configured = load::files(context, &arguments.inputs)?;
    match Context::realm(&arguments.realm) {
        Realm::Live => backend::init(context, &configured, arguments).await?,
        Realm::Sandbox => backend::settle(context, &configured, Realm::Sandbox).await?,
    }
    let shell = &context.shell;
    shell.line("Providers, all part of this program:");
    for provider in wiring::providers_without_clouds(context) {
        let source = provider
            .sources()
            .first()
            .copied()
            .unwrap_or_else(|| provider.name());
        let types = provider.resources().len();
        let data = provider.data_sources().len();
        shell.line(format!("  {source}: {types} resource types, {data} data sources"));
    }
    let modules = configured.configuration.modules.len().saturating_sub(1);
    shell.line(format!(
        "\nThe configuration is readable{}.",
        if modules > 0 {
            format!(", with {modules} modules")
        } else {
            String::new()
        }
    ));
    shell.line("Next: regprov plan, or regprov apply -sandbox to try it with no account.");
    Ok(Outcome::Done)
}
