//! Operators.

use super::{Evaluator, Outcome, article, definitely_not_null};
use crate::codes;
use crate::expr::Node;
use crate::raw::problem;
use hcl_edit::expr::{BinaryOperator, UnaryOperator};
use regprov_diag::{Diagnostic, Span};
use regprov_value::{Data, Number, Refinements, Type, Value, convert, unify};

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
            (_, _) => not_null(ty),
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

    /// `&&` and `||`. A left side that decides alone is not followed by the right side.
    fn logic(&mut self, operator: BinaryOperator, [left, right]: &[Node; 2]) -> Outcome {
        let deciding = operator == BinaryOperator::Or;
        let value = self.value(left)?;
        let one = typed(&value, &Type::Bool, left.span)?;
        if one.as_bool() == Some(deciding) {
            return Ok(one);
        }
        let value = self.value(right)?;
        let two = typed(&value, &Type::Bool, right.span)?;
        let marks = one.marks | two.marks;
        let result = match (one.as_bool(), two.as_bool()) {
            (_, Some(truth)) if truth == deciding => Value::from(deciding),
            (Some(_), Some(_)) => Value::from(!deciding),
            (_, _) => not_null(Type::Bool),
        };
        Ok(result.marked(marks))
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
            Op::Mod => number(a.rem(b).ok_or_else(by_zero)?),
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
            "The operand must be {}, and this is {}: {}.",
            article(ty),
            article(&value.ty()),
            error.message
        );
        problem(&codes::OPERAND, span, detail)
    })
}

/// Whether two values without marks are equal; `None` while that is open.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (&left.data, &right.data) {
        (Data::Null(_), Data::Null(_)) => Some(true),
        (Data::Null(_), _) => definitely_not_null(right).then_some(false),
        (_, Data::Null(_)) => definitely_not_null(left).then_some(false),
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => open_equal(left, right),
        (Data::List(a, left), Data::List(b, right)) => all_equal(a == b, left, right),
        (Data::Tuple(left), Data::Tuple(right)) => all_equal(true, left, right),
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
        (Data::Object(left), Data::Object(right)) => {
            fold(left.keys().eq(right.keys()), left.values().zip(right.values()))
        }
        (a, b) => Some(a == b),
    }
}

/// Where one side is open, only a type or a prefix can tell.
fn open_equal(left: &Value, right: &Value) -> Option<bool> {
    let (one, two) = (left.ty(), right.ty());
    if one.is_primitive() && two != Type::Dynamic && !two.has_dynamic() && one != two {
        return Some(false);
    }
    let (unknown, known) = match (&left.data, &right.data) {
        (Data::Unknown(unknown), Data::String(text)) | (Data::String(text), Data::Unknown(unknown)) => {
            (unknown, text)
        }
        _ => return None,
    };
    let prefix = unknown.refinements.prefix.as_deref()?;
    (!known.starts_with(prefix)).then_some(false)
}

fn all_equal(types: bool, left: &[Value], right: &[Value]) -> Option<bool> {
    fold(types && left.len() == right.len(), left.iter().zip(right))
}

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
        (Data::Null(Type::Dynamic), _) => Ok(Some(two.ty()).filter(|ty| *ty != Type::Dynamic)),
        (_, Data::Null(Type::Dynamic)) => Ok(None),
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
