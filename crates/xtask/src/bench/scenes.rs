//! What is measured.

use crate::shell::Result;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Two blocks of a thousand, the second indexing the first.
pub(crate) const INDEXED: &str = r#"resource "terraform_data" "first" {
  count = 1000
  input = "item-${count.index}"
}

resource "terraform_data" "second" {
  count = 1000
  input = terraform_data.first[count.index].output
}
"#;

/// A sandbox that is ended with the value.
pub(crate) struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves the sandbox of a folder.
pub(crate) fn serve(regprov: &Path, folder: &Path) -> Result<Served> {
    let mut command = Command::new(regprov);
    command
        .arg(format!("-chdir={}", folder.display()))
        .args(["sandbox", "serve"]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let out = child.stdout.take().ok_or("the sandbox has no output")?;
    let served = Served(child);
    for line in BufReader::new(out).lines() {
        if line.map_err(|error| error.to_string())?.starts_with("Serving") {
            return Ok(served);
        }
    }
    Err("the sandbox ended at once".into())
}
