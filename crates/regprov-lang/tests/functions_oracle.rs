//! Functions and operators held against Terraform: a table of what Terraform 1.11.4 gives, and Terraform itself where a
//! binary is present.
//!
//! `functions/expected.txt` has an expression on one line and on the next `=>` with the JSON of its value, or `ERR`.
//! `functions/different.txt` lists in the same form where we differ on purpose, with the reason above.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use regprov_diag::Sources;
use regprov_lang::{FunctionContext, Scope, parse_expression};

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EXPECTED: &str = include_str!("functions/expected.txt");
const DIFFERENT: &str = include_str!("functions/different.txt");
/// The longest line that `terraform console` reads is 64 KiB.
const LINE_LIMIT: usize = 40_000;

struct Table(BTreeMap<&'static str, &'static str>);

impl Table {
    fn parse(text: &'static str) -> Self {
        let mut table = BTreeMap::new();
        let mut lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        while let Some(expression) = lines.next() {
            let outcome = lines
                .next()
                .and_then(|line| line.trim().strip_prefix("=>"))
                .expect("an outcome follows");
            table.insert(expression.trim(), outcome.trim());
        }
        Self(table)
    }
}

/// No files; randomness as during apply.
struct Applying;

impl FunctionContext for Applying {
    fn working_directory(&self) -> &Path {
        Path::new("/nowhere")
    }

    fn home(&self) -> Option<PathBuf> {
        Some(PathBuf::from("/home/somebody"))
    }
}

impl Scope for Applying {
    fn functions(&self) -> &dyn FunctionContext {
        self
    }
}

/// The JSON of the expression's value as Terraform's `jsonencode` writes it, or the error's words.
fn ours(expression: &str) -> Result<String, String> {
    let source = Sources::new().add("expression.tf", format!("jsonencode({expression})"));
    let evaluated = parse_expression(&format!("jsonencode({expression})"), source)
        .and_then(|parsed| parsed.evaluate(&Applying));
    match evaluated {
        Ok(value) => value
            .unmark_deep()
            .0
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| "known after apply".into()),
        Err(found) => Err(found
            .iter()
            .map(|diagnostic| format!("{} {}", diagnostic.summary, diagnostic.detail))
            .collect()),
    }
}

fn check(expression: &str, expected: &str, wrong: &mut Vec<String>) {
    let found = ours(expression);
    if found.as_deref().unwrap_or("ERR") != expected {
        let found = found.unwrap_or_else(|error| format!("ERR {error}"));
        wrong.push(format!(
            "{expression}\n    expected {expected}\n    found    {found}"
        ));
    }
}

#[test]
fn every_expression_gives_what_terraform_gave() {
    let (expected, different) = (Table::parse(EXPECTED), Table::parse(DIFFERENT));
    assert!(expected.0.len() >= 300, "the table is complete");
    let mut wrong = Vec::new();
    for (expression, outcome) in &expected.0 {
        check(
            expression,
            different.0.get(expression).unwrap_or(outcome),
            &mut wrong,
        );
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        expected.0.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_difference_is_one() {
    let expected = Table::parse(EXPECTED);
    for (expression, outcome) in &Table::parse(DIFFERENT).0 {
        let theirs = expected
            .0
            .get(expression)
            .expect("a difference is from what the table has");
        assert_ne!(theirs, outcome, "{expression}");
    }
}

#[test]
fn terraform_still_gives_what_the_table_says() {
    let Some(version) = terraform_version() else {
        eprintln!("SKIPPED: no terraform 1.11 binary was found on PATH");
        return;
    };
    let table = Table::parse(EXPECTED);
    let mut wrong = Vec::new();
    let expressions: Vec<&str> = table.0.keys().copied().collect();
    let mut rest = expressions.as_slice();
    while !rest.is_empty() {
        let mut length = 0;
        let fits = rest
            .iter()
            .take_while(|expression| {
                length += expression.len() + 40;
                length < LINE_LIMIT
            })
            .count()
            .max(1);
        let (now, later) = rest.split_at(fits);
        for (expression, found) in now.iter().zip(theirs(now)) {
            let expected = table.0[expression];
            if found != expected {
                wrong.push(format!(
                    "{expression}\n    expected {expected}\n    found    {found}"
                ));
            }
        }
        rest = later;
    }
    assert!(
        wrong.is_empty(),
        "terraform {version} differs from the table:\n{}",
        wrong.join("\n")
    );
}

/// One process for many expressions: the console prints only its last result, so all are put into one list.
fn theirs(expressions: &[&str]) -> Vec<String> {
    let tries: Vec<String> = expressions
        .iter()
        .map(|one| format!("try(nonsensitive(jsonencode({one})), \"ERR\")"))
        .collect();
    let line = format!("jsonencode([{}])\n", tries.join(", "));
    let folder = tempfile::tempdir().unwrap();
    let mut console = Command::new("terraform")
        .arg("console")
        .current_dir(folder.path())
        .env_remove("TF_CLI_CONFIG_FILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    console.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    let output = console.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let quoted: String = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(&quoted).unwrap()
}

fn terraform_version() -> Option<String> {
    let output = Command::new("terraform")
        .args(["version", "-json"])
        .output()
        .ok()?;
    let version: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let version = version["terraform_version"].as_str()?.to_owned();
    version.starts_with("1.11.").then_some(version)
}

#[test]
fn every_function_of_terraform_exists() {
    if terraform_version().is_none() {
        eprintln!("SKIPPED: no terraform 1.11 binary was found on PATH");
        return;
    }
    let output = Command::new("terraform")
        .args(["metadata", "functions", "-json"])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let signatures = metadata["function_signatures"].as_object().unwrap();
    assert!(signatures.len() > 100);
    // A function that does not exist is told from one that is called in a wrong way.
    let unknown = ours("no_such_function()").unwrap_err();
    let summary = unknown
        .split_once("no_such_function")
        .map_or("", |(before, _)| before);
    let exists = |name: &str| {
        ours(&format!("{name}()"))
            .err()
            .is_none_or(|error| !error.starts_with(summary))
    };
    let missing: Vec<&String> = signatures.keys().filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
