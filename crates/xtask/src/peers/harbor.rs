//! The public clients of Harbor, and its own specification, judge the sandbox's Harbor.

use super::image::write_layout;
use crate::shell::{Result, cargo, present, root, step, target};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The clients that the sandbox is held against.
const PACKAGES: &[&str] = &["harborapi==0.26.2", "schemathesis==4.32.5", "jsonschema==4.23.0"];
/// The specification, as the project publishes it. It is fetched for the check and is no part of this project.
const SPECIFICATION: &str = "https://raw.githubusercontent.com/goharbor/harbor/v2.15.0/api/v2.0/swagger.yaml";
/// The Harbor that the clients use.
const FOR_CALLS: &str = "calls.example.org";
/// The Harbor that generated requests change at random.
const FOR_SPECIFICATION: &str = "specification.example.org";
const PASSWORD: &str = "Peers1234567890";

pub(crate) fn run() -> Result {
    let Some(python) = install()? else {
        println!(
            "SKIPPED: peers harbor: {} could not be installed from PyPI",
            PACKAGES.join(" and ")
        );
        return Ok(());
    };
    step(
        "build regprov",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    let folder = root().join("target/peers/harbor");
    let _ = fs::remove_dir_all(folder.join("sandbox"));
    fs::create_dir_all(folder.join("sandbox")).map_err(|error| error.to_string())?;
    let serving = Serving::start(&folder.join("sandbox"))?;
    step(
        "every call, with harborapi",
        &mut serving.python(&python, FOR_CALLS, ("calls", include_str!("harbor/calls.py")))?,
    )?;
    images(&serving, &python)?;
    match specification(&folder) {
        Some(path) => step(
            "every operation with generated inputs, by Harbor's specification",
            serving
                .python(
                    &python,
                    FOR_SPECIFICATION,
                    ("conforms", include_str!("harbor/conforms.py")),
                )?
                .arg(path),
        )?,
        None => println!(
            "SKIPPED: peers harbor: Harbor's specification could not be fetched; HARBOR_SPECIFICATION may name a copy of it"
        ),
    }
    println!("\npeers harbor: every step passed");
    Ok(())
}

/// Python with the clients, in an environment of its own; `None` where they cannot be had.
fn install() -> Result<Option<PathBuf>> {
    let venv = root().join("target/peers/venv-harbor");
    let (python, ready) = (venv.join("bin/python"), venv.join(".ready"));
    if ready.is_file() && python.is_file() {
        return Ok(Some(python));
    }
    println!("\n== install {}", PACKAGES.join(" "));
    let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).status();
    let installed = Command::new(venv.join("bin/pip"))
        .args(["install", "--quiet"])
        .args(PACKAGES)
        .status();
    if !matches!((made, installed), (Ok(a), Ok(b)) if a.success() && b.success()) {
        return Ok(None);
    }
    fs::write(&ready, "").map_err(|error| error.to_string())?;
    Ok(Some(python))
}

/// Lets skopeo log in, push, pull and delete.
fn images(serving: &Serving, python: &Path) -> Result {
    if !present("skopeo") {
        println!("SKIPPED: peers harbor: skopeo is not installed");
        return Ok(());
    }
    let (layout, certificates) = (serving.folder.join("layout"), serving.folder.join("certificates"));
    write_layout(&layout)?;
    fs::create_dir_all(&certificates).map_err(|error| error.to_string())?;
    fs::copy(&serving.ca, certificates.join("ca.crt")).map_err(|error| error.to_string())?;
    step(
        "log in, push, pull and delete, with skopeo",
        serving
            .python(python, FOR_CALLS, ("images", include_str!("harbor/images.py")))?
            .args([&layout, &certificates, &serving.folder]),
    )
}

/// The specification: one that the environment names, or the published one.
fn specification(folder: &Path) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("HARBOR_SPECIFICATION") {
        return Some(path.into());
    }
    let path = folder.join("swagger.yaml");
    let fetched = path.is_file()
        || Command::new("curl")
            .args([
                "--fail",
                "--silent",
                "--show-error",
                "--location",
                "--max-time",
                "60",
                "--output",
            ])
            .arg(&path)
            .arg(SPECIFICATION)
            .status()
            .is_ok_and(|status| status.success());
    fetched.then_some(path)
}

/// `regprov sandbox serve` with one Harbor, ended with the value.
struct Serving {
    child: Child,
    folder: PathBuf,
    harbors: Value,
    ca: PathBuf,
}

impl Serving {
    fn start(folder: &Path) -> Result<Self> {
        let scene = json!({
            "harbors": [
                { "url": format!("https://{FOR_CALLS}"), "username": "admin", "password": PASSWORD },
                { "url": format!("https://{FOR_SPECIFICATION}"), "username": "admin", "password": PASSWORD },
            ],
        });
        fs::write(folder.join("scene.json"), scene.to_string()).map_err(|error| error.to_string())?;
        let mut child = regprov(folder)
            .args(["sandbox", "serve"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let out = child.stdout.take().ok_or("the sandbox has no output")?;
        let mut serving = Self {
            child,
            folder: folder.to_owned(),
            harbors: Value::Null,
            ca: PathBuf::new(),
        };
        for line in BufReader::new(out).lines() {
            if line.map_err(|error| error.to_string())?.starts_with("Serving") {
                break;
            }
        }
        step(
            "a Harbor in the sandbox",
            regprov(folder).args(["sandbox", "seed", "scene.json"]),
        )?;
        let hosts = crate::shell::output(regprov(folder).args(["sandbox", "hosts", "-json"]))?;
        let hosts: Value = serde_json::from_str(&hosts).map_err(|error| error.to_string())?;
        serving.harbors = hosts["harbors"].clone();
        serving.ca = hosts["ca"]
            .as_str()
            .ok_or("the sandbox does not tell its authority")?
            .into();
        Ok(serving)
    }

    /// A script of ours, with the way to a Harbor in its environment.
    fn python(&self, python: &Path, harbor: &str, (name, script): (&str, &str)) -> Result<Command> {
        let url = self.harbors[harbor]["url"]
            .as_str()
            .ok_or("the sandbox does not tell its Harbor")?;
        let path = self.folder.join(format!("{name}.py"));
        fs::write(&path, script).map_err(|error| error.to_string())?;
        let mut command = Command::new(python);
        command
            .arg(path)
            .env("HARBOR_URL", url)
            .env("HARBOR_CA", &self.ca)
            .env("HARBOR_PASSWORD", PASSWORD);
        Ok(command)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn regprov(folder: &Path) -> Command {
    let mut command = Command::new(target().join("debug/regprov"));
    command
        .arg(format!("-chdir={}", folder.display()))
        .env("XDG_CONFIG_HOME", folder.join("user"))
        .stdin(Stdio::null());
    command
}
