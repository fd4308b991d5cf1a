//! Texts, numbers and characters.

use super::{Checked, Mistake};
use crate::syntax::{Kind, Token};

/// Checks the escapes of a text in quotes.
pub(super) fn check_escapes(token: Token, source: &[u8]) -> Checked {
    let text = std::str::from_utf8(token.bytes(source)).unwrap_or_default();
    let mut rest = text.char_indices();
    while let Some((at, next)) = rest.next() {
        if next != '\\' {
            continue;
        }
        let selector = rest.next().map(|(_, selector)| selector);
        let length = match selector {
            Some('n' | 'r' | 't' | '"' | '\\') => continue,
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        let hex = text.get(at + 2..at + 2 + length).unwrap_or_default();
        let digits = length > 0 && !hex.is_empty() && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
        let code = u32::from_str_radix(hex, 16).ok().filter(|_| digits);
        if code.and_then(char::from_u32).is_none() {
            let start = token.start() + at;
            let width = 1 + selector.map_or(0, char::len_utf8);
            return Err(Mistake::new(
                start..start + width,
                "This escape is not known: `\\n`, `\\r`, `\\t`, `\\\"`, `\\\\`, `\\uNNNN` and `\\UNNNNNNNN` are. Write \
                           `\\\\` for a backslash.",
            ));
        }
    }
    Ok(())
}

/// Whether a number has at most one point, and its exponent at the end.
pub(super) fn is_number(text: &[u8]) -> bool {
    let split = text.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = match split {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    mantissa.iter().filter(|byte| **byte == b'.').count() <= 1
        && exponent.is_none_or(|exponent| {
            let digits = match exponent {
                [b'+' | b'-', digits @ ..] => digits,
                digits => digits,
            };
            !digits.is_empty() && digits.len() < 10 && digits.iter().all(u8::is_ascii_digit)
        })
}

/// What is wrong with a character that no file may hold.
pub(super) fn about_character(token: Token, source: &[u8]) -> String {
    let text = String::from_utf8_lossy(token.bytes(source));
    let sentence = match (token.kind, text.chars().next()) {
        (Kind::BadEncoding, _) => "The file is not UTF-8 here. Save it in UTF-8.",
        (Kind::QuotedNewline, _) => {
            "A text in quotes stands on one line. Write `\\n` for a newline, or use a heredoc (`<<EOT`), or close the quotes."
        }
        (_, Some('\'')) => "Texts stand in double quotes (`\"`), not in single ones.",
        (_, Some('`')) => "A backtick means nothing here. A text over several lines is a heredoc (`<<EOT`).",
        (_, Some(';')) => "Semicolons are not used: newlines separate arguments, commas separate values.",
        (_, Some('“' | '”')) => "Curly quotes are not quotes here. Write straight ones (`\"`).",
        (_, Some('&')) => "There are no operators on bits. Did you mean `&&`?",
        (_, Some('|')) => "There are no operators on bits. Did you mean `||`?",
        (_, Some('~')) => "There are no operators on bits. Did you mean `!`?",
        (_, Some('^')) => "There are no operators on bits; `pow(a, b)` raises to a power.",
        _ => "This character means nothing here.",
    };
    sentence.to_owned()
}
