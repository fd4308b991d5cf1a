//! The directives of a format: `%[2]-8.3f`.

use super::super::json::encode;
use regprov_value::{Data, Number, Type, Value, convert};
use unicode_segmentation::UnicodeSegmentation as _;

/// The widest field.
const MAX_WIDTH: usize = 4096;

/// A part of a format.
pub(super) enum Piece {
    Text(String),
    Directive(Directive),
}

/// One directive.
#[derive(Default)]
pub(super) struct Directive {
    /// As it is written.
    pub(super) source: String,
    /// Where it begins, in bytes.
    pub(super) offset: usize,
    /// The argument that it prints, from 0.
    pub(super) argument: usize,
    verb: char,
    plus: bool,
    minus: bool,
    space: bool,
    sharp: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Takes a format apart.
pub(super) fn parse(format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = format;
    let mut next_argument = 0;
    while let Some(start) = rest.find('%') {
        if start > 0 {
            pieces.push(Piece::Text(rest[..start].to_owned()));
        }
        let offset = format.len() - rest.len() + start;
        rest = &rest[start..];
        if let Some(after) = rest.strip_prefix("%%") {
            pieces.push(Piece::Text("%".into()));
            rest = after;
            continue;
        }
        let (directive, length) = one(rest, offset, &mut next_argument)?;
        pieces.push(Piece::Directive(directive));
        rest = &rest[length..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// The directive at the start of `text`, and its length.
fn one(text: &str, offset: usize, next_argument: &mut usize) -> Result<(Directive, usize), String> {
    let mut directive = Directive {
        offset,
        argument: *next_argument,
        ..Directive::default()
    };
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(flag) = bytes.get(at) {
        match flag {
            b'+' => directive.plus = true,
            b'-' => directive.minus = true,
            b' ' => directive.space = true,
            b'#' => directive.sharp = true,
            b'0' => directive.zero = true,
            _ => break,
        }
        at += 1;
    }
    directive.width = digits(text, &mut at)?;
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        directive.precision = Some(digits(text, &mut at)?.unwrap_or(0));
    }
    if bytes.get(at) == Some(&b'[') {
        at += 1;
        let index = digits(text, &mut at)?.filter(|index| *index > 0);
        let (Some(index), Some(b']')) = (index, bytes.get(at)) else {
            return Err(format!(
                "an argument index such as [1] is required at offset {}",
                offset + at
            ));
        };
        directive.argument = index - 1;
        at += 1;
    }
    let Some(verb) = text[at..].chars().next() else {
        return Err(format!(
            "the format ends in the middle of \"{text}\"; write %% for a percent sign"
        ));
    };
    at += verb.len_utf8();
    directive.source = text[..at].to_owned();
    directive.verb = verb;
    if !"vtbdoxXeEfgGsq".contains(verb) {
        return Err(format!(
            "unsupported format verb '{verb}' in \"{}\" at offset {offset}; write %% for a percent sign",
            directive.source
        ));
    }
    *next_argument = directive.argument + 1;
    Ok((directive, at))
}

fn digits(text: &str, at: &mut usize) -> Result<Option<usize>, String> {
    let length = text[*at..].bytes().take_while(u8::is_ascii_digit).count();
    let digits = &text[*at..*at + length];
    *at += length;
    if digits.is_empty() {
        return Ok(None);
    }
    match digits.parse::<usize>() {
        Ok(number) if number <= MAX_WIDTH => Ok(Some(number)),
        Ok(_) | Err(_) => Err(format!("{digits} is too large; at most {MAX_WIDTH} is possible")),
    }
}

/// One value as its directive asks.
pub(super) fn render(directive: &Directive, value: &Value) -> Result<String, String> {
    if value.is_null() && directive.verb != 'v' {
        return Err("a null value cannot be formatted".into());
    }
    match directive.verb {
        'v' => Ok(default(directive, value)),
        't' => as_type(value, &Type::Bool, "a bool is required")
            .map(|value| super::super::support::plain(&value)),
        's' => {
            let text = as_type(value, &Type::String, "a string is required")?;
            Ok(directive.pad(directive.cut(text.as_str().unwrap_or_default())))
        }
        'q' => {
            let text = as_type(value, &Type::String, "a string is required")?;
            let cut = directive.cut(text.as_str().unwrap_or_default()).to_owned();
            Ok(directive.pad(&encode(&Value::string(cut))))
        }
        _ => {
            let number = as_type(value, &Type::Number, "a number is required")?;
            let number = number.as_number().ok_or("a number is required")?;
            directive.number(number)
        }
    }
}

fn as_type(value: &Value, ty: &Type, reason: &str) -> Result<Value, String> {
    convert(value, ty).map_err(|_| reason.to_owned())
}

/// `%v`: text as it is, a number in its shortest form, everything else as JSON.
fn default(directive: &Directive, value: &Value) -> String {
    if directive.sharp {
        return directive.pad(&encode(value));
    }
    match &value.data {
        Data::String(text) => directive.pad(directive.cut(text)),
        Data::Number(number) => directive.sized(number, |size| size.to_general(None)),
        Data::Bool(_) => super::super::support::plain(value),
        _ => directive.pad(&encode(value)),
    }
}

impl Directive {
    fn cut<'t>(&self, text: &'t str) -> &'t str {
        let Some(precision) = self.precision.filter(|precision| *precision > 0) else {
            return text;
        };
        text.grapheme_indices(true)
            .nth(precision)
            .map_or(text, |(end, _)| &text[..end])
    }

    /// Fills up to the width.
    fn pad(&self, text: &str) -> String {
        let missing = self
            .width
            .unwrap_or(0)
            .saturating_sub(text.graphemes(true).count());
        match (self.minus, self.zero) {
            (true, _) => format!("{text}{}", " ".repeat(missing)),
            (false, true) => format!("{}{text}", "0".repeat(missing)),
            (false, false) => format!("{}{text}", " ".repeat(missing)),
        }
    }

    /// A number with its sign; zeros go between the sign and the digits.
    fn signed(&self, negative: bool, digits: &str) -> String {
        let sign = match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        if self.zero && !self.minus {
            let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        self.pad(&format!("{sign}{digits}"))
    }

    /// A number whose size is printed in some way; nothing fills up an infinite one.
    fn sized(&self, number: &Number, print: impl Fn(&Number) -> String) -> String {
        let (negative, size) = (number.is_negative(), number.abs());
        if !size.is_infinite() {
            return self.signed(negative, &print(&size));
        }
        let sign = match (negative, self.space && !self.plus) {
            (true, _) => "-",
            (false, true) => " ",
            (false, false) => "+",
        };
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + 3);
        let (before, after) = if self.minus { (0, missing) } else { (missing, 0) };
        format!("{}{sign}Inf{}", " ".repeat(before), " ".repeat(after))
    }

    fn number(&self, number: &Number) -> Result<String, String> {
        let digits = self.precision.unwrap_or(6);
        Ok(match self.verb {
            'e' => self.sized(number, |size| size.to_scientific(Some(digits))),
            'E' => self.sized(number, |size| size.to_scientific(Some(digits)).to_uppercase()),
            'f' => self.sized(number, |size| size.to_fixed(digits)),
            'g' => self.sized(number, |size| size.to_general(self.precision)),
            'G' => self.sized(number, |size| size.to_general(self.precision).to_uppercase()),
            _ => {
                let (negative, size) = (number.signum() < 0, number.abs());
                let integer = size.to_integer().ok_or("an integer is required")?;
                let digits = match self.verb {
                    'b' => integer.in_radix(2).to_string(),
                    'o' => integer.in_radix(8).to_string(),
                    'x' => integer.in_radix(16).to_string(),
                    'X' => integer.in_radix(16).to_string().to_uppercase(),
                    _ => integer.to_string(),
                };
                let digits = format!(
                    "{}{digits}",
                    "0".repeat(self.precision.unwrap_or(0).saturating_sub(digits.len()))
                );
                let prefix = match (self.sharp, self.verb) {
                    (true, 'b') => "0b",
                    (true, 'o') => "0",
                    (true, 'x') => "0x",
                    (true, 'X') => "0X",
                    _ => "",
                };
                self.signed(negative, &format!("{prefix}{digits}"))
            }
        })
    }
}
