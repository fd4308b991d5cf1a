//! Templates: interpolations, directives and trimming.

use super::{Compiler, Names};
use crate::expr::{For, ForForm, Kind, Node};
use crate::raw::{Origin, problem};
use crate::{Expr, codes};
use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip};
use regprov_diag::{Diagnostics, Span};
use regprov_value::Value;

/// How far a `~` trims the literal text beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// All of it (quoted templates).
    Whole,
    /// To the end of the line (heredocs and files).
    Split,
    /// To the end of the line, and the common indentation goes (`<<-` heredocs).
    Flush,
}

/// Compiles the text of a template call, in which only these names can be seen.
pub(crate) fn compile_template(
    text: &str,
    name: &str,
    names: &Names,
    span: Span,
) -> Result<Expr, Diagnostics> {
    let parsed = hcl_edit::parser::parse_template(text).map_err(|error| {
        let at = error.location();
        let detail = format!(
            "The template {name} cannot be read at line {}, column {}: {}.",
            at.line(),
            at.column(),
            error.message()
        );
        problem(&codes::SYNTAX, span, detail)
    })?;
    let mut found = Diagnostics::new();
    let mut names = names.clone();
    let mut compiler = Compiler::new(Origin::fixed(span), &mut names, &mut found);
    compiler.template = Some(name);
    let node = compiler.elements(parsed.iter(), span, Line::Split);
    let references = std::mem::take(&mut compiler.references);
    let provider_calls = std::mem::take(&mut compiler.provider_calls);
    if found.has_errors() {
        Err(found)
    } else {
        Ok(Expr::new(node, references).with_provider_calls(provider_calls))
    }
}

impl Compiler<'_> {
    /// Compiles a template.
    pub(super) fn elements<'e>(
        &mut self,
        elements: impl Iterator<Item = &'e Element>,
        span: Span,
        line: Line,
    ) -> Node {
        let elements: Vec<&Element> = elements.collect();
        if let [Element::Interpolation(only)] = elements.as_slice() {
            return self.node(&only.expr);
        }
        let mut pieces = Vec::new();
        flatten(&elements, (false, false), line, &mut pieces);
        if line == Line::Flush {
            dedent(&mut pieces);
        }
        let mut literals = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Literal(lines) => Some(lines.concat()),
            Piece::Other => None,
        });
        self.parts(&elements, span, &mut literals)
    }

    /// Compiles elements whose literals come, trimmed, from the queue.
    fn parts(
        &mut self,
        elements: &[&Element],
        span: Span,
        literals: &mut dyn Iterator<Item = String>,
    ) -> Node {
        let mut nodes: Vec<Node> = Vec::with_capacity(elements.len());
        for element in elements {
            let span = self.span_of(*element);
            nodes.push(match element {
                Element::Literal(_) => {
                    let text = literals.next().unwrap_or_default();
                    Node {
                        kind: Kind::Literal(Value::string(text)),
                        span,
                    }
                }
                Element::Interpolation(interpolation) => self.node(&interpolation.expr),
                Element::Directive(directive) => match &**directive {
                    Directive::If(directive) => self.if_directive(directive, span, literals),
                    Directive::For(directive) => self.for_directive(directive, span, literals),
                },
            });
        }
        match nodes.as_slice() {
            [] => Node {
                kind: Kind::Literal(Value::from("")),
                span,
            },
            [
                Node {
                    kind: Kind::Literal(text),
                    ..
                },
            ] if text.as_str().is_some() => Node {
                kind: Kind::Literal(text.clone()),
                span,
            },
            _ => Node {
                kind: Kind::Template(nodes),
                span,
            },
        }
    }

    fn if_directive(
        &mut self,
        directive: &IfDirective,
        span: Span,
        literals: &mut dyn Iterator<Item = String>,
    ) -> Node {
        let condition = self.node(&directive.if_expr.cond_expr);
        let yes: Vec<&Element> = directive.if_expr.template.iter().collect();
        let yes = self.tolerantly(|this| this.parts(&yes, span, literals));
        let no: Vec<&Element> = directive
            .else_expr
            .iter()
            .flat_map(|other| other.template.iter())
            .collect();
        let no = self.tolerantly(|this| this.parts(&no, span, literals));
        Node {
            kind: Kind::Conditional(Box::new([condition, yes, no])),
            span,
        }
    }

    fn for_directive(
        &mut self,
        directive: &ForDirective,
        span: Span,
        literals: &mut dyn Iterator<Item = String>,
    ) -> Node {
        let intro = &directive.for_expr;
        let collection = self.node(&intro.collection_expr);
        self.bind(
            intro.key_var.as_ref().map(|name| name.value().as_str()),
            intro.value_var.value().as_str(),
        );
        let inner: Vec<&Element> = intro.template.iter().collect();
        let value = self.parts(&inner, span, literals);
        self.unbind();
        let body = For {
            collection,
            key: None,
            value,
            condition: None,
            grouping: false,
            form: ForForm::Text,
        };
        Node {
            kind: Kind::For(Box::new(body)),
            span,
        }
    }
}

