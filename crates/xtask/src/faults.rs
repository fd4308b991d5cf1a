//! `faults`: the sweep of faults in one process, and real kills of the real binary.

use crate::shell::{Result, cargo, step, target};

/// Runs the sweep with what is asked of it: `cargo xtask faults --help` lists that.
pub(crate) fn run(arguments: &[&str]) -> Result {
    step(
        "faults",
        cargo()
            .args([
                "run",
                "--quiet",
                "--profile",
                "sweep",
                "--package",
                "regprov-testkit",
                "--example",
                "faults",
                "--",
            ])
            .args(arguments),
    )
}

/// What runs with the tests: the subset, some random schedules, and that the sweep sees what it is there to see.
pub(crate) fn subset() -> Result {
    run(&["--subset"])?;
    run(&["--random", "3000"])?;
    for guard in ["sync", "look-up", "visibility"] {
        run(&["--subset", "--only", "pusher", "--weak", guard])?;
    }
    Ok(())
}

/// Kills the real binary: `cargo xtask kills [COUNT] [SEED] [--release]`.
pub(crate) fn kills(arguments: &[&str]) -> Result {
    let (release, numbers): (Vec<&str>, Vec<&str>) =
        arguments.iter().partition(|argument| **argument == "--release");
    step(
        "the binary to kill",
        cargo()
            .args(["build", "--quiet", "--package", "regprov-cli"])
            .args(&release),
    )?;
    let profile = if release.is_empty() { "debug" } else { "release" };
    let program = target().join(profile).join("regprov");
    step(
        "kills",
        cargo()
            .args([
                "run",
                "--quiet",
                "--package",
                "regprov-testkit",
                "--example",
                "kills",
                "--",
            ])
            .arg(program)
            .args(numbers),
    )
}
