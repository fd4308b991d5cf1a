//! What a service account of Google's signs in with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value as Json, json};

/// Who gives tokens.
pub(crate) const TOKENS: &str = "oauth2.googleapis.com";

/// A token signed by the private half of the key in a file, good for an hour; `None` where the file cannot sign.
pub(crate) fn assertion(file: &Json, now: i64) -> Option<String> {
    let text = |name: &str| file.get(name).and_then(Json::as_str);
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": text("private_key_id")? });
    let claims = json!({
        "iss": text("client_email")?, "aud": format!("https://{TOKENS}/token"), "iat": now, "exp": now + 3600,
        "scope": "https://www.googleapis.com/auth/cloud-platform",
    });
    let signed = format!("{}.{}", part(&header), part(&claims));
    let key = PrivatePkcs8KeyDer::from_pem_slice(text("private_key")?.as_bytes()).ok()?;
    let key = KeyPair::from_pkcs8(key.secret_pkcs8_der()).ok()?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .ok()?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
