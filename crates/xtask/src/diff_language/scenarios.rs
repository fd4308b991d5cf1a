//! Scenarios through both programs: validate and plan from nothing, then validate and plan the change on a state that
//! Terraform made.

use super::configurations::Scenario;
use super::normalize;
use super::program::{Planned, Problem, Program, summaries};
use super::report::Report;
use crate::shell::Result;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Compares both steps of a scenario.
pub(super) fn compare(
    scenario: &Scenario,
    programs: &(Program, Program),
    directory: &Path,
    report: &mut Report,
) -> Result {
    let (ours, theirs) = (directory.join("ours"), directory.join("theirs"));
    let places = (ours.as_path(), theirs.as_path());
    let mut flags: &[String] = &[];
    for (number, files) in scenario.steps.iter().enumerate() {
        for place in [&ours, &theirs] {
            write(place, files)?;
        }
        let case = format!("{} step {}", directory.display(), number + 1);
        let planned = step(&case, files, (programs, places), flags, report)?;
        flags = &scenario.flags;
        if number == 1 || !planned {
            return Ok(());
        }
        let (code, stdout, stderr) = programs.1.run(
            &theirs,
            &["apply", "-input=false", "-no-color", "terraform.plan"],
            "",
        )?;
        if code != 0 {
            report.skip(&case, &format!("terraform apply: {stderr}{stdout}"));
            return Ok(());
        }
        if scenario.taint {
            taint(&theirs.join("terraform.tfstate"))?;
        }
        std::fs::copy(theirs.join("terraform.tfstate"), ours.join("terraform.tfstate"))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// One configuration, validated and planned; answers whether Terraform planned it.
fn step(
    case: &str,
    files: &BTreeMap<String, String>,
    run: (&(Program, Program), (&Path, &Path)),
    flags: &[String],
    report: &mut Report,
) -> Result<bool> {
    let ((regprov, terraform), (ours, theirs)) = run;
    if files.len() > 1 {
        let (code, _, stderr) = terraform.run(theirs, &["init", "-input=false", "-no-color"], "")?;
        if code != 0 {
            let summary = stderr.lines().find_map(|line| line.split_once("Error: "));
            let problem = Problem {
                summary: summary
                    .map_or("it cannot be initialised", |(_, text)| text)
                    .to_owned(),
                detail: stderr,
                file: None,
                line: 0,
            };
            agree(report, "validate", case, (&[problem], &regprov.validate(ours)?));
            return Ok(false);
        }
        // What regprov needs of it, it tells when it plans.
        regprov.run(ours, &["init", "-input=false"], "")?;
    }
    let (our_problems, their_problems) = (regprov.validate(ours)?, terraform.validate(theirs)?);
    agree(report, "validate", case, (&their_problems, &our_problems));
    let more: Vec<&str> = flags.iter().map(String::as_str).collect();
    let (our_plan, their_plan) = (regprov.plan(ours, &more)?, terraform.plan(theirs, &more)?);
    match (&their_plan, &our_plan) {
        (Planned::Plan(theirs), Planned::Plan(ours)) => {
            let (mut theirs, mut ours) = (normalize::plan(theirs), normalize::plan(ours));
            if more.contains(&"-refresh-only") {
                // A plan that only looks judges no conditions here, and can be applied where it found something to say.
                for plan in [&mut theirs, &mut ours] {
                    plan["checks"] = Json::Null;
                    plan["applyable"] = Json::Null;
                }
            }
            let found = normalize::differences(&theirs, &ours);
            let described = format!("{case} {}", flags.join(" "));
            report.case("plan", &described, found.is_empty(), || {
                (String::new(), format!("\n      {}", found.join("\n      ")))
            });
            Ok(true)
        }
        (Planned::Refused(theirs), Planned::Refused(ours)) => {
            agree(report, "plan", case, (theirs, ours));
            Ok(false)
        }
        (Planned::Plan(_), Planned::Refused(ours)) => {
            agree(report, "plan", case, (&[], ours));
            Ok(true)
        }
        (Planned::Refused(theirs), Planned::Plan(_)) => {
            agree(report, "plan", case, (theirs, &[]));
            Ok(false)
        }
        (Planned::Unprintable(theirs), Planned::Unprintable(_) | Planned::Refused(_)) => {
            report.skip(case, theirs);
            Ok(false)
        }
        (theirs, ours) => {
            let told = |planned: &Planned| match planned {
                Planned::Unprintable(said) => format!("makes a plan that it cannot print: {said}"),
                Planned::Plan(_) | Planned::Refused(_) => "does not".to_owned(),
            };
            report.case("plan", case, false, || (told(theirs), told(ours)));
            Ok(false)
        }
    }
}

/// Both must refuse, or neither.
fn agree(report: &mut Report, part: &'static str, case: &str, both: (&[Problem], &[Problem])) {
    let (theirs, ours) = both;
    let said = |problems: &[Problem]| {
        let words: Vec<&str> = summaries(problems).into_iter().collect();
        words.join(" / ")
    };
    let told = |problems: &[Problem]| match problems {
        [] => "accepts it".to_owned(),
        [first, ..] => format!(
            "refuses it: {}: {}",
            said(problems),
            first.detail.replace('\n', " ")
        ),
    };
    if !theirs.is_empty() && !ours.is_empty() {
        report.refused(part, case, &said(theirs), &said(ours));
    } else {
        report.case(part, case, theirs.is_empty() == ours.is_empty(), || {
            (told(theirs), told(ours))
        });
    }
}

fn write(directory: &Path, files: &BTreeMap<String, String>) -> Result {
    for (path, text) in files {
        let path = directory.join(path);
        let folder = path.parent().unwrap_or(directory);
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        std::fs::write(&path, text).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Marks the first object of a state as half-made.
fn taint(state: &Path) -> Result {
    let text = std::fs::read_to_string(state).map_err(|error| error.to_string())?;
    let mut document: Json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if let Some(instance) = document["resources"][0]["instances"].get_mut(0) {
        instance["status"] = json!("tainted");
    }
    std::fs::write(state, document.to_string()).map_err(|error| error.to_string())
}
