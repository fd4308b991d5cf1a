//! Login endpoints.
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// Answers a login or metadata request; `None` when the path is not one.
pub(crate) fn handle(_tx: &mut Transaction, _call: &Call) -> Option<Answer> {
    None
}
