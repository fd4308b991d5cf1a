//! Bytes to tokens. Nothing fails: what no rule takes becomes a token that the grammar refuses.

use super::token::{Kind, Token};

/// The byte order mark that a file may begin with.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How large a file may be: 512 MiB. What a file is rewritten to may be some times as long, and has places of 32 bits too.
const LIMIT: usize = 512 << 20;

/// The tokens of a file; the last is [`Kind::End`]. A file beyond the limit is no valid one.
pub(crate) fn lex(source: &[u8]) -> Vec<Token> {
    if source.len() > LIMIT {
        return vec![
            Token::new(Kind::Invalid, 0..LIMIT),
            Token::new(Kind::End, LIMIT..LIMIT),
        ];
    }
    let mut lexer = Lexer {
        source,
        at: if source.starts_with(MARK) { MARK.len() } else { 0 },
        modes: Vec::new(),
        mode: Mode::Plain { braces: 0 },
        tokens: Vec::with_capacity(source.len() / 3 + 1),
        comment_unclosed: false,
    };
    while lexer.at < source.len() {
        match lexer.mode {
            Mode::Plain { .. } => lexer.plain(),
            Mode::Quoted => lexer.quoted(),
            Mode::Heredoc { .. } => lexer.heredoc(),
        }
    }
    lexer.push(Kind::End, 0);
    lexer.tokens
}

/// What the bytes ahead are.
#[derive(Clone, Copy)]
enum Mode {
    /// Expressions and bodies. `braces` are open since the mode began.
    Plain { braces: usize },
    /// A string in quotes.
    Quoted,
    /// A heredoc, with the place of its marker.
    Heredoc {
        marker: (usize, usize),
        line_start: bool,
    },
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
    /// The modes around this one.
    modes: Vec<Mode>,
    mode: Mode,
    tokens: Vec<Token>,
    /// No `*/` follows any more: it is not looked for again.
    comment_unclosed: bool,
}

