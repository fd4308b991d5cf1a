//! The generator that the public provider draws from where `seed` is set: an additive lagged Fibonacci generator,
//! x(n) = x(n-607) + x(n-273) modulo 2^64, warmed up by 7.8·10^12 steps.
//!
//! The warmed-up state is a constant; it is computed by jumping ahead in powers of t modulo t^607 - t^334 - 1.

use std::sync::LazyLock;

const LENGTH: usize = 607;
const TAP: usize = 273;
const FEED: usize = LENGTH - TAP;
const WARM_UP: u64 = 7_800_000_000_000;
const MODULUS: i64 = (1 << 31) - 1;

/// A generator of the same numbers for the same seed.
pub(super) struct Seeded {
    state: Vec<u64>,
    tap: usize,
    feed: usize,
}

impl Seeded {
    /// Seeded by the CRC-64 of a text.
    pub(super) fn from_text(seed: &str) -> Self {
        Self::from_number(crc64(seed.as_bytes()).cast_signed())
    }

    fn from_number(seed: i64) -> Self {
        static WARM: LazyLock<Vec<u64>> = LazyLock::new(warmed_up);
        let start = match (seed % MODULUS + MODULUS) % MODULUS {
            0 => 89_482_311,
            start => start,
        };
        let state = scattered(start, 40, 20).into_iter().zip(WARM.iter());
        Self {
            state: state.map(|(own, warm)| own ^ warm).collect(),
            tap: 0,
            feed: FEED,
        }
    }

    fn next(&mut self) -> u64 {
        self.tap = (self.tap + LENGTH - 1) % LENGTH;
        self.feed = (self.feed + LENGTH - 1) % LENGTH;
        let sum = self.state[self.feed].wrapping_add(self.state[self.tap]);
        self.state[self.feed] = sum;
        sum
    }

    /// A number below `bound`, each equally likely.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let bound = bound.max(1);
        // Small bounds use 31 bits of a number, great ones 63.
        let bits = if bound < 1 << 31 { 31 } else { 63 };
        let range = 1_u64 << bits;
        if bound.is_power_of_two() {
            return self.bits(bits) & (bound - 1);
        }
        let greatest = range - 1 - range % bound;
        loop {
            let drawn = self.bits(bits);
            if drawn <= greatest {
                return drawn % bound;
            }
        }
    }

    fn bits(&mut self, bits: u32) -> u64 {
        (self.next() & (u64::MAX >> 1)) >> (63 - bits)
    }

    /// The positions of so many things in another order.
    pub(super) fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order = vec![0; count];
        for last in 0..count {
            let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
            let other = usize::try_from(self.below(bound)).unwrap_or(0);
            order[last] = order[other];
            order[other] = last;
        }
        order
    }
}

/// The state that a seed gives before it is mixed: three steps of a linear congruential generator a word.
fn scattered(start: i64, first: u32, second: u32) -> Vec<u64> {
    let mut x = start;
    let mut step = || {
        x = 48_271 * x % MODULUS;
        x.cast_unsigned()
    };
    (0..20).for_each(|_| {
        step();
    });
    (0..LENGTH)
        .map(|_| (step() << first) ^ (step() << second) ^ step())
        .collect()
}

/// The state after the warm-up from the seed 1.
fn warmed_up() -> Vec<u64> {
    let initial = scattered(1, 20, 10);
    // In the order in which the generator would have made them, the oldest first.
    let place = |age: usize| (FEED + LENGTH - 1 - age) % LENGTH;
    let past: Vec<u64> = (0..LENGTH)
        .map(|age| initial[(place(age) + LENGTH) % LENGTH])
        .collect();
    let mut row = power(WARM_UP);
    let mut state = vec![0; LENGTH];
    let begun = usize::try_from(WARM_UP % 607).unwrap_or(0);
    for age in 0..LENGTH {
        let value = row.iter().zip(&past).fold(0_u64, |sum, (factor, word)| {
            sum.wrapping_add(factor.wrapping_mul(*word))
        });
        state[(place(age) + LENGTH - begun) % LENGTH] = value;
        row = times_t(&row);
    }
    state
}

/// t to a power, modulo t^607 - t^334 - 1.
fn power(mut exponent: u64) -> Vec<u64> {
    let mut base = vec![0; LENGTH];
    base[1] = 1;
    let mut result = vec![0; LENGTH];
    result[0] = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = product(&result, &base);
        }
        base = product(&base, &base);
        exponent >>= 1;
    }
    result
}

fn product(left: &[u64], right: &[u64]) -> Vec<u64> {
    let mut sums = vec![0_u64; 2 * LENGTH - 1];
    for (at, factor) in left.iter().enumerate().filter(|(_, factor)| **factor != 0) {
        for (sum, other) in sums[at..].iter_mut().zip(right) {
            *sum = sum.wrapping_add(factor.wrapping_mul(*other));
        }
    }
    for high in (LENGTH..sums.len()).rev() {
        let factor = std::mem::take(&mut sums[high]);
        for low in [high - LENGTH, high - LENGTH + FEED] {
            sums[low] = sums[low].wrapping_add(factor);
        }
    }
    sums.truncate(LENGTH);
    sums
}

fn times_t(row: &[u64]) -> Vec<u64> {
    let mut next = row.to_vec();
    next.rotate_right(1);
    next[FEED] = next[FEED].wrapping_add(next[0]);
    next
}

/// CRC-64 with the ISO 3309 polynomial.
fn crc64(bytes: &[u8]) -> u64 {
    let step = |crc: u64, _| (crc >> 1) ^ if crc & 1 == 1 { 0xD800_0000_0000_0000 } else { 0 };
    !bytes
        .iter()
        .fold(u64::MAX, |crc, byte| (0..8).fold(crc ^ u64::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::Seeded;

    #[test]
    fn the_seed_1_gives_the_numbers_that_it_is_known_for() {
        let mut generator = Seeded::from_number(1);
        let drawn: Vec<u64> = (0..10).map(|_| generator.below(100)).collect();
        assert_eq!(drawn, [81, 87, 47, 59, 81, 18, 25, 40, 56, 0]);
    }

    #[test]
    fn texts_give_the_order_that_the_public_provider_gives() {
        assert_eq!(Seeded::from_text("-").permutation(5), [0, 2, 1, 4, 3]);
        assert_eq!(Seeded::from_text("12345").below(3), 2);
    }
}
