//! Spellings with an idiomatic form: `"${x}"` is `x`, `"string"` as a type is `string`, and labels stand in quotes.

use super::label::respell;
use super::{Piece, Sheet, narrow};
use crate::syntax::{Kind, Token};
use std::ops::Range;

/// The tokens to be written for the tokens of a valid file.
pub(super) fn rewrite(source: &[u8], tokens: &[Token]) -> Sheet {
    let mut text = Vec::with_capacity(source.len() + 256);
    text.extend_from_slice(source);
    let mut writer = Writer {
        source,
        tokens,
        at: 0,
        sheet: Sheet {
            text,
            pieces: Vec::with_capacity(tokens.len() + 16),
        },
        blocks: Vec::new(),
    };
    while writer.at < tokens.len() {
        writer.item();
    }
    writer.sheet
}

struct Writer<'a> {
    source: &'a [u8],
    tokens: &'a [Token],
    at: usize,
    sheet: Sheet,
    /// The types of the blocks that are open.
    blocks: Vec<&'a [u8]>,
}

impl<'a> Writer<'a> {
    fn kind(&self, at: usize) -> Kind {
        self.tokens.get(at).map_or(Kind::End, |token| token.kind)
    }

    fn copy(&mut self, at: usize) {
        let token = self.tokens[at];
        let before = at.checked_sub(1).map_or(0, |before| self.tokens[before].end());
        self.sheet.pieces.push(Piece {
            kind: token.kind,
            start: narrow(token.start()),
            end: narrow(token.end()),
            blanks: narrow(token.start() - before),
        });
    }

    fn copy_until(&mut self, end: usize) {
        for at in self.at..end.min(self.tokens.len()) {
            self.copy(at);
        }
        self.at = self.at.max(end);
    }

    /// The next token that is no comment.
    fn past_comments(&self, mut at: usize) -> usize {
        while self.kind(at) == Kind::Comment {
            at += 1;
        }
        at
    }

    /// The next argument, block header or other token of a body.
    fn item(&mut self) {
        match self.kind(self.at) {
            Kind::Name if self.kind(self.past_comments(self.at + 1)) == Kind::Assign => self.argument(),
            Kind::Name => self.block(),
            kind => {
                if kind == Kind::CloseBrace {
                    self.blocks.pop();
                }
                self.copy_until(self.at + 1);
            }
        }
    }

    fn argument(&mut self) {
        let name = self.tokens[self.at].bytes(self.source);
        let assign = self.past_comments(self.at + 1);
        let start = self.past_comments(assign + 1);
        self.copy_until(start);
        let end = self.end_of_expression(start);
        let expression = start..end;
        self.at = end;
        if self.blocks == [b"variable"] && name == b"type" {
            self.type_expression(expression);
        } else {
            self.value_expression(expression);
        }
    }

    /// Behind the last token of the expression that starts here.
    fn end_of_expression(&self, start: usize) -> usize {
        let (mut depth, mut end) = (0, start);
        for (at, token) in self.tokens.iter().enumerate().skip(start) {
            let closes = matches!(token.kind, Kind::End | Kind::CloseBrace) || token.ends_line(self.source);
            if depth == 0 && closes {
                break;
            }
            depth += match token.kind {
                Kind::OpenQuote | Kind::OpenHeredoc => 1,
                Kind::CloseQuote | Kind::CloseHeredoc => -1,
                kind => kind.nesting(),
            };
            if token.kind != Kind::Comment {
                end = at + 1;
            }
        }
        end
    }

    fn copy_all(&mut self, range: Range<usize>) {
        for at in range {
            self.copy(at);
        }
    }

    /// Takes the quotes from a string that is one interpolation and nothing else.
    fn value_expression(&mut self, range: Range<usize>) {
        let Some((start, end)) = self.unquoted(range.clone()) else {
            return self.copy_all(range);
        };
        let is_split = (start..end).any(|at| self.kind(at) == Kind::Newline);
        let is_enclosed = start < end
            && self.kind(start) == Kind::OpenParen
            && end - start > 1
            && self.kind(end - 1) == Kind::CloseParen;
        let wrap = is_split && !is_enclosed;
        if wrap {
            self.sheet.push_new(Kind::OpenParen, "(");
        }
        self.copy_all(start..end);
        if wrap {
            self.sheet.push_new(Kind::CloseParen, ")");
        }
    }

