//! Expressions through `console`: many in one line, since Terraform's prints only the last result.

use super::program::Program;
use super::report::Report;
use crate::shell::Result;
use std::path::Path;

/// The longest line that Terraform's console reads is 64 KiB.
const LINE: usize = 40_000;

/// Compares the printed values and the types of expressions without surroundings.
pub(super) fn compare(
    part: &'static str,
    all: &[String],
    programs: &(Program, Program),
    directory: &Path,
    report: &mut Report,
) -> Result {
    std::fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    let mut rest = all;
    while !rest.is_empty() {
        let mut length = 0;
        let fits = rest.iter().take_while(|expression| {
            length += expression.len() + 24;
            length < LINE
        });
        let (now, later) = rest.split_at(fits.count().max(1));
        batch(part, now, programs, directory, report)?;
        rest = later;
    }
    Ok(())
}

fn batch(
    part: &'static str,
    expressions: &[String],
    programs: &(Program, Program),
    directory: &Path,
    report: &mut Report,
) -> Result {
    let answers = [
        answers(expressions, &programs.0, directory)?,
        answers(expressions, &programs.1, directory)?,
    ];
    let [Some(ours), Some(theirs)] = &answers else {
        // One of them cannot be asked for with others, or not be told from them.
        if let [one] = expressions {
            let told = |answer: &Option<Answers>| match answer {
                Some((values, types)) => format!("{} {}", values[0], types[0]),
                None => "no readable answer".to_owned(),
            };
            let [ours, theirs] = [told(&answers[0]), told(&answers[1])];
            report.case(part, one, ours == theirs, || (theirs, ours));
            return Ok(());
        }
        let (former, later) = expressions.split_at(expressions.len() / 2);
        batch(part, former, programs, directory, report)?;
        return batch(part, later, programs, directory, report);
    };
    for (index, expression) in expressions.iter().enumerate() {
        let [ours, theirs] = [ours, theirs].map(|(values, types)| (&values[index], &types[index]));
        report.case(part, expression, ours == theirs, || {
            let told = |(value, of): (&String, &String)| format!("{value} {of}");
            (told(theirs), told(ours))
        });
    }
    Ok(())
}

/// Printed values, and printed types.
type Answers = (Vec<String>, Vec<String>);

/// What a program prints of expressions in one line; `None` where that is not as many values as expressions.
fn answers(expressions: &[String], program: &Program, directory: &Path) -> Result<Option<Answers>> {
    // What is refused counts as refused, and does not stop the rest.
    let tried: Vec<String> = expressions
        .iter()
        .map(|expression| format!("try({{v = {expression}}}, \"refused\")"))
        .collect();
    let list = format!("[{}]", tried.join(", "));
    let ask = |line: &str| -> Result<Option<Vec<String>>> {
        let (_, stdout, _) = program.run(directory, &["console"], &format!("{line}\n"))?;
        let items = items(&stdout);
        Ok((items.len() == expressions.len()).then_some(items))
    };
    Ok(ask(&list)?.zip(ask(&format!("type({list})"))?))
}

/// The elements of a printed list: each begins at a line that is indented by two or four, and closes at one of the same.
fn items(printed: &str) -> Vec<String> {
    let lines: Vec<&str> = printed.trim_end().lines().collect();
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    let indent = |line: &str| line.len() - line.trim_start().len();
    // Texts of several lines may be indented less than the elements.
    let outermost = inner.first().map_or(0, |line| indent(line));
    let mut items: Vec<String> = Vec::new();
    for line in inner {
        let begins = indent(line) == outermost && !line.trim().is_empty();
        let closes = line.trim_start().starts_with(['}', ']', ')']);
        match items.last_mut() {
            Some(last) if !begins || closes => {
                last.push('\n');
                last.push_str(line.trim_end());
            }
            _ => items.push(line.trim().to_owned()),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::items;

    #[test]
    fn elements_are_told_apart_by_their_indentation() {
        let printed =
            "[\n  {\n    \"v\" = 1\n  },\n  \"refused\",\n  {\n    \"v\" = [\n      2,\n    ]\n  },\n]\n";
        assert_eq!(items(printed).len(), 3);
    }
}
