//! Selectors of repositories and tags, as retention and immutability have them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A selector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Selector {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    pub(crate) decoration: String,
    #[serde(default)]
    pub(crate) pattern: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) extras: String,
}

/// Selectors of repositories.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scopes(pub(crate) BTreeMap<String, Vec<Selector>>);

/// A text that is written and not empty.
pub(crate) fn written(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// The selector of a pair of arguments, of which one is written.
pub(crate) fn selector(pair: [(&Option<String>, &str); 2], extras: &str) -> Selector {
    let chosen = pair
        .into_iter()
        .find_map(|(text, decoration)| Some((written(text)?, decoration)));
    let (pattern, decoration) = chosen.unwrap_or_default();
    Selector {
        kind: "doublestar".to_owned(),
        decoration: decoration.to_owned(),
        pattern: pattern.to_owned(),
        extras: extras.to_owned(),
    }
}

/// The selectors of repositories with only this one.
pub(crate) fn scopes(selector: Selector) -> Scopes {
    Scopes(BTreeMap::from([("repository".to_owned(), vec![selector])]))
}

/// The pattern of the first selector, where it has this decoration.
pub(crate) fn pattern(selectors: &[Selector], decoration: &str) -> Option<String> {
    let first = selectors.first().filter(|first| first.decoration == decoration)?;
    (!first.pattern.is_empty()).then(|| first.pattern.clone())
}

impl Scopes {
    /// The selectors of repositories.
    pub(crate) fn repositories(&self) -> &[Selector] {
        self.0.get("repository").map_or(&[], Vec::as_slice)
    }
}
