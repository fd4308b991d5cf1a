//! Functions: how they are declared, and how they are called.

use crate::{FunctionContext, functions};
use regprov_value::{Marks, Number, Refinements, Type, Value, convert};
use std::collections::HashMap;
use std::sync::LazyLock;

/// One function of the language.
pub(crate) struct Function {
    /// The name in the language.
    pub(crate) name: &'static str,
    /// The parameters, in order.
    pub(crate) parameters: &'static [Parameter],
    /// What any further arguments must be; `None` where there may be none.
    pub(crate) variadic: Option<Parameter>,
    /// The type of the result, needed where an argument is not known yet.
    pub(crate) returns: Returns,
    /// Computes the result.
    pub(crate) call: fn(&mut CallArguments<'_>) -> Result<Value, FunctionError>,
}

/// One parameter of a function. What it does not allow is settled before the function is called.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    nullable: bool,
    unknown: Unknowns,
    marked: bool,
    keeps_marks: bool,
}

/// What a parameter accepts that is known only after apply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknowns {
    /// The argument itself must be known; parts of it need not be.
    Parts,
    /// Everything in it must be known.
    Nothing,
    /// Anything may be open; the function deals with it.
    Anything,
}

/// The type of a parameter or result, as constant data.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Any,
    Bool,
    Number,
    String,
    List(&'static Kind),
    Set(&'static Kind),
    Map(&'static Kind),
}

/// The type of a function's result.
#[derive(Clone, Copy)]
pub(crate) enum Returns {
    /// Always this type, and never null.
    Always(Kind),
    /// Computed from the arguments, any of which may be known only after apply; never fails on those.
    From(fn(&[Value]) -> Result<Type, FunctionError>),
}

impl Kind {
    pub(crate) fn to_type(self) -> Type {
        match self {
            Self::Any => Type::Dynamic,
            Self::Bool => Type::Bool,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::List(element) => Type::list(element.to_type()),
            Self::Set(element) => Type::set(element.to_type()),
            Self::Map(element) => Type::map(element.to_type()),
        }
    }
}

impl Parameter {
    /// A parameter of a kind: not null, not marked, itself known.
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            nullable: false,
            unknown: Unknowns::Parts,
            marked: false,
            keeps_marks: false,
        }
    }

    /// A string.
    pub(crate) const fn string(name: &'static str) -> Self {
        Self::new(name, Kind::String)
    }

    /// A number.
    pub(crate) const fn number(name: &'static str) -> Self {
        Self::new(name, Kind::Number)
    }

    /// A value of any type.
    pub(crate) const fn any(name: &'static str) -> Self {
        Self::new(name, Kind::Any)
    }

    /// Null is allowed.
    pub(crate) const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Everything inside must be known, else the result is known only after apply.
    pub(crate) const fn wholly_known(mut self) -> Self {
        self.unknown = Unknowns::Nothing;
        self
    }

    /// The function deals itself with what is known only after apply.
    pub(crate) const fn open(mut self) -> Self {
        self.unknown = Unknowns::Anything;
        self
    }

    /// Whether null is allowed.
    pub(crate) const fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// The function deals itself with marks (on the argument and inside it); otherwise they are taken off and put on
    /// the result.
    pub(crate) const fn marked(mut self) -> Self {
        self.marked = true;
        self
    }
}

impl Parameter {
    /// As [`Self::marked`], and marks reach the result also while the argument is open.
    pub(crate) const fn marked_when_open(mut self) -> Self {
        self.marked = true;
        self.keeps_marks = true;
        self
    }
}

/// The arguments of one call, converted to their parameters' types.
pub(crate) struct CallArguments<'a> {
    /// The arguments, in order.
    pub(crate) values: Vec<Value>,
    /// The surroundings.
    pub(crate) context: &'a dyn FunctionContext,
    /// Whether an argument must not be shown, not even in an error.
    pub(crate) secret: bool,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionError {
    /// The argument to blame, counted from 0; `None` blames the call.
    pub(crate) argument: Option<usize>,
    /// A fragment that completes "Call to function failed: ": "a number is required".
    pub(crate) message: String,
    /// Whether a limit of size is what stopped it.
    pub(crate) too_large: bool,
}

impl FunctionError {
    /// The result would be larger than a limit allows; the message names the limit.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self {
            too_large: true,
            ..Self::new(message)
        }
    }

    /// Blames the call.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            argument: None,
            message: message.into(),
            too_large: false,
        }
    }

    /// Blames one argument, counted from 0.
    pub(crate) fn at(argument: usize, message: impl Into<String>) -> Self {
        Self {
            argument: Some(argument),
            message: message.into(),
            too_large: false,
        }
    }
}

