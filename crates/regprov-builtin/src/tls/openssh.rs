//! Keys in the forms of OpenSSH.

use super::der::{self, Bytes};
use super::key::Key;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use md5::{Digest as _, Md5};
use sha2::Sha256;

/// What OpenSSH needs of a key; `None` where it does not know the kind.
pub(super) struct OpenSsh {
    kind: String,
    public: Vec<u8>,
    private: Bytes,
}

#[derive(Default)]
struct Wire(Bytes);

impl Wire {
    fn text(mut self, content: &[u8]) -> Self {
        let length = u32::try_from(content.len()).expect("keys are small");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(content);
        self
    }

    fn number(self, number: &[u8]) -> Self {
        let number = der::positive(number);
        self.text(&number)
    }

    fn raw(mut self, content: &[u8]) -> Self {
        self.0.extend_from_slice(content);
        self
    }
}

impl OpenSsh {
    pub(super) fn of(key: &Key) -> Option<Self> {
        Some(match key {
            Key::Rsa(numbers) => {
                let [_, modulus, public, private, first, second, _, _, coefficient] = numbers.as_slice()
                else {
                    return None;
                };
                Self {
                    kind: "ssh-rsa".to_owned(),
                    public: Wire::default()
                        .text(b"ssh-rsa")
                        .number(public)
                        .number(modulus)
                        .0
                        .to_vec(),
                    private: Wire::default()
                        .number(modulus)
                        .number(public)
                        .number(private)
                        .number(coefficient)
                        .number(first)
                        .number(second)
                        .0,
                }
            }
            Key::Ecdsa { curve, secret, point } => {
                let name = curve.ssh_name()?;
                let kind = format!("ecdsa-sha2-{name}");
                let public = Wire::default().text(name.as_bytes()).text(point).0;
                Self {
                    public: Wire::default().text(kind.as_bytes()).raw(&public).0.to_vec(),
                    private: Wire::default().raw(&public).number(secret).0,
                    kind,
                }
            }
            Key::Ed25519 { seed, point } => Self {
                kind: "ssh-ed25519".to_owned(),
                public: Wire::default().text(b"ssh-ed25519").text(point).0.to_vec(),
                private: Wire::default()
                    .text(point)
                    .text(&Wire::default().raw(seed).raw(point).0)
                    .0,
            },
        })
    }

    /// The line of `authorized_keys`.
    pub(super) fn authorized(&self) -> String {
        format!("{} {}\n", self.kind, STANDARD.encode(&self.public))
    }

    /// `SHA256:…`
    pub(super) fn sha256(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.public)))
    }

    /// `aa:bb:…`
    pub(super) fn md5(&self) -> String {
        let pairs: Vec<String> = Md5::digest(&self.public)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        pairs.join(":")
    }

    /// The private key without passphrase; `check` is any number.
    pub(super) fn private(&self, check: u32) -> String {
        let check = check.to_be_bytes();
        let mut secret = Wire::default()
            .raw(&check)
            .raw(&check)
            .text(self.kind.as_bytes())
            .raw(&self.private)
            .text(b"");
        let padding = (8 - secret.0.len() % 8) % 8;
        secret = secret.raw(&[1, 2, 3, 4, 5, 6, 7][..padding]);
        let whole = Wire::default()
            .raw(b"openssh-key-v1\0")
            .text(b"none")
            .text(b"none")
            .text(b"")
            .raw(&1_u32.to_be_bytes())
            .text(&self.public)
            .text(&secret.0);
        der::pem("OPENSSH PRIVATE KEY", &whole.0)
    }
}
