//! Where modules come from, as far as the words tell.

use crate::{Module, Spanned, codes};
use regprov_diag::{Diagnostic, Diagnostics};

/// Checks that a call with a `version` takes its module from a registry.
pub(super) fn check(module: &Module, found: &mut Diagnostics) {
    for call in module.module_calls.values() {
        if call.version.is_some() && !is_registry(&call.source) {
            let detail = format!(
                "`version` chooses among the versions in a module registry, and {:?} is no address in one: that is `[HOST/]NAMESPACE/NAME/PROVIDER`.",
                call.source.text
            );
            found.push(
                Diagnostic::error(&codes::STATIC, "Invalid registry module source address")
                    .at(call.source.span)
                    .detail(detail)
                    .help("Remove `version`, or write the address that the module has in its registry."),
            );
        }
    }
}

/// Whether a source is `[HOST/]NAMESPACE/NAME/PROVIDER[//DIRECTORY]`.
fn is_registry(source: &Spanned) -> bool {
    let (package, _) = source.text.split_once("//").unwrap_or((&source.text, ""));
    let parts: Vec<&str> = package.split('/').collect();
    match parts.as_slice() {
        [host, names @ ..] if names.len() == 3 => is_host(host) && are_names(names),
        names => names.len() == 3 && are_names(names),
    }
}

fn are_names(parts: &[&str]) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let ends = |c: char| c.is_ascii_alphanumeric();
    parts
        .iter()
        .all(|part| part.starts_with(ends) && part.ends_with(ends) && part.chars().all(inner))
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let label = |label: &str| {
        let inner = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(inner)
    };
    port.parse::<u16>().is_ok() && (name.contains('.') || name == "localhost") && name.split('.').all(label)
}
