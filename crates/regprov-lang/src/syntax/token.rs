//! A token: its kind and where it stands.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    /// `${`, or `${~`.
    OpenInterpolation,
    /// `%{`, or `%{~`.
    OpenDirective,
    /// The `}` or `~}` of an interpolation or directive.
    CloseSequence,
    OpenQuote,
    CloseQuote,
    /// `<<MARKER` with its newline.
    OpenHeredoc,
    /// The marker at the end, with the blanks before it and without its newline.
    CloseHeredoc,
    /// Text in quotes, escapes included.
    QuotedText,
    /// Text in a heredoc.
    HeredocText,
    Number,
    Name,
    /// A comment; those to the end of a line hold its newline.
    Comment,
    Newline,
    /// `=`
    Assign,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Not,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Dot,
    Comma,
    Question,
    Colon,
    DoubleColon,
    Ellipsis,
    Arrow,
    /// A newline inside quotes.
    QuotedNewline,
    /// Bytes that are not UTF-8, outside of a comment.
    BadEncoding,
    /// What no rule takes.
    Invalid,
    /// The end of the file.
    End,
}

impl Kind {
    /// How the kind changes the number of open brackets; quotes are none.
    pub(crate) const fn nesting(self) -> i32 {
        match self {
            Self::OpenBrace
            | Self::OpenBracket
            | Self::OpenParen
            | Self::OpenInterpolation
            | Self::OpenDirective => 1,
            Self::CloseBrace | Self::CloseBracket | Self::CloseParen | Self::CloseSequence => -1,
            _ => 0,
        }
    }
}

/// A piece of a file. Files have one for every three bytes or so, and [`lex`](super::lex) bounds their size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    start: u32,
    end: u32,
}

impl Token {
    pub(crate) fn new(kind: Kind, range: Range<usize>) -> Self {
        let place =
            |at: usize| u32::try_from(at).expect("files beyond the limit are not divided into tokens");
        Self {
            kind,
            start: place(range.start),
            end: place(range.end),
        }
    }

    /// The same place, as another kind.
    pub(crate) const fn of_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) const fn start(&self) -> usize {
        self.start as usize
    }

    pub(crate) const fn end(&self) -> usize {
        self.end as usize
    }

    pub(crate) const fn range(&self) -> Range<usize> {
        self.start()..self.end()
    }

    pub(crate) fn bytes<'a>(&self, source: &'a [u8]) -> &'a [u8] {
        source.get(self.range()).unwrap_or_default()
    }

    /// Whether the token ends its line: a newline, or a comment up to one.
    pub(crate) fn ends_line(&self, source: &[u8]) -> bool {
        match self.kind {
            Kind::Newline => true,
            Kind::Comment => self.bytes(source).last() == Some(&b'\n'),
            _ => false,
        }
    }
}
