//! `test`: everything that must hold before a change lands.

use crate::shell::{Result, cargo, present, step};
use std::process::{Command, Stdio};

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
        // As the README runs it: without naming a package.
        cargo().args(["run", "--quiet", "--", "version"]),
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
    crate::diff_language::subset()?;
    crate::faults::subset()?;
    crate::faults::kills(&["20"])?;
    step(
        "documentation",
        cargo()
            .args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    if in_ci() { crate::peers::in_ci() } else { Ok(()) }
}

fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// Programs that some checks need, and the packages that hold them.
const PROGRAMS: &[(&str, &str)] = &[
    ("skopeo", "skopeo"),
    ("docker", "docker.io"),
    ("strace", "strace"),
    ("docker-registry", "docker-registry"),
    ("dash", "dash"),
    ("pg_ctlcluster", "postgresql"),
];

/// In CI, installs the programs that some checks need; elsewhere those checks are skipped loudly.
fn install() {
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| !present(program))
        .map(|(_, package)| *package)
        .collect();
    if !in_ci() || missing.is_empty() {
        return;
    }
    let quiet = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let mut install = vec!["install", "-y", "-qq"];
    install.extend(&missing);
    if !(quiet(&["update", "-qq"]) && quiet(&install)) {
        println!(
            "SKIPPED: {} could not be installed; the checks that need them are left out",
            missing.join(", ")
        );
    }
}
