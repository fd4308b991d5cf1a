//! OVHcloud: its configuration files, and the project that stands in for `service_name`.

use crate::context::Context;
use crate::realm::SandboxHandle;
use regprov_http::Transport;
use regprov_ovh::Services;
use regprov_provider::Provider;
use std::path::PathBuf;
use std::sync::Arc;

/// The provider. In the sandbox it reads no file, and the sandbox's project stands in where the environment names none.
pub(super) fn provider(
    context: &Context,
    transport: Arc<dyn Transport>,
    sandbox: Option<&SandboxHandle>,
) -> Arc<dyn Provider> {
    let project = context
        .environment
        .get("OVH_CLOUD_PROJECT_SERVICE")
        .map(str::to_owned)
        .or_else(|| sandbox.map(|sandbox| sandbox.endpoints.ovh.operator.service_name.clone()));
    regprov_ovh::provider(Services {
        transport,
        clock: Arc::clone(&context.clock),
        redactor: context.shell.redactor.clone(),
        files: if sandbox.is_some() {
            Vec::new()
        } else {
            files(context)
        },
        project,
    })
}

/// The configuration files of OVHcloud's clients, the most important last.
fn files(context: &Context) -> Vec<PathBuf> {
    let home = context
        .environment
        .get("HOME")
        .map(|home| PathBuf::from(home).join(".ovh.conf"));
    let mut files = vec![PathBuf::from("/etc/ovh.conf")];
    files.extend(home);
    files.push(context.directory.join("ovh.conf"));
    files
}
