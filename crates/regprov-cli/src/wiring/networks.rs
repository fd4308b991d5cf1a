//! What carries the requests of providers that decide themselves whether certificates are verified.

use crate::context::Context;
use regprov_harbor::{Certificates, Networks};
use regprov_http::{Clock, Randomness, Transport};
use regprov_provider::{Error, ErrorKind};
use std::sync::Arc;

/// One transport for all: the sandbox's, which believes the sandbox's authority alone.
pub(super) struct Fixed(pub(super) Arc<dyn Transport>);

impl Networks for Fixed {
    fn transport(&self, _certificates: Certificates) -> Result<Arc<dyn Transport>, Error> {
        Ok(Arc::clone(&self.0))
    }
}

/// The real network.
pub(super) struct Live {
    verified: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Live {
    /// The network of a run.
    pub(super) fn new(context: &Context, verified: Arc<dyn Transport>) -> Self {
        Self {
            verified,
            clock: Arc::clone(&context.clock),
            randomness: Arc::clone(&context.randomness),
        }
    }
}

impl Networks for Live {
    fn transport(&self, certificates: Certificates) -> Result<Arc<dyn Transport>, Error> {
        match certificates {
            Certificates::Verified => Ok(Arc::clone(&self.verified)),
            Certificates::Unverified => crate::realm::unverified(&self.clock, &self.randomness)
                .map_err(|error| Error::new(ErrorKind::Failed, error.to_string())),
        }
    }
}