impl Lexer<'_> {
    fn rest(&self) -> &[u8] {
        &self.source[self.at..]
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.at + ahead).copied()
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let start = self.at;
        self.at += length;
        self.tokens.push(Token::new(kind, start..self.at));
    }

    fn enter(&mut self, mode: Mode) {
        self.modes.push(std::mem::replace(&mut self.mode, mode));
    }

    fn leave(&mut self) {
        self.mode = self.modes.pop().unwrap_or(Mode::Plain { braces: 0 });
    }

    /// The length of the newline ahead, or 0.
    fn newline(&self) -> usize {
        match self.rest() {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        }
    }

    fn plain(&mut self) {
        let rest = self.rest();
        let (kind, length) = match rest {
            [b' ' | b'\t', ..] => {
                self.at += rest
                    .iter()
                    .take_while(|byte| matches!(byte, b' ' | b'\t'))
                    .count();
                return;
            }
            [b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => (Kind::Name, name(rest)),
            [b'0'..=b'9', ..] => (Kind::Number, number(rest)),
            [b'#', ..] | [b'/', b'/', ..] => (Kind::Comment, line(rest)),
            [b'/', b'*', ..] if !self.comment_unclosed => match block_comment(rest) {
                Some(length) => (Kind::Comment, length),
                None => {
                    self.comment_unclosed = true;
                    (Kind::Slash, 1)
                }
            },
            [b'\n', ..] => (Kind::Newline, 1),
            [b'\r', b'\n', ..] => (Kind::Newline, 2),
            [b'"', ..] => {
                self.push(Kind::OpenQuote, 1);
                return self.enter(Mode::Quoted);
            }
            [b'<', b'<', ..] => return self.maybe_heredoc(),
            [b'{', ..] | [b'}', ..] | [b'~', b'}', ..] => return self.brace(),
            _ => match operator(rest) {
                Some(found) => found,
                None => self.other(),
            },
        };
        self.push(kind, length);
    }

    /// A character that is no ASCII operator: the first of a name, or nothing.
    fn other(&self) -> (Kind, usize) {
        match character(self.rest()) {
            Some(first) if starts_name(first) => (Kind::Name, name(self.rest())),
            Some(first) => (Kind::Invalid, first.len_utf8()),
            None => (Kind::BadEncoding, 1),
        }
    }

    fn brace(&mut self) {
        let Mode::Plain { braces } = self.mode else {
            return;
        };
        let first = self.byte(0);
        if first == Some(b'{') {
            self.push(Kind::OpenBrace, 1);
            self.mode = Mode::Plain { braces: braces + 1 };
        } else if braces == 0 && !self.modes.is_empty() {
            self.push(Kind::CloseSequence, if first == Some(b'~') { 2 } else { 1 });
            self.leave();
        } else {
            match first {
                Some(b'~') => self.push(Kind::CloseSequence, 2),
                _ => self.push(Kind::CloseBrace, 1),
            }
            self.mode = Mode::Plain {
                braces: braces.saturating_sub(1),
            };
        }
    }

    fn maybe_heredoc(&mut self) {
        let rest = self.rest();
        let skip = if rest.get(2) == Some(&b'-') { 3 } else { 2 };
        let marker = match character(&rest[skip..]) {
            Some(first) if starts_name(first) => name(&rest[skip..]),
            _ => 0,
        };
        let newline = match &rest[skip + marker..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        };
        if marker == 0 || newline == 0 {
            return self.push(Kind::Less, 1);
        }
        let start = self.at + skip;
        self.push(Kind::OpenHeredoc, skip + marker + newline);
        self.enter(Mode::Heredoc {
            marker: (start, start + marker),
            line_start: true,
        });
    }

    /// `${`, `%{`, or their escaped forms; `None` where a `$` or `%` stands for itself.
    fn sequence(&mut self, text: Kind) -> bool {
        let rest = self.rest();
        let trim = |at: usize| usize::from(rest.get(at) == Some(&b'~'));
        match *rest {
            [first @ (b'$' | b'%'), b'{', ..] => {
                let kind = match first {
                    b'$' => Kind::OpenInterpolation,
                    _ => Kind::OpenDirective,
                };
                self.push(kind, 2 + trim(2));
                self.enter(Mode::Plain { braces: 0 });
                true
            }
            [first @ (b'$' | b'%'), second, b'{', ..] if first == second => {
                self.push(text, 3 + trim(3));
                true
            }
            [b'$' | b'%', ..] => {
                self.push(text, 1);
                true
            }
            _ => false,
        }
    }

    fn quoted(&mut self) {
        if self.sequence(Kind::QuotedText) {
            return;
        }
        let rest = self.rest();
        match rest[0] {
            b'"' => {
                self.push(Kind::CloseQuote, 1);
                self.leave();
            }
            b'\r' | b'\n' => {
                let length = rest
                    .iter()
                    .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                    .count();
                self.push(Kind::QuotedNewline, length);
            }
            _ => match quoted_text(rest) {
                0 if character(rest).is_none() => self.push(Kind::BadEncoding, 1),
                0 => self.push(Kind::Invalid, 1),
                length => self.push(Kind::QuotedText, length),
            },
        }
    }

    fn heredoc(&mut self) {
        let Mode::Heredoc { marker, line_start } = self.mode else {
            return;
        };
        let rest = self.rest();
        let text = rest
            .iter()
            .position(|byte| matches!(byte, b'$' | b'%' | b'\r' | b'\n'))
            .unwrap_or(rest.len());
        let valid = match std::str::from_utf8(&rest[..text]) {
            Ok(_) => text,
            Err(error) => error.valid_up_to(),
        };
        if valid < text {
            self.heredoc_text(valid, marker);
            return self.push(Kind::BadEncoding, 1);
        }
        let newline = match &rest[text..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        };
        if newline > 0 {
            let line = std::str::from_utf8(&rest[..text]).unwrap_or_default();
            if line_start && line.trim().as_bytes() == &self.source[marker.0..marker.1] {
                self.push(Kind::CloseHeredoc, text);
                self.leave();
                let newline = self.newline();
                return self.push(Kind::Newline, newline);
            }
            self.push(Kind::HeredocText, text + newline);
            self.mode = Mode::Heredoc {
                marker,
                line_start: true,
            };
        } else if text > 0 {
            self.heredoc_text(text, marker);
        } else if !self.in_heredoc_sequence(marker) {
            // A carriage return by itself.
            self.push(Kind::Invalid, self.source.len() - self.at);
        }
    }

    fn heredoc_text(&mut self, length: usize, marker: (usize, usize)) {
        if length > 0 {
            self.push(Kind::HeredocText, length);
        }
        self.mode = Mode::Heredoc {
            marker,
            line_start: false,
        };
    }

    fn in_heredoc_sequence(&mut self, marker: (usize, usize)) -> bool {
        self.mode = Mode::Heredoc {
            marker,
            line_start: false,
        };
        self.sequence(Kind::HeredocText)
    }
}

