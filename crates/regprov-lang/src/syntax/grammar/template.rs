//! Templates: texts in quotes and heredocs, with interpolations and directives.

use super::{Checked, Grammar, Mistake, literal};
use crate::syntax::{Kind, Token};

/// A directive that is open.
enum Open {
    If { has_else: bool },
    For,
}

impl Grammar<'_> {
    /// A template up to its closing token.
    pub(super) fn template(&mut self, close: Kind) -> Checked {
        let open = self.read();
        let newlines = self.newlines;
        self.within(newlines, |this| {
            let mut directives: Vec<(Token, Open)> = Vec::new();
            loop {
                let Some(&next) = this.tokens.get(this.at) else {
                    return Err(Self::unclosed(open, open));
                };
                match next.kind {
                    Kind::QuotedText => literal::check_escapes(next, this.source)?,
                    Kind::HeredocText => {}
                    Kind::OpenInterpolation => {
                        this.at += 1;
                        this.within(false, |this| this.interpolation(next))?;
                        continue;
                    }
                    Kind::OpenDirective => {
                        this.at += 1;
                        this.within(false, |this| this.directive(next, &mut directives))?;
                        continue;
                    }
                    kind if kind == close => break,
                    _ => return Err(Self::unclosed(open, next)),
                }
                this.at += 1;
            }
            let end = this.read();
            let Some((directive, kind)) = directives.pop() else {
                return Ok(());
            };
            let sentence = match kind {
                Open::If { .. } => "The text ends here, and the `%{ endif }` of its `%{ if }` is missing.",
                Open::For => "The text ends here, and the `%{ endfor }` of its `%{ for }` is missing.",
            };
            Err(Mistake::new(end.range(), sentence).related(directive.range(), "it is opened here"))
        })
    }

    fn unclosed(open: Token, end: Token) -> Mistake {
        let (sentence, opened) = match open.kind {
            Kind::OpenHeredoc => (
                "The file ends here, and the end of a heredoc is missing: its marker, on a line of its own that ends with a newline.",
                "the heredoc begins here",
            ),
            _ => ("The `\"` that closes a text is missing.", "the text begins here"),
        };
        Mistake::new(end.range(), sentence).related(open.range(), opened)
    }

    fn interpolation(&mut self, open: Token) -> Checked {
        self.expression()?;
        self.end_of_sequence(open)
    }

    fn end_of_sequence(&mut self, open: Token) -> Checked {
        if self.take(Kind::CloseSequence).is_some() {
            return Ok(());
        }
        Err(self.mistake("A `}` is needed here. To write `${` or `%{` as text, double the first character: `$${`, `%%{`.").related(open.range(), "it is opened here"))
    }

    fn directive(&mut self, open: Token, directives: &mut Vec<(Token, Open)>) -> Checked {
        let word = self.peek();
        let known = word.kind == Kind::Name;
        match self.text(word) {
            b"if" if known => {
                self.read();
                self.expression()?;
                directives.push((open, Open::If { has_else: false }));
            }
            b"for" if known => {
                self.read();
                self.for_header()?;
                directives.push((open, Open::For));
            }
            b"else" if known => match directives.last_mut() {
                Some((
                    _,
                    Open::If {
                        has_else: has_else @ false,
                    },
                )) => {
                    *has_else = true;
                    self.read();
                }
                _ => return Err(self.mistake("There is no `%{ if }` that this `else` belongs to.")),
            },
            b"endif" if known => match directives.last() {
                Some((_, Open::If { .. })) => {
                    directives.pop();
                    self.read();
                }
                _ => return Err(self.mistake("There is no `%{ if }` that this `endif` ends.")),
            },
            b"endfor" if known => match directives.last() {
                Some((_, Open::For)) => {
                    directives.pop();
                    self.read();
                }
                _ => return Err(self.mistake("There is no `%{ for }` that this `endfor` ends.")),
            },
            _ => {
                return Err(self.mistake(
                    "`if`, `else`, `endif`, `for` or `endfor` is needed behind `%{`. To write `%{` as text, double it: `%%{`.",
                ));
            }
        }
        self.end_of_sequence(open)
    }
}
