//! Patterns of file names: `*`, `**`, `?`, `[…]`, `{a,b}`.

use regex::Regex;

/// The pattern as a regular expression over paths with `/` between the parts.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let mut out = String::from("^");
    let mut depth = 0_usize;
    let mut rest = pattern;
    let mut part_start = true;
    while let Some(first) = rest.chars().next() {
        let mut length = first.len_utf8();
        let at_start = std::mem::replace(&mut part_start, first == '/');
        match first {
            '*' if at_start && rest.starts_with("**/") => {
                out.push_str("(?:[^/]+/)*");
                length = 3;
                part_start = true;
            }
            '*' if at_start && rest == "**" => {
                out.push_str(".*");
                length = 2;
            }
            '*' => {
                out.push_str("[^/]*");
                length = rest.bytes().take_while(|byte| *byte == b'*').count();
            }
            '?' => out.push_str("[^/]"),
            '[' => length = class(rest, &mut out)?,
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '\\' => {
                let escaped = rest[1..].chars().next().ok_or("it ends with a backslash")?;
                out.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4])));
                length += escaped.len_utf8();
            }
            other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
        rest = &rest[length..];
    }
    if depth > 0 {
        return Err("a brace { has no closing brace".into());
    }
    out.push('$');
    Regex::new(&out).map_err(|_| "its classes or alternatives are not well formed".into())
}

/// A class in brackets; answers its length.
fn class(text: &str, out: &mut String) -> Result<usize, String> {
    let negated = text[1..].starts_with(['!', '^']);
    let start = if negated { 2 } else { 1 };
    let end = text[start..]
        .find(']')
        .filter(|end| *end > 0)
        .ok_or("a bracket [ has no closing bracket")?;
    out.push_str(if negated { "[^/" } else { "[" });
    for character in text[start..start + end].chars() {
        if character == '-' {
            out.push('-');
        } else {
            out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
        }
    }
    out.push(']');
    Ok(start + end + 1)
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn patterns_match_whole_paths() {
        let cases = [
            ("*.tf", "main.tf", true),
            ("*.tf", "a/main.tf", false),
            ("**/*.tf", "main.tf", true),
            ("**/*.tf", "a/b/main.tf", true),
            ("**", "a/b", true),
            ("a/**", "a/b/c", true),
            ("a?[b-d].{tf,json}", "axc.json", true),
            ("[!a]*", "bc", true),
            ("[!a]*", "ab", false),
            ("a**b", "a/b", false),
            ("\\*", "*", true),
        ];
        for (pattern, path, matches) in cases {
            assert_eq!(
                compile(pattern).unwrap().is_match(path),
                matches,
                "{pattern} {path}"
            );
        }
        assert!(compile("{a").is_err());
        assert!(compile("[a").is_err());
    }
}
