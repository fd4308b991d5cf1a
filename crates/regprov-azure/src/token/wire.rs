//! Tokens as ARM writes them.

use crate::registry_part;
use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Properties {
    pub(super) scope_map_id: Option<String>,
    status: Option<String>,
    credentials: Option<Credentials>,
    provisioning_state: Option<String>,
}

#[derive(Clone, Deserialize)]
struct Credentials {
    passwords: Option<Vec<Password>>,
}

/// A password as it is listed: without its text.
#[derive(Clone, Deserialize)]
pub(crate) struct Password {
    pub(crate) name: String,
    pub(crate) expiry: Option<String>,
}

impl Properties {
    pub(super) fn is_enabled(&self) -> bool {
        self.status
            .as_deref()
            .is_none_or(|status| status.eq_ignore_ascii_case("enabled"))
    }

    /// The passwords that it has.
    pub(crate) fn passwords(&self) -> &[Password] {
        let credentials = self.credentials.as_ref();
        credentials
            .and_then(|credentials| credentials.passwords.as_deref())
            .unwrap_or_default()
    }
}

impl registry_part::Properties for Properties {
    fn state(&self) -> Option<&str> {
        self.provisioning_state.as_deref()
    }
}

#[derive(Serialize)]
pub(super) struct Write<'a> {
    properties: WriteProperties<'a>,
}

impl<'a> Write<'a> {
    pub(super) fn new(scope_map_id: &'a str, enabled: bool) -> Self {
        let status = if enabled { "enabled" } else { "disabled" };
        Self {
            properties: WriteProperties { scope_map_id, status },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WriteProperties<'a> {
    scope_map_id: &'a str,
    status: &'static str,
}
