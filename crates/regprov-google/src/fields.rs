//! Helpers of the fields that several types have.

use crate::client::{Client, attribute};
use regprov_provider::{Deleted, Error, ErrorKind, Partial};
use regprov_schema::Local;
use regprov_value::Value;

/// What `deletion_policy` may say.
pub(crate) const DELETION_POLICIES: &[&str] = &["DELETE", "PREVENT", "ABANDON"];

/// The value of `deletion_policy` where it is not written.
pub(crate) fn deletion_policy(client: &Client) -> (&'static str, Value) {
    let policy = client.defaults.deletion_policy.as_deref().unwrap_or("DELETE");
    ("deletion_policy", Value::string(policy))
}

/// What `deletion_policy` says of a deletion: `Some` where nothing is sent.
pub(crate) fn kept(policy: Option<&Local<String>>) -> Result<Option<Deleted>, Error> {
    match policy.and_then(|policy| policy.0.as_deref()) {
        Some("PREVENT") => Err(Error::new(
            ErrorKind::Invalid(attribute("deletion_policy")),
            "it is not deleted, as its `deletion_policy` is PREVENT",
        )
        .remedy("Set `deletion_policy` to DELETE and apply; then it can be deleted. With ABANDON it is only forgotten.")),
        Some("ABANDON") => Ok(Some(Deleted::Gone)),
        Some(_) | None => Ok(None),
    }
}

/// What is written, where it says the same as the answer; null and empty are the same.
pub(crate) fn spelled(answered: Option<String>, like: Option<&Option<String>>) -> Option<String> {
    let answered = filled(answered);
    match like {
        Some(like) if filled(like.clone()) == answered => like.clone(),
        Some(_) | None => answered,
    }
}

/// The same for a truth value: null and false are the same.
pub(crate) fn truth(answered: bool, like: Option<&Option<bool>>) -> Option<bool> {
    match like {
        Some(like) if like.unwrap_or(false) == answered => *like,
        Some(_) | None => answered.then_some(true),
    }
}

/// The text; none for an empty one.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// The project of a planned object, where it is known.
pub(crate) fn project_known(client: &Client, desired: Partial<'_>) -> Option<String> {
    client.project_or(desired.text("project")).ok()
}

/// What is written to was there a moment ago.
pub(crate) fn vanished(what: &str) -> Error {
    Error::new(
        ErrorKind::NotYetVisible,
        format!("failed to read {what}: it is not there"),
    )
}

/// Computed attributes that change without being a change.
pub(crate) fn whatever(_: &Value, _: &Value) -> bool {
    true
}

/// Lets structs with a schema be the value of an attribute: an object type.
macro_rules! object_types {
    ($($rust:ty),* $(,)?) => {
        $(impl ::regprov_schema::FieldType for $rust {
            fn ty() -> ::regprov_value::Type {
                <Self as ::regprov_schema::Schematic>::block().implied_type()
            }
        })*
    };
}
pub(crate) use object_types;

/// The names that are near to what is written, the nearest first: three at most.
pub(crate) fn near(written: &str, names: &[String]) -> Vec<String> {
    let mut near: Vec<(f64, &String)> = names
        .iter()
        .map(|name| (strsim::jaro_winkler(written, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|left, right| right.0.total_cmp(&left.0));
    near.into_iter()
        .take(3)
        .map(|(_, name)| regprov_http::sanitize(name))
        .collect()
}
