//! Plan files: a plan as bytes that only those who can open the state can read, with what is needed to find the key.
//!
//! What the bytes mean is not known here.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::keys::Randomness;
use crate::seal::{SealError, Sealer, SealingHeader};

/// What the seal of the plan is bound to.
const PLAN: &str = "regprov plan";
/// The same for the backend.
const BACKEND: &str = "regprov plan backend";
/// The version of this form.
const FORM: u32 = 1;

/// A plan file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedPlan {
    regprov_plan: u32,
    lineage: String,
    sealing: SealingHeader,
    plan: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backend: Option<String>,
}

impl SealedPlan {
    /// Seals a plan, and the backend that it was made on.
    ///
    /// # Errors
    /// Only when the encryption library fails.
    pub fn seal(sealer: &Sealer, plan: &[u8], backend: Option<&[u8]>) -> Result<Self, SealError> {
        let seal = |context: &str, bytes: &[u8]| Ok(BASE64.encode(sealer.seal_blob(context, bytes)?));
        Ok(Self {
            regprov_plan: FORM,
            lineage: sealer.lineage().to_owned(),
            sealing: sealer.header().clone(),
            plan: seal(PLAN, plan)?,
            backend: backend.map(|bytes| seal(BACKEND, bytes)).transpose()?,
        })
    }

    /// Reads the outer form; `None` where the bytes are no plan file.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let file: Self = serde_json::from_slice(bytes).ok()?;
        (file.regprov_plan == FORM).then_some(file)
    }

    /// The file as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers are JSON")
    }

    /// Opens the key with the first identity that fits.
    ///
    /// # Errors
    /// As for [`Sealer::open`].
    pub fn sealer(
        &self,
        identities: &[Identity],
        randomness: Arc<dyn Randomness>,
    ) -> Result<Sealer, SealError> {
        Sealer::open(&self.sealing, &self.lineage, identities, randomness)
    }

    /// The plan in clear.
    ///
    /// # Errors
    /// When it was sealed with another key, or was altered.
    pub fn plan(&self, sealer: &Sealer) -> Result<Zeroizing<Vec<u8>>, SealError> {
        open(sealer, PLAN, &self.plan)
    }

    /// The backend in clear, where there is one.
    ///
    /// # Errors
    /// As for [`SealedPlan::plan`].
    pub fn backend(&self, sealer: &Sealer) -> Result<Option<Zeroizing<Vec<u8>>>, SealError> {
        let backend = self.backend.as_deref();
        backend.map(|text| open(sealer, BACKEND, text)).transpose()
    }
}

fn open(sealer: &Sealer, context: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let sealed = BASE64.decode(text).map_err(|_| SealError::Form {
        place: context.to_owned(),
    })?;
    sealer.open_blob(context, &sealed)
}
