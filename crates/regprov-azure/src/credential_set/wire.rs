//! Credential sets as ARM writes them.

use super::CredentialSet;
use crate::registry_part;
use serde::{Deserialize, Serialize};

/// The one name that the service knows.
const NAME: &str = "Credential1";

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    pub(super) login_server: Option<String>,
    #[serde(default)]
    pub(super) auth_credentials: Vec<Credential>,
    provisioning_state: Option<String>,
}

impl registry_part::Properties for Properties {
    fn state(&self) -> Option<&str> {
        self.provisioning_state.as_deref()
    }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credential {
    #[serde(default)]
    pub(super) username_secret_identifier: String,
    #[serde(default)]
    pub(super) password_secret_identifier: String,
}

#[derive(Serialize)]
pub(super) struct Write<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    properties: WriteProperties<'a>,
}

#[derive(Serialize)]
struct Identity {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WriteProperties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    login_server: Option<&'a str>,
    auth_credentials: Vec<WriteCredential<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WriteCredential<'a> {
    name: &'static str,
    username_secret_identifier: &'a str,
    password_secret_identifier: &'a str,
}

impl<'a> Write<'a> {
    pub(super) fn create(set: &'a CredentialSet) -> Self {
        let kind = "SystemAssigned";
        Self {
            identity: Some(Identity { kind }),
            properties: WriteProperties {
                login_server: Some(&set.login_server),
                auth_credentials: credentials(set),
            },
        }
    }

    pub(super) fn change(set: &'a CredentialSet) -> Self {
        Self {
            identity: None,
            properties: WriteProperties {
                login_server: None,
                auth_credentials: credentials(set),
            },
        }
    }
}

fn credentials(set: &CredentialSet) -> Vec<WriteCredential<'_>> {
    let credentials = set.authentication_credentials.iter();
    credentials
        .map(|credential| WriteCredential {
            name: NAME,
            username_secret_identifier: &credential.username_secret_id,
            password_secret_identifier: &credential.password_secret_id,
        })
        .collect()
}
