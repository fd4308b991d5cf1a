//! Where sensitive values may not go in silence.

use crate::codes;
use regprov_diag::Diagnostic;
use regprov_lang::Output;
use regprov_value::Value;

/// What is wrong with the value of an output: those of the root module are shown.
pub(crate) fn output(name: &str, output: &Output, value: &Value, root: bool) -> Option<Diagnostic> {
    if !root || output.sensitive || !value.is_sensitive_deep() {
        return None;
    }
    let detail = format!(
        "The output `{name}` derives from a sensitive value, and outputs of the root module are shown."
    );
    Some(
        Diagnostic::error(&codes::OUTPUT, "Output refers to sensitive values")
            .detail(detail)
            .help("Add `sensitive = true` to the output, or use `nonsensitive(…)` if the value is no secret.")
            .at(output.value.span())
            .context(output.span),
    )
}
