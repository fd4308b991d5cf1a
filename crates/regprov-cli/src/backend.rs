//! Which backend keeps the state: what the configuration says, and what `init` recorded of it.

pub(crate) mod given;
mod init;
mod migrate;
mod record;

use crate::codes::{BACKEND, BACKEND_CHANGED};
use crate::context::Context;
use crate::load::{self, Configured};
use crate::plan_file::SavedBackend;
use crate::realm;
use crate::wiring;
use regprov_backends::{Backend, OpenError, Settings, Surroundings, Terms};
use regprov_diag::{Diagnostic, Diagnostics, Sources, Span, suggest};
use regprov_engine::{parse_duration, state_failure};
use regprov_http::Transport;
use regprov_plan::Realm;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use init::init;
use record::Record;

/// The arguments of a block, by name.
type Given = Map<String, Value>;

/// A `backend` block that was evaluated, or the lack of one.
struct Block {
    kind: String,
    given: Given,
    span: Option<Span>,
    sources: Sources,
}

impl Block {
    /// Without a block the state is in a local file.
    fn none() -> Self {
        Self {
            kind: "local".into(),
            given: Given::new(),
            span: None,
            sources: Sources::new(),
        }
    }

    fn of(context: &Context, configured: &Configured) -> Result<Self, Diagnostics> {
        let Some(backend) = configured.configuration.backend() else {
            return Ok(Self::none());
        };
        let kind = backend.kind.clone();
        let complain = |diagnostics: &Diagnostics| {
            context.shell.diagnostics(diagnostics, &configured.sources);
            Diagnostics::new()
        };
        let Some(schema) = regprov_backends::schema(&kind) else {
            return Err(complain(&unknown(&kind, backend.span).into()));
        };
        let Some((value, found)) = configured.backend_settings(&given::block(schema)) else {
            return Ok(Self::none());
        };
        if found.has_errors() {
            return Err(complain(&found));
        }
        let mut given = Given::new();
        if let Ok(Value::Object(fields)) = regprov_value::to_json(&value.unmark_deep().0) {
            given = fields;
        }
        given.retain(|_, value| !value.is_null() && *value != Value::Array(Vec::new()));
        Ok(Self {
            kind,
            given,
            span: Some(backend.span),
            sources: configured.sources.clone(),
        })
    }

    /// Whether it keeps the state in another place than the lack of a block does.
    fn is_elsewhere(&self) -> bool {
        self.kind != "local" || !self.given.is_empty()
    }

    fn at(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self.span {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        }
    }

    fn refuse(&self, context: &Context, diagnostic: Diagnostic) -> Diagnostics {
        context.shell.diagnostic(&self.at(diagnostic), &self.sources);
        Diagnostics::new()
    }
}

