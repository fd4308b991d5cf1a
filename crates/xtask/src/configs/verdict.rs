//! What `regprov validate -json` says of a case, against what is expected.

use super::cases::{Case, Expected};
use super::entries;
use crate::shell::{Result, target};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Codes of errors that name what is outside of regprov's field, not what is wrong with a configuration: types and
/// providers that it does not know, modules that are not installed, provisioners that work inside machines.
const OUT_OF_SCOPE: [&str; 5] = ["RP0406", "RP0415", "RP0114", "RP0103", "RP0120"];

/// A name that is declared twice: Terraform's tests of single files do not look for that.
const DUPLICATE: &str = "RP0108";

/// One diagnostic.
struct Said {
    error: bool,
    code: String,
    summary: String,
    line: u64,
}

/// The outcome: a note where it is as expected, else what is wrong.
pub(super) fn judge(case: &Case, scratch: &Path) -> Result<std::result::Result<String, String>> {
    let folder = scratch.join(case.name());
    if case.path.is_dir() {
        copy(&case.path, &folder)?;
    } else {
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let name = case.path.file_name().ok_or("a file has a name")?;
        fs::copy(&case.path, folder.join(name)).map_err(|error| error.to_string())?;
    }
    let said = validate(&folder)?;
    let (scope, errors): (Vec<&Said>, Vec<&Said>) = said
        .iter()
        .filter(|one| one.error)
        .partition(|one| OUT_OF_SCOPE.contains(&one.code.as_str()));
    let told: String = errors
        .iter()
        .map(|one| format!("\n          line {}: {} {}", one.line, one.code, one.summary))
        .collect();
    Ok(match case.expected {
        Expected::Accepted if errors.is_empty() => Ok(match scope.len() {
            0 => String::new(),
            some => format!(" ({some} out of scope)"),
        }),
        Expected::Accepted => Err(told),
        Expected::Refused if errors.is_empty() => Err("nothing is said against it".to_owned()),
        Expected::Refused => Ok(told),
        Expected::Warned => marked(&case.path, "WARNING: ", said.iter().filter(|one| !one.error)),
        Expected::Failing => {
            let errors = errors.into_iter().filter(|one| one.code != DUPLICATE);
            marked(&case.path, "ERROR: ", errors)
        }
    })
}

/// Holds what was said against the lines that the file marks.
fn marked<'a>(
    path: &Path,
    marker: &str,
    said: impl Iterator<Item = &'a Said>,
) -> std::result::Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let wanted = text
        .lines()
        .zip(1..)
        .filter_map(|(line, number)| Some((number, line.split_once(marker)?.1)));
    let wanted: BTreeMap<u64, &str> = wanted.collect();
    let got: BTreeMap<u64, &str> = said.map(|one| (one.line, one.summary.as_str())).collect();
    if wanted == got {
        Ok(format!(" ({} messages)", wanted.len()))
    } else {
        Err(format!("wanted {wanted:?}, got {got:?}"))
    }
}

fn validate(folder: &Path) -> Result<Vec<Said>> {
    let output = Command::new(target().join("debug/regprov"))
        .arg(format!("-chdir={}", folder.display()))
        .args(["validate", "-json"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("regprov: {error}"))?;
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        format!(
            "{}: {error}: {}",
            folder.display(),
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    let rows = report["diagnostics"]
        .as_array()
        .ok_or("the report has no diagnostics")?;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let said = |row: &Value| Said {
        error: row["severity"] == "error",
        code: text(row, "code"),
        summary: text(row, "summary"),
        line: row["range"]["start"]["line"].as_u64().unwrap_or_default(),
    };
    Ok(rows.iter().map(said).collect())
}

fn copy(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to).map_err(|error| error.to_string())?;
    for entry in entries(from)? {
        let name = entry.file_name().ok_or("an entry has a name")?;
        if entry.is_dir() {
            copy(&entry, &to.join(name))?;
        } else {
            fs::copy(&entry, to.join(name)).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
