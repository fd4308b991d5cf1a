//! Client certificates: PKCS#12 or PEM, and the assertions that they sign.

use crate::Services;
use crate::settings::{SecretText, Settings};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use regprov_addr::AttributePath;
use regprov_http::{TokenError, TokenErrorKind};
use regprov_provider::{Error, ErrorKind};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Serialize;
use std::time::Duration;
use zeroize::Zeroizing;

/// A certificate with its key.
pub(crate) struct Certificate {
    key: Key,
    /// SHA-1 of the certificate's DER form.
    thumbprint: Vec<u8>,
    /// The certificate, for the `x5c` header.
    der: Vec<u8>,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: String,
    x5t: String,
    x5c: [String; 1],
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: i64,
    exp: i64,
}

impl Certificate {
    /// Loads the certificate that the settings name.
    pub(super) fn load(settings: &Settings) -> Result<Self, Error> {
        let (bytes, argument) = match (&settings.certificate, &settings.certificate_path) {
            (Some(text), _) => {
                let packed: String = text
                    .chars()
                    .filter(|character| !character.is_whitespace())
                    .collect();
                let bytes = STANDARD
                    .decode(packed)
                    .map_err(|_| refused("client_certificate", "it is not base64"))?;
                (Zeroizing::new(bytes), "client_certificate")
            }
            (None, Some(path)) => {
                let bytes = std::fs::read(path).map_err(|error| {
                    refused(
                        "client_certificate_path",
                        &format!("the file cannot be read: {error}"),
                    )
                })?;
                (Zeroizing::new(bytes), "client_certificate_path")
            }
            (None, None) => return Err(refused("client_certificate", "it is not set")),
        };
        let password = settings
            .certificate_password
            .as_ref()
            .map_or("", |password| password.as_str());
        let (key, der) = if bytes.starts_with(b"-----") || contains(&bytes, b"-----BEGIN ") {
            pem(&bytes).map_err(|reason| refused(argument, &reason))?
        } else {
            pkcs12(&bytes, password).map_err(|reason| refused(argument, &reason))?
        };
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
        Ok(Self {
            key,
            thumbprint: digest.as_ref().to_vec(),
            der,
        })
    }

    /// A signed assertion that we are the application.
    pub(super) fn assertion(
        &self,
        audience: &str,
        client: &str,
        services: &Services,
    ) -> Result<SecretText, TokenError> {
        let now = services.clock.now();
        let until = now.checked_add(Duration::from_secs(600)).unwrap_or(now);
        let mut id = [0; 16];
        services.randomness.fill(&mut id);
        let header = Header {
            alg: match self.key {
                Key::Rsa(_) => "RS256",
                Key::Ec(_) => "ES256",
            },
            typ: "JWT",
            kid: URL_SAFE.encode(&self.thumbprint),
            x5t: URL_SAFE_NO_PAD.encode(&self.thumbprint),
            x5c: [STANDARD.encode(&self.der)],
        };
        let claims = Claims {
            aud: audience,
            iss: client,
            sub: client,
            jti: uuid::Builder::from_random_bytes(id).into_uuid().to_string(),
            nbf: now.as_second(),
            exp: until.as_second(),
        };
        let part = |json: serde_json::Result<Vec<u8>>| json.map(|json| URL_SAFE_NO_PAD.encode(json));
        let failed = |_| {
            TokenError::new(
                TokenErrorKind::NotConfigured,
                "the assertion could not be written",
            )
        };
        let header = part(serde_json::to_vec(&header)).map_err(failed)?;
        let claims = part(serde_json::to_vec(&claims)).map_err(failed)?;
        let signed = format!("{header}.{claims}");
        let signature = self.sign(signed.as_bytes())?;
        Ok(Zeroizing::new(format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(signature)
        )))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let failed = |_| {
            TokenError::new(
                TokenErrorKind::NotConfigured,
                "the certificate's key could not sign: it is not a usable key",
            )
        };
        // RSA signing with this padding and ECDSA draw nothing from the outcome of a test: the system's randomness blinds.
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Key::Ec(key) => Ok(key.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn refused(argument: &str, reason: &str) -> Error {
    let message = format!("the certificate of `{argument}` cannot be used: {reason}");
    Error::new(ErrorKind::Invalid(Some(AttributePath::root().name(argument))), message).remedy(
        "Give a PKCS#12 file (with `client_certificate_password` where it has one) or a PEM file that holds the certificate \
         and its private key, RSA or P-256.",
    )
}

/// The key of a PKCS#8 document.
fn key(der: &[u8]) -> Result<Key, String> {
    if let Ok(key) = RsaKeyPair::from_pkcs8(der) {
        return Ok(Key::Rsa(Box::new(key)));
    }
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new())
        .map(|key| Key::Ec(Box::new(key)))
        .map_err(|_| "its private key is neither RSA of 2048 bits or more nor P-256".to_owned())
}

fn pkcs12(bytes: &[u8], password: &str) -> Result<(Key, Vec<u8>), String> {
    let store =
        p12_keystore::KeyStore::from_pkcs12(bytes, password, p12_keystore::Pkcs12ImportPolicy::Relaxed)
            .map_err(|_| "it is no PKCS#12 file, or the password is wrong".to_owned())?;
    let (_, chain) = store.private_key_chain().ok_or("it holds no private key")?;
    let leaf = chain
        .certs()
        .first()
        .ok_or("it holds no certificate of its private key")?;
    Ok((key(chain.key().as_der())?, leaf.as_der().to_vec()))
}

fn pem(bytes: &[u8]) -> Result<(Key, Vec<u8>), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no PEM text".to_owned())?;
    let sections = sections(text)?;
    let certificate = sections.iter().find(|(label, _)| label == "CERTIFICATE");
    let (_, certificate) = certificate.ok_or("the PEM file holds no certificate")?;
    for (label, der) in &sections {
        match label.as_str() {
            "PRIVATE KEY" => return Ok((key(der)?, certificate.to_vec())),
            "RSA PRIVATE KEY" => {
                let key =
                    RsaKeyPair::from_der(der).map_err(|_| "its private key is not usable RSA".to_owned())?;
                return Ok((Key::Rsa(Box::new(key)), certificate.to_vec()));
            }
            "ENCRYPTED PRIVATE KEY" => {
                return Err(
                    "its private key is encrypted; use a PKCS#12 file, or decrypt the key".to_owned(),
                );
            }
            _ => {}
        }
    }
    Err("the PEM file holds no private key".to_owned())
}

/// The label of a PEM section, and its DER form.
type Section = (String, Zeroizing<Vec<u8>>);

/// The labelled DER sections of a PEM text.
fn sections(text: &str) -> Result<Vec<Section>, String> {
    let mut sections = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or("the PEM text is cut short")?;
        let (body, after) = after
            .split_once(&format!("-----END {label}-----"))
            .ok_or("the PEM text is cut short")?;
        let packed: Zeroizing<String> = Zeroizing::new(
            body.chars()
                .filter(|character| !character.is_whitespace())
                .collect(),
        );
        let der = STANDARD
            .decode(packed.as_str())
            .map_err(|_| format!("its {label} section is not base64"))?;
        sections.push((label.to_owned(), Zeroizing::new(der)));
        rest = after;
    }
    Ok(sections)
}
