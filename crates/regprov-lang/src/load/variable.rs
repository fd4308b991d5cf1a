//! `variable` and `output` blocks.

use super::meta::{conditions, depends_on, flag, missing_argument, text};
use crate::raw::RawBlock;
use crate::typeexpr::type_constraint;
use crate::{Defaults, EmptyScope, Output, Variable};
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
        validations: conditions(&mut body, "validation", found),
        span: block.span,
    };
    body.take("deprecated");
    if let Some(default) = body.take("default") {
        let expr = default.expr.compile(found);
        let value = found.take(expr.evaluate(&EmptyScope));
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
    let preconditions = conditions(&mut body, "precondition", found);
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
