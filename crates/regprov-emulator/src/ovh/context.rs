//! A request whose caller is known, and how handlers read its body.

use serde::de::DeserializeOwned;

use super::caller::Caller;
use super::failure::invalid;
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// An answer, or the refusal.
pub(crate) type Reply = Result<Answer, Answer>;

/// A request whose caller is known.
pub(crate) struct Ovh<'a> {
    pub(crate) tx: &'a mut Transaction,
    pub(crate) call: &'a Call,
    pub(crate) caller: Caller,
}

impl Ovh<'_> {
    /// The body, in which nothing unknown may stand.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        body(self.call)
    }
}

/// When a change is done that takes seconds, however long an installation takes.
pub(crate) fn soon(tx: &Transaction) -> jiff::Timestamp {
    let ms = tx.knobs().lro_duration_ms.min(5000);
    crate::clock::add(tx.now(), i64::try_from(ms).unwrap_or(5000))
}

/// The answer of a call that answers nothing.
pub(crate) fn nothing() -> Reply {
    Ok(Answer::json(200, &serde_json::Value::Null))
}

/// The body of a call, in which nothing unknown may stand.
pub(crate) fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Answer> {
    let bytes: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        let named = |start: &str| {
            let rest = text.split_once(start)?.1;
            rest.split_once('`').map(|(name, _)| name.to_owned())
        };
        if let Some(name) = named("unknown field `") {
            return invalid(&format!("Received not described parameters: ({name})"));
        }
        match named("missing field `") {
            Some(name) => invalid(&format!("Missing parameter(s): {name}")),
            None => invalid(&format!("Given data is not valid: {text}")),
        }
    })
}
