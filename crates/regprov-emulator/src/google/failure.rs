//! Google's error bodies.

use serde_json::{Value, json};

use super::context::Style;
use crate::answer::Answer;
use crate::call::Call;

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    code: u16,
    status: &'static str,
    message: String,
    reason: &'static str,
    details: Vec<Value>,
}

impl Failure {
    fn new(code: u16, status: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            status,
            message: message.into(),
            reason,
            details: Vec::new(),
        }
    }

    /// Something about the request is not valid.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", "badRequest", message)
    }

    /// A field of the request is not valid.
    pub(super) fn invalid_field(field: &str, message: &str) -> Self {
        let detail = json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{ "field": field, "description": message }],
        });
        Self::invalid(message).with(detail)
    }

    /// The state of things forbids the request.
    pub(super) fn precondition(message: impl Into<String>) -> Self {
        Self::new(400, "FAILED_PRECONDITION", "failedPrecondition", message)
    }

    /// Who asks is not known.
    pub(super) fn unauthenticated() -> Self {
        let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";
        Self::new(401, "UNAUTHENTICATED", "authError", message).info(
            "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            "googleapis.com",
            json!({}),
        )
    }

    /// Nobody says who asks.
    pub(super) fn no_credentials() -> Self {
        let message = "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";
        Self::new(401, "UNAUTHENTICATED", "required", message).info(
            "CREDENTIALS_MISSING",
            "googleapis.com",
            json!({}),
        )
    }

    /// Who asks may not.
    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "PERMISSION_DENIED", "forbidden", message)
    }

    /// There is no such thing.
    pub(super) fn absent(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", "notFound", message)
    }

    /// There is such a thing already.
    pub(super) fn exists(message: impl Into<String>) -> Self {
        Self::new(409, "ALREADY_EXISTS", "alreadyExists", message)
    }

    /// Somebody else was faster.
    pub(super) fn aborted(message: impl Into<String>) -> Self {
        Self::new(409, "ABORTED", "aborted", message)
    }

    /// A condition on the state of things does not hold (storage).
    pub(super) fn condition_not_met() -> Self {
        let message = "At least one of the pre-conditions you specified did not hold.";
        Self::new(412, "FAILED_PRECONDITION", "conditionNotMet", message)
    }

    /// There may be no more of these.
    pub(super) fn exhausted(message: impl Into<String>) -> Self {
        Self::new(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", message)
    }

    /// The loud answer for what the sandbox does not emulate.
    pub(super) fn unsupported(what: &str) -> Self {
        let message =
            format!("The sandbox does not emulate {what}. The real service may well accept this request.");
        Self::new(501, "UNIMPLEMENTED", "notImplemented", message)
    }

    /// A request that the sandbox does not emulate.
    pub(super) fn unknown(call: &Call) -> Self {
        Self::unsupported(&format!("{} https://{}{}", call.method, call.host, call.path))
    }

    /// The same refusal with a detail.
    pub(super) fn with(mut self, detail: Value) -> Self {
        self.details.push(detail);
        self
    }

    /// The same refusal with the reason that programs read.
    pub(super) fn info(self, reason: &str, domain: &str, metadata: Value) -> Self {
        self.with(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason, "domain": domain, "metadata": metadata,
        }))
    }

    /// The error as the end of a long operation tells it.
    pub(super) fn as_status(&self) -> Value {
        let code = match self.status {
            "INVALID_ARGUMENT" => 3,
            "ALREADY_EXISTS" => 6,
            "FAILED_PRECONDITION" => 9,
            _ => 13,
        };
        json!({ "code": code, "message": self.message })
    }

    /// The answer, as a service of this style words it.
    pub(super) fn into_answer(self, style: Style) -> Answer {
        let mut error = json!({ "code": self.code, "message": self.message });
        if style != Style::Plain {
            error["errors"] = json!([{ "message": self.message, "domain": "global", "reason": self.reason }]);
        }
        if style != Style::Storage {
            error["status"] = self.status.into();
            if !self.details.is_empty() {
                error["details"] = self.details.into();
            }
        }
        Answer::json(self.code, &json!({ "error": error }))
    }
}
