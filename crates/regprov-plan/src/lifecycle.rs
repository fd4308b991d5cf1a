//! What `lifecycle` says, against the schema of its block.

use crate::codes;
use regprov_addr::AttributeStep;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::{IgnoreChanges, Resource};
use regprov_schema::Block;

/// What is wrong with the paths in `ignore_changes`.
pub(crate) fn ignorable(resource: &Resource, block: &Block) -> Diagnostics {
    let mut found = Diagnostics::new();
    let IgnoreChanges::Paths(paths) = &resource.lifecycle.ignore_changes else {
        return found;
    };
    for (path, span) in paths {
        let Some(AttributeStep::Name(name)) = path.0.first() else {
            continue;
        };
        let attribute = block.attributes.get(name.as_str());
        let former = || {
            block
                .attributes
                .values()
                .any(|attribute| attribute.former.iter().any(|former| former.name == name))
        };
        let known =
            attribute.is_some() || block.blocks.contains_key(name.as_str()) || name == "timeouts" || former();
        if !known {
            let detail = format!(
                "`{}` has no argument, block or attribute named `{name}`.",
                resource.name
            );
            let diagnostic = Diagnostic::error(&codes::LIFECYCLE, "Unsupported attribute")
                .at(*span)
                .detail(detail);
            let near = regprov_diag::suggest(name, block.names());
            found.push(match near {
                Some(near) => diagnostic.help(format!("Did you mean `{near}`?")),
                None => diagnostic,
            });
        } else if attribute.is_some_and(|attribute| !attribute.is_configurable()) {
            let detail =
                format!("`{name}` is decided by the provider alone, so ignoring its changes has no effect.");
            found.push(
                Diagnostic::warning(&codes::LIFECYCLE, "Redundant ignore_changes element")
                    .at(*span)
                    .detail(detail),
            );
        }
    }
    found
}
