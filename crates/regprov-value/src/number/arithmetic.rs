//! The four operations and the remainder. `None` stands for what is no number, such as zero by zero.

use super::float::Float;
use super::{COUNT_PRECISION, Inner, Number};

impl Number {
    /// The sum; `None` of infinities of both signs.
    #[must_use]
    pub fn add(&self, other: &Self) -> Option<Self> {
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) if self != other => None,
            (true, _) => Some(self.clone()),
            (false, true) => Some(other.clone()),
            (false, false) => Some(self.whole_or(other, i64::checked_add, Float::add)),
        }
    }

    /// The difference; `None` of an infinite number from itself.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Option<Self> {
        self.add(&other.neg())
    }

    /// The product; `None` of zero and an infinite number.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Option<Self> {
        if self.is_infinite() || other.is_infinite() {
            let some = self.signum() != 0 && other.signum() != 0;
            return some.then(|| Self::infinite(self.is_negative() != other.is_negative()));
        }
        // A zero may be negative.
        let whole = |a: i64, b: i64| {
            a.checked_mul(b)
                .filter(|product| *product != 0 || (a >= 0 && b >= 0))
        };
        Some(self.whole_or(other, whole, Float::mul))
    }

    /// The quotient, infinite where the divisor is zero; `None` of zero by zero, or of infinite numbers.
    #[must_use]
    pub fn div(&self, other: &Self) -> Option<Self> {
        let negative = self.is_negative() != other.is_negative();
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return None,
            (true, false) => return Some(Self::infinite(negative)),
            (false, true) => return Some(Self::from_float(Float::zero(negative, self.precision()))),
            (false, false) => {}
        }
        if other.signum() == 0 {
            return (self.signum() != 0).then(|| Self::infinite(negative));
        }
        let exact = |a: i64, b: i64| {
            if a.checked_rem(b) == Some(0) && (a != 0 || b > 0) {
                a.checked_div(b)
            } else {
                None
            }
        };
        Some(self.whole_or(other, exact, Float::div))
    }

    /// The remainder with the sign of the dividend, which itself remains of a division by zero; `None` by an infinite
    /// number, or of one.
    #[must_use]
    pub fn rem(&self, other: &Self) -> Option<Self> {
        if other.signum() == 0 {
            return Some(self.clone());
        }
        if let (Inner::Small { value: a, .. }, Inner::Small { value: b, .. }) = (&self.0, &other.0) {
            let precision = self.precision().max(other.precision());
            return Some(Self::small(a.checked_rem(*b).unwrap_or(0), precision));
        }
        let quotient = self.div(other)?.truncate();
        self.sub(&other.mul(&quotient)?)
    }

    /// The number with its sign turned.
    #[must_use]
    pub fn neg(&self) -> Self {
        match &self.0 {
            Inner::Small { value: 0, precision } => Self::from_float(Float::zero(true, *precision)),
            Inner::Small { value, precision } => match value.checked_neg() {
                Some(negated) => Self::small(negated, *precision),
                None => {
                    Self::from_float(Float::from_integer(&dashu_int::IBig::from(*value), *precision).neg())
                }
            },
            Inner::Big(float) => Self::from_float(Float::clone(float).neg()),
            Inner::Infinite { negative } => Self::infinite(!negative),
        }
    }

    /// An operation on finite numbers, done on machine integers where both are such.
    fn whole_or(
        &self,
        other: &Self,
        whole: impl Fn(i64, i64) -> Option<i64>,
        float: fn(&Float, &Float) -> Float,
    ) -> Self {
        let precision = self.precision().max(other.precision());
        if precision >= COUNT_PRECISION
            && let (Inner::Small { value: a, .. }, Inner::Small { value: b, .. }) = (&self.0, &other.0)
            && let Some(result) = whole(*a, *b)
        {
            return Self::small(result, precision);
        }
        match (self.finite(), other.finite()) {
            (Some(a), Some(b)) => Self::from_float(float(&a, &b)),
            (None, _) => self.clone(),
            (_, None) => other.clone(),
        }
    }
}
