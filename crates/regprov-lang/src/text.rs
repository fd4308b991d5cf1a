//! Expressions and variable files apart from a module.

use crate::raw::{Origin, RawExpr, parse_json, parse_native, parse_native_expression, problem};
use crate::{Expr, codes};
use indexmap::IndexMap;
use regprov_diag::{Diagnostics, SourceId};
use std::sync::Arc;

/// Compiles one expression, as `console` and `-var` give them; `source` holds the text.
///
/// # Errors
/// When it is not an expression.
pub fn parse_expression(text: &str, source: SourceId) -> Result<Expr, Diagnostics> {
    let origin = Origin::file(source);
    let trimmed = text.trim_start();
    let origin = Origin {
        offset: text.len() - trimmed.len(),
        text: Some(trimmed.into()),
        ..origin
    };
    let expr = parse_native_expression(trimmed, &origin)?;
    let mut found = Diagnostics::new();
    let compiled = RawExpr::Hcl(Arc::new(expr), origin).compile(&mut found);
    if found.has_errors() {
        Err(found)
    } else {
        Ok(compiled)
    }
}

/// Reads a file of variable values (`*.tfvars`, or `*.json`); `source` holds the text.
///
/// # Errors
/// When the file has a syntax error, or holds blocks.
pub fn parse_tfvars(
    name: &str,
    text: &str,
    source: SourceId,
) -> Result<IndexMap<Arc<str>, Expr>, Diagnostics> {
    let mut found = Diagnostics::new();
    let (text, offset) = text
        .strip_prefix('\u{feff}')
        .map_or((text, 0), |rest| (rest, '\u{feff}'.len_utf8()));
    let body = match name.ends_with(".json") {
        true => parse_json(text, source, &mut found),
        false => parse_native(
            text,
            Origin {
                offset,
                ..Origin::file(source)
            },
            &mut found,
        ),
    };
    for block in &body.blocks {
        let detail = format!(
            "A file of variable values holds only arguments: write `{} = …`.",
            block.kind
        );
        found.push(problem(&codes::UNSUPPORTED_BLOCK, block.span, detail));
    }
    let values = body
        .attributes
        .iter()
        .map(|(name, attribute)| (name.clone(), attribute.expr.compile(&mut found)))
        .collect();
    if found.has_errors() {
        Err(found)
    } else {
        Ok(values)
    }
}
