//! What the provider gets from outside.

use regprov_http::{Clock, Randomness, Redactor, Transport};
use regprov_provider::Error;
use std::sync::Arc;

/// What the provider gets from outside. Cloning shares it.
#[derive(Clone)]
pub struct Services {
    /// Makes the connections: whether certificates are verified is an argument of the provider.
    pub networks: Arc<dyn Networks>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for the secrets of robot accounts.
    pub randomness: Arc<dyn Randomness>,
    /// Learns every secret that passes through.
    pub redactor: Redactor,
}

/// How much a connection believes of who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificates {
    /// A certificate must be signed by an authority that is believed.
    Verified,
    /// Any certificate will do.
    Unverified,
}

/// Gives what carries requests.
pub trait Networks: Send + Sync {
    /// What carries requests. It retries what may be retried, and in the sandbox reaches loopback only.
    ///
    /// # Errors
    /// Where it cannot be set up.
    fn transport(&self, certificates: Certificates) -> Result<Arc<dyn Transport>, Error>;
}
