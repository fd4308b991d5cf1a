//! Numbers as HCL has them: binary floating point with a mantissa of a fixed number of bits.

mod arithmetic;
mod decimal;
mod float;
mod text;

use dashu_int::IBig;
use float::Float;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use text::ParseNumberError;

/// The bits of the mantissa of a number that was read from text.
const TEXT_PRECISION: u16 = 512;
/// The bits of the mantissa of a counted number: a length, an index.
const COUNT_PRECISION: u16 = 64;
/// The bits of the mantissa of an `f64`.
const F64_PRECISION: u16 = 53;

/// A number.
///
/// Like Terraform's, it carries the size of its mantissa: 512 bits when it was read from text, 64 when it was counted
/// (`length`, `count.index`), 53 when it comes from `pow` and `log`. A result has the larger size of its operands. Equality
/// is by value. Whole numbers that fit 64 bits are held as such.
///
/// Like Terraform's, a zero may be negative, which only printing shows, and a number may be infinite, which nothing can
/// store.
#[derive(Clone)]
pub struct Number(Inner);

#[derive(Clone)]
enum Inner {
    Small {
        value: i64,
        precision: u16,
    },
    /// What is too large for the small form, has a fraction, or is a negative zero.
    Big(Arc<Float>),
    Infinite {
        negative: bool,
    },
}

impl Number {
    const fn small(value: i64, precision: u16) -> Self {
        Self(Inner::Small { value, precision })
    }

    const fn infinite(negative: bool) -> Self {
        Self(Inner::Infinite { negative })
    }

    fn from_float(float: Float) -> Self {
        match float.to_i64() {
            Some(value) if value != 0 || !float.negative => Self::small(value, float.precision),
            _ => Self(Inner::Big(Arc::new(float))),
        }
    }

    /// The binary form; `None` where the number is infinite.
    fn finite(&self) -> Option<Float> {
        match &self.0 {
            Inner::Small { value, precision } => Some(Float::from_integer(&IBig::from(*value), *precision)),
            Inner::Big(float) => Some(Float::clone(float)),
            Inner::Infinite { .. } => None,
        }
    }

    fn precision(&self) -> u16 {
        match &self.0 {
            Inner::Small { precision, .. } => *precision,
            Inner::Big(float) => float.precision,
            Inner::Infinite { .. } => TEXT_PRECISION,
        }
    }

    /// Whether the number is infinite, so that nothing can store it.
    #[must_use]
    pub const fn is_infinite(&self) -> bool {
        matches!(self.0, Inner::Infinite { .. })
    }

    /// Whether it is printed with a minus sign: below zero, or the negative zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Inner::Small { value, .. } => *value < 0,
            Inner::Big(float) => float.negative,
            Inner::Infinite { negative } => *negative,
        }
    }

    /// The number as `i64`, where it is whole and fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Inner::Small { value, .. } => Some(*value),
            Inner::Big(float) => float.is_zero().then_some(0),
            Inner::Infinite { .. } => None,
        }
    }

    /// The number as `usize`, where it is whole and fits.
    #[must_use]
    pub fn to_usize(&self) -> Option<usize> {
        usize::try_from(self.to_i64()?).ok()
    }

    /// The nearest `f64`.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Inner::Infinite { negative: true } => f64::NEG_INFINITY,
            Inner::Infinite { negative: false } => f64::INFINITY,
            Inner::Small { .. } | Inner::Big(_) => self.finite().map_or(f64::NAN, |float| float.to_f64()),
        }
    }

    /// The number of an `f64`; `None` where that is none.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_infinite() {
            return Some(Self::infinite(value < 0.0));
        }
        Float::from_f64(value).map(Self::from_float)
    }

    /// Whether the number has no fraction.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Inner::Small { .. } => true,
            Inner::Big(float) => float.is_whole(),
            Inner::Infinite { .. } => false,
        }
    }

    /// The number as an integer of any size, where it is whole.
    #[must_use]
    pub fn to_integer(&self) -> Option<IBig> {
        match &self.0 {
            Inner::Small { value, .. } => Some(IBig::from(*value)),
            Inner::Big(float) => float.to_integer(),
            Inner::Infinite { .. } => None,
        }
    }

    /// The number of an integer of any size; exact.
    #[must_use]
    pub fn from_integer(integer: &IBig) -> Self {
        Self::from_float(Float::exact_integer(integer))
    }

    /// −1, 0 or 1.
    #[must_use]
    pub fn signum(&self) -> i32 {
        match &self.0 {
            Inner::Small { value, .. } => match value.cmp(&0) {
                Ordering::Less => -1,
                Ordering::Equal => 0,
                Ordering::Greater => 1,
            },
            Inner::Big(float) if float.is_zero() => 0,
            Inner::Big(_) | Inner::Infinite { .. } if self.is_negative() => -1,
            Inner::Big(_) | Inner::Infinite { .. } => 1,
        }
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.is_negative() {
            self.neg()
        } else {
            self.clone()
        }
    }

    /// The whole part; its zero has no sign.
    #[must_use]
    pub fn truncate(&self) -> Self {
        match &self.0 {
            Inner::Small { .. } | Inner::Infinite { .. } => self.clone(),
            Inner::Big(float) => {
                let whole = float.truncate();
                match whole.is_zero() {
                    true => Self::small(0, float.precision),
                    false => Self::from_float(whole),
                }
            }
        }
    }

    /// The greatest whole number that is not greater.
    #[must_use]
    pub fn floor(&self) -> Self {
        let whole = self.truncate();
        if &whole > self { whole.stepped(-1) } else { whole }
    }

    /// The least whole number that is not less.
    #[must_use]
    pub fn ceil(&self) -> Self {
        let whole = self.truncate();
        if &whole < self { whole.stepped(1) } else { whole }
    }

    /// A whole number and its neighbour.
    fn stepped(&self, step: i64) -> Self {
        self.add(&Self::small(step, self.precision()))
            .expect("a finite number is added")
    }
}

