//! Numbers to and from text.

use super::float::Float;
use super::{Inner, Number, TEXT_PRECISION, decimal};
use dashu_int::UBig;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The greatest power of ten that a text may ask for.
const MAX_EXPONENT: i64 = 100_000;

/// A text is not a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a number is required")]
pub struct ParseNumberError;

/// Reads decimal notation with an optional fraction and an optional exponent, `e` of ten or `p` of two; and `Inf`.
impl FromStr for Number {
    type Err = ParseNumberError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(small) = text.parse::<i64>()
            && small != 0
        {
            return Ok(Self::from(small));
        }
        let (negative, plain) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if matches!(plain, "Inf" | "inf") {
            return Ok(Self::infinite(negative));
        }
        let (mantissa, exponent, twos) = exponents(plain)?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseNumberError);
        }
        let fraction = i64::try_from(fraction.len()).map_err(|_| ParseNumberError)?;
        let power = exponent
            .checked_sub(fraction)
            .filter(|power| power.abs() <= MAX_EXPONENT)
            .ok_or(ParseNumberError)?;
        let mantissa = UBig::from_str_radix(&digits, 10).map_err(|_| ParseNumberError)?;
        let mut float = from_decimal(negative, mantissa, power);
        if !float.is_zero() {
            float.exponent += twos;
        }
        Ok(Self::from_float(float))
    }
}

/// What stands before the exponent, and the power of ten or of two that it gives.
fn exponents(text: &str) -> Result<(&str, i64, i64), ParseNumberError> {
    let read = |exponent: &str| exponent.parse::<i64>().map_err(|_| ParseNumberError);
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
        return Ok((mantissa, read(exponent)?, 0));
    }
    let Some((mantissa, exponent)) = text.split_once(['p', 'P']) else {
        return Ok((text, 0, 0));
    };
    let power = read(exponent)?;
    if power.abs() > MAX_EXPONENT {
        return Err(ParseNumberError);
    }
    Ok((mantissa, 0, power))
}

/// `± mantissa × 10^power`, rounded once.
fn from_decimal(negative: bool, mantissa: UBig, power: i64) -> Float {
    let fives = UBig::from(5_u8).pow(usize::try_from(power.unsigned_abs()).unwrap_or(0));
    if power >= 0 {
        return Float::rounded(negative, mantissa * fives, power, TEXT_PRECISION);
    }
    let whole = |integer: UBig| Float {
        negative: false,
        mantissa: integer,
        exponent: 0,
        precision: TEXT_PRECISION,
    };
    let quotient = whole(mantissa).div(&whole(fives));
    Float {
        negative,
        exponent: if quotient.is_zero() {
            0
        } else {
            quotient.exponent + power
        },
        ..quotient
    }
}

/// Prints plain decimal notation, never an exponent: the shortest text that reads back as the same number.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Small { value, precision } if *precision >= 64 || value.unsigned_abs() < 1 << 53 => {
                write!(f, "{value}")
            }
            Inner::Infinite { negative: true } => f.write_str("-Inf"),
            Inner::Infinite { negative: false } => f.write_str("+Inf"),
            Inner::Small { .. } | Inner::Big(_) => {
                let text = self.finite().as_ref().map(decimal::shortest);
                f.write_str(&text.unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Inner::Small { value, .. } => serializer.serialize_i64(*value),
            Inner::Big(_) | Inner::Infinite { .. } => serializer.serialize_str(&self.to_string()),
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
