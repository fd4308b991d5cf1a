//! What the provider gets from outside.

use regprov_http::{Clock, Randomness, Redactor, Transport};
use std::path::PathBuf;
use std::sync::Arc;

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
