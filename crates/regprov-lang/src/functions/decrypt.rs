//! `rsadecrypt`: PKCS #1 v1.5 (RFC 8017, section 7.2.2).
//!
//! Whether a padding is right is told, as by Terraform. That is a weakness where a stranger may ask a server again and again;
//! here both texts are the user's own.

use super::encoding::BASE64;
use super::support::{Args, Outcome, blame, fail};
use base64::Engine as _;
use regprov_value::Value;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PrivateKey, hazmat};
use std::convert::Infallible;

/// The shortest padding.
const PADDING: usize = 8;

/// The text that a key decrypts from Base64.
pub(super) fn rsadecrypt(arguments: &mut Args<'_>) -> Outcome {
    let Ok(ciphertext) = BASE64.decode(arguments.text(0)) else {
        return blame(0, "it is not Base64");
    };
    let pem = arguments.text(1);
    if pem.contains("BEGIN OPENSSH PRIVATE KEY") {
        return blame(
            1,
            "it is a key in the format of OpenSSH; write it as PEM with \"ssh-keygen -p -m PEM -f FILE\"",
        );
    }
    let key = PrivateKey::from_pkcs1_pem(pem)
        .ok()
        .or_else(|| PrivateKey::from_pkcs8_pem(pem).ok());
    let Some(key) = key else {
        return blame(
            1,
            "it is not an RSA private key as PEM, without a passphrase (\"RSA PRIVATE KEY\" or \"PRIVATE KEY\")",
        );
    };
    match decrypted(&key, &ciphertext).map(String::from_utf8) {
        Some(Ok(text)) => Ok(Value::string(text)),
        Some(Err(_)) => fail("what was decrypted is not UTF-8 text"),
        None => fail("the text was not encrypted for this key with the padding of PKCS #1 v1.5"),
    }
}

fn decrypted(key: &PrivateKey, ciphertext: &[u8]) -> Option<Vec<u8>> {
    if ciphertext.len() != key.size() {
        return None;
    }
    let number = BoxedUint::from_be_slice(ciphertext, key.n().as_ref().bits_precision()).ok()?;
    let message = hazmat::rsa_decrypt_and_check(key, None::<&mut Unblinded>, &number).ok()?;
    let bytes = message.to_be_bytes();
    let block = bytes.get(bytes.len().checked_sub(key.size())?..)?;
    let padded = block.strip_prefix(&[0, 2])?;
    let end = padded.iter().position(|byte| *byte == 0)?;
    (end >= PADDING).then(|| padded[end + 1..].to_vec())
}

/// Randomness that nobody gives: blinding hides how long a key takes, and nobody measures that here.
enum Unblinded {}

impl TryRng for Unblinded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        match *self {}
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        match *self {}
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        match *self {}
    }
}

impl TryCryptoRng for Unblinded {}

#[cfg(test)]
mod tests {
    use super::{BASE64, PrivateKey, decrypted};
    use base64::Engine as _;
    use rsa::pkcs1::DecodeRsaPrivateKey as _;
    use rsa::pkcs8::DecodePrivateKey as _;

    #[test]
    fn a_text_of_openssl_is_decrypted_with_a_key_in_either_form() {
        let ciphertext = include_str!("../../tests/keys/ciphertext");
        let ciphertext = BASE64.decode(ciphertext).unwrap();
        let keys = [
            PrivateKey::from_pkcs1_pem(include_str!("../../tests/keys/pkcs1.pem")).unwrap(),
            PrivateKey::from_pkcs8_pem(include_str!("../../tests/keys/pkcs8.pem")).unwrap(),
        ];
        for key in keys {
            assert_eq!(decrypted(&key, &ciphertext).unwrap(), b"the password");
            let mut damaged = ciphertext.clone();
            damaged[100] ^= 1;
            assert_eq!(decrypted(&key, &damaged), None);
            assert_eq!(decrypted(&key, &ciphertext[1..]), None);
        }
    }
}
