//! `random_id`

use crate::package::{Surroundings, TextId};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, ReadRequest,
    Resource,
};
use regprov_schema::{Computed, Local, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Generates random bytes that are intended to be used as unique identifiers for other resources.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RandomId {
    /// The generated id in standard base64.
    pub(crate) b64_std: Computed<String>,
    /// The generated id in base64 fit for addresses.
    pub(crate) b64_url: Computed<String>,
    /// The number of random bytes to produce.
    #[schema(replaces, rules = &[Rule::Between(1, 4096)])]
    pub(crate) byte_length: u64,
    /// The generated id in decimal digits.
    pub(crate) dec: Computed<String>,
    /// The generated id in hexadecimal digits.
    pub(crate) hex: Computed<String>,
    /// The generated id in base64 fit for addresses, without prefix.
    pub(crate) id: Computed<String>,
    /// Arbitrary map of values that, when changed, will trigger recreation of resource.
    #[schema(replaces)]
    pub(crate) keepers: Local<BTreeMap<String, String>>,
    /// Arbitrary string to prefix the output value with.
    #[schema(replaces)]
    pub(crate) prefix: Option<String>,
}

impl RandomId {
    fn of(bytes: &[u8], prefix: Option<String>, keepers: Local<BTreeMap<String, String>>) -> Self {
        let before = prefix.clone().unwrap_or_default();
        Self {
            b64_std: Computed::known(format!("{before}{}", STANDARD.encode(bytes))),
            b64_url: Computed::known(format!("{before}{}", URL_SAFE_NO_PAD.encode(bytes))),
            byte_length: bytes.len() as u64,
            dec: Computed::known(format!("{before}{}", decimal(bytes))),
            hex: Computed::known(format!("{before}{}", hex::encode(bytes))),
            id: Computed::known(URL_SAFE_NO_PAD.encode(bytes)),
            keepers,
            prefix,
        }
    }
}

impl Resource for RandomId {
    const TYPE: &'static str = "random_id";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        if let Some(prior) = request.prior {
            return Ok(Observed::Present(prior.clone()));
        }
        let text = &request.id.0;
        let (prefix, encoded) = text
            .rsplit_once(',')
            .map_or((None, text.as_str()), |(prefix, rest)| (Some(prefix), rest));
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| {
            let message = "the import id of a random_id is its b64_url, or PREFIX,B64_URL";
            Error::new(ErrorKind::Invalid(None), message)
        })?;
        Ok(Observed::Present(Self::of(
            &bytes,
            prefix.map(str::to_owned),
            Local(None),
        )))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        let mut bytes = vec![0; usize::try_from(desired.byte_length).unwrap_or(0)];
        (request.client.random)(&mut bytes);
        let object = Self::of(&bytes, desired.prefix.clone(), desired.keepers.clone());
        Ok(Created::Done(object))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}

/// The bytes as one number, greatest byte first.
fn decimal(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let sum = u32::from(*digit) * 256 + carry;
            *digit = u8::try_from(sum % 10).expect("a digit is below ten");
            carry = sum / 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).expect("a digit is below ten"));
            carry /= 10;
        }
    }
    digits
        .iter()
        .rev()
        .map(|digit| char::from(b'0' + digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn bytes_are_one_number() {
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0xff; 8]), u64::MAX.to_string());
        assert_eq!(decimal(&[0]), "0");
    }
}
