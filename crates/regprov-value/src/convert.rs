//! Conversion of a value to a type constraint.

use crate::{Data, Number, ObjectType, Type, Unknown, Value, unify};
use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a value does not fit a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConversionError {
    /// Where inside the value.
    pub path: AttributePath,
    /// What is wrong there: "a number is required".
    pub message: String,
}

impl ConversionError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            path: AttributePath(Vec::new()),
            message: message.into(),
        }
    }

    fn within(mut self, step: AttributeStep) -> Self {
        self.path.0.insert(0, step);
        self
    }
}

/// Converts a value to a type constraint, as Terraform does: primitives through their text, tuples to lists and sets,
/// objects to maps and back, missing optional attributes to null. Marks stay.
///
/// # Errors
/// When the value does not fit; the error says where.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConversionError> {
    let converted = convert_data(value, ty)?;
    Ok(converted.marked(value.marks))
}

fn convert_data(value: &Value, ty: &Type) -> Result<Value, ConversionError> {
    match (&value.data, ty) {
        (_, Type::Dynamic) => Ok(Value::from(value.data.clone())),
        (Data::Null(own), _) if converts(own, ty) => Ok(Value::null(settled(own, ty))),
        (Data::Unknown(unknown), _) => convert_unknown(unknown, ty),
        (Data::Bool(_), Type::Bool) | (Data::Number(_), Type::Number) | (Data::String(_), Type::String) => {
            Ok(Value::from(value.data.clone()))
        }
        (Data::Bool(truth), Type::String) => Ok(Value::string(if *truth { "true" } else { "false" })),
        (Data::Number(number), Type::String) => Ok(Value::string(number.to_string())),
        (Data::String(text), Type::Number) => match text.parse::<Number>() {
            Ok(number) => Ok(number.into()),
            Err(error) => Err(ConversionError::new(error.to_string())),
        },
        (Data::String(text), Type::Bool) => text_to_bool(text),
        (Data::List(own, items) | Data::Set(own, items), Type::List(element) | Type::Set(element))
            if items.is_empty() && !converts(own, element) =>
        {
            Err(ConversionError::new(required(ty)))
        }
        (Data::Map(own, entries), Type::Map(element)) if entries.is_empty() && !converts(own, element) => {
            Err(ConversionError::new(required(ty)))
        }
        (Data::List(own, items) | Data::Set(own, items), Type::List(element))
            if items.is_empty() && **element == Type::Dynamic =>
        {
            Ok(Value::list(own.clone(), Vec::new()))
        }
        (Data::List(own, items) | Data::Set(own, items), Type::Set(element))
            if items.is_empty() && **element == Type::Dynamic =>
        {
            Ok(Value::set(own.clone(), Vec::new()))
        }
        (Data::Map(own, entries), Type::Map(element)) if entries.is_empty() && **element == Type::Dynamic => {
            Ok(Value::map(own.clone(), BTreeMap::new()))
        }
        (Data::Set(_, items), Type::List(element)) if items.len() > 1 && !value.is_wholly_known() => {
            // What is open may turn out to be the same, so that the length is open too.
            let (element, _) = convert_items(items, element)?;
            Ok(Value::unknown(Type::list(element)))
        }
        (Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items), Type::List(element)) => {
            let (element, items) = convert_items(items, element)?;
            Ok(Value::list(element, items))
        }
        (Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items), Type::Set(element)) => {
            let (element, items) = convert_items(items, element)?;
            Ok(Value::set(element, items))
        }
        (Data::Tuple(items), Type::Tuple(types)) => convert_tuple(items, types),
        (Data::Map(_, entries) | Data::Object(entries), Type::Map(element)) => convert_map(entries, element),
        (Data::Map(_, entries) | Data::Object(entries), Type::Object(object)) => {
            convert_object(entries, object)
        }
        (_, _) => Err(ConversionError::new(required(ty))),
    }
}

fn required(ty: &Type) -> String {
    let name = ty.friendly_name();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    match ty {
        Type::Bool | Type::Number | Type::String | Type::Object(_) | Type::Tuple(_) => {
            format!("{article} {name} is required")
        }
        Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Map(_) => format!("{name} required"),
    }
}

fn convert_unknown(unknown: &Unknown, ty: &Type) -> Result<Value, ConversionError> {
    if unknown.ty == Type::Dynamic || converts(&unknown.ty, ty) {
        let mut refinements = unknown.refinements.clone();
        if *ty != Type::String {
            refinements.prefix = None;
        }
        if *ty != Type::Number {
            refinements.number_min = None;
            refinements.number_max = None;
        }
        return Ok(Value::refined(settled(&unknown.ty, ty), refinements));
    }
    Err(ConversionError::new(required(ty)))
}

