//! Federated credentials of applications as Graph writes them.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(super) struct Credential {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) issuer: String,
    #[serde(default)]
    pub(super) subject: String,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) audiences: Vec<String>,
}

/// All that can be written; `null` unsets.
#[derive(Serialize)]
pub(super) struct Write<'a> {
    pub(super) issuer: &'a str,
    pub(super) subject: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) audiences: &'a [String],
}
