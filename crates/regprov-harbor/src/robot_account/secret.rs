//! Secrets of robot accounts: chosen here, taken by Harbor.

use super::wire;
use crate::client::{Ask, Client};
use regprov_provider::Error;
use regprov_schema::Once;
use regprov_value::Value;

/// By how many seconds the clock of a Harbor may differ from ours.
pub(super) const CLOCKS_DIFFER: i64 = 600;
/// How many characters a chosen secret has.
const LENGTH: usize = 32;
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Whether Harbor takes a secret.
fn is_taken(text: &str) -> bool {
    (8..=128).contains(&text.chars().count())
        && text.contains(|letter: char| letter.is_ascii_uppercase())
        && text.contains(|letter: char| letter.is_ascii_lowercase())
        && text.contains(|letter: char| letter.is_ascii_digit())
}

/// The rule for secrets.
pub(crate) fn check(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if !is_taken(text) => Err(
            "a secret has 8 to 128 characters, and at least one capital letter, one small letter and one digit".to_owned(),
        ),
        Some(_) | None => Ok(()),
    }
}

/// A secret of our choice.
pub(super) fn chosen(client: &Client) -> Once<String> {
    loop {
        let mut bytes = [0; 4 * LENGTH];
        client.services.randomness.fill(&mut bytes);
        if let Some(secret) = secret(&bytes) {
            client.services.redactor.register(&secret);
            return Once::new(secret);
        }
    }
}

/// The secret that random bytes give; none where they do not suffice. Bytes beyond the last whole alphabet are passed over,
/// so that every letter is as likely.
fn secret(bytes: &[u8]) -> Option<String> {
    let whole = 256 - 256 % ALPHABET.len();
    let letters = bytes
        .iter()
        .map(|byte| usize::from(*byte))
        .filter(|byte| *byte < whole)
        .map(|byte| char::from(ALPHABET[byte % ALPHABET.len()]));
    let text: String = letters.take(LENGTH).collect();
    (text.len() == LENGTH && is_taken(&text)).then_some(text)
}

/// Sets the secret of an account.
pub(super) async fn set(client: &Client, path: &str, secret: &str) -> Result<(), Error> {
    client.services.redactor.register(secret);
    let ask = Ask::new(path, "set the secret of the robot account").secret();
    client.api.patch(ask, &wire::SecretWrite { secret }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_holds_what_harbor_asks_for() {
        assert!(check(&Value::string("Harbor12345")).is_ok());
        for text in ["Short1", "nocapitals1", "NOSMALL1LETTERS", "NoDigitsHere"] {
            let told = check(&Value::string(text)).unwrap_err();
            assert!(!told.contains(text), "it is not quoted");
        }
    }

    #[test]
    fn random_bytes_give_a_secret_or_none() {
        let mixed: Vec<u8> = (0..=255).map(|byte: u8| byte.wrapping_mul(37)).collect();
        assert_eq!(secret(&mixed).unwrap().len(), LENGTH);
        // Capital letters alone are refused, and 248 and above belong to no whole alphabet.
        assert_eq!(secret(&[0; 128]), None);
        assert_eq!(secret(&[255; 128]), None);
    }
}
