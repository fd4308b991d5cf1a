//! Function calls.

use super::{Evaluator, Outcome, article, first_of, sentence};
use crate::compile::compile_template;
use crate::expr::{Kind, Node, ProviderCall, Special};
use crate::function::{Function, FunctionError, invoke};
use crate::raw::problem;
use crate::{Scope, codes};
use regprov_diag::{Diagnostic, Span};
use regprov_schema::ProviderFunction;
use regprov_value::{Data, Type, Value, convert};
use std::path::Path;
use std::sync::Arc;

/// The arguments of a call; open where a list before `...` is.
struct Given {
    values: Vec<Value>,
    open: bool,
}

impl Given {
    /// Adds the elements of the list before `...`.
    fn expand(&mut self, value: &Value, span: Span) -> Result<(), Diagnostic> {
        match &value.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                let items = items.iter().map(|item| item.clone().marked(value.marks));
                self.values.extend(items);
            }
            Data::Unknown(unknown)
                if matches!(
                    unknown.ty,
                    Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_)
                ) =>
            {
                self.open = true;
            }
            Data::Null(_) => {
                let detail = "The argument before `...` is null; it must be a list.";
                return Err(problem(&codes::EXPANSION, span, detail));
            }
            _ => {
                let detail = format!(
                    "The argument before `...` must be a list, set or tuple, and this is {}.",
                    article(&value.ty())
                );
                return Err(problem(&codes::EXPANSION, span, detail));
            }
        }
        Ok(())
    }
}

impl Evaluator<'_> {
    pub(super) fn call(
        &mut self,
        function: &'static Function,
        arguments: &[Node],
        expand: bool,
        span: Span,
    ) -> Outcome {
        let given = self.arguments(arguments, expand)?;
        if given.open {
            return Ok(Value::unknown(Type::Dynamic));
        }
        let result = invoke(function, given.values, self.scope.functions());
        let value = result.map_err(|error| failed(function.name, &error, arguments, span))?;
        self.budget.result(&value, span)?;
        Ok(value)
    }

    fn arguments(&mut self, arguments: &[Node], expand: bool) -> Result<Given, Diagnostic> {
        let mut given = Given {
            values: Vec::with_capacity(arguments.len()),
            open: false,
        };
        let written = self.values(arguments)?;
        let last = written.len();
        for ((index, value), node) in written.into_iter().enumerate().zip(arguments) {
            if expand && index + 1 == last {
                given.expand(&value, node.span)?;
            } else {
                given.values.push(value);
            }
        }
        Ok(given)
    }

    pub(super) fn special(
        &mut self,
        function: Special,
        arguments: &[Node],
        expand: bool,
        span: Span,
    ) -> Outcome {
        match function {
            Special::Try | Special::Can if expand => self.expanded(function, arguments, span),
            Special::Try => self.try_each(arguments, span),
            Special::Can => Ok(match arguments.first().map(|node| self.guarded(node)) {
                Some(Ok(value)) if value.is_wholly_known() => Value::from(true),
                Some(Ok(_)) => Value::unknown(Type::Bool),
                Some(Err(_)) | None => Value::from(false),
            }),
            Special::TemplateFile | Special::TemplateString => {
                let given = self.arguments(arguments, expand)?;
                if given.open {
                    return Ok(Value::unknown(Type::Dynamic));
                }
                let [text, variables] = given.values.as_slice() else {
                    let detail = format!("The function `{}` takes 2 arguments.", function.name());
                    return Err(problem(&codes::ARGUMENTS, span, detail));
                };
                self.render(function, [text, variables], arguments, span)
            }
        }
    }

    /// `try(list...)` and `can(list...)`: what is in a list has its value already.
    fn expanded(&mut self, function: Special, arguments: &[Node], span: Span) -> Outcome {
        let given = self.arguments(arguments, true)?;
        if given.open {
            return Ok(Value::unknown(Type::Dynamic));
        }
        let value = match (function, given.values.as_slice()) {
            (Special::Can, [only]) => only,
            (Special::Try, [first, ..]) => first,
            (_, values) => {
                let detail = format!(
                    "The function `{}` does not take {} arguments.",
                    function.name(),
                    values.len()
                );
                return Err(problem(&codes::ARGUMENTS, span, detail));
            }
        };
        Ok(match (function, value.is_wholly_known()) {
            (Special::Can, true) => Value::from(true),
            (Special::Can, false) => Value::unknown(Type::Bool),
            (_, true) => value.clone(),
            (_, false) => Value::unknown(Type::Dynamic),
        })
    }

    /// Evaluates what may fail, and leaves nothing of a failure behind.
    pub(super) fn guarded(&mut self, node: &Node) -> Outcome {
        let (base, beside) = (self.locals.len(), self.also.len());
        let outcome = self.value(node);
        self.locals.truncate(base);
        self.also.truncate(beside);
        self.explained = None;
        outcome
    }

    fn try_each(&mut self, arguments: &[Node], span: Span) -> Outcome {
        let mut reasons = Vec::new();
        for node in arguments {
            match self.guarded(node) {
                // A part that is still open may yet turn out not to exist.
                Ok(value) if !value.is_wholly_known() => {
                    return Ok(Value::unknown(Type::Dynamic));
                }
                Ok(value) => return Ok(value),
                Err(reason) => reasons.push(reason),
            }
        }
        let mut diagnostic = problem(
            &codes::CALL,
            span,
            "None of the expressions in `try` could be evaluated.",
        );
        for reason in reasons {
            if let Some(at) = reason.subject {
                diagnostic = diagnostic.related(at, reason.to_string());
            }
        }
        Err(diagnostic)
    }

    /// `templatefile(path, variables)` and `templatestring(text, variables)`.
    fn render(
        &mut self,
        function: Special,
        [text, variables]: [&Value; 2],
        arguments: &[Node],
        span: Span,
    ) -> Outcome {
        let blame = |index: usize, detail: String| {
            let at = arguments.get(index).map_or(span, |node| node.span);
            problem(&codes::ARGUMENT, at, detail)
        };
        if text.is_null() {
            return Err(blame(
                0,
                format!(
                    "The first argument of `{}` is null; it must be a string.",
                    function.name()
                ),
            ));
        }
        let referred = matches!(
            arguments.first().map(|node| &node.kind),
            Some(Kind::Subject(_) | Kind::Instance { .. } | Kind::Access { .. } | Kind::Local { .. })
        );
        if function == Special::TemplateString && !referred {
            let detail = "The template must be a reference to a string that comes from elsewhere. Text that is known \
                          here can stand in quotes without `templatestring`.";
            return Err(blame(0, detail.to_owned()));
        }
        if !text.is_known() {
            return Ok(Value::unknown(Type::Dynamic).marked(text.marks | variables.marks_deep()));
        }
        let first = convert(text, &Type::String).map_err(|error| blame(0, sentence(&error.message)))?;
        let mut marks = first.marks | variables.marks_deep();
        let (Some(first), true) = (first.as_str(), variables.is_known()) else {
            return Ok(Value::unknown(Type::Dynamic).marked(marks));
        };
        let Some(entries) = variables.as_entries() else {
            return Err(blame(
                1,
                format!(
                    "The variables must be a map or an object, and this is {}.",
                    article(&variables.ty())
                ),
            ));
        };
        let (content, name): (Arc<str>, &str) = match function {
            Special::TemplateFile => {
                let bytes = self.scope.functions().read_file(Path::new(first));
                let bytes = bytes
                    .map_err(|error| blame(0, format!("The file {first} could not be read: {error}.")))?;
                let content = std::str::from_utf8(&bytes)
                    .map_err(|_| blame(0, format!("The file {first} is not UTF-8 text.")))?;
                (content.into(), first)
            }
            Special::TemplateString | Special::Try | Special::Can => (first.into(), "in the first argument"),
        };
        let names: Vec<Arc<str>> = entries.keys().cloned().collect();
        if let Some(bad) = names.iter().find(|name| !regprov_addr::is_identifier(name)) {
            return Err(blame(
                1,
                format!(
                    "The variable {bad:?} is not a valid name: names start with a letter and hold letters, digits, `_` and `-`."
                ),
            ));
        }
        let compiled = compile_template(&content, name, &names, span).map_err(first_of)?;
        let mut locals: Vec<Value> = entries.values().cloned().collect();
        let scope = FunctionsOnly(self.scope);
        let value = compiled.evaluate_with(&scope, &mut locals).map_err(|found| {
            let diagnostic = first_of(found);
            let detail = format!("While rendering the template {name}: {}", diagnostic.detail);
            diagnostic.detail(detail).at(span)
        })?;
        marks |= value.marks;
        Ok(value.marked(marks))
    }
}

