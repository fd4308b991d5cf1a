//! Logarithm, exponential and power of machine numbers, step by step as the machines that run Terraform compute them: other
//! ways to compute them may differ in the last digit.

use std::f64::consts::LN_2;

/// The upper and the lower half of the logarithm of two, for [`exp`].
const HALVES: (f64, f64) = (0.693_147_180_559_663, 2.823_529_056_303_157_7e-13);
/// One by the factorials of 8 to 1.
const FACTORIALS: [f64; 8] = [
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
];

/// The exponential: the argument is brought near zero, a series is summed with fused steps, and the result squared back.
#[expect(clippy::cast_possible_truncation, reason = "the argument is bounded")]
fn exp(value: f64) -> f64 {
    if value > 709.782_712_893_384 {
        return f64::INFINITY;
    }
    if value < -745.2 {
        return 0.0;
    }
    let twos = (value * (1.0 / LN_2)).round_ties_even();
    let rest = (-twos).mul_add(HALVES.1, (-twos).mul_add(HALVES.0, value));
    let small = rest * 0.0625;
    let series = FACTORIALS
        .into_iter()
        .reduce(|sum, next| sum.mul_add(small, next));
    let mut result = small * series.unwrap_or(1.0);
    for _ in 0..3 {
        result *= result + 2.0;
    }
    result = result.mul_add(result + 2.0, 1.0);
    let exponent = twos as i64;
    match exponent {
        ..=-1023 => 0.0,
        1024.. => f64::INFINITY,
        _ => load(result, exponent),
    }
}

/// The upper and the lower half of the logarithm of two, for [`ln`].
const PARTS: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);

/// The natural logarithm.
pub(super) fn ln(value: f64) -> f64 {
    if value == 0.0 {
        return f64::NEG_INFINITY;
    }
    if value < 0.0 {
        return f64::NAN;
    }
    if !value.is_finite() {
        return value;
    }
    let (mut fraction, mut twos) = split_exponent(value);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        twos -= 1;
    }
    let twos = whole(twos);
    let rest = fraction - 1.0;
    let ratio = rest / (2.0 + rest);
    let square = ratio * ratio;
    let fourth = square * square;
    let odd = square
        * (0.666_666_666_666_673_5
            + fourth
                * (0.285_714_287_436_623_9
                    + fourth * (0.181_835_721_616_180_5 + fourth * 0.147_981_986_051_165_86)));
    let even = fourth
        * (0.399_999_999_994_094_2 + fourth * (0.222_221_984_321_497_84 + fourth * 0.153_138_376_992_093_73));
    let half = 0.5 * rest * rest;
    twos * PARTS.0 - ((half - (ratio * (half + (odd + even)) + twos * PARTS.1)) - rest)
}

#[expect(clippy::cast_precision_loss, reason = "a binary exponent is small")]
const fn whole(exponent: i64) -> f64 {
    exponent as f64
}

/// `base^exponent` by repeated squaring on the mantissa, in the order that Terraform computes it: the library's own
/// function may differ from it in the last digit.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.0 || base == 1.0 {
        return 1.0;
    }
    if base == 0.0 || !base.is_finite() || !exponent.is_finite() || exponent.abs() >= 9e18 {
        return base.powf(exponent);
    }
    if exponent == 0.5 {
        return base.sqrt();
    }
    if exponent == -0.5 {
        return 1.0 / base.sqrt();
    }
    let (mut whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    if fraction != 0.0 && base < 0.0 {
        return f64::NAN;
    }
    let mut mantissa = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        mantissa = exp(fraction * ln(base));
    }
    let scale = whole_power(base, whole, &mut mantissa);
    if exponent < 0.0 {
        load(1.0 / mantissa, -scale)
    } else {
        load(mantissa, scale)
    }
}

/// Multiplies `result` by the mantissa of `base^whole` and answers the binary exponent.
#[expect(clippy::cast_possible_truncation, reason = "the caller bounds the exponent")]
fn whole_power(base: f64, whole: f64, result: &mut f64) -> i64 {
    let (mut factor, mut exponent) = split_exponent(base);
    let mut scale = 0_i64;
    let mut left = whole as i64;
    while left != 0 {
        if !(-(1 << 12)..=(1 << 12)).contains(&exponent) {
            return scale + exponent;
        }
        if left & 1 == 1 {
            *result *= factor;
            scale += exponent;
        }
        factor *= factor;
        exponent <<= 1;
        if factor < 0.5 {
            factor += factor;
            exponent -= 1;
        }
        left >>= 1;
    }
    scale
}

/// The mantissa between a half and one, and the binary exponent.
fn split_exponent(value: f64) -> (f64, i64) {
    let (normal, shift) = if value.abs() < f64::MIN_POSITIVE {
        (value * 2_f64.powi(52), -52)
    } else {
        (value, 0)
    };
    let bits = normal.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1022;
    (
        f64::from_bits(bits & !(0x7ff << 52) | (1022 << 52)),
        exponent + shift,
    )
}

fn load(mantissa: f64, exponent: i64) -> f64 {
    let (mut value, mut left) = (mantissa, exponent.clamp(-4000, 4000));
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        value *= 2_f64.powi(i32::try_from(step).unwrap_or(0));
        left -= step;
    }
    value
}
