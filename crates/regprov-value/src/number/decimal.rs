//! The shortest decimal text that reads back as the same mantissa.

use super::Number;
use super::float::Float;
use dashu_int::UBig;
use dashu_int::ops::BitTest;

/// The digits `0.d₁d₂d₃… × 10^point`, without trailing zeros.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// Exactly `mantissa × 2^exponent`.
    fn new(mantissa: &UBig, exponent: i64) -> Self {
        let (whole, fraction_digits) = match usize::try_from(-exponent) {
            // A factor of 5^n makes of a division by 2^n a division by 10^n.
            Ok(halvings) => (mantissa * UBig::from(5_u8).pow(halvings), -exponent),
            Err(_) => (mantissa << usize::try_from(exponent).unwrap_or(0), 0),
        };
        let mut digits: Vec<u8> = whole.to_string().bytes().map(|digit| digit - b'0').collect();
        let point = i64::try_from(digits.len()).expect("no number has 2^63 digits") - fraction_digits;
        trim(&mut digits);
        Self { digits, point }
    }

    fn at(&self, index: usize) -> u8 {
        self.digits.get(index).copied().unwrap_or(0)
    }

    /// Keeps `count` digits, rounding to the nearest.
    fn round(&mut self, count: usize) {
        if self.should_round_up(count) {
            self.round_up(count)
        } else {
            self.round_down(count)
        }
    }

    fn should_round_up(&self, count: usize) -> bool {
        if self.at(count) == 5 && count + 1 == self.digits.len() {
            return count > 0 && !self.digits[count - 1].is_multiple_of(2);
        }
        self.at(count) >= 5
    }

    fn round_up(&mut self, count: usize) {
        if count >= self.digits.len() {
            return;
        }
        let Some(last) = self.digits[..count].iter().rposition(|digit| *digit < 9) else {
            self.digits = vec![1];
            self.point += 1;
            return;
        };
        self.digits.truncate(last + 1);
        self.digits[last] += 1;
    }

    fn round_down(&mut self, count: usize) {
        self.digits.truncate(count);
        trim(&mut self.digits);
    }

    /// Every digit of a number.
    fn exact(number: &Number) -> Self {
        match number.finite() {
            Some(float) if !float.is_zero() => Self::new(&float.mantissa, float.exponent),
            _ => Self {
                digits: Vec::new(),
                point: 0,
            },
        }
    }

    /// So many digits of a number, or as many as tell it from its neighbours.
    fn significant(number: &Number, digits: Option<usize>) -> Self {
        let mut decimal = Self::exact(number);
        match digits {
            Some(digits) => decimal.round(digits),
            None if decimal.digits.is_empty() => {}
            None => {
                if let Some(float) = number.finite() {
                    shorten(&mut decimal, &float);
                }
            }
        }
        decimal
    }

    /// The power of ten of the first digit.
    fn exponent(&self) -> i64 {
        if self.digits.is_empty() { 0 } else { self.point - 1 }
    }

    fn fixed(&self, negative: bool, places: usize) -> String {
        let whole = usize::try_from(self.point).unwrap_or(0);
        let mut text = String::from(if negative { "-" } else { "" });
        text.extend((0..whole).map(|index| char::from(b'0' + self.at(index))));
        if whole == 0 {
            text.push('0');
        }
        if places > 0 {
            text.push('.');
            let digit =
                |place: usize| usize::try_from(self.point + count(place)).map_or(0, |index| self.at(index));
            text.extend((0..places).map(|place| char::from(b'0' + digit(place))));
        }
        text
    }

    fn scientific(&self, negative: bool, places: usize) -> String {
        let mut text = String::from(if negative { "-" } else { "" });
        text.push(char::from(b'0' + self.at(0)));
        if places > 0 {
            text.push('.');
            text.extend((1..=places).map(|index| char::from(b'0' + self.at(index))));
        }
        let exponent = self.exponent();
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push_str(&format!("e{sign}{:02}", exponent.abs()));
        text
    }

    /// Plain notation, never an exponent.
    fn text(&self, negative: bool) -> String {
        let digits: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let sign = if negative { "-" } else { "" };
        let Ok(point) = usize::try_from(self.point) else {
            let zeros = "0".repeat(usize::try_from(-self.point).unwrap_or(0));
            return format!("{sign}0.{zeros}{digits}");
        };
        match (point, digits.len()) {
            (0, _) => format!("{sign}0.{digits}"),
            (point, length) if point >= length => format!("{sign}{digits}{}", "0".repeat(point - length)),
            (point, _) => format!("{sign}{}.{}", &digits[..point], &digits[point..]),
        }
    }
}

