//! Plans in clear, and plan files.

use crate::shell::Result;
use regprov_plan::Plan;
use regprov_state::{Identity, Randomness, SealedPlan, Sealer};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

/// The key that plan files of this target are sealed for: thirty-two bytes that are zero.
const NOBODY: &str = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ8H00W3";
const LINEAGE: &str = "3f1a5f9e-9c1e-4b5a-8a57-1d7f5d3c2b1a";

/// Bytes that are the same in each run.
struct Counted(AtomicU8);

impl Randomness for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn counted() -> Arc<dyn Randomness> {
    Arc::new(Counted(AtomicU8::new(0)))
}

/// Who opens, and what seals for them.
fn keys() -> &'static (Vec<Identity>, Sealer) {
    static KEYS: OnceLock<(Vec<Identity>, Sealer)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let identities = Identity::parse_all(NOBODY, "the key of nobody").expect("it is a key");
        let recipients: Vec<_> = identities.iter().map(Identity::recipient).collect();
        let sealer = Sealer::create(LINEAGE, &recipients, counted()).expect("there is one recipient");
        (identities, sealer)
    })
}

/// A plan file with these bytes under its seal, and a backend with the same.
pub(super) fn seal(bytes: &[u8]) -> Result<Vec<u8>> {
    let (_, sealer) = keys();
    let file = SealedPlan::seal(sealer, bytes, Some(bytes)).map_err(|error| error.to_string())?;
    Ok(file.to_text().into_bytes())
}

/// A plan that was read is written and read again as the same. One text in eight goes through a seal, which is made anew.
pub(super) fn clear(text: &[u8]) -> Result<bool> {
    if !text.len().is_multiple_of(8) {
        return read(text);
    }
    let (_, sealer) = keys();
    let file = SealedPlan::parse(&seal(text)?).ok_or("the file that was sealed is refused")?;
    let opened = file.plan(sealer).map_err(|error| error.to_string())?;
    if *opened != text {
        return Err("what was sealed is opened as something else".into());
    }
    read(&opened)
}

/// A plan file that opens holds what was sealed.
pub(super) fn sealed(text: &[u8]) -> Result<bool> {
    let (identities, _) = keys();
    let Some(file) = SealedPlan::parse(text) else {
        return Ok(false);
    };
    let Ok(sealer) = file.sealer(identities, counted()) else {
        return Ok(false);
    };
    let _ = file.backend(&sealer);
    match file.plan(&sealer) {
        Ok(plan) => read(&plan),
        Err(_) => Ok(false),
    }
}

fn read(text: &[u8]) -> Result<bool> {
    let Ok(plan) = Plan::from_bytes(text) else {
        return Ok(false);
    };
    match Plan::from_bytes(&plan.to_bytes()) {
        Ok(again) if again.to_bytes() == plan.to_bytes() => Ok(true),
        Ok(_) => Err("the plan that was written is another one".into()),
        Err(error) => Err(format!("the plan that was written is refused: {error}")),
    }
}
