//! How a command ends.

use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what was asked.
    Done,
    /// It failed; what is wrong was printed.
    Failed,
    /// There are changes, and `-detailed-exitcode` asked to be told.
    Changes,
    /// `fmt` met a file that it cannot format; what is wrong was printed.
    Malformed,
    /// `fmt -check` found a file whose layout differs.
    Unformatted,
    /// The command line was not understood.
    Usage,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Failed => Self::from(1),
            Outcome::Changes | Outcome::Malformed => Self::from(2),
            Outcome::Unformatted => Self::from(3),
            Outcome::Usage => Self::from(64),
        }
    }
}
