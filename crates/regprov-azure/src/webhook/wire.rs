//! Webhooks as ARM writes them.

use super::Webhook;
use crate::{location, registry_part};
use regprov_schema::Secret;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    #[serde(default)]
    pub(super) actions: BTreeSet<String>,
    pub(super) scope: Option<String>,
    pub(super) status: Option<String>,
    provisioning_state: Option<String>,
}

impl registry_part::Properties for Properties {
    fn state(&self) -> Option<&str> {
        self.provisioning_state.as_deref()
    }
}

/// What a webhook calls.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Callback {
    pub(super) service_uri: Option<String>,
    pub(super) custom_headers: Option<BTreeMap<String, Zeroizing<String>>>,
}

#[derive(Serialize)]
pub(super) struct Put<'a> {
    location: String,
    tags: BTreeMap<&'a str, &'a str>,
    properties: PutProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PutProperties<'a> {
    service_uri: &'a str,
    custom_headers: BTreeMap<&'a str, &'a str>,
    actions: &'a BTreeSet<String>,
    scope: &'a str,
    status: &'a str,
}

impl<'a> Put<'a> {
    pub(super) fn of(webhook: &'a Webhook) -> Self {
        let tags = webhook.tags.iter().flatten();
        let headers = webhook.custom_headers.iter().flatten();
        let revealed = |secret: &'a Secret<String>| secret.reveal().map_or("", String::as_str);
        Self {
            location: location::normalize(&webhook.location),
            tags: tags
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            properties: PutProperties {
                service_uri: &webhook.service_uri,
                custom_headers: headers
                    .map(|(name, value)| (name.as_str(), revealed(value)))
                    .collect(),
                actions: &webhook.actions,
                scope: webhook.scope.as_deref().unwrap_or(""),
                status: webhook.status.as_deref().unwrap_or("enabled"),
            },
        }
    }
}
