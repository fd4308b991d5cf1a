//! Scope maps as ARM writes them.

use crate::registry_part;
use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) actions: Vec<String>,
    provisioning_state: Option<String>,
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
    pub(super) fn new(description: Option<&'a str>, actions: &'a [String]) -> Self {
        Self {
            properties: WriteProperties { description, actions },
        }
    }
}

#[derive(Serialize)]
struct WriteProperties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    actions: &'a [String],
}
