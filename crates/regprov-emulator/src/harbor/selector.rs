//! Which repositories and tags a rule means: selectors with patterns such as `**` and `{a,b}*`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::told;

/// A selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Selector {
    pub(super) kind: String,
    pub(super) decoration: String,
    pub(super) pattern: String,
    pub(super) extras: String,
}

impl Selector {
    /// The selector as answers tell it.
    pub(super) fn shown(&self) -> Value {
        told(
            json!({
                "kind": self.kind, "decoration": self.decoration, "pattern": self.pattern, "extras": self.extras,
            }),
            &[],
        )
    }

    /// Whether the selector takes a name; one with an unknown decoration takes none.
    pub(super) fn takes(&self, name: &str) -> bool {
        match self.decoration.as_str() {
            "matches" | "repoMatches" => matches(&self.pattern, name),
            "excludes" | "repoExcludes" => !matches(&self.pattern, name),
            _ => false,
        }
    }

    /// Whether what has no tag is meant, too.
    pub(super) fn takes_untagged(&self) -> bool {
        serde_json::from_str::<Value>(&self.extras).is_ok_and(|extras| extras["untagged"] == true)
    }
}

/// Whether a name is of a pattern: `*` stands for anything but `/`, `**` for anything, `?` for one character, `{a,b}` for
/// either, `[a-z]` for one of a range.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    match_from(&pattern, &name)
}

fn match_from(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', '*', '/', rest @ ..] if match_from(rest, name) => true,
        ['*', '*', rest @ ..] => (0..=name.len()).any(|taken| match_from(rest, &name[taken..])),
        ['*', rest @ ..] => {
            let most = name.iter().position(|c| *c == '/').unwrap_or(name.len());
            (0..=most).any(|taken| match_from(rest, &name[taken..]))
        }
        ['?', rest @ ..] => matches!(name, [first, tail @ ..] if *first != '/' && match_from(rest, tail)),
        ['{', rest @ ..] => match rest.iter().position(|c| *c == '}') {
            Some(end) => rest[..end].split(|c| *c == ',').any(|option| {
                let whole: Vec<char> = option.iter().chain(&rest[end + 1..]).copied().collect();
                match_from(&whole, name)
            }),
            None => false,
        },
        ['[', rest @ ..] => match rest.iter().position(|c| *c == ']') {
            Some(end) => {
                matches!(name, [first, tail @ ..] if in_class(&rest[..end], *first) && match_from(&rest[end + 1..], tail))
            }
            None => false,
        },
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => {
            matches!(name, [first, tail @ ..] if first == literal && match_from(rest, tail))
        }
    }
}

fn in_class(class: &[char], wanted: char) -> bool {
    let (negated, class) = match class {
        ['^' | '!', rest @ ..] => (true, rest),
        class => (false, class),
    };
    let mut found = false;
    let mut rest = class;
    while let [first, tail @ ..] = rest {
        if let ['-', last, after @ ..] = tail {
            found |= (*first..=*last).contains(&wanted);
            rest = after;
        } else {
            found |= *first == wanted;
            rest = tail;
        }
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_within_a_part_and_two_go_on() {
        assert!(matches("**", "a/b/c") && matches("a/*", "a/b") && !matches("a/*", "a/b/c"));
        assert!(matches("**/c", "a/b/c") && matches("**/c", "c"));
        assert!(matches("{prod,test}-*", "test-1") && !matches("{prod,test}-*", "dev-1"));
        assert!(matches("v?.[0-9]", "v1.7") && !matches("v?.[0-9]", "v1.x") && matches("[^a]", "b"));
    }

    #[test]
    fn a_broken_selector_takes_nothing() {
        let selector = Selector {
            pattern: "**".to_owned(),
            ..Selector::default()
        };
        assert!(!selector.takes("anything"));
    }
}
