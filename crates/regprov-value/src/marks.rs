//! Marks: what must be remembered about a value beside its content.

use serde::{Deserialize, Serialize};
use std::ops::{BitOr, BitOrAssign};

/// A set of marks on one value; the marks of a collection's elements live on the elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(u8);

impl Marks {
    /// No mark at all.
    pub const NONE: Self = Self(0);
    /// Never shown, and sealed at rest.
    pub const SENSITIVE: Self = Self(1);
    /// Never stored, neither in a plan nor in a state.
    pub const EPHEMERAL: Self = Self(2);

    /// Whether no mark is set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether every mark of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These marks without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Marks {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Marks {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}
