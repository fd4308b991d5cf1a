//! The `$filter` expressions that ARM lists take: comparisons and functions joined by `and`.

/// One condition of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Term {
    /// `name eq 'value'`
    Equals(String, String),
    /// `name('argument')`, or `name()`
    Call(String, Option<String>),
}

/// Reads a filter; `None` when it is of a shape that ARM lists do not take.
pub(crate) fn parse(text: &str) -> Option<Vec<Term>> {
    split_on_and(text)?
        .into_iter()
        .map(|term| parse_term(term.trim()))
        .collect()
}

/// Splits at ` and ` outside of quotes.
fn split_on_and(text: &str) -> Option<Vec<&str>> {
    let mut terms = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        if character == '\'' {
            quoted = !quoted;
        } else if !quoted
            && text.is_char_boundary(at + 5.min(text.len() - at))
            && text[at..]
                .get(..5)
                .is_some_and(|word| word.eq_ignore_ascii_case(" and "))
        {
            terms.push(&text[start..at]);
            start = at + 5;
        }
    }
    if quoted {
        return None;
    }
    terms.push(&text[start..]);
    Some(terms)
}

fn parse_term(text: &str) -> Option<Term> {
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return parse_term(inner.trim());
    }
    let word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '/')
    };
    if let Some((name, argument)) = text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let argument = argument.trim();
        let argument = if argument.is_empty() {
            None
        } else {
            Some(literal(argument)?)
        };
        return word(name).then(|| Term::Call(name.to_owned(), argument));
    }
    let (name, rest) = text.split_once(char::is_whitespace)?;
    let value = rest.trim_start();
    let value = value
        .get(..3)
        .filter(|operator| operator.eq_ignore_ascii_case("eq "))
        .map(|_| &value[3..])?;
    word(name).then_some(())?;
    Some(Term::Equals(name.to_owned(), literal(value.trim())?))
}

/// A quoted text in which a quote is written twice.
fn literal(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let plain = inner.replace("''", "\u{0}");
    (!plain.contains('\'')).then(|| plain.replace('\u{0}', "'"))
}

#[cfg(test)]
mod tests {
    use super::{Term, parse};

    #[test]
    fn comparisons_and_functions_are_joined_by_and() {
        let terms = parse("atScope() and assignedTo('x') AND roleName eq 'Tom''s and mine'").unwrap();
        assert_eq!(
            terms,
            [
                Term::Call("atScope".into(), None),
                Term::Call("assignedTo".into(), Some("x".into())),
                Term::Equals("roleName".into(), "Tom's and mine".into()),
            ]
        );
    }

    #[test]
    fn what_is_not_a_filter_is_refused() {
        for bad in ["roleName ne 'x'", "roleName eq x", "roleName eq 'x", "a or b"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