fn unknown(kind: &str, span: Span) -> Diagnostic {
    let known = regprov_backends::KINDS;
    let list = known
        .iter()
        .map(|kind| format!("`{kind}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let error = Diagnostic::error(&BACKEND, "Backend is not supported").at(span);
    match (regprov_backends::elsewhere(kind), suggest(kind, known.iter())) {
        (Some(instead), _) => error
            .detail(format!(
                "regprov does not know the backend `{kind}`; it knows {list}. {instead}"
            ))
            .help("Use -sandbox to try the configuration with a state of its own."),
        (None, Some(near)) => error
            .detail(format!("There is no backend `{kind}`."))
            .help(format!("Did you mean `{near}`?")),
        (None, None) => error
            .detail(format!("There is no backend `{kind}`; there are {list}."))
            .help("Use -sandbox to try the configuration with a state of its own."),
    }
}

/// Opens the backend of a configuration for the commands that follow; in the sandbox every backend is ignored.
pub(crate) async fn settle(
    context: &Context,
    configured: &Configured,
    realm: Realm,
) -> Result<(), Diagnostics> {
    let block = match realm {
        Realm::Live => Block::of(context, configured)?,
        Realm::Sandbox => {
            if let Some(backend) = configured
                .configuration
                .backend()
                .filter(|backend| &*backend.kind != "local")
            {
                context.shell.note(format!(
                    "note: the sandbox keeps its own state; the backend `{}` is not used",
                    backend.kind
                ));
            } else {
                Block::of(context, configured)?;
            }
            return Ok(());
        }
    };
    let (backend, chosen) = recorded(context, &block).await?;
    // Settled before: the same directory has the same backend.
    let _ = context.backend.set(backend);
    let _ = context.chosen_backend.set(chosen);
    Ok(())
}

/// Opens the backend that a saved plan was made on. What `init` would record may be missing where a plan is applied.
pub(crate) async fn settle_saved(
    context: &Context,
    configured: &Configured,
    saved: Option<SavedBackend>,
) -> Result<(), Diagnostics> {
    let block = match saved {
        Some(saved) => Block {
            kind: saved.kind,
            given: saved.given,
            ..Block::none()
        },
        // A plan of an older version: what its configuration says counts, and what was recorded here.
        None => {
            let block = Block::of(context, configured)?;
            let given = match Record::read(context)? {
                Some(_) => recorded(context, &block).await?.1.given,
                None => block.given.clone(),
            };
            Block { given, ..block }
        }
    };
    let _ = context.backend.set(opened(context, &block, &block.given).await?);
    Ok(())
}

/// The backend of the working directory.
pub(crate) async fn present(context: &Context) -> Result<Arc<dyn Backend>, Diagnostics> {
    if let Some(backend) = context.backend.get() {
        return Ok(Arc::clone(backend));
    }
    let block = match load::for_backend(context)? {
        Some(configured) => Block::of(context, &configured)?,
        None => Block::none(),
    };
    let (backend, _) = recorded(context, &block).await?;
    Ok(Arc::clone(context.backend.get_or_init(|| backend)))
}

/// The backend that the sandbox has: files in its own folder.
pub(crate) async fn of_sandbox(context: &Context) -> Result<Arc<dyn Backend>, Diagnostics> {
    let folder = context.sandbox_directory();
    let mut block = Block::none();
    for (name, file) in [
        ("path", "terraform.tfstate"),
        ("workspace_dir", "terraform.tfstate.d"),
    ] {
        let path = folder.join(file).display().to_string();
        block.given.insert(name.into(), path.into());
    }
    opened(context, &block, &block.given).await
}

/// Opens the backend of a block, which must be the one that `init` recorded.
async fn recorded(context: &Context, block: &Block) -> Result<(Arc<dyn Backend>, SavedBackend), Diagnostics> {
    let given = settings(context, block).await?;
    let backend = opened(context, block, &given).await?;
    let kind = block.kind.clone();
    Ok((backend, SavedBackend { kind, given }))
}

/// The arguments of the backend of a block, which must be the one that `init` recorded.
async fn settings(context: &Context, block: &Block) -> Result<Given, Diagnostics> {
    let record = Record::read(context)?;
    match &record {
        None if block.kind == "local" => {
            if block.is_elsewhere() && has_default_state(context).await? {
                return Err(block.refuse(context, needs_init(
                    "The configuration keeps its state in another file, which this directory has not been prepared for. There is a \
                     state in the default file.",
                )));
            }
            Ok(block.given.clone())
        }
        None => Err(block.refuse(context, needs_init(&format!(
            "The configuration keeps its state in the backend `{}`, which this directory has not been prepared for.",
            block.kind
        )))),
        Some(record) if record.fits(block) => record.settings(context, block),
        Some(record) => {
            let detail = if block.span.is_none() {
                format!("The configuration has no `backend` block any more, but the backend `{}` was recorded.", record.kind)
            } else if record.kind == block.kind {
                format!("The settings of the backend `{}` are not the ones that were recorded.", block.kind)
            } else {
                format!(
                    "The configuration keeps its state in the backend `{}`, but `{}` was recorded.",
                    block.kind, record.kind
                )
            };
            Err(block.refuse(context, changed(&detail)))
        }
    }
}

/// Whether a state is where it is kept without a `backend` block.
async fn has_default_state(context: &Context) -> Result<bool, Diagnostics> {
    let none = Block::none();
    let backend = opened(context, &none, &none.given).await?;
    migrate::workspaces(backend.as_ref())
        .await
        .map(|found| !found.is_empty())
}

fn needs_init(detail: &str) -> Diagnostic {
    Diagnostic::error(&BACKEND_CHANGED, "Backend initialization required")
        .detail(detail.to_owned())
        .help("Prepare it, which also puts the store to the test:\n\n    regprov init")
}

fn changed(detail: &str) -> Diagnostic {
    Diagnostic::error(&BACKEND_CHANGED, "Backend configuration changed")
        .detail(format!("{detail} Nothing was read or written."))
        .help(
            "Take the state along with the change, or go on from what is in the new place:\n\n    regprov init -migrate-state\n    \
             regprov init -reconfigure",
        )
}

/// Opens a backend with these settings.
async fn opened(context: &Context, block: &Block, given: &Given) -> Result<Arc<dyn Backend>, Diagnostics> {
    let settings = checked(context, block, given)?;
    open(context, &block.kind, &settings)
        .await
        .map_err(|diagnostic| block.refuse(context, diagnostic))
}

/// Checks settings, and says what is to be said of them.
fn checked(context: &Context, block: &Block, given: &Given) -> Result<Settings, Diagnostics> {
    let schema = regprov_backends::schema(&block.kind).unwrap_or_default();
    given::guard(context, schema, given);
    let problem = |problem: &regprov_backends::SettingProblem| {
        let diagnostic = if problem.warning {
            Diagnostic::warning(&BACKEND, "Backend argument to be looked at")
        } else {
            Diagnostic::error(&BACKEND, "Backend argument cannot be used")
        };
        block.at(diagnostic.detail(problem.detail.clone()))
    };
    match Settings::check(schema, given, &context.environment.all()) {
        Ok((settings, warnings)) => {
            for warning in &warnings {
                context.shell.diagnostic(&problem(warning), &block.sources);
            }
            Ok(settings)
        }
        Err(problems) => {
            for wrong in &problems {
                context.shell.diagnostic(&problem(wrong), &block.sources);
            }
            Err(Diagnostics::new())
        }
    }
}

/// Opens a backend.
pub(crate) async fn open(
    context: &Context,
    kind: &str,
    settings: &Settings,
) -> Result<Arc<dyn Backend>, Diagnostic> {
    let surroundings = surroundings(context, realm::transport(context, None)?);
    regprov_backends::open(kind, settings, &surroundings)
        .await
        .map_err(|error| match error {
            OpenError::Settings(detail) => {
                Diagnostic::error(&BACKEND, "Backend cannot be opened").detail(detail)
            }
            OpenError::State(error) => state_failure(&error),
        })
}

/// What backends may use.
pub(crate) fn surroundings(context: &Context, transport: Arc<dyn Transport>) -> Surroundings {
    Surroundings {
        directory: context.directory.clone(),
        environment: context.environment.all(),
        transport,
        clock: Arc::clone(&context.clock),
        network: wiring::network(context),
        azure: wiring::azure_sign_in(context),
        terms: terms(context),
    }
}

/// How long the lease on a remote state lives; a test may want to wait less.
fn terms(context: &Context) -> Terms {
    let given = context.environment.get("REGPROV_STATE_LEASE");
    given
        .and_then(parse_duration)
        .filter(|lease| !lease.is_zero())
        .map_or_else(Terms::default, Terms::of)
}

/// Settings by name, for comparing.
fn set(given: &Given) -> BTreeMap<&String, &Value> {
    given.iter().filter(|(_, value)| !value.is_null()).collect()
}
