//! Nested blocks, `dynamic` ones, and attributes that are written as blocks.

use super::Decoder;
use crate::eval::pairs;
use crate::raw::problem;
use crate::{BlockNode, Body, Dynamic, codes};
use regprov_diag::{Diagnostics, Span};
use regprov_schema::{NestedBlock, Nesting};
use regprov_value::{Marks, Type, Value};
use std::borrow::Cow;

/// The values of the blocks of one type.
struct Items {
    values: Vec<Value>,
    /// How many there are is known only after apply.
    open: bool,
    marks: Marks,
}

impl Decoder<'_> {
    pub(super) fn nested(&mut self, body: &Body, name: &str, schema: &NestedBlock) -> Value {
        let (blocks, last) = self.blocks(body, name);
        let items = self.items(&blocks, &mut |decoder, body| decoder.block(body, &schema.block));
        let element = schema.block.implied_type();
        if items.open {
            return Value::unknown(schema.implied_type()).marked(items.marks);
        }
        self.count(&items, name, schema, last.unwrap_or(body.span));
        let values = items.values;
        let value = match schema.nesting {
            Nesting::Single => values.into_iter().next().unwrap_or_else(|| Value::null(element)),
            Nesting::List => Value::list(element, values),
            Nesting::Set => Value::set(element, values),
        };
        value.marked(items.marks)
    }

    fn count(&mut self, items: &Items, name: &str, schema: &NestedBlock, span: Span) {
        let count = items.values.len();
        let most = match schema.nesting {
            Nesting::Single => 1,
            Nesting::List | Nesting::Set => schema.max_items,
        };
        if most > 0 && count > most {
            let detail =
                format!("At most {most} block(s) of type `{name}` may stand here, and there are {count}.");
            self.found.push(problem(&codes::BLOCK_COUNT, span, detail));
        }
        if count < schema.min_items {
            let detail = format!(
                "At least {} block(s) of type `{name}` are needed here, and there are {count}.",
                schema.min_items
            );
            self.found.push(problem(&codes::BLOCK_COUNT, span, detail));
        }
    }

    /// The blocks of a type, native or JSON, and the place of the last.
    fn blocks<'b>(&mut self, body: &'b Body, name: &str) -> (Cow<'b, [BlockNode]>, Option<Span>) {
        let own: Vec<&BlockNode> = body.blocks.iter().filter(|block| &*block.kind == name).collect();
        let json = body
            .attributes
            .get(name)
            .and_then(|attribute| Some((attribute, attribute.json.as_ref()?)));
        let Some((attribute, json)) = json else {
            let last = own.last().map(|block| block.span);
            let all = match own.len() {
                0 => Cow::Borrowed(&[][..]),
                count if count == body.blocks.len() => Cow::Borrowed(body.blocks.as_slice()),
                _ => Cow::Owned(own.into_iter().cloned().collect()),
            };
            return (all, last);
        };
        let made: Result<&[BlockNode], Diagnostics> = json.blocks(name, attribute);
        let made = self.found.take(made).unwrap_or_default();
        let last = Some(attribute.span);
        if own.is_empty() {
            return (Cow::Borrowed(made), last);
        }
        (Cow::Owned(made.iter().chain(own).cloned().collect()), last)
    }

    fn items(&mut self, blocks: &[BlockNode], decode: &mut dyn FnMut(&mut Self, &Body) -> Value) -> Items {
        let mut items = Items {
            values: Vec::with_capacity(blocks.len()),
            open: false,
            marks: Marks::NONE,
        };
        for block in blocks {
            match &block.dynamic {
                None => {
                    let value = decode(self, &block.body);
                    items.values.push(value);
                }
                Some(dynamic) => self.dynamic(block, dynamic, &mut items, decode),
            }
        }
        items
    }

    fn dynamic(
        &mut self,
        block: &BlockNode,
        dynamic: &Dynamic,
        items: &mut Items,
        decode: &mut dyn FnMut(&mut Self, &Body) -> Value,
    ) {
        let span = dynamic.for_each.span();
        let Some(collection) = self.evaluate(&dynamic.for_each) else {
            items.open = true;
            return;
        };
        items.marks |= collection.marks;
        let base = self.evaluator.locals.len();
        let iterator = |key: Value, value: Value| Value::object([("key", key), ("value", value)]);
        match self.found.take(pairs(&collection, span)) {
            Some(Some(pairs)) => {
                for (key, value) in pairs {
                    self.evaluator.locals.push(iterator(key, value));
                    let value = decode(self, &block.body);
                    self.evaluator.locals.truncate(base);
                    items.values.push(value);
                }
            }
            Some(None) => {
                // The content is evaluated once, so that its mistakes are reported now.
                let open = || Value::unknown(Type::Dynamic);
                self.evaluator.locals.push(iterator(open(), open()));
                decode(self, &block.body);
                self.evaluator.locals.truncate(base);
                items.open = true;
            }
            None => items.open = true,
        }
    }

    /// The value of an attribute that is written as blocks; `None` where it is not.
    pub(super) fn as_blocks(&mut self, body: &Body, name: &str, ty: &Type) -> Option<Value> {
        let (Type::List(element) | Type::Set(element)) = ty else {
            return None;
        };
        let Type::Object(object) = &**element else {
            return None;
        };
        let written = body.blocks.iter().any(|block| &*block.kind == name);
        let json = body
            .attributes
            .get(name)
            .and_then(|attribute| attribute.json.as_ref());
        if !written && !json.is_some_and(|json| json.looks_like_blocks()) {
            return None;
        }
        let (blocks, _) = self.blocks(body, name);
        let items = self.items(&blocks, &mut |decoder, body| decoder.object(body, object));
        if items.open {
            return Some(Value::unknown(ty.without_optional()).marked(items.marks));
        }
        let element = element.without_optional();
        let value = match ty {
            Type::Set(_) => Value::set(element, items.values),
            _ => Value::list(element, items.values),
        };
        Some(value.marked(items.marks))
    }
}

impl crate::body::JsonBlocks {
    /// Whether the property is an object or an array of objects.
    fn looks_like_blocks(&self) -> bool {
        use crate::raw::{JsonValue, RawExpr};
        let RawExpr::Json(node) = &self.raw else {
            return false;
        };
        match &node.value {
            JsonValue::Object(_) => true,
            JsonValue::Array(items) => {
                !items.is_empty()
                    && items
                        .iter()
                        .all(|item| matches!(item.value, JsonValue::Object(_)))
            }
            JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => false,
        }
    }
}
