//! `init`: check a working directory. There is nothing to install.

use super::Result;
use crate::arguments::InitArguments;
use crate::context::Context;
use crate::load;
use crate::outcome::Outcome;
use crate::wiring;

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &InitArguments) -> Result {
    let configured = load::files(context)?;
    load::check_backend(context, &configured, &arguments.realm)?;
    if !arguments.backend_config.is_empty() {
        context
            .shell
            .note("note: -backend-config is of no effect: the state is kept in a local file");
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
