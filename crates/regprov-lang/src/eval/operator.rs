//! Operators.

use super::{Evaluator, Outcome, article, definitely_not_null};
use crate::codes;
use crate::expr::Node;
use crate::raw::problem;
use hcl_edit::expr::{BinaryOperator, UnaryOperator};
use regprov_diag::{Diagnostic, Span};
use regprov_value::{Data, Number, Refinements, Type, Unknown, Value, convert, unify};

impl Evaluator<'_> {
    pub(super) fn unary(&mut self, operator: UnaryOperator, operand: &Node) -> Outcome {
        let value = self.value(operand)?;
        let ty = match operator {
            UnaryOperator::Neg => Type::Number,
            UnaryOperator::Not => Type::Bool,
        };
        let value = typed(&value, &ty, operand.span)?;
        let result = match (&value.data, operator) {
            (Data::Number(number), UnaryOperator::Neg) => Value::from(number.neg()),
            (Data::Bool(truth), UnaryOperator::Not) => Value::from(!truth),
            (_, _) => return Ok(not_null(ty)),
        };
        Ok(result.marked(value.marks))
    }

    pub(super) fn binary(&mut self, operator: BinaryOperator, sides: &[Node; 2], span: Span) -> Outcome {
        use BinaryOperator as Op;
        match operator {
            Op::Eq | Op::NotEq => self.equality(operator, sides),
            Op::And | Op::Or => self.logic(operator, sides),
            Op::Less
            | Op::LessEq
            | Op::Greater
            | Op::GreaterEq
            | Op::Plus
            | Op::Minus
            | Op::Mul
            | Op::Div
            | Op::Mod => self.arithmetic(operator, sides, span),
        }
    }

    fn equality(&mut self, operator: BinaryOperator, [left, right]: &[Node; 2]) -> Outcome {
        let (left, left_marks) = self.value(left)?.unmark_deep();
        let (right, right_marks) = self.value(right)?.unmark_deep();
        let result = match equal(&left, &right) {
            Some(same) => Value::from(same == (operator == BinaryOperator::Eq)),
            None => not_null(Type::Bool),
        };
        Ok(result.marked(left_marks | right_marks))
    }

    /// `&&` and `||`. Both sides are evaluated, and both must be known.
    fn logic(&mut self, operator: BinaryOperator, [left, right]: &[Node; 2]) -> Outcome {
        let value = self.value(left)?;
        let one = typed(&value, &Type::Bool, left.span)?;
        let value = self.value(right)?;
        let two = typed(&value, &Type::Bool, right.span)?;
        let (Some(a), Some(b)) = (one.as_bool(), two.as_bool()) else {
            return Ok(not_null(Type::Bool));
        };
        let result = match operator {
            BinaryOperator::Or => a || b,
            _ => a && b,
        };
        Ok(Value::from(result).marked(one.marks | two.marks))
    }

    fn arithmetic(&mut self, operator: BinaryOperator, [left, right]: &[Node; 2], span: Span) -> Outcome {
        use BinaryOperator as Op;
        let value = self.value(left)?;
        let one = typed(&value, &Type::Number, left.span)?;
        let value = self.value(right)?;
        let two = typed(&value, &Type::Number, right.span)?;
        let marks = one.marks | two.marks;
        let result = match operator {
            Op::Less | Op::LessEq | Op::Greater | Op::GreaterEq => {
                compared(operator, &one, &two).map_or_else(|| not_null(Type::Bool), Value::from)
            }
            _ => match (one.as_number(), two.as_number()) {
                (Some(a), Some(b)) => computed(operator, a, b)
                    .ok_or_else(|| no_number(operator, span))?
                    .into(),
                _ => not_null(Type::Number),
            },
        };
        Ok(result.marked(marks))
    }
}

fn computed(operator: BinaryOperator, one: &Number, other: &Number) -> Option<Number> {
    match operator {
        BinaryOperator::Plus => one.add(other),
        BinaryOperator::Minus => one.sub(other),
        BinaryOperator::Mul => one.mul(other),
        BinaryOperator::Div => one.div(other),
        _ => one.rem(other),
    }
}

/// What comes of zero and infinite numbers may be no number.
fn no_number(operator: BinaryOperator, span: Span) -> Diagnostic {
    let detail = match operator {
        BinaryOperator::Div => "Zero is divided by zero, or one infinite number by another.",
        BinaryOperator::Mul => "Zero is multiplied by an infinite number.",
        BinaryOperator::Mod => "An infinite number has no remainder, and nothing has one by it.",
        _ => "An infinite number is taken from an infinite number.",
    };
    Diagnostic::error(&codes::INFINITE, "Result is no number")
        .at(span)
        .detail(detail)
}

