//! skopeo and docker's own command judge the sandbox's Docker Hub: its API, its token service and its registry. What the public
//! provider shows its users is applied as it stands.

use super::image::write_layout;
use super::serving::Serving;
use crate::shell::{Result, cargo, present, root, step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The public provider. It is fetched for the check and is no part of this project.
const PROVIDER: &str = "https://github.com/docker/terraform-provider-docker";

pub(crate) fn run() -> Result {
    for program in ["python3", "skopeo"] {
        if !present(program) {
            println!("SKIPPED: peers dockerhub: {program} is not installed");
            return Ok(());
        }
    }
    if !present("docker") {
        println!("SKIPPED: peers dockerhub: docker is not installed; `docker login` is left out");
    }
    step(
        "build regprov",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    let folder = root().join("target/peers/dockerhub");
    let (layout, clients) = (folder.join("layout"), folder.join("clients"));
    write_layout(&clients.join("layout"))?;
    write_layout(&layout)?;
    let serving = serve(&clients)?;
    step(
        "log in, push, look and pull with tokens of a person and of an organization",
        &mut serving.python(
            Path::new("python3"),
            ("clients", include_str!("dockerhub/clients.py")),
        )?,
    )?;
    drop(serving);
    match provider(&folder) {
        Some(provider) => step(
            "the example and the documentation of the public provider",
            serve(&folder.join("documents"))?
                .python(
                    Path::new("python3"),
                    ("documents", include_str!("dockerhub/documents.py")),
                )?
                .args([&provider, &layout]),
        )?,
        None => println!(
            "SKIPPED: peers dockerhub: {PROVIDER} could not be fetched; DOCKER_PROVIDER may name a copy of it"
        ),
    }
    println!("\npeers dockerhub: every step passed");
    Ok(())
}

/// A new sandbox in a folder.
fn serve(folder: &Path) -> Result<Serving> {
    for old in [".regprov", "user"] {
        let _ = fs::remove_dir_all(folder.join(old));
    }
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    Serving::start(folder)
}

/// A copy of the public provider: one that the environment names, or the published one.
fn provider(folder: &Path) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("DOCKER_PROVIDER") {
        return Some(path.into());
    }
    let clone = folder.join("provider");
    let cloned = clone.join("docs").is_dir()
        || Command::new("git")
            .args(["clone", "--quiet", "--depth", "1", PROVIDER])
            .arg(&clone)
            .status()
            .is_ok_and(|status| status.success());
    cloned.then_some(clone)
}
