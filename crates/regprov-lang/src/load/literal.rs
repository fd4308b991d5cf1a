//! Settings that are read before anything is evaluated, and older ways to write them.

use crate::expr::Node;
use crate::raw::{RawExpr, problem};
use crate::{EmptyScope, Expr, codes};
use hcl_edit::expr::Expression;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_value::Value;

/// What a quoted text stands for, where quotes are an older form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoted {
    Reference,
    Keyword,
}

/// Warns of a reference or keyword in quotes. In JSON syntax there is no other way to write it.
pub(super) fn warn_quoted(raw: &RawExpr, quoted: Quoted, found: &mut Diagnostics) {
    if !is_quoted(raw) {
        return;
    }
    let (summary, what) = match quoted {
        Quoted::Reference => ("Quoted references are deprecated", "reference"),
        Quoted::Keyword => ("Quoted keywords are deprecated", "keyword"),
    };
    let detail = format!("Before Terraform 0.12 this {what} was written in quotes. Remove the quotes.");
    found.push(
        Diagnostic::warning(&codes::DEPRECATED, summary)
            .at(raw.span())
            .detail(detail),
    );
}

/// Whether an expression in native syntax is a text in quotes.
pub(super) fn is_quoted(raw: &RawExpr) -> bool {
    matches!(raw, RawExpr::Hcl(expr, _) if matches!(**expr, Expression::String(_)))
}

/// The value of an expression that may neither refer to anything nor call functions; `what` names the setting.
pub(crate) fn literal(expr: &Expr, what: &str, found: &mut Diagnostics) -> Option<Value> {
    let wrong = match expr.references() {
        [first, ..] => Some((first.span, format!("refers to `{}`", first.subject))),
        [] => call(expr.node()).map(|node| (node.span, "calls a function".to_owned())),
    };
    if let Some((span, wrong)) = wrong {
        let detail = format!(
            "{what} is read before anything is evaluated, so it is written literally, and this {wrong}."
        );
        found.push(problem(&codes::STATIC, span, detail));
        return None;
    }
    found.take(expr.evaluate(&EmptyScope))
}

/// A function call in an expression.
fn call(node: &Node) -> Option<&Node> {
    if node.is_call() {
        return Some(node);
    }
    node.children().into_iter().find_map(call)
}
