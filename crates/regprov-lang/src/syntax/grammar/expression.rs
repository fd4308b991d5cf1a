//! Expressions. Which operator binds closer does not matter to whether they are well formed.

use super::{Checked, Grammar, Mistake, literal};
use crate::syntax::{Kind, Token};

impl Grammar<'_> {
    /// An expression, conditionals included.
    pub(super) fn expression(&mut self) -> Checked {
        loop {
            self.operands()?;
            if self.take(Kind::Question).is_none() {
                return Ok(());
            }
            let newlines = self.newlines;
            self.within(newlines, Self::expression)?;
            if self.take(Kind::Colon).is_none() {
                return Err(self.mistake("A conditional is `condition ? value : other`: the `:` is missing."));
            }
        }
    }

    fn operands(&mut self) -> Checked {
        loop {
            self.operand()?;
            if !is_operator(self.peek().kind) {
                return Ok(());
            }
            self.read();
        }
    }

    fn operand(&mut self) -> Checked {
        while matches!(self.peek().kind, Kind::Minus | Kind::Not) {
            self.read();
        }
        self.term()?;
        self.traversals()
    }

    fn term(&mut self) -> Checked {
        let next = self.peek();
        match next.kind {
            Kind::OpenParen => {
                self.read();
                self.within(false, |this| {
                    this.expression()?;
                    this.close(Kind::CloseParen, next, "A `)` is needed here.")
                })
            }
            Kind::Number => {
                self.read();
                self.number(next)
            }
            Kind::Name => {
                self.read();
                match self.peek().kind {
                    Kind::OpenParen | Kind::DoubleColon => self.call(next),
                    _ => Ok(()),
                }
            }
            Kind::OpenQuote => self.template(Kind::CloseQuote),
            Kind::OpenHeredoc => self.template(Kind::CloseHeredoc),
            Kind::OpenBracket => {
                self.read();
                self.within(false, |this| this.tuple(next))
            }
            Kind::OpenBrace => {
                self.read();
                self.object(next)
            }
            Kind::End => Err(self.mistake("The text ends where a value is needed.")),
            Kind::Newline => Err(self.mistake(
                "A value is needed before the end of the line. Parentheses allow an expression to go on on the next one.",
            )),
            _ => Err(self.mistake("A value is needed here.")),
        }
    }

    fn number(&self, token: Token) -> Checked {
        if literal::is_number(self.text(token)) {
            return Ok(());
        }
        Err(Mistake::new(token.range(), "This is no number."))
    }

    /// Reads the closing bracket of `open`.
    fn close(&mut self, kind: Kind, open: Token, sentence: &str) -> Checked {
        if self.take(kind).is_some() {
            return Ok(());
        }
        Err(self.mistake(sentence).related(open.range(), "it is opened here"))
    }

    fn call(&mut self, name: Token) -> Checked {
        while self.take(Kind::DoubleColon).is_some() {
            if self.take(Kind::Name).is_none() {
                return Err(self.mistake("The name of a function is needed behind `::`."));
            }
        }
        let Some(open) = self.take(Kind::OpenParen) else {
            return Err(self
                .mistake("A function is called with its arguments in parentheses: `(` is missing.")
                .related(name.range(), "the name begins here"));
        };
        self.within(false, |this| this.arguments(open))
    }

    fn arguments(&mut self, open: Token) -> Checked {
        while self.take(Kind::CloseParen).is_none() {
            self.expression()?;
            match self.peek().kind {
                Kind::CloseParen => {}
                Kind::Comma => {
                    self.read();
                }
                Kind::Ellipsis => {
                    self.read();
                    return self.close(
                        Kind::CloseParen,
                        open,
                        "Behind `...` the arguments end: `)` is needed here.",
                    );
                }
                Kind::End => {
                    return self.close(Kind::CloseParen, open, "The text ends before the `)` of a call.");
                }
                _ => return Err(self.mistake("A comma is needed between two arguments of a call.")),
            }
        }
        Ok(())
    }

    fn tuple(&mut self, open: Token) -> Checked {
        if self.is_word(self.peek(), "for") {
            return self.for_expression(open, Kind::CloseBracket);
        }
        while self.take(Kind::CloseBracket).is_none() {
            self.expression()?;
            match self.peek().kind {
                Kind::CloseBracket => {}
                Kind::Comma => {
                    self.read();
                }
                Kind::End => {
                    return self.close(
                        Kind::CloseBracket,
                        open,
                        "The text ends before the `]` of a list.",
                    );
                }
                _ => return Err(self.mistake("A comma is needed between two elements of a list.")),
            }
        }
        Ok(())
    }

    fn object(&mut self, open: Token) -> Checked {
        let is_for = self.within(false, |this| Ok(this.is_word(this.peek(), "for")))?;
        if is_for {
            return self.within(false, |this| this.for_expression(open, Kind::CloseBrace));
        }
        self.within(true, |this| {
            while this.take(Kind::CloseBrace).is_none() {
                if this.take(Kind::Newline).is_none() {
                    this.entry(open)?;
                }
            }
            Ok(())
        })
    }

    fn entry(&mut self, open: Token) -> Checked {
        self.expression()?;
        match self.peek().kind {
            Kind::Assign | Kind::Colon => {
                self.read();
            }
            Kind::End => {
                return self.close(
                    Kind::CloseBrace,
                    open,
                    "The text ends before the `}` of an object.",
                );
            }
            Kind::Newline | Kind::Comma => {
                return Err(self.mistake("An element of an object is `key = value`: the value is missing."));
            }
            _ => {
                return Err(self.mistake(
                    "An element of an object is `key = value`: `=` is missing. A key with dots or blanks stands in quotes.",
                ));
            }
        }
        self.expression()?;
        match self.peek().kind {
            Kind::CloseBrace => Ok(()),
            Kind::Comma | Kind::Newline => {
                self.read();
                Ok(())
            }
            Kind::End => self.close(
                Kind::CloseBrace,
                open,
                "The text ends before the `}` of an object.",
            ),
            _ => Err(self.mistake("A newline or a comma is needed between two elements of an object.")),
        }
    }

    /// `for` and what follows, up to the closing bracket.
    fn for_expression(&mut self, open: Token, close: Kind) -> Checked {
        self.read();
        self.for_header()?;
        if self.take(Kind::Colon).is_none() {
            return Err(self.mistake("A `:` is needed behind the collection of `for`."));
        }
        self.expression()?;
        let arrow = self.peek();
        let makes_object = self.take(Kind::Arrow).is_some();
        if makes_object {
            self.expression()?;
        }
        let ellipsis = self.take(Kind::Ellipsis);
        if self.is_word(self.peek(), "if") {
            self.read();
            self.expression()?;
        }
        self.close(
            close,
            open,
            "The `for` is complete before this: its closing bracket is needed here.",
        )?;
        let wrong = match (close, makes_object, ellipsis) {
            (Kind::CloseBrace, false, _) => Some((
                arrow,
                "`for` in braces makes an object: `key => value` is needed.",
            )),
            (Kind::CloseBracket, true, _) => Some((
                arrow,
                "`for` in brackets makes a list: it has no `key =>`. Use braces for an object.",
            )),
            (Kind::CloseBracket, _, Some(token)) => Some((
                token,
                "`...` groups the values of an object; `for` in brackets makes a list.",
            )),
            _ => None,
        };
        match wrong {
            None => Ok(()),
            Some((token, sentence)) => {
                Err(Mistake::new(token.range(), sentence).related(open.range(), "it begins here"))
            }
        }
    }

    /// `value in collection`, or `key, value in collection`.
    pub(super) fn for_header(&mut self) -> Checked {
        let name = "The name of a variable is needed here: `for value in collection`, or `for key, value in collection`.";
        if self.take(Kind::Name).is_none() {
            return Err(self.mistake(name));
        }
        if self.take(Kind::Comma).is_some() && self.take(Kind::Name).is_none() {
            return Err(self.mistake(name));
        }
        if !self.is_word(self.peek(), "in") {
            return Err(self.mistake("The word `in` is needed here: `for value in collection`."));
        }
        self.read();
        self.expression()
    }

    /// Attributes, indexes and splats behind a term.
    fn traversals(&mut self) -> Checked {
        loop {
            match self.peek().kind {
                Kind::Dot => {
                    self.read();
                    if self.take(Kind::Star).is_some() {
                        self.attribute_splat()?;
                    } else {
                        self.attribute()?;
                    }
                }
                Kind::OpenBracket => {
                    let open = self.read();
                    if self.take(Kind::Star).is_some() {
                        self.close(Kind::CloseBracket, open, "The `]` of `[*]` is needed here.")?;
                    } else {
                        self.within(false, |this| {
                            this.expression()?;
                            this.close(Kind::CloseBracket, open, "The `]` of an index is needed here.")
                        })?;
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn attribute_splat(&mut self) -> Checked {
        while self.take(Kind::Dot).is_some() {
            if self.peek().kind == Kind::Star {
                return Err(self.mistake("One `.*` cannot follow another. Use `[*]`, which can."));
            }
            self.attribute()?;
        }
        Ok(())
    }

    fn attribute(&mut self) -> Checked {
        let next = self.peek();
        match next.kind {
            Kind::Name => {
                self.read();
                Ok(())
            }
            Kind::Number if self.text(next).contains(&b'.') => Err(self.mistake(
                "Two indexes cannot be written with dots: write them in brackets, such as `[0][1]`.",
            )),
            Kind::Number => {
                self.read();
                self.number(next)
            }
            _ => Err(self.mistake("The name of an attribute is needed behind the dot.")),
        }
    }
}

const fn is_operator(kind: Kind) -> bool {
    use Kind as K;
    matches!(
        kind,
        K::Or
            | K::And
            | K::Equal
            | K::NotEqual
            | K::Greater
            | K::GreaterOrEqual
            | K::Less
            | K::LessOrEqual
            | K::Plus
            | K::Minus
            | K::Star
            | K::Slash
            | K::Percent
    )
}