fn not_null(ty: Type) -> Value {
    Value::refined(
        ty,
        Refinements {
            not_null: true,
            ..Refinements::default()
        },
    )
}

fn typed(value: &Value, ty: &Type, span: Span) -> Result<Value, Diagnostic> {
    if value.is_null() {
        return Err(problem(
            &codes::OPERAND,
            span,
            format!("The operand is null; it must be {}.", article(ty)),
        ));
    }
    convert(value, ty).map_err(|error| {
        let detail = format!(
            "The operand must be {}, and this is {}{}.",
            article(ty),
            article(&value.ty()),
            super::reason(&error)
        );
        problem(&codes::OPERAND, span, detail)
    })
}

/// Whether two values without marks are equal; `None` while that is open.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (&left.data, &right.data) {
        (Data::Null(_), Data::Null(_)) => Some(true),
        (Data::Null(_), _) => definitely_not_null(right).then_some(false),
        (_, Data::Null(_)) => definitely_not_null(left).then_some(false),
        (Data::Unknown(_), Data::Unknown(_)) => None,
        (Data::Unknown(unknown), _) => open_equal(unknown, right),
        (_, Data::Unknown(unknown)) => open_equal(unknown, left),
        (Data::List(a, left), Data::List(b, right)) => {
            let types = a == b || a.has_dynamic() || b.has_dynamic();
            in_order(types && left.len() == right.len(), left.iter().zip(right.iter()))
        }
        (Data::Tuple(one), Data::Tuple(two)) => {
            let types = one.len() == two.len() && comparable(left, right);
            in_order(types, one.iter().zip(two.iter()))
        }
        (Data::Set(a, one), Data::Set(b, two)) => {
            if a == b && !(left.is_wholly_known() && right.is_wholly_known()) {
                return None;
            }
            Some(a == b && one == two)
        }
        (Data::Map(a, left), Data::Map(b, right)) => {
            let same = a == b && left.keys().eq(right.keys());
            fold(same, left.values().zip(right.values()))
        }
        (Data::Object(one), Data::Object(two)) => {
            let types = one.keys().eq(two.keys()) && comparable(left, right);
            fold(types, one.values().zip(two.values()))
        }
        (a, b) => Some(a == b),
    }
}

/// Whether the types are the same, as far as they are known.
fn comparable(left: &Value, right: &Value) -> bool {
    fn same(one: &Type, two: &Type) -> bool {
        match (one, two) {
            (Type::Dynamic, _) | (_, Type::Dynamic) => true,
            (Type::List(one), Type::List(two))
            | (Type::Set(one), Type::Set(two))
            | (Type::Map(one), Type::Map(two)) => same(one, two),
            (Type::Tuple(one), Type::Tuple(two)) => {
                one.len() == two.len() && one.iter().zip(two.iter()).all(|(one, two)| same(one, two))
            }
            (Type::Object(one), Type::Object(two)) => {
                let (one, two) = (&one.attributes, &two.attributes);
                one.keys().eq(two.keys()) && one.values().zip(two.values()).all(|(one, two)| same(one, two))
            }
            (one, two) => one == two,
        }
    }
    fn open_type(value: &Value) -> bool {
        match &value.data {
            Data::Unknown(unknown) => unknown.ty.has_dynamic(),
            _ => value.children().any(open_type),
        }
    }
    let (one, two) = (left.ty(), right.ty());
    one == two || ((open_type(left) || open_type(right)) && same(&one, &two))
}

/// Where one side is open, only its type, its beginning, its size or its length can tell.
fn open_equal(unknown: &Unknown, known: &Value) -> Option<bool> {
    if !conforms(&known.ty(), &unknown.ty) {
        return Some(false);
    }
    let refinements = &unknown.refinements;
    let fits = match &known.data {
        Data::String(text) => {
            let prefix = refinements.prefix.as_deref();
            prefix.is_none_or(|prefix| text.starts_with(prefix))
        }
        Data::Number(number) => within(number, (&refinements.number_min, &refinements.number_max)),
        Data::List(_, items) => within(&items.len(), (&refinements.length_min, &refinements.length_max)),
        Data::Map(_, entries) => within(&entries.len(), (&refinements.length_min, &refinements.length_max)),
        Data::Set(_, items) if known.is_wholly_known() => {
            within(&items.len(), (&refinements.length_min, &refinements.length_max))
        }
        _ => true,
    };
    (!fits).then_some(false)
}

