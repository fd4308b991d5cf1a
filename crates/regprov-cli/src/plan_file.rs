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
use serde_json::{Map, Value};
use std::path::Path;

/// What the seal is bound to.
const CONTEXT: &str = "regprov plan";
/// The same for the backend.
const BACKEND_CONTEXT: &str = "regprov plan backend";

/// The backend that a plan was made on, with all its arguments: those of `-backend-config` are in no file of the configuration.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SavedBackend {
    /// Its kind.
    pub(crate) kind: String,
    /// Its arguments.
    pub(crate) given: Map<String, Value>,
}

/// The outer form.
#[derive(Serialize, Deserialize)]
struct File {
    regprov_plan: u32,
    lineage: String,
    sealing: SealingHeader,
    plan: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backend: Option<String>,
}

/// Writes a plan, sealed for the recipients of the state, with mode 0600.
pub(crate) fn write(
    path: &Path,
    plan: &Plan,
    session: &Session,
    backend: Option<&SavedBackend>,
) -> Result<(), Diagnostic> {
    let sealer = session.blob_sealer().map_err(|error| state_failure(&error))?;
    let seal = |context: &str, bytes: &[u8]| -> Result<String, Diagnostic> {
        let sealed = sealer.seal_blob(context, bytes);
        Ok(STANDARD.encode(sealed.map_err(|error| failed(path, &error))?))
    };
    let backend = backend
        .map(|backend| serde_json::to_vec(backend).map_err(|error| failed(path, &error)))
        .transpose()?
        .map(|bytes| seal(BACKEND_CONTEXT, &bytes))
        .transpose()?;
    let file = File {
        regprov_plan: 1,
        lineage: sealer.lineage().to_owned(),
        sealing: sealer.header().clone(),
        plan: seal(CONTEXT, &plan.to_bytes())?,
        backend,
    };
    let text = serde_json::to_string_pretty(&file).map_err(|error| failed(path, &error))?;
    private::write(path, text.as_bytes())
}

/// A plan file and what opens it.
struct Opened {
    file: File,
    sealer: Sealer,
}

fn open(path: &Path, context: &Context) -> Result<Opened, Diagnostic> {
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
    Ok(Opened { file, sealer })
}

fn unseal(path: &Path, sealer: &Sealer, context: &str, text: &str) -> Result<Vec<u8>, Diagnostic> {
    let sealed = STANDARD.decode(text).map_err(|error| failed(path, &error))?;
    let opened = sealer.open_blob(context, &sealed);
    Ok(opened.map_err(|error| failed(path, &error))?.to_vec())
}

/// Reads a plan.
pub(crate) fn read(path: &Path, context: &Context) -> Result<Plan, Diagnostic> {
    let Opened { file, sealer } = open(path, context)?;
    let bytes = unseal(path, &sealer, CONTEXT, &file.plan)?;
    Plan::from_bytes(&bytes).map_err(|error| failed(path, &error))
}

/// Reads a plan, and the backend that it was made on where it says that.
pub(crate) fn read_with_backend(
    path: &Path,
    context: &Context,
) -> Result<(Plan, Option<SavedBackend>), Diagnostic> {
    let Opened { file, sealer } = open(path, context)?;
    let bytes = unseal(path, &sealer, CONTEXT, &file.plan)?;
    let plan = Plan::from_bytes(&bytes).map_err(|error| failed(path, &error))?;
    let backend = match &file.backend {
        Some(text) => {
            let bytes = unseal(path, &sealer, BACKEND_CONTEXT, text)?;
            Some(serde_json::from_slice(&bytes).map_err(|error| failed(path, &error))?)
        }
        None => None,
    };
    Ok((plan, backend))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(&PLAN_FILE, "Plan file cannot be used").detail(format!("{}: {error}.", path.display()))
}
