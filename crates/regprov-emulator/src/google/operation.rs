//! Long-running operations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::{Google, Reply};
use super::failure::Failure;
use crate::answer::Answer;
use crate::clock;
use crate::knobs::LroMode;
use crate::store::Transaction;

/// Operations by name.
const OPERATIONS: &str = "_google_operations";

/// An operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Operation {
    done_at: Timestamp,
    metadata: Value,
    response: Option<Value>,
    error: Option<Value>,
}

/// When an operation that begins now is done.
pub(super) fn done_at(tx: &Transaction) -> Timestamp {
    let knobs = tx.knobs();
    let ms = if knobs.lro_mode == LroMode::Sync {
        0
    } else {
        knobs.lro_duration_ms
    };
    clock::add(tx.now(), i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Whether an operation that begins now ends in an error.
pub(super) fn will_fail(tx: &Transaction) -> bool {
    matches!(tx.knobs().lro_mode, LroMode::Fail | LroMode::Cancel)
}

/// Begins an operation, and answers with it as it is at first: not done, unless it takes no time.
pub(super) fn begin(tx: &mut Transaction, name: &str, metadata: Value, end: Result<Value, Failure>) -> Reply {
    let end = match will_fail(tx) {
        true => Err(json!({ "code": 13, "message": "an internal error has occurred" })),
        false => end.map_err(|failure| failure.as_status()),
    };
    let operation = Operation {
        done_at: done_at(tx),
        metadata,
        response: end.as_ref().ok().cloned(),
        error: end.err(),
    };
    tx.put(OPERATIONS, name, &operation);
    let sync = tx.knobs().lro_mode == LroMode::Sync;
    Ok(Answer::json(200, &body(name, &operation, sync)))
}

fn body(name: &str, operation: &Operation, done: bool) -> Value {
    let mut body = json!({ "name": name, "metadata": operation.metadata });
    if done {
        body["done"] = true.into();
        match (&operation.response, &operation.error) {
            (Some(response), _) => body["response"] = response.clone(),
            (None, error) => body["error"] = json!(error),
        }
    }
    body
}

/// Answers with an operation as it stands.
pub(super) fn get(google: &mut Google<'_>, name: &str) -> Reply {
    let operation: Operation = google
        .tx
        .get(OPERATIONS, name)
        .ok_or_else(|| Failure::absent("Requested entity was not found."))?;
    let done = operation.done_at <= google.tx.now();
    Ok(Answer::json(200, &body(name, &operation, done)))
}
