//! `validate`: check the configuration without asking any service.

use super::Result;
use crate::arguments::ValidateArguments;
use crate::context::Context;
use crate::load;
use crate::outcome::Outcome;
use crate::shell::Paint;
use regprov_diag::{Diagnostics, Severity, Sources, to_json};
use regprov_lang::enclosing_block;
use regprov_plan::UnsupportedTypes;
use serde_json::{Value, json};

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &ValidateArguments) -> Result {
    let unsupported = match arguments.skip_unsupported {
        true => UnsupportedTypes::LeftOut,
        false => UnsupportedTypes::Refused,
    };
    let (diagnostics, sources) = load::validate(context, unsupported);
    let failed = diagnostics.has_errors();
    if arguments.json {
        context.shell.line(report(&diagnostics, &sources).to_string());
    } else {
        context.shell.diagnostics(&diagnostics, &sources);
        if !failed {
            let warnings = if diagnostics.is_empty() {
                ""
            } else {
                ", with the warnings above"
            };
            context.shell.line(
                context
                    .shell
                    .paint(Paint::Green, format!("The configuration is valid{warnings}.")),
            );
        }
    }
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}

/// Terraform's `validate -json`, format 1.0.
fn report(diagnostics: &Diagnostics, sources: &Sources) -> Value {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    };
    let rows: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| to_json(diagnostic, sources, enclosing_block))
        .collect();
    json!({
        "format_version": "1.0",
        "valid": !diagnostics.has_errors(),
        "error_count": count(Severity::Error),
        "warning_count": count(Severity::Warning),
        "diagnostics": rows,
    })
}
