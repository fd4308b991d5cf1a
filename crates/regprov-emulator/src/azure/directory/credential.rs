//! What proves that somebody is an application: passwords, certificates, federated tokens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::seal::SecretHash;
use crate::store::Transaction;

/// A password; its text is told once and kept as a hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PasswordCredential {
    pub(crate) key_id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) hint: String,
    pub(crate) hash: SecretHash,
    /// From when reads list it and login takes it.
    pub(crate) visible_from: Timestamp,
}

impl PasswordCredential {
    /// Whether the password opens anything at `now`.
    pub(crate) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.start <= now && now < self.end
    }

    /// The password as Graph shows it; `secret` only in the answer that made it.
    pub(crate) fn wire(&self, secret: Option<&str>) -> Value {
        json!({
            "customKeyIdentifier": null, "displayName": self.display_name, "endDateTime": clock::seconds(self.end),
            "hint": self.hint, "keyId": self.key_id, "secretText": secret, "startDateTime": clock::seconds(self.start),
        })
    }
}

/// The public part of a certificate credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyCredential {
    pub(crate) key_id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// Base64 of the DER certificate.
    pub(crate) certificate: String,
    /// Upper-case hexadecimal SHA-1 of the certificate.
    pub(crate) thumbprint: String,
}

impl KeyCredential {
    /// The credential as Graph shows it.
    pub(crate) fn wire(&self) -> Value {
        json!({
            "customKeyIdentifier": self.thumbprint, "displayName": self.display_name,
            "endDateTime": clock::seconds(self.end), "key": null, "keyId": self.key_id,
            "startDateTime": clock::seconds(self.start), "type": "AsymmetricX509Cert", "usage": "Verify",
        })
    }
}

/// Trust in the tokens of another issuer. Of applications and of managed identities alike.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FederatedCredential {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) description: Option<String>,
    pub(crate) audiences: Vec<String>,
    /// From when the token endpoint honours it.
    pub(crate) effective_from: Timestamp,
}

/// A new password in Entra's format: 40 characters such as `Abc8Q~…`; the text is not kept.
pub(crate) fn new_password(
    tx: &mut Transaction,
    display_name: Option<String>,
    start: Timestamp,
    end: Timestamp,
) -> (PasswordCredential, String) {
    const TAIL: &[u8; 65] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~";
    let mut draw = tx.draw();
    let text = format!("{}8Q~{}", draw.alphanumeric(3), draw.text(34, TAIL));
    let secret = tx.mark(&text, 6);
    let hash = tx.hash_secret(&secret);
    let key_id = tx.new_uuid().to_string();
    let hint = secret[..3].to_owned();
    let (visible_from, _) = super::replication(tx);
    (
        PasswordCredential {
            key_id,
            display_name,
            start,
            end,
            hint,
            hash,
            visible_from,
        },
        secret,
    )
}
