//! `random_bytes`

use crate::package::{Surroundings, TextId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, ReadRequest,
    Resource,
};
use regprov_schema::{Local, Once, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Draws bytes that are a secret.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RandomBytes {
    /// The bytes in Base64.
    pub(crate) base64: Once<String>,
    /// The bytes in hexadecimal digits.
    pub(crate) hex: Once<String>,
    /// A change of these values draws anew.
    #[schema(replaces)]
    pub(crate) keepers: Local<BTreeMap<String, String>>,
    /// How many bytes there are.
    #[schema(replaces, rules = &[Rule::Between(1, 1_048_576)])]
    pub(crate) length: u64,
}

impl RandomBytes {
    fn of(bytes: &[u8], keepers: Local<BTreeMap<String, String>>) -> Self {
        Self {
            base64: Once::new(STANDARD.encode(bytes)),
            hex: Once::new(hex::encode(bytes)),
            keepers,
            length: bytes.len() as u64,
        }
    }
}

impl Resource for RandomBytes {
    const TYPE: &'static str = "random_bytes";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    /// There is no attribute that tells it apart and is no secret.
    fn id(_object: &Self) -> Option<TextId> {
        Some(TextId("none".to_owned()))
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        if let Some(prior) = request.prior {
            return Ok(Observed::Present(prior.clone()));
        }
        let bytes = STANDARD.decode(&request.id.0).map_err(|_| {
            Error::new(
                ErrorKind::Invalid(None),
                "the import id of a random_bytes is its bytes in Base64",
            )
        })?;
        Ok(Observed::Present(Self::of(&bytes, Local(None))))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut bytes = vec![0; usize::try_from(request.desired.length).unwrap_or(0)];
        (request.client.random)(&mut bytes);
        Ok(Created::Done(Self::of(&bytes, request.desired.keepers.clone())))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
