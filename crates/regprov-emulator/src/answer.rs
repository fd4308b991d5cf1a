//! An answer as handlers give it.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::json;

/// One answer. A status of 400 or more rolls the transaction back, unless [`Answer::keeping_changes`] was called.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Box<HeaderMap>,
    pub(crate) body: Bytes,
    pub(crate) keeps_changes: bool,
}

impl Answer {
    /// An answer without a body, and so without a content type.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("handlers name real statuses"),
            headers: Box::default(),
            body: Bytes::new(),
            keeps_changes: false,
        }
    }

    /// A JSON answer with `Content-Type: application/json; charset=utf-8`.
    pub(crate) fn json(status: u16, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("answers are plain data");
        Self {
            body: body.into(),
            ..Self::empty(status)
        }
        .header("content-type", "application/json; charset=utf-8")
    }

    /// An answer with these bytes.
    pub(crate) fn bytes(status: u16, content_type: &str, body: Bytes) -> Self {
        Self {
            body,
            ..Self::empty(status)
        }
        .header("content-type", content_type)
    }

    /// Sets a header, replacing an earlier value.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value =
            HeaderValue::from_str(value).expect("handlers write header values without control characters");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// Commits what the handler wrote although the answer is an error.
    pub(crate) fn keeping_changes(mut self) -> Self {
        self.keeps_changes = true;
        self
    }

    /// The ARM error shape: `{"error":{"code","message"}}`.
    pub(crate) fn arm_error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({ "error": { "code": code, "message": message } }))
    }

    /// The loud answer for what the sandbox does not emulate; `what` names the missing route or field.
    pub(crate) fn unsupported(what: &str) -> Self {
        let message =
            format!("The sandbox does not emulate {what}. The real service may well accept this request.");
        Self::arm_error(501, "SandboxUnsupported", &message)
    }

    /// Whether the transaction commits.
    pub(crate) fn commits(&self) -> bool {
        self.keeps_changes || self.status.as_u16() < 400
    }

    /// The answer as an HTTP response.
    pub(crate) fn into_http(self) -> http::Response<Bytes> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = *self.headers;
        response
    }
}
