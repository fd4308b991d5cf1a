//! What the families of functions share.

use crate::function::{CallArguments, Function, FunctionError, Kind, Parameter, Returns};
use regprov_value::{Marks, Refinements, Type, Value};

/// The result of a function.
pub(super) type Outcome = Result<Value, FunctionError>;
/// The arguments of one call.
pub(super) type Args<'a> = CallArguments<'a>;

/// A list of strings.
pub(super) const STRINGS: Kind = Kind::List(&Kind::String);
/// A list of anything, all of one type.
pub(super) const LIST: Kind = Kind::List(&Kind::Any);

/// One row of a table of functions.
pub(super) const fn define(
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Returns,
    call: fn(&mut Args<'_>) -> Outcome,
) -> Function {
    Function {
        name,
        parameters,
        variadic: None,
        returns,
        call,
    }
}

/// A function that gives a string.
pub(super) const fn text(
    name: &'static str,
    parameters: &'static [Parameter],
    call: fn(&mut Args<'_>) -> Outcome,
) -> Function {
    define(name, parameters, Returns::Always(Kind::String), call)
}

/// A function whose result can be of any type.
pub(super) fn any(_: &[Value]) -> Result<Type, FunctionError> {
    Ok(Type::Dynamic)
}

/// Refuses a text that would be longer than an expression may make, before it is made.
pub(super) fn check_text(bytes: Option<usize>) -> Result<(), FunctionError> {
    match bytes {
        Some(bytes) if bytes <= crate::limits::TEXT => Ok(()),
        _ => Err(FunctionError::too_large(crate::limits::too_much_text())),
    }
}

/// Refuses a collection that would have more elements than an expression may make, before it is made.
pub(super) fn check_elements(count: Option<usize>) -> Result<(), FunctionError> {
    match count {
        Some(count) if count <= crate::limits::ELEMENTS => Ok(()),
        _ => Err(FunctionError::too_large(crate::limits::too_many_elements())),
    }
}

/// A whole number from a number argument.
pub(super) fn whole(arguments: &Args<'_>, index: usize) -> Result<i64, FunctionError> {
    let number = arguments.number(index);
    number.to_i64().ok_or_else(|| {
        FunctionError::at(
            index,
            "a whole number between -9223372036854775808 and 9223372036854775807 is required",
        )
    })
}

/// A whole number that is not negative.
pub(super) fn size(arguments: &Args<'_>, index: usize) -> Result<usize, FunctionError> {
    let number = whole(arguments, index)?;
    usize::try_from(number).map_err(|_| FunctionError::at(index, "the number must not be negative"))
}

pub(super) use crate::eval::equal;

/// Refuses an argument by its type, known or not; a type that is open may yet be right.
pub(super) fn expect_type(
    value: &Value,
    index: usize,
    wanted: &str,
    right: fn(&Type) -> bool,
) -> Result<(), FunctionError> {
    let ty = value.ty();
    if ty == Type::Dynamic || right(&ty) {
        return Ok(());
    }
    blame(index, format!("{wanted}, not {}", ty.friendly_name()))
}

/// Known after apply, but never null.
pub(super) fn later(ty: Type) -> Value {
    Value::refined(
        ty,
        Refinements {
            not_null: true,
            ..Refinements::default()
        },
    )
}

/// The marks of a value itself, and the value without them.
pub(super) fn unmarked(arguments: &mut Args<'_>, index: usize) -> (Value, Marks) {
    arguments.take(index).unmark()
}

/// "string", "list of number": the type in plain words.
pub(super) fn type_name(value: &Value) -> String {
    value.ty().friendly_name()
}

/// Fails, blaming one argument.
pub(super) fn blame<T>(argument: usize, message: impl Into<String>) -> Result<T, FunctionError> {
    Err(FunctionError::at(argument, message))
}

/// Fails, blaming the call.
pub(super) fn fail<T>(message: impl Into<String>) -> Result<T, FunctionError> {
    Err(FunctionError::new(message))
}

/// A list of strings.
pub(super) fn strings(items: impl IntoIterator<Item = impl AsRef<str>>) -> Value {
    Value::list(Type::String, items.into_iter().map(Value::string).collect())
}

/// A known primitive as text.
pub(super) fn plain(value: &Value) -> String {
    regprov_value::convert(value, &Type::String)
        .ok()
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
