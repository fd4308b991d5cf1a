//! Microsoft Graph.
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// Answers a Graph request; the path still starts with `/graph`.
pub(crate) fn handle(_tx: &mut Transaction, call: &Call) -> Answer {
    Answer::unsupported(&format!("{} {}", call.method, call.path))
}
