//! Values to YAML, laid out as Terraform lays them out.

use regprov_value::{Data, Value};
use std::fmt::Write as _;

/// Where a long quoted text is broken.
const WIDTH: usize = 80;
/// The longest text that is a key without a question mark.
const SIMPLE_KEY: usize = 128;

/// A wholly known value as one document.
pub(super) fn encode(value: &Value) -> String {
    let mut writer = Writer { out: String::new() };
    writer.node(value, 0, 2);
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    if matches!(
        value.data,
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_)
    ) {
        writer.out.push_str("...\n");
    }
    writer.out
}

struct Writer {
    out: String,
}

impl Writer {
    /// Writes a node at the current place. Further lines of a collection begin at `indent`, of a text at `text_indent`.
    fn node(&mut self, value: &Value, indent: usize, text_indent: usize) {
        match &value.data {
            Data::Null(_) | Data::Unknown(_) => self.out.push_str("null"),
            Data::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Data::Number(number) => {
                let _ = write!(self.out, "{number}");
            }
            Data::String(text) if literal_allowed(text) => self.literal(text, text_indent),
            Data::String(text) => self.quoted(text, Some(text_indent)),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) if items.is_empty() => {
                self.out.push_str("[]")
            }
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.line(indent);
                    }
                    self.out.push_str("- ");
                    self.node(item, indent + 2, indent + 2);
                }
            }
            Data::Map(_, entries) | Data::Object(entries) if entries.is_empty() => self.out.push_str("{}"),
            Data::Map(_, entries) | Data::Object(entries) => {
                for (index, (name, item)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.line(indent);
                    }
                    self.entry(name, item, indent);
                }
            }
        }
    }

    fn entry(&mut self, name: &str, item: &Value, indent: usize) {
        if name.len() > SIMPLE_KEY || name.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.out.push_str("? ");
            self.node(&Value::string(name), indent + 2, indent + 2);
            self.line(indent);
            self.out.push_str(": ");
            return self.node(item, indent + 2, indent + 2);
        }
        self.quoted(name, None);
        self.out.push(':');
        let sequence = item.as_items().is_some_and(|items| !items.is_empty());
        let mapping = item.as_entries().is_some_and(|entries| !entries.is_empty());
        match (sequence, mapping) {
            // The items of a list stand below the key that they belong to.
            (true, _) => {
                self.line(indent);
                self.node(item, indent, indent);
            }
            (_, true) => {
                self.line(indent + 2);
                self.node(item, indent + 2, indent + 2);
            }
            (false, false) => {
                self.out.push(' ');
                self.node(item, indent + 2, indent + 2);
            }
        }
    }

    /// Begins a line, unless the last text ended with one.
    fn line(&mut self, indent: usize) {
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// `|`, with the signs for leading space and for the line ends at the end.
    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        let body = text.strip_suffix('\n');
        match body {
            None => self.out.push('-'),
            Some(body) if body.is_empty() || body.ends_with('\n') => self.out.push('+'),
            Some(_) => {}
        }
        self.out.push('\n');
        for line in body.unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.out.extend(std::iter::repeat_n(' ', indent));
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    /// Double quotes; a long text is broken at spaces where `indent` says how its further lines begin.
    fn quoted(&mut self, text: &str, indent: Option<usize>) {
        let mut column = self.out.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        self.out.push('"');
        let mut after_space = false;
        let last = text.chars().count().saturating_sub(1);
        for (index, character) in text.chars().enumerate() {
            let before = self.out.len();
            match (character, indent) {
                (' ', Some(indent)) if !after_space && column > WIDTH && index > 0 && index < last => {
                    self.line(indent);
                    column = indent;
                    if text.chars().nth(index + 1) == Some(' ') {
                        self.out.push('\\');
                        column += 1;
                    }
                    after_space = true;
                    continue;
                }
                _ => escape(character, &mut self.out),
            }
            after_space = character == ' ';
            column += self.out[before..].chars().count();
        }
        self.out.push('"');
    }
}

/// Whether a text of several lines can be written as it is.
fn literal_allowed(text: &str) -> bool {
    text.contains('\n')
        && !text.ends_with(' ')
        && !text.contains(" \n")
        && text
            .chars()
            .all(|character| character == '\n' || printable(character))
}

fn printable(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn escape(character: char, out: &mut String) {
    let short = match character {
        '"' => '"',
        '\\' => '\\',
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        plain if printable(plain) => return out.push(plain),
        other => {
            let code = u32::from(other);
            let _ = match code {
                0..=0xff => write!(out, "\\x{code:02X}"),
                0x100..=0xffff => write!(out, "\\u{code:04X}"),
                _ => write!(out, "\\U{code:08X}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(short);
}
