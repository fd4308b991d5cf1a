//! Binary floating point with a mantissa of a given number of bits; every operation is exact, then rounded to even once.

use dashu_int::ops::{BitTest, DivRem, UnsignedAbs};
use dashu_int::{IBig, UBig};
use std::cmp::Ordering;

/// `± mantissa × 2^exponent`. The mantissa is odd, or zero with exponent zero; a zero has a sign too.
#[derive(Clone)]
pub(super) struct Float {
    pub(super) negative: bool,
    pub(super) mantissa: UBig,
    pub(super) exponent: i64,
    pub(super) precision: u16,
}

impl Float {
    /// Rounds `± mantissa × 2^exponent` to the precision, half to even.
    pub(super) fn rounded(negative: bool, mantissa: UBig, exponent: i64, precision: u16) -> Self {
        let excess = mantissa.bit_len().saturating_sub(usize::from(precision));
        if excess == 0 {
            return Self::exact(negative, mantissa, exponent, precision);
        }
        let mut kept = &mantissa >> excess;
        let half = mantissa.bit(excess - 1);
        let beyond = mantissa.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
        if half && (beyond || kept.bit(0)) {
            kept += UBig::ONE;
        }
        Self::exact(negative, kept, exponent + signed(excess), precision)
    }

    fn exact(negative: bool, mantissa: UBig, exponent: i64, precision: u16) -> Self {
        match mantissa.trailing_zeros() {
            None => Self::zero(negative, precision),
            Some(0) => Self {
                negative,
                mantissa,
                exponent,
                precision,
            },
            Some(zeros) => Self {
                negative,
                mantissa: mantissa >> zeros,
                exponent: exponent + signed(zeros),
                precision,
            },
        }
    }

    pub(super) const fn zero(negative: bool, precision: u16) -> Self {
        Self {
            negative,
            mantissa: UBig::ZERO,
            exponent: 0,
            precision,
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.mantissa == UBig::ZERO
    }

    pub(super) fn from_integer(integer: &IBig, precision: u16) -> Self {
        Self::rounded(*integer < IBig::ZERO, integer.unsigned_abs(), 0, precision)
    }

    /// An integer with as many bits as it needs, at least 64.
    pub(super) fn exact_integer(integer: &IBig) -> Self {
        let bits = integer.unsigned_abs().bit_len().max(64);
        Self::from_integer(integer, u16::try_from(bits).unwrap_or(u16::MAX))
    }

    pub(super) fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let biased = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
        let (mantissa, exponent) = if biased == 0 {
            (fraction, -1074)
        } else {
            (fraction | (1 << 52), biased - 1075)
        };
        Some(Self::exact(
            value.is_sign_negative(),
            UBig::from(mantissa),
            exponent,
            super::F64_PRECISION,
        ))
    }

    /// The nearest `f64`; infinite where it is beyond the range.
    pub(super) fn to_f64(&self) -> f64 {
        let top = signed(self.mantissa.bit_len()) + self.exponent;
        // Below 2^-1021 fewer bits are left.
        let bits = (top + 1074).clamp(0, i64::from(super::F64_PRECISION));
        let magnitude = if top > 1024 {
            f64::INFINITY
        } else if bits == 0 {
            0.0
        } else {
            let short = Self::rounded(
                false,
                self.mantissa.clone(),
                self.exponent,
                u16::try_from(bits).unwrap_or(0),
            );
            let mantissa = u64::try_from(&short.mantissa).unwrap_or(0);
            scale(mantissa, short.exponent)
        };
        if self.negative { -magnitude } else { magnitude }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    pub(super) fn to_integer(&self) -> Option<IBig> {
        let shift = usize::try_from(self.exponent).ok()?;
        let magnitude = IBig::from(&self.mantissa << shift);
        Some(if self.negative { -magnitude } else { magnitude })
    }

    pub(super) fn to_i64(&self) -> Option<i64> {
        if self.exponent < 0 || self.exponent > 63 {
            return None;
        }
        i64::try_from(self.to_integer()?).ok()
    }

    pub(super) fn neg(mut self) -> Self {
        self.negative = !self.negative;
        self
    }

    pub(super) fn truncate(&self) -> Self {
        match usize::try_from(-self.exponent) {
            Ok(fraction) => Self::exact(self.negative, &self.mantissa >> fraction, 0, self.precision),
            Err(_) => self.clone(),
        }
    }

    /// The signed mantissa at a smaller or equal exponent.
    fn aligned(&self, exponent: i64) -> IBig {
        let shift = usize::try_from(self.exponent - exponent).unwrap_or(0);
        let magnitude = IBig::from(&self.mantissa << shift);
        if self.negative { -magnitude } else { magnitude }
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let sum = self.aligned(exponent) + other.aligned(exponent);
        let both_negative = self.negative && other.negative;
        Self::rounded(
            sum < IBig::ZERO || both_negative,
            sum.unsigned_abs(),
            exponent,
            self.precision.max(other.precision),
        )
    }

    /// The product keeps all its bits up to the precision of texts, as Terraform's does.
    pub(super) fn mul(&self, other: &Self) -> Self {
        let wide = super::TEXT_PRECISION;
        let negative = self.negative != other.negative;
        let product = Self::rounded(
            negative,
            &self.mantissa * &other.mantissa,
            self.exponent + other.exponent,
            wide,
        );
        let needed = u16::try_from(product.mantissa.bit_len()).unwrap_or(wide);
        Self {
            precision: self.precision.max(other.precision).max(needed),
            ..product
        }
    }

    /// The quotient; the divisor is not zero.
    pub(super) fn div(&self, other: &Self) -> Self {
        let precision = self.precision.max(other.precision);
        let wanted = usize::from(precision) + 2 + other.mantissa.bit_len();
        let shift = wanted.saturating_sub(self.mantissa.bit_len());
        let (quotient, rest) = (&self.mantissa << shift).div_rem(&other.mantissa);
        // One more bit tells whether anything is beyond the quotient.
        let sticky = if rest == UBig::ZERO { UBig::ZERO } else { UBig::ONE };
        let exponent = self.exponent - other.exponent - signed(shift) - 1;
        Self::rounded(
            self.negative != other.negative,
            (quotient << 1) + sticky,
            exponent,
            precision,
        )
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let sign = |float: &Self| match (float.mantissa == UBig::ZERO, float.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let (a, b) = (sign(self), sign(other));
        if a != b || a == 0 {
            return a.cmp(&b);
        }
        let top = |float: &Self| signed(float.mantissa.bit_len()) + float.exponent;
        let magnitude = top(self).cmp(&top(other)).then_with(|| {
            let exponent = self.exponent.min(other.exponent);
            self.aligned(exponent)
                .unsigned_abs()
                .cmp(&other.aligned(exponent).unsigned_abs())
        });
        if self.negative {
            magnitude.reverse()
        } else {
            magnitude
        }
    }
}

/// `mantissa × 2^exponent` of at most 53 bits, exactly.
#[expect(clippy::cast_precision_loss, reason = "the mantissa has at most 53 bits")]
fn scale(mantissa: u64, exponent: i64) -> f64 {
    let mut value = mantissa as f64;
    let mut left = exponent;
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        value *= 2_f64.powi(i32::try_from(step).unwrap_or(0));
        left -= step;
    }
    value
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("no mantissa has 2^63 bits")
}
