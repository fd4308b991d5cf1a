//! `test`: everything that must hold before a change lands.

use crate::shell::{Result, cargo, present, step};
use std::process::Command;

pub(crate) fn run() -> Result {
    install();
    step("format", cargo().args(["fmt", "--all", "--check"]))?;
    step(
        "lints",
        cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    crate::tidy::run()?;
    step(
        "the program",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    if present("cargo-nextest") {
        step(
            "tests",
            cargo().args([
                "nextest",
                "run",
                "--workspace",
                "--no-fail-fast",
                "--status-level",
                "fail",
            ]),
        )?;
        step(
            "examples in the documentation",
            cargo().args(["test", "--workspace", "--doc", "--quiet"]),
        )?;
    } else {
        step("tests", cargo().args(["test", "--workspace", "--quiet"]))?;
    }
    step(
        "documentation",
        cargo()
            .args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    if in_ci() {
        crate::peers::run(&["azure"])
    } else {
        Ok(())
    }
}

fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// In CI, installs the programs that some checks need; elsewhere those checks are skipped loudly.
fn install() {
    if !in_ci() || present("skopeo") {
        return;
    }
    let quiet = |arguments: &[&str]| {
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .status()
    };
    let updated = quiet(&["update", "-qq"]);
    let installed = quiet(&["install", "-y", "-qq", "skopeo"]);
    if !matches!((updated, installed), (Ok(a), Ok(b)) if a.success() && b.success()) {
        println!("SKIPPED: skopeo could not be installed; the checks that need it are left out");
    }
}
