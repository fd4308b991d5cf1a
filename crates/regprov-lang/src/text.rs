//! Expressions and variable files apart from a module.

use crate::load::literal::literal;
use crate::raw::{Origin, RawExpr, parse_json, parse_native, parse_native_expression, problem};
use crate::{Expr, codes};
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall};
use hcl_edit::visit::{Visit, visit_func_call};
use indexmap::IndexMap;
use regprov_diag::{Diagnostics, SourceId};
use std::ops::Range;
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

/// What is typed at a console.
#[derive(Debug, Clone)]
pub enum ConsoleInput {
    /// An expression, whose value is asked for.
    Value(Expr),
    /// `type(…)`: the type of an expression's value is asked for.
    Type(Expr),
    /// `type(type(…))`
    TypeOfType,
}

/// Compiles what is typed at a console: an expression, or `type` of one; `source` holds the text.
///
/// # Errors
/// When it is not an expression, or uses `type` inside one.
pub fn parse_console(text: &str, source: SourceId) -> Result<ConsoleInput, Diagnostics> {
    let trimmed = text.trim_start();
    let origin = Origin {
        offset: text.len() - trimmed.len(),
        text: Some(trimmed.into()),
        ..Origin::file(source)
    };
    let expr = parse_native_expression(trimmed, &origin)?;
    let compile = |expr: Expression| {
        let mut calls = TypeCalls::default();
        calls.visit_expr(&expr);
        if let Some(at) = calls.first {
            let detail =
                "The function `type` answers a type and no value, so nothing can be done with its result.";
            let span = origin.span(Some(at));
            return Err(problem(&codes::FUNCTION, span, detail)
                .help("Write it around the whole expression: type(…)")
                .into());
        }
        let mut found = Diagnostics::new();
        let compiled = RawExpr::Hcl(Arc::new(expr), origin.clone()).compile(&mut found);
        if found.has_errors() {
            Err(found)
        } else {
            Ok(compiled)
        }
    };
    match type_argument(&expr) {
        Some(argument) if type_argument(&argument).is_some() => Ok(ConsoleInput::TypeOfType),
        Some(argument) => compile(argument).map(ConsoleInput::Type),
        None => compile(expr).map(ConsoleInput::Value),
    }
}

/// The argument, where the expression is a call of `type` with one.
fn type_argument(expr: &Expression) -> Option<Expression> {
    match expr {
        Expression::Parenthesis(inner) => type_argument(inner.inner()),
        Expression::FuncCall(call) if is_type(call) => {
            match call.args.iter().collect::<Vec<_>>().as_slice() {
                [argument] if !call.args.expand_final() => Some((*argument).clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_type(call: &FuncCall) -> bool {
    let core = match call.name.namespace.as_slice() {
        [] => true,
        [namespace] => namespace.as_str() == "core",
        _ => false,
    };
    core && call.name.name.as_str() == "type"
}

/// Looks for calls of `type` inside an expression.
#[derive(Default)]
struct TypeCalls {
    first: Option<Range<usize>>,
}

impl Visit for TypeCalls {
    fn visit_func_call(&mut self, node: &FuncCall) {
        if is_type(node) && self.first.is_none() {
            self.first = Some(node.name.name.span().unwrap_or_default());
        }
        visit_func_call(self, node);
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
    let mut values = IndexMap::with_capacity(body.attributes.len());
    for (name, attribute) in &body.attributes {
        let before = found.len();
        let expr = attribute.expr.compile(&mut found);
        if found.len() == before {
            literal(&expr, "The value of a variable", &mut found);
        }
        values.insert(name.clone(), expr);
    }
    if found.has_errors() {
        Err(found)
    } else {
        Ok(values)
    }
}
