//! Conditions: `validation`, `precondition`, `postcondition`, `assert`.

use crate::raw::problem;
use crate::{Expr, Scope, codes};
use regprov_diag::{Diagnostics, Span};
use regprov_value::{Marks, Type, convert};

/// A condition and what to say where it does not hold.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What must hold.
    pub condition: Expr,
    /// What to say otherwise.
    pub error_message: Expr,
    /// The block's header.
    pub span: Span,
}

/// What came of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// Only apply can tell.
    Open,
    /// It does not hold; the message, withheld where it is sensitive.
    Fails(String),
}

impl Condition {
    /// Evaluates the condition and, where it does not hold, the message.
    ///
    /// # Errors
    /// When the condition cannot be evaluated, or is neither true nor false.
    pub fn check(&self, scope: &dyn Scope) -> Result<Verdict, Diagnostics> {
        let value = self.condition.evaluate(scope)?;
        let span = self.condition.span();
        if value.is_null() {
            return Err(problem(
                &codes::CONDITION,
                span,
                "The condition is null; it must be true or false.",
            )
            .into());
        }
        let truth = convert(&value, &Type::Bool).map_err(|error| {
            problem(
                &codes::CONDITION,
                span,
                format!("The condition must be true or false: {}.", error.message),
            )
        })?;
        match truth.as_bool() {
            Some(true) => Ok(Verdict::Holds),
            Some(false) => Ok(Verdict::Fails(self.message(scope)?)),
            None => Ok(Verdict::Open),
        }
    }

    fn message(&self, scope: &dyn Scope) -> Result<String, Diagnostics> {
        let value = self.error_message.evaluate(scope)?;
        if value.marks_deep().contains(Marks::SENSITIVE) {
            return Ok(
                "The message of this condition holds a sensitive value, so it is not shown.".to_owned(),
            );
        }
        let text = convert(&value, &Type::String).ok();
        let text = text
            .as_ref()
            .and_then(|text| text.as_str())
            .map(|text| text.trim().to_owned());
        Ok(text.unwrap_or_else(|| "The message of this condition is known only after apply.".to_owned()))
    }
}
