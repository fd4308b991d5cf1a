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
    pub(super) fn new(passwords: Vec<Kept<'a>>) -> Self {
        let credentials = Credentials { passwords };
        Self {
            properties: KeepProperties { credentials },
        }
    }
}

#[derive(Serialize)]
struct KeepProperties<'a> {
    credentials: Credentials<'a>,
}

#[derive(Serialize)]
struct Credentials<'a> {
    passwords: Vec<Kept<'a>>,
}

/// A password that stays.
#[derive(Serialize)]
pub(super) struct Kept<'a> {
    pub(super) name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expiry: Option<&'a str>,
}
