//! The parts of a credential, checked once for all forms.

use crate::HandoffError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use regprov_provider::{PushCredential, RegistryKind};
use zeroize::Zeroizing;

/// The key under which docker keeps Docker Hub's login; the slash at the end matters.
pub(crate) const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// What a form is made of.
pub(crate) struct Login<'a> {
    pub(crate) host: &'a str,
    pub(crate) username: &'a str,
    pub(crate) password: &'a str,
    pub(crate) kind: RegistryKind,
}

impl<'a> Login<'a> {
    /// Takes a credential apart and refuses what its consumers would break.
    pub(crate) fn of(credential: &'a PushCredential) -> Result<Self, HandoffError> {
        let Some(password) = credential.secret.reveal().filter(|secret| !secret.is_empty()) else {
            return Err(HandoffError::NoSecret(credential.address.to_string()));
        };
        let login = Self {
            host: &credential.host,
            username: &credential.username,
            password,
            kind: credential.kind,
        };
        // A key file has many lines; all else that is a control character becomes invalid JSON in a Helm template.
        refuse_control_characters("secret", password, &['\n', '\r', '\t'])?;
        refuse_control_characters("username", login.username, &[])?;
        if login.username.contains(':') {
            return Err(HandoffError::ColonInUsername);
        }
        let fits =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
        if login.host.is_empty() || !login.host.bytes().all(fits) {
            return Err(HandoffError::Host(login.host.escape_debug().to_string()));
        }
        Ok(login)
    }

    /// The key under which docker keeps the login.
    pub(crate) fn docker_key(&self) -> &'a str {
        if self.kind == RegistryKind::DockerHub {
            DOCKER_HUB_KEY
        } else {
            self.host
        }
    }

    /// The address, as BinderHub's chart wants it.
    pub(crate) fn url(&self) -> String {
        if self.kind == RegistryKind::DockerHub {
            DOCKER_HUB_KEY.to_owned()
        } else {
            format!("https://{}", self.host)
        }
    }

    /// `base64(username:password)`.
    pub(crate) fn auth(&self) -> Zeroizing<String> {
        let pair = Zeroizing::new(format!("{}:{}", self.username, self.password));
        Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()))
    }
}

fn refuse_control_characters(what: &'static str, text: &str, allowed: &[char]) -> Result<(), HandoffError> {
    match text
        .chars()
        .find(|character| character.is_control() && !allowed.contains(character))
    {
        Some(found) => Err(HandoffError::ControlCharacter {
            what,
            character: format!("U+{:04X}", u32::from(found)),
        }),
        None => Ok(()),
    }
}
