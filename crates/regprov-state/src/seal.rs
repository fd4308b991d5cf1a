//! Sealing: secrets at rest are unreadable, unmovable and unforgeable without the state's key.
//!
//! One data key per state, wrapped by age for the state's recipients. Each secret value is sealed by itself
//! (XChaCha20-Poly1305) with its place as associated data, so that a value cannot be moved to another attribute, resource
//! or state; whatever else must be secret (journal batches, plan files) is sealed as a blob with its own context.
//!
//! Deliberately absent: signatures. Whoever can write the state and knows a recipient can make *another* sealed state;
//! what they cannot do is read this one or change it in part.

mod error;

use std::io::{Read, Write};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::identity::{Identity, Recipient};
use crate::keys::Randomness;

pub use error::SealError;

const FIELD: &str = "$sealed";
const FORMAT: &str = "v1";
const NONCE: usize = 24;
/// Plaintexts are padded to a multiple of this, so that the length of a secret shows only roughly.
const PADDING: usize = 32;

/// How the key of a state is kept in the state itself: wrapped for its recipients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingHeader {
    /// Names the data key; derived from it, and says nothing about it.
    pub key_id: String,
    /// The recipients the key is wrapped for.
    pub recipients: Vec<String>,
    /// The data key, as an armored age file for those of them that are keys; empty where none is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub wrapped: String,
    /// The data key, as an armored age file that a passphrase opens. age does not mix the two in one file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
}

impl SealingHeader {
    fn wrap(key: &Zeroizing<[u8; 32]>, recipients: &[Recipient]) -> Result<Self, SealError> {
        let (passphrases, keys): (Vec<_>, Vec<_>) =
            recipients.iter().partition(|recipient| recipient.is_passphrase());
        let passphrase = match passphrases.as_slice() {
            [] => None,
            [one] => Some(wrap(key, &[one])?),
            [_, _, ..] => return Err(SealError::TwoPassphrases),
        };
        Ok(Self {
            key_id: key_id(key),
            recipients: recipients.iter().map(ToString::to_string).collect(),
            wrapped: match keys.as_slice() {
                [] => String::new(),
                keys => wrap(key, keys)?,
            },
            passphrase,
        })
    }
}

/// Seals and opens with the data key of one state.
///
/// Guarantees: the key is wiped from memory when dropped; there is no `Debug`, and no error holds secret material.
pub struct Sealer {
    values: XChaCha20Poly1305,
    head: Zeroizing<[u8; 32]>,
    lineage: String,
    header: SealingHeader,
    randomness: Arc<dyn Randomness>,
}

