//! Assertions that a service account signs with its key.

use super::not_configured;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use regprov_http::TokenError;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Serialize;
use zeroize::Zeroizing;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

/// The private key of a text in PEM.
pub(crate) fn pkcs8_of(pem: &str) -> Option<PrivatePkcs8KeyDer<'static>> {
    PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).ok()
}

/// Who says what to whom.
pub(super) struct Statement<'a> {
    pub(super) issuer: &'a str,
    pub(super) scope: &'a str,
    pub(super) audience: &'a str,
    pub(super) key_id: Option<&'a str>,
    pub(super) now: Timestamp,
}

/// Signs.
pub(super) fn signed(statement: &Statement<'_>, private_key: &str) -> Result<Zeroizing<String>, TokenError> {
    let wrong = || {
        not_configured(
            "the private key of the service account cannot be read: `private_key` of its file must be an RSA key in PEM \
             (PKCS #8), with its line breaks",
        )
    };
    let key = pkcs8_of(private_key).ok_or_else(wrong)?;
    let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|_| wrong())?;
    let issued = statement.now.as_second();
    let header = Header {
        alg: "RS256",
        typ: "JWT",
        kid: statement.key_id,
    };
    let claims = Claims {
        iss: statement.issuer,
        scope: statement.scope,
        aud: statement.audience,
        iat: issued,
        exp: issued + 3600,
    };
    let encode = |bytes: Result<Vec<u8>, serde_json::Error>| {
        bytes
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
            .map_err(|_| wrong())
    };
    let text = format!(
        "{}.{}",
        encode(serde_json::to_vec(&header))?,
        encode(serde_json::to_vec(&claims))?
    );
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .map_err(|_| wrong())?;
    Ok(Zeroizing::new(format!(
        "{text}.{}",
        URL_SAFE_NO_PAD.encode(signature)
    )))
}