/// A number as if it were read from text.
impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::small(value, TEXT_PRECISION)
    }
}

/// A counted number: a length, an index.
impl From<usize> for Number {
    fn from(value: usize) -> Self {
        match i64::try_from(value) {
            Ok(small) => Self::small(small, COUNT_PRECISION),
            Err(_) => Self::from_integer(&IBig::from(value)),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Inner::Small { value: a, .. }, Inner::Small { value: b, .. }) => a.cmp(b),
            (Inner::Big(a), Inner::Big(b)) => a.compare(b),
            _ => match (self.finite(), other.finite()) {
                (Some(a), Some(b)) => a.compare(&b),
                (None, None) => other.is_negative().cmp(&self.is_negative()),
                (None, Some(_)) => self.signum().cmp(&0),
                (Some(_), None) => 0.cmp(&other.signum()),
            },
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Inner::Small { value, .. } => value.hash(state),
            Inner::Infinite { negative } => negative.hash(state),
            Inner::Big(float) if float.is_zero() => 0_i64.hash(state),
            Inner::Big(float) => (float.negative, &float.mantissa, float.exponent).hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn a_third_prints_154_threes_and_a_5_as_terraform_does() {
        let third = number("1").div(&number("3")).unwrap();
        assert_eq!(third.to_string(), format!("0.{}5", "3".repeat(154)));
        assert_eq!(third.mul(&number("3")), Some(number("1")));
    }

    #[test]
    fn decimal_fractions_read_back_as_written() {
        for text in [
            "0.1",
            "1.5",
            "-2.25",
            "123456789.000000001",
            "0.000001",
            "99999999999999999999",
            "1000000000000000000000000",
        ] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("1e3").to_string(), "1000");
        assert_eq!(number("1.5e-3").to_string(), "0.0015");
        assert_eq!(number("0.1").add(&number("0.2")), Some(number("0.3")));
        assert_eq!(number("1e100").to_string(), format!("1{}", "0".repeat(100)));
    }

    #[test]
    fn an_integer_longer_than_the_mantissa_is_rounded_as_terraform_rounds_it() {
        let text = "1234567890".repeat(20);
        let printed = number(&text).to_string();
        assert_eq!(printed, format!("{}6{}", &text[..154], "0".repeat(45)));
    }

    #[test]
    fn a_counted_number_divides_with_64_bits() {
        assert_eq!(
            Number::from(1_usize)
                .div(&Number::from(3_usize))
                .unwrap()
                .to_string(),
            "0.33333333333333333334"
        );
    }

    #[test]
    fn a_machine_float_prints_its_shortest_digits() {
        assert_eq!(
            Number::from_f64(2_f64.powi(60)).unwrap().to_string(),
            "1152921504606847000"
        );
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert_eq!(Number::from_f64(-1e-7).unwrap().to_string(), "-0.0000001");
        assert!(Number::from_f64(f64::NAN).is_none());
    }

    #[test]
    fn the_nearest_machine_float_is_found() {
        for value in [
            0.1,
            -1.5,
            1e300,
            1e-300,
            5e-324,
            123_456_789.125,
            f64::MAX,
            9_007_199_254_740_993.0,
        ] {
            assert_eq!(
                number(&format!("{value:e}")).to_f64().to_bits(),
                value.to_bits(),
                "{value}"
            );
        }
        assert_eq!(number("1e400").to_f64(), f64::INFINITY);
    }

