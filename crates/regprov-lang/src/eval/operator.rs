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
        let compares = matches!(operator, Op::Less | Op::LessEq | Op::Greater | Op::GreaterEq);
        let (Some(a), Some(b)) = (one.as_number(), two.as_number()) else {
            return Ok(not_null(if compares { Type::Bool } else { Type::Number }).marked(marks));
        };
        let by_zero = || problem(&codes::DIVISION, span, "The number is divided by zero.");
        let result = match operator {
            Op::Less => Value::from(a < b),
            Op::LessEq => Value::from(a <= b),
            Op::Greater => Value::from(a > b),
            Op::GreaterEq => Value::from(a >= b),
            Op::Plus => number(a.add(b)),
            Op::Minus => number(a.sub(b)),
            Op::Mul => number(a.mul(b)),
            Op::Div => number(a.div(b).ok_or_else(by_zero)?),
            // The remainder of a division by zero is what there was.
            Op::Mod => number(a.rem(b).unwrap_or_else(|| a.clone())),
            Op::Eq | Op::NotEq | Op::And | Op::Or => {
                return self.binary(
                    operator,
                    &[literal(one, left.span), literal(two, right.span)],
                    span,
                );
            }
        };
        Ok(result.marked(marks))
    }
}

fn literal(value: Value, span: Span) -> Node {
    Node {
        kind: crate::expr::Kind::Literal(value),
        span,
    }
}

fn number(number: Number) -> Value {
    Value::from(number)
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

/// Where one side is open, only its type, its beginning or its length can tell.
fn open_equal(unknown: &Unknown, known: &Value) -> Option<bool> {
    let ty = known.ty();
    if unknown.ty == Type::Dynamic || unknown.ty.has_dynamic() || ty.has_dynamic() {
        return None;
    }
    if unknown.ty != ty {
        return Some(false);
    }
    let refinements = &unknown.refinements;
    if let (Some(prefix), Some(text)) = (&refinements.prefix, known.as_str()) {
        return (!text.starts_with(&**prefix)).then_some(false);
    }
    let length = match &known.data {
        Data::List(_, items) => items.len(),
        Data::Map(_, entries) => entries.len(),
        Data::Set(_, items) if known.is_wholly_known() => items.len(),
        _ => return None,
    };
    let fits = refinements.length_min.is_none_or(|least| least <= length)
        && refinements.length_max.is_none_or(|most| length <= most);
    (!fits).then_some(false)
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
