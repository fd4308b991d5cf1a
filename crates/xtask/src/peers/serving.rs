//! The sandbox that clients are pointed at.

use crate::shell::Result;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// `regprov sandbox serve`, ended with the value.
pub(super) struct Serving {
    child: Child,
    folder: PathBuf,
}

impl Serving {
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let mut child = Command::new(crate::shell::target().join("debug/regprov"))
            .arg(format!("-chdir={}", folder.display()))
            .env("XDG_CONFIG_HOME", folder.join("user"))
            .args(["sandbox", "serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let out = child.stdout.take().ok_or("the sandbox has no output")?;
        let serving = Self {
            child,
            folder: folder.to_owned(),
        };
        for line in BufReader::new(out).lines() {
            if line.map_err(|error| error.to_string())?.starts_with("Serving") {
                return Ok(serving);
            }
        }
        Err("the sandbox did not begin to serve".to_owned())
    }

    /// A script of ours, with the way to the sandbox as its arguments: its endpoints, a folder, regprov.
    pub(super) fn python(&self, python: &Path, (name, script): (&str, &str)) -> Result<Command> {
        let path = self.folder.join(format!("{name}.py"));
        fs::write(&path, script).map_err(|error| error.to_string())?;
        let mut command = Command::new(python);
        command
            .arg(path)
            .arg(self.folder.join(".regprov/sandbox/clouds/endpoints.json"))
            .arg(&self.folder)
            .arg(crate::shell::target().join("debug/regprov"));
        Ok(command)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
