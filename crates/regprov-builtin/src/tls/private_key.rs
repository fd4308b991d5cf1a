//! `tls_private_key`

use super::der::pem;
use super::key::{Curve, Key};
use super::openssh::OpenSsh;
use crate::package::{Surroundings, TextId, not_importable};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, ReadRequest,
    Resource,
};
use regprov_schema::{Computed, Once, Rule, Schema};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

/// Draws a private key and keeps it.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct TlsPrivateKey {
    /// `RSA`, `ECDSA` or `ED25519`.
    #[schema(replaces, rules = &[Rule::OneOf(&["RSA", "ECDSA", "ED25519"])])]
    pub(crate) algorithm: String,
    /// The curve of an ECDSA key.
    #[schema(optional, replaces, default = "P224", rules = &[Rule::OneOf(&["P224", "P256", "P384", "P521"])])]
    pub(crate) ecdsa_curve: Computed<String>,
    /// The SHA-1 of the public key.
    pub(crate) id: Computed<String>,
    /// The private key as OpenSSH keeps it; empty for P224, which it does not know.
    pub(crate) private_key_openssh: Once<String>,
    /// The private key as PEM.
    pub(crate) private_key_pem: Once<String>,
    /// The private key in PKCS #8 as PEM.
    pub(crate) private_key_pem_pkcs8: Once<String>,
    /// The fingerprint that older versions of OpenSSH show.
    pub(crate) public_key_fingerprint_md5: Computed<String>,
    /// The fingerprint that OpenSSH shows.
    pub(crate) public_key_fingerprint_sha256: Computed<String>,
    /// The public key as a line of `authorized_keys`.
    pub(crate) public_key_openssh: Computed<String>,
    /// The public key as PEM.
    pub(crate) public_key_pem: Computed<String>,
    /// The size of an RSA key.
    #[schema(optional, replaces, default = 2048_i64, rules = &[Rule::Between(1024, 8192)])]
    pub(crate) rsa_bits: Computed<u64>,
}

impl TlsPrivateKey {
    fn draw(&self, surroundings: &Surroundings) -> Result<Key, Error> {
        let invalid = |message: &str| Error::new(ErrorKind::Invalid(None), message);
        match self.algorithm.as_str() {
            "RSA" => Key::rsa(surroundings, self.rsa_bits.get().copied().unwrap_or(2048)),
            "ECDSA" => {
                let curve = self.ecdsa_curve.get().map_or("P224", String::as_str);
                let curve = Curve::named(curve).ok_or_else(|| invalid("the curve is not known"))?;
                Ok(Key::ecdsa(surroundings, curve))
            }
            "ED25519" => Key::ed25519(surroundings),
            _ => Err(invalid("the algorithm is not known")),
        }
    }
}

impl Resource for TlsPrivateKey {
    const TYPE: &'static str = "tls_private_key";
    const VERSION: u64 = 1;
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let prior = request.prior.cloned().map(Observed::Present);
        prior.ok_or_else(|| not_importable(Self::TYPE))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut object = request.desired.clone();
        let key = object.draw(request.client)?;
        let public = key.public_der();
        let (label, own) = key.own_der();
        object.id = Computed::known(hex::encode(Sha1::digest(public.trim_ascii())));
        object.private_key_pem = Once::new(pem(label, &own));
        object.private_key_pem_pkcs8 = Once::new(pem("PRIVATE KEY", &key.pkcs8_der()));
        object.public_key_pem = Computed::known(pem("PUBLIC KEY", &public));
        let mut check = [0; 4];
        (request.client.random)(&mut check);
        let ssh = OpenSsh::of(&key);
        let shown = |show: fn(&OpenSsh) -> String| ssh.as_ref().map(show).unwrap_or_default();
        object.private_key_openssh = Once::new(
            ssh.as_ref()
                .map(|ssh| ssh.private(u32::from_be_bytes(check)))
                .unwrap_or_default(),
        );
        object.public_key_openssh = Computed::known(shown(OpenSsh::authorized));
        object.public_key_fingerprint_md5 = Computed::known(shown(OpenSsh::md5));
        object.public_key_fingerprint_sha256 = Computed::known(shown(OpenSsh::sha256));
        Ok(Created::Done(object))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
