//! Arguments as older versions of a provider called them, or as they were written then.

use super::Decoder;
use crate::raw::problem;
use crate::{Body, codes};
use regprov_diag::Span;
use regprov_schema::{Attribute, Block, Former};
use regprov_value::{Type, Value, convert};
use std::borrow::Cow;

/// The type that an argument is read by: the one that it had, where that takes more.
pub(super) fn accepted<'a>(name: &str, schema: &'a Attribute) -> Cow<'a, Type> {
    let own = schema.former.iter().filter(|former| former.name == name);
    match own.filter_map(|former| former.form).next() {
        Some(form) => Cow::Owned(form()),
        None => Cow::Borrowed(&schema.ty),
    }
}

/// What an argument or block of an older name is called now.
pub(super) fn called_now<'a>(schema: &'a Block, name: &str) -> Option<(&'static str, &'a Former)> {
    let mut attributes = schema.attributes.iter();
    attributes.find_map(|(now, attribute)| {
        let former = attribute.former.iter().find(|former| former.name == name)?;
        (*now != name).then_some((*now, former))
    })
}

/// Whether an argument of this older form may be written as nested blocks.
pub(super) fn as_blocks(former: &Former) -> bool {
    former.form.is_some_and(|form| match form() {
        Type::List(element) | Type::Set(element) => matches!(*element, Type::Object(_)),
        _ => false,
    })
}

impl Decoder<'_> {
    /// The value of an argument that is written by an older name; `None` where it is not.
    pub(super) fn former(&mut self, body: &Body, schema: &Attribute) -> Option<Value> {
        let (former, place) = schema.former.iter().find_map(|former| {
            let argument = body.attributes.get(former.name);
            let block = body
                .blocks
                .iter()
                .find(|block| &*block.kind == former.name && as_blocks(former));
            let place = argument.map(|argument| argument.name_span);
            Some((former, place.or(block.map(|block| block.span))?))
        })?;
        let word = if body.attributes.contains_key(former.name) {
            "argument"
        } else {
            "block"
        };
        let detail = format!("The {word} `{}` is deprecated: {}.", former.name, former.instead);
        self.deprecated(place, detail);
        let ty = former
            .form
            .map_or(Cow::Borrowed(&schema.ty), |form| Cow::Owned(form()));
        let value = match former.form {
            Some(_) => self.as_blocks(body, former.name, &ty),
            None => None,
        };
        let value = match (value, body.attributes.get(former.name)) {
            (Some(value), _) => value,
            (None, Some(given)) => self.typed(&given.expr, &ty),
            (None, None) => Value::null(ty.without_optional()),
        };
        if schema.required && value.is_null() {
            let detail = format!(
                "The argument `{}` is required, and its value is null.",
                former.name
            );
            self.found.push(problem(&codes::MISSING_ARGUMENT, place, detail));
        }
        Some(self.converted(value, place, former, schema))
    }

    /// The value of an argument that is written by its name of now, which may have the form of an older version.
    pub(super) fn of_now(&mut self, value: Value, place: Span, name: &str, schema: &Attribute) -> Value {
        let own = schema.former.iter().filter(|former| former.name == name);
        own.fold(value, |value, former| {
            let older = match former.form {
                Some(_) => has_more(&value, &schema.ty),
                None => (former.convert)(value.clone()).as_ref() != Ok(&value),
            };
            if older {
                let detail = format!(
                    "This form of the argument `{name}` is deprecated: {}.",
                    former.instead
                );
                self.deprecated(place, detail);
            }
            self.converted(value, place, former, schema)
        })
    }

    fn converted(&mut self, value: Value, place: Span, former: &Former, schema: &Attribute) -> Value {
        let open = || Value::unknown(schema.ty.without_optional());
        match (former.convert)(value) {
            Ok(value) => convert(&value, &schema.ty).unwrap_or_else(|_| open()),
            Err(instead) => {
                let detail = format!("`{}` cannot be carried over: {instead}.", former.name);
                self.found.push(problem(&codes::VALUE, place, detail));
                open()
            }
        }
    }
}

/// Whether an object of a list sets something that the objects of a type do not have.
fn has_more(value: &Value, ty: &Type) -> bool {
    let (Type::List(element) | Type::Set(element)) = ty else {
        return false;
    };
    let Type::Object(object) = &**element else {
        return false;
    };
    let objects = value.as_items().unwrap_or_default().iter();
    let mut set = objects.filter_map(Value::as_entries).flatten();
    set.any(|(name, value)| !object.attributes.contains_key(name) && !value.is_null())
}
