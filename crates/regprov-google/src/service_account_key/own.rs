//! A key pair of our own: drawn here, its public half uploaded, so that its private half cannot be lost on the way.

use crate::DrawKey;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use regprov_http::Randomness;
use regprov_provider::{Error, ErrorKind};
use ring::rsa::PublicKeyComponents;
use ring::signature::RsaKeyPair;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use zeroize::Zeroizing;

/// How many bits a key has.
const BITS: usize = 2048;
/// The algorithm of RSA keys, in the encoding of PKCS #8.
const RSA: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

struct Draws(Arc<dyn Randomness>);

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Draws {}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Failed, format!("the key cannot be made: {error}"))
}

/// A length as DER writes it.
fn length(bytes: usize) -> Vec<u8> {
    match u8::try_from(bytes) {
        Ok(short) if short < 0x80 => vec![short],
        _ => {
            let digits: Vec<u8> = bytes
                .to_be_bytes()
                .into_iter()
                .skip_while(|byte| *byte == 0)
                .collect();
            let count = u8::try_from(digits.len()).expect("a length has eight bytes at most");
            [vec![0x80 | count], digits].concat()
        }
    }
}

/// PKCS #8 around a key in PKCS #1.
fn pkcs8(pkcs1: &[u8]) -> Zeroizing<Vec<u8>> {
    let octets = Zeroizing::new([vec![0x04], length(pkcs1.len()), pkcs1.to_vec()].concat());
    let content = Zeroizing::new([&[0x02, 0x01, 0x00][..], &RSA[..], &octets[..]].concat());
    Zeroizing::new([vec![0x30], length(content.len()), content.to_vec()].concat())
}

fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let text = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        let _ = writeln!(pem, "{line}");
        rest = after;
    }
    let _ = writeln!(pem, "-----END {label}-----");
    pem
}

/// Draws a key of RSA with 2048 bits: its private half as PKCS #8 in PEM. It takes a while.
///
/// # Errors
/// Where the key cannot be made.
pub fn draw_key(randomness: Arc<dyn Randomness>) -> Result<Zeroizing<String>, Error> {
    let key = rsa::PrivateKey::new(&mut Draws(randomness), BITS).map_err(failed)?;
    let pkcs1 = key.to_pkcs1_der().map_err(failed)?;
    Ok(pem("PRIVATE KEY", &pkcs8(pkcs1.as_bytes())))
}

/// Draws keys by this randomness, beside everything else.
pub(crate) struct DrawnHere(pub(crate) Arc<dyn Randomness>);

#[async_trait]
impl DrawKey for DrawnHere {
    async fn draw(&self) -> Result<Zeroizing<String>, Error> {
        let randomness = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || draw_key(randomness))
            .await
            .map_err(failed)?
    }
}

/// The certificate that carries the public half, in PEM. It is signed by the key itself, as Google asks for.
pub(super) fn certificate(private_pem: &str, name: &str) -> Result<String, Error> {
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(private_pem, &rcgen::PKCS_RSA_SHA256).map_err(failed)?;
    let mut certificate = CertificateParams::new(Vec::<String>::new()).map_err(failed)?;
    certificate.distinguished_name.push(DnType::CommonName, name);
    (certificate.not_before, certificate.not_after) =
        (date_time_ymd(2020, 1, 1), date_time_ymd(9999, 12, 31));
    let made = certificate.self_signed(&key).map_err(failed)?;
    Ok(made.pem())
}

/// The bytes that stand in every encoding of the public half.
pub(super) fn modulus(private_pem: &str) -> Option<Vec<u8>> {
    let key = crate::authentication::pkcs8_of(private_pem)?;
    let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).ok()?;
    Some(PublicKeyComponents::<Vec<u8>>::from(key.public()).n)
}

/// Whether a public key as the service tells it (base64 of PEM) is of these bytes.
pub(super) fn is_of(public_key_data: &str, modulus: &[u8]) -> bool {
    let decoded = STANDARD.decode(public_key_data.trim()).ok();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(text) = text else { return false };
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let Ok(der) = STANDARD.decode(body.trim()) else {
        return false;
    };
    !modulus.is_empty() && der.windows(modulus.len()).any(|window| window == modulus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regprov_http::SeededRandomness;

    #[test]
    fn a_drawn_key_signs_and_its_certificate_is_recognized() {
        let text = draw_key(Arc::new(SeededRandomness::new(1))).unwrap();
        let modulus = modulus(&text).unwrap();
        assert_eq!(modulus.len(), BITS / 8);
        let certificate = certificate(&text, "regprov-1").unwrap();
        assert!(is_of(&STANDARD.encode(certificate), &modulus));
        assert!(!is_of(
            &STANDARD.encode("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
            &modulus
        ));
    }
}
