//! A repository as the API writes it.

use serde::{Deserialize, Serialize};

/// A repository, or an entry of a list of them, which tells less.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Repository {
    pub(crate) name: String,
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) full_description: Option<String>,
    #[serde(default)]
    pub(crate) is_private: bool,
    #[serde(default)]
    pub(crate) pull_count: i64,
    #[serde(default)]
    pub(crate) affiliation: Option<String>,
    #[serde(default)]
    pub(crate) last_updated: Option<String>,
    #[serde(default)]
    pub(crate) immutable_tags_settings: Option<ImmutableTags>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct ImmutableTags {
    #[serde(default)]
    pub(crate) enabled: bool,
    #[serde(default)]
    pub(crate) rules: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct New<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) description: &'a str,
    pub(super) full_description: &'a str,
    pub(super) registry: &'a str,
    pub(super) is_private: bool,
}

#[derive(Serialize)]
pub(super) struct Change<'a> {
    pub(super) description: &'a str,
    pub(super) full_description: &'a str,
    pub(super) immutable_tags: bool,
    /// Joined by commas.
    pub(super) immutable_tags_rules: &'a str,
}

#[derive(Serialize)]
pub(super) struct Privacy {
    pub(super) is_private: bool,
}
