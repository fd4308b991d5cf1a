//! Functions that providers offer, as data with a pure body.

use regprov_value::{Type, Value};
use std::io;
use std::path::Path;

/// A function of a provider: `provider::NAME::FUNCTION(…)` in the language.
///
/// It is called with arguments of its parameters' types that are wholly known, not null and without marks; the language
/// sees to all of that.
#[derive(Debug, Clone)]
pub struct ProviderFunction {
    /// Its name: `rfc3339_parse`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its parameters, in order.
    pub parameters: Vec<FunctionParameter>,
    /// The type of its result.
    pub returns: Type,
    /// Computes the result.
    pub call: fn(&FunctionCall<'_>) -> Result<Value, FunctionFault>,
}

/// One parameter of a function.
#[derive(Debug, Clone)]
pub struct FunctionParameter {
    /// Its name, for messages.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
}

/// One call.
pub struct FunctionCall<'a> {
    /// The arguments, one for each parameter.
    pub arguments: &'a [Value],
    /// Whether a path exists, and is a regular file (`Some(true)`) or something else (`Some(false)`).
    pub file_kind: &'a dyn Fn(&Path) -> io::Result<Option<bool>>,
}

impl FunctionCall<'_> {
    /// The text of an argument; empty where it is no string.
    pub fn text(&self, index: usize) -> &str {
        self.arguments
            .get(index)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionFault {
    /// The argument to blame, counted from 0; `None` blames the call.
    pub argument: Option<usize>,
    /// A fragment: "it is not an instant in RFC 3339".
    pub message: String,
}

impl FunctionFault {
    /// Blames the call.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            argument: None,
            message: message.into(),
        }
    }

    /// Blames one argument, counted from 0.
    pub fn at(argument: usize, message: impl Into<String>) -> Self {
        Self {
            argument: Some(argument),
            message: message.into(),
        }
    }
}
