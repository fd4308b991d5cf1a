//! Plans as JSON, freed of what legitimately differs.

use serde_json::Value as Json;

/// The value with null wherever the flags say that it is secret.
pub(super) fn without_secrets(value: &Json, secret: &Json) -> Json {
    match (value, secret) {
        (_, Json::Bool(true)) => Json::Null,
        (Json::Array(items), Json::Array(flags)) => Json::Array(
            items
                .iter()
                .zip(flags.iter().chain(std::iter::repeat(&Json::Null)))
                .map(|(item, flag)| without_secrets(item, flag))
                .collect(),
        ),
        (Json::Object(items), Json::Object(_)) => Json::Object(
            items
                .iter()
                .map(|(name, item)| (name.clone(), without_secrets(item, &secret[name])))
                .collect(),
        ),
        _ => value.clone(),
    }
}