    #[test]
    fn whole_arithmetic_does_not_overflow() {
        let max = Number::from(i64::MAX);
        assert_eq!(
            max.add(&Number::from(1_i64)).unwrap().to_string(),
            "9223372036854775808"
        );
        assert_eq!(
            max.mul(&max).unwrap().to_string(),
            "85070591730234615847396907784232501249"
        );
        assert_eq!(Number::from(i64::MIN).neg().to_string(), "9223372036854775808");
        assert_eq!(
            Number::from(i64::MIN).rem(&Number::from(-1_i64)).unwrap(),
            Number::from(0_i64)
        );
    }

    #[test]
    fn rounding_follows_the_sign() {
        assert_eq!(number("-1.5").floor(), number("-2"));
        assert_eq!(number("-1.5").ceil(), number("-1"));
        assert_eq!(number("1e-9").ceil(), number("1"));
        assert_eq!(number("-7").rem(&number("3")).unwrap(), number("-1"));
        assert_eq!(number("7.5").rem(&number("2")).unwrap(), number("1.5"));
    }

    #[test]
    fn order_is_by_value_whatever_the_size() {
        let mut numbers: Vec<Number> = ["1e30", "-1e30", "0.5", "0", "-0.25", "7", "1e-30"]
            .map(number)
            .to_vec();
        numbers.sort();
        let printed: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        assert_eq!(
            printed.join(" "),
            format!(
                "-1{z} -0.25 0 0.{y}1 0.5 7 1{z}",
                z = "0".repeat(30),
                y = "0".repeat(29)
            )
        );
    }

    #[test]
    fn only_printing_shows_that_a_zero_is_negative() {
        let zero = number("0");
        let negative = zero.neg();
        assert_eq!(negative.to_string(), "-0");
        assert_eq!(negative, zero);
        assert_eq!(negative.to_i64(), Some(0));
        assert_eq!(negative.signum(), 0);
        assert_eq!(number("-0").to_string(), "-0");
        assert_eq!(number("-0.0").to_string(), "-0");
        assert_eq!(negative.neg().to_string(), "0");
        assert_eq!(zero.mul(&number("-5")).unwrap().to_string(), "-0");
        assert_eq!(zero.div(&number("-5")).unwrap().to_string(), "-0");
        assert_eq!(number("-1").add(&number("1")).unwrap().to_string(), "0");
        assert_eq!(number("-5").rem(&number("5")).unwrap().to_string(), "0");
        assert_eq!(negative.add(&negative).unwrap().to_string(), "-0");
        assert_eq!(number("-0.5").ceil().to_string(), "0");
        assert_eq!(negative.abs().to_string(), "0");
    }

    #[test]
    fn a_number_may_be_infinite() {
        let (one, zero) = (number("1"), number("0"));
        let infinite = one.div(&zero).unwrap();
        assert_eq!(infinite.to_string(), "+Inf");
        assert_eq!(infinite.neg().to_string(), "-Inf");
        assert_eq!(one.div(&zero.neg()).unwrap(), infinite.neg());
        assert!(infinite.neg() < number("-1e300") && number("1e300") < infinite);
        assert!(zero.div(&zero).is_none());
        assert!(infinite.sub(&infinite).is_none());
        assert!(infinite.mul(&zero).is_none());
        assert!(infinite.div(&infinite).is_none());
        assert_eq!(infinite.add(&one).unwrap(), infinite);
        assert_eq!(one.div(&infinite).unwrap(), zero);
        assert_eq!(infinite.floor(), infinite);
        assert_eq!(infinite.to_i64(), None);
        assert!(!infinite.is_whole());
        assert_eq!(number("-Inf"), infinite.neg());
        assert_eq!(Number::from_f64(f64::NEG_INFINITY), Some(infinite.neg()));
    }

    #[test]
    fn what_is_not_decimal_notation_is_refused() {
        for text in [
            "",
            " 1",
            "1 ",
            "0x10",
            "1_0",
            "e3",
            ".",
            "-",
            "1e",
            "1.2.3",
            "abc",
            "1e99999999999",
            "NaN",
        ] {
            assert!(text.parse::<Number>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn equal_numbers_of_different_sizes_hash_alike() {
        use std::collections::HashSet;
        let set: HashSet<Number> = [number("0.5"), Number::from_f64(0.5).unwrap()].into();
        assert_eq!(set.len(), 1);
    }
}
