//! What the provider gets from outside.

use async_trait::async_trait;
use regprov_http::{Clock, Redactor, Transport};
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the provider gets from outside. Cloning shares it.
#[derive(Clone)]
pub struct Services {
    /// Carries requests. It retries what may be retried, and in the sandbox reaches loopback only.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Learns every secret that passes through.
    pub redactor: Redactor,
    /// Docker's `config.json`, where one is read.
    pub docker_config: Option<PathBuf>,
    /// Runs docker's credential helpers.
    pub helpers: Arc<dyn RunHelper>,
}

/// Why a credential helper gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelperError {
    /// There is no such program.
    NotFound,
    /// It knows no credentials for the server.
    Unknown,
    /// It failed, or is not run here.
    Failed,
}

/// Runs a credential helper of docker.
#[async_trait]
pub trait RunHelper: Send + Sync {
    /// What `docker-credential-NAME get` prints for a server.
    ///
    /// # Errors
    /// Where it gives nothing.
    async fn get(&self, name: &str, server: &str) -> Result<Zeroizing<Vec<u8>>, HelperError>;
}
