//! Arguments that several kinds of blocks share.

use super::literal::{Quoted, warn_quoted};
use crate::compile::Names;
use crate::raw::{Origin, RawAttribute, RawBody, RawExpr, parse_native_expression, problem};
use crate::{Expr, Reference, Spanned, Subject, codes};
use regprov_diag::{Diagnostics, Span};
use std::sync::Arc;

/// `count` and `for_each`, which exclude each other.
pub(super) fn repetition(body: &mut RawBody, found: &mut Diagnostics) -> (Option<Expr>, Option<Expr>) {
    let count = body.take("count");
    let for_each = body.take("for_each");
    if let (Some(count), Some(for_each)) = (&count, &for_each) {
        let detail = "A block has either `count` or `for_each`, not both.";
        found.push(
            problem(&codes::CONFLICT, for_each.name_span, detail)
                .related(count.name_span, "`count` is set here"),
        );
    }
    let mut compile =
        |attribute: Option<RawAttribute>| attribute.map(|attribute| attribute.expr.compile(found));
    (compile(count), compile(for_each))
}

/// `depends_on`: a list of references to whole objects.
pub(super) fn depends_on(body: &mut RawBody, found: &mut Diagnostics) -> Vec<Reference> {
    let Some(attribute) = body.take("depends_on") else {
        return Vec::new();
    };
    let Some(items) = attribute.expr.as_list() else {
        found.push(problem(
            &codes::STATIC,
            attribute.expr.span(),
            "`depends_on` is a list of references, such as `[azurerm_resource_group.main]`.",
        ));
        return Vec::new();
    };
    for item in &items {
        warn_quoted(item, Quoted::Reference, found);
    }
    items.iter().filter_map(|item| waited_for(item, found)).collect()
}

/// A reference to a whole object, or to one instance of it.
fn waited_for(item: &RawExpr, found: &mut Diagnostics) -> Option<Reference> {
    let reference = reference(item, found)?;
    let of_object = matches!(reference.subject, Subject::Resource { .. });
    if of_object && !reference.path.is_root() {
        let detail = format!(
            "One waits for a whole object: `{}`, without an attribute.",
            reference.subject
        );
        found.push(problem(&codes::REFERENCE, item.span(), detail));
        return None;
    }
    Some(reference)
}

/// A reference to an object, written as such or in quotes.
pub(super) fn reference(raw: &RawExpr, found: &mut Diagnostics) -> Option<Reference> {
    let span = raw.span();
    let Some(text) = raw.as_written() else {
        found.push(problem(
            &codes::STATIC,
            span,
            "A reference to an object is needed here, such as `azurerm_resource_group.main`.",
        ));
        return None;
    };
    let origin = Origin::fixed(span);
    let expr = found.take(parse_native_expression(&text, &origin))?;
    let compiled = crate::compile::compile(&RawExpr::Hcl(Arc::new(expr), origin), &Names::new(), found);
    match compiled.references() {
        [first, ..] => match &first.subject {
            // Waiting for one instance is waiting for all of its block.
            Subject::Resource { .. } | Subject::Module { .. } | Subject::Variable(_) | Subject::Local(_) => {
                Some(first.clone())
            }
            other => {
                found.push(problem(
                    &codes::REFERENCE,
                    span,
                    format!("`{other}` is not an object that one can wait for."),
                ));
                None
            }
        },
        [] => None,
    }
}

pub(super) fn missing_argument(name: &str, what: &str, span: Span) -> regprov_diag::Diagnostic {
    problem(
        &codes::MISSING_ARGUMENT,
        span,
        format!("The argument `{name}` is required in {what}, and it is not set."),
    )
}

/// A literal bool.
pub(super) fn flag(body: &mut RawBody, name: &str, found: &mut Diagnostics) -> Option<bool> {
    let attribute = body.take(name)?;
    let value = attribute.expr.as_bool();
    if value.is_none() {
        let detail =
            format!("`{name}` is read before anything is evaluated: it is written `true` or `false`.");
        found.push(problem(&codes::STATIC, attribute.expr.span(), detail));
    }
    value
}

/// A literal string.
pub(super) fn text(body: &mut RawBody, name: &str, found: &mut Diagnostics) -> Option<Spanned> {
    let attribute = body.take(name)?;
    let span = attribute.expr.span();
    match attribute.expr.as_string() {
        Some(text) => Some(Spanned { text, span }),
        None => {
            let detail = format!(
                "`{name}` is read before anything is evaluated: it is a string in quotes, without `${{…}}`."
            );
            found.push(problem(&codes::STATIC, span, detail));
            None
        }
    }
}
