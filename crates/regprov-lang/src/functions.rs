//! The functions of the language, one file per family.

mod string;

use crate::function::Function;

/// Every function, in no particular order.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    [string::FUNCTIONS].into_iter().flatten()
}
