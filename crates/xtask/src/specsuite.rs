//! `specsuite`: the language test suite of HCL, from a checkout of hashicorp/hcl.

use crate::shell::{Result, cargo, root, step};
use std::fs;
use std::path::Path;

/// Brings the cases of `specsuite/tests` of a checkout to where the test looks for them, and runs it.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let [checkout] = arguments else {
        return Err("usage: cargo xtask specsuite CHECKOUT, a checkout of hashicorp/hcl".into());
    };
    let (from, to) = (
        Path::new(checkout).join("specsuite/tests"),
        root().join("target/specsuite"),
    );
    let _ = fs::remove_dir_all(&to);
    copy(&from, &to).map_err(|error| format!("{}: {error}", from.display()))?;
    step(
        "the language test suite of HCL",
        cargo().args([
            "test",
            "--package",
            "regprov-lang",
            "--lib",
            "specsuite",
            "--",
            "--nocapture",
        ]),
    )
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
