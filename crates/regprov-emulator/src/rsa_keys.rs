//! Private keys of RSA that follow from the seed. Making one takes longer than any request, and copies of a sandbox draw the
//! same ones: those that were made last are kept.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::{TryCryptoRng, TryRng};

use crate::ids::Draw;

/// How many bits a key has.
const BITS: usize = 2048;
/// How many keys are kept.
const KEPT: usize = 64;

/// The keys that were made last, by the number of their draw.
#[derive(Default)]
pub(crate) struct RsaKeys(Mutex<BTreeMap<u64, Vec<u8>>>);

impl RsaKeys {
    /// The key of a draw: PKCS #8.
    pub(crate) fn of(&self, draw: Draw) -> rsa::Result<Vec<u8>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = draw.number();
        if let Some(key) = kept.get(&number) {
            return Ok(key.clone());
        }
        let key = rsa::PrivateKey::new(&mut Drawn(draw), BITS)?;
        let key = key.to_pkcs8_der()?.as_bytes().to_vec();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(number, key.clone());
        Ok(key)
    }
}

struct Drawn(Draw);

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            [*byte] = self.0.bytes();
        }
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_always_the_same_key_and_another_draw_another() {
        let keys = RsaKeys::default();
        let of = |keys: &RsaKeys, number| keys.of(Draw::new([7; 32], number)).unwrap();
        let first = of(&keys, 1);
        assert_eq!(first, of(&keys, 1));
        assert_eq!(first, of(&RsaKeys::default(), 1));
        assert_ne!(first, of(&keys, 2));
    }
}
