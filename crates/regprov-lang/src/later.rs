//! What the language got after the version that regprov follows.

use crate::version::TERRAFORM_VERSION;
use regprov_diag::Diagnostic;

/// Where, what, and since which Terraform.
const LATER: &[(&str, &str, &str)] = &[
    (TOP, "action", "1.14"),
    ("a `lifecycle` block", "action_trigger", "1.14"),
    ("a `variable` block", "const", "1.15"),
    ("a `variable` block", "deprecated", "1.15"),
    ("an `output` block", "deprecated", "1.15"),
    (FUNCTION, "convert", "1.15"),
];

/// The top of a file.
pub(crate) const TOP: &str = "a file";
/// A call of a function.
pub(crate) const FUNCTION: &str = "an expression";

/// Says since when Terraform has what is not known here, where it has it at all.
pub(crate) fn with_version(diagnostic: Diagnostic, place: &str, name: &str) -> Diagnostic {
    let row = LATER.iter().find(|row| (row.0, row.1) == (place, name));
    match row {
        Some((_, _, since)) => diagnostic.help(format!(
            "Terraform has it since version {since}; regprov has the language of Terraform {TERRAFORM_VERSION}."
        )),
        None => diagnostic,
    }
}
