//! Runs the commands of `local-exec` as Terraform does: by `/bin/sh -c`, with the environment of this process.

use futures::future::LocalBoxFuture;
use regprov_engine::RunLocal;
use regprov_plan::LocalExec;
use regprov_provider::Environment;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

/// How long what a command left running in the background may hold its output open.
const AFTER_THE_END: Duration = Duration::from_secs(2);

/// The shell of this machine.
pub(crate) struct LocalShell {
    /// Where commands run, unless they say otherwise.
    pub(crate) directory: PathBuf,
    /// What they see beside their own `environment`.
    pub(crate) environment: Environment,
}

impl RunLocal for LocalShell {
    fn run<'a>(
        &'a self,
        command: &'a LocalExec,
        line: &'a dyn Fn(&str),
    ) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let (child, output) = self
                .start(command)
                .map_err(|error| format!("it cannot be started: {error}"))?;
            match watch(child, output, line).await {
                Ok(status) if status.success() => Ok(()),
                Ok(status) => Err(format!("it ended with {}", ending(status))),
                Err(error) => Err(format!("it cannot be watched: {error}")),
            }
        })
    }
}

impl LocalShell {
    /// Starts it with both of its outputs in one pipe, so that their lines keep their order.
    fn start(&self, command: &LocalExec) -> io::Result<(Child, pipe::Receiver)> {
        let shell = ["/bin/sh".to_owned(), "-c".to_owned()];
        let words = if command.interpreter.is_empty() {
            &shell[..]
        } else {
            &command.interpreter
        };
        let directory = match &command.working_directory {
            Some(directory) => self.directory.join(directory),
            None => self.directory.clone(),
        };
        if !directory.is_dir() {
            return Err(io::Error::other(format!(
                "there is no directory {}",
                directory.display()
            )));
        }
        let (reader, writer) = io::pipe()?;
        let mut started = Command::new(&words[0]);
        started
            .args(&words[1..])
            .arg(&command.command)
            .current_dir(directory);
        started
            .env_clear()
            .envs(&self.environment.0)
            .envs(&command.environment);
        started
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .kill_on_drop(true);
        let child = started.spawn()?;
        // The pipe ends once the command's copies of its writing end are closed.
        drop(started);
        Ok((child, pipe::Receiver::from_owned_fd(reader.into())?))
    }
}

/// Passes lines on until the command has ended and its output is read.
async fn watch(mut child: Child, output: pipe::Receiver, line: &dyn Fn(&str)) -> io::Result<ExitStatus> {
    let mut lines = BufReader::new(output).lines();
    let status = tokio::select! {
        read = pass_on(&mut lines, line) => {
            read?;
            return child.wait().await;
        }
        status = child.wait() => status?,
    };
    if let Ok(read) = tokio::time::timeout(AFTER_THE_END, pass_on(&mut lines, line)).await {
        read?;
    }
    Ok(status)
}

async fn pass_on(lines: &mut Lines<BufReader<pipe::Receiver>>, line: &dyn Fn(&str)) -> io::Result<()> {
    while let Some(text) = lines.next_line().await? {
        line(&text);
    }
    Ok(())
}

fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "neither exit status nor signal".to_owned(),
    }
}
