//! What the provider gets from outside.

use regprov_http::{Clock, Redactor, Transport};
use std::path::PathBuf;
use std::sync::Arc;

/// What the provider gets from outside. Cloning shares it.
#[derive(Clone)]
pub struct Services {
    /// Carries requests. It retries what may be retried, and in the sandbox reaches loopback only.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Learns every secret that passes through.
    pub redactor: Redactor,
    /// Configuration files, the most important last: `/etc/ovh.conf`, `~/.ovh.conf`, `./ovh.conf`.
    pub files: Vec<PathBuf>,
    /// `OVH_CLOUD_PROJECT_SERVICE`: the `service_name` where a configuration has none.
    pub project: Option<String>,
}
