//! Input variables.

use crate::load::literal::literal;
use crate::raw::problem;
use crate::typeexpr::Defaults;
use crate::{Condition, codes};
use regprov_diag::{Diagnostic, Diagnostics, SourceId, Span};
use regprov_value::{Marks, Type, Value, convert, describe};
use std::sync::Arc;

/// A `variable` block.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent settings of the language"
)]
pub struct Variable {
    /// The label.
    pub name: Arc<str>,
    /// `type`; `Dynamic` where it is not written.
    pub ty: Type,
    /// The defaults inside the type.
    pub defaults: Defaults,
    /// `default`, converted to the type.
    pub default: Option<Value>,
    /// `description`
    pub description: Option<String>,
    /// `sensitive`
    pub sensitive: bool,
    /// `nullable`
    pub nullable: bool,
    /// `ephemeral`
    pub ephemeral: bool,
    /// Values given as text are the text itself; otherwise they are expressions.
    pub takes_text: bool,
    /// `validation` blocks.
    pub validations: Vec<Condition>,
    /// The block's header.
    pub span: Span,
}

impl Variable {
    /// Whether a value must be given.
    pub fn is_required(&self) -> bool {
        self.default.is_none()
    }

    /// Makes the variable's value of what was given: fills in the defaults inside, converts, marks. `None` takes the
    /// default. `validation` blocks are the caller's to evaluate.
    ///
    /// # Errors
    /// When no value was given and there is no default, or when the value does not fit; the place is `at`, else the
    /// declaration.
    pub fn accept(&self, given: Option<Value>, at: Option<Span>) -> Result<Value, Diagnostics> {
        let given = match given {
            Some(value) if value.is_null() && !self.nullable && self.default.is_some() => None,
            other => other,
        };
        let value = match (given, &self.default) {
            (Some(value), _) => self.convert(&value, at)?,
            (None, Some(default)) => default.clone(),
            (None, None) => {
                let detail = format!(
                    "The variable `{}` has no default, and no value was given for it.",
                    self.name
                );
                let diagnostic = Diagnostic::error(&codes::VARIABLE, "No value for required variable");
                let name = &self.name;
                let help = format!(
                    "Set it with `-var '{name}=…'`, in `terraform.tfvars`, or in the environment as `TF_VAR_{name}`."
                );
                return Err(diagnostic
                    .at(at.unwrap_or(self.span))
                    .detail(detail)
                    .help(help)
                    .into());
            }
        };
        Ok(value.marked(self.marks()))
    }

    /// The marks that every value of the variable has.
    pub fn marks(&self) -> Marks {
        let sensitive = if self.sensitive {
            Marks::SENSITIVE
        } else {
            Marks::NONE
        };
        let ephemeral = if self.ephemeral {
            Marks::EPHEMERAL
        } else {
            Marks::NONE
        };
        sensitive | ephemeral
    }

    pub(crate) fn convert(&self, value: &Value, at: Option<Span>) -> Result<Value, Diagnostics> {
        let place = at.unwrap_or(self.span);
        if value.is_null() && !self.nullable {
            let detail = format!(
                "The variable `{}` is declared with `nullable = false`, so it cannot be null.",
                self.name
            );
            return Err(problem(&codes::VARIABLE, place, detail)
                .related(self.span, "declared here")
                .into());
        }
        let converted = convert(&self.defaults.apply(value), &self.ty).map_err(|error| {
            let why = crate::eval::conversion_message(&error);
            let detail = format!(
                "The value does not fit the variable `{}`, which is declared as {}: {why}.",
                self.name, self.ty
            );
            let shown = describe(&value.clone().marked(self.marks()));
            let diagnostic =
                problem(&codes::VARIABLE, place, detail).value(format!("var.{}", self.name), shown);
            if at.is_some() {
                diagnostic.related(self.span, "declared here")
            } else {
                diagnostic
            }
        })?;
        Ok(converted)
    }

    /// Reads a value that was given as text (`-var`, `TF_VAR_…`); `source` holds that text.
    ///
    /// # Errors
    /// When the text is not an expression, for a variable that is not a primitive.
    pub fn parse_text(&self, text: &str, source: SourceId) -> Result<Value, Diagnostics> {
        if self.takes_text {
            return Ok(Value::string(text));
        }
        let expr = crate::parse_expression(text, source)?;
        let mut found = Diagnostics::new();
        let value = literal(&expr, "The value of a variable", &mut found);
        value.ok_or(found)
    }
}
