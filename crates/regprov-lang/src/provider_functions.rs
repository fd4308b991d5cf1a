//! Functions that providers offer: which a module can call, and how they are called.

use crate::function::FunctionError;
use crate::raw::{problem, with_suggestion};
use crate::{FunctionContext, ProviderCall, RequiredProvider, codes};
use regprov_addr::{ProviderSource, same_provider};
use regprov_diag::Diagnostic;
use regprov_schema::{FunctionCall, ProviderFunction};
use regprov_value::{Marks, Refinements, Type, Value, convert};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The functions of every provider there is, by its source; of those too that have none.
#[derive(Debug, Clone, Default)]
pub struct ProviderFunctions(pub Vec<(ProviderSource, Arc<[ProviderFunction]>)>);

/// The functions of the providers that a module requires, by their local names.
#[derive(Debug, Clone, Default)]
pub struct ModuleFunctions {
    known: BTreeMap<Arc<str>, Arc<[ProviderFunction]>>,
    /// The local names of required providers that are not part of the program.
    foreign: BTreeSet<Arc<str>>,
}

impl ProviderFunctions {
    /// What a module with these requirements can call.
    pub(crate) fn of(&self, required: &BTreeMap<Arc<str>, RequiredProvider>) -> ModuleFunctions {
        let mut of = ModuleFunctions::default();
        for (name, required) in required {
            let source: Option<ProviderSource> = match &required.source {
                Some(source) => source.text.parse().ok(),
                None => Some(ProviderSource::hashicorp(name.as_ref())),
            };
            let Some(source) = source else { continue };
            let found = self.0.iter().find(|(known, _)| same_provider(known, &source));
            match found {
                Some((_, functions)) => drop(of.known.insert(Arc::clone(name), Arc::clone(functions))),
                None => drop(of.foreign.insert(Arc::clone(name))),
            }
        }
        of
    }
}

impl ModuleFunctions {
    /// A function of the provider of a local name.
    pub fn get(&self, provider: &str, function: &str) -> Option<&ProviderFunction> {
        self.known
            .get(provider)?
            .iter()
            .find(|known| known.name == function)
    }

    /// Whether the module requires a provider of this local name, and it is not part of the program.
    pub fn is_foreign(&self, provider: &str) -> bool {
        self.foreign.contains(provider)
    }
}

impl ProviderCall {
    /// The error of a call to a function of a provider that is not part of the program.
    pub fn foreign(&self) -> Diagnostic {
        let detail = format!("`{self}` is a function of a provider that regprov does not have.");
        Diagnostic::error(&codes::UNSUPPORTED, "Unsupported function")
            .at(self.span)
            .detail(detail)
            .help("Give the value as a variable, or plan the rest with `-skip-unsupported`.")
    }
}

impl fmt::Display for ProviderCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "provider::{}::{}", self.provider, self.function)
    }
}

/// The error of a call that names no function.
pub(crate) fn no_such(call: &ProviderCall, functions: &ModuleFunctions) -> Diagnostic {
    let (provider, function) = (&call.provider, &call.function);
    match functions.known.get(provider) {
        None => {
            let detail = format!(
                "There is no function `{call}`: the `required_providers` of this module name no provider `{provider}` that regprov knows and that has functions."
            );
            let near: Vec<&str> = functions.known.keys().map(AsRef::as_ref).collect();
            let diagnostic = with_suggestion(problem(&codes::FUNCTION, call.span, detail), provider, &near);
            diagnostic.help(format!("A module requires the providers whose functions it calls: `required_providers {{ {provider} = {{ source = \"…\" }} }}`."))
        }
        Some(known) => {
            let detail = format!("The provider `{provider}` has no function `{function}`.");
            let near: Vec<&str> = known.iter().map(|known| known.name).collect();
            with_suggestion(problem(&codes::FUNCTION, call.span, detail), function, &near)
        }
    }
}

/// Calls a function: converts the arguments, refuses nulls, answers "known after apply" for arguments that are not wholly
/// known, and carries marks to the result.
pub(crate) fn invoke(
    function: &ProviderFunction,
    arguments: Vec<Value>,
    context: &dyn FunctionContext,
) -> Result<Value, FunctionError> {
    check_count(function, arguments.len())?;
    let mut marks = Marks::NONE;
    let mut values = Vec::with_capacity(arguments.len());
    for (index, (argument, parameter)) in arguments.into_iter().zip(&function.parameters).enumerate() {
        if argument.is_null() {
            let message = format!(
                "invalid value for \"{}\" parameter: argument must not be null",
                parameter.name
            );
            return Err(FunctionError::at(index, message));
        }
        let converted = match parameter.ty {
            Type::Dynamic => argument,
            _ => convert(&argument, &parameter.ty)
                .map_err(|error| FunctionError::at(index, crate::eval::conversion_message(&error)))?,
        };
        let (plain, found) = converted.unmark_deep();
        marks |= found;
        values.push(plain);
    }
    if values.iter().any(|value| !value.is_wholly_known()) {
        let open = match function.returns {
            Type::Dynamic => Value::unknown(Type::Dynamic),
            _ => Value::refined(
                function.returns.clone(),
                Refinements {
                    not_null: true,
                    ..Refinements::default()
                },
            ),
        };
        return Ok(open.marked(marks));
    }
    let call = FunctionCall {
        arguments: &values,
        file_kind: &|path| context.file_kind(path),
    };
    match (function.call)(&call) {
        Ok(value) => Ok(value.marked(marks)),
        // The message may quote an argument.
        Err(fault) if !marks.is_empty() => {
            let message = "the function failed; the reason is withheld, as an argument is sensitive";
            Err(fault.argument.map_or_else(
                || FunctionError::new(message),
                |at| FunctionError::at(at, message),
            ))
        }
        Err(fault) => Err(match fault.argument {
            Some(at) => FunctionError::at(at, fault.message),
            None => FunctionError::new(fault.message),
        }),
    }
}

fn check_count(function: &ProviderFunction, count: usize) -> Result<(), FunctionError> {
    let expected = function.parameters.len();
    let plural = if expected == 1 { "" } else { "s" };
    match function.parameters.get(count) {
        Some(missing) => Err(FunctionError::new(format!(
            "it expects {expected} argument{plural}; the argument for \"{}\" is missing",
            missing.name
        ))),
        None if count > expected => Err(FunctionError::at(
            expected,
            format!("it expects only {expected} argument{plural}"),
        )),
        None => Ok(()),
    }
}