fn within<T: PartialOrd>(number: &T, (least, most): (&Option<T>, &Option<T>)) -> bool {
    least.as_ref().is_none_or(|least| least <= number) && most.as_ref().is_none_or(|most| number <= most)
}

/// Whether a value of a type can turn out to be what is awaited, parts of which may be open.
fn conforms(given: &Type, awaited: &Type) -> bool {
    match (given, awaited) {
        (_, Type::Dynamic) => true,
        (Type::List(given), Type::List(awaited))
        | (Type::Set(given), Type::Set(awaited))
        | (Type::Map(given), Type::Map(awaited)) => conforms(given, awaited),
        (Type::Tuple(given), Type::Tuple(awaited)) => {
            let mut pairs = given.iter().zip(awaited.iter());
            given.len() == awaited.len() && pairs.all(|(given, awaited)| conforms(given, awaited))
        }
        (Type::Object(given), Type::Object(awaited)) => {
            let (given, awaited) = (&given.attributes, &awaited.attributes);
            let mut pairs = given.values().zip(awaited.values());
            given.keys().eq(awaited.keys()) && pairs.all(|(given, awaited)| conforms(given, awaited))
        }
        (given, awaited) => given == awaited,
    }
}

/// Whether one number is less than another, as far as their bounds tell.
fn less(one: &Value, other: &Value) -> Option<bool> {
    if let (Some(one), Some(other)) = (one.as_number(), other.as_number()) {
        return Some(one < other);
    }
    match (bounds(one)?, bounds(other)?) {
        ((_, Some(most)), (Some(least), _)) if most < least => Some(true),
        ((Some(least), _), (_, Some(most))) if least > most => Some(false),
        _ => None,
    }
}

/// The least and the greatest that a number is or will be; `None` of what is no number.
pub(super) fn bounds(value: &Value) -> Option<(Option<&Number>, Option<&Number>)> {
    match &value.data {
        Data::Number(number) => Some((Some(number), Some(number))),
        Data::Unknown(unknown) if unknown.ty == Type::Number => {
            let refinements = &unknown.refinements;
            Some((refinements.number_min.as_ref(), refinements.number_max.as_ref()))
        }
        _ => None,
    }
}

/// The answer to `<`, `<=`, `>` or `>=`.
fn compared(operator: BinaryOperator, one: &Value, other: &Value) -> Option<bool> {
    let or_equal = |less: Option<bool>| match (less, equal(one, other)) {
        (Some(less), Some(same)) => Some(less || same),
        _ => None,
    };
    match operator {
        BinaryOperator::Less => less(one, other),
        BinaryOperator::LessEq => or_equal(less(one, other)),
        BinaryOperator::Greater => less(other, one),
        _ => or_equal(less(other, one)),
    }
}

/// Pairs one by one: the first that is not equal, or open, settles it.
fn in_order<'v>(shape: bool, mut pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Option<bool> {
    if !shape {
        return Some(false);
    }
    let settled = pairs.find_map(|(left, right)| Some(equal(left, right)).filter(|same| *same != Some(true)));
    settled.unwrap_or(Some(true))
}

/// Pairs in any order: one that is not equal settles it.
fn fold<'v>(shape: bool, pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Option<bool> {
    if !shape {
        return Some(false);
    }
    let mut result = Some(true);
    for (left, right) in pairs {
        match equal(left, right) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}

/// The type that both results of a conditional convert to; `None` where they stay as they are, `Err` where they cannot.
pub(super) fn common_type(one: &Value, two: &Value) -> Result<Option<Type>, ()> {
    match (&one.data, &two.data) {
        (Data::String(_), Data::String(_))
        | (Data::Number(_), Data::Number(_))
        | (Data::Bool(_), Data::Bool(_)) => Ok(None),
        (Data::Null(Type::Dynamic), _) if one.marks.is_empty() => {
            Ok(Some(two.ty()).filter(|ty| *ty != Type::Dynamic))
        }
        (_, Data::Null(Type::Dynamic)) if two.marks.is_empty() => Ok(None),
        (_, _) => {
            let (one, two) = (one.ty(), two.ty());
            if one == two {
                return Ok(None);
            }
            if one == Type::Dynamic || two == Type::Dynamic {
                return Ok(Some(Type::Dynamic));
            }
            unify(&[one, two]).map(Some).ok_or(())
        }
    }
}
