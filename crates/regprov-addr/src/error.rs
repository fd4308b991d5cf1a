//! Why a text is not an address.

use std::fmt;

/// A text that is not the address it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError {
    input: String,
    offset: usize,
    expected: &'static str,
    problem: String,
}

impl AddressError {
    pub(crate) fn new(
        input: &str,
        offset: usize,
        expected: &'static str,
        problem: impl Into<String>,
    ) -> Self {
        AddressError {
            input: input.to_owned(),
            offset,
            expected,
            problem: problem.into(),
        }
    }

    /// The whole text.
    pub fn input(&self) -> &str {
        &self.input
    }

    /// The byte at which reading stopped.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What the text should have been: `a resource address`.
    pub fn expected(&self) -> &'static str {
        self.expected
    }

    /// What is wrong, as a fragment: `expected a name after the dot`.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self
            .input
            .get(..self.offset)
            .map_or(0, |before| before.chars().count())
            + 1;
        write!(
            f,
            "{:?} is not {}: {} (character {column})",
            self.input, self.expected, self.problem
        )
    }
}

impl std::error::Error for AddressError {}
