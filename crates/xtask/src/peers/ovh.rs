//! OVHcloud's own Python client makes every call of the types in the sandbox.

use crate::shell::{Result, cargo, root, step, target};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The version of the client that the sandbox is held against.
const CLIENT: &str = "ovh==1.2.0";
const CALLS: &str = include_str!("ovh/calls.py");

pub(crate) fn run() -> Result {
    let Some(python) = install()? else {
        println!("SKIPPED: peers ovh: the client could not be installed from PyPI");
        return Ok(());
    };
    step(
        "build regprov",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    let folder = root().join("target/peers/ovh");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let serving = Serving::start(&folder)?;
    let calls = folder.join("calls.py");
    fs::write(&calls, CALLS).map_err(|error| error.to_string())?;
    let mut command = Command::new(python);
    command.arg(&calls).arg(&serving.endpoints);
    step("OVHcloud's Python client", &mut command)?;
    println!("\npeers ovh: every call passed");
    Ok(())
}

/// Python with the client, in an environment of its own; `None` where it cannot be had.
fn install() -> Result<Option<PathBuf>> {
    let venv = root().join("target/peers/venv-ovh");
    let python = venv.join("bin/python");
    let ready = venv.join(".ready");
    if ready.is_file() && python.is_file() {
        return Ok(Some(python));
    }
    println!("\n== install {CLIENT}");
    let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).status();
    let installed = Command::new(venv.join("bin/pip"))
        .args(["install", "--quiet", CLIENT])
        .status();
    if !matches!((made, installed), (Ok(a), Ok(b)) if a.success() && b.success()) {
        return Ok(None);
    }
    fs::write(&ready, "").map_err(|error| error.to_string())?;
    Ok(Some(python))
}

/// `regprov sandbox serve`, ended with the value.
struct Serving {
    child: Child,
    endpoints: PathBuf,
}

impl Serving {
    fn start(folder: &Path) -> Result<Self> {
        let mut command = Command::new(target().join("debug/regprov"));
        command
            .arg(format!("-chdir={}", folder.display()))
            .env("XDG_CONFIG_HOME", folder.join("user"))
            .args(["sandbox", "serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let out = child.stdout.take().ok_or("the sandbox has no output")?;
        let serving = Self {
            child,
            endpoints: folder.join(".regprov/sandbox/clouds/endpoints.json"),
        };
        for line in BufReader::new(out).lines() {
            if line.map_err(|error| error.to_string())?.starts_with("Serving") {
                return Ok(serving);
            }
        }
        Err("the sandbox did not begin to serve".to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
