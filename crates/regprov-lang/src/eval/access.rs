//! Steps into values: attributes, indexes, splats.

use super::{Evaluator, Outcome, article};
use crate::codes;
use crate::expr::{Step, StepKind};
use crate::raw::{problem, with_suggestion};
use regprov_diag::{Diagnostic, Span};
use regprov_value::{Data, Refinements, Type, Unknown, Value, convert};

impl Evaluator<'_> {
    pub(super) fn steps(&mut self, mut value: Value, steps: &[Step]) -> Outcome {
        for step in steps {
            value = match &step.kind {
                StepKind::Attribute(name) => attribute(&value, name, step.span)?,
                StepKind::Index(key) => {
                    let key = self.value(key)?;
                    index(&value, &key, step.span)?
                }
                StepKind::Splat(each) => self.splat(value, each, step.span)?,
            };
        }
        Ok(value)
    }

    /// `value[*]…`: null gives nothing, what is no list, tuple or set stands for itself.
    fn splat(&mut self, value: Value, each: &[Step], span: Span) -> Outcome {
        let marks = value.marks;
        let listed = |ty: &Type| matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_));
        let items = match &value.data {
            Data::Null(ty) if listed(ty) => {
                let detail = "The value is null, so there are no elements to go over with `[*]`.";
                return Err(problem(&codes::NULL, span, detail));
            }
            Data::Null(_) => return Ok(Value::tuple(Vec::new()).marked(marks)),
            Data::List(_, items) | Data::Tuple(items) | Data::Set(_, items) => items.to_vec(),
            Data::Unknown(unknown) if unknown.ty == Type::Dynamic || listed(&unknown.ty) => {
                return self
                    .open_splat(&unknown.clone(), each)
                    .map(|value| value.marked(marks));
            }
            _ => vec![value.clone().unmark().0],
        };
        let results: Result<Vec<Value>, Diagnostic> =
            items.into_iter().map(|item| self.steps(item, each)).collect();
        let results = results?;
        if !value.is_known() && !super::definitely_not_null(&value) {
            // It may yet be null, which would give an empty tuple.
            return Ok(Value::unknown(Type::Dynamic).marked(marks));
        }
        let result = match (&value.data, results.first().map(Value::ty)) {
            (Data::List(element, _) | Data::Set(element, _), None) => {
                let element = self.steps(Value::unknown(element.clone()), each)?.ty();
                Value::list(element, results)
            }
            (Data::List(..) | Data::Set(..), Some(first))
                if results.iter().all(|item| item.ty() == first) =>
            {
                Value::list(first, results)
            }
            (_, _) => Value::tuple(results),
        };
        Ok(result.marked(marks))
    }

    fn open_splat(&mut self, unknown: &Unknown, each: &[Step]) -> Outcome {
        let mut refinements = Refinements {
            not_null: true,
            ..Refinements::default()
        };
        let ty = match &unknown.ty {
            Type::List(element) | Type::Set(element) => {
                refinements.length_min = unknown.refinements.length_min;
                refinements.length_max = unknown.refinements.length_max;
                let item = self.steps(Value::unknown(Type::clone(element)), each)?;
                Type::list(item.ty())
            }
            Type::Tuple(types) => {
                let items: Result<Vec<Type>, Diagnostic> = types
                    .iter()
                    .map(|ty| Ok(self.steps(Value::unknown(ty.clone()), each)?.ty()))
                    .collect();
                Type::tuple(items?)
            }
            _ => return Ok(Value::unknown(Type::Dynamic)),
        };
        Ok(Value::refined(ty, refinements))
    }
}

