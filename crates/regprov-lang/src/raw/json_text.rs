//! JSON with places.

use super::problem;
use crate::codes;
use regprov_diag::{Diagnostic, SourceId, Span};

/// A JSON value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct JsonNode {
    pub(crate) value: JsonValue,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum JsonValue {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<JsonNode>),
    Object(Vec<JsonEntry>),
}

/// One property of an object.
#[derive(Debug, Clone)]
pub(crate) struct JsonEntry {
    pub(crate) name: String,
    pub(crate) name_span: Span,
    pub(crate) node: JsonNode,
}

/// How deep arrays and objects may nest.
const DEPTH: usize = 128;

pub(crate) fn parse(text: &str, source: SourceId) -> Result<JsonNode, Diagnostic> {
    let mut parser = Parser { text, at: 0, source };
    parser.skip();
    let node = parser.value(0)?;
    parser.skip();
    if parser.at < text.len() {
        return Err(parser.error("Nothing may follow the JSON value."));
    }
    Ok(node)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    source: SourceId,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn span(&self, start: usize) -> Span {
        Span::from_range(self.source, start..self.at)
    }

    fn error(&self, detail: &str) -> Diagnostic {
        let width = self.peek().map_or(0, char::len_utf8);
        problem(
            &codes::SYNTAX,
            Span::from_range(self.source, self.at..self.at + width),
            detail,
        )
    }

    fn expect(&mut self, wanted: char, detail: &str) -> Result<(), Diagnostic> {
        if self.peek() != Some(wanted) {
            return Err(self.error(detail));
        }
        self.at += wanted.len_utf8();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<JsonNode, Diagnostic> {
        if depth > DEPTH {
            let detail = format!("Arrays and objects stand in each other more than {DEPTH} deep.");
            return Err(Diagnostic::error(&codes::NESTING, codes::NESTING.title)
                .detail(detail)
                .at(self.error("").subject));
        }
        let start = self.at;
        let value = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            Some('"') => JsonValue::String(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            Some(_) => self.word()?,
            None => return Err(self.error("A JSON value is missing.")),
        };
        Ok(JsonNode {
            value,
            span: self.span(start),
        })
    }

    fn word(&mut self) -> Result<JsonValue, Diagnostic> {
        for (word, value) in [
            ("true", JsonValue::Bool(true)),
            ("false", JsonValue::Bool(false)),
            ("null", JsonValue::Null),
        ] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("A JSON value is needed here: an object, array, string in double quotes, number, true, false or null."))
    }

    fn number(&mut self) -> Result<JsonValue, Diagnostic> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let text = &rest[..length];
        if text.parse::<regprov_value::Number>().is_err() {
            return Err(self.error("This is not a JSON number."));
        }
        self.at += length;
        Ok(JsonValue::Number(text.to_owned()))
    }

    fn array(&mut self, depth: usize) -> Result<JsonValue, Diagnostic> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(JsonValue::Array(items));
        }
        loop {
            self.skip();
            items.push(self.value(depth + 1)?);
            self.skip();
            if self.peek() == Some(',') {
                self.at += 1;
                continue;
            }
            self.expect(']', "A comma or the end of the array, `]`, is needed here.")?;
            return Ok(JsonValue::Array(items));
        }
    }

    fn object(&mut self, depth: usize) -> Result<JsonValue, Diagnostic> {
        self.at += 1;
        let mut entries = Vec::new();
        self.skip();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(JsonValue::Object(entries));
        }
        loop {
            self.skip();
            let start = self.at;
            if self.peek() != Some('"') {
                return Err(self.error("The name of a property, in double quotes, is needed here."));
            }
            let name = self.string()?;
            let name_span = self.span(start);
            self.skip();
            self.expect(
                ':',
                "A colon is needed between the name of a property and its value.",
            )?;
            self.skip();
            let node = self.value(depth + 1)?;
            entries.push(JsonEntry {
                name,
                name_span,
                node,
            });
            self.skip();
            if self.peek() == Some(',') {
                self.at += 1;
                continue;
            }
            self.expect('}', "A comma or the end of the object, `}`, is needed here.")?;
            return Ok(JsonValue::Object(entries));
        }
    }

    /// The string at the cursor; its escapes are those of JSON.
    fn string(&mut self) -> Result<String, Diagnostic> {
        let start = self.at;
        let mut escaped = false;
        let end = self
            .rest()
            .char_indices()
            .skip(1)
            .find_map(|(index, character)| match character {
                '"' if !escaped => Some(index + 1),
                '\\' => {
                    escaped = !escaped;
                    None
                }
                _ => {
                    escaped = false;
                    None
                }
            });
        let Some(length) = end else {
            return Err(self.error("This string is not closed."));
        };
        let text = &self.text[start..start + length];
        let parsed: Result<String, _> = serde_json::from_str(text);
        let Ok(parsed) = parsed else {
            return Err(self.error("This string has an invalid escape or a raw control character in it."));
        };
        self.at += length;
        Ok(parsed)
    }
}
