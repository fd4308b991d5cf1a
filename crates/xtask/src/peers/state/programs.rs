//! The programs under comparison, run in a folder.

use crate::shell::{Result, cargo, step, target};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program, and what it is told of its surroundings.
#[derive(Clone)]
pub(super) struct Program {
    name: &'static str,
    path: PathBuf,
    environment: Vec<(String, String)>,
}

impl Program {
    /// The program that is built here, with a key of its own.
    pub(super) fn regprov(folder: &Path) -> Result<Self> {
        step(
            "build regprov",
            cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
        )?;
        let home = folder.join("home");
        std::fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        Ok(Self {
            name: "regprov",
            path: target().join("debug/regprov"),
            environment: vec![("XDG_CONFIG_HOME".into(), home.display().to_string())],
        })
    }

    pub(super) fn terraform() -> Self {
        Self {
            name: "terraform",
            path: "terraform".into(),
            environment: vec![
                ("CHECKPOINT_DISABLE".into(), "1".into()),
                ("TF_CLI_CONFIG_FILE".into(), "/dev/null".into()),
            ],
        }
    }

    /// The same, with more in its environment.
    #[must_use]
    pub(super) fn told(mut self, environment: &[(String, String)]) -> Self {
        self.environment.extend_from_slice(environment);
        self
    }

    /// Runs it, demands an exit code, and gives what it printed.
    pub(super) fn run(&self, folder: &Path, arguments: &[&str], expected: i32) -> Result<String> {
        let output = Command::new(&self.path)
            .args(arguments)
            .current_dir(folder)
            .env_remove("TF_CLI_ARGS")
            .envs(self.environment.iter().cloned())
            .env("TF_IN_AUTOMATION", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", self.name))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.code() == Some(expected) {
            return Ok(said);
        }
        Err(format!(
            "{} {} in {}: {} and not {expected}\n{said}\n{}",
            self.name,
            arguments.join(" "),
            folder.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

pub(super) fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}

pub(super) fn write(path: &Path, text: &str) -> Result {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
