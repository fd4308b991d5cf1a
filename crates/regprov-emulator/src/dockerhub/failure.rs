//! How the API refuses. The shapes differ by the service behind a route.

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;

/// Most refusals.
pub(super) fn refuse(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({ "detail": text, "message": text }))
}

/// Who asks is not known.
pub(super) fn unauthenticated() -> Answer {
    refuse(401, "authentication required")
}

/// Who asks may not.
pub(super) fn denied(text: &str) -> Answer {
    refuse(403, text)
}

/// A kind of token that a route does not take.
pub(super) fn of_token(kind: &str) -> Answer {
    denied(&format!("token issued from {kind} access token is not allowed"))
}

/// There is no such object; `info` names it.
pub(super) fn absent(info: &Value) -> Answer {
    let text = "object not found";
    Answer::json(404, &json!({ "detail": text, "message": text, "errinfo": info }))
}

/// A field of the body is wrong.
pub(super) fn invalid(field: &str, text: &str) -> Answer {
    let mut fields = Map::new();
    fields.insert(field.to_owned(), json!([text]));
    Answer::json(
        400,
        &json!({ "fields": fields, "text": text, "detail": text, "message": text }),
    )
}

/// The loud answer for what the sandbox does not emulate.
pub(super) fn unknown(call: &Call) -> Answer {
    let text = format!(
        "The sandbox does not emulate {} {}. The real service may well accept this request.",
        call.method, call.path
    );
    Answer::json(501, &json!({ "detail": text, "message": text }))
}
