//! The real binary as a process.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::sync::watch;
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
    stdout: Pipe,
    stderr: Pipe,
}

impl Child {
    pub(crate) fn spawn(command: Command) -> Self {
        Self::spawn_reading(command, Stdio::null())
    }

    pub(crate) fn spawn_reading(mut command: Command, input: Stdio) -> Self {
        command
            .stdin(input)
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

    /// Waits until these words stand on its standard output so many times; says whether they ever did.
    pub async fn printed(&mut self, words: &str, times: usize) -> bool {
        let enough = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).matches(words).count() >= times;
        self.stdout.read.wait_for(enough).await.is_ok()
    }

    /// Waits until what stands on its standard output is enough, or it ends.
    pub(crate) async fn until(&mut self, enough: impl Fn(&[u8]) -> bool) {
        // An end closes the pipe.
        let _ = self.stdout.read.wait_for(|bytes| enough(bytes)).await;
    }

    /// Waits until these words stand on its standard error; says whether they ever did.
    pub async fn complained(&mut self, words: &str) -> bool {
        let there = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains(words);
        self.stderr.read.wait_for(there).await.is_ok()
    }

    /// Sends SIGINT, as Ctrl-C does.
    ///
    /// # Panics
    /// When the system has no shell, or the process is gone.
    pub fn interrupt(&self) {
        let id = self.process.id().expect("the process runs");
        let mut shell = std::process::Command::new("sh");
        let sent = shell.args(["-c", &format!("kill -INT {id}")]).status();
        assert!(sent.is_ok_and(|sent| sent.success()), "the signal was not sent");
    }

    /// Sends SIGKILL and waits for the end.
    pub async fn kill(mut self) -> Finished {
        // It may have ended by itself.
        let _ = self.process.start_kill();
        let status = self.process.wait().await.expect("a child can be waited for");
        self.finished(status).await
    }

    async fn finished(self, status: ExitStatus) -> Finished {
        Finished {
            code: status.code(),
            stdout: self.stdout.all().await,
            stderr: self.stderr.all().await,
        }
    }
}

/// What comes out of a pipe, as it comes.
struct Pipe {
    read: watch::Receiver<Vec<u8>>,
    reader: JoinHandle<()>,
}

impl Pipe {
    async fn all(self) -> Vec<u8> {
        self.reader.await.expect("the reader does not panic");
        self.read.borrow().clone()
    }
}

fn collect(mut pipe: impl AsyncRead + Unpin + Send + 'static) -> Pipe {
    let (write, read) = watch::channel(Vec::new());
    let reader = tokio::spawn(async move {
        let mut buffer = [0; 4096];
        // A pipe that breaks has no more to say.
        while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
            write.send_modify(|bytes| bytes.extend_from_slice(&buffer[..length]));
        }
    });
    Pipe { read, reader }
}