/// `value.name`
pub(crate) fn attribute(value: &Value, name: &str, span: Span) -> Outcome {
    let marks = value.marks;
    match &value.data {
        Data::Null(_) => {
            let detail = format!("The value is null, so it has no attribute `{name}`.");
            Err(problem(&codes::NULL, span, detail))
        }
        Data::Object(entries) => match entries.get(name) {
            Some(item) => Ok(item.clone().marked(marks)),
            None => {
                let detail = format!("This object has no attribute named `{name}`.");
                let names: Vec<&str> = entries.keys().map(AsRef::as_ref).collect();
                Err(with_suggestion(
                    problem(&codes::ATTRIBUTE, span, detail),
                    name,
                    &names,
                ))
            }
        },
        Data::Map(_, entries) => match entries.get(name) {
            Some(item) => Ok(item.clone().marked(marks)),
            None => Err(problem(
                &codes::ATTRIBUTE,
                span,
                format!("This map has no element with the key `{name}`."),
            )),
        },
        Data::Unknown(unknown) => open_attribute(&unknown.ty, name, span).map(|value| value.marked(marks)),
        Data::List(_, items) | Data::Tuple(items) => {
            let mut detail =
                format!("A list has no attribute `{name}`; its elements are selected by number.");
            if items.iter().any(|item| item.get(name).is_some()) {
                detail.push_str(&format!(
                    " `[0].{name}` gives it of the first element, `[*].{name}` of all."
                ));
            }
            Err(problem(&codes::ATTRIBUTE, span, detail))
        }
        Data::Set(..) => {
            let detail = format!("A set has no attribute `{name}`. `[*].{name}` gives it of all elements.");
            Err(problem(&codes::ATTRIBUTE, span, detail))
        }
        Data::Bool(_) | Data::Number(_) | Data::String(_) => {
            let detail = format!(
                "The value is {}, which has no attributes, so there is no `{name}`.",
                article(&value.ty())
            );
            Err(problem(&codes::ATTRIBUTE, span, detail))
        }
    }
}

fn open_attribute(ty: &Type, name: &str, span: Span) -> Outcome {
    match ty {
        Type::Dynamic => Ok(Value::unknown(Type::Dynamic)),
        Type::Map(element) => Ok(Value::unknown(Type::clone(element))),
        Type::Object(object) => match object.attributes.get(name) {
            Some(ty) => Ok(Value::unknown(ty.clone())),
            None => {
                let names: Vec<&str> = object.attributes.keys().map(AsRef::as_ref).collect();
                let detail = format!("This object has no attribute named `{name}`.");
                Err(with_suggestion(
                    problem(&codes::ATTRIBUTE, span, detail),
                    name,
                    &names,
                ))
            }
        },
        Type::List(element) | Type::Set(element) => {
            let mut detail = format!(
                "A {} has no attribute `{name}`.",
                if matches!(ty, Type::Set(_)) { "set" } else { "list" }
            );
            if matches!(&**element, Type::Object(object) if object.attributes.contains_key(name)) {
                detail.push_str(&format!(
                    " `[0].{name}` gives it of the first element, `[*].{name}` of all."
                ));
            }
            Err(problem(&codes::ATTRIBUTE, span, detail))
        }
        other => {
            let detail = format!(
                "The value is {}, which has no attributes, so there is no `{name}`.",
                article(other)
            );
            Err(problem(&codes::ATTRIBUTE, span, detail))
        }
    }
}

/// `value[key]`
pub(crate) fn index(value: &Value, key: &Value, span: Span) -> Outcome {
    element(value, key, span).map_err(|error| match key.marks.is_empty() {
        true => error,
        // The words hold the key.
        false => error.detail("The value has no element at this index, which is sensitive and not shown."),
    })
}