/// Ways to print that round, with a `e±dd` exponent where there is one. An infinite number is printed as such.
impl Number {
    /// Plain notation with this many digits after the point.
    #[must_use]
    pub fn to_fixed(&self, places: usize) -> String {
        if self.is_infinite() {
            return self.to_string();
        }
        let mut decimal = Decimal::exact(self);
        let kept = decimal.point + count(places);
        match usize::try_from(kept) {
            Ok(kept) => decimal.round(kept),
            Err(_) => decimal.digits.clear(),
        }
        decimal.fixed(self.is_negative(), places)
    }

    /// One digit before the point, this many after it or as many as are needed, and an exponent.
    #[must_use]
    pub fn to_scientific(&self, places: Option<usize>) -> String {
        if self.is_infinite() {
            return self.to_string();
        }
        let decimal = Decimal::significant(self, places.map(|places| places + 1));
        let places = places.unwrap_or_else(|| decimal.digits.len().saturating_sub(1));
        decimal.scientific(self.is_negative(), places)
    }

    /// This many significant digits or as many as are needed; an exponent where the number is far from one.
    #[must_use]
    pub fn to_general(&self, digits: Option<usize>) -> String {
        if self.is_infinite() {
            return self.to_string();
        }
        let digits = digits.map(|digits| digits.max(1));
        let decimal = Decimal::significant(self, digits);
        let (length, negative) = (count(decimal.digits.len()), self.is_negative());
        let limit = match digits.map(count) {
            None => 6,
            Some(wanted) if wanted > length && length >= decimal.point => length,
            Some(wanted) => wanted,
        };
        let exponent = decimal.point - 1;
        if exponent < -4 || exponent >= limit {
            return decimal.scientific(negative, decimal.digits.len().saturating_sub(1));
        }
        let places = usize::try_from(length - decimal.point).unwrap_or(0);
        decimal.fixed(negative, places)
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).expect("no number has 2^63 digits")
}

fn trim(digits: &mut Vec<u8>) {
    while digits.last() == Some(&0) {
        digits.pop();
    }
}

/// The fewest digits between the midpoints to the neighbouring numbers of the same precision.
pub(super) fn shortest(float: &Float) -> String {
    if float.is_zero() {
        return String::from(if float.negative { "-0" } else { "0" });
    }
    let mut decimal = Decimal::new(&float.mantissa, float.exponent);
    shorten(&mut decimal, float);
    decimal.text(float.negative)
}

fn shorten(decimal: &mut Decimal, float: &Float) {
    // The lowest bit of `middle` stands for half a unit in the last place.
    let shift = (usize::from(float.precision) + 1).saturating_sub(float.mantissa.bit_len());
    let middle = &float.mantissa << shift;
    let exponent = float.exponent - i64::try_from(shift).expect("a precision is small");
    let lower = Decimal::new(&(&middle - UBig::ONE), exponent);
    let upper = Decimal::new(&(&middle + UBig::ONE), exponent);
    // A midpoint itself rounds to an even mantissa.
    let inclusive = !middle.bit(1);
    for index in 0..decimal.digits.len() {
        let (digit, low, high) = (decimal.at(index), lower.at(index), upper.at(index));
        let last_of = |bound: &Decimal| index + 1 == bound.digits.len();
        let down = low != digit || inclusive && last_of(&lower);
        let up = digit != high && (inclusive || digit + 1 < high || index + 1 < upper.digits.len());
        match (down, up) {
            (true, true) => return decimal.round(index + 1),
            (true, false) => return decimal.round_down(index + 1),
            (false, true) => return decimal.round_up(index + 1),
            (false, false) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Number;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn fixed_notation_rounds_to_the_nearest() {
        let cases = [
            ("1.555", 2, "1.56"),
            ("2.5", 0, "2"),
            ("3.5", 0, "4"),
            ("-0.05", 1, "-0.1"),
            ("0.0004", 2, "0.00"),
            ("9.99", 1, "10.0"),
            ("0", 3, "0.000"),
            ("1e3", 1, "1000.0"),
        ];
        for (text, places, expected) in cases {
            assert_eq!(number(text).to_fixed(places), expected, "{text}");
        }
    }

    #[test]
    fn scientific_and_general_notation_print_as_go_does() {
        assert_eq!(number("123456").to_scientific(Some(3)), "1.235e+05");
        assert_eq!(number("0").to_scientific(Some(6)), "0.000000e+00");
        assert_eq!(number("1234567").to_general(None), "1.234567e+06");
        assert_eq!(number("123456").to_general(None), "123456");
        assert_eq!(number("0.00001").to_general(None), "1e-05");
        assert_eq!(number("1234.567").to_general(Some(3)), "1.23e+03");
        assert_eq!(number("100").to_general(Some(10)), "100");
        assert_eq!(number("0").to_general(Some(10)), "0");
    }
}
