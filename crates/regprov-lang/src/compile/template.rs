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
}

/// Compiles the text of a template call, in which only these names can be seen.
pub(crate) fn compile_template(text: &str, name: &str, names: &Names, span: Span) -> Result<Expr, Diagnostics> {
    let parsed = hcl_edit::parser::parse_template(text).map_err(|error| {
        let at = error.location();
        let detail = format!("The template {name} cannot be read at line {}, column {}: {}.", at.line(), at.column(), error.message());
        problem(&codes::SYNTAX, span, detail)
    })?;
    let mut found = Diagnostics::new();
    let mut names = names.clone();
    let mut compiler = Compiler::new(Origin::fixed(span), &mut names, &mut found);
    compiler.template = Some(name);
    let node = compiler.elements(parsed.iter(), span, (false, false), Line::Split);
    let references = std::mem::take(&mut compiler.references);
    if found.has_errors() { Err(found) } else { Ok(Expr::new(node, references)) }
}

impl Compiler<'_> {
    /// Compiles the elements of a template; `trim` says whether its ends are trimmed from outside.
    pub(super) fn elements<'e>(
        &mut self,
        elements: impl Iterator<Item = &'e Element>,
        span: Span,
        trim: (bool, bool),
        line: Line,
    ) -> Node {
        let elements: Vec<&Element> = elements.collect();
        if let [Element::Interpolation(only)] = elements.as_slice() {
            return self.node(&only.expr);
        }
        let mut nodes: Vec<Node> = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let span = self.span_of(*element);
            match element {
                Element::Literal(text) => {
                    let before = index.checked_sub(1).and_then(|index| elements.get(index));
                    let left = before.map_or(trim.0, |element| strips(element).1);
                    let right = elements.get(index + 1).map_or(trim.1, |element| strips(element).0);
                    let text = trimmed(text.value(), (left, right), line);
                    nodes.push(Node { kind: Kind::Literal(Value::string(text)), span });
                }
                Element::Interpolation(interpolation) => nodes.push(self.node(&interpolation.expr)),
                Element::Directive(directive) => nodes.push(match &**directive {
                    Directive::If(directive) => self.if_directive(directive, span, line),
                    Directive::For(directive) => self.for_directive(directive, span, line),
                }),
            }
        }
        match nodes.as_slice() {
            [] => Node { kind: Kind::Literal(Value::from("")), span },
            [Node { kind: Kind::Literal(text), .. }] if text.as_str().is_some() => {
                Node { kind: Kind::Literal(text.clone()), span }
            }
            _ => Node { kind: Kind::Template(nodes), span },
        }
    }

    fn if_directive(&mut self, directive: &IfDirective, span: Span, line: Line) -> Node {
        let condition = self.node(&directive.if_expr.cond_expr);
        let end = starts(directive.endif_expr.strip);
        let middle = directive.else_expr.as_ref().map_or(end, |other| starts(other.strip));
        let yes = self.text(directive.if_expr.template.iter(), span, (ends(directive.if_expr.strip), middle), line);
        let no = match &directive.else_expr {
            Some(other) => self.text(other.template.iter(), span, (ends(other.strip), end), line),
            None => Node { kind: Kind::Literal(Value::from("")), span },
        };
        Node { kind: Kind::Conditional(Box::new([condition, yes, no])), span }
    }

    fn for_directive(&mut self, directive: &ForDirective, span: Span, line: Line) -> Node {
        let intro = &directive.for_expr;
        let collection = self.node(&intro.collection_expr);
        self.bind(intro.key_var.as_ref().map(|name| name.value().as_str()), intro.value_var.value().as_str());
        let trim = (ends(intro.strip), starts(directive.endfor_expr.strip));
        let value = self.text(intro.template.iter(), span, trim, line);
        self.unbind();
        let body = For { collection, key: None, value, condition: None, grouping: false, form: ForForm::Text };
        Node { kind: Kind::For(Box::new(body)), span }
    }

    /// The inner text of a directive: always a string.
    fn text<'e>(&mut self, elements: impl Iterator<Item = &'e Element>, span: Span, trim: (bool, bool), line: Line) -> Node {
        let node = self.elements(elements, span, trim, line);
        match &node.kind {
            Kind::Template(_) => node,
            Kind::Literal(value) if value.as_str().is_some() => node,
            _ => Node { kind: Kind::Template(vec![node]), span },
        }
    }
}

/// Whether an element trims the text before and after it.
fn strips(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(interpolation) => (starts(interpolation.strip), ends(interpolation.strip)),
        Element::Directive(directive) => match &**directive {
            Directive::If(directive) => (starts(directive.if_expr.strip), ends(directive.endif_expr.strip)),
            Directive::For(directive) => (starts(directive.for_expr.strip), ends(directive.endfor_expr.strip)),
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
fn trimmed(text: &str, (left, right): (bool, bool), line: Line) -> String {
    let mut lines: Vec<&str> = match line {
        Line::Whole => vec![text],
        Line::Split => text.split_inclusive('\n').collect(),
    };
    if left && let Some(first) = lines.first_mut() {
        *first = first.trim_start();
    }
    if right && let Some(last) = lines.last_mut() {
        *last = last.trim_end();
    }
    lines.concat()
}
