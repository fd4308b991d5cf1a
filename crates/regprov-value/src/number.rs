//! Numbers as HCL has them: binary floating point with a mantissa of 512 bits.

use dashu_float::round::mode::HalfEven;
use dashu_float::{Context, DBig, FBig};
use dashu_int::IBig;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

/// The bits of the mantissa.
const PRECISION: usize = 512;
/// Decimal digits that tell two 512-bit mantissas apart, plus a guard.
const DECIMAL_DIGITS: usize = 156;

type Big = FBig<HalfEven, 2>;

/// A number. Whole numbers that fit 64 bits are held as such; the representation is canonical, so equality is by value.
#[derive(Clone)]
pub struct Number(Inner);

#[derive(Clone)]
enum Inner {
    Small(i64),
    Big(Arc<Big>),
}

/// A text is not a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a number is required")]
pub struct ParseNumberError;

impl Number {
    fn from_big(big: Big) -> Self {
        match i64::try_from_big(&big) {
            Some(small) => Self(Inner::Small(small)),
            None => Self(Inner::Big(Arc::new(big))),
        }
    }

    fn big(&self) -> Big {
        match &self.0 {
            Inner::Small(small) => Big::from(*small).with_precision(PRECISION).value(),
            Inner::Big(big) => Big::clone(big),
        }
    }

    /// The number as `i64`, where it is whole and fits.
    #[must_use]
    pub const fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Inner::Small(small) => Some(small),
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
    #[expect(clippy::cast_precision_loss, reason = "the nearest value is what is asked for")]
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Inner::Small(small) => *small as f64,
            Inner::Big(big) => big.to_f64().value(),
        }
    }

    /// The number of a finite `f64`.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        let big = Big::try_from(value).ok()?;
        value.is_finite().then(|| Self::from_big(big.with_precision(PRECISION).value()))
    }

    /// Whether the number has no fraction.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Inner::Small(_) => true,
            Inner::Big(big) => big.repr().exponent() >= 0,
        }
    }

    /// The number as an integer of any size, where it is whole.
    #[must_use]
    pub fn to_integer(&self) -> Option<IBig> {
        match &self.0 {
            Inner::Small(small) => Some(IBig::from(*small)),
            Inner::Big(big) => self.is_whole().then(|| big.trunc().to_int().value()),
        }
    }

    /// The number of an integer of any size.
    #[must_use]
    pub fn from_integer(integer: &IBig) -> Self {
        Self::from_big(Big::from(integer.clone()).with_precision(PRECISION).value())
    }

    /// −1, 0 or 1.
    #[must_use]
    pub fn signum(&self) -> i32 {
        match self.cmp(&Self::from(0_i64)) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }

    /// The sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        if let (Inner::Small(a), Inner::Small(b)) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b)
        {
            return Self(Inner::Small(sum));
        }
        Self::from_big(context().add(self.big().repr(), other.big().repr()).value())
    }

    /// The difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    /// The product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        if let (Inner::Small(a), Inner::Small(b)) = (&self.0, &other.0)
            && let Some(product) = a.checked_mul(*b)
        {
            return Self(Inner::Small(product));
        }
        Self::from_big(context().mul(self.big().repr(), other.big().repr()).value())
    }

    /// The quotient; `None` when dividing by zero.
    #[must_use]
    pub fn div(&self, other: &Self) -> Option<Self> {
        if other.signum() == 0 {
            return None;
        }
        if let (Inner::Small(a), Inner::Small(b)) = (&self.0, &other.0)
            && a.checked_rem(*b) == Some(0)
            && let Some(quotient) = a.checked_div(*b)
        {
            return Some(Self(Inner::Small(quotient)));
        }
        Some(Self::from_big(context().div(self.big().repr(), other.big().repr()).value()))
    }

    /// The remainder with the sign of the dividend; `None` when dividing by zero.
    #[must_use]
    pub fn rem(&self, other: &Self) -> Option<Self> {
        if let (Inner::Small(a), Inner::Small(b)) = (&self.0, &other.0) {
            return a.checked_rem(*b).map(|rest| Self(Inner::Small(rest))).or((*b == -1).then(|| Self::from(0_i64)));
        }
        let quotient = self.div(other)?.truncate();
        Some(self.sub(&other.mul(&quotient)))
    }

    /// The number with its sign turned.
    #[must_use]
    pub fn neg(&self) -> Self {
        match &self.0 {
            Inner::Small(small) => match small.checked_neg() {
                Some(negated) => Self(Inner::Small(negated)),
                None => Self::from_big(-self.big()),
            },
            Inner::Big(big) => Self::from_big(-Big::clone(big)),
        }
    }

    /// The whole part.
    #[must_use]
    pub fn truncate(&self) -> Self {
        match &self.0 {
            Inner::Small(_) => self.clone(),
            Inner::Big(big) => Self::from_big(big.trunc().with_precision(PRECISION).value()),
        }
    }

    /// The greatest whole number that is not greater.
    #[must_use]
    pub fn floor(&self) -> Self {
        let whole = self.truncate();
        if &whole > self { whole.sub(&Self::from(1_i64)) } else { whole }
    }

    /// The least whole number that is not less.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.neg().floor().neg()
    }
}

fn context() -> Context<HalfEven> {
    Context::new(PRECISION)
}

