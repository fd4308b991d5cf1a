//! Seeded randomness: every id and secret follows from the seed and a counter that is part of the state.
//!
//! Guarantees: a rolled back transaction gives its ids back; a reopened sandbox never repeats one.

use sha2::{Digest as _, Sha256};

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A stream of bytes for one draw: SHA-256 over seed, draw number and block number.
pub(crate) struct Draw {
    seed: [u8; 32],
    number: u64,
    block: u64,
    buffer: Vec<u8>,
}

impl Draw {
    pub(crate) fn new(seed: [u8; 32], number: u64) -> Self {
        Self {
            seed,
            number,
            block: 0,
            buffer: Vec::new(),
        }
    }

    /// Which draw it is.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    fn byte(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.buffer.pop() {
                return byte;
            }
            let mut hash = Sha256::new();
            hash.update(self.seed);
            hash.update(self.number.to_le_bytes());
            hash.update(self.block.to_le_bytes());
            self.block += 1;
            self.buffer = hash.finalize().to_vec();
        }
    }

    /// `N` bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// `length` characters of `alphabet`, each equally likely.
    pub(crate) fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        let fair = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let byte = usize::from(self.byte());
            if byte < fair {
                text.push(char::from(alphabet[byte % alphabet.len()]));
            }
        }
        text
    }

    /// `length` letters and digits.
    pub(crate) fn alphanumeric(&mut self, length: usize) -> String {
        self.text(length, ALPHANUMERIC)
    }
}

/// Puts `marker` into a secret after its first `keep` characters without changing its length; a canary for sweeps.
pub(crate) fn marked(secret: &str, keep: usize, marker: Option<&str>) -> String {
    let Some(marker) = marker.filter(|m| keep + m.len() <= secret.len()) else {
        return secret.to_owned();
    };
    format!("{}{}{}", &secret[..keep], marker, &secret[keep + marker.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_number_give_the_same_draw_and_others_differ() {
        let draw = |seed: u8, number| Draw::new([seed; 32], number).uuid();
        assert_eq!(draw(1, 1), draw(1, 1));
        assert_ne!(draw(1, 1), draw(1, 2));
        assert_ne!(draw(1, 1), draw(2, 1));
        assert_eq!(draw(1, 1).get_version_num(), 4);
    }

    #[test]
    fn a_marker_keeps_the_length() {
        assert_eq!(marked("abcdefgh", 3, Some("XX")), "abcXXfgh");
        assert_eq!(marked("abc", 3, Some("XX")), "abc");
    }
}
