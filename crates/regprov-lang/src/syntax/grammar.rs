//! Whether tokens make a file: Terraform's grammar, told apart to the token.
//!
//! It builds no tree. It only says where the first mistake is, so that what is refused, and what is said about it, does not
//! hang on the parser that builds the tree.

mod expression;
mod literal;
mod template;

use super::{Kind, Token};
use crate::codes;
use regprov_diag::Code;
use std::collections::HashMap;
use std::ops::Range;

/// How deep blocks, brackets and templates may nest.
const DEPTH: usize = 256;

/// The first mistake of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) at: Range<usize>,
    /// What was opened and not closed, or what it contradicts.
    pub(crate) related: Option<(Range<usize>, &'static str)>,
    /// What is wrong and what to do, as a sentence.
    pub(crate) sentence: String,
    pub(crate) code: &'static Code,
}

impl Mistake {
    fn new(at: Range<usize>, sentence: impl Into<String>) -> Self {
        Self {
            at,
            related: None,
            sentence: sentence.into(),
            code: &codes::SYNTAX,
        }
    }

    fn related(mut self, range: Range<usize>, note: &'static str) -> Self {
        self.related = Some((range, note));
        self
    }
}

type Checked<T = ()> = Result<T, Mistake>;

/// The arguments of a body, and where they are named.
type Names<'a> = HashMap<&'a [u8], Token>;

/// An argument that a body sets twice: the places of both names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeat {
    pub(crate) at: Range<usize>,
    pub(crate) first: Range<usize>,
}

/// Checks a file; answers the first argument that is set twice, which does not keep the file from being read.
pub(crate) fn check_file(source: &[u8], tokens: &[Token]) -> Checked<Option<Repeat>> {
    let mut grammar = Grammar::new(source, tokens);
    grammar.characters()?;
    grammar.body(None)?;
    Ok(grammar.repeat)
}

/// Checks a text that is one expression.
pub(crate) fn check_expression(source: &[u8], tokens: &[Token]) -> Checked {
    let mut grammar = Grammar::new(source, tokens);
    grammar.newlines = false;
    grammar.characters()?;
    grammar.expression()?;
    match grammar.peek().kind {
        Kind::End => Ok(()),
        _ => Err(grammar.mistake("The expression is complete before this: an operator may be missing.")),
    }
}

struct Grammar<'a> {
    source: &'a [u8],
    tokens: &'a [Token],
    at: usize,
    /// Whether a line end is a token here. It is none within brackets, but for the braces of an object.
    newlines: bool,
    depth: usize,
    repeat: Option<Repeat>,
}

impl<'a> Grammar<'a> {
    const fn new(source: &'a [u8], tokens: &'a [Token]) -> Self {
        Self {
            source,
            tokens,
            at: 0,
            newlines: true,
            depth: 0,
            repeat: None,
        }
    }

    /// The place of the next token that counts. A comment that ends its line is a line end.
    fn next_place(&self) -> usize {
        let mut at = self.at;
        while let Some(token) = self.tokens.get(at) {
            match token.kind {
                Kind::Newline if !self.newlines => {}
                Kind::Comment if !self.newlines || !token.ends_line(self.source) => {}
                _ => break,
            }
            at += 1;
        }
        at
    }

    fn peek(&self) -> Token {
        let place = self.next_place().min(self.tokens.len() - 1);
        let token = self.tokens[place];
        match token.kind {
            Kind::Comment => token.of_kind(Kind::Newline),
            _ => token,
        }
    }

    fn read(&mut self) -> Token {
        let token = self.peek();
        self.at = self.next_place() + 1;
        token
    }

    /// Reads the next token where it is of this kind.
    fn take(&mut self, kind: Kind) -> Option<Token> {
        (self.peek().kind == kind).then(|| self.read())
    }

