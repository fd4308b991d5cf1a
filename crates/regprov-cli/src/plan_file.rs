//! The plan file: a plan, sealed.

use crate::codes::PLAN_FILE;
use crate::context::Context;
use crate::private;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_diag::Diagnostic;
use regprov_engine::state_failure;
use regprov_plan::Plan;
use regprov_state::{KeySource as _, Sealer, SealingHeader, Session};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the seal is bound to.
const CONTEXT: &str = "regprov plan";

/// The outer form.
#[derive(Serialize, Deserialize)]
struct File {
    regprov_plan: u32,
    lineage: String,
    sealing: SealingHeader,
    plan: String,
}

/// Writes a plan, sealed for the recipients of the state, with mode 0600.
pub(crate) fn write(path: &Path, plan: &Plan, session: &Session) -> Result<(), Diagnostic> {
    let sealer = session.blob_sealer().map_err(|error| state_failure(&error))?;
    let sealed = sealer
        .seal_blob(CONTEXT, &plan.to_bytes())
        .map_err(|error| failed(path, &error))?;
    let file = File {
        regprov_plan: 1,
        lineage: sealer.lineage().to_owned(),
        sealing: sealer.header().clone(),
        plan: STANDARD.encode(sealed),
    };
    let text = serde_json::to_string_pretty(&file).map_err(|error| failed(path, &error))?;
    private::write(path, text.as_bytes())
}

/// Reads a plan.
pub(crate) fn read(path: &Path, context: &Context) -> Result<Plan, Diagnostic> {
    let bytes = std::fs::read(path)
        .map_err(|error| failed(path, &error).help("Make a plan first: regprov plan -out FILE"))?;
    let file: File = serde_json::from_slice(&bytes).map_err(|_| {
        failed(path, &"it is not a plan of regprov")
            .help("A plan is made with `regprov plan -out FILE`; plans of Terraform cannot be read.")
    })?;
    let identities = context
        .keys()
        .identities()
        .map_err(|error| failed(path, &error))?;
    let sealer = Sealer::open(
        &file.sealing,
        &file.lineage,
        &identities,
        context.state_randomness(),
    )
    .map_err(|error| failed(path, &error))?;
    let sealed = STANDARD
        .decode(&file.plan)
        .map_err(|error| failed(path, &error))?;
    let opened = sealer
        .open_blob(CONTEXT, &sealed)
        .map_err(|error| failed(path, &error))?;
    Plan::from_bytes(&opened).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(&PLAN_FILE, "Plan file cannot be used").detail(format!("{}: {error}.", path.display()))
}
