//! The sandbox's own key: seals secrets that must be told again, hashes those told once, signs tokens.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A show-once secret at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SecretHash {
    salt: String,
    digest: String,
}

impl SecretHash {
    /// Hashes `secret` with `salt`.
    pub(crate) fn new(secret: &str, salt: [u8; 16]) -> Self {
        let salt = hex::encode(salt);
        Self {
            digest: digest(&salt, secret),
            salt,
        }
    }

    /// Whether `secret` is the one that was hashed.
    pub(crate) fn matches(&self, secret: &str) -> bool {
        let given = digest(&self.salt, secret);
        given
            .bytes()
            .zip(self.digest.bytes())
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
    }
}

fn digest(salt: &str, secret: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update([0]);
    hash.update(secret.as_bytes());
    hex::encode(hash.finalize())
}

/// The keys of one sandbox. They live in files of mode 0600 beside the store.
pub(crate) struct Keys {
    sealing: [u8; 32],
    signing: EcdsaKeyPair,
    /// Digests of tokens whose signature was verified: a client sends the same token with every request.
    verified: Mutex<HashSet<[u8; 32]>>,
}

/// How many verified tokens are remembered.
const REMEMBERED: usize = 1024;

/// Why keys on disk cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox's signing key is damaged")]
pub(crate) struct KeyError;

impl Keys {
    /// Takes the sealing key and the PKCS#8 signing key (P-256).
    pub(crate) fn new(sealing: [u8; 32], signing_pkcs8: &[u8]) -> Result<Self, KeyError> {
        let signing = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            signing_pkcs8,
            &SystemRandom::new(),
        )
        .map_err(|_| KeyError)?;
        Ok(Self {
            sealing,
            signing,
            verified: Mutex::default(),
        })
    }

    /// A fresh PKCS#8 signing key.
    pub(crate) fn generate_signing() -> Result<Vec<u8>, KeyError> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_| KeyError)
    }

    /// Seals a secret that must be told again; `context` (such as its table and key) must be given to open it.
    pub(crate) fn seal(&self, nonce: [u8; 12], context: &str, secret: &str) -> String {
        let cipher = ChaCha20Poly1305::new(Key::from_slice(&self.sealing));
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: context.as_bytes(),
        };
        let sealed = cipher
            .encrypt(Nonce::from_slice(&nonce), payload)
            .expect("secrets are short");
        STANDARD_NO_PAD.encode([nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// Opens what [`Keys::seal`] sealed; `None` when it is damaged or of another context.
    pub(crate) fn unseal(&self, context: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_at_checked(12)?;
        let cipher = ChaCha20Poly1305::new(Key::from_slice(&self.sealing));
        let payload = Payload {
            msg: text,
            aad: context.as_bytes(),
        };
        String::from_utf8(cipher.decrypt(Nonce::from_slice(nonce), payload).ok()?).ok()
    }

    /// A keyed digest, for tokens such as page cursors and polling URLs that must not be forged.
    pub(crate) fn mac(&self, text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.sealing);
        hex::encode(hmac::sign(&key, text.as_bytes()))
    }

    /// Signs `claims` as a JWT (ES256).
    pub(crate) fn sign_jwt(&self, claims: &Value) -> String {
        let header = json!({ "typ": "JWT", "alg": "ES256", "kid": self.key_id(), "x5t": self.key_id() });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self
            .signing
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("P-256 signs anything");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// The claims of a JWT that this sandbox signed; expiry is the caller's to check.
    pub(crate) fn verify_jwt(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let digest: [u8; 32] = Sha256::digest(token).into();
        if !self.verified().contains(&digest) {
            let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.signing.public_key().as_ref())
                .verify(signed.as_bytes(), &signature)
                .ok()?;
            let mut verified = self.verified();
            if verified.len() >= REMEMBERED {
                verified.clear();
            }
            verified.insert(digest);
        }
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    fn verified(&self) -> MutexGuard<'_, HashSet<[u8; 32]>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The public signing key as a JSON web key.
    pub(crate) fn jwk(&self) -> Value {
        let point = self.signing.public_key().as_ref();
        json!({
            "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": self.key_id(),
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..65]),
        })
    }

    fn key_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&Sha256::digest(self.signing.public_key().as_ref())[..20])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new([7; 32], &Keys::generate_signing().unwrap()).unwrap()
    }

    #[test]
    fn a_token_signed_here_verifies_and_an_altered_one_does_not() {
        let keys = keys();
        let token = keys.sign_jwt(&json!({ "oid": "x" }));
        assert_eq!(keys.verify_jwt(&token), Some(json!({ "oid": "x" })));
        assert_eq!(keys.verify_jwt(&token), Some(json!({ "oid": "x" })), "once more");
        let forged = format!("{}.{}", token.rsplit_once('.').unwrap().0, "AAAA");
        assert_eq!(keys.verify_jwt(&forged), None);
        assert_eq!(self::keys().verify_jwt(&token), None);
    }

    #[test]
    fn a_sealed_secret_opens_only_in_its_context() {
        let keys = keys();
        let sealed = keys.seal([1; 12], "a", "secret");
        assert_eq!(keys.unseal("a", &sealed).as_deref(), Some("secret"));
        assert_eq!(keys.unseal("b", &sealed), None);
        assert!(!sealed.contains("secret"));
    }

    #[test]
    fn a_hash_matches_its_secret_only() {
        let hash = SecretHash::new("secret", [3; 16]);
        assert!(hash.matches("secret"));
        assert!(!hash.matches("Secret"));
    }
}
