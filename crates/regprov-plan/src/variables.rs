//! The values of variables: what was given, made what the declaration asks for.

use crate::Plan;
use crate::codes;
use crate::input::{VariableInput, VariableOrigin};
use crate::world::World;
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_lang::{Configuration, Given, Module, Variable};
use regprov_value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many undeclared variables are told one by one.
const NAMED: usize = 2;

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
        let accepted = value(variable, given.remove(name.as_ref()));
        if let Some(value) = diagnostics.take(accepted) {
            values.insert(name.to_string(), value);
        }
    }
    diagnostics.extend(all_undeclared(&root.module, given));
    (values, diagnostics)
}

/// Warns of values from files for what is not declared, of the first two by name; refuses those of the command line.
fn all_undeclared(root: &Module, given: BTreeMap<String, VariableInput>) -> Diagnostics {
    let names: Vec<&str> = root.variables.keys().map(AsRef::as_ref).collect();
    let told = given
        .into_iter()
        .filter_map(|(name, input)| undeclared(&name, &input, &names));
    let (errors, mut warnings): (Vec<_>, Vec<_>) = told.partition(Diagnostic::is_error);
    let more = warnings.len().saturating_sub(NAMED);
    warnings.truncate(NAMED);
    let rest = (more > 0).then(|| {
        Diagnostic::warning(&codes::UNDECLARED_VARIABLE, "Values for undeclared variables").detail(format!(
            "Beside the variables named above, {more} more are set in files and not declared."
        ))
    });
    errors.into_iter().chain(warnings).chain(rest).collect()
}

/// Names of ephemeral variables that are given a value: a stored plan has to be given them again.
pub(crate) fn apply_time(
    configuration: &Configuration,
    given: &BTreeMap<String, VariableInput>,
) -> BTreeSet<String> {
    let variables = configuration
        .root()
        .into_iter()
        .flat_map(|root| root.variables.values());
    let given = variables
        .filter(|variable| variable.ephemeral)
        .filter(|variable| {
            let input = given.get(variable.name.as_ref());
            input.is_some_and(|input| !matches!(&input.given, Given::Value(value) if value.is_null()))
        });
    given.map(|variable| variable.name.to_string()).collect()
}

/// Gives a stored plan the values of its ephemeral variables, and holds what is given for others against it.
pub fn complete_variables(
    plan: &mut Plan,
    configuration: &Configuration,
    mut given: BTreeMap<String, VariableInput>,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    let Some(root) = configuration.root() else {
        return found;
    };
    for (name, variable) in &root.variables {
        let input = given.remove(name.as_ref());
        if !variable.ephemeral {
            if let Some(input) = input {
                found.extend(changed(plan, variable, input));
            }
            continue;
        }
        let planned = plan.apply_time.contains(name.as_ref());
        match (&input, planned) {
            (Some(input), false) => {
                let detail =
                    format!("The ephemeral variable `{name}` was not set while planning, so it stays unset.");
                found.push(
                    Diagnostic::error(&codes::VARIABLE, "Ephemeral variable was not set during planning")
                        .detail(detail)
                        .at(input.span),
                );
            }
            (None, true) => {
                let detail = format!(
                    "The ephemeral variable `{name}` was set while planning. Its value is not in the plan, so it must be set again."
                );
                found.push(
                    Diagnostic::error(&codes::VARIABLE, "Ephemeral variable must be set for apply")
                        .detail(detail)
                        .help(format!(
                            "Give it with `-var '{name}=…'`, or in the environment as `TF_VAR_{name}`."
                        )),
                );
            }
            (Some(_), true) | (None, false) => {
                if let Some(value) = found.take(value(variable, input)) {
                    plan.variables.insert(name.to_string(), value);
                }
            }
        }
    }
    found.extend(all_undeclared(root, given));
    found
}

/// What is said of a value that differs from the one that a stored plan has.
fn changed(plan: &Plan, variable: &Variable, input: VariableInput) -> Option<Diagnostic> {
    let name = &variable.name;
    let (origin, span) = (input.origin.clone(), input.span);
    let given = value(variable, Some(input)).ok()?;
    let planned = plan.variables.get(name.as_ref())?;
    if planned.unmark_deep().0 == given.unmark_deep().0 {
        return None;
    }
    let detail = format!(
        "The plan holds another value of the variable `{name}`; a stored plan is applied with the values that it was made with."
    );
    let said = match origin {
        VariableOrigin::File(_) => return None,
        VariableOrigin::Environment => {
            Diagnostic::warning(&codes::VARIABLE, "Ignoring variable when applying a saved plan")
        }
        VariableOrigin::NamedFile(_) | VariableOrigin::CommandLine | VariableOrigin::Prompt => {
            Diagnostic::error(
                &codes::VARIABLE,
                "Can't change variable when applying a saved plan",
            )
        }
    };
    Some(
        said.detail(detail)
            .at(span)
            .help("Make a new plan, or declare the variable with `ephemeral = true`."),
    )
}

/// The value of a variable of the root module.
fn value(variable: &Variable, input: Option<VariableInput>) -> Result<Value, Diagnostics> {
    let Some(VariableInput { given, origin, span }) = input else {
        return variable.accept(None, None);
    };
    match given {
        Given::Value(value) => variable.accept(Some(value), span),
        Given::Text { text, source } => variable
            .parse_text(&text, source)
            .and_then(|value| variable.accept(Some(value), span))
            .map_err(|found| {
                let help = || correct(&variable.name, &origin);
                found.into_iter().map(|one| one.help(help())).collect()
            }),
    }
}

/// Where a text that does not fit was given.
fn correct(name: &str, origin: &VariableOrigin) -> String {
    match origin {
        VariableOrigin::Environment => {
            format!("The value comes from the environment: correct `TF_VAR_{name}`.")
        }
        VariableOrigin::File(file) | VariableOrigin::NamedFile(file) => {
            format!("The value comes from {file}: correct it there.")
        }
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
        VariableOrigin::File(file) | VariableOrigin::NamedFile(file) => {
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
