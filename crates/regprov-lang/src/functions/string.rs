//! Functions on text.

use crate::function::{Function, Kind, Parameter, Returns};
use regprov_value::Value;

pub(crate) static FUNCTIONS: &[Function] = &[Function {
    name: "upper",
    parameters: &[Parameter::string("str")],
    variadic: None,
    returns: Returns::Always(Kind::String),
    call: |arguments| Ok(Value::string(arguments.text(0).to_uppercase())),
}];