trait TryFromBig: Sized {
    fn try_from_big(big: &Big) -> Option<Self>;
}

impl TryFromBig for i64 {
    fn try_from_big(big: &Big) -> Option<Self> {
        let repr = big.repr();
        if repr.exponent() < 0 || repr.exponent() > 63 {
            return None;
        }
        let integer = repr.significand() << usize::try_from(repr.exponent()).ok()?;
        i64::try_from(integer).ok()
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Inner::Small(value))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        match i64::try_from(value) {
            Ok(small) => Self(Inner::Small(small)),
            Err(_) => Self::from_integer(&IBig::from(value)),
        }
    }
}

/// Reads decimal notation with an optional fraction and exponent.
impl FromStr for Number {
    type Err = ParseNumberError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(small) = text.parse::<i64>() {
            return Ok(Self(Inner::Small(small)));
        }
        let plain = text.strip_prefix(['-', '+']).unwrap_or(text);
        let valid = plain.starts_with(|first: char| first.is_ascii_digit() || first == '.')
            && plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
            && plain.chars().any(|c| c.is_ascii_digit());
        let exponent = plain.split(['e', 'E']).nth(1).map_or(Ok(0), str::parse::<i64>);
        if !valid || !exponent.is_ok_and(|exponent| exponent.abs() < 100_000) {
            return Err(ParseNumberError);
        }
        let decimal = DBig::from_str(&text.to_ascii_lowercase()).map_err(|_| ParseNumberError)?;
        let binary = decimal.with_rounding::<HalfEven>().with_base_and_precision::<2>(PRECISION).value();
        Ok(Self::from_big(binary))
    }
}

/// Prints plain decimal notation, never an exponent: the shortest text that reads back as the same number.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Small(small) => write!(f, "{small}"),
            Inner::Big(big) if big.repr().exponent() >= 0 => {
                write!(f, "{}", big.trunc().to_int().value())
            }
            Inner::Big(big) => f.write_str(&shortest_decimal(big)),
        }
    }
}

/// The fewest digits that read back as the same number; the search is over the digit count.
fn shortest_decimal(big: &Big) -> String {
    let reads_back = |text: &str| Number::from_str(text).is_ok_and(|number| number.big() == *big);
    let print = |digits: usize| {
        let decimal = big.clone().with_base_and_precision::<10>(digits).value();
        let text = decimal.to_string();
        if text.contains(['e', 'E']) { plain_notation(&text) } else { text }
    };
    let (mut low, mut high) = (1, DECIMAL_DIGITS);
    while low < high {
        let middle = usize::midpoint(low, high);
        if reads_back(&print(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    print(low)
}

/// Rewrites `1.5e-9` without an exponent.
fn plain_notation(text: &str) -> String {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let point = whole.len() as i64 + exponent;
    if point <= 0 {
        let zeros = "0".repeat(usize::try_from(-point).unwrap_or(0));
        return format!("{sign}0.{zeros}{digits}");
    }
    let point = usize::try_from(point).unwrap_or(0);
    if point >= digits.len() {
        return format!("{sign}{digits}{}", "0".repeat(point - digits.len()));
    }
    format!("{sign}{}.{}", &digits[..point], &digits[point..])
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Inner::Small(a), Inner::Small(b)) => a.cmp(b),
            (Inner::Big(a), Inner::Big(b)) => a.cmp(b),
            (Inner::Small(_), Inner::Big(b)) => self.big().cmp(b),
            (Inner::Big(a), Inner::Small(_)) => Big::cmp(a, &other.big()),
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
            Inner::Small(small) => small.hash(state),
            Inner::Big(big) => {
                big.repr().significand().hash(state);
                big.repr().exponent().hash(state);
            }
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Inner::Small(small) => serializer.serialize_i64(*small),
            Inner::Big(_) => serializer.serialize_str(&self.to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(value.into())
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Number, E> {
                value.to_string().parse().map_err(E::custom)
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn a_third_prints_155_threes_and_a_5_as_terraform_does() {
        let third = number("1").div(&number("3")).unwrap().to_string();
        assert_eq!(third, format!("0.{}5", "3".repeat(154)).replacen("0.", "0.3", 1));
    }

    #[test]
    fn decimal_fractions_read_back_as_written() {
        for text in ["0.1", "1.5", "-2.25", "123456789.000000001", "0.000001", "99999999999999999999", "1000000000000000000000000"] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("1e3").to_string(), "1000");
        assert_eq!(number("1.5e-3").to_string(), "0.0015");
        assert_eq!(number("0.1").add(&number("0.2")), number("0.3"));
    }

    #[test]
    fn whole_arithmetic_does_not_overflow() {
        let max = Number::from(i64::MAX);
        assert_eq!(max.add(&Number::from(1_i64)).to_string(), "9223372036854775808");
        assert_eq!(max.mul(&max).to_string(), "85070591730234615847396907784232501249");
        assert_eq!(Number::from(i64::MIN).neg().to_string(), "9223372036854775808");
    }

    #[test]
    fn rounding_follows_the_sign() {
        assert_eq!(number("-1.5").floor(), number("-2"));
        assert_eq!(number("-1.5").ceil(), number("-1"));
        assert_eq!(number("-7").rem(&number("3")).unwrap(), number("-1"));
        assert_eq!(number("7.5").rem(&number("2")).unwrap(), number("1.5"));
    }
}
