//! Patterns as RE2 reads them, rewritten for the `regex` crate.
//!
//! The two read almost the same language. What differs: classes such as `\d` mean ASCII, `\Q…\E` quotes, a brace that
//! is no repetition stands for itself, brackets inside classes do too, and octal escapes exist.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

/// The greatest repetition that RE2 accepts.
const MAX_REPEAT: u32 = 1000;

type Input<'a> = Peekable<Chars<'a>>;

/// The pattern in the crate's syntax, or why RE2 refuses it.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut input = pattern.chars().peekable();
    let mut repeated = Repeated::No;
    while let Some(character) = input.next() {
        let before = std::mem::replace(&mut repeated, Repeated::No);
        match character {
            '\\' => escape(&mut input, &mut out)?,
            '[' => class(&mut input, &mut out)?,
            '{' if repetition(&mut input, &mut out)? => repeated = before.again(character)?,
            '{' => out.push_str("\\{"),
            '}' => out.push_str("\\}"),
            '(' => group(&mut input, &mut out)?,
            '*' | '+' | '?' => {
                repeated = before.again(character)?;
                out.push(character);
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// Whether what was read last is a repetition: only one sign may follow, a question mark.
enum Repeated {
    No,
    Yes,
    Lazily,
}

impl Repeated {
    fn again(self, sign: char) -> Result<Self, String> {
        match self {
            Self::No => Ok(Self::Yes),
            Self::Yes if sign == '?' => Ok(Self::Lazily),
            Self::Yes | Self::Lazily => Err(format!(
                "a repetition of a repetition, at the second {sign}; put the first in a group"
            )),
        }
    }
}

/// After a backslash outside of a class.
fn escape(input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    match input.next() {
        None => return Err("a trailing backslash".into()),
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('w') => out.push_str("[0-9A-Za-z_]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('s') => out.push_str(r"[\t\n\f\r ]"),
        Some('S') => out.push_str(r"[^\t\n\f\r ]"),
        Some('b') => out.push_str(r"(?-u:\b)"),
        Some('Q') => quoted(input, out),
        Some(other) => return shared_escape(other, input, out),
    }
    Ok(())
}

/// Escapes that mean one character, inside and outside of a class, and those that both languages have.
fn shared_escape(character: char, input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    match character {
        'p' | 'P' => property(character, input, out),
        'x' => {
            out.push_str("\\x");
            Ok(())
        }
        'a' | 'f' | 't' | 'n' | 'r' | 'v' | 'A' | 'z' | 'B' => {
            out.push('\\');
            out.push(character);
            Ok(())
        }
        '0' => octal(0, input, out),
        digit @ '1'..='7' if input.peek().is_some_and(|next| ('0'..='7').contains(next)) => {
            octal(digit.to_digit(8).unwrap_or(0), input, out)
        }
        punctuation if punctuation.is_ascii_punctuation() => {
            literal(punctuation, out);
            Ok(())
        }
        other => Err(format!(
            "invalid escape sequence \\{other}; look-around and back-references are not supported"
        )),
    }
}

fn octal(first: u32, input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    let mut code = first;
    for _ in 0..2 {
        let Some(digit) = input.peek().and_then(|next| next.to_digit(8)) else {
            break;
        };
        code = code * 8 + digit;
        input.next();
    }
    write!(out, "\\x{{{code:x}}}").map_err(|error| error.to_string())
}

/// `\pN` and `\p{Greek}`: the same in both, with `\p{^Greek}` for the opposite.
fn property(kind: char, input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    out.push('\\');
    if input.peek() != Some(&'{') {
        out.push(kind);
        out.extend(input.next());
        return Ok(());
    }
    input.next();
    let name: String = input.by_ref().take_while(|character| *character != '}').collect();
    let (kind, name) = match name.strip_prefix('^') {
        Some(rest) => (if kind == 'p' { 'P' } else { 'p' }, rest.to_owned()),
        None => (kind, name),
    };
    if name.contains(['=', ':', '!']) {
        return Err(format!("invalid character class \\p{{{name}}}"));
    }
    write!(out, "{kind}{{{name}}}").map_err(|error| error.to_string())
}

/// `\Q…\E`: everything stands for itself.
fn quoted(input: &mut Input<'_>, out: &mut String) {
    while let Some(character) = input.next() {
        if character == '\\' && input.peek() == Some(&'E') {
            input.next();
            return;
        }
        literal(character, out);
    }
}

fn literal(character: char, out: &mut String) {
    if character.is_ascii_punctuation() && !matches!(character, '<' | '>') {
        out.push('\\');
    }
    out.push(character);
}

/// A group: the flags of RE2 only.
fn group(input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    out.push('(');
    let rest: String = input.clone().take(3).collect();
    if ["?=", "?!", "?<=", "?<!"]
        .iter()
        .any(|look| rest.starts_with(look))
    {
        return Err(format!(
            "invalid or unsupported syntax in ({rest}; look-around is not supported"
        ));
    }
    let Some(after) = rest.strip_prefix('?') else {
        return Ok(());
    };
    if after.starts_with(['P', '<', ':']) {
        return Ok(());
    }
    let flags: String = input
        .clone()
        .skip(1)
        .take_while(|character| !matches!(character, ')' | ':'))
        .collect();
    if flags
        .chars()
        .any(|flag| !matches!(flag, 'i' | 'm' | 's' | 'U' | '-'))
    {
        return Err(format!("invalid or unsupported flags (?{flags}"));
    }
    Ok(())
}

/// `{n}`, `{n,}`, `{n,m}`; answers whether it is one, any other brace stands for itself.
fn repetition(input: &mut Input<'_>, out: &mut String) -> Result<bool, String> {
    let inside: String = input.clone().take_while(|character| *character != '}').collect();
    let closed = input.clone().nth(inside.chars().count()) == Some('}');
    let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !closed || !digits(least) || !(most.is_empty() || digits(most)) {
        return Ok(false);
    }
    for bound in [least, most].into_iter().filter(|bound| !bound.is_empty()) {
        if bound.parse::<u32>().map_or(true, |bound| bound > MAX_REPEAT) {
            return Err(format!(
                "invalid repeat count in {{{inside}}}; it may be at most {MAX_REPEAT}"
            ));
        }
    }
    write!(out, "{{{inside}}}").map_err(|error| error.to_string())?;
    // The closing brace was written too.
    input.nth(inside.chars().count());
    Ok(true)
}

/// A class in brackets.
fn class(input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if input.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    // A bracket that comes first stands for itself.
    if input.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    while let Some(character) = input.next() {
        match character {
            ']' => {
                out.push(']');
                return Ok(());
            }
            '[' if input.peek() == Some(&':') => named_class(input, out)?,
            '\\' => class_escape(input, out)?,
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(character);
            }
            // Two hyphens in a row would be a difference of classes.
            '-' if input.peek() == Some(&'-') || out.ends_with('-') => out.push_str("\\-"),
            other => out.push(other),
        }
    }
    Err("missing closing ]".into())
}

/// `[:alpha:]` inside a class.
fn named_class(input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    input.next();
    let mut name = String::new();
    loop {
        match input.next() {
            Some(':') if input.peek() == Some(&']') => break,
            Some(character) => name.push(character),
            None => return Err("missing closing ]".into()),
        }
    }
    input.next();
    write!(out, "[:{name}:]").map_err(|error| error.to_string())
}

fn class_escape(input: &mut Input<'_>, out: &mut String) -> Result<(), String> {
    match input.next() {
        None => return Err("a trailing backslash".into()),
        Some('d') => out.push_str("0-9"),
        Some('D') => out.push_str("[^0-9]"),
        Some('w') => out.push_str("0-9A-Za-z_"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('s') => out.push_str(r"\t\n\f\r "),
        Some('S') => out.push_str(r"[^\t\n\f\r ]"),
        Some('Q') => quoted(input, out),
        Some(other @ ('A' | 'z' | 'B' | 'b')) => {
            return Err(format!("invalid escape sequence \\{other} in a class"));
        }
        Some(other) => return shared_escape(other, input, out),
    }
    Ok(())
}
