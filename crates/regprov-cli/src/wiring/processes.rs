//! Programs of this machine that providers may run: the Azure CLI.

use async_trait::async_trait;
use regprov_azure::{CommandError, CommandOutput, RunCommand};
use std::io::ErrorKind;
use std::process::Stdio;
use tokio::process::Command;
use zeroize::Zeroizing;

/// Runs programs of this machine.
pub(crate) struct Processes;

#[async_trait]
impl RunCommand for Processes {
    async fn run(&self, program: &str, arguments: &[&str]) -> Result<CommandOutput, CommandError> {
        let output = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        match output {
            Ok(output) => Ok(CommandOutput {
                success: output.status.success(),
                stdout: Zeroizing::new(output.stdout),
                stderr: output.stderr,
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(CommandError::NotFound),
            Err(_) => Err(CommandError::Failed),
        }
    }
}