impl Evaluator<'_> {
    /// A function that a provider offers.
    pub(super) fn provider_call(&mut self, call: &ProviderCall, arguments: &[Node], expand: bool) -> Outcome {
        let given = self.arguments(arguments, expand)?;
        let Some(function) = self.scope.provider_function(&call.provider, &call.function) else {
            if self.scope.is_foreign(&call.provider) {
                return Ok(Value::unknown(Type::Dynamic));
            }
            return Err(crate::provider_functions::no_such(
                call,
                &crate::ModuleFunctions::default(),
            ));
        };
        if given.open {
            return Ok(Value::unknown(function.returns.clone()));
        }
        crate::provider_functions::invoke(function, given.values, self.scope.functions())
            .map_err(|error| failed(&call.to_string(), &error, arguments, call.span))
    }
}

/// Inside a template only its variables and the functions can be seen.
struct FunctionsOnly<'a>(&'a dyn Scope);

impl Scope for FunctionsOnly<'_> {
    fn provider_function(&self, provider: &str, function: &str) -> Option<&ProviderFunction> {
        self.0.provider_function(provider, function)
    }

    fn is_foreign(&self, provider: &str) -> bool {
        self.0.is_foreign(provider)
    }

    fn functions(&self) -> &dyn crate::FunctionContext {
        self.0.functions()
    }
}

fn failed(name: &str, error: &FunctionError, arguments: &[Node], span: Span) -> Diagnostic {
    if error.too_large {
        let detail = format!("Call to function `{name}` failed: {}", error.message);
        return problem(&codes::SIZE, span, detail);
    }
    match error.argument {
        Some(index) => {
            // With an expanded list, the last one written holds all further arguments.
            let at = arguments
                .get(index)
                .or(arguments.last())
                .map_or(span, |node| node.span);
            let detail = format!(
                "The value of argument {} of `{name}` is not accepted: {}",
                index + 1,
                fragment(&error.message)
            );
            problem(&codes::ARGUMENT, at, detail)
        }
        None => problem(
            &codes::CALL,
            span,
            format!("Call to function `{name}` failed: {}", fragment(&error.message)),
        ),
    }
}

fn fragment(message: &str) -> String {
    if message.ends_with(['.', '!', '?']) {
        message.to_owned()
    } else {
        format!("{message}.")
    }
}
