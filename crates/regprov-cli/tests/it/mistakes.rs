//! What people get wrong, and what they are told: one case a file in `tests/mistakes`.
//!
//! A case is a command, the files of a directory after `--- NAME` lines, and after `--- said` what is printed and how it
//! ends. `UPDATE_EXPECT=1` writes what is said now; read it as one who is called at night.

use crate::stage::{directory, transcript};
use expect_test::expect_file;
use std::path::{Path, PathBuf};

const SAID: &str = "--- said\n";

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

/// The case as it is written up to what is said, and what is said now.
async fn run(case: &str) -> String {
    let (written, _) = case.split_once(SAID).unwrap_or((case, ""));
    let (command, files) = written.split_once('\n').unwrap();
    let environment = directory();
    for file in files.split("--- ").filter(|file| !file.is_empty()) {
        let (name, text) = file.split_once('\n').unwrap();
        environment.write(name, text);
    }
    let arguments: Vec<&str> = command.strip_prefix("$ regprov ").unwrap().split(' ').collect();
    let finished = environment.run(&arguments).await;
    let said = transcript(&environment, &arguments, &finished);
    let (_, said) = said.split_once('\n').unwrap();
    format!("{written}{SAID}{said}")
}

#[tokio::test]
async fn every_mistake_is_told_as_it_is_written_down() {
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    for path in cases {
        let case = std::fs::read_to_string(&path).unwrap();
        expect_file![&path].assert_eq(&run(&case).await);
    }
}
