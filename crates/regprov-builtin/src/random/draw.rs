//! Drawing without bias.

use crate::package::Surroundings;

/// A position below `bound`, each equally likely.
pub(super) fn below(surroundings: &Surroundings, bound: usize) -> usize {
    let bound = u64::try_from(bound).unwrap_or(u64::MAX);
    usize::try_from(number_below(surroundings, bound)).unwrap_or(0)
}

/// A number below `bound`, each equally likely.
pub(super) fn number_below(surroundings: &Surroundings, bound: u64) -> u64 {
    let bound = bound.max(1);
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let mut bytes = [0; 8];
        (surroundings.random)(&mut bytes);
        let drawn = u64::from_le_bytes(bytes);
        if drawn < limit {
            return drawn % bound;
        }
    }
}

/// One of these.
pub(super) fn one<'a, T>(surroundings: &Surroundings, items: &'a [T]) -> Option<&'a T> {
    items.get(below(surroundings, items.len()))
}

/// The same in another order, each order equally likely.
pub(super) fn shuffle<T>(surroundings: &Surroundings, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(surroundings, last + 1));
    }
}
