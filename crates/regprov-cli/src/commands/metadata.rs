//! `metadata`: describe the language for other programs.

use super::Result;
use crate::arguments::FunctionsArguments;
use crate::context::Context;
use crate::outcome::Outcome;
use regprov_lang::{FunctionSignature, ParameterSignature, function_signatures};
use serde_json::{Map, Value, json};

/// Runs `metadata functions`: every function under its name and under its name in the namespace `core`.
pub(crate) fn functions(context: &Context, _arguments: &FunctionsArguments) -> Result {
    let all = function_signatures();
    let plain = all.iter().map(|one| (one.name.to_owned(), signature(one)));
    let core = all
        .iter()
        .map(|one| (format!("core::{}", one.name), signature(one)));
    let mut rows: Vec<(String, Value)> = plain.chain(core).collect();
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    let signatures: Map<String, Value> = rows.into_iter().collect();
    context
        .shell
        .line(json!({ "format_version": "1.0", "function_signatures": signatures }).to_string());
    Ok(Outcome::Done)
}

fn signature(function: &FunctionSignature) -> Value {
    let mut row = json!({ "description": function.description, "return_type": function.returns.to_json() });
    if !function.parameters.is_empty() {
        let parameters: Vec<Value> = function.parameters.iter().map(parameter).collect();
        row["parameters"] = parameters.into();
    }
    if let Some(variadic) = &function.variadic {
        row["variadic_parameter"] = parameter(variadic);
    }
    row
}

fn parameter(parameter: &ParameterSignature) -> Value {
    let mut row = Map::new();
    row.insert("name".into(), parameter.name.into());
    if parameter.nullable {
        row.insert("is_nullable".into(), true.into());
    }
    row.insert("type".into(), parameter.ty.to_json());
    row.into()
}
