//! Cutting a file at its top-level blocks, so that one syntax error does not hide the others.

/// One top-level item, and where it starts.
pub(super) struct Chunk<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

/// Cuts at every line that starts in column one with a letter while no brace is open, and at every line that starts
/// there with the word of a top-level block, even if a brace is: that one is missing its end.
pub(super) fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut cuts = vec![0];
    let mut scan = Scan::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let in_text = scan.heredoc.is_some() || scan.comment;
        if at > 0
            && !in_text
            && (starts_block(line) || (scan.depth == 0 && line.starts_with(|c: char| c.is_alphabetic())))
        {
            cuts.push(at);
            scan = Scan::default();
        }
        scan.line(line);
        at += line.len();
    }
    cuts.push(text.len());
    cuts.windows(2)
        .map(|pair| Chunk {
            text: &text[pair[0]..pair[1]],
            start: pair[0],
        })
        .collect()
}

fn starts_block(line: &str) -> bool {
    const WORDS: [&str; 13] = [
        "resource",
        "data",
        "variable",
        "output",
        "locals",
        "module",
        "provider",
        "terraform",
        "moved",
        "import",
        "removed",
        "check",
        "ephemeral",
    ];
    let word = line
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default();
    WORDS.contains(&word) && line.trim_end().ends_with(['{', '}'])
}

/// What is open at the end of a line.
#[derive(Default)]
struct Scan {
    depth: usize,
    comment: bool,
    heredoc: Option<String>,
}

impl Scan {
    fn line(&mut self, line: &str) {
        if let Some(end) = &self.heredoc {
            if line.trim() == end {
                self.heredoc = None;
            }
            return;
        }
        let mut rest = line;
        let mut quoted = false;
        while let Some(first) = rest.chars().next() {
            let mut step = first.len_utf8();
            if self.comment {
                if rest.starts_with("*/") {
                    self.comment = false;
                    step = 2;
                }
            } else if quoted {
                match first {
                    '\\' => step = 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                    '"' => quoted = false,
                    _ => {}
                }
            } else if first == '#' || rest.starts_with("//") {
                return;
            } else if rest.starts_with("/*") {
                self.comment = true;
                step = 2;
            } else if let Some(marker) = rest.strip_prefix("<<") {
                let word: String = marker
                    .trim_start_matches('-')
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if !word.is_empty() {
                    self.heredoc = Some(word);
                    return;
                }
            } else {
                match first {
                    '"' => quoted = true,
                    '{' | '[' | '(' => self.depth += 1,
                    '}' | ']' | ')' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
            }
            rest = &rest[step..];
        }
    }
}
