//! Plain JSON, for programs.

use crate::docker::wipe;
use crate::login::Login;
use crate::{HandoffError, SecretText};
use regprov_provider::{PushCredential, RegistryKind};
use serde_json::json;

/// Writes a credential as a JSON object.
///
/// # Errors
///
/// The credential has no secret or one that consumers break.
pub fn json(credential: &PushCredential) -> Result<SecretText, HandoffError> {
    let login = Login::of(credential)?;
    let kind = match credential.kind {
        RegistryKind::Azure => "azure",
        RegistryKind::ArtifactRegistry => "artifact-registry",
        RegistryKind::Gcr => "gcr",
        RegistryKind::DockerHub => "docker-hub",
        RegistryKind::Harbor => "harbor",
        RegistryKind::Generic => "generic",
    };
    let mut value = json!({
        "address": credential.address.to_string(),
        "kind": kind,
        "host": login.host,
        "username": login.username,
        "password": login.password,
        "repository_prefix": credential.repository_prefix,
        "expires": credential.expires.map(|instant| instant.to_string()),
    });
    let text = SecretText::new(format!("{value:#}\n"));
    wipe(&mut value);
    Ok(text)
}