/// The character that the bytes begin with, if they are UTF-8.
fn character(bytes: &[u8]) -> Option<char> {
    let first = *bytes.first()?;
    if first.is_ascii() {
        return Some(char::from(first));
    }
    (2..=4)
        .filter_map(|length| bytes.get(..length))
        .find_map(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.chars().next())
}

fn starts_name(first: char) -> bool {
    first == '_' || unicode_ident::is_xid_start(first)
}

fn continues_name(next: char) -> bool {
    next == '-' || unicode_ident::is_xid_continue(next)
}

/// The length of the name that the bytes begin with.
fn name(bytes: &[u8]) -> usize {
    let mut length = 0;
    loop {
        let rest = &bytes[length..];
        match rest {
            [b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-', ..] => length += 1,
            [0..=127, ..] | [] => return length,
            _ => match character(rest) {
                Some(next) if length == 0 || continues_name(next) => length += next.len_utf8(),
                _ => return length,
            },
        }
    }
}

/// The length of the number that the bytes begin with. It may hold several points; the grammar refuses those.
fn number(bytes: &[u8]) -> usize {
    let (mut at, mut end) = (1, 1);
    loop {
        match &bytes[at..] {
            [b'0'..=b'9', ..] => at += 1,
            [b'.', ..] => {
                at += 1;
                continue;
            }
            [b'e' | b'E', b'0'..=b'9', ..] => at += 2,
            [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] => at += 3,
            _ => return end,
        }
        end = at;
    }
}

/// The length of a line with its newline.
fn line(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |at| at + 1)
}

fn block_comment(bytes: &[u8]) -> Option<usize> {
    bytes[2..]
        .windows(2)
        .position(|pair| pair == b"*/")
        .map(|at| at + 4)
}

/// The length of text in quotes up to its next escape of a template, quote or newline.
fn quoted_text(bytes: &[u8]) -> usize {
    let mut length = 0;
    loop {
        match &bytes[length..] {
            [] | [b'$' | b'%' | b'"' | b'\r' | b'\n', ..] => return length,
            [b'\\', rest @ ..] => match character(rest) {
                None | Some('\r' | '\n') => return length,
                Some(escaped) => length += 1 + escaped.len_utf8(),
            },
            [0..=127, ..] => length += 1,
            rest => match character(rest) {
                None => return length,
                Some(next) => length += next.len_utf8(),
            },
        }
    }
}

fn operator(bytes: &[u8]) -> Option<(Kind, usize)> {
    let found = match bytes {
        [b'.', b'.', b'.', ..] => (Kind::Ellipsis, 3),
        [b'=', b'=', ..] => (Kind::Equal, 2),
        [b'=', b'>', ..] => (Kind::Arrow, 2),
        [b'!', b'=', ..] => (Kind::NotEqual, 2),
        [b'>', b'=', ..] => (Kind::GreaterOrEqual, 2),
        [b'<', b'=', ..] => (Kind::LessOrEqual, 2),
        [b'&', b'&', ..] => (Kind::And, 2),
        [b'|', b'|', ..] => (Kind::Or, 2),
        [b':', b':', ..] => (Kind::DoubleColon, 2),
        [b'=', ..] => (Kind::Assign, 1),
        [b'.', ..] => (Kind::Dot, 1),
        [b',', ..] => (Kind::Comma, 1),
        [b'[', ..] => (Kind::OpenBracket, 1),
        [b']', ..] => (Kind::CloseBracket, 1),
        [b'(', ..] => (Kind::OpenParen, 1),
        [b')', ..] => (Kind::CloseParen, 1),
        [b'!', ..] => (Kind::Not, 1),
        [b'<', ..] => (Kind::Less, 1),
        [b'>', ..] => (Kind::Greater, 1),
        [b'+', ..] => (Kind::Plus, 1),
        [b'-', ..] => (Kind::Minus, 1),
        [b'*', ..] => (Kind::Star, 1),
        [b'/', ..] => (Kind::Slash, 1),
        [b'%', ..] => (Kind::Percent, 1),
        [b'?', ..] => (Kind::Question, 1),
        [b':', ..] => (Kind::Colon, 1),
        _ => return None,
    };
    Some(found)
}
