//! `variable` and `output` blocks.

use super::condition::{About, conditions};
use super::literal::literal;
use super::meta::{depends_on, flag, missing_argument, text};
use crate::raw::{RawBlock, problem};
use crate::typeexpr::type_constraint;
use crate::{Defaults, Output, Variable, codes};
use regprov_diag::Diagnostics;
use regprov_value::Type;
use std::sync::Arc;

pub(super) fn variable(name: Arc<str>, block: RawBlock, found: &mut Diagnostics) -> Variable {
    let mut body = block.body;
    let written = body.take("type");
    let constraint = written
        .as_ref()
        .and_then(|ty| found.take(type_constraint(&ty.expr)));
    let (ty, defaults) = constraint.unwrap_or((Type::Dynamic, Defaults::default()));
    let takes_text = written.is_none() || ty.is_primitive();
    let mut variable = Variable {
        name,
        ty,
        defaults,
        default: None,
        description: text(&mut body, "description", found).map(|text| text.text),
        sensitive: flag(&mut body, "sensitive", found).unwrap_or(false),
        nullable: flag(&mut body, "nullable", found).unwrap_or(true),
        ephemeral: flag(&mut body, "ephemeral", found).unwrap_or(false),
        takes_text,
        validations: Vec::new(),
        span: block.span,
    };
    let about = About::Variable(&variable.name);
    variable.validations = conditions(&mut body, "validation", about, found);
    body.take("deprecated");
    if let Some(default) = body.take("default") {
        let expr = default.expr.compile(found);
        let value = literal(&expr, "The default of a variable", found);
        variable.default = value.and_then(|value| found.take(variable.convert(&value, Some(expr.span()))));
        // What could not be read was reported; the variable still has a default.
        variable.default = Some(
            variable
                .default
                .unwrap_or_else(|| regprov_value::Value::unknown(variable.ty.without_optional())),
        );
    }
    let known = [
        "type",
        "default",
        "description",
        "sensitive",
        "nullable",
        "ephemeral",
        "validation",
    ];
    body.finish("a `variable` block", &known, found);
    variable
}

pub(super) fn output(block: RawBlock, found: &mut Diagnostics) -> Option<Output> {
    let mut body = block.body;
    let value = body.take("value");
    let description = text(&mut body, "description", found).map(|text| text.text);
    let sensitive = flag(&mut body, "sensitive", found).unwrap_or(false);
    let ephemeral = flag(&mut body, "ephemeral", found).unwrap_or(false);
    let depends_on = depends_on(&mut body, found);
    let preconditions = conditions(&mut body, "precondition", About::Other, found);
    for block in body.take_every_block("postcondition") {
        let detail =
            "An output has no postconditions; only preconditions, which are checked before its value is.";
        found.push(problem(&codes::UNSUPPORTED_BLOCK, block.span, detail));
    }
    body.take("deprecated");
    let known = [
        "value",
        "description",
        "sensitive",
        "ephemeral",
        "depends_on",
        "precondition",
    ];
    body.finish("an `output` block", &known, found);
    let Some(value) = value else {
        found.push(missing_argument("value", "an `output` block", block.span));
        return None;
    };
    let value = value.expr.compile(found);
    Some(Output {
        value,
        sensitive,
        ephemeral,
        description,
        depends_on,
        preconditions,
        span: block.span,
    })
}
