//! What was compared, and what differs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Counts by part, and every difference.
#[derive(Default)]
pub(super) struct Report {
    parts: BTreeMap<&'static str, Part>,
    differences: Vec<String>,
    /// Differences that are written down with their reason, by case.
    expected: BTreeMap<String, String>,
    /// Of those, the ones that were met.
    met: usize,
    /// Both refuse, with other words in the summary.
    words: BTreeMap<(String, String), (usize, String)>,
    /// Cases that came to nothing in Terraform itself, with what it said.
    skipped: Vec<String>,
}

#[derive(Default)]
struct Part {
    compared: usize,
    refused: usize,
    different: usize,
}

impl Report {
    /// A report that knows the differences written down in a file: a case a line, `#` before a reason.
    pub(super) fn new(expected: &str) -> Self {
        let mut reason = String::new();
        let mut table = BTreeMap::new();
        for line in expected.lines() {
            if let Some(text) = line.strip_prefix('#') {
                text.trim().clone_into(&mut reason);
            } else if !line.trim().is_empty() {
                table.insert(line.trim().to_owned(), reason.clone());
            }
        }
        Self {
            expected: table,
            ..Self::default()
        }
    }

    /// Counts a case; where it differs, `both` tells Terraform's side and ours.
    pub(super) fn case(
        &mut self,
        part: &'static str,
        case: &str,
        same: bool,
        both: impl FnOnce() -> (String, String),
    ) {
        let counts = self.parts.entry(part).or_default();
        counts.compared += 1;
        if same {
            return;
        }
        if self.expected.contains_key(case.trim()) {
            self.met += 1;
            return;
        }
        counts.different += 1;
        let (theirs, ours) = both();
        self.differences.push(format!(
            "[{part}] {case}\n    terraform {theirs}\n    regprov   {ours}"
        ));
    }

    /// Counts a case that both refuse, and notes where the summaries differ.
    pub(super) fn refused(&mut self, part: &'static str, case: &str, theirs: &str, ours: &str) {
        let counts = self.parts.entry(part).or_default();
        counts.compared += 1;
        counts.refused += 1;
        let summary = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
        let (their_summary, our_summary) = (summary(theirs), summary(ours));
        if their_summary != our_summary {
            let example = format!("{case}\n    terraform {theirs}\n    regprov   {ours}");
            let entry = self
                .words
                .entry((their_summary, our_summary))
                .or_insert((0, example));
            entry.0 += 1;
        }
    }

    /// Notes a case in which there is nothing to compare with.
    pub(super) fn skip(&mut self, case: &str, said: &str) {
        self.skipped.push(format!("{case}: {}", said.replace('\n', " ")));
    }

    /// Whether more than one case in a hundred came to nothing.
    pub(super) fn skips_too_much(&self) -> bool {
        let compared: usize = self.parts.values().map(|part| part.compared).sum();
        self.skipped.len() * 100 > compared
    }

    /// How many cases differ without being written down.
    pub(super) fn different(&self) -> usize {
        self.parts.values().map(|part| part.different).sum()
    }

    /// The report as text.
    pub(super) fn text(&self, show_words: bool) -> String {
        let mut text = String::new();
        for difference in &self.differences {
            let _ = writeln!(text, "{difference}\n");
        }
        if show_words {
            for ((theirs, ours), (count, example)) in &self.words {
                let _ = writeln!(
                    text,
                    "summaries: {count} × `{theirs}` / `{ours}`, such as {example}\n"
                );
            }
        }
        for skipped in &self.skipped {
            let _ = writeln!(text, "skipped: {skipped}");
        }
        let (mut compared, mut refused) = (0, 0);
        for (name, part) in &self.parts {
            let _ = writeln!(
                text,
                "{name}: {} compared ({} refused by both), {} different",
                part.compared, part.refused, part.different
            );
            compared += part.compared;
            refused += part.refused;
        }
        let other_words: usize = self.words.values().map(|(count, _)| count).sum();
        let _ = writeln!(
            text,
            "all: {compared} compared ({refused} refused by both, {other_words} of them with another summary), {} different, {} as documented, {} skipped",
            self.different(),
            self.met,
            self.skipped.len()
        );
        text
    }
}
