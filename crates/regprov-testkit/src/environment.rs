//! A folder of its own for the real binary, and nothing of the machine's around it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::Regex;
use regprov_emulator::{ClockMode, Opened, Options, open};
use tempfile::TempDir;

use crate::directory::{copy_tree, make};
use crate::owner::Cloud;
use crate::process::{Child, Finished};

/// The longest that a command may take.
const LIMIT: Duration = Duration::from_secs(300);

/// A working directory, a home and a folder for temporary files, all below one folder that goes away in the end; and the
/// real binary, run there with a cleared environment, a pinned seed and a pinned width.
#[must_use]
pub struct TestEnvironment {
    program: PathBuf,
    root: TempDir,
    variables: BTreeMap<String, String>,
    seed: u64,
}

impl TestEnvironment {
    /// An empty working directory for a binary: `env!("CARGO_BIN_EXE_regprov")`.
    ///
    /// # Panics
    /// When the folder cannot be made.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let root = TempDir::with_prefix("regprov-test-").expect("a folder for temporary files can be made");
        let mut environment = Self {
            program: program.into(),
            root,
            variables: BTreeMap::new(),
            seed: 7,
        };
        let path = |name: &str| environment.root.path().join(name).display().to_string();
        let (home, configuration, temporary) = (path("home"), path("home/configuration"), path("tmp"));
        for folder in ["home", "home/configuration", "tmp", "work"] {
            make(&environment.root.path().join(folder));
        }
        environment = environment
            .with("HOME", home)
            .with("XDG_CONFIG_HOME", configuration)
            .with("TMPDIR", temporary);
        environment = environment
            .with("COLUMNS", "100")
            .with("NO_COLOR", "1")
            .with("REGPROV_SANDBOX_SEED", "7");
        environment
    }

    /// The same with a copy of the files of a folder in the working directory.
    pub fn with_files(self, folder: &Path) -> Self {
        copy_tree(folder, &self.directory());
        self
    }

    /// The same with a file in the working directory.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn with_file(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    /// The same with a variable in the binary's environment.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// The same with another seed for the ids and secrets of its sandbox.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self.with("REGPROV_SANDBOX_SEED", seed.to_string())
    }

    /// Everything below this folder belongs to the test.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The working directory.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The folder of the sandbox of the working directory.
    #[must_use]
    pub fn clouds(&self) -> PathBuf {
        self.directory().join(".regprov/sandbox/clouds")
    }

    /// The binary.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The environment of the binary, for a test that starts it through another program.
    #[must_use]
    pub const fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Writes a file in the working directory.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.directory().join(name);
        make(path.parent().expect("a file is in a folder"));
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Starts a command.
    ///
    /// # Panics
    /// When the binary cannot be started.
    #[must_use]
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.spawn_with(arguments, &[])
    }

    /// Starts a command with more variables in its environment.
    ///
    /// # Panics
    /// When the binary cannot be started.
    #[must_use]
    pub fn spawn_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
        Child::spawn(self.command(arguments, variables))
    }

    fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.directory())
            .env_clear()
            .envs(&self.variables);
        command.envs(variables.iter().copied());
        command
    }

    /// Runs a command to its end, with a text on its standard input.
    ///
    /// # Panics
    /// When the binary cannot be started, or does not end in minutes.
    pub async fn run_reading(&self, input: &str, arguments: &[&str]) -> Finished {
        self.run_reading_with(input, arguments, &[]).await
    }

    /// Runs a command to its end, with a text on its standard input and more variables in its environment.
    ///
    /// # Panics
    /// When the binary cannot be started, or does not end in minutes.
    pub async fn run_reading_with(
        &self,
        input: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Finished {
        let file = self.root.path().join("tmp/standard-input");
        std::fs::write(&file, input).expect("the folder for temporary files can be written");
        let file = std::fs::File::open(&file).expect("it was just written");
        let child = Child::spawn_reading(self.command(arguments, variables), file.into());
        child.wait(LIMIT).await
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When the binary cannot be started, or does not end in minutes.
    pub async fn run(&self, arguments: &[&str]) -> Finished {
        self.spawn(arguments).wait(LIMIT).await
    }

    /// Runs a command to its end, with more variables in its environment.
    ///
    /// # Panics
    /// When the binary cannot be started, or does not end in minutes.
    pub async fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
        self.spawn_with(arguments, variables).wait(LIMIT).await
    }

    /// Makes this process the owner of the sandbox of the working directory. Commands connect to it, and their death does
    /// not touch it.
    ///
    /// # Panics
    /// When the sandbox cannot be opened or does not listen.
    pub async fn own_sandbox(&self) -> Cloud {
        let options = Options {
            root: self.clouds(),
            clock: ClockMode::Wall,
            seed: self.seed,
            secret_marker: self.variables.get("REGPROV_SANDBOX_SECRET_MARKER").cloned(),
            main_port: None,
        };
        match open(options).await.expect("a new sandbox can be opened") {
            Opened::Owner(sandbox) => {
                sandbox.listen().await.expect("loopback has free ports");
                Cloud::new(sandbox)
            }
            Opened::Other(endpoints) => panic!("another process owns the sandbox: {endpoints:?}"),
        }
    }

    /// A text without what differs between two runs: the test's folder, times, ports.
    ///
    /// # Panics
    /// Never: its patterns are valid.
    #[must_use]
    pub fn normalize(&self, text: &str) -> String {
        let mut text = text.replace(&self.root.path().display().to_string(), "[ROOT]");
        let patterns = [
            (r"localhost:\d+", "localhost:[PORT]"),
            (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
            (r"\b\d+(\.\d+)? ?(ms|s)\b", "[ELAPSED]"),
            (r"age1[0-9a-z]{58}", "[RECIPIENT]"),
        ];
        for (pattern, name) in patterns {
            let pattern = Regex::new(pattern).expect("the pattern is valid");
            text = pattern.replace_all(&text, name).into_owned();
        }
        text
    }
}
