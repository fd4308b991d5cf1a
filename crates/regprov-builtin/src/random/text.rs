//! `random_string` and `random_password`

use super::draw;
use crate::package::{Surroundings, TextId};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, ReadRequest,
    Resource,
};
use regprov_schema::{Computed, Former, Local, Once, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(super) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
pub(super) const DIGITS: &str = "0123456789";
pub(super) const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

const NUMBER_BEFORE: &[Former] = &[Former::renamed("number", "use `numeric`")];

macro_rules! random_text {
    ($(#[$doc:meta])* $name:ident, $result:ty $(, $(#[$more:meta])* $hash:ident: $hash_type:ty)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, Schema)]
        pub(crate) struct $name {
            $($(#[$more])* pub(crate) $hash: $hash_type,)?
            /// Tells the object apart.
            pub(crate) id: Computed<String>,
            /// Arbitrary map of values that, when changed, will trigger recreation of resource.
            #[schema(replaces)]
            pub(crate) keepers: Local<BTreeMap<String, String>>,
            /// The length of the string desired.
            #[schema(replaces, rules = &[Rule::Between(1, 4096)])]
            pub(crate) length: u64,
            /// Include lowercase alphabet characters in the result.
            #[schema(optional, replaces, default = true)]
            pub(crate) lower: Computed<bool>,
            /// Minimum number of lowercase alphabet characters in the result.
            #[schema(optional, replaces, default = 0_i64)]
            pub(crate) min_lower: Computed<u64>,
            /// Minimum number of numeric characters in the result.
            #[schema(optional, replaces, default = 0_i64)]
            pub(crate) min_numeric: Computed<u64>,
            /// Minimum number of special characters in the result.
            #[schema(optional, replaces, default = 0_i64)]
            pub(crate) min_special: Computed<u64>,
            /// Minimum number of uppercase alphabet characters in the result.
            #[schema(optional, replaces, default = 0_i64)]
            pub(crate) min_upper: Computed<u64>,
            /// Include numeric characters in the result.
            #[schema(optional, replaces, default = true, former = NUMBER_BEFORE)]
            pub(crate) numeric: Computed<bool>,
            /// Supply your own list of special characters to use.
            #[schema(replaces)]
            pub(crate) override_special: Option<String>,
            /// The generated random string.
            pub(crate) result: $result,
            /// Include special characters in the result.
            #[schema(optional, replaces, default = true)]
            pub(crate) special: Computed<bool>,
            /// Include uppercase alphabet characters in the result.
            #[schema(optional, replaces, default = true)]
            pub(crate) upper: Computed<bool>,
        }

        impl $name {
            /// An object that nothing but its result is known of.
            fn imported(text: &str, id: &str, result: $result) -> Self {
                Self {
                    $($hash: <$hash_type>::default(),)?
                    id: Computed::known(id.to_owned()),
                    keepers: Local(None),
                    length: text.len() as u64,
                    lower: Computed::known(true),
                    min_lower: Computed::known(0),
                    min_numeric: Computed::known(0),
                    min_special: Computed::known(0),
                    min_upper: Computed::known(0),
                    numeric: Computed::known(true),
                    override_special: None,
                    result,
                    special: Computed::known(true),
                    upper: Computed::known(true),
                }
            }

            fn classes(&self) -> Vec<Class> {
                let class = |characters: &str, on: &Computed<bool>, least: &Computed<u64>| Class {
                    characters: characters.chars().collect(),
                    on: on.get().copied().unwrap_or(true),
                    least: least.get().copied().unwrap_or(0),
                };
                let special = self.override_special.as_deref().filter(|own| !own.is_empty()).unwrap_or(SPECIAL);
                vec![
                    class(UPPER, &self.upper, &self.min_upper),
                    class(LOWER, &self.lower, &self.min_lower),
                    class(DIGITS, &self.numeric, &self.min_numeric),
                    class(special, &self.special, &self.min_special),
                ]
            }
        }
    };
}

random_text!(
    /// Generates a random permutation of characters that is no secret.
    RandomString,
    Computed<String>
);
random_text!(
    /// Generates a random permutation of characters that is a secret.
    RandomPassword,
    Once<String>,
    /// A bcrypt hash of the generated random string.
    bcrypt_hash: Once<String>
);

/// The greatest text that bcrypt can hash.
const BCRYPT_LIMIT: usize = 72;
const BCRYPT_COST: u32 = 10;

/// The bcrypt hash of a password, in the form of Go's library; of a long one, that of its first bytes.
pub(super) fn bcrypt_hash(surroundings: &Surroundings, password: &str) -> Result<String, Error> {
    let mut salt = [0; 16];
    (surroundings.random)(&mut salt);
    let bytes = password.as_bytes();
    let bytes = &bytes[..bytes.len().min(BCRYPT_LIMIT)];
    let hash = bcrypt::hash_with_salt(bytes, BCRYPT_COST, salt)
        .map_err(|error| Error::new(ErrorKind::Failed, format!("bcrypt failed: {error}")))?;
    Ok(hash.format_for_version(bcrypt::Version::TwoA))
}

/// A class of characters.
pub(super) struct Class {
    characters: Vec<char>,
    on: bool,
    least: u64,
}

impl Class {
    pub(super) fn new(characters: &str, on: bool, least: u64) -> Self {
        Self {
            characters: characters.chars().collect(),
            on,
            least,
        }
    }
}

pub(super) fn generate(surroundings: &Surroundings, length: u64, classes: &[Class]) -> Result<String, Error> {
    let invalid = |message: &str| Error::new(ErrorKind::Invalid(None), message);
    let least: u64 = classes.iter().map(|class| class.least).sum();
    if least > length {
        return Err(invalid(
            "`length` is less than the sum of `min_upper`, `min_lower`, `min_numeric` and `min_special`",
        ));
    }
    let all: Vec<char> = classes
        .iter()
        .filter(|class| class.on)
        .flat_map(|class| class.characters.clone())
        .collect();
    if all.is_empty() && least < length {
        return Err(invalid(
            "no class of characters is allowed; set one of `upper`, `lower`, `numeric`, `special` to true",
        ));
    }
    let mut drawn: Vec<char> = Vec::new();
    for class in classes {
        drawn.extend((0..class.least).filter_map(|_| draw::one(surroundings, &class.characters)));
    }
    drawn.extend((least..length).filter_map(|_| draw::one(surroundings, &all)));
    draw::shuffle(surroundings, &mut drawn);
    Ok(drawn.into_iter().collect())
}

impl Resource for RandomString {
    const TYPE: &'static str = "random_string";
    const VERSION: u64 = 2;
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let text = &request.id.0;
        let imported = || Self::imported(text, text, Computed::known(text.clone()));
        Ok(Observed::Present(request.prior.cloned().unwrap_or_else(imported)))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut object = request.desired.clone();
        let drawn = generate(request.client, object.length, &object.classes())?;
        object.id = Computed::known(drawn.clone());
        object.result = Computed::known(drawn);
        Ok(Created::Done(object))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}

impl Resource for RandomPassword {
    const TYPE: &'static str = "random_password";
    const VERSION: u64 = 3;
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
        let mut object = Self::imported(text, "none", Once::new(text.clone()));
        object.bcrypt_hash = Once::new(bcrypt_hash(request.client, text)?);
        Ok(Observed::Present(object))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut object = request.desired.clone();
        let drawn = generate(request.client, object.length, &object.classes())?;
        object.bcrypt_hash = Once::new(bcrypt_hash(request.client, &drawn)?);
        object.result = Once::new(drawn);
        object.id = Computed::known("none".to_owned());
        Ok(Created::Done(object))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalFiles;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    fn surroundings() -> Surroundings {
        let next = AtomicU8::new(0);
        Surroundings::new(
            Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap()),
            Arc::new(move |bytes| {
                bytes
                    .iter_mut()
                    .for_each(|byte| *byte = next.fetch_add(97, Ordering::Relaxed))
            }),
            LocalFiles::in_directory(std::path::Path::new(".")),
        )
    }

    #[test]
    fn every_class_has_its_least_share() {
        let class = |characters: &str, least| Class {
            characters: characters.chars().collect(),
            on: true,
            least,
        };
        let text = generate(&surroundings(), 12, &[class("ab", 3), class("01", 4)]).unwrap();
        assert_eq!(text.chars().count(), 12);
        assert!(text.chars().filter(|c| "ab".contains(*c)).count() >= 3);
        assert!(text.chars().filter(|c| "01".contains(*c)).count() >= 4);
    }

    #[test]
    fn a_length_below_the_least_shares_is_refused() {
        let class = Class {
            characters: vec!['a'],
            on: true,
            least: 5,
        };
        assert!(generate(&surroundings(), 4, &[class]).is_err());
    }
}
