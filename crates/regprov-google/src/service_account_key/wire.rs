//! Keys as the API writes them.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) key_algorithm: Option<String>,
    pub(crate) key_origin: Option<String>,
    pub(crate) private_key_data: Option<Zeroizing<String>>,
    pub(crate) public_key_data: Option<String>,
    pub(crate) valid_after_time: Option<String>,
    pub(crate) valid_before_time: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Keys {
    pub(crate) keys: Vec<Key>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct New<'a> {
    pub(super) key_algorithm: &'a str,
    pub(super) private_key_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Upload<'a> {
    pub(super) public_key_data: &'a str,
}

/// The file that a service account signs in with.
#[derive(Serialize)]
pub(super) struct File<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) project_id: &'a str,
    pub(super) private_key_id: &'a str,
    pub(super) private_key: &'a str,
    pub(super) client_email: &'a str,
    pub(super) client_id: &'a str,
    pub(super) auth_uri: &'static str,
    pub(super) token_uri: &'a str,
    pub(super) auth_provider_x509_cert_url: &'static str,
    pub(super) client_x509_cert_url: String,
    pub(super) universe_domain: &'a str,
}
