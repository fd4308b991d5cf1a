//! Bodies to values, by a schema.

mod blocks;
mod former;
mod unsupported;

use crate::eval::{Evaluator, conversion_message};
use crate::raw::{problem, with_suggestion};
use crate::{Body, Scope, codes};
use regprov_addr::{AttributePath, AttributeStep, InstanceKey};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_schema::{Attribute, Block};
use regprov_value::{Data, ObjectType, Type, Value, convert};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Evaluates a body into an object of the schema's implied type. What the body leaves out is null: defaults, computed
/// values and rules are the planner's. Where a part cannot be evaluated it stands as known after apply, and the
/// diagnostics say why.
pub fn decode(body: &Body, schema: &Block, scope: &dyn Scope) -> (Value, Diagnostics) {
    let mut locals = Vec::new();
    let mut decoder = Decoder {
        evaluator: Evaluator::new(scope, &mut locals),
        found: Diagnostics::new(),
    };
    let value = decoder.block(body, schema);
    (value, decoder.found)
}

struct Decoder<'a> {
    evaluator: Evaluator<'a>,
    found: Diagnostics,
}

impl Decoder<'_> {
    fn block(&mut self, body: &Body, schema: &Block) -> Value {
        self.unsupported(body, schema);
        let mut object: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for (name, attribute) in &schema.attributes {
            let value = self.attribute(body, name, attribute);
            object.insert(Arc::from(*name), value);
        }
        for (name, nested) in &schema.blocks {
            let value = self.nested(body, name, nested);
            object.insert(Arc::from(*name), value);
        }
        Data::Object(Arc::new(object)).into()
    }

    fn attribute(&mut self, body: &Body, name: &str, schema: &Attribute) -> Value {
        let ty = former::accepted(name, schema);
        if schema.as_blocks
            && let Some(value) = self.as_blocks(body, name, &ty)
        {
            return self.of_now(value, body.locate_name(name), name, schema);
        }
        let Some(given) = body.attributes.get(name) else {
            if let Some(value) = self.former(body, schema) {
                return value;
            }
            if schema.required {
                let detail = format!("The argument `{name}` is required, and it is not set.");
                self.found
                    .push(problem(&codes::MISSING_ARGUMENT, body.span, detail));
            }
            return Value::null(schema.ty.without_optional());
        };
        if !schema.is_configurable() {
            let detail = format!("The attribute `{name}` is decided by the remote and cannot be set.");
            self.found
                .push(problem(&codes::UNSUPPORTED_ARGUMENT, given.name_span, detail));
            return Value::null(schema.ty.without_optional());
        }
        if let Some(instead) = schema.deprecated {
            let detail = format!("The argument `{name}` is deprecated: {instead}.");
            self.deprecated(given.name_span, detail);
        }
        let value = self.typed(&given.expr, &ty);
        let value = self.of_now(value, given.expr.span(), name, schema);
        if schema.required && value.is_null() {
            let detail = format!("The argument `{name}` is required, and its value is null.");
            self.found
                .push(problem(&codes::MISSING_ARGUMENT, given.expr.span(), detail));
        }
        value
    }

    fn deprecated(&mut self, place: Span, detail: String) {
        let diagnostic = Diagnostic::warning(&codes::DEPRECATED, codes::DEPRECATED.title);
        self.found.push(diagnostic.at(place).detail(detail));
    }

    /// The value of an expression, converted.
    fn typed(&mut self, expr: &crate::Expr, ty: &Type) -> Value {
        match self.evaluate(expr) {
            Some(value) => match convert(&value, ty) {
                Ok(value) => value,
                Err(error) => {
                    let detail = format!(
                        "The value does not have the type that the argument needs: {}.",
                        conversion_message(&error)
                    );
                    let values = self.evaluator.involved(expr.node());
                    self.found
                        .push(problem(&codes::VALUE, expr.span(), detail).values(values));
                    Value::unknown(ty.without_optional())
                }
            },
            None => Value::unknown(ty.without_optional()),
        }
    }

    fn evaluate(&mut self, expr: &crate::Expr) -> Option<Value> {
        let outcome = self.evaluator.all(expr.node());
        self.found.take(outcome)
    }

    /// An object that is written as a block, by the type that it must have.
    fn object(&mut self, body: &Body, ty: &ObjectType) -> Value {
        let names: Vec<&str> = ty.attributes.keys().map(AsRef::as_ref).collect();
        for (name, attribute) in body
            .attributes
            .iter()
            .filter(|(name, _)| !ty.attributes.contains_key(*name))
        {
            let detail = format!("There is no argument named `{name}` here.");
            let diagnostic =
                problem(&codes::UNSUPPORTED_ARGUMENT, attribute.name_span, detail).context(body.span);
            self.found.push(with_suggestion(diagnostic, name, &names));
        }
        for block in body
            .blocks
            .iter()
            .filter(|block| !ty.attributes.contains_key(&block.kind))
        {
            let detail = format!("There is no block of type `{}` here.", block.kind);
            let diagnostic = problem(&codes::UNSUPPORTED_BLOCK, block.span, detail).context(body.span);
            self.found.push(with_suggestion(diagnostic, &block.kind, &names));
        }
        let mut object: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for (name, ty) in &ty.attributes {
            let value = match (self.as_blocks(body, name, ty), body.attributes.get(name)) {
                (Some(value), _) => value,
                (None, Some(given)) => self.typed(&given.expr, ty),
                (None, None) => Value::null(ty.without_optional()),
            };
            object.insert(name.clone(), value);
        }
        Data::Object(Arc::new(object)).into()
    }
}

impl Body {
    /// The place of the argument or first block of a name; of the body, where there is none.
    fn locate_name(&self, name: &str) -> Span {
        self.locate(&AttributePath(vec![AttributeStep::Name(name.to_owned())]))
    }

    /// The place of what the path names: the nearest argument or block that is written.
    pub fn locate(&self, path: &AttributePath) -> Span {
        let mut body = self;
        let mut steps = path.0.iter().peekable();
        let mut place = self.span;
        while let Some(step) = steps.next() {
            let AttributeStep::Name(name) = step else {
                return place;
            };
            if let Some(attribute) = body.attributes.get(name.as_str()) {
                return attribute.expr.span();
            }
            let mut blocks = body.blocks.iter().filter(|block| *block.kind == **name);
            let index = match steps.peek() {
                Some(AttributeStep::Index(InstanceKey::Int(index))) => usize::try_from(*index).unwrap_or(0),
                Some(AttributeStep::Index(InstanceKey::String(_)) | AttributeStep::Name(_)) | None => 0,
            };
            if matches!(steps.peek(), Some(AttributeStep::Index(_))) {
                steps.next();
            }
            let first = blocks.clone().next();
            let Some(block) = blocks.nth(index).or(first) else {
                return place;
            };
            place = block.span;
            body = &block.body;
        }
        place
    }
}
