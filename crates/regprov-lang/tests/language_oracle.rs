//! Operators, templates, `for`, splats and conversions held against Terraform, where a binary is present.

#[path = "common/console.rs"]
mod common;

use common::{Situation, evaluate};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Expressions that all have a value.
const EXPRESSIONS: &str = include_str!("fixtures/expressions.txt");

fn expressions() -> impl Iterator<Item = &'static str> {
    EXPRESSIONS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The JSON of the value.
fn ours(expression: &str) -> String {
    match evaluate(&format!("jsonencode({expression})"), &Situation::default()) {
        Ok(value) => value.as_str().unwrap_or("not a string").to_owned(),
        Err(found) => format!("error: {found}"),
    }
}

/// The same from Terraform; its console prints only the last result, so all are put into one list. `None` where there
/// is no binary of the version that we follow.
fn theirs() -> Option<Vec<String>> {
    let version = Command::new("terraform")
        .args(["version", "-json"])
        .output()
        .ok()?;
    let version: serde_json::Value = serde_json::from_slice(&version.stdout).ok()?;
    version["terraform_version"]
        .as_str()
        .filter(|version| version.starts_with("1.11."))?;
    let directory = tempfile::tempdir().expect("a directory can be made");
    let mut command = Command::new("terraform");
    command.arg("console").current_dir(directory.path());
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("terraform starts again");
    let all: Vec<String> = expressions()
        .map(|expression| format!("jsonencode({expression})"))
        .collect();
    let mut input = child.stdin.take().expect("the input is piped");
    writeln!(input, "jsonencode([{}])", all.join(", ")).expect("terraform reads its input");
    drop(input);
    let output = child.wait_with_output().expect("terraform ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let quoted: String = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    Some(serde_json::from_str(&quoted).expect("the console printed a list"))
}

#[test]
fn every_expression_gives_what_terraform_gives() {
    let Some(theirs) = theirs() else {
        println!("SKIPPED: no terraform 1.11 binary was found on PATH");
        return;
    };
    assert_eq!(theirs.len(), expressions().count());
    let wrong: Vec<String> = expressions()
        .zip(&theirs)
        .filter(|(expression, theirs)| ours(expression) != **theirs)
        .map(|(expression, theirs)| {
            format!(
                "{expression}\n  terraform {theirs}\n  ours      {}",
                ours(expression)
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_expression_has_a_value() {
    for expression in expressions() {
        let value = ours(expression);
        assert!(!value.starts_with("error"), "{expression}: {value}");
    }
}
