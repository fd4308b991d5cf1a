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
        if is_free(attribute) {
            continue;
        }
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

/// Whether an argument that is set can break nothing.
fn is_free(attribute: &Attribute) -> bool {
    attribute.rules.is_empty()
        && attribute.conflicts_with.is_empty()
        && attribute.exactly_one_of.is_empty()
        && attribute.required_with.is_empty()
}

fn is_set(config: &Value, name: &str) -> bool {
    config.get(name).is_some_and(|value| match &value.data {
        Data::Null(_) => false,
        Data::List(_, items) | Data::Set(_, items) => !items.is_empty(),
        _ => true,
    })
}

/// Whether an argument is set for certain. What is known after apply may turn out to be null.
fn is_surely_set(config: &Value, name: &str) -> bool {
    let may_be_null = |value: &Value| match &value.data {
        Data::Unknown(unknown) => !unknown.refinements.not_null,
        _ => false,
    };
    is_set(config, name) && !config.get(name).is_some_and(may_be_null)
}

/// Arguments that may not, or must, stand beside one that is set.
fn companions(name: &str, attribute: &Attribute, config: &Value, path: &AttributePath) -> Vec<Violation> {
    let violation = |summary, detail| Violation {
        path: path.clone(),
        summary,
        detail,
    };
    let mut found = Vec::new();
    let surely = is_surely_set(config, name);
    let beside = |other: &&&str| surely && is_surely_set(config, other);
    if let Some(other) = attribute.conflicts_with.iter().find(beside) {
        let detail = format!("`{name}` and `{other}` cannot both be set. Keep one of them.");
        found.push(violation("Conflicting arguments", detail));
    }
    let second = attribute
        .exactly_one_of
        .iter()
        .filter(|other| **other != name)
        .find(beside);
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
    let detail = match rule {
        Rule::OneOf(allowed) => not_one_of(allowed, name, value),
        Rule::Between(low, high) => {
            let number = value.as_number()?;
            let within = *number >= low.into() && *number <= high.into();
            (!within).then(|| {
                format!(
                    "`{name}` is {}, and must be between {low} and {high}.",
                    shown(value)
                )
            })
        }
        Rule::Length(low, high) => {
            let length = value.as_str()?.chars().count();
            let within = (low..=high).contains(&length);
            (!within)
                .then(|| format!("`{name}` has {length} characters, and must have between {low} and {high}."))
        }
        Rule::MinItems(least) => {
            let items = size(value)?;
            (items < least).then(|| format!("`{name}` has {items} elements, and must have at least {least}."))
        }
        Rule::MaxItems(most) => {
            let items = size(value)?;
            (items > most).then(|| format!("`{name}` has {items} elements, and may have at most {most}."))
        }
        Rule::Uuid => form(
            name,
            value,
            is_uuid,
            "a UUID such as \"1b4e28ba-2fa1-11d2-883f-0016d3cca427\"",
        ),
        Rule::Url => form(
            name,
            value,
            is_url,
            "an address that starts with https:// or http://",
        ),
        Rule::Instant => form(
            name,
            value,
            is_instant,
            "an instant in RFC 3339 such as \"2026-01-31T12:00:00Z\"",
        ),
        Rule::Check(check) if value.is_wholly_known() => check(value).err().map(ended),
        Rule::Check(_) => None,
    }?;
    Some(Violation {
        path: path.clone(),
        summary: "Invalid argument value",
        detail,
    })
}

/// A sentence with its full stop.
fn ended(text: String) -> String {
    if text.ends_with(['.', '?', '!']) {
        text
    } else {
        format!("{text}.")
    }
}

/// The value for a message.
fn shown(value: &Value) -> String {
    if value.is_sensitive_deep() {
        "the value (sensitive)".to_owned()
    } else {
        regprov_value::render(value)
    }
}

fn not_one_of(allowed: &[&str], name: &str, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    if allowed.contains(&text) {
        return None;
    }
    let near = regprov_diag::suggest(text, allowed.iter().copied()).filter(|_| !value.is_sensitive_deep());
    let hint = near
        .map(|near| format!(" Did you mean {near:?}?"))
        .unwrap_or_default();
    let allowed: Vec<String> = allowed.iter().map(|text| format!("{text:?}")).collect();
    Some(format!(
        "`{name}` is {}, and must be one of {}.{hint}",
        shown(value),
        allowed.join(", ")
    ))
}

fn form(name: &str, value: &Value, holds: fn(&str) -> bool, needed: &str) -> Option<String> {
    let text = value.as_str()?;
    (!holds(text)).then(|| format!("`{name}` is {}, and must be {needed}.", shown(value)))
}

fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

fn is_instant(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
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
