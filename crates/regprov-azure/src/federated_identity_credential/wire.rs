//! Federated credentials of identities as ARM writes them.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(super) struct Credential {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) properties: Properties,
}

#[derive(Deserialize)]
pub(super) struct Properties {
    #[serde(default)]
    pub(super) issuer: String,
    #[serde(default)]
    pub(super) subject: String,
    #[serde(default)]
    pub(super) audiences: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Put<'a> {
    properties: PutProperties<'a>,
}

#[derive(Serialize)]
struct PutProperties<'a> {
    issuer: &'a str,
    subject: &'a str,
    audiences: &'a [String],
}

impl<'a> Put<'a> {
    pub(super) fn new(issuer: &'a str, subject: &'a str, audiences: &'a [String]) -> Self {
        Self {
            properties: PutProperties {
                issuer,
                subject,
                audiences,
            },
        }
    }
}