    /// What is left of an expression without the quotes around lone interpolations; `None` where there are none.
    fn unquoted(&self, range: Range<usize>) -> Option<(usize, usize)> {
        let mut inner = self.lone_interpolation(range)?;
        loop {
            let is_content = |at: &usize| self.kind(*at) != Kind::Newline;
            let start = inner.clone().find(is_content).unwrap_or(inner.end);
            let end = inner.clone().rev().find(is_content).map_or(start, |at| at + 1);
            match self.lone_interpolation(start..end) {
                Some(deeper) => inner = deeper,
                None => return Some((start, end)),
            }
        }
    }

    /// What stands in the interpolation that a quoted string wholly consists of.
    fn lone_interpolation(&self, range: Range<usize>) -> Option<Range<usize>> {
        if range.len() < 5
            || self.kind(range.start) != Kind::OpenQuote
            || self.kind(range.start + 1) != Kind::OpenInterpolation
            || self.kind(range.end - 2) != Kind::CloseSequence
            || self.kind(range.end - 1) != Kind::CloseQuote
        {
            return None;
        }
        let inner = range.start + 2..range.end - 2;
        let mut quotes = 0;
        for at in inner.clone() {
            match self.kind(at) {
                Kind::OpenQuote => quotes += 1,
                Kind::CloseQuote => quotes -= 1,
                Kind::OpenInterpolation | Kind::CloseSequence | Kind::QuotedText if quotes <= 0 => {
                    return None;
                }
                _ => {}
            }
        }
        Some(inner)
    }

    /// Types of old: `"string"`, `"list"`, `"map"`, and collections without a type of elements.
    fn type_expression(&mut self, range: Range<usize>) {
        let text = |at: usize| self.tokens[at].bytes(self.source);
        let kinds: Vec<Kind> = range.clone().take(4).map(|at| self.kind(at)).collect();
        let spelled: &[(Kind, &str)] = match kinds[..] {
            [Kind::Name] => match text(range.start) {
                b"list" => const { &collection("list", "any") },
                b"map" => const { &collection("map", "any") },
                b"set" => const { &collection("set", "any") },
                _ => return self.copy_all(range),
            },
            [Kind::OpenQuote, Kind::QuotedText, Kind::CloseQuote] => match text(range.start + 1) {
                b"string" => &[(Kind::Name, "string")],
                b"list" => const { &collection("list", "string") },
                b"map" => const { &collection("map", "string") },
                _ => return self.copy_all(range),
            },
            _ => return self.copy_all(range),
        };
        for (kind, text) in spelled {
            self.sheet.push_new(*kind, text);
        }
    }

    fn block(&mut self) {
        let kind = self.tokens[self.at].bytes(self.source);
        self.copy_until(self.at + 1);
        let (labels, brace) = self.labels();
        if let Some(last) = labels.last() {
            // As in Terraform, comments between the labels go.
            self.at = last.end;
            for label in &labels {
                self.label(label.clone());
            }
        }
        self.copy_until(brace + 1);
        if self.kind(brace) == Kind::OpenBrace {
            self.blocks.push(kind);
        }
    }

    /// The labels of a block header, and the place of its brace.
    fn labels(&self) -> (Vec<Range<usize>>, usize) {
        let mut labels = Vec::new();
        let mut at = self.at;
        loop {
            match self.kind(at) {
                Kind::Name => labels.push(at..at + 1),
                Kind::OpenQuote => {
                    let mut end = at + 1;
                    while self.kind(end) == Kind::QuotedText {
                        end += 1;
                    }
                    labels.push(at..end + 1);
                    at = end;
                }
                Kind::Comment => {}
                _ => return (labels, at),
            }
            at += 1;
        }
    }

    fn label(&mut self, range: Range<usize>) {
        let text = match range.len() {
            1 => range.start,
            3 => range.start + 1,
            _ => return self.copy_all(range),
        };
        let written = std::str::from_utf8(self.tokens[text].bytes(self.source)).unwrap_or_default();
        match respell(written) {
            Some(respelled) if range.len() == 1 || respelled != written => {
                self.sheet.push_new(Kind::OpenQuote, "\"");
                self.sheet.push_new(Kind::QuotedText, &respelled);
                self.sheet.push_new(Kind::CloseQuote, "\"");
            }
            _ => self.copy_all(range),
        }
    }
}

const fn collection(kind: &'static str, element: &'static str) -> [(Kind, &'static str); 4] {
    [
        (Kind::Name, kind),
        (Kind::OpenParen, "("),
        (Kind::Name, element),
        (Kind::CloseParen, ")"),
    ]
}
