//! YAML scalars. Always in double quotes: no word, number or sign in a secret can then mean anything else.

use std::fmt::Write as _;
use zeroize::Zeroizing;

/// A double-quoted scalar on one line.
pub(crate) fn quoted(text: &str) -> Zeroizing<String> {
    // Reserved whole, so that no copy of a secret is left where the text grew.
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 6 + 2));
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // What a reader cannot see, or a parser takes for a line end.
            _ if character.is_control() || is_invisible(character) => {
                write!(out, "\\u{:04X}", u32::from(character)).expect("a string can be written to");
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// All are within the basic plane, so that four digits suffice.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}
