//! The tests that `docs/guarantees.md` names: each of them exists.

use crate::shell::{Result, output, root};
use std::collections::BTreeSet;
use std::process::Command;

const PAGE: &str = "docs/guarantees.md";
/// Names of tests are sentences; what has fewer words is something else in the code.
const WORDS: usize = 5;

/// The names that no function has.
pub(crate) fn faults() -> Result<Vec<String>> {
    let page = std::fs::read_to_string(root().join(PAGE)).map_err(|error| format!("{PAGE}: {error}"))?;
    let listed = output(
        Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "crates"])
            .current_dir(root()),
    )?;
    let mut known = BTreeSet::new();
    for name in listed.lines().filter(|name| name.ends_with(".rs")) {
        let text = std::fs::read_to_string(root().join(name)).unwrap_or_default();
        known.extend(functions(&text).map(str::to_owned));
    }
    let missing = named(&page).into_iter().filter(|name| !known.contains(*name));
    Ok(missing
        .map(|name| format!("{PAGE} names the test {name}, which does not exist"))
        .collect())
}

fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ")
        .skip(1)
        .filter_map(|rest| rest.split(['(', '<']).next())
}

/// What stands in backticks and is a sentence.
fn named(page: &str) -> BTreeSet<&str> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted
        .filter(|text| {
            text.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .filter(|text| text.split('_').count() >= WORDS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{functions, named};

    #[test]
    fn a_name_that_is_a_sentence_is_looked_for_among_functions() {
        let page = "`Session::end`, `a_test_of_five_words`, `check_saved`, and `no_name here_at_all_not_one`";
        assert_eq!(
            named(page).into_iter().collect::<Vec<_>>(),
            ["a_test_of_five_words"]
        );
        let code = "async fn a_test_of_five_words() {}\nfn other<T>(it: T) {}";
        assert_eq!(
            functions(code).collect::<Vec<_>>(),
            ["a_test_of_five_words", "other"]
        );
    }
}
