//! Docker Hub: docker's own configuration, and the helpers that keep its logins.

use crate::context::Context;
use crate::realm::SandboxHandle;
use async_trait::async_trait;
use regprov_dockerhub::{HelperError, RunHelper, Services};
use regprov_http::Transport;
use regprov_provider::Provider;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use zeroize::Zeroizing;

/// The provider. In the sandbox it reads no file and runs no program.
pub(super) fn provider(
    context: &Context,
    transport: Arc<dyn Transport>,
    sandbox: Option<&SandboxHandle>,
) -> Arc<dyn Provider> {
    regprov_dockerhub::provider(Services {
        transport,
        clock: Arc::clone(&context.clock),
        redactor: context.shell.redactor.clone(),
        docker_config: if sandbox.is_some() { None } else { config(context) },
        helpers: if sandbox.is_some() {
            Arc::new(NoHelpers)
        } else {
            Arc::new(Helpers)
        },
    })
}

/// Docker's `config.json`.
fn config(context: &Context) -> Option<PathBuf> {
    let own = context.environment.get("DOCKER_CONFIG").map(PathBuf::from);
    let home = || Some(PathBuf::from(context.environment.get("HOME")?).join(".docker"));
    own.or_else(home).map(|folder| folder.join("config.json"))
}

/// Runs `docker-credential-NAME`.
struct Helpers;

#[async_trait]
impl RunHelper for Helpers {
    async fn get(&self, name: &str, server: &str) -> Result<Zeroizing<Vec<u8>>, HelperError> {
        let started = Command::new(format!("docker-credential-{name}"))
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut child = started.map_err(|error| match error.kind() {
            ErrorKind::NotFound => HelperError::NotFound,
            _ => HelperError::Failed,
        })?;
        if let Some(mut input) = child.stdin.take() {
            // A helper that does not listen says so by how it ends.
            drop(input.write_all(server.as_bytes()).await);
        }
        let output = child.wait_with_output().await.map_err(|_| HelperError::Failed)?;
        let printed = Zeroizing::new(output.stdout);
        if output.status.success() {
            return Ok(printed);
        }
        let said = String::from_utf8_lossy(&printed).to_lowercase();
        Err(if said.contains("not found") {
            HelperError::Unknown
        } else {
            HelperError::Failed
        })
    }
}

/// Runs nothing.
struct NoHelpers;

#[async_trait]
impl RunHelper for NoHelpers {
    async fn get(&self, _name: &str, _server: &str) -> Result<Zeroizing<Vec<u8>>, HelperError> {
        Err(HelperError::Failed)
    }
}
