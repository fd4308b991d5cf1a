//! What the providers get from outside.

use async_trait::async_trait;
use regprov_http::{Clock, Randomness, Redactor, Transport};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the providers get from outside. Cloning shares it.
#[derive(Clone)]
pub struct Services {
    /// Carries requests. It retries what may be retried, and in the sandbox reaches loopback only.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for request ids and assertions.
    pub randomness: Arc<dyn Randomness>,
    /// Learns every secret that passes through.
    pub redactor: Redactor,
    /// Runs the Azure CLI.
    pub run_command: Arc<dyn RunCommand>,
}

/// Runs a program and waits for it.
#[async_trait]
pub trait RunCommand: Send + Sync {
    /// Runs `program` with `arguments`, with nothing on its standard input.
    ///
    /// # Errors
    /// Where it could not be started.
    async fn run(&self, program: &str, arguments: &[&str]) -> Result<CommandOutput, CommandError>;
}

/// What a program left behind.
pub struct CommandOutput {
    /// Whether it said that it succeeded.
    pub success: bool,
    /// Its standard output; may hold a token.
    pub stdout: Zeroizing<Vec<u8>>,
    /// Its standard error.
    pub stderr: Vec<u8>,
}

/// A program that could not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// There is no such program.
    #[error("the program is not installed, or not on the path")]
    NotFound,
    /// Programs are not run here.
    #[error("programs are not run here")]
    Forbidden,
    /// Anything else.
    #[error("the program could not be started")]
    Failed,
}

/// Runs nothing: the sandbox reads no credential of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCommands;

#[async_trait]
impl RunCommand for NoCommands {
    async fn run(&self, _program: &str, _arguments: &[&str]) -> Result<CommandOutput, CommandError> {
        Err(CommandError::Forbidden)
    }
}
