//! Terraform's spelling of flags: one dash before a long name.

use std::ffi::OsString;

/// Rewrites `-chdir=x` as `--chdir=x`; everything behind a bare `--` stays.
pub(crate) fn normalize(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut literal = false;
    let rewrite = |argument: OsString| {
        let Some(text) = argument.to_str() else {
            return argument;
        };
        literal |= text == "--";
        if literal {
            return argument;
        }
        match text.strip_prefix('-') {
            Some(name) if is_long_name(name) => OsString::from(format!("--{name}")),
            _ => argument,
        }
    };
    arguments.into_iter().map(rewrite).collect()
}

/// Whether the text behind one dash is a flag of several letters: `chdir=x`, `auto-approve`, not `h` or `1`.
fn is_long_name(name: &str) -> bool {
    let name = name.split('=').next().unwrap_or(name);
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::normalize;

    fn check(arguments: &[&str], expected: &[&str]) {
        let rewritten = normalize(arguments.iter().map(Into::into));
        assert_eq!(
            rewritten,
            expected.iter().map(std::ffi::OsString::from).collect::<Vec<_>>()
        );
    }

    #[test]
    fn long_names_get_their_second_dash() {
        check(
            &["-chdir=a", "plan", "-out", "x", "--json", "-h"],
            &["--chdir=a", "plan", "--out", "x", "--json", "-h"],
        );
    }

    #[test]
    fn values_and_what_follows_a_bare_double_dash_stay() {
        check(
            &["-var", "a=-b", "-", "--", "-json"],
            &["--var", "a=-b", "-", "--", "-json"],
        );
    }
}