fn element(value: &Value, key: &Value, span: Span) -> Outcome {
    let marks = value.marks | key.marks;
    if value.is_null() {
        return Err(problem(
            &codes::NULL,
            span,
            "The value is null, so it has no elements.",
        ));
    }
    if key.is_null() {
        return Err(problem(
            &codes::INDEX,
            span,
            "The index is null; it must be a number or a string.",
        ));
    }
    let result = match &value.data {
        Data::List(element, items) => by_number(items, key, span, || Value::unknown(element.clone())),
        Data::Tuple(items) => by_number(items, key, span, || Value::unknown(Type::Dynamic)),
        Data::Map(element, entries) => match text_key(key, span)? {
            Some(name) => entries
                .get(name.as_str())
                .cloned()
                .ok_or_else(|| no_element(&name, span)),
            None => Ok(Value::unknown(element.clone())),
        },
        Data::Object(entries) => match text_key(key, span)? {
            Some(name) => entries.get(name.as_str()).cloned().ok_or_else(|| {
                let names: Vec<&str> = entries.keys().map(AsRef::as_ref).collect();
                with_suggestion(no_element(&name, span), &name, &names)
            }),
            None => Ok(Value::unknown(Type::Dynamic)),
        },
        Data::Unknown(unknown) => open_index(&unknown.ty, key, span),
        Data::Set(..) => {
            let detail = "The elements of a set have no order and no keys, so none can be selected. `tolist(…)` makes a list of it, \
                          and `for` goes over all of them.";
            Err(problem(&codes::INDEX, span, detail))
        }
        Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
            Err(not_indexed(&value.ty(), span))
        }
    };
    result.map(|value| value.marked(marks))
}

fn not_indexed(ty: &Type, span: Span) -> Diagnostic {
    problem(
        &codes::INDEX,
        span,
        format!("The value is {}, which has no elements to select.", article(ty)),
    )
}

fn no_element(name: &str, span: Span) -> Diagnostic {
    problem(
        &codes::INDEX,
        span,
        format!("The value has no element with the key {name:?}."),
    )
}

fn text_key(key: &Value, span: Span) -> Result<Option<String>, Diagnostic> {
    let converted = convert(key, &Type::String).map_err(|_| {
        problem(
            &codes::INDEX,
            span,
            format!("The key must be a string, and this is {}.", article(&key.ty())),
        )
    })?;
    Ok(converted.as_str().map(str::to_owned))
}

/// The number of an index; `None` while it is open.
fn number_key(key: &Value, span: Span) -> Result<Option<regprov_value::Number>, Diagnostic> {
    let converted = convert(key, &Type::Number).map_err(|_| {
        problem(
            &codes::INDEX,
            span,
            format!("The index must be a number, and this is {}.", article(&key.ty())),
        )
    })?;
    Ok(converted.as_number().cloned())
}

fn by_number(items: &[Value], key: &Value, span: Span, open: impl FnOnce() -> Value) -> Outcome {
    let Some(number) = number_key(key, span)? else {
        return Ok(open());
    };
    if let Some(item) = number.to_usize().and_then(|at| items.get(at)) {
        return Ok(item.clone());
    }
    let why = if !number.is_whole() {
        "it is not a whole number".to_owned()
    } else if number.signum() < 0 {
        "it is negative; `element(list, -1)` or `list[length(list) - 1]` gives the last element".to_owned()
    } else if items.is_empty() {
        "the collection is empty".to_owned()
    } else {
        format!("there are only {} elements, counted from 0", items.len())
    };
    Err(problem(
        &codes::INDEX,
        span,
        format!("There is no element {number}: {why}."),
    ))
}

fn open_index(ty: &Type, key: &Value, span: Span) -> Outcome {
    match ty {
        Type::Dynamic => Ok(Value::unknown(Type::Dynamic)),
        Type::List(element) => {
            number_key(key, span)?;
            Ok(Value::unknown(Type::clone(element)))
        }
        Type::Map(element) => {
            text_key(key, span)?;
            Ok(Value::unknown(Type::clone(element)))
        }
        Type::Tuple(types) => match number_key(key, span)? {
            None => Ok(Value::unknown(Type::Dynamic)),
            Some(number) => match number.to_usize().and_then(|at| types.get(at)) {
                Some(ty) => Ok(Value::unknown(ty.clone())),
                None => {
                    let detail = format!(
                        "There is no element {number}: there are only {} elements, counted from 0.",
                        types.len()
                    );
                    Err(problem(&codes::INDEX, span, detail))
                }
            },
        },
        Type::Object(_) => match text_key(key, span)? {
            None => Ok(Value::unknown(Type::Dynamic)),
            Some(name) => open_attribute(ty, &name, span),
        },
        Type::Set(_) | Type::Bool | Type::Number | Type::String => Err(not_indexed(ty, span)),
    }
}
