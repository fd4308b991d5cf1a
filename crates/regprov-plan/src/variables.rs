//! The values of variables: what was given, made what the declaration asks for.

use crate::codes;
use crate::input::{VariableInput, VariableOrigin};
use crate::world::World;
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_lang::{Given, Variable};
use regprov_value::Value;
use std::collections::BTreeMap;

/// Makes a variable's value of what a module call gives.
pub(crate) fn accept(variable: &Variable, given: Option<Value>, place: Span) -> Result<Value, Diagnostics> {
    variable.accept(given, Some(place))
}

/// The values of the root module's variables; warns of values for what is not declared.
pub(crate) fn root_values(
    world: &World,
    mut given: BTreeMap<String, VariableInput>,
) -> (BTreeMap<String, Value>, Diagnostics) {
    let mut values = BTreeMap::new();
    let mut diagnostics = Diagnostics::new();
    let Some(root) = world.statics.first() else {
        return (values, diagnostics);
    };
    for (name, variable) in &root.module.variables {
        let accepted = match given.remove(name.as_ref()) {
            None => variable.accept(None, None),
            Some(VariableInput {
                given: Given::Value(value),
                span,
                ..
            }) => variable.accept(Some(value), span),
            Some(VariableInput {
                given: Given::Text { text, source },
                span,
                origin,
            }) => variable
                .parse_text(&text, source)
                .and_then(|value| variable.accept(Some(value), span))
                .map_err(|found| {
                    found
                        .into_iter()
                        .map(|one| one.help(correct(name, &origin)))
                        .collect()
                }),
        };
        if let Some(value) = diagnostics.take(accepted) {
            values.insert(name.to_string(), value);
        }
    }
    let names: Vec<&str> = root.module.variables.keys().map(AsRef::as_ref).collect();
    diagnostics.extend(
        given
            .into_iter()
            .filter_map(|(name, input)| undeclared(&name, &input, &names)),
    );
    (values, diagnostics)
}

/// Where a text that does not fit was given.
fn correct(name: &str, origin: &VariableOrigin) -> String {
    match origin {
        VariableOrigin::Environment => {
            format!("The value comes from the environment: correct `TF_VAR_{name}`.")
        }
        VariableOrigin::File(file) => format!("The value comes from {file}: correct it there."),
        VariableOrigin::CommandLine => {
            format!("The value comes from the command line: correct `-var '{name}=…'`.")
        }
        VariableOrigin::Prompt => "The value was typed at the prompt: run the command again.".to_owned(),
    }
}

fn undeclared(name: &str, input: &VariableInput, names: &[&str]) -> Option<Diagnostic> {
    let hint = regprov_diag::suggest(name, names.iter().copied());
    let hint = hint
        .map(|near| format!(" Did you mean `{near}`?"))
        .unwrap_or_default();
    let diagnostic = match &input.origin {
        VariableOrigin::Environment => return None,
        VariableOrigin::File(file) => {
            Diagnostic::warning(&codes::UNDECLARED_VARIABLE, "Value for undeclared variable")
                .detail(format!(
                    "{file} sets `{name}`, and the root module declares no variable of that name.{hint}"
                ))
                .help(format!(
                    "Declare it with `variable \"{name}\" {{}}`, or remove the value."
                ))
        }
        VariableOrigin::CommandLine | VariableOrigin::Prompt => {
            Diagnostic::error(&codes::UNDECLARED_VARIABLE, "Value for undeclared variable")
                .detail(format!(
                    "`-var` sets `{name}`, and the root module declares no variable of that name.{hint}"
                ))
                .help(format!(
                    "Declare it with `variable \"{name}\" {{}}`, or leave the option out."
                ))
        }
    };
    Some(diagnostic.at(input.span))
}
