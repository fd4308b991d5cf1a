//! Whether an entry of several lines may go on.

/// Whether a bracket, brace, parenthesis or heredoc is still open. An empty line ends every entry, and so does a bracket that
/// closes what is not open: the parser says what is wrong then.
pub(super) fn may_go_on(lines: &[String]) -> bool {
    if lines.last().is_none_or(|line| line.trim().is_empty()) {
        return false;
    }
    let mut scan = Scan::default();
    let mut heredoc: Option<String> = None;
    for line in lines {
        if let Some(marker) = &heredoc {
            if line.trim() == marker {
                heredoc = None;
            }
            continue;
        }
        match scan.line(line) {
            Some(found) => heredoc = found,
            None => return false,
        }
    }
    heredoc.is_some() || !scan.open.is_empty()
}

/// What is open.
#[derive(Default)]
struct Scan {
    /// The characters that close what is open, innermost last; `"` for a string.
    open: Vec<char>,
    comment: bool,
}

impl Scan {
    /// Reads a line: the marker of a heredoc that begins on it, or nothing where something closes that is not open.
    fn line(&mut self, line: &str) -> Option<Option<String>> {
        let mut rest = line;
        while let Some(character) = rest.chars().next() {
            let after = &rest[character.len_utf8()..];
            if self.comment {
                self.comment = !rest.starts_with("*/");
                rest = if self.comment { after } else { &rest[2..] };
                continue;
            }
            if self.open.last() == Some(&'"') {
                rest = self.in_string(rest, after);
                continue;
            }
            if rest.starts_with('#') || rest.starts_with("//") {
                break;
            }
            if let Some(marker) = rest.strip_prefix("<<").and_then(marker) {
                return Some(Some(marker));
            }
            match character {
                '/' if after.starts_with('*') => self.comment = true,
                '"' => self.open.push('"'),
                '(' => self.open.push(')'),
                '[' => self.open.push(']'),
                '{' => self.open.push('}'),
                ')' | ']' | '}' if self.open.pop() != Some(character) => return None,
                _ => {}
            }
            rest = after;
        }
        // A string does not go over the end of a line.
        (self.open.last() != Some(&'"')).then_some(None)
    }

    fn in_string<'t>(&mut self, rest: &'t str, after: &'t str) -> &'t str {
        let escaped = ["\\\\", "\\\"", "$${", "%%{"]
            .iter()
            .find(|escape| rest.starts_with(**escape));
        if let Some(escape) = escaped {
            return &rest[escape.len()..];
        }
        if rest.starts_with("${") || rest.starts_with("%{") {
            self.open.push('}');
            return &rest[2..];
        }
        if rest.starts_with('"') {
            self.open.pop();
        }
        after
    }
}

/// The marker of a heredoc, which is all that follows `<<` or `<<-` on its line.
fn marker(text: &str) -> Option<String> {
    let name = text.strip_prefix('-').unwrap_or(text).trim_end();
    let is_name = name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_' || character == '-');
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::may_go_on;

    fn check(text: &str, expected: bool) {
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        assert_eq!(may_go_on(&lines), expected, "{text}");
    }

    #[test]
    fn open_brackets_ask_for_more() {
        check("[", true);
        check("[\n1,", true);
        check("{ a = [1, (2", true);
        check("\"${foo(", true);
        check("<<EOT\n]", true);
        check("/* [", false);
        check("[ # ]", true);
    }

    #[test]
    fn closed_and_wrong_ones_do_not() {
        check("1 + 1", false);
        check("[1]", false);
        check("[)", false);
        check("[\n", false);
        check("\"[\"", false);
        check("\"$${[\"", false);
        check("<<EOT\n[\nEOT", false);
        check("<<-EOT\n[\n  EOT", false);
        check("1 << 2", false);
    }
}
