//! Docker's `config.json`: logins in it, and the helpers that keep them elsewhere.

use super::SecretText;
use crate::{HelperError, Services};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file, as far as logins go.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: BTreeMap<String, Auth>,
    creds_store: Option<String>,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: Option<Zeroizing<String>>,
    username: Option<String>,
    password: Option<Zeroizing<String>>,
    identitytoken: Option<Zeroizing<String>>,
}

/// What a credential helper prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    username: String,
    secret: Zeroizing<String>,
}

/// Docker's configuration.
pub(super) struct DockerConfig {
    file: File,
    path: PathBuf,
}

/// Name and secret.
pub(super) struct Found {
    pub(super) username: String,
    pub(super) secret: SecretText,
}

impl DockerConfig {
    /// Reads the file; `None` where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Error> {
        let wrong = |why: String| {
            let message = format!("docker's configuration {} cannot be read: {why}", path.display());
            Error::new(ErrorKind::Failed, message)
                .remedy("Mend it, or set DOCKER_USERNAME and DOCKER_PASSWORD, which come before it.")
        };
        let text = match std::fs::read(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(error.to_string())),
        };
        // What is wrong with JSON is told by line, never by content.
        let file = serde_json::from_slice(&text)
            .map_err(|error| wrong(format!("line {}, column {}", error.line(), error.column())))?;
        Ok(Some(Self {
            file,
            path: path.to_owned(),
        }))
    }

    /// The login of a server: a helper's before what is written.
    pub(super) async fn find(&self, server: &str, services: &Services) -> Result<Option<Found>, Error> {
        let helper = self
            .file
            .cred_helpers
            .get(server)
            .or(self.file.creds_store.as_ref())
            .filter(|name| !name.is_empty());
        if let Some(helper) = helper
            && let Some(found) = self.ask(helper, server, services).await?
        {
            return Ok(Some(found));
        }
        Ok(self.written(server))
    }

    async fn ask(&self, helper: &str, server: &str, services: &Services) -> Result<Option<Found>, Error> {
        let failed = |what: &str| {
            let name = sanitize(helper);
            let message = format!(
                "docker's credential helper `docker-credential-{name}`, which {} names, {what}",
                self.path.display()
            );
            Error::new(ErrorKind::Unauthenticated, message).remedy(
                "Set DOCKER_USERNAME and DOCKER_PASSWORD, which come before it, or run `docker login` again.",
            )
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if !helper.chars().all(plain) {
            return Err(failed("has a name that no program has"));
        }
        match services.helpers.get(helper, server).await {
            Ok(printed) => {
                let told: Told =
                    serde_json::from_slice(&printed).map_err(|_| failed("printed what is no credential"))?;
                Ok(Some(Found {
                    username: told.username,
                    secret: told.secret,
                })
                .filter(|found| !found.secret.is_empty()))
            }
            Err(HelperError::Unknown) => Ok(None),
            Err(HelperError::NotFound) => Err(failed("is not installed")),
            Err(HelperError::Failed) => Err(failed("failed")),
        }
    }

    /// The login that is written in the file.
    fn written(&self, server: &str) -> Option<Found> {
        let auth = self.file.auths.get(server)?;
        if let Some(encoded) = auth.auth.as_ref().filter(|text| !text.is_empty()) {
            let pair = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
            let (username, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
            let secret = Zeroizing::new(secret.trim_end_matches('\0').to_owned());
            return Some(Found {
                username: username.to_owned(),
                secret,
            })
            .filter(|found| !found.secret.is_empty());
        }
        let secret = auth.password.as_ref().or(auth.identitytoken.as_ref())?;
        Some(Found {
            username: auth.username.clone()?,
            secret: secret.clone(),
        })
        .filter(|found| !found.secret.is_empty())
    }
}
