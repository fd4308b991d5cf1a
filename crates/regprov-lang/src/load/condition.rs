//! `precondition`, `postcondition`, `validation` and `assert` blocks.

use super::meta::missing_argument;
use crate::raw::{RawBlock, RawBody, problem};
use crate::{Condition, Expr, ResourceName, Subject, codes};
use regprov_diag::{Diagnostic, Diagnostics};

/// What conditions are about.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    /// A block, which its own conditions refer to as `self`.
    Block(&'a ResourceName),
    /// A variable, which its validation must refer to.
    Variable(&'a str),
    /// Anything else.
    Other,
}

/// Takes the conditions of a kind out of a body.
pub(super) fn conditions(
    body: &mut RawBody,
    kind: &str,
    about: About<'_>,
    found: &mut Diagnostics,
) -> Vec<Condition> {
    let blocks = body.take_blocks(kind, 0, found);
    let read = blocks
        .into_iter()
        .filter_map(|block| condition(block, kind, about, found));
    read.collect()
}

fn condition(
    mut block: RawBlock,
    kind: &str,
    about: About<'_>,
    found: &mut Diagnostics,
) -> Option<Condition> {
    let (condition, message) = (block.body.take("condition"), block.body.take("error_message"));
    let what = format!("a `{kind}` block");
    block.body.finish(&what, &["condition", "error_message"], found);
    for (name, given) in [("condition", &condition), ("error_message", &message)] {
        if given.is_none() {
            found.push(missing_argument(name, &what, block.span));
        }
    }
    let mut compiled = Diagnostics::new();
    let condition = condition?.expr.compile(&mut compiled);
    let message = message?.expr.compile(&mut compiled);
    if !compiled.has_errors() {
        says_something(&condition, kind, about, found);
        for expr in [&condition, &message] {
            not_about_itself(expr, kind, about, found);
        }
    }
    found.extend(compiled);
    Some(Condition {
        condition,
        error_message: message,
        span: block.span,
    })
}

/// A condition that refers to nothing is always the same.
fn says_something(condition: &Expr, kind: &str, about: About<'_>, found: &mut Diagnostics) {
    let (summary, detail) = match about {
        About::Variable(name) => {
            let refers = |reference: &crate::Reference| matches!(&reference.subject, Subject::Variable(other) if **other == *name);
            if condition.references().iter().any(refers) {
                return;
            }
            let detail = format!(
                "The condition of the variable `{name}` must refer to `var.{name}`, or it does not test what is given."
            );
            ("Invalid variable validation condition".to_owned(), detail)
        }
        About::Block(_) | About::Other => {
            if !condition.references().is_empty() {
                return;
            }
            let detail = "The condition refers to nothing, so it is always the same. It must refer to at least one object of the configuration.";
            (format!("Invalid {kind} expression"), detail.to_owned())
        }
    };
    found.push(
        Diagnostic::error(&codes::CONDITION, summary)
            .at(condition.span())
            .detail(detail),
    );
}

fn not_about_itself(expr: &Expr, kind: &str, about: About<'_>, found: &mut Diagnostics) {
    let About::Block(own) = about else { return };
    let to_itself = |reference: &&crate::Reference| matches!(&reference.subject, Subject::Resource { resource, .. } if resource == own);
    if let Some(reference) = expr.references().iter().find(to_itself) {
        let help = match kind {
            "postcondition" => "Refer to the object as `self`.",
            _ => {
                "A precondition is checked before the object exists; refer to what it is made from, or use a `postcondition` with `self`."
            }
        };
        let detail = format!("A condition of `{own}` cannot refer to `{own}` by its name.");
        found.push(
            Diagnostic::error(&codes::REFERENCE, format!("Invalid reference in {kind}"))
                .at(reference.span)
                .detail(detail)
                .help(help),
        );
    }
}

/// Refuses conditions in override files.
pub(super) fn refuse_overrides(change: &RawBlock, found: &mut Diagnostics) {
    let inner = change.body.blocks.iter();
    let lifecycle = inner.clone().filter(|block| &*block.kind == "lifecycle");
    let nested = lifecycle.flat_map(|block| &block.body.blocks);
    for block in inner.chain(nested) {
        if ["precondition", "postcondition", "validation", "assert"].contains(&&*block.kind) {
            let detail = format!(
                "An override file cannot change a `{}` block; change it where it is declared.",
                block.kind
            );
            found.push(problem(&codes::OVERRIDE, block.span, detail));
        }
    }
}
