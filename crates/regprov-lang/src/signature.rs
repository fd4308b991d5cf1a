//! What the functions of the language take and give, as data for editors.

mod words;

use crate::function::{Function, Parameter, Returns};
use crate::functions;
use regprov_value::{Type, Value};

/// The signature of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSignature {
    /// The name in the language.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// The type of the result; dynamic where it depends on the arguments.
    pub returns: Type,
    /// The parameters, in order.
    pub parameters: Vec<ParameterSignature>,
    /// What further arguments are; nothing where there may be none.
    pub variadic: Option<ParameterSignature>,
}

/// One parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSignature {
    /// The name, for people.
    pub name: &'static str,
    /// What an argument is converted to.
    pub ty: Type,
    /// Whether it may be null.
    pub nullable: bool,
}

/// The signatures of all functions, by name.
#[must_use]
pub fn function_signatures() -> Vec<FunctionSignature> {
    let mut all: Vec<_> = functions::all().map(of).chain(special()).collect();
    all.sort_by_key(|signature| signature.name);
    all
}

/// Functions of arguments of any type whose results Terraform calls dynamic for that reason alone.
const TAKE_ANY: [&str; 6] = ["contains", "format", "formatlist", "index", "parseint", "sum"];

fn of(function: &'static Function) -> FunctionSignature {
    let parameters: Vec<_> = function.parameters.iter().map(parameter).collect();
    let returns = match function.returns {
        _ if TAKE_ANY.contains(&function.name) => Type::Dynamic,
        Returns::Always(kind) => kind.to_type(),
        Returns::From(compute) => {
            let open: Vec<Value> = parameters
                .iter()
                .map(|parameter| Value::unknown(parameter.ty.clone()))
                .collect();
            compute(&open).unwrap_or(Type::Dynamic)
        }
    };
    FunctionSignature {
        name: function.name,
        description: words::of(function.name),
        returns,
        parameters,
        variadic: function.variadic.as_ref().map(parameter),
    }
}

fn parameter(parameter: &Parameter) -> ParameterSignature {
    ParameterSignature {
        name: parameter.name,
        ty: parameter.kind.to_type(),
        nullable: parameter.is_nullable(),
    }
}

/// The functions with rules of their own.
fn special() -> impl Iterator<Item = FunctionSignature> {
    let any = |name: &'static str, ty: Type| ParameterSignature {
        name,
        ty,
        nullable: false,
    };
    let row = |name, returns, parameters, variadic| FunctionSignature {
        name,
        description: words::of(name),
        returns,
        parameters,
        variadic,
    };
    [
        row("can", Type::Bool, vec![any("expression", Type::Dynamic)], None),
        row(
            "try",
            Type::Dynamic,
            vec![],
            Some(any("expressions", Type::Dynamic)),
        ),
        row(
            "templatefile",
            Type::Dynamic,
            vec![any("path", Type::String), any("vars", Type::Dynamic)],
            None,
        ),
        row(
            "templatestring",
            Type::String,
            vec![any("template", Type::String), any("vars", Type::Dynamic)],
            None,
        ),
    ]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::function_signatures;

    #[test]
    fn every_function_is_described_once() {
        let all = function_signatures();
        for pair in all.windows(2) {
            assert_ne!(pair[0].name, pair[1].name);
        }
        for signature in &all {
            assert!(!signature.description.is_empty(), "{}", signature.name);
        }
        assert_eq!(all.len(), super::words::count(), "a description without function");
    }
}