    fn text(&self, token: Token) -> &'a [u8] {
        token.bytes(self.source)
    }

    fn is_word(&self, token: Token, word: &str) -> bool {
        token.kind == Kind::Name && self.text(token) == word.as_bytes()
    }

    /// A mistake at the next token.
    fn mistake(&self, sentence: impl Into<String>) -> Mistake {
        Mistake::new(self.peek().range(), sentence)
    }

    /// Runs a part in which line ends count, or do not.
    fn within<T>(&mut self, newlines: bool, part: impl FnOnce(&mut Self) -> Checked<T>) -> Checked<T> {
        if self.depth >= DEPTH {
            return Err(Mistake {
                code: &codes::NESTING,
                ..self.mistake(format!(
                    "Brackets, braces, templates and blocks stand in each other more than {DEPTH} deep. Give the inner parts names of their own with `locals`."
                ))
            });
        }
        let around = std::mem::replace(&mut self.newlines, newlines);
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        self.newlines = around;
        result
    }

    /// Characters that no file may hold, wherever they stand.
    fn characters(&self) -> Checked {
        let wrong = self.tokens.iter().find(|token| {
            matches!(
                token.kind,
                Kind::Invalid | Kind::BadEncoding | Kind::QuotedNewline
            )
        });
        match wrong {
            None => Ok(()),
            Some(token) => Err(Mistake::new(
                token.range(),
                literal::about_character(*token, self.source),
            )),
        }
    }

    /// The arguments and blocks up to the closing brace of `open`, or to the end of the file.
    fn body(&mut self, open: Option<Token>) -> Checked {
        let mut names = HashMap::new();
        loop {
            let next = self.peek();
            match next.kind {
                Kind::Newline => {
                    self.read();
                }
                Kind::Name => self.item(&mut names)?,
                Kind::End if open.is_none() => return Ok(()),
                Kind::CloseBrace if open.is_some() => {
                    self.read();
                    return Ok(());
                }
                Kind::End => {
                    let place = open.map_or(next, |open| open).range();
                    return Err(Mistake::new(
                        place,
                        "The `}` that closes this block is missing, or one of those within it.",
                    ));
                }
                Kind::OpenQuote => {
                    return Err(self.mistake("The name of an argument or a block stands without quotes."));
                }
                Kind::CloseBrace => {
                    return Err(self.mistake("This `}` closes nothing: there is one too many."));
                }
                _ => return Err(self.mistake("An argument (`name = value`) or a block is needed here.")),
            }
        }
    }

    fn item(&mut self, names: &mut Names<'a>) -> Checked {
        let name = self.read();
        match self.peek().kind {
            Kind::Assign => {
                self.argument(name, names)?;
                self.line_end("argument", name)
            }
            Kind::OpenQuote | Kind::OpenBrace | Kind::Name => {
                self.block(name)?;
                self.line_end("block", name)
            }
            _ => {
                let written = String::from_utf8_lossy(self.text(name)).into_owned();
                Err(self.mistake(format!(
                    "`{written}` must be followed by `=` and a value, or by the labels and the `{{` of a block."
                )))
            }
        }
    }

    fn argument(&mut self, name: Token, names: &mut Names<'a>) -> Checked {
        self.read();
        self.expression()?;
        if let Some(first) = names.insert(self.text(name), name) {
            self.repeat.get_or_insert(Repeat {
                at: name.range(),
                first: first.range(),
            });
        }
        Ok(())
    }

    fn line_end(&mut self, what: &'static str, name: Token) -> Checked {
        match self.peek().kind {
            Kind::Newline | Kind::End => {
                if self.peek().kind == Kind::Newline {
                    self.read();
                }
                Ok(())
            }
            Kind::Comma => Err(self.mistake(format!(
                "Each {what} stands on a line of its own, and no comma follows it."
            ))),
            _ => Err(self
                .mistake(format!(
                    "A newline is needed here: the {what} before this is complete."
                ))
                .related(name.range(), "it begins here")),
        }
    }

    fn block(&mut self, name: Token) -> Checked {
        let open = loop {
            match self.peek().kind {
                Kind::OpenBrace => break self.read(),
                Kind::OpenQuote => self.label()?,
                Kind::Name => {
                    self.read();
                }
                Kind::Assign => {
                    return Err(
                        self.mistake("A block is written without `=`, and an argument without labels.")
                    );
                }
                Kind::Newline => {
                    return Err(self.mistake("The `{` of a block stands on the same line as its type."));
                }
                _ => {
                    return Err(self
                        .mistake("A label in quotes or the `{` of the block is needed here.")
                        .related(name.range(), "the block begins here"));
                }
            }
        };
        match self.peek().kind {
            Kind::Newline | Kind::End | Kind::CloseBrace => self.within(true, |this| this.body(Some(open))),
            _ => self.line_block(),
        }
    }

    /// The rest of `name { argument = value }`.
    fn line_block(&mut self) -> Checked {
        let name = self.read();
        if name.kind != Kind::Name || self.peek().kind != Kind::Assign {
            return Err(Mistake::new(
                name.start()..self.peek().end(),
                "A block on one line holds one argument and nothing else.",
            ));
        }
        self.argument(name, &mut HashMap::new())?;
        match self.take(Kind::CloseBrace) {
            Some(_) => Ok(()),
            None => Err(self.mistake(
                "A block on one line holds one argument and is closed on that line. Put each argument on a line of its own.",
            )),
        }
    }

    fn label(&mut self) -> Checked {
        let open = self.read();
        loop {
            let next = self.read();
            match next.kind {
                Kind::CloseQuote => return Ok(()),
                Kind::QuotedText => literal::check_escapes(next, self.source)?,
                Kind::OpenInterpolation | Kind::OpenDirective => {
                    return Err(Mistake::new(
                        next.range(),
                        "A label is a literal text: no interpolation may stand in it.",
                    ));
                }
                _ => {
                    return Err(
                        Mistake::new(next.range(), "The `\"` that closes this text is missing.")
                            .related(open.range(), "the text is opened here"),
                    );
                }
            }
        }
    }
}
