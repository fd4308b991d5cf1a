//! The plan file: a plan, sealed.

use crate::codes::PLAN_FILE;
use crate::context::Context;
use crate::private;
use regprov_diag::Diagnostic;
use regprov_engine::state_failure;
use regprov_plan::Plan;
use regprov_state::{KeySource as _, SealedPlan, Session};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// The backend that a plan was made on, with all its arguments: those of `-backend-config` are in no file of the configuration.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SavedBackend {
    /// Its kind.
    pub(crate) kind: String,
    /// Its arguments.
    pub(crate) given: Map<String, Value>,
}

/// Writes a plan, sealed for the recipients of the state, with mode 0600.
pub(crate) fn write(
    path: &Path,
    plan: &Plan,
    session: &Session,
    backend: Option<&SavedBackend>,
) -> Result<(), Diagnostic> {
    let sealer = session.blob_sealer().map_err(|error| state_failure(&error))?;
    let backend = backend
        .map(|backend| serde_json::to_vec(backend).map_err(|error| failed(path, &error)))
        .transpose()?;
    let sealed = SealedPlan::seal(&sealer, &plan.to_bytes(), backend.as_deref());
    let file = sealed.map_err(|error| failed(path, &error))?;
    private::write(path, file.to_text().as_bytes())
}

/// Reads a plan.
pub(crate) fn read(path: &Path, context: &Context) -> Result<Plan, Diagnostic> {
    let (plan, _) = read_with_backend(path, context)?;
    Ok(plan)
}

/// Reads a plan, and the backend that it was made on where it says that.
pub(crate) fn read_with_backend(
    path: &Path,
    context: &Context,
) -> Result<(Plan, Option<SavedBackend>), Diagnostic> {
    let bytes = std::fs::read(path)
        .map_err(|error| failed(path, &error).help("Make a plan first: regprov plan -out FILE"))?;
    let file = SealedPlan::parse(&bytes).ok_or_else(|| {
        failed(path, &"it is not a plan of regprov")
            .help("A plan is made with `regprov plan -out FILE`; plans of Terraform cannot be read.")
    })?;
    let identities = context
        .keys()
        .identities()
        .map_err(|error| failed(path, &error))?;
    let sealer = file
        .sealer(&identities, context.state_randomness())
        .map_err(|error| failed(path, &error))?;
    let plan = file.plan(&sealer).map_err(|error| failed(path, &error))?;
    let plan = Plan::from_bytes(&plan).map_err(|error| failed(path, &error))?;
    let backend = file.backend(&sealer).map_err(|error| failed(path, &error))?;
    let backend = backend
        .map(|bytes| serde_json::from_slice(&bytes).map_err(|error| failed(path, &error)))
        .transpose()?;
    Ok((plan, backend))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(&PLAN_FILE, "Plan file cannot be used").detail(format!("{}: {error}.", path.display()))
}
