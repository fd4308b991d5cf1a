//! The login service's errors: AADSTS codes in OAuth's shape.

use serde_json::json;

use crate::answer::Answer;
use crate::store::Transaction;

/// A refusal of the login service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    status: u16,
    error: &'static str,
    code: u32,
    text: String,
}

impl Failure {
    pub(crate) fn new(status: u16, error: &'static str, code: u32, text: impl Into<String>) -> Self {
        Self {
            status,
            error,
            code,
            text: text.into(),
        }
    }

    /// A 401 `invalid_client`.
    pub(crate) fn client(code: u32, text: impl Into<String>) -> Self {
        Self::new(401, "invalid_client", code, text)
    }

    /// A 400 `invalid_request`.
    pub(crate) fn request(code: u32, text: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", code, text)
    }

    /// The answer, with trace ids of its own.
    pub(crate) fn answer(&self, tx: &mut Transaction) -> Answer {
        let (trace, correlation) = (tx.new_uuid(), tx.new_uuid());
        let timestamp = tx.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
            self.code, self.text
        );
        let body = json!({
            "error": self.error, "error_description": description, "error_codes": [self.code], "timestamp": timestamp,
            "trace_id": trace.to_string(), "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        });
        // The draws of the trace ids are kept, so that the next failure has others.
        Answer::json(self.status, &body)
            .header("cache-control", "no-store, no-cache")
            .keeping_changes()
    }
}
