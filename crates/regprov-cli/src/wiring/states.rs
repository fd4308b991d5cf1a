//! The states of other configurations, for `terraform_remote_state`: out of any backend, with the keys of this user.

use crate::backend::given;
use crate::context::{Context, SHORTEST_SECRET, StateRandomness, TERRAFORM_VERSION};
use async_trait::async_trait;
use regprov_backends::{OpenError, Settings, Surroundings};
use regprov_builtin::OtherStates;
use regprov_diag::Diagnostic;
use regprov_engine::{prior_output, state_failure};
use regprov_http::{Randomness, Redactor};
use regprov_provider::{Error, ErrorKind};
use regprov_state::{
    FirstSealing, HighWaterMarks, KeySource, LocalStore, OpenOptions, Rollback, Session, StateError,
    StateStore,
};
use regprov_value::Value;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a state is opened to look at it.
struct Reader {
    keys: Arc<dyn KeySource>,
    randomness: Arc<dyn Randomness>,
    marks: PathBuf,
    redactor: Redactor,
}

impl Reader {
    fn of(context: &Context) -> Self {
        Self {
            keys: Arc::new(context.keys()),
            randomness: Arc::clone(&context.randomness),
            marks: context.marks_directory(),
            redactor: context.shell.redactor.clone(),
        }
    }

    /// The outputs of a state; `None` where there is none.
    async fn outputs(&self, store: Arc<dyn StateStore>) -> Result<Option<BTreeMap<String, Value>>, Error> {
        let options = OpenOptions {
            lock: None,
            keys: Arc::clone(&self.keys),
            randomness: Arc::new(StateRandomness(Arc::clone(&self.randomness))),
            terraform_version: TERRAFORM_VERSION.to_owned(),
            marks: Some(HighWaterMarks::new(self.marks.clone())),
            rollback: Rollback::Refuse,
            first_sealing: FirstSealing::Ask,
        };
        let session = Session::open(store, options)
            .await
            .map_err(|error| of_state(&error))?;
        if session.stored().map_err(|error| of_state(&error))?.is_none() {
            return Ok(None);
        }
        let snapshot = session.snapshot();
        for secret in snapshot.secret_texts() {
            if secret.chars().count() >= SHORTEST_SECRET {
                self.redactor.register(secret);
            }
        }
        let outputs = snapshot.outputs.iter();
        Ok(Some(
            outputs
                .map(|(name, output)| (name.clone(), prior_output(output).value))
                .collect(),
        ))
    }
}

/// What is wrong with a state, as an error of the data source.
fn of_state(error: &StateError) -> Error {
    of_diagnostic(state_failure(error))
}

fn of_diagnostic(diagnostic: Diagnostic) -> Error {
    let error = Error::new(
        ErrorKind::Failed,
        diagnostic.detail.trim_end_matches('.').to_owned(),
    );
    match diagnostic.help.first() {
        Some(help) => error.remedy(help.clone()),
        None => error,
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid(None), detail)
}

/// Those of the real backends.
pub(super) struct States {
    reader: Reader,
    surroundings: Surroundings,
}

impl States {
    pub(super) fn new(context: &Context, surroundings: Surroundings) -> Self {
        Self {
            reader: Reader::of(context),
            surroundings,
        }
    }
}

#[async_trait]
impl OtherStates for States {
    async fn outputs(
        &self,
        backend: &str,
        config: Map<String, Json>,
        workspace: &str,
    ) -> Result<Option<BTreeMap<String, Value>>, Error> {
        let Some(schema) = regprov_backends::schema(backend) else {
            let error = invalid(format!("there is no backend `{backend}`"));
            return Err(match regprov_backends::elsewhere(backend) {
                Some(instead) => error.remedy(instead),
                None => error.remedy(format!("There are: {}.", regprov_backends::KINDS.join(", "))),
            });
        };
        given::secrets(schema, &config)
            .into_iter()
            .filter(|secret| secret.chars().count() >= SHORTEST_SECRET)
            .for_each(|secret| self.reader.redactor.register(secret));
        let checked = Settings::check(schema, &config, &self.surroundings.environment);
        let (settings, _) = checked.map_err(|problems| {
            let wrong = problems.iter().filter(|problem| !problem.warning);
            let wrong: Vec<&str> = wrong
                .map(|problem| problem.detail.trim_end_matches('.'))
                .collect();
            invalid(format!("`config`: {}", wrong.join(". ")))
        })?;
        let opened = regprov_backends::open(backend, &settings, &self.surroundings).await;
        let opened = opened.map_err(|error| match error {
            OpenError::Settings(detail) => invalid(detail.trim_end_matches('.')),
            OpenError::State(error) => of_state(&error),
        })?;
        let store = opened.store(workspace).await.map_err(|error| of_state(&error))?;
        self.reader.outputs(store).await
    }
}

/// Those of the sandbox: what another directory applied in its own sandbox, and nothing beyond this machine.
pub(super) struct SandboxStates {
    reader: Reader,
    directory: PathBuf,
}

impl SandboxStates {
    pub(super) fn new(context: &Context) -> Self {
        Self {
            reader: Reader::of(context),
            directory: context.directory.clone(),
        }
    }
}

#[async_trait]
impl OtherStates for SandboxStates {
    async fn outputs(
        &self,
        backend: &str,
        config: Map<String, Json>,
        workspace: &str,
    ) -> Result<Option<BTreeMap<String, Value>>, Error> {
        if backend != "local" {
            return Ok(None);
        }
        let path = config
            .get("path")
            .and_then(Json::as_str)
            .unwrap_or("terraform.tfstate");
        let folder = self.directory.join(path);
        let folder = folder.parent().unwrap_or(Path::new(".")).join(".regprov/sandbox");
        self.reader
            .outputs(Arc::new(LocalStore::for_workspace(&folder, workspace)))
            .await
    }

    fn may_be_missing(&self) -> bool {
        true
    }
}
