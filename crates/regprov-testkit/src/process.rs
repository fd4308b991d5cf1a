//! The real binary as a process.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::task::JoinHandle;

/// How a process ended, and what it said.
#[must_use]
#[derive(Clone, Debug)]
pub struct Finished {
    /// How it ended; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Finished {
    /// All that it said.
    #[must_use]
    pub fn text(&self) -> String {
        let (out, err) = (
            String::from_utf8_lossy(&self.stdout),
            String::from_utf8_lossy(&self.stderr),
        );
        format!("exit code: {:?}\n--- stdout\n{out}\n--- stderr\n{err}", self.code)
    }

    /// Itself, where it ended with this code.
    ///
    /// # Panics
    /// Where it ended otherwise, with all that it said.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text());
        self
    }
}

/// A running process. It is killed when dropped.
pub struct Child {
    process: tokio::process::Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
}

impl Child {
    pub(crate) fn spawn(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().expect("the binary under test can be started");
        let stdout = collect(process.stdout.take().expect("standard output is piped"));
        let stderr = collect(process.stderr.take().expect("standard error is piped"));
        Self {
            process,
            stdout,
            stderr,
        }
    }

    /// Waits until it ends.
    ///
    /// # Panics
    /// When it has not ended within `limit`; it is killed then.
    pub async fn wait(mut self, limit: Duration) -> Finished {
        match tokio::time::timeout(limit, self.process.wait()).await {
            Ok(status) => self.finished(status.expect("a child can be waited for")).await,
            Err(_) => {
                let finished = self.kill().await;
                panic!("not done after {} s\n{}", limit.as_secs(), finished.text());
            }
        }
    }

    /// Waits until it ends; it goes on running where the returned future is dropped.
    pub async fn ended(&mut self) {
        self.process.wait().await.expect("a child can be waited for");
    }

    /// Sends SIGKILL and waits for the end.
    pub async fn kill(mut self) -> Finished {
        // It may have ended by itself.
        let _ = self.process.start_kill();
        let status = self.process.wait().await.expect("a child can be waited for");
        self.finished(status).await
    }

    async fn finished(self, status: ExitStatus) -> Finished {
        let stdout = self.stdout.await.expect("the reader does not panic");
        let stderr = self.stderr.await.expect("the reader does not panic");
        Finished {
            code: status.code(),
            stdout,
            stderr,
        }
    }
}

fn collect(mut pipe: impl AsyncRead + Unpin + Send + 'static) -> JoinHandle<Vec<u8>> {
    tokio::spawn(async move {
        let mut bytes = Vec::new();
        // A pipe that breaks has no more to say.
        let _ = pipe.read_to_end(&mut bytes).await;
        bytes
    })
}
