//! The function of `hashicorp/local`.

use regprov_schema::{FunctionCall, FunctionFault, FunctionParameter, ProviderFunction};
use regprov_value::{Type, Value};
use std::path::Path;

/// Every function.
pub(crate) fn functions() -> Vec<ProviderFunction> {
    vec![ProviderFunction {
        name: "direxists",
        summary: "Tells whether a directory exists at a path.",
        parameters: vec![FunctionParameter {
            name: "path",
            ty: Type::String,
        }],
        returns: Type::Bool,
        call: direxists,
    }]
}

fn direxists(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let path = call.text(0);
    match (call.file_kind)(Path::new(path)) {
        Ok(None) => Ok(Value::from(false)),
        Ok(Some(false)) => Ok(Value::from(true)),
        Ok(Some(true)) => {
            let message = format!("{path:?} exists, but is not a directory");
            Err(FunctionFault::at(0, message))
        }
        Err(error) => Err(FunctionFault::at(
            0,
            format!("failed to look for the directory {path:?}: {error}"),
        )),
    }
}
