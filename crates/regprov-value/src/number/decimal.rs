//! The shortest decimal text that reads back as the same mantissa.

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

fn trim(digits: &mut Vec<u8>) {
    while digits.last() == Some(&0) {
        digits.pop();
    }
}

/// The fewest digits between the midpoints to the neighbouring numbers of the same precision.
pub(super) fn shortest(float: &Float) -> String {
    if float.mantissa == UBig::ZERO {
        return "0".into();
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
