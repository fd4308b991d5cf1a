//! `faults`: the sweep of faults in one process, and real kills of the real binary.

use crate::shell::{Result, cargo, step};

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

/// What runs with the tests: the subset, and that the sweep sees what it is there to see. A test of the testkit does so for
/// the visibility bound too, with fewer runs.
pub(crate) fn subset() -> Result {
    run(&["--subset"])?;
    for guard in ["sync", "look-up"] {
        run(&["--subset", "--weak", guard])?;
    }
    Ok(())
}
