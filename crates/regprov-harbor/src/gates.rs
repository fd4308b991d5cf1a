//! What a Harbor must be new enough for. An older one ignores what it does not know, and the plan would never be empty.

use crate::client::{Client, Version, attribute};
use regprov_provider::{Finding, Partial};
use regprov_value::Value;

/// An argument, and the first version that knows it.
pub(crate) struct Gate {
    /// The argument.
    pub(crate) argument: &'static str,
    /// The first version.
    pub(crate) since: Version,
    /// Whether a value asks for nothing: an older Harbor does the same without it.
    pub(crate) idle: fn(&Value) -> bool,
}

/// Null, false, zero or empty.
pub(crate) fn is_zero(value: &Value) -> bool {
    value.is_null()
        || value.as_bool() == Some(false)
        || value.as_str().is_some_and(str::is_empty)
        || value.as_number().is_some_and(|number| number.signum() == 0)
        || value.as_items().is_some_and(<[Value]>::is_empty)
}

/// Null, zero or -1.
pub(crate) fn is_unlimited(value: &Value) -> bool {
    is_zero(value) || crate::fields::whole(value) == Some(-1)
}

/// The arguments of an object that this Harbor is too old for.
pub(crate) fn too_old(client: &Client, desired: Partial<'_>, gates: &[Gate]) -> Vec<Finding> {
    let Some(version) = client.version else {
        return Vec::new();
    };
    let closed = gates.iter().filter(|gate| version < gate.since);
    closed
        .filter(|gate| desired.known(gate.argument).is_some_and(|value| !(gate.idle)(value)))
        .map(|gate| Finding {
            fatal: true,
            path: attribute(gate.argument),
            summary: "Harbor is too old for the argument".to_owned(),
            detail: format!(
                "Harbor knows `{}` since version {}, and this one is {version}. It would take the argument without a word and do \
                 nothing with it.",
                gate.argument, gate.since
            ),
            remedy: Some(format!("Leave `{}` away, or upgrade the Harbor.", gate.argument)),
        })
        .collect()
}

/// A type as a whole that this Harbor is too old for.
pub(crate) fn type_too_old(client: &Client, type_name: &str, since: Version) -> Option<Finding> {
    let version = client.version.filter(|version| *version < since)?;
    Some(Finding {
        fatal: true,
        path: None,
        summary: "Harbor is too old for the resource type".to_owned(),
        detail: format!("`{type_name}` needs Harbor {since} or newer, and this one is {version}."),
        remedy: Some("Upgrade the Harbor, or leave the resource out.".to_owned()),
    })
}
