//! JSON web tokens that others signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::Value;

/// A JWT taken apart.
pub(crate) struct Jwt<'a> {
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl<'a> Jwt<'a> {
    /// Takes a token apart; none where it is not one.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let part = |text: &str| {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?).ok()
        };
        let signature = URL_SAFE_NO_PAD.decode(signature.trim_end_matches('=')).ok()?;
        Some(Self {
            signed,
            signature,
            header: part(header)?,
            claims: part(claims)?,
        })
    }

    /// A claim that is text; empty where there is none.
    pub(crate) fn claim(&self, name: &str) -> &str {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whom the token is for.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            Some(_) | None => Vec::new(),
        }
    }

    /// How it says that it is signed.
    pub(crate) fn algorithm(&self) -> &str {
        self.header.get("alg").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the token's time has come and has not passed; five minutes of skew are allowed.
    pub(crate) fn is_current(&self, now: i64) -> bool {
        let number = |name: &str| self.claims.get(name).and_then(Value::as_i64);
        number("exp").is_some_and(|exp| now < exp + 300) && number("nbf").is_none_or(|nbf| nbf - 300 <= now)
    }

    /// Whether a JSON web key verifies its signature.
    pub(crate) fn is_signed_by(&self, key: &Value) -> bool {
        let part = |name: &str| -> Option<Vec<u8>> {
            URL_SAFE_NO_PAD
                .decode(key.get(name)?.as_str()?.trim_end_matches('='))
                .ok()
        };
        let kid = |value: &Value| value.get("kid").and_then(Value::as_str).map(str::to_owned);
        if kid(&self.header)
            .zip(kid(key))
            .is_some_and(|(wanted, given)| wanted != given)
        {
            return false;
        }
        let signed = self.signed.as_bytes();
        match self.algorithm() {
            "ES256" => part("x").zip(part("y")).is_some_and(|(x, y)| {
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed, &self.signature)
                    .is_ok()
            }),
            "RS256" => part("n").zip(part("e")).is_some_and(|(n, e)| {
                RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, signed, &self.signature)
                    .is_ok()
            }),
            "PS256" => part("n").zip(part("e")).is_some_and(|(n, e)| {
                RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PSS_2048_8192_SHA256, signed, &self.signature)
                    .is_ok()
            }),
            _ => false,
        }
    }
}
