//! What is native syntax and what is not, text by text, and held against Terraform where a binary is present.

use regprov_diag::Sources;
use std::process::Command;

/// Each text, and whether it is native syntax.
fn texts() -> Vec<(String, bool)> {
    include_str!("fixtures/grammar.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| (plain(&line[4..]), line.starts_with("yes ")))
        .collect()
}

fn plain(escaped: &str) -> String {
    let mut text = String::new();
    let mut rest = escaped.chars();
    while let Some(next) = rest.next() {
        let escape = if next == '\\' { rest.next() } else { None };
        text.push(match escape {
            None => next,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('0') => '\0',
            Some('u') => {
                let code: String = rest.by_ref().take(4).collect();
                let code = u32::from_str_radix(&code, 16).expect("four digits");
                char::from_u32(code).expect("a character")
            }
            Some(other) => other,
        });
    }
    text
}

fn accepted(text: &str) -> bool {
    let mut sources = Sources::new();
    let source = sources.add("main.tf", text);
    regprov_lang::format(text.as_bytes(), source).is_ok()
}

#[test]
fn every_text_is_judged_as_listed() {
    let wrong: Vec<String> = texts()
        .into_iter()
        .filter(|(text, is_syntax)| accepted(text) != *is_syntax)
        .map(|(text, _)| text)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_refused_is_told_with_its_place() {
    for (text, is_syntax) in texts() {
        let mut sources = Sources::new();
        let source = sources.add("main.tf", text.as_str());
        let found = regprov_lang::format(text.as_bytes(), source).err();
        assert_eq!(found.is_none(), is_syntax);
        for diagnostic in found.iter().flatten() {
            let span = diagnostic.subject.expect("a mistake of syntax has a place");
            assert!(text.get(span.range()).is_some(), "{span:?} of {text:?}");
            assert!(diagnostic.detail.ends_with(['.', '?']), "{}", diagnostic.detail);
        }
    }
}

/// `terraform fmt` writes a file that it accepts, and the last line of each is in need of that.
#[test]
fn every_text_is_judged_as_terraform_does() {
    let version = Command::new("terraform").args(["version", "-json"]).output();
    let followed = version.is_ok_and(|version| {
        String::from_utf8_lossy(&version.stdout).contains(r#""terraform_version": "1.11."#)
    });
    if !followed {
        println!("SKIPPED: no terraform 1.11 binary was found on PATH");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let probed = |text: &str| format!("probe   =   1\n{text}");
    for (number, (text, _)) in texts().iter().enumerate() {
        std::fs::write(directory.path().join(format!("{number}.tf")), probed(text))
            .expect("it can be written");
    }
    Command::new("terraform")
        .arg("fmt")
        .current_dir(directory.path())
        .output()
        .expect("terraform runs again");
    for (number, (text, is_syntax)) in texts().iter().enumerate() {
        let after = std::fs::read_to_string(directory.path().join(format!("{number}.tf")));
        let accepted = after.expect("it is still there") != probed(text);
        // A byte order mark stands only at the start.
        if !text.starts_with('\u{feff}') {
            assert_eq!(accepted, *is_syntax, "{text:?}");
        }
    }
}
