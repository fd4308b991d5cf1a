//! `explain`: what an error code means.

use super::Result;
use crate::arguments::ExplainArguments;
use crate::codes::NOT_FOUND;
use crate::context::Context;
use crate::outcome::Outcome;
use crate::shell::Paint;
use crate::wiring::all_codes;
use regprov_diag::{Diagnostic, suggest};

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &ExplainArguments) -> Result {
    let mut codes = all_codes();
    codes.sort_by_key(|code| code.id);
    let shell = &context.shell;
    let Some(wanted) = &arguments.code else {
        for code in codes {
            shell.line(format!("{}  {}", code.id, code.title));
        }
        return Ok(Outcome::Done);
    };
    let upper = wanted.to_ascii_uppercase();
    if let Some(code) = codes.iter().find(|code| code.id == upper) {
        shell.line(shell.paint(Paint::Bold, format!("{}: {}", code.id, code.title)));
        shell.line(format!("\n{}", code.explanation));
        return Ok(Outcome::Done);
    }
    let error = Diagnostic::error(&NOT_FOUND, "No such code")
        .detail(format!("regprov has no error code `{wanted}`."));
    let near = suggest(&upper, codes.iter().map(|code| &code.id));
    Err(match near {
        Some(near) => error.help(format!("Did you mean `{near}`?")),
        None => error.help("`regprov explain` lists all codes."),
    }
    .into())
}
