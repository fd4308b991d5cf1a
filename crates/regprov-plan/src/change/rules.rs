//! What the schema asks of arguments beyond their type.

use regprov_addr::AttributePath;
use regprov_schema::{Attribute, Block, Nesting, Rule};
use regprov_value::{Data, Value};

/// An argument that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Which.
    pub(crate) path: AttributePath,
    /// Constant words.
    pub(crate) summary: &'static str,
    /// What is wrong and what is allowed.
    pub(crate) detail: String,
}

/// The rules of a block that its configuration breaks. What is known after apply breaks none.
pub(crate) fn violations(block: &Block, config: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    collect(block, config, &AttributePath::root(), &mut found);
    found
}

fn collect(block: &Block, config: &Value, path: &AttributePath, found: &mut Vec<Violation>) {
    for (name, attribute) in &block.attributes {
        let Some(value) = config.get(name).filter(|value| !value.is_null()) else {
            if let Some(violation) = missing_one_of(name, attribute, config, path) {
                found.push(violation);
            }
            continue;
        };
        let here = path.name(*name);
        found.extend(companions(name, attribute, config, &here));
        found.extend(
            attribute
                .rules
                .iter()
                .filter_map(|rule| broken(*rule, name, value, &here)),
        );
    }
    for (name, nested) in &block.blocks {
        let Some(value) = config.get(name) else { continue };
        let here = path.name(*name);
        match (nested.nesting, value.as_items()) {
            (Nesting::Single, _) if value.as_entries().is_some() => {
                collect(&nested.block, value, &here, found)
            }
            (Nesting::List | Nesting::Set, Some(items)) => {
                for (index, item) in items.iter().enumerate() {
                    collect(&nested.block, item, &here.index(index as u64), found);
                }
            }
            (_, _) => {}
        }
    }
}

fn is_set(config: &Value, name: &str) -> bool {
    config.get(name).is_some_and(|value| match &value.data {
        Data::Null(_) => false,
        Data::List(_, items) | Data::Set(_, items) => !items.is_empty(),
        _ => true,
    })
}

/// Arguments that may not, or must, stand beside one that is set.
fn companions(name: &str, attribute: &Attribute, config: &Value, path: &AttributePath) -> Vec<Violation> {
    let violation = |summary, detail| Violation {
        path: path.clone(),
        summary,
        detail,
    };
    let mut found = Vec::new();
    if let Some(other) = attribute
        .conflicts_with
        .iter()
        .find(|other| is_set(config, other))
    {
        let detail = format!("`{name}` and `{other}` cannot both be set. Keep one of them.");
        found.push(violation("Conflicting arguments", detail));
    }
    let second = attribute
        .exactly_one_of
        .iter()
        .find(|other| **other != name && is_set(config, other));
    if let Some(other) = second {
        let detail = format!(
            "Exactly one of {} may be set, and both `{name}` and `{other}` are.",
            names(attribute.exactly_one_of)
        );
        found.push(violation("Conflicting arguments", detail));
    }
    if let Some(other) = attribute
        .required_with
        .iter()
        .find(|other| !is_set(config, other))
    {
        let detail = format!("`{name}` needs `{other}` beside it, which is not set.");
        found.push(violation("Missing required argument", detail));
    }
    found
}

/// One of a group must be set; reported at its first name only.
fn missing_one_of(
    name: &str,
    attribute: &Attribute,
    config: &Value,
    path: &AttributePath,
) -> Option<Violation> {
    let group = attribute.exactly_one_of;
    let first = group.iter().min()?;
    if *first != name || group.iter().any(|name| is_set(config, name)) {
        return None;
    }
    let detail = format!("Exactly one of {} must be set, and none is.", names(group));
    Some(Violation {
        path: path.name(name),
        summary: "Missing required argument",
        detail,
    })
}

fn names(group: &[&str]) -> String {
    group
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn broken(rule: Rule, name: &str, value: &Value, path: &AttributePath) -> Option<Violation> {
    if !value.is_known() {
        return None;
    }
    let sensitive = value.is_sensitive_deep();
    let shown = || {
        if sensitive {
            "the value (sensitive)".to_owned()
        } else {
            regprov_value::render(value)
        }
    };
    let detail = match rule {
        Rule::OneOf(allowed) => {
            let text = value.as_str()?;
            if allowed.contains(&text) {
                return None;
            }
            let near = regprov_diag::suggest(text, allowed.iter().copied()).filter(|_| !sensitive);
            let hint = near
                .map(|near| format!(" Did you mean {near:?}?"))
                .unwrap_or_default();
            let allowed: Vec<String> = allowed.iter().map(|text| format!("{text:?}")).collect();
            format!(
                "`{name}` is {}, and must be one of {}.{hint}",
                shown(),
                allowed.join(", ")
            )
        }
        Rule::Between(low, high) => {
            let number = value.as_number()?;
            if *number >= low.into() && *number <= high.into() {
                return None;
            }
            format!("`{name}` is {}, and must be between {low} and {high}.", shown())
        }
        Rule::Length(low, high) => {
            let length = value.as_str()?.chars().count();
            if (low..=high).contains(&length) {
                return None;
            }
            format!("`{name}` has {length} characters, and must have between {low} and {high}.")
        }
        Rule::MinItems(least) => {
            let items = size(value)?;
            if items >= least {
                return None;
            }
            format!("`{name}` has {items} elements, and must have at least {least}.")
        }
        Rule::MaxItems(most) => {
            let items = size(value)?;
            if items <= most {
                return None;
            }
            format!("`{name}` has {items} elements, and may have at most {most}.")
        }
        Rule::Uuid => {
            if is_uuid(value.as_str()?) {
                return None;
            }
            format!(
                "`{name}` is {}, and must be a UUID such as \"1b4e28ba-2fa1-11d2-883f-0016d3cca427\".",
                shown()
            )
        }
        Rule::Url => {
            let text = value.as_str()?;
            let rest = text
                .strip_prefix("https://")
                .or_else(|| text.strip_prefix("http://"));
            if rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) {
                return None;
            }
            format!(
                "`{name}` is {}, and must be an address that starts with https:// or http://.",
                shown()
            )
        }
        Rule::Instant => {
            if value.as_str()?.parse::<jiff::Timestamp>().is_ok() {
                return None;
            }
            format!(
                "`{name}` is {}, and must be an instant in RFC 3339 such as \"2026-01-31T12:00:00Z\".",
                shown()
            )
        }
        Rule::Check(check) => {
            if !value.is_wholly_known() {
                return None;
            }
            check(value).err()?
        }
    };
    Some(Violation {
        path: path.clone(),
        summary: "Invalid argument value",
        detail,
    })
}

fn size(value: &Value) -> Option<usize> {
    value
        .as_items()
        .map(<[Value]>::len)
        .or_else(|| value.as_entries().map(std::collections::BTreeMap::len))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}
