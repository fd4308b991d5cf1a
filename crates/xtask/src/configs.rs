//! `configs-testdata`: Terraform's own test configurations are accepted, warned of and refused as Terraform does.
//!
//! They are fetched when the check runs and are no part of the project. What Terraform's tests say about a folder of theirs is
//! what is expected here; what differs stands in [`exceptions`] with its reason.

mod cases;
mod exceptions;
mod verdict;

use crate::shell::{Result, cargo, root, step};
use cases::{Case, Expected};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version whose test configurations are taken.
const VERSION: &str = "v1.11.4";
const REPOSITORY: &str = "https://github.com/hashicorp/terraform";
const FOLDER: &str = "internal/configs/testdata";

pub(crate) fn run(arguments: &[&str]) -> Result {
    let material = match arguments {
        [] => fetch(FOLDER),
        [folder] => Some(PathBuf::from(folder)),
        _ => return Err("configs-testdata takes at most the folder with the test configurations".into()),
    };
    let Some(material) = material else {
        println!("SKIPPED: configs-testdata: Terraform's test configurations could not be fetched");
        return Ok(());
    };
    step(
        "build regprov",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    let scratch = root().join("target/peers/configs");
    let _ = fs::remove_dir_all(&scratch);
    let mut tally = Tally::default();
    for case in cases::all(&material)? {
        tally.add(&case, &verdict::judge(&case, &scratch)?);
    }
    tally.conclude()
}

/// A folder of the version that we follow, fetched once; `None` where that cannot be.
pub(crate) fn fetch(path: &str) -> Option<PathBuf> {
    let clone = root().join("target/peers").join(format!("terraform-{VERSION}"));
    let folder = clone.join(path);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("\n== fetch {REPOSITORY} {VERSION} {path}");
    let git = |arguments: &[&str]| {
        Command::new("git")
            .args(arguments)
            .status()
            .is_ok_and(|status| status.success())
    };
    let place = clone.to_str()?;
    let sparse = ["--depth", "1", "--filter=blob:none", "--sparse", "--quiet"];
    let cloned =
        clone.is_dir() || git(&[&["clone", "--branch", VERSION], &sparse[..], &[REPOSITORY, place]].concat());
    (cloned && git(&["-C", place, "sparse-checkout", "add", path]) && folder.is_dir()).then_some(folder)
}

/// What came of the cases.
#[derive(Default)]
struct Tally {
    kept: usize,
    excepted: Vec<String>,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, case: &Case, outcome: &std::result::Result<String, String>) {
        let name = case.name();
        match (outcome, exceptions::reason(&name)) {
            (Ok(note), None) => {
                self.kept += 1;
                println!("ok      {name}{note}");
            }
            (Ok(_), Some(reason)) => self
                .wrong
                .push(format!("{name}: it is no exception any more: {reason}")),
            (Err(_), Some(reason)) => self.excepted.push(format!("{name}: {reason}")),
            (Err(why), None) => self.wrong.push(format!("{name}: {} {why}", case.expected)),
        }
    }

    fn conclude(self) -> Result {
        for line in &self.excepted {
            println!("differs {line}");
        }
        println!(
            "\nconfigs-testdata: {} as Terraform, {} differ for a reason, {} wrong",
            self.kept,
            self.excepted.len(),
            self.wrong.len()
        );
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(self.wrong.join("\n"))
        }
    }
}

/// What is in a folder, by name; nothing where there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let read = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found: Vec<PathBuf> = read.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    Ok(found)
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Accepted => "should be accepted:",
            Self::Refused => "should be refused:",
            Self::Warned => "should be warned of:",
            Self::Failing => "should fail at its marked lines:",
        })
    }
}
