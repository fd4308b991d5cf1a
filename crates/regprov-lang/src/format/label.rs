//! The idiomatic spelling of block labels.

use regex::Regex;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::Chars;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// The text between the quotes of a label, respelled; `None` where it has an invalid escape.
pub(super) fn respell(written: &str) -> Option<Cow<'_, str>> {
    if written.bytes().all(is_plain) {
        return Some(Cow::Borrowed(written));
    }
    Some(escape(&unescape(written)?.nfc().collect::<String>()).into())
}

/// Whether a byte is spelled as it is.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
}

fn unescape(written: &str) -> Option<String> {
    let mut text = String::with_capacity(written.len());
    let mut rest = written.chars();
    while let Some(next) = rest.next() {
        text.push(match next {
            '\\' => escaped(&mut rest)?,
            plain => plain,
        });
    }
    Some(text)
}

/// The character that the text behind a backslash stands for.
fn escaped(rest: &mut Chars<'_>) -> Option<char> {
    let digits = match rest.next()? {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        same @ ('"' | '\\') => return Some(same),
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let hex: String = rest.by_ref().take(digits).collect();
    if hex.len() != digits {
        return None;
    }
    char::from_u32(u32::from_str_radix(&hex, 16).ok()?)
}

fn escape(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for next in text.chars() {
        match next {
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            plain if is_printable(plain) => written.push(plain),
            other => {
                let code = u32::from(other);
                let done = match code {
                    0..0x1_0000 => write!(written, "\\u{code:04x}"),
                    _ => write!(written, "\\U{code:08x}"),
                };
                done.expect("writing to a string does not fail");
            }
        }
    }
    written
}

/// Letters, marks, numbers, punctuation, symbols, and of the blanks only the space.
fn is_printable(character: char) -> bool {
    static PRINTABLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").expect("the pattern is a valid regular expression")
    });
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    PRINTABLE.is_match(character.encode_utf8(&mut [0; 4]))
}
