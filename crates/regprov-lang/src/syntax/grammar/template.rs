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
                    return Err(Self::unclosed(open));
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
                    _ => return Err(Self::unclosed(open)),
                }
                this.at += 1;
            }
            this.at += 1;
            let Some((directive, kind)) = directives.pop() else {
                return Ok(());
            };
            let sentence = match kind {
                Open::If { .. } => "The `%{ endif }` of this `%{ if }` is missing.",
                Open::For => "The `%{ endfor }` of this `%{ for }` is missing.",
            };
            Err(Mistake::new(directive.range(), sentence))
        })
    }

    fn unclosed(open: Token) -> Mistake {
        let sentence = match open.kind {
            Kind::OpenHeredoc => {
                "The end of this heredoc is missing: its marker, on a line of its own that ends with a newline."
            }
            _ => "The `\"` that closes this text is missing.",
        };
        Mistake::new(open.range(), sentence)
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