impl Sealer {
    /// Makes a new data key for the state of this lineage.
    ///
    /// # Errors
    /// When there is no recipient, or the key cannot be wrapped for one.
    pub fn create(
        lineage: &str,
        recipients: &[Recipient],
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, SealError> {
        if recipients.is_empty() {
            return Err(SealError::NoRecipient);
        }
        let mut key = Zeroizing::new([0u8; 32]);
        randomness.fill(key.as_mut());
        let header = SealingHeader::wrap(&key, recipients)?;
        Ok(Self::from_key(&key, lineage, header, randomness))
    }

    /// Opens the data key of a state with the first identity that fits.
    ///
    /// # Errors
    /// When no identity fits, or the wrapped key is damaged.
    pub fn open(
        header: &SealingHeader,
        lineage: &str,
        identities: &[Identity],
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, SealError> {
        let key = unwrap(header, identities)?;
        let found = key_id(&key);
        if found != header.key_id {
            return Err(SealError::DamagedKey {
                problem: format!("it is key {found}, but names itself {}", header.key_id),
            });
        }
        Ok(Self::from_key(&key, lineage, header.clone(), randomness))
    }

    /// Returns the same key wrapped for other recipients. Whoever could open it before still can open old copies; to shut
    /// someone out, make a new key.
    ///
    /// # Errors
    /// As for [`Sealer::open`] and [`Sealer::create`].
    pub fn rewrapped(&self, identities: &[Identity], recipients: &[Recipient]) -> Result<Self, SealError> {
        if recipients.is_empty() {
            return Err(SealError::NoRecipient);
        }
        let key = unwrap(&self.header, identities)?;
        let header = SealingHeader::wrap(&key, recipients)?;
        Ok(Self::from_key(
            &key,
            &self.lineage,
            header,
            Arc::clone(&self.randomness),
        ))
    }

    /// Fails unless one of `identities` opens this key again.
    pub(crate) fn check_openable(&self, identities: &[Identity]) -> Result<(), SealError> {
        match unwrap(&self.header, identities) {
            Ok(_) => Ok(()),
            Err(SealError::NoIdentity { tried, .. }) => Err(SealError::NotRecipient { tried }),
            Err(error) => Err(error),
        }
    }

    /// Returns what has to be kept beside everything that this key seals.
    #[must_use]
    pub fn header(&self) -> &SealingHeader {
        &self.header
    }

    /// Returns the lineage whose values it seals.
    #[must_use]
    pub fn lineage(&self) -> &str {
        &self.lineage
    }

    /// Seals a value of any type in its place; the same value sealed twice looks different.
    ///
    /// # Errors
    /// Only when the encryption library fails.
    pub fn seal(&self, address: &str, path: &str, value: &Value) -> Result<Value, SealError> {
        let mut plain = Zeroizing::new(value.to_string().into_bytes());
        let padded = plain.len().div_ceil(PADDING) * PADDING;
        // Blanks after a JSON value do not change it.
        plain.resize(padded, b' ');
        let sealed = self.encrypt(&self.value_context(address, path), &plain)?;
        let text = format!("{FORMAT}:{}:{}", self.header.key_id, BASE64.encode(sealed));
        Ok(Value::Object(Map::from_iter([(
            FIELD.to_owned(),
            Value::String(text),
        )])))
    }

    /// Seals a value, keeping `prior` where that is the same value sealed for the same place.
    ///
    /// # Errors
    /// As for [`Sealer::seal`].
    pub fn reseal(
        &self,
        address: &str,
        path: &str,
        value: &Value,
        prior: Option<&Value>,
    ) -> Result<Value, SealError> {
        if let Some(prior) = prior
            && let Ok(opened) = self.open_value(address, path, prior)
            && opened == *value
        {
            return Ok(prior.clone());
        }
        self.seal(address, path, value)
    }

    /// Opens a sealed value in its place.
    ///
    /// # Errors
    /// When it was sealed with another key, for another place, or was altered.
    pub fn open_value(&self, address: &str, path: &str, sealed: &Value) -> Result<Value, SealError> {
        let place = || place(address, path);
        let text = sealed_text(sealed).ok_or_else(|| SealError::Form { place: place() })?;
        let (found, encoded) = text
            .strip_prefix(FORMAT)
            .and_then(|rest| rest.strip_prefix(':'))
            .and_then(|rest| rest.split_once(':'))
            .ok_or_else(|| SealError::Form { place: place() })?;
        if found != self.header.key_id {
            return Err(SealError::OtherKey {
                place: place(),
                found: found.chars().take(64).collect(),
                expected: self.header.key_id.clone(),
            });
        }
        let bytes = BASE64
            .decode(encoded)
            .map_err(|_| SealError::Form { place: place() })?;
        let plain = self
            .decrypt(&self.value_context(address, path), &bytes)
            .ok_or_else(|| SealError::Foreign { place: place() })?;
        serde_json::from_slice(&plain).map_err(|_| SealError::Form { place: place() })
    }

    /// Says whether a value has the form of a sealed one. Such a value never stays in clear, so what has the
    /// form *is* sealed.
    #[must_use]
    pub fn is_sealed(&self, value: &Value) -> bool {
        sealed_text(value).is_some()
    }

    /// Seals bytes for one purpose, which `context` names.
    ///
    /// # Errors
    /// Only when the encryption library fails.
    pub fn seal_blob(&self, context: &str, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        self.encrypt(&self.blob_context(context), bytes)
    }

    /// Opens what [`Sealer::seal_blob`] made with the same context.
    ///
    /// # Errors
    /// When it was sealed with another key, for another context, or was altered.
    pub fn open_blob(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.decrypt(&self.blob_context(context), sealed)
            .ok_or_else(|| SealError::Foreign {
                place: context.to_owned(),
            })
    }

    /// Returns a keyed digest, in hexadecimal, that only a holder of the data key can make.
    #[must_use]
    pub fn authenticate(&self, context: &str, bytes: &[u8]) -> String {
        let mut mac = new_mac(self.head.as_ref());
        mac.update(&joined(&[FORMAT, "authenticate", &self.lineage, context]));
        mac.update(bytes);
        hex::encode(mac.finalize().into_bytes())
    }

    fn from_key(
        key: &Zeroizing<[u8; 32]>,
        lineage: &str,
        header: SealingHeader,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            values: XChaCha20Poly1305::new((&*derived(key, "values")).into()),
            head: derived(key, "head"),
            lineage: lineage.to_owned(),
            header,
            randomness,
        }
    }

    fn value_context(&self, address: &str, path: &str) -> Vec<u8> {
        joined(&[FORMAT, "value", &self.lineage, address, path])
    }

    fn blob_context(&self, context: &str) -> Vec<u8> {
        joined(&[FORMAT, "blob", &self.lineage, context])
    }

    fn encrypt(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = vec![0u8; NONCE];
        self.randomness.fill(&mut sealed);
        let nonce = XNonce::clone_from_slice(&sealed);
        let body = self
            .values
            .encrypt(
                &nonce,
                Payload {
                    msg: plain,
                    aad: context,
                },
            )
            .map_err(|_| SealError::Library {
                problem: "the message is too long".into(),
            })?;
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    fn decrypt(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(NONCE)?;
        self.values
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: body,
                    aad: context,
                },
            )
            .ok()
            .map(Zeroizing::new)
    }
}