/// The type that no value of a type is converted to: what the constraint leaves open, its own type settles.
fn settled(own: &Type, constraint: &Type) -> Type {
    let inner = |own: &Type, constraint: &Type| settled(own, constraint);
    match (own, constraint) {
        (_, Type::Dynamic) => own.clone(),
        (Type::List(own) | Type::Set(own), Type::List(element)) => Type::list(inner(own, element)),
        (Type::List(own) | Type::Set(own), Type::Set(element)) => Type::set(inner(own, element)),
        (Type::Map(own), Type::Map(element)) => Type::map(inner(own, element)),
        (Type::Tuple(own), Type::List(element)) if **element == Type::Dynamic => {
            Type::list(joined(own, element).unwrap_or(Type::Dynamic))
        }
        (Type::Tuple(own), Type::Set(element)) if **element == Type::Dynamic => {
            Type::set(joined(own, element).unwrap_or(Type::Dynamic))
        }
        (Type::Object(own), Type::Map(element)) if **element == Type::Dynamic => {
            let values: Vec<Type> = own.attributes.values().cloned().collect();
            Type::map(joined(&values, element).unwrap_or(Type::Dynamic))
        }
        (_, _) => constraint.without_optional(),
    }
}

/// Whether values of one type may convert to another.
pub(crate) fn converts(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => true,
        (Type::Bool | Type::Number | Type::String, Type::String)
        | (Type::String, Type::Number | Type::Bool)
        | (Type::Bool, Type::Bool)
        | (Type::Number, Type::Number) => true,
        (Type::List(from) | Type::Set(from), Type::List(to) | Type::Set(to))
        | (Type::Map(from), Type::Map(to)) => converts(from, to),
        (Type::Tuple(from), Type::List(to) | Type::Set(to)) => {
            from.is_empty() || joined(from, to).is_some_and(|to| from.iter().all(|from| converts(from, &to)))
        }
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(to.iter()).all(|(from, to)| converts(from, to))
        }
        (Type::Object(from), Type::Map(to)) => {
            let values: Vec<Type> = from.attributes.values().cloned().collect();
            values.is_empty()
                || match to.as_ref() {
                    Type::Dynamic => unify(&values).is_some(),
                    to => values.iter().all(|from| converts(from, to)),
                }
        }
        (Type::Map(from), Type::Object(to)) => to
            .attributes
            .iter()
            .all(|(name, ty)| converts(from, ty) || to.optional.contains(name)),
        (Type::Object(from), Type::Object(to)) => to.attributes.iter().all(|(name, ty)| {
            from.attributes
                .get(name)
                .map_or_else(|| to.optional.contains(name), |from| converts(from, ty))
        }),
        (_, _) => false,
    }
}

/// The element type that items of these types get under a constraint; `None` where they have none in common.
fn joined(items: &[Type], element: &Type) -> Option<Type> {
    if *element != Type::Dynamic {
        return Some(element.clone());
    }
    let all_open = || items.iter().all(|ty| *ty == Type::Dynamic);
    unify(items).filter(|found| *found != Type::Dynamic || all_open())
}

fn text_to_bool(text: &str) -> Result<Value, ConversionError> {
    match text {
        "true" | "1" => Ok(Value::from(true)),
        "false" | "0" => Ok(Value::from(false)),
        "True" | "TRUE" => Err(ConversionError::new(
            "a bool is required; to convert from string, use lowercase \"true\"",
        )),
        "False" | "FALSE" => Err(ConversionError::new(
            "a bool is required; to convert from string, use lowercase \"false\"",
        )),
        _ => Err(ConversionError::new("a bool is required")),
    }
}

fn convert_items(items: &[Value], element: &Type) -> Result<(Type, Vec<Value>), ConversionError> {
    let target = if element.has_dynamic() {
        let types: Vec<Type> = items.iter().map(|item| resolve(item, element)).collect();
        let found = if types.is_empty() {
            Some(element.clone())
        } else {
            joined(&types, &Type::Dynamic)
        };
        found.ok_or_else(|| ConversionError::new("all list elements must have the same type"))?
    } else {
        element.clone()
    };
    let converted = items.iter().enumerate().map(|(index, item)| {
        convert(item, &target)
            .map_err(|error| error.within(AttributeStep::Index(InstanceKey::Int(index as u64))))
    });
    let converted: Vec<Value> = converted.collect::<Result<_, _>>()?;
    if !of_one_type(&target, converted.iter()) {
        return Err(ConversionError::new("all list elements must have the same type"));
    }
    Ok((target.without_optional(), converted))
}

