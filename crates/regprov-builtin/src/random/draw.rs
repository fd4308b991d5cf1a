//! Drawing without bias.

use crate::package::Surroundings;

/// A number below `bound`, each equally likely.
pub(super) fn below(surroundings: &Surroundings, bound: usize) -> usize {
    let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let mut bytes = [0; 8];
        (surroundings.random)(&mut bytes);
        let drawn = u64::from_le_bytes(bytes);
        if drawn < limit {
            return usize::try_from(drawn % bound).unwrap_or(0);
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
