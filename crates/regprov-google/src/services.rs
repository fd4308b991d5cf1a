//! What the provider gets from outside.

use async_trait::async_trait;
use regprov_http::{Clock, Randomness, Redactor, Transport};
use regprov_provider::Error;
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
    /// Randomness, for keys.
    pub randomness: Arc<dyn Randomness>,
    /// Learns every secret that passes through.
    pub redactor: Redactor,
    /// Where relative paths of credentials begin.
    pub directory: PathBuf,
    /// Whether files of credentials and the metadata server are looked at; not so in the sandbox.
    pub looks_around: bool,
}

/// Draws key pairs.
#[async_trait]
pub trait DrawKey: Send + Sync {
    /// The private half of a new key of RSA with 2048 bits: PKCS #8 in PEM.
    ///
    /// # Errors
    /// Where none can be made.
    async fn draw(&self) -> Result<Zeroizing<String>, Error>;
}