/// Whether elements have the same type, where their constraint leaves it open.
fn of_one_type<'v>(constraint: &Type, mut items: impl Iterator<Item = &'v Value>) -> bool {
    if !constraint.has_dynamic() || *constraint == Type::Dynamic {
        return true;
    }
    let first = items.next().map(Value::ty);
    items.all(|item| first.as_ref() == Some(&item.ty()))
}

/// The type that an item would have under a constraint with open parts.
fn resolve(item: &Value, constraint: &Type) -> Type {
    convert(item, constraint).map_or_else(|_| item.ty(), |converted| converted.ty())
}

fn convert_tuple(items: &[Value], types: &[Type]) -> Result<Value, ConversionError> {
    if items.len() != types.len() {
        return Err(ConversionError::new(format!(
            "a tuple of {} elements is required, not {}",
            types.len(),
            items.len()
        )));
    }
    let parts = items.iter().zip(types).enumerate().map(|(index, (item, ty))| {
        convert(item, ty).map_err(|error| error.within(AttributeStep::Index(InstanceKey::Int(index as u64))))
    });
    Ok(Value::tuple(parts.collect::<Result<_, _>>()?))
}

fn convert_map(entries: &BTreeMap<Arc<str>, Value>, element: &Type) -> Result<Value, ConversionError> {
    let target = if element.has_dynamic() {
        let found = if entries.is_empty() {
            Some(element.clone())
        } else {
            let of = |items: &[&Value]| {
                let types: Vec<Type> = items.iter().map(|item| resolve(item, element)).collect();
                joined(&types, &Type::Dynamic)
            };
            let all: Vec<&Value> = entries.values().collect();
            let some: Vec<&Value> = entries.values().filter(|item| !item.is_null()).collect();
            of(&all).or_else(|| of(&some))
        };
        found.ok_or_else(|| ConversionError::new("all map elements must have the same type"))?
    } else {
        element.clone()
    };
    let mut map = BTreeMap::new();
    for (name, item) in entries {
        let item = convert(item, &target)
            .map_err(|error| error.within(AttributeStep::Index(InstanceKey::String(name.to_string()))))?;
        map.insert(name.clone(), item);
    }
    if !of_one_type(&target, map.values()) {
        return Err(ConversionError::new("all map elements must have the same type"));
    }
    Ok(Value::map(target.without_optional(), map))
}

fn convert_object(
    entries: &BTreeMap<Arc<str>, Value>,
    object: &ObjectType,
) -> Result<Value, ConversionError> {
    let missing: Vec<String> = object
        .attributes
        .keys()
        .filter(|name| !entries.contains_key(*name) && !object.optional.contains(*name))
        .map(|name| format!("{name:?}"))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return Err(ConversionError::new(format!("attribute {one} is required"))),
        many => {
            return Err(ConversionError::new(format!(
                "attributes {} are required",
                many.join(", ")
            )));
        }
    }
    let mut map = BTreeMap::new();
    for (name, ty) in &object.attributes {
        let item = match entries.get(name) {
            Some(item) => {
                convert(item, ty).map_err(|error| error.within(AttributeStep::Name(name.to_string())))?
            }
            None => Value::null(ty.without_optional()),
        };
        map.insert(name.clone(), item);
    }
    Ok(Data::Object(Arc::new(map)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primitives_convert_through_their_text() {
        assert_eq!(
            convert(&Value::from("12"), &Type::Number).unwrap(),
            Value::from(12)
        );
        assert_eq!(
            convert(&Value::from(true), &Type::String).unwrap(),
            Value::from("true")
        );
        assert!(convert(&Value::from(1), &Type::Bool).is_err());
    }

    #[test]
    fn a_tuple_of_mixed_primitives_becomes_a_list_of_strings_under_any() {
        let tuple = Value::tuple(vec![Value::from(1), Value::from("a")]);
        let list = convert(&tuple, &Type::list(Type::Dynamic)).unwrap();
        assert_eq!(list.ty(), Type::list(Type::String));
    }

    #[test]
    fn a_missing_attribute_is_named() {
        let error = convert(
            &Value::object([("a", Value::from(1))]),
            &Type::object([("b", Type::Number)]),
        )
        .unwrap_err();
        assert_eq!(error.message, "attribute \"b\" is required");
    }

    #[test]
    fn sensitive_elements_of_a_set_mark_the_set() {
        let tuple = Value::tuple(vec![Value::from("a").sensitive(), Value::from("b")]);
        let set = convert(&tuple, &Type::set(Type::String)).unwrap();
        assert!(set.marks.contains(crate::Marks::SENSITIVE));
    }
}
