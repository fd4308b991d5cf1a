//! A request whose caller is known, and how handlers read its body.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::caller::Caller;
use super::failure::invalid;
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

/// An answer, or the refusal.
pub(super) type Reply = Result<Answer, Answer>;

/// A request whose caller is known.
pub(super) struct Hub<'a> {
    pub(super) tx: &'a mut Transaction,
    pub(super) call: &'a Call,
    pub(super) caller: Caller,
}

impl Hub<'_> {
    /// The body, in which nothing unknown may stand.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        body(self.call)
    }
}

/// The body of a call, in which nothing unknown may stand.
pub(super) fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Answer> {
    let bytes: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        let named = |start: &str| {
            let rest = text.split_once(start)?.1;
            rest.split_once('`').map(|(name, _)| name.to_owned())
        };
        match named("missing field `") {
            Some(name) => invalid(&name, "This field is required."),
            None => invalid(
                &named("unknown field `").unwrap_or_else(|| "body".to_owned()),
                &text,
            ),
        }
    })
}

/// `2026-01-02T03:04:05.123456Z`, as the API writes instants.
pub(super) fn instant(at: Timestamp) -> String {
    format!(
        "{}.{:06}Z",
        at.strftime("%Y-%m-%dT%H:%M:%S"),
        at.subsec_nanosecond() / 1000
    )
}
