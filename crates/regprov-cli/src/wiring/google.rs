//! Google: where paths of credentials begin, and whether the machine's own credentials are looked at.

use crate::context::Context;
use crate::realm::SandboxHandle;
use regprov_google::Services;
use regprov_http::Transport;
use regprov_provider::Provider;
use std::sync::Arc;

/// The provider. In the sandbox neither the sign-in of gcloud nor the metadata server is asked.
pub(super) fn provider(
    context: &Context,
    transport: Arc<dyn Transport>,
    sandbox: Option<&SandboxHandle>,
) -> Arc<dyn Provider> {
    regprov_google::provider(Services {
        transport,
        clock: Arc::clone(&context.clock),
        randomness: Arc::clone(&context.randomness),
        redactor: context.shell.redactor.clone(),
        directory: context.directory.clone(),
        looks_around: sandbox.is_none(),
    })
}
