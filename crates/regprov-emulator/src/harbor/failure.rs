//! Harbor's refusals: `{"errors":[{"code","message"}]}`.

use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Failure {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BAD_REQUEST", message)
    }

    /// 400, with a cause behind the usual words.
    pub(super) fn bad_request_because(cause: impl std::fmt::Display) -> Self {
        Self::bad_request(format!("bad request: {cause}"))
    }

    /// 401.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "UNAUTHORIZED", "unauthorized")
    }

    /// 403.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "FORBIDDEN", message)
    }

    /// 403, for a rule that nobody's rights lift.
    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "DENIED", message)
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", message)
    }

    /// 409.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "CONFLICT", message)
    }

    /// 412.
    pub(super) fn precondition(message: impl Into<String>) -> Self {
        Self::new(412, "PRECONDITION", message)
    }

    /// 500. Harbor tells clients nothing about what went wrong inside.
    pub(super) fn internal() -> Self {
        Self::new(500, "UNKNOWN", "internal server error")
    }

    /// What the API's own validation of parameters and bodies answers: the code is the status in words.
    pub(super) fn of_status(status: u16, message: impl Into<String>) -> Self {
        let words = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Unknown");
        Self::new(status, &words.to_uppercase().replace(' ', "_"), message)
    }

    /// 422: a parameter or a body that the specification does not allow.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::of_status(422, message)
    }

    /// The answer.
    pub(super) fn into_answer(self) -> Answer {
        let body = json!({ "errors": [{ "code": self.code, "message": self.message }] });
        Answer::json(self.status, &body)
    }
}
