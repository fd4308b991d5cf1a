//! Graph's errors.

use serde_json::json;

use crate::answer::Answer;
use crate::call::{BodyError, Call};
use crate::store::Transaction;

/// A refusal by Graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    status: u16,
    code: &'static str,
    message: String,
}

impl Failure {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "Request_BadRequest", message)
    }

    pub(super) fn not_found(what: &str) -> Self {
        let text = format!(
            "Resource '{what}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(404, "Request_ResourceNotFound", text)
    }

    pub(super) fn denied() -> Self {
        Self::new(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    }

    pub(super) fn same_key(message: impl Into<String>) -> Self {
        Self::new(409, "Request_MultipleObjectsWithSameKeyValue", message)
    }

    /// What the sandbox does not emulate.
    pub(super) fn unsupported(what: &str) -> Self {
        let text =
            format!("The sandbox does not emulate {what}. The real service may well accept this request.");
        Self::new(501, "SandboxUnsupported", text)
    }

    pub(super) fn method(call: &Call) -> Self {
        let text = format!(
            "Specified HTTP method {} is not allowed for the request target.",
            call.method
        );
        Self::new(405, "Request_BadRequest", text)
    }

    /// The answer, with ids of its own.
    pub(super) fn answer(&self, tx: &mut Transaction, call: &Call) -> Answer {
        let id = tx.new_uuid().to_string();
        let body = json!({ "error": { "code": self.code, "message": self.message, "innerError": {
            "date": tx.now().strftime("%Y-%m-%dT%H:%M:%S").to_string(), "request-id": id,
            "client-request-id": call.header("client-request-id").unwrap_or(&id),
        } } });
        Answer::json(self.status, &body)
    }
}

impl From<BodyError> for Failure {
    fn from(_: BodyError) -> Self {
        let text = "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.";
        Self::new(400, "BadRequest", text)
    }
}
