//! The error bodies of the distribution API.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

/// A refusal, as the distribution API words it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// Code in the error body, such as `MANIFEST_UNKNOWN`.
    pub(crate) code: &'static str,
    /// Words for people.
    pub(crate) message: String,
    /// Detail of the error body.
    pub(crate) detail: Value,
}

impl Failure {
    /// A failure with no detail.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: Value::Null,
        }
    }

    /// The same failure with a detail.
    pub(crate) fn with_detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// The disk or the store failed underneath.
    pub(crate) fn storage(error: &std::io::Error) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN",
            format!("the content store failed: {error}"),
        )
    }

    /// A digest that is malformed or does not match.
    pub(crate) fn digest_invalid(detail: Value) -> Self {
        let message = "provided digest did not match uploaded content";
        Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message).with_detail(detail)
    }

    /// A blob that the repository does not hold.
    pub(crate) fn blob_unknown(digest: &str) -> Self {
        let message = "blob unknown to registry";
        Self::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", message).with_detail(json!({ "digest": digest }))
    }

    /// A manifest that the repository does not hold.
    pub(crate) fn manifest_unknown(repository: &str, reference: &str) -> Self {
        let message = format!("manifest tagged by \"{reference}\" is not found");
        Self::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", message)
            .with_detail(json!({ "name": repository, "reference": reference }))
    }

    /// A repository that the registry does not hold.
    pub(crate) fn name_unknown(repository: &str) -> Self {
        let message = format!("repository \"{repository}\" is not found");
        Self::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message).with_detail(json!({ "name": repository }))
    }

    /// The answer that carries this failure.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        let body =
            json!({ "errors": [{ "code": self.code, "message": self.message, "detail": self.detail }] });
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/json; charset=utf-8"),
        );
        headers.insert(
            "docker-distribution-api-version",
            header::HeaderValue::from_static("registry/2.0"),
        );
        response
    }
}
