//! `format`, case by case, and held against `terraform fmt` where a binary is present.

use regprov_diag::Sources;
use std::process::Command;

const CASES: &str = include_str!("fixtures/format.txt");

/// A case: its name, the text before, the text after.
fn cases() -> Vec<(&'static str, String, String)> {
    let plain = |text: &str| text.replace('·', " ").replace('→', "\t").replace("∎\n", "");
    CASES
        .split("\n=== ")
        .skip(1)
        .map(|case| {
            let (name, rest) = case.split_once('\n').expect("a case has a name");
            let (before, after) = rest.split_once("--- becomes\n").expect("a case has two texts");
            (name, plain(before), plain(after))
        })
        .collect()
}

fn format(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let mut sources = Sources::new();
    let text = text.as_ref();
    let source = sources.add("main.tf", String::from_utf8_lossy(text));
    regprov_lang::format(text, source).ok()
}

fn check(before: &str, after: &str) {
    let formatted = format(before).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert_eq!(formatted.as_deref(), Some(after), "of {before:?}");
}

#[test]
fn every_case_becomes_what_it_should() {
    for (_, before, after) in cases() {
        check(&before, &after);
    }
}

#[test]
fn formatting_again_changes_nothing() {
    for (_, _, after) in cases() {
        check(&after, &after);
    }
}

#[test]
fn every_case_is_what_terraform_makes_of_it() {
    let version = Command::new("terraform").args(["version", "-json"]).output();
    let followed = version.is_ok_and(|version| {
        String::from_utf8_lossy(&version.stdout).contains(r#""terraform_version": "1.11."#)
    });
    if !followed {
        println!("SKIPPED: no terraform 1.11 binary was found on PATH");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    for (number, (_, before, _)) in cases().iter().enumerate() {
        std::fs::write(directory.path().join(format!("{number}.tf")), before).expect("a file can be written");
    }
    let output = Command::new("terraform")
        .arg("fmt")
        .current_dir(directory.path())
        .output()
        .expect("terraform runs again");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (number, (name, _, after)) in cases().iter().enumerate() {
        let theirs = std::fs::read_to_string(directory.path().join(format!("{number}.tf")));
        assert_eq!(theirs.as_deref().ok(), Some(after.as_str()), "{name}");
    }
}

#[test]
fn line_ends_of_windows_stay() {
    check(
        "a=1\r\nbb {\r\n# x\r\nc=<<E\r\nx\r\nE\r\n}\r\n",
        "a = 1\r\nbb {\r\n  # x\r\n  c = <<E\r\nx\r\nE\r\n}\r\n",
    );
}

#[test]
fn a_byte_order_mark_goes() {
    check("\u{feff}a=1\n", "a = 1\n");
    check("\u{feff}\n# x\na=1\n", "\n# x\na = 1\n");
}

#[test]
fn a_file_need_not_end_with_a_newline() {
    check("a=1", "a = 1");
    check("a=1 # x", "a = 1 # x");
    check("", "");
}

/// Terraform drops the first label here, and the index below, and is not done after one run with the last.
#[test]
fn what_terraform_loses_is_kept() {
    check("a \"x$y\" b {\n}\n", "a \"x$y\" \"b\" {\n}\n");
    check("a=x[ true ]\n", "a = x[true]\n");
    check("a=\"${\n\"${x}\"}\"\n", "a = x\n");
}

#[test]
fn what_is_no_native_syntax_is_refused() {
    for text in ["a = \n", "a {\n", "a = [1\n", "{\"a\": 1}\n", "a = 1 b = 2\n"] {
        assert_eq!(format(text), None, "{text:?}");
    }
}