/// The tokens of a template in the order written, directives and what is in them side by side.
enum Piece {
    /// A literal, by lines.
    Literal(Vec<String>),
    /// An interpolation, or the start, middle or end of a directive.
    Other,
}

/// Flattens a template and trims its literals; `trim` says whether its ends are trimmed from outside.
fn flatten(elements: &[&Element], trim: (bool, bool), line: Line, pieces: &mut Vec<Piece>) {
    for (index, element) in elements.iter().enumerate() {
        match element {
            Element::Literal(text) => {
                let before = index.checked_sub(1).and_then(|index| elements.get(index));
                let left = before.map_or(trim.0, |element| strips(element).1);
                let right = elements
                    .get(index + 1)
                    .map_or(trim.1, |element| strips(element).0);
                pieces.push(Piece::Literal(trimmed(text.value(), (left, right), line)));
            }
            Element::Interpolation(_) => pieces.push(Piece::Other),
            Element::Directive(directive) => {
                pieces.push(Piece::Other);
                match &**directive {
                    Directive::If(directive) => {
                        let end = starts(directive.endif_expr.strip);
                        let middle = directive
                            .else_expr
                            .as_ref()
                            .map_or(end, |other| starts(other.strip));
                        let inner: Vec<&Element> = directive.if_expr.template.iter().collect();
                        flatten(&inner, (ends(directive.if_expr.strip), middle), line, pieces);
                        if let Some(other) = &directive.else_expr {
                            pieces.push(Piece::Other);
                            let inner: Vec<&Element> = other.template.iter().collect();
                            flatten(&inner, (ends(other.strip), end), line, pieces);
                        }
                    }
                    Directive::For(directive) => {
                        let inner: Vec<&Element> = directive.for_expr.template.iter().collect();
                        let trim = (
                            ends(directive.for_expr.strip),
                            starts(directive.endfor_expr.strip),
                        );
                        flatten(&inner, trim, line, pieces);
                    }
                }
                pieces.push(Piece::Other);
            }
        }
    }
}

/// Takes the common indentation off the lines of a `<<-` heredoc. Lines of nothing but space do not count; a line whose
/// start was trimmed away joins the line before it.
fn dedent(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut line_start = true;
    for piece in pieces.iter() {
        match piece {
            Piece::Literal(lines) => {
                for line in lines {
                    let blank = line.trim_start().is_empty() && line.ends_with('\n');
                    if line_start && !blank {
                        least = least.min(indentation(line));
                    }
                    line_start = line.ends_with('\n');
                }
            }
            Piece::Other if line_start => {
                least = 0;
                line_start = false;
            }
            Piece::Other => {}
        }
    }
    let mut line_start = true;
    for piece in pieces.iter_mut() {
        match piece {
            Piece::Literal(lines) => {
                for line in lines {
                    let blank = line.trim_start().is_empty() && line.ends_with('\n');
                    let starts_line = std::mem::replace(&mut line_start, line.ends_with('\n'));
                    if starts_line && !blank {
                        *line = line.chars().skip(least).collect();
                    }
                }
            }
            Piece::Other => line_start = false,
        }
    }
}

fn indentation(line: &str) -> usize {
    line.chars()
        .take_while(|character| character.is_whitespace())
        .count()
}

/// Whether an element trims the text before and after it.
fn strips(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(interpolation) => (starts(interpolation.strip), ends(interpolation.strip)),
        Element::Directive(directive) => match &**directive {
            Directive::If(directive) => (starts(directive.if_expr.strip), ends(directive.endif_expr.strip)),
            Directive::For(directive) => (
                starts(directive.for_expr.strip),
                ends(directive.endfor_expr.strip),
            ),
        },
    }
}

fn starts(strip: Strip) -> bool {
    matches!(strip, Strip::Start | Strip::Both)
}

fn ends(strip: Strip) -> bool {
    matches!(strip, Strip::End | Strip::Both)
}

/// Trims a literal. In heredocs and files only its first or last line is trimmed, as Terraform does.
fn trimmed(text: &str, (left, right): (bool, bool), line: Line) -> Vec<String> {
    let mut lines: Vec<&str> = match line {
        Line::Whole => vec![text],
        Line::Split | Line::Flush => text.split_inclusive('\n').collect(),
    };
    if left && let Some(first) = lines.first_mut() {
        *first = first.trim_start();
    }
    if right && let Some(last) = lines.last_mut() {
        *last = last.trim_end();
    }
    lines.into_iter().map(str::to_owned).collect()
}
