//! Azure Resource Manager.

use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// Answers a Resource Manager request.
pub(crate) fn handle(_tx: &mut Transaction, call: &Call) -> Answer {
    Answer::unsupported(&format!("{} {}", call.method, call.path))
}
