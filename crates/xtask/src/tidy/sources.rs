//! Sources: how long they are, and what they must not hold.

use crate::shell::{Result, output, root};
use std::process::Command;

const LONGEST: usize = 800;

/// Words that stand for work that was left out; written here in two halves, so that this file does not hold them.
const WORDS: &[(&str, &str)] = &[
    ("todo", "!("),
    ("unimple", "mented!("),
    ("dbg", "!("),
    ("#[ig", "nore"),
    ("thread::", "sleep"),
];

/// Paths and hosts that must not be in the project, in halves as well.
const PLACES: &[(&str, &str)] = &[
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("crates", ".io"),
    ("registry.npm", "js"),
    ("pypi", ".org"),
    ("deb.debi", "an"),
];

/// What is wrong with the files that git tracks.
pub(crate) fn faults() -> Result<Vec<String>> {
    let listed = output(
        Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(root()),
    )?;
    let mut faults = Vec::new();
    for name in listed.lines().filter(|name| *name != "Cargo.lock") {
        let Ok(text) = std::fs::read_to_string(root().join(name)) else {
            continue;
        };
        if name.ends_with(".rs") {
            source(name, &text, &mut faults);
        }
        for (head, tail) in PLACES {
            if text.contains(&format!("{head}{tail}")) {
                faults.push(format!("{name} names {head}{tail}"));
            }
        }
    }
    Ok(faults)
}

fn source(name: &str, text: &str, faults: &mut Vec<String>) {
    let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
    let lines = text.lines().count();
    if lines > LONGEST && !is_test {
        faults.push(format!("{name} has {lines} lines; {LONGEST} are the most"));
    }
    for (head, tail) in WORDS {
        if text.contains(&format!("{head}{tail}")) {
            faults.push(format!("{name} holds {head}{tail}"));
        }
    }
    if text.lines().any(|line| line != line.trim_end()) {
        faults.push(format!("{name} has white space at the end of a line"));
    }
    if name.ends_with("mod.rs") {
        faults.push(format!("{name}: a module's file stands beside its folder"));
    }
}
