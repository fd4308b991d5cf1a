//! Expressions as outputs of one configuration: a plan tells the value, the type, what is known and what is secret.

use super::program::{Planned, Problem, Program};
use super::report::Report;
use crate::shell::Result;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// After so many plans what is still refused has no place to blame.
const ROUNDS: usize = 12;

/// What a program makes of an expression.
enum Outcome {
    /// A value: itself, its type, what of it is known after apply.
    Value(Json),
    /// Refused, with a summary.
    Refused(String),
}

/// Expressions of one configuration.
pub(super) struct Batch<'a> {
    /// What they refer to.
    pub(super) preamble: &'a str,
    /// The expressions.
    pub(super) expressions: &'a [String],
    /// The values that they are to have, where that is said.
    pub(super) wanted: &'a [Option<Json>],
    /// The part of the report.
    pub(super) part: &'static str,
}

/// Compares what both programs make of a batch.
pub(super) fn compare(
    batch: &Batch<'_>,
    programs: &(Program, Program),
    directory: &Path,
    report: &mut Report,
) -> Result {
    let ours = outcomes(batch, &programs.0, &directory.join("ours"))?;
    let theirs = outcomes(batch, &programs.1, &directory.join("theirs"))?;
    let rows = batch.expressions.iter().zip(ours).zip(theirs);
    for (index, ((expression, ours), theirs)) in rows.enumerate() {
        let wanted = batch.wanted.get(index).and_then(Option::as_ref);
        match (ours, theirs) {
            (Outcome::Value(ours), Outcome::Value(_))
                if wanted.is_some_and(|wanted| *wanted != ours["after"]) =>
            {
                report.case(batch.part, expression, false, || {
                    (format!("is to give {}", json!(wanted)), ours.to_string())
                });
            }
            (Outcome::Value(ours), Outcome::Value(theirs)) => {
                report.case(batch.part, expression, ours == theirs, || {
                    (theirs.to_string(), ours.to_string())
                });
            }
            (Outcome::Refused(ours), Outcome::Refused(theirs)) => {
                report.refused(batch.part, expression, &theirs, &ours);
            }
            (Outcome::Value(ours), Outcome::Refused(theirs)) => {
                report.case(batch.part, expression, false, || {
                    (format!("refused: {theirs}"), ours.to_string())
                });
            }
            (Outcome::Refused(ours), Outcome::Value(theirs)) => {
                report.case(batch.part, expression, false, || {
                    (theirs.to_string(), format!("refused: {ours}"))
                });
            }
        }
    }
    Ok(())
}

/// What a program makes of every expression of a batch.
fn outcomes(batch: &Batch<'_>, program: &Program, directory: &Path) -> Result<Vec<Outcome>> {
    std::fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    let mut outcomes = BTreeMap::new();
    let all: Vec<usize> = (0..batch.expressions.len()).collect();
    settle(batch, program, directory, all, &mut outcomes)?;
    Ok(outcomes.into_values().collect())
}

/// Plans until nothing is refused any more, leaving out what was. What no single expression can be blamed for is looked for
/// in the halves.
fn settle(
    batch: &Batch<'_>,
    program: &Program,
    directory: &Path,
    mut open: Vec<usize>,
    outcomes: &mut BTreeMap<usize, Outcome>,
) -> Result {
    let mut reason = String::new();
    for _ in 0..ROUNDS {
        let (text, lines) = configuration(batch, &open);
        std::fs::write(directory.join("main.tf"), text).map_err(|error| error.to_string())?;
        match program.plan(directory, &[])? {
            Planned::Plan(plan) => {
                outcomes.extend(open.into_iter().map(|index| {
                    let value = without_place(&value(&plan, index), directory);
                    (index, Outcome::Value(value))
                }));
                return Ok(());
            }
            Planned::Unprintable(said) => {
                reason = said;
                break;
            }
            Planned::Refused(problems) => {
                let before = open.len();
                for problem in &problems {
                    if let Some(index) = blamed(problem, &lines) {
                        open.retain(|kept| *kept != index);
                        outcomes
                            .entry(index)
                            .or_insert_with(|| Outcome::Refused(said(problem)));
                    }
                }
                if open.len() == before {
                    reason = problems.iter().map(said).collect::<Vec<_>>().join("; ");
                    break;
                }
            }
        }
    }
    match open[..] {
        [] => Ok(()),
        [one] => {
            outcomes.insert(one, Outcome::Refused(reason));
            Ok(())
        }
        [..] => {
            let later = open.split_off(open.len() / 2);
            settle(batch, program, directory, open, outcomes)?;
            settle(batch, program, directory, later, outcomes)
        }
    }
}

