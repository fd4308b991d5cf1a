//! `gcloud`, Google's Python libraries and skopeo judge the sandbox's Google.

use super::image::write_layout;
use super::serving::Serving;
use crate::shell::{Result, cargo, present, root, step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libraries that the sandbox is held against. The second one brings Google's own descriptions of its APIs.
const PACKAGES: &[&str] = &[
    "google-auth[requests]==2.40.3",
    "google-api-python-client==2.202.0",
];

pub(crate) fn run() -> Result {
    step(
        "build regprov",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    let folder = root().join("target/peers/google");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let serving = Serving::start(&folder)?;
    let layout = folder.join("layout");
    write_layout(&layout)?;
    if present("gcloud") && present("skopeo") {
        step(
            "every command, with gcloud; a key that it made pushes, with skopeo",
            &mut serving.python(
                Path::new("python3"),
                ("commands", include_str!("google/commands.py")),
            )?,
        )?;
    } else {
        println!("SKIPPED: peers google: gcloud or skopeo is not installed");
    }
    match install()? {
        Some(python) => {
            println!("\n== the table of Google's APIs is what its discovery documents say");
            crate::google_api::check(&documents()?)?;
            step(
                "every call, with Google's Python libraries",
                &mut serving.python(&python, ("calls", include_str!("google/calls.py")))?,
            )?;
        }
        None => println!(
            "SKIPPED: peers google: {} could not be installed from PyPI",
            PACKAGES.join(" and ")
        ),
    }
    println!("\npeers google: every step passed");
    Ok(())
}

/// Python with the libraries, in an environment of its own; `None` where they cannot be had.
fn install() -> Result<Option<PathBuf>> {
    let venv = root().join("target/peers/venv-google");
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

/// The discovery documents that the library brings.
fn documents() -> Result<PathBuf> {
    let libraries = root().join("target/peers/venv-google/lib");
    let versions = fs::read_dir(&libraries).map_err(|error| error.to_string())?;
    let folders = versions.flatten().map(|version| {
        version
            .path()
            .join("site-packages/googleapiclient/discovery_cache/documents")
    });
    let mut found = folders.filter(|folder| folder.is_dir());
    found
        .next()
        .ok_or_else(|| format!("{} has no discovery documents", libraries.display()))
}
