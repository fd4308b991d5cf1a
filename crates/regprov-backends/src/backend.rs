//! Backends by name: opened from arguments, one state for each workspace.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use regprov_http::{Clock, Transport};
use regprov_state::{StateError, StateStore};

use crate::azurerm::{self, AzureSignIn};
use crate::settings::{Argument, Settings};
use crate::{Terms, gcs, http, kubernetes, local, pg, s3};

/// The workspace that is there always.
pub const DEFAULT: &str = "default";

/// What a backend can promise when two runs write at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// One effective writer: a run that was paused or cut off cannot overwrite what another one wrote since.
    Fenced,
    /// Less than that; the text says what.
    Weaker(&'static str),
}

/// A place for the states of a configuration, one for each workspace.
#[async_trait]
pub trait Backend: Send + Sync {
    /// What it promises.
    fn promise(&self) -> Promise;

    /// The place of the state of a workspace.
    ///
    /// # Errors
    /// When the place cannot have a workspace of this name, or cannot be reached.
    async fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, StateError>;

    /// The workspaces that have a state, and `default`, which is there always and comes first.
    ///
    /// # Errors
    /// When the place cannot be reached, or has no workspaces.
    async fn workspaces(&self) -> Result<Vec<String>, StateError>;

    /// Makes a workspace with an empty state, so that it is listed.
    ///
    /// # Errors
    /// When the place cannot be reached.
    async fn create_workspace(&self, name: &str) -> Result<(), StateError>;

    /// Removes the state of a workspace, and all that was kept beside it. Its lock must be held by the caller until now.
    ///
    /// # Errors
    /// When the place cannot be reached.
    async fn delete_workspace(&self, name: &str) -> Result<(), StateError>;

    /// Puts the place to the test, where it is one that could fail it.
    ///
    /// # Errors
    /// [`StateError::Unfit`] names the promise that it broke.
    async fn probe(&self, id: &str) -> Result<(), StateError>;
}

/// What a connection needs beside what all have.
#[derive(Default)]
pub struct TlsNeeds {
    /// The authorities that are believed, each as PEM, and no others; all of the system's where there are none.
    pub authorities: Vec<Vec<u8>>,
    /// The certificate of the client and its key, as PEM.
    pub identity: Option<zeroize::Zeroizing<Vec<u8>>>,
}

/// Connections with certificates of their own, and the programs that some clusters take credentials from.
#[async_trait]
pub trait Network: Send + Sync {
    /// Makes a transport.
    ///
    /// # Errors
    /// When a certificate cannot be used.
    fn connect(&self, needs: &TlsNeeds) -> Result<Arc<dyn Transport>, String>;

    /// Runs a program, and returns what it prints.
    ///
    /// # Errors
    /// When it cannot be started, or fails.
    async fn run(
        &self,
        program: &str,
        arguments: &[String],
        environment: &[(String, String)],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, String>;
}

/// What a backend may use.
#[derive(Clone)]
pub struct Surroundings {
    /// The working directory.
    pub directory: PathBuf,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The network.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Connections of their own, and programs.
    pub network: Arc<dyn Network>,
    /// The sign-in at Azure.
    pub azure: Arc<dyn AzureSignIn>,
    /// How long leases live.
    pub terms: Terms,
}

/// Why a backend cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// What it is told in its block is wrong; in sentences.
    Settings(String),
    /// It cannot be reached.
    State(StateError),
}

impl From<StateError> for OpenError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// The backends that can be opened.
pub const KINDS: &[&str] = &["local", "s3", "gcs", "azurerm", "pg", "http", "kubernetes"];

/// Says of a backend of Terraform's that cannot be opened here what to do in its place; `None` where Terraform has none of
/// this name either.
#[must_use]
pub fn elsewhere(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "remote" | "cloud" => {
            "The state is kept, and runs are carried out, by a service of HashiCorp's. Take the state out with `terraform \
             state pull`, and keep it in one of the stores that regprov knows."
        }
        "consul" | "cos" | "oci" | "oss" => {
            "regprov does not speak the protocol of this store. Move the state to one that it knows with `terraform init \
             -migrate-state`; where the store has an S3 interface, the backend `s3` with `endpoints` reaches the same \
             objects."
        }
        "artifactory" | "azure" | "etcd" | "etcdv3" | "manta" | "swift" | "atlas" => {
            "Terraform removed this backend, too. Move the state with a Terraform that still has it."
        }
        "inmem" => {
            "The state is gone when the process ends, so that nothing could be taken back or changed later."
        }
        _ => return None,
    })
}

/// Returns the arguments of a backend; `None` where there is no backend of this name.
#[must_use]
pub fn schema(kind: &str) -> Option<&'static [Argument]> {
    Some(match kind {
        "local" => local::ARGUMENTS,
        "s3" => s3::ARGUMENTS,
        "gcs" => gcs::ARGUMENTS,
        "azurerm" => azurerm::ARGUMENTS,
        "http" => http::ARGUMENTS,
        "kubernetes" => kubernetes::ARGUMENTS,
        "pg" => pg::ARGUMENTS,
        _ => return None,
    })
}

/// Opens a backend.
///
/// # Errors
/// When its settings are wrong, or it cannot be reached.
pub async fn open(
    kind: &str,
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, OpenError> {
    match kind {
        "local" => local::open(settings, surroundings),
        "s3" => s3::open(settings, surroundings).await,
        "gcs" => gcs::open(settings, surroundings).await,
        "http" => http::open(settings, surroundings),
        "kubernetes" => kubernetes::open(settings, surroundings).await,
        "azurerm" => azurerm::open(settings, surroundings).await,
        "pg" => pg::open(settings, surroundings).await,
        _ => Err(OpenError::Settings(format!("There is no backend `{kind}`."))),
    }
}