fn place(address: &str, path: &str) -> String {
    if path.is_empty() {
        address.to_owned()
    } else {
        format!("{address}, attribute {path}")
    }
}

fn sealed_text(value: &Value) -> Option<&str> {
    let object = value.as_object()?;
    if object.len() != 1 {
        return None;
    }
    object.get(FIELD)?.as_str()
}

/// Joins texts so that no two lists of texts give the same bytes.
fn joined(parts: &[&str]) -> Vec<u8> {
    let mut bytes = b"regprov".to_vec();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

fn new_mac(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn derived(key: &Zeroizing<[u8; 32]>, purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut mac = new_mac(key.as_ref());
    mac.update(&joined(&[FORMAT, "derive", purpose]));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn key_id(key: &Zeroizing<[u8; 32]>) -> String {
    hex::encode(&derived(key, "key id")[..8])
}

fn wrap(key: &Zeroizing<[u8; 32]>, recipients: &[&Recipient]) -> Result<String, SealError> {
    let library = |problem: String| SealError::Library { problem };
    let recipients: Vec<_> = recipients.iter().map(|recipient| recipient.to_age()).collect();
    let encryptor = age::Encryptor::with_recipients(recipients.iter().map(AsRef::as_ref))
        .map_err(|error| library(error.to_string()))?;
    let failed = |error: std::io::Error| library(error.to_string());
    let mut text = Vec::new();
    let armor =
        age::armor::ArmoredWriter::wrap_output(&mut text, age::armor::Format::AsciiArmor).map_err(failed)?;
    let mut writer = encryptor.wrap_output(armor).map_err(failed)?;
    writer.write_all(key.as_ref()).map_err(failed)?;
    writer
        .finish()
        .and_then(age::armor::ArmoredWriter::finish)
        .map_err(failed)?;
    String::from_utf8(text).map_err(|_| library("the armor is not text".into()))
}

fn unwrap(header: &SealingHeader, identities: &[Identity]) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let (passphrases, keys): (Vec<_>, Vec<_>) = identities
        .iter()
        .partition(|identity| identity.recipient().is_passphrase());
    let files = [
        (
            Some(header.wrapped.as_str()).filter(|text| !text.is_empty()),
            keys,
        ),
        (header.passphrase.as_deref(), passphrases),
    ];
    for (wrapped, identities) in files {
        let (Some(wrapped), false) = (wrapped, identities.is_empty()) else {
            continue;
        };
        if let Some(key) = unwrap_file(wrapped, &identities)? {
            return Ok(key);
        }
    }
    Err(SealError::NoIdentity {
        tried: identities.len(),
        recipients: header.recipients.join(", "),
    })
}

/// Opens one age file; `None` where none of the identities fits.
fn unwrap_file(wrapped: &str, identities: &[&Identity]) -> Result<Option<Zeroizing<[u8; 32]>>, SealError> {
    let damaged = |problem: String| SealError::DamagedKey { problem };
    let decryptor = age::Decryptor::new(age::armor::ArmoredReader::new(wrapped.as_bytes()))
        .map_err(|error| damaged(error.to_string()))?;
    let mut reader = match decryptor.decrypt(identities.iter().map(|identity| identity.as_age())) {
        Ok(reader) => reader,
        // A wrong passphrase shows as a stanza that does not open.
        Err(age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed) => return Ok(None),
        Err(error) => return Err(damaged(error.to_string())),
    };
    let mut key = Zeroizing::new([0u8; 32]);
    reader
        .read_exact(key.as_mut())
        .map_err(|error| damaged(error.to_string()))?;
    let mut rest = [0u8; 1];
    match reader.read(&mut rest) {
        Ok(0) => Ok(Some(key)),
        Ok(_) => Err(damaged("it is too long".into())),
        Err(error) => Err(damaged(error.to_string())),
    }
}
