//! The functions of `terraform.io/builtin/terraform`: values to and from Terraform's syntax.

use regprov_diag::Sources;
use regprov_lang::EmptyScope;
use regprov_schema::{FunctionCall, FunctionFault, FunctionParameter, ProviderFunction};
use regprov_value::{Data, Type, Value};
use std::fmt::Write as _;

/// Every function.
pub(crate) fn functions() -> Vec<ProviderFunction> {
    let parameter = |name, ty| vec![FunctionParameter { name, ty }];
    vec![
        ProviderFunction {
            name: "encode_tfvars",
            summary: "Writes an object in the syntax of a file of variable values.",
            parameters: parameter("value", Type::Dynamic),
            returns: Type::String,
            call: encode_tfvars,
        },
        ProviderFunction {
            name: "decode_tfvars",
            summary: "Reads the text of a file of variable values.",
            parameters: parameter("src", Type::String),
            returns: Type::Dynamic,
            call: decode_tfvars,
        },
        ProviderFunction {
            name: "encode_expr",
            summary: "Writes a value as an expression.",
            parameters: parameter("value", Type::Dynamic),
            returns: Type::String,
            call: encode_expr,
        },
    ]
}

fn encode_tfvars(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let Some(entries) = call.arguments[0].as_entries() else {
        let message = "invalid value to encode: must be an object whose attribute names will become the encoded variable names";
        return Err(FunctionFault::new(message));
    };
    let mut text = String::new();
    for (name, value) in entries {
        if !regprov_addr::is_identifier(name) {
            let message = format!(
                "invalid variable name {name:?}: must be a valid identifier, per Terraform's rules for input variable declarations"
            );
            return Err(FunctionFault::new(message));
        }
        text.push_str(name);
        text.push_str(" = ");
        write(value, &mut text);
        text.push('\n');
    }
    formatted(&text).map(Value::string)
}

fn encode_expr(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    // The formatter takes files; the head is taken off again.
    const HEAD: &str = "x = ";
    let mut text = HEAD.to_owned();
    write(&call.arguments[0], &mut text);
    text.push('\n');
    let text = formatted(&text)?;
    let expression = text.strip_prefix(HEAD).unwrap_or(&text);
    Ok(Value::string(expression.strip_suffix('\n').unwrap_or(expression)))
}

fn decode_tfvars(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let text = call.text(0);
    let mut sources = Sources::new();
    let source = sources.add("<decode_tfvars argument>", text);
    let failed = |what: &str, diagnostics: regprov_diag::Diagnostics| {
        let reasons: Vec<String> = diagnostics
            .iter()
            .map(|diagnostic| match diagnostic.subject {
                Some(span) => format!("{}: {diagnostic}", sources.place(span)),
                None => diagnostic.to_string(),
            })
            .collect();
        FunctionFault::new(format!("{what}: {}", reasons.join("; ")))
    };
    let expressions = regprov_lang::parse_tfvars("decode.tfvars", text, source)
        .map_err(|diagnostics| failed("invalid tfvars syntax", diagnostics))?;
    let mut values = Vec::with_capacity(expressions.len());
    for (name, expression) in expressions {
        let value = expression
            .evaluate(&EmptyScope)
            .map_err(|diagnostics| failed("invalid expression", diagnostics))?;
        values.push((name, value));
    }
    Ok(Value::object(values))
}

fn formatted(text: &str) -> Result<String, FunctionFault> {
    let mut sources = Sources::new();
    let source = sources.add("encoded", text);
    let bytes = regprov_lang::format(text.as_bytes(), source).map_err(|diagnostics| {
        FunctionFault::new(format!(
            "the value has no form in this syntax: {}",
            diagnostics
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        ))
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a value as an expression, not laid out yet.
fn write(value: &Value, out: &mut String) {
    match &value.data {
        Data::Null(_) | Data::Unknown(_) => out.push_str("null"),
        Data::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => write_text(text, out),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(item, out);
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) if entries.is_empty() => out.push_str("{}"),
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push_str("{\n");
            for (name, item) in entries.iter() {
                if regprov_addr::is_identifier(name) {
                    out.push_str(name);
                } else {
                    write_text(name, out);
                }
                out.push_str(" = ");
                write(item, out);
                out.push('\n');
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([character, character]),
            other if other.is_control() => {
                // Writing to a text does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, argument: Value) -> Result<Value, FunctionFault> {
        let function = functions()
            .into_iter()
            .find(|function| function.name == name)
            .unwrap();
        (function.call)(&FunctionCall {
            arguments: &[argument],
            file_kind: &|_| Ok(None),
        })
    }

    fn value(expression: &str) -> Value {
        let mut sources = Sources::new();
        let source = sources.add("x", expression);
        let parsed = regprov_lang::parse_expression(expression, source).unwrap();
        parsed.evaluate(&EmptyScope).unwrap()
    }

    /// What Terraform 1.11 answers.
    #[test]
    fn values_are_laid_out_as_terraform_lays_them_out() {
        for (written, expected) in [
            (
                "{ a = 1, b = [1, \"x\", true, null], \"c d\" = {}, e = [], g = { h = { i = 1 } } }",
                "{\n  a     = 1\n  b     = [1, \"x\", true, null]\n  \"c d\" = {}\n  e     = []\n  g = {\n    h = {\n      i = 1\n    }\n  }\n}",
            ),
            ("1.5", "1.5"),
            ("\"$${x} %%{y} \\\" \\\\\"", "\"$${x} %%{y} \\\" \\\\\""),
            (
                "[{ a = 1 }, { b = [2, { c = 3 }] }]",
                "[{\n  a = 1\n  }, {\n  b = [2, {\n    c = 3\n  }]\n}]",
            ),
        ] {
            let encoded = call("encode_expr", value(written)).unwrap();
            assert_eq!(encoded.as_str(), Some(expected), "{written}");
        }
    }

    #[test]
    fn variable_values_round_trip() {
        let written = value("{ a = 1, bcd = [1, 2], e = { f = \"g\" } }");
        let text = call("encode_tfvars", written.clone()).unwrap();
        assert_eq!(
            text.as_str(),
            Some("a   = 1\nbcd = [1, 2]\ne = {\n  f = \"g\"\n}\n")
        );
        assert_eq!(call("decode_tfvars", text).unwrap(), written);
        assert_eq!(call("encode_tfvars", value("{}")).unwrap().as_str(), Some(""));
    }

    #[test]
    fn what_is_no_file_of_values_is_refused() {
        for text in ["a = foo()\n", "a {}\n", "5", "a = b\n"] {
            assert!(call("decode_tfvars", Value::from(text)).is_err(), "{text}");
        }
        assert!(call("encode_tfvars", value("{ \"a b\" = 1 }")).is_err());
        assert!(call("encode_tfvars", value("[1]")).is_err());
    }
}
