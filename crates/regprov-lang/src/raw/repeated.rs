//! Objects in which a key stands twice. The last one counts; the parser would refuse them.

use crate::syntax::{Kind, lex};
use hcl_edit::parser::Error;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often a text is parsed anew.
const ATTEMPTS: usize = 500;

/// Keys that were renamed for the parser: their places, and what is written there.
pub(crate) type Renamed = Arc<BTreeMap<usize, String>>;

/// Parses a text; where a key stands twice in an object, the later one gets a name of the same length for the parser.
pub(super) fn with_repeated_keys<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, Error>,
) -> Result<(T, Renamed), Error> {
    let first = match parse(text) {
        Ok(parsed) => return Ok((parsed, Renamed::default())),
        Err(error) => error,
    };
    let (mut renamed, mut patched) = (BTreeMap::new(), text.to_owned());
    let mut at = place(&first);
    for attempt in 0..ATTEMPTS {
        let Some(here) = at else { break };
        if let Some((start, end)) = key(text, here) {
            renamed.insert(start, text[start..end].to_owned());
            patched.replace_range(start..end, &name(attempt, end - start));
        } else if let Some((end, other)) = unwrapped(text, &patched, here) {
            patched.replace_range(here..end, &other);
        } else {
            break;
        }
        match parse(&patched) {
            Ok(parsed) => return Ok((parsed, Arc::new(renamed))),
            Err(error) => at = place(&error),
        }
    }
    Err(first)
}

/// The place of a key that stands twice, where that is what is wrong.
fn place(error: &Error) -> Option<usize> {
    error
        .message()
        .contains("redefined object key")
        .then(|| error.location().offset())
}

/// The range of a plain key that begins at a place, without its quotes.
fn key(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    if let Some(quoted) = rest.strip_prefix('"') {
        let length = quoted.find('"')?;
        let plain = !quoted[..length].contains(['\\', '$', '%', '\n']);
        return (plain && length > 0).then_some((at + 1, at + 1 + length));
    }
    let length = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(rest.len());
    (length > 0).then_some((at, at + length))
}

/// The end of a key `"${…}"` that begins at a place, and another spelling of it, of the same length.
fn unwrapped(text: &str, patched: &str, at: usize) -> Option<(usize, String)> {
    let tokens = lex(text.as_bytes());
    let first = tokens.iter().position(|token| token.start() == at)?;
    let tokens = &tokens[first..];
    let opens = tokens[0].kind == Kind::OpenQuote && text.get(tokens[1].range()) == Some("${");
    let mut depth = 0;
    let close = tokens.iter().position(|token| {
        depth += token.kind.nesting();
        token.kind == Kind::CloseSequence && depth == 0
    });
    let (close, quote) = (tokens.get(close?)?, tokens.get(close? + 1)?);
    let whole = opens && quote.kind == Kind::CloseQuote && text.get(close.range()) == Some("}");
    let inner = text.get(tokens.get(1)?.end()..close.start()).filter(|_| whole)?;
    let rest = patched.get(at..)?;
    let other = match (rest.starts_with('"'), rest.starts_with("((")) {
        (true, _) => format!("(  {inner} )"),
        (false, false) => format!("(( {inner}))"),
        (false, true) => return None,
    };
    Some((quote.end(), other))
}

/// A name of a length in bytes, another one for each number as far as the length allows.
fn name(mut number: usize, length: usize) -> String {
    const LETTERS: &[u8; 26] = b"zyxwvutsrqponmlkjihgfedcba";
    let mut name = String::with_capacity(length);
    for _ in 0..length {
        name.push(char::from(LETTERS[number % LETTERS.len()]));
        number /= LETTERS.len();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::with_repeated_keys;
    use hcl_edit::parser::parse_expr;

    #[test]
    fn a_template_may_stand_twice_as_a_key() {
        let repeated = |text: &str| with_repeated_keys(text, parse_expr).is_ok();
        assert!(repeated(r#"{ "${a.b}" = 1, "${a.b}" = 2 }"#));
        assert!(repeated(
            r#"{ "${f("x")}" = 1, "${f("x")}" = 2, "${f("x")}" = 3 }"#
        ));
        assert!(!repeated(r#"{ "${a.b}" = 1, "${a.b}" = }"#));
    }
}
