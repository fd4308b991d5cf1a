//! The keys: drawn, and in their encodings.

use super::der::{self, Bytes};
use crate::package::Surroundings;
use regprov_provider::{Error, ErrorKind};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// A private key with its public one.
pub(super) enum Key {
    /// The numbers of PKCS #1: version, modulus, public exponent, private exponent, primes, exponents, coefficient.
    Rsa(Vec<Bytes>),
    /// The scalar and the point.
    Ecdsa {
        curve: Curve,
        secret: Bytes,
        point: Vec<u8>,
    },
    /// The seed and the point.
    Ed25519 { seed: Bytes, point: Vec<u8> },
}

/// A curve of ECDSA.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "P224" => Some(Self::P224),
            "P256" => Some(Self::P256),
            "P384" => Some(Self::P384),
            "P521" => Some(Self::P521),
            _ => None,
        }
    }

    const fn object(self) -> &'static [u8] {
        match self {
            Self::P224 => &[0x2b, 0x81, 0x04, 0x00, 0x21],
            Self::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Self::P384 => &[0x2b, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x2b, 0x81, 0x04, 0x00, 0x23],
        }
    }

    /// The name that SSH has for it; it has none for P-224.
    pub(super) const fn ssh_name(self) -> Option<&'static str> {
        match self {
            Self::P224 => None,
            Self::P256 => Some("nistp256"),
            Self::P384 => Some("nistp384"),
            Self::P521 => Some("nistp521"),
        }
    }

    /// The bytes of a scalar, and the bits of its first byte that are used.
    const fn size(self) -> (usize, u8) {
        match self {
            Self::P224 => (28, 0xff),
            Self::P256 => (32, 0xff),
            Self::P384 => (48, 0xff),
            Self::P521 => (66, 0x01),
        }
    }

    /// The point of a scalar, uncompressed; `None` where it is no scalar of the curve.
    fn point(self, secret: &[u8]) -> Option<Vec<u8>> {
        macro_rules! point {
            ($curve:ident) => {{
                let secret = $curve::SecretKey::from_slice(secret).ok()?;
                use $curve::elliptic_curve::sec1::ToEncodedPoint as _;
                secret
                    .public_key()
                    .to_encoded_point(false)
                    .as_bytes()
                    .to_vec()
            }};
        }
        Some(match self {
            Self::P224 => point!(p224),
            Self::P256 => point!(p256),
            Self::P384 => point!(p384),
            Self::P521 => point!(p521),
        })
    }
}

/// The randomness of the surroundings as the library takes it.
struct Draws<'a>(&'a Surroundings);

impl TryRng for Draws<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        (self.0.random)(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        (self.0.random)(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        (self.0.random)(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Draws<'_> {}

fn failed(what: &str, error: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Failed,
        format!("the {what} key cannot be made: {error}"),
    )
}

impl Key {
    /// Draws an RSA key.
    pub(super) fn rsa(surroundings: &Surroundings, bits: u64) -> Result<Self, Error> {
        let bits = usize::try_from(bits).map_err(|error| failed("RSA", error))?;
        let key =
            rsa::PrivateKey::new(&mut Draws(surroundings), bits).map_err(|error| failed("RSA", error))?;
        let encoded = key.to_pkcs1_der().map_err(|error| failed("RSA", error))?;
        let numbers = der::integers(encoded.as_bytes());
        let whole = numbers.filter(|numbers| numbers.len() == 9);
        whole
            .map(Self::Rsa)
            .ok_or_else(|| failed("RSA", "its encoding is not understood"))
    }

    /// Draws a key of a curve.
    pub(super) fn ecdsa(surroundings: &Surroundings, curve: Curve) -> Self {
        let (size, mask) = curve.size();
        loop {
            let mut secret = Bytes::new(vec![0; size]);
            (surroundings.random)(&mut secret);
            secret[0] &= mask;
            if let Some(point) = curve.point(&secret) {
                return Self::Ecdsa { curve, secret, point };
            }
        }
    }

    /// Draws an Ed25519 key.
    pub(super) fn ed25519(surroundings: &Surroundings) -> Result<Self, Error> {
        let mut seed = Bytes::new(vec![0; 32]);
        (surroundings.random)(&mut seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| failed("Ed25519", error))?;
        let point = pair.public_key().as_ref().to_vec();
        Ok(Self::Ed25519 { seed, point })
    }

    /// The public key in the encoding of X.509.
    pub(super) fn public_der(&self) -> Bytes {
        let content = match self {
            Self::Rsa(numbers) => {
                der::sequence(&[der::integer(&numbers[1]), der::integer(&numbers[2])]).to_vec()
            }
            Self::Ecdsa { point, .. } | Self::Ed25519 { point, .. } => point.clone(),
        };
        der::sequence(&[self.algorithm(), der::bits(&content)])
    }

    /// The private key in PKCS #8.
    pub(super) fn pkcs8_der(&self) -> Bytes {
        let content = match self {
            Self::Rsa(numbers) => rsa_der(numbers),
            Self::Ecdsa { secret, point, .. } => der::sequence(&[
                der::integer(&[1]),
                der::octets(secret),
                der::explicit(1, &der::bits(point)),
            ]),
            Self::Ed25519 { seed, .. } => der::octets(seed),
        };
        der::sequence(&[der::integer(&[0]), self.algorithm(), der::octets(&content)])
    }

    /// The private key in the older form of its kind, with the label of its text.
    pub(super) fn own_der(&self) -> (&'static str, Bytes) {
        match self {
            Self::Rsa(numbers) => ("RSA PRIVATE KEY", rsa_der(numbers)),
            Self::Ecdsa { curve, secret, point } => {
                let parts = [
                    der::integer(&[1]),
                    der::octets(secret),
                    der::explicit(0, &der::object(curve.object())),
                    der::explicit(1, &der::bits(point)),
                ];
                ("EC PRIVATE KEY", der::sequence(&parts))
            }
            Self::Ed25519 { .. } => ("PRIVATE KEY", self.pkcs8_der()),
        }
    }

    fn algorithm(&self) -> Bytes {
        match self {
            Self::Rsa(_) => der::sequence(&[der::object(der::RSA_ENCRYPTION), der::null()]),
            Self::Ecdsa { curve, .. } => {
                der::sequence(&[der::object(der::EC_PUBLIC_KEY), der::object(curve.object())])
            }
            Self::Ed25519 { .. } => der::sequence(&[der::object(der::ED25519)]),
        }
    }
}

fn rsa_der(numbers: &[Bytes]) -> Bytes {
    let parts: Vec<Bytes> = numbers.iter().map(|number| der::integer(number)).collect();
    der::sequence(&parts)
}
