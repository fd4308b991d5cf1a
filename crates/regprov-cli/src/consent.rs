//! Whether the state of another tool may be sealed.

use crate::context::Context;
use regprov_diag::Diagnostic;
use regprov_engine::state_failure;
use regprov_state::{Session, StateError};

/// Asks, where somebody may be asked. Without a yes nothing is written.
pub(crate) fn ask(context: &Context, session: &Session, may_ask: bool) -> Result<(), Diagnostic> {
    let location = session.location().to_owned();
    let question = format!(
        "Another tool wrote the state {location}, and there are secrets in it, or will be. regprov seals them: Terraform cannot \
         read the state from then on (`regprov state export` gives it back), and a backup in clear is left beside it. Seal? Only \
         `yes` is taken:"
    );
    let answer = may_ask.then(|| context.shell.ask(&question)).flatten();
    match answer.as_deref() {
        Some("yes") => {
            session.agree();
            Ok(())
        }
        Some(_) | None => Err(state_failure(&StateError::ConsentNeeded { location })),
    }
}
