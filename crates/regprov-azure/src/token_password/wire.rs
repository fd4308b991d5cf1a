//! Passwords of tokens as ARM writes them.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Generate<'a> {
    pub(super) token_id: &'a str,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expiry: Option<&'a str>,
}

#[derive(Deserialize)]
pub(super) struct Generated {
    #[serde(default)]
    pub(super) passwords: Vec<Password>,
}

#[derive(Deserialize)]
pub(super) struct Password {
    pub(super) name: String,
    /// Only of the one that was just made.
    pub(super) value: Option<Zeroizing<String>>,
}

/// Which passwords stay.
#[derive(Serialize)]
pub(super) struct Keep<'a> {
    properties: KeepProperties<'a>,
}

impl<'a> Keep<'a> {
    pub(super) fn new(names: Vec<&'a str>) -> Self {
        let passwords = names.into_iter().map(|name| Name { name }).collect();
        Self {
            properties: KeepProperties {
                credentials: Credentials { passwords },
            },
        }
    }
}

#[derive(Serialize)]
struct KeepProperties<'a> {
    credentials: Credentials<'a>,
}

#[derive(Serialize)]
struct Credentials<'a> {
    passwords: Vec<Name<'a>>,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}
