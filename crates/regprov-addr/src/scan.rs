//! Reads the pieces of an address from left to right.

use std::fmt::{self, Write};

use crate::{AddressError, InstanceKey};

/// Whether a text is one HCL identifier, as every name in an address must be.
pub fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(starts_identifier) && characters.all(continues_identifier)
}

fn starts_identifier(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

fn continues_identifier(character: char) -> bool {
    matches!(character, '_' | '-') || character.is_alphanumeric()
}

/// A position in the text of an address.
pub(crate) struct Scanner<'a> {
    input: &'a str,
    at: usize,
    expected: &'static str,
}

impl<'a> Scanner<'a> {
    /// Starts to read `input`, which should be what `expected` says: `a resource address`.
    pub(crate) fn new(input: &'a str, expected: &'static str) -> Self {
        Scanner {
            input,
            at: 0,
            expected,
        }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.input[self.at..]
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.input.len()
    }

    pub(crate) fn error(&self, problem: impl Into<String>) -> AddressError {
        AddressError::new(self.input, self.at, self.expected, problem)
    }

    /// Takes `token` if it comes next.
    pub(crate) fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes `word` and the dot after it, if they come next.
    pub(crate) fn take_keyword(&mut self, word: &str) -> bool {
        let found = self
            .rest()
            .strip_prefix(word)
            .is_some_and(|rest| rest.starts_with('.'));
        if found {
            self.at += word.len() + 1;
        }
        found
    }

    /// Reads one identifier; `what` names it in the error: `a module name`.
    pub(crate) fn identifier(&mut self, what: &str) -> Result<String, AddressError> {
        let rest = self.rest();
        let first = rest.chars().next();
        if !first.is_some_and(starts_identifier) {
            return Err(self.error(format!("expected {what}, {}", found(first))));
        }
        let length = rest.find(|c| !continues_identifier(c)).unwrap_or(rest.len());
        self.at += length;
        Ok(rest[..length].to_owned())
    }

    /// Reads the dot between two pieces.
    pub(crate) fn dot(&mut self, after: &str) -> Result<(), AddressError> {
        if self.take(".") {
            return Ok(());
        }
        Err(self.error(format!(
            "expected a dot after {after}, {}",
            found(self.rest().chars().next())
        )))
    }

    /// Requires that nothing is left.
    pub(crate) fn end(&self, after: &str) -> Result<(), AddressError> {
        if self.is_at_end() {
            return Ok(());
        }
        Err(self.error(format!(
            "expected nothing after {after}, {}",
            found(self.rest().chars().next())
        )))
    }

    /// Reads `[0]` or `["key"]` if a bracket comes next.
    pub(crate) fn key(&mut self) -> Result<Option<InstanceKey>, AddressError> {
        if !self.take("[") {
            return Ok(None);
        }
        let key = match self.rest().starts_with('"') {
            true => InstanceKey::String(self.quoted()?),
            false => InstanceKey::Int(self.integer()?),
        };
        match self.take("]") {
            true => Ok(Some(key)),
            false => Err(self.error("expected `]` after the key")),
        }
    }

    fn integer(&mut self) -> Result<u64, AddressError> {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = &rest[..length];
        if digits.is_empty() {
            return Err(self.error("expected a whole number or a quoted string in the brackets"));
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(self.error("a number has no leading zeros"));
        }
        let value = digits
            .parse()
            .map_err(|_| self.error("the number is too large"))?;
        self.at += length;
        Ok(value)
    }

    /// Reads an HCL quoted string without templates.
    pub(crate) fn quoted(&mut self) -> Result<String, AddressError> {
        if !self.take("\"") {
            return Err(self.error("expected a quoted string"));
        }
        let mut value = String::new();
        loop {
            let Some(next) = self.rest().chars().next() else {
                return Err(self.error("the quoted string has no end"));
            };
            match next {
                '"' => {
                    self.at += 1;
                    return Ok(value);
                }
                '\\' => value.push(self.escape()?),
                '$' | '%' => self.introducers(next, &mut value)?,
                '\n' | '\r' => return Err(self.error("a quoted string ends on its line; write `\\n`")),
                other => {
                    self.at += other.len_utf8();
                    value.push(other);
                }
            }
        }
    }

    /// Reads a run of `$` or `%`. Before a brace its last one is an escape, and a single one opens a template.
    fn introducers(&mut self, introducer: char, value: &mut String) -> Result<(), AddressError> {
        let rest = self.rest();
        let run = rest.len() - rest.trim_start_matches(introducer).len();
        let opens = rest[run..].starts_with('{');
        if opens && run == 1 {
            return Err(self.error("a template cannot be part of an address"));
        }
        let meant = if opens { run - 1 } else { run };
        value.extend(std::iter::repeat_n(introducer, meant));
        self.at += run;
        Ok(())
    }

    fn escape(&mut self) -> Result<char, AddressError> {
        let letter = self.rest().chars().nth(1);
        let (value, length) = match letter {
            Some('n') => ('\n', 2),
            Some('r') => ('\r', 2),
            Some('t') => ('\t', 2),
            Some('"') => ('"', 2),
            Some('\\') => ('\\', 2),
            Some('u') => (self.code_point(4)?, 6),
            Some('U') => (self.code_point(8)?, 10),
            _ => return Err(self.error("not an escape sequence; a backslash is written `\\\\`")),
        };
        self.at += length;
        Ok(value)
    }

    fn code_point(&self, digits: usize) -> Result<char, AddressError> {
        let hex = self
            .rest()
            .get(2..2 + digits)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let value = hex
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        value.ok_or_else(|| {
            self.error(format!(
                "expected {digits} hexadecimal digits that name a character"
            ))
        })
    }
}

fn found(next: Option<char>) -> String {
    match next {
        Some(character) => format!("found {character:?}"),
        None => "found the end".to_owned(),
    }
}

/// Writes a string in quotes and escaped as HCL does.
pub(crate) fn write_quoted(f: &mut impl Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '$' | '%' if rest.peek() == Some(&'{') => write!(f, "{character}{character}")?,
            other if is_printable(other) => f.write_char(other)?,
            other if u32::from(other) < 0x1_0000 => write!(f, "\\u{:04x}", u32::from(other))?,
            other => write!(f, "\\U{:08x}", u32::from(other))?,
        }
    }
    f.write_char('"')
}

/// Letters, marks, numbers, punctuation, symbols and the ASCII space; as Go's `unicode.IsPrint`.
#[must_use]
pub fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    // `str::escape_debug` escapes what is not printable; the letter in front keeps it from escaping a combining mark.
    let mut buffer = [b'a'; 5];
    let length = character.encode_utf8(&mut buffer[1..]).len();
    let probe = std::str::from_utf8(&buffer[..=length]).expect("an ASCII letter and one encoded character");
    probe.escape_debug().nth(1) != Some('\\')
}
