//! docker's `config.json`, as `docker login` writes it.

use crate::login::Login;
use crate::{HandoffError, SecretText};
use regprov_provider::PushCredential;
use serde_json::{Map, Value, json};
use zeroize::Zeroize;

/// A docker configuration with the login in it.
#[derive(Clone, Debug)]
pub struct DockerConfig {
    /// The file's text.
    pub text: SecretText,
    /// What the user should know about the result, in sentences.
    pub notes: Vec<String>,
}

/// Writes a credential as docker's `config.json`, into an existing one where there is one. All that was there stays.
///
/// # Errors
///
/// The credential has no secret or one that consumers break, or the existing file is not docker's.
pub fn docker_config(
    credential: &PushCredential,
    existing: Option<&str>,
) -> Result<DockerConfig, HandoffError> {
    let login = Login::of(credential)?;
    let mut config = match existing.map(str::trim).filter(|text| !text.is_empty()) {
        None => Map::new(),
        Some(text) => match serde_json::from_str(text) {
            Ok(Value::Object(config)) => config,
            Ok(_) => return Err(HandoffError::ExistingConfig("it is not a JSON object")),
            Err(_) => return Err(HandoffError::ExistingConfig("it is not JSON")),
        },
    };
    let key = login.docker_key();
    let notes = helper(&config, key).into_iter().collect();
    let Value::Object(logins) = config.entry("auths").or_insert_with(|| json!({})) else {
        return Err(HandoffError::ExistingConfig("`auths` is not a JSON object"));
    };
    logins.insert(key.to_owned(), json!({ "auth": *login.auth() }));
    let text = tab_indented(&config);
    wipe(&mut Value::Object(config));
    Ok(DockerConfig { text, notes })
}

/// docker does not read logins from the file where a helper is set.
fn helper(config: &Map<String, Value>, key: &str) -> Option<String> {
    let own = config
        .get("credHelpers")
        .and_then(|helpers| helpers.get(key))
        .and_then(Value::as_str);
    let name = own
        .or_else(|| config.get("credsStore").and_then(Value::as_str))
        .filter(|name| !name.is_empty())?;
    Some(format!(
        "This configuration sets the credential helper `{}` for `{key}`: docker asks the helper and passes over the login \
         written here. Use `docker login` instead, or a configuration directory of its own (`DOCKER_CONFIG`).",
        name.escape_debug()
    ))
}

fn tab_indented(config: &Map<String, Value>) -> SecretText {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    serde::Serialize::serialize(config, &mut serializer).expect("a JSON value has a JSON form");
    bytes.push(b'\n');
    SecretText::new(String::from_utf8(bytes).expect("JSON is UTF-8"))
}

/// Overwrites all text in a value.
pub(crate) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