/// The value without the directory that the program ran in.
fn without_place(value: &Json, directory: &Path) -> Json {
    match value {
        Json::String(text) => json!(text.replace(&*directory.to_string_lossy(), "DIRECTORY")),
        Json::Array(items) => items.iter().map(|item| without_place(item, directory)).collect(),
        Json::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(name, item)| (name.clone(), without_place(item, directory)));
            Json::Object(entries.collect())
        }
        other => other.clone(),
    }
}

fn said(problem: &Problem) -> String {
    format!("{}: {}", problem.summary, problem.detail.replace('\n', " "))
}

/// The expression whose output stands around a line.
fn blamed(problem: &Problem, lines: &[(usize, usize)]) -> Option<usize> {
    if problem.file.is_none() {
        // What cannot be written into a plan is called by its name.
        let output = problem.detail.split_once("output value \"e");
        let resource = || problem.summary.split_once("encode terraform_data.e");
        let (_, name) = output.or_else(resource)?;
        return name.split(['"', ' ']).next()?.parse().ok();
    }
    let after = lines.partition_point(|(first, _)| *first <= problem.line);
    lines.get(after.checked_sub(1)?).map(|(_, index)| *index)
}

/// The text, and the line that each expression begins at.
fn configuration(batch: &Batch<'_>, open: &[usize]) -> (String, Vec<(usize, usize)>) {
    let mut text = batch.preamble.to_owned();
    let mut lines = Vec::new();
    for &index in open {
        let expression = &batch.expressions[index];
        lines.push((text.lines().count() + 1, index));
        let _ = writeln!(text, "output \"e{index}\" {{");
        if secret(expression) {
            text.push_str("  sensitive = true\n");
        }
        let _ = writeln!(text, "  value = {expression}\n}}");
        if secret(expression) {
            // An output says only that it is secret; an object says which parts are.
            let _ = writeln!(
                text,
                "resource \"terraform_data\" \"e{index}\" {{\n  input = {expression}\n}}"
            );
        }
    }
    (text, lines)
}

fn secret(expression: &str) -> bool {
    expression.contains("sensitive") || expression.contains("secret")
}

/// All that the plan says of an expression.
fn value(plan: &Json, index: usize) -> Json {
    let name = format!("e{index}");
    let change = &plan["output_changes"][&name];
    let mut all = json!({
        "after": change["after"],
        "after_unknown": change["after_unknown"],
        "type": plan["planned_values"]["outputs"][&name]["type"],
    });
    if change["after_sensitive"] == true {
        // The value of a secret output is withheld by one program and shown by the other.
        all["after"] = Json::Null;
    }
    let address = format!("terraform_data.{name}");
    let rows = plan["resource_changes"].as_array();
    let row = rows.and_then(|rows| rows.iter().find(|row| row["address"] == *address));
    if let Some(change) = row.map(|row| &row["change"]) {
        let secret = &change["after_sensitive"]["input"];
        all["parts"] = json!({
            "input": super::normalize::without_secrets(&change["after"]["input"], secret),
            "unknown": change["after_unknown"]["input"],
            "secret": secret,
        });
    }
    all
}
