//! A Kubernetes pull secret.

use crate::docker::wipe;
use crate::login::Login;
use crate::yaml::quoted;
use crate::{HandoffError, SecretText};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use regprov_provider::PushCredential;
use serde_json::json;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// Where the secret is kept.
#[derive(Clone, Debug)]
pub struct KubernetesOptions {
    /// The name of the secret.
    pub name: String,
    /// Its namespace; that of the caller's context where it is `None`.
    pub namespace: Option<String>,
}

/// Writes a credential as a manifest of type `kubernetes.io/dockerconfigjson`, as `kubectl create secret
/// docker-registry` makes it.
///
/// # Errors
///
/// The credential has no secret or one that consumers break, or a name is none.
pub fn kubernetes_secret(
    credential: &PushCredential,
    options: &KubernetesOptions,
) -> Result<SecretText, HandoffError> {
    let login = Login::of(credential)?;
    let wrong = |name: &str| HandoffError::KubernetesName(name.escape_debug().to_string());
    if options.name.len() > 253 || !options.name.split('.').all(is_label) {
        return Err(wrong(&options.name));
    }
    if let Some(namespace) = options
        .namespace
        .as_deref()
        .filter(|namespace| !is_label(namespace))
    {
        return Err(wrong(namespace));
    }
    let entry = json!({ "username": login.username, "password": login.password, "auth": *login.auth() });
    let mut config = json!({ "auths": { login.docker_key(): entry } });
    let document = Zeroizing::new(config.to_string());
    wipe(&mut config);
    let data = Zeroizing::new(BASE64_STANDARD.encode(document.as_bytes()));
    let mut text = String::with_capacity(data.len() + 1024);
    text.push_str("apiVersion: \"v1\"\nkind: \"Secret\"\nmetadata:\n");
    for (key, value) in [
        ("name", Some(&options.name)),
        ("namespace", options.namespace.as_ref()),
    ] {
        if let Some(value) = value {
            writeln!(text, "  {key}: {}", *quoted(value)).expect("a string can be written to");
        }
    }
    text.push_str("type: \"kubernetes.io/dockerconfigjson\"\ndata:\n");
    writeln!(text, "  .dockerconfigjson: {}", *quoted(&data)).expect("a string can be written to");
    Ok(SecretText::new(text))
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = label.as_bytes();
    label.len() <= 63
        && bytes.first().is_some_and(|byte| inner(*byte))
        && bytes.last().is_some_and(|byte| inner(*byte))
        && bytes.iter().all(|byte| inner(*byte) || *byte == b'-')
}
