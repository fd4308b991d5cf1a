//! `yamlencode` and `yamldecode`.

mod read;
mod scalar;
mod write;

use super::support::{any, define, text};
use crate::function::{Function, FunctionError, Parameter, Returns};
use regprov_value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    define(
        "yamldecode",
        &[Parameter::string("src")],
        Returns::From(any),
        |arguments| {
            read::decode(arguments.text(0)).map_err(|error| {
                let reason = if arguments.secret {
                    error.plain
                } else {
                    error.detailed
                };
                FunctionError::at(0, format!("the text is not YAML that can be read: {reason}"))
            })
        },
    ),
    text(
        "yamlencode",
        &[Parameter::any("value").nullable().wholly_known()],
        |arguments| Ok(Value::string(write::encode(&arguments.take(0)))),
    ),
];
