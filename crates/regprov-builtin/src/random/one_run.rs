//! The ephemeral `random_password`: drawn for one run, never stored.

use super::text::{Class, DIGITS, LOWER, SPECIAL, UPPER, bcrypt_hash, generate};
use crate::package::Surroundings;
use regprov_provider::{EphemeralResource, Error, Opened};
use regprov_schema::{Computed, Rule, Schema};
use serde::{Deserialize, Serialize};

/// Draws a password anew in every run.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct PasswordOfOneRun {
    /// A bcrypt hash of the generated random string.
    #[schema(sensitive)]
    pub(crate) bcrypt_hash: Computed<String>,
    /// The length of the string desired.
    #[schema(rules = &[Rule::Between(1, 4096)])]
    pub(crate) length: u64,
    /// Include lowercase alphabet characters in the result.
    #[schema(optional, default = true)]
    pub(crate) lower: Computed<bool>,
    /// Minimum number of lowercase alphabet characters in the result.
    #[schema(optional, default = 0_i64)]
    pub(crate) min_lower: Computed<u64>,
    /// Minimum number of numeric characters in the result.
    #[schema(optional, default = 0_i64)]
    pub(crate) min_numeric: Computed<u64>,
    /// Minimum number of special characters in the result.
    #[schema(optional, default = 0_i64)]
    pub(crate) min_special: Computed<u64>,
    /// Minimum number of uppercase alphabet characters in the result.
    #[schema(optional, default = 0_i64)]
    pub(crate) min_upper: Computed<u64>,
    /// Include numeric characters in the result.
    #[schema(optional, default = true)]
    pub(crate) numeric: Computed<bool>,
    /// Supply your own list of special characters to use.
    pub(crate) override_special: Option<String>,
    /// The generated random string.
    #[schema(sensitive)]
    pub(crate) result: Computed<String>,
    /// Include special characters in the result.
    #[schema(optional, default = true)]
    pub(crate) special: Computed<bool>,
    /// Include uppercase alphabet characters in the result.
    #[schema(optional, default = true)]
    pub(crate) upper: Computed<bool>,
}

impl EphemeralResource for PasswordOfOneRun {
    const TYPE: &'static str = "random_password";
    type Client = Surroundings;

    async fn open(client: &Surroundings, config: Self) -> Result<Opened<Self>, Error> {
        let class = |characters: &str, on: &Computed<bool>, least: &Computed<u64>| {
            Class::new(
                characters,
                on.get().copied().unwrap_or(true),
                least.get().copied().unwrap_or(0),
            )
        };
        let own = config.override_special.as_deref().filter(|own| !own.is_empty());
        let classes = [
            class(UPPER, &config.upper, &config.min_upper),
            class(LOWER, &config.lower, &config.min_lower),
            class(DIGITS, &config.numeric, &config.min_numeric),
            class(own.unwrap_or(SPECIAL), &config.special, &config.min_special),
        ];
        let drawn = generate(client, config.length, &classes)?;
        let object = Self {
            bcrypt_hash: Computed::known(bcrypt_hash(client, &drawn)?),
            result: Computed::known(drawn),
            ..config
        };
        Ok(Opened {
            object,
            renew_after: None,
        })
    }
}
