//! A request and its answer. Neither shows headers, query or body in `Debug`.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use url::Url;

/// One HTTP request.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// Whether sending it twice has the effect of sending it once.
    pub idempotent: bool,
    /// Whether body or answer holds a secret, so that no part of either may be quoted.
    pub sensitive: bool,
    /// What the request is for, as a message says it: "create the registry".
    pub operation: &'static str,
}

impl Request {
    /// A request without headers or body. It counts as idempotent where its method does by definition.
    pub fn new(method: Method, url: Url, operation: &'static str) -> Self {
        let idempotent = method.is_idempotent();
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            idempotent,
            sensitive: false,
            operation,
        }
    }

    /// A GET request.
    pub fn get(url: Url, operation: &'static str) -> Self {
        Self::new(Method::GET, url, operation)
    }

    /// Sets a header whose value is fit for one.
    ///
    /// # Errors
    ///
    /// The value holds a control character or a line break.
    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self, BodyError> {
        let value = HeaderValue::from_str(value).map_err(|_| BodyError::Header(name.to_string()))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sets a header that holds a secret.
    ///
    /// # Errors
    ///
    /// The value holds a control character or a line break.
    pub fn secret_header(mut self, name: HeaderName, value: &str) -> Result<Self, BodyError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| BodyError::Header(name.to_string()))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sets the body to JSON.
    ///
    /// # Errors
    ///
    /// The value has no JSON form.
    pub fn json(mut self, value: &impl Serialize) -> Result<Self, BodyError> {
        self.body = serde_json::to_vec(value).map_err(BodyError::Encode)?.into();
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self)
    }

    /// Sets the body to a form.
    #[must_use]
    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        self.body = form.finish().into();
        self.headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        self
    }

    /// Sets the body to bytes of a media type.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Bytes>, media_type: &'static str) -> Self {
        self.body = body.into();
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        self
    }

    /// Declares that sending this request twice has the effect of sending it once.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Declares that sending this request twice may make two objects.
    #[must_use]
    pub const fn not_idempotent(mut self) -> Self {
        self.idempotent = false;
        self
    }

    /// Declares that body or answer holds a secret.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The URL as it may be shown: no query, fragment or user information.
    #[must_use]
    pub fn shown_url(&self) -> String {
        shown(&self.url)
    }
}

/// A URL without query, fragment and user information.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // A URL that cannot have a user has none to remove.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    sanitize(url.as_str())
}

/// Text from the network with control and direction-changing characters written as visible escapes.
#[must_use]
pub fn sanitize(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        let hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if hidden || character.is_control() {
            clean.extend(character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    clean
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.shown_url())
            .field("body_length", &self.body.len())
            .field("operation", &self.operation)
            .finish()
    }
}

/// A complete answer of any status.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Response {
    /// An answer, for transports that make their own.
    pub fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// The body read as JSON.
    ///
    /// # Errors
    ///
    /// The body is not JSON of this shape, or is nested too deeply. The error does not quote the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, BodyError> {
        serde_json::from_slice(&self.body).map_err(|error| BodyError::Decode {
            status: self.status,
            line: error.line(),
            column: error.column(),
            what: match error.classify() {
                serde_json::error::Category::Data => "not of the expected shape",
                serde_json::error::Category::Eof => "cut short",
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => "not JSON",
            },
        })
    }

    /// A header as text, where it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Up to `limit` characters of the body as text fit to be shown. Not for answers that hold a secret.
    #[must_use]
    pub fn excerpt(&self, limit: usize) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let mut shown: String = text.chars().take(limit).collect();
        if text.chars().nth(limit).is_some() {
            shown.push('…');
        }
        sanitize(&shown)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_length", &self.body.len())
            .finish()
    }
}

/// A body or header that could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The value cannot be sent as JSON.
    #[error("failed to write the request body as JSON")]
    Encode(#[source] serde_json::Error),
    /// The answer is not what it should be.
    #[error("the answer (status {status}) is {what}, at line {line} column {column}")]
    Decode {
        /// Status of the answer.
        status: StatusCode,
        /// Line of the fault.
        line: usize,
        /// Column of the fault.
        column: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A header value holds a character that headers cannot.
    #[error("the value of header `{0}` holds a character that a header cannot carry")]
    Header(String),
}