impl CallArguments<'_> {
    /// Text from an argument as an error may show it.
    pub(crate) fn quote(&self, text: impl std::fmt::Display) -> String {
        if self.secret {
            "(sensitive value)".into()
        } else {
            format!("\"{}\"", regprov_diag::escape_control(&text.to_string()))
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Takes the argument out (leaves a null); one that was not given is a null.
    pub(crate) fn take(&mut self, index: usize) -> Value {
        let slot = self.values.get_mut(index);
        slot.map_or_else(
            || Value::null(Type::Dynamic),
            |slot| std::mem::replace(slot, Value::null(Type::Dynamic)),
        )
    }

    /// The argument, if it was given.
    pub(crate) fn get(&self, index: usize) -> Option<&Value> {
        self.values.get(index)
    }

    /// The text of a string parameter; empty where it is not one.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.get(index).and_then(Value::as_str).unwrap_or_default()
    }

    /// The number of a number parameter; zero where it is not one.
    pub(crate) fn number(&self, index: usize) -> Number {
        self.get(index)
            .and_then(Value::as_number)
            .cloned()
            .unwrap_or_else(|| Number::from(0_i64))
    }

    /// The items of a list, set or tuple; none where it is not one.
    pub(crate) fn items(&self, index: usize) -> &[Value] {
        self.get(index).and_then(Value::as_items).unwrap_or_default()
    }
}

/// The function of this name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
        functions::all()
            .map(|function| (function.name, function))
            .collect()
    });
    BY_NAME.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}

/// Calls a function as Terraform does: counts and converts the arguments, refuses nulls, answers "known after apply" for
/// arguments that are not known yet, and carries marks from the arguments to the result.
pub(crate) fn invoke(
    function: &Function,
    arguments: Vec<Value>,
    context: &dyn FunctionContext,
) -> Result<Value, FunctionError> {
    check_count(function, arguments.len())?;
    let mut marks = Marks::NONE;
    let mut open = false;
    let mut values = Vec::with_capacity(arguments.len());
    for (index, argument) in arguments.into_iter().enumerate() {
        let parameter = function.parameters.get(index).or(function.variadic.as_ref());
        let parameter = parameter.ok_or_else(|| FunctionError::new("there are too many arguments"))?;
        let mut value = accept(parameter, index, argument)?;
        if parameter.keeps_marks && !value.is_known() {
            marks |= value.marks;
        }
        if !parameter.marked {
            let (plain, found) = value.unmark_deep();
            value = plain;
            marks |= found;
        }
        open |= match parameter.unknown {
            Unknowns::Parts => !value.is_known(),
            Unknowns::Nothing => !value.is_wholly_known(),
            Unknowns::Anything => false,
        };
        values.push(value);
    }
    if open {
        return Ok(open_result(function, &values)?.marked(marks));
    }
    let secret = !(marks | marks_of(&values)).is_empty();
    let result = (function.call)(&mut CallArguments {
        values,
        context,
        secret,
    })?;
    Ok(result.marked(marks))
}

fn marks_of(values: &[Value]) -> Marks {
    values
        .iter()
        .fold(Marks::NONE, |marks, value| marks | value.marks_deep())
}

fn open_result(function: &Function, values: &[Value]) -> Result<Value, FunctionError> {
    match function.returns {
        Returns::Always(Kind::Any) => Ok(Value::unknown(Type::Dynamic)),
        Returns::Always(kind) => {
            let refinements = Refinements {
                not_null: true,
                ..Refinements::default()
            };
            Ok(Value::refined(kind.to_type(), refinements))
        }
        Returns::From(compute) => Ok(Value::unknown(compute(values)?)),
    }
}

fn accept(parameter: &Parameter, index: usize, argument: Value) -> Result<Value, FunctionError> {
    if argument.is_null() && !parameter.nullable {
        return Err(FunctionError::at(index, "argument must not be null"));
    }
    match parameter.kind {
        Kind::Any => Ok(argument),
        kind => {
            let ty = kind.to_type();
            convert(&argument, &ty)
                .map_err(|error| FunctionError::at(index, crate::eval::conversion_message(&error)))
        }
    }
}

/// Checks the number of arguments, as far as it is known before they are.
pub(crate) fn check_count(function: &Function, count: usize) -> Result<(), FunctionError> {
    let least = function.parameters.len();
    if let Some(missing) = function.parameters.get(count) {
        let at_least = if function.variadic.is_some() {
            "at least "
        } else {
            ""
        };
        let message = format!(
            "function \"{}\" expects {at_least}{}; the argument for \"{}\" is missing",
            function.name,
            arguments(least),
            missing.name
        );
        return Err(FunctionError::new(message));
    }
    if count > least && function.variadic.is_none() {
        let message = format!("function \"{}\" expects only {}", function.name, arguments(least));
        return Err(FunctionError::at(least, message));
    }
    Ok(())
}

fn arguments(count: usize) -> String {
    format!("{count} argument{}", if count == 1 { "" } else { "s" })
}

/// All names, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    functions::all()
        .map(|function| function.name)
        .chain(["try", "can", "templatefile", "templatestring"])
}
