//! Objects in which a key stands twice. The last one counts; the parser would refuse them.

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
        let Some((start, end)) = at.and_then(|at| key(text, at)) else {
            break;
        };
        renamed.insert(start, text[start..end].to_owned());
        patched.replace_range(start..end, &name(attempt, end - start));
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
