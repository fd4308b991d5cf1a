//! Numbers as HCL has them: binary floating point with a mantissa of a fixed number of bits.

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
#[derive(Clone)]
pub struct Number(Inner);

#[derive(Clone)]
enum Inner {
    Small { value: i64, precision: u16 },
    Big(Arc<Float>),
}

impl Number {
    const fn small(value: i64, precision: u16) -> Self {
        Self(Inner::Small { value, precision })
    }

    fn from_float(float: Float) -> Self {
        match float.to_i64() {
            Some(value) => Self::small(value, float.precision),
            None => Self(Inner::Big(Arc::new(float))),
        }
    }

    fn float(&self) -> Float {
        match &self.0 {
            Inner::Small { value, precision } => Float::from_integer(&IBig::from(*value), *precision),
            Inner::Big(float) => Float::clone(float),
        }
    }

    fn precision(&self) -> u16 {
        match &self.0 {
            Inner::Small { precision, .. } => *precision,
            Inner::Big(float) => float.precision,
        }
    }

    /// The number as `i64`, where it is whole and fits.
    #[must_use]
    pub const fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Inner::Small { value, .. } => Some(value),
            Inner::Big(_) => None,
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
        self.float().to_f64()
    }

    /// The number of a finite `f64`.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        Float::from_f64(value).map(Self::from_float)
    }

    /// Whether the number has no fraction.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Inner::Small { .. } => true,
            Inner::Big(float) => float.is_whole(),
        }
    }

    /// The number as an integer of any size, where it is whole.
    #[must_use]
    pub fn to_integer(&self) -> Option<IBig> {
        match &self.0 {
            Inner::Small { value, .. } => Some(IBig::from(*value)),
            Inner::Big(float) => float.to_integer(),
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
            Inner::Big(float) if float.negative => -1,
            Inner::Big(_) => 1,
        }
    }

    /// The sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        self.whole_or(other, i64::checked_add, Float::add)
    }

    /// The difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    /// The product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        self.whole_or(other, i64::checked_mul, Float::mul)
    }

    fn whole_or(
        &self,
        other: &Self,
        whole: fn(i64, i64) -> Option<i64>,
        float: fn(&Float, &Float) -> Float,
    ) -> Self {
        let precision = self.precision().max(other.precision());
        if precision >= COUNT_PRECISION
            && let (Inner::Small { value: a, .. }, Inner::Small { value: b, .. }) = (&self.0, &other.0)
            && let Some(result) = whole(*a, *b)
        {
            return Self::small(result, precision);
        }
        Self::from_float(float(&self.float(), &other.float()))
    }

    /// The quotient; `None` when dividing by zero.
    #[must_use]
    pub fn div(&self, other: &Self) -> Option<Self> {
        if other.signum() == 0 {
            return None;
        }
        let exact = |a: i64, b: i64| {
            if a.checked_rem(b) == Some(0) {
                a.checked_div(b)
            } else {
                None
            }
        };
        Some(self.whole_or(other, exact, Float::div))
    }

    /// The remainder with the sign of the dividend; `None` when dividing by zero.
    #[must_use]
    pub fn rem(&self, other: &Self) -> Option<Self> {
        if let (Inner::Small { value: a, .. }, Inner::Small { value: b, .. }) = (&self.0, &other.0) {
            let precision = self.precision().max(other.precision());
            return (*b != 0).then(|| Self::small(a.checked_rem(*b).unwrap_or(0), precision));
        }
        let quotient = self.div(other)?.truncate();
        Some(self.sub(&other.mul(&quotient)))
    }

    /// The number with its sign turned.
    #[must_use]
    pub fn neg(&self) -> Self {
        match &self.0 {
            Inner::Small { value, precision } => match value.checked_neg() {
                Some(negated) => Self::small(negated, *precision),
                None => Self::from_float(self.float().neg()),
            },
            Inner::Big(float) => Self::from_float(Float::clone(float).neg()),
        }
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.signum() < 0 {
            self.neg()
        } else {
            self.clone()
        }
    }

    /// The whole part.
    #[must_use]
    pub fn truncate(&self) -> Self {
        match &self.0 {
            Inner::Small { .. } => self.clone(),
            Inner::Big(float) => Self::from_float(float.truncate()),
        }
    }

    /// The greatest whole number that is not greater.
    #[must_use]
    pub fn floor(&self) -> Self {
        let whole = self.truncate();
        if &whole > self {
            whole.sub(&Self::small(1, whole.precision()))
        } else {
            whole
        }
    }

    /// The least whole number that is not less.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.neg().floor().neg()
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
            (Inner::Small { .. }, Inner::Big(_)) | (Inner::Big(_), Inner::Small { .. }) => {
                self.float().compare(&other.float())
            }
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
        assert_eq!(third.mul(&number("3")), number("1"));
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
        assert_eq!(number("0.1").add(&number("0.2")), number("0.3"));
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
        assert!(Number::from_f64(f64::INFINITY).is_none());
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
        assert_eq!(max.add(&Number::from(1_i64)).to_string(), "9223372036854775808");
        assert_eq!(
            max.mul(&max).to_string(),
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
