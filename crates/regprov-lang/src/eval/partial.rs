//! What is known of an expression that cannot be evaluated: mostly its type.

use super::{Evaluator, loops};
use crate::expr::{For, ForForm, Kind, Node, Step, StepKind};
use hcl_edit::expr::{BinaryOperator, UnaryOperator};
use regprov_value::{Data, Marks, Type, Value, convert};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Evaluator<'_> {
    /// The value of a node, or what is known of it in spite of what is wrong inside.
    pub(super) fn partial(&mut self, node: &Node) -> Value {
        if let Ok(value) = self.guarded(node) {
            return value;
        }
        let dynamic = || Value::unknown(Type::Dynamic);
        match &node.kind {
            Kind::Tuple(items) => Value::tuple(items.iter().map(|item| self.partial(item)).collect()),
            Kind::Object(entries) => self.partial_object(entries),
            Kind::Template(_) => Value::unknown(Type::String),
            Kind::Binary { operator, .. } => Value::unknown(binary_type(*operator)),
            Kind::Unary { operator, .. } => Value::unknown(match operator {
                UnaryOperator::Neg => Type::Number,
                UnaryOperator::Not => Type::Bool,
            }),
            Kind::Conditional(parts) => self.partial_conditional(parts),
            Kind::For(body) => self.partial_for(body),
            Kind::Access { source, steps } => self.partial_steps(source, steps),
            Kind::Literal(_)
            | Kind::Broken(_)
            | Kind::Local { .. }
            | Kind::Subject(_)
            | Kind::Instance { .. }
            | Kind::Call { .. }
            | Kind::Provider { .. }
            | Kind::Special { .. } => dynamic(),
        }
    }

    fn partial_object(&mut self, entries: &[(Node, Node)]) -> Value {
        let mut object: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut marks = Marks::NONE;
        for (key, value) in entries {
            let name = self.guarded(key).ok().filter(|name| !name.is_null());
            let name = name.and_then(|name| convert(&name, &Type::String).ok());
            let Some(Data::String(text)) = name.as_ref().map(|name| name.data.clone()) else {
                return Value::unknown(Type::Dynamic);
            };
            marks |= name.map_or(Marks::NONE, |name| name.marks);
            let value = self.partial(value);
            object.insert(text, value);
        }
        Value::from(Data::Object(Arc::new(object))).marked(marks)
    }

    fn partial_conditional(&mut self, [condition, yes, no]: &[Node; 3]) -> Value {
        let (yes, no) = (self.partial(yes), self.partial(no));
        let Ok(ty) = super::operator::common_type(&yes, &no) else {
            return Value::unknown(Type::Dynamic);
        };
        let truth = self.guarded(condition).ok();
        let truth = truth.and_then(|truth| convert(&truth, &Type::Bool).ok());
        let picked = match truth.as_ref().and_then(Value::as_bool) {
            Some(true) => &yes,
            Some(false) => &no,
            None => return Value::unknown(ty.unwrap_or_else(|| yes.ty())),
        };
        match &ty {
            None => picked.clone(),
            Some(ty) => convert(picked, ty).unwrap_or_else(|_| Value::unknown(ty.clone())),
        }
    }

    fn partial_for(&mut self, body: &For) -> Value {
        let dynamic = || Value::unknown(Type::Dynamic);
        if body.form == ForForm::Text {
            return Value::unknown(Type::String);
        }
        let collection = self
            .guarded(&body.collection)
            .ok()
            .filter(|_| body.condition.is_none());
        let pairs = collection.and_then(|found| loops::pairs(&found, body.collection.span).ok().flatten());
        let Some(pairs) = pairs else { return dynamic() };
        let base = self.locals.len();
        let mut items = Vec::with_capacity(pairs.len());
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for (key, value) in pairs {
            self.locals.push(key);
            self.locals.push(value);
            let value = self.partial(&body.value);
            let key = body.key.as_ref().and_then(|key| self.guarded(key).ok());
            let key = key.and_then(|key| convert(&key, &Type::String).ok());
            self.locals.truncate(base);
            match (&body.key, key.map(|key| key.data)) {
                (None, _) => items.push(value),
                (Some(_), Some(Data::String(key))) => drop(entries.entry(key).or_insert(value)),
                (Some(_), _) => return dynamic(),
            }
        }
        match body.form {
            ForForm::Object if body.grouping => dynamic(),
            ForForm::Object => Data::Object(Arc::new(entries)).into(),
            ForForm::Tuple | ForForm::Text => Value::tuple(items),
        }
    }

    /// Steps: what is wrong with one leaves everything open, but a splat keeps its shape.
    fn partial_steps(&mut self, source: &Node, steps: &[Step]) -> Value {
        let dynamic = || Value::unknown(Type::Dynamic);
        let mut value = match self.guarded(source) {
            Ok(value) => value,
            Err(_) => return dynamic(),
        };
        for step in steps {
            match self.steps(value.clone(), std::slice::from_ref(step)) {
                Ok(next) => value = next,
                Err(_) => {
                    let StepKind::Splat(each) = &step.kind else {
                        return dynamic();
                    };
                    let ty = self.splat_type(&value, each);
                    return Value::unknown(ty).marked(value.marks);
                }
            }
        }
        value
    }

    fn splat_type(&mut self, value: &Value, each: &[Step]) -> Type {
        let mut of = |ty: &Type| {
            let item = self.steps(Value::unknown(ty.clone()), each);
            item.map_or(Type::Dynamic, |item| item.ty())
        };
        match value.ty() {
            Type::Dynamic => Type::Dynamic,
            Type::List(element) | Type::Set(element) => Type::list(of(&element)),
            Type::Tuple(types) => Type::tuple(types.iter().map(of).collect()),
            other => Type::tuple(vec![of(&other)]),
        }
    }
}

const fn binary_type(operator: BinaryOperator) -> Type {
    use BinaryOperator as Op;
    match operator {
        Op::Plus | Op::Minus | Op::Mul | Op::Div | Op::Mod => Type::Number,
        Op::Eq | Op::NotEq | Op::Less | Op::LessEq | Op::Greater | Op::GreaterEq | Op::And | Op::Or => {
            Type::Bool
        }
    }
}
