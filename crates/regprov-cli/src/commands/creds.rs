//! `creds`: list, verify and hand over push credentials.

mod list;
mod render;
mod verify;

use crate::arguments::{CredsCommand, Realm as RealmFlags};
use crate::codes::CREDENTIAL;
use crate::commands::Result;
use crate::context::{Access, Context};
use crate::realm::Clouds;
use crate::workbench::engine;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_provider::PushCredential;

/// Runs the command.
pub(crate) async fn run(context: &Context, command: &CredsCommand) -> Result {
    match command {
        CredsCommand::List(arguments) => list::run(context, arguments).await,
        CredsCommand::Verify(arguments) => verify::run(context, arguments).await,
        CredsCommand::Render(arguments) => render::run(context, arguments).await,
    }
}

/// The credentials that the state of a realm holds. Their secrets are known to the redactor from here on.
async fn credentials(
    context: &Context,
    flags: &RealmFlags,
    clouds: &Clouds,
) -> std::result::Result<Vec<PushCredential>, Diagnostics> {
    let session = context.session(Context::realm(flags), &Access::Read).await?;
    let credentials = engine(context, clouds, 1).credentials(&session.snapshot());
    for credential in &credentials {
        if let Some(secret) = credential.secret.reveal() {
            context.shell.redactor.register(secret);
        }
    }
    Ok(credentials)
}

/// The one credential that is meant.
fn choose<'a>(
    credentials: &'a [PushCredential],
    wanted: Option<&str>,
) -> std::result::Result<&'a PushCredential, Diagnostic> {
    let matches: Vec<&PushCredential> = credentials
        .iter()
        .filter(|credential| match wanted {
            Some(wanted) => credential.host == wanted || credential.address.to_string() == wanted,
            None => credential.secret.reveal().is_some(),
        })
        .collect();
    let error = |detail: String| Diagnostic::error(&CREDENTIAL, "No single push credential").detail(detail);
    match (matches.as_slice(), wanted) {
        ([one], _) => Ok(one),
        ([], Some(wanted)) => Err(error(format!("No push credential has the address or host `{wanted}`.")).help("`regprov creds list` shows those that the state holds.")),
        ([], None) => Err(error("The state holds no push credential.".into())
            .help("Declare a registry, an identity that may push to it, and its secret; examples/azure and examples/ovh show how. Then apply.")),
        (many, _) => {
            let names: Vec<String> = many.iter().map(|one| format!("    {}  ({})", one.address, one.host)).collect();
            Err(error("The state holds more than one push credential.".into()).help(format!("Say which one:\n\n{}", names.join("\n"))))
        }
    }
}
