//! A request as handlers see it: parsed once, wholly read, independent of the transport that brought it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

/// One request.
///
/// Guarantees: `segments` are percent-decoded, and none is empty (`//` collapses).
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path as sent, without the query.
    pub(crate) path: String,
    pub(crate) segments: Vec<String>,
    /// The query as sent, without the question mark; empty when there is none.
    pub(crate) raw_query: String,
    /// Decoded pairs in the order sent; `+` and `%20` both mean a space.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// `http` or `https`.
    pub(crate) scheme: String,
    /// The authority that the client asked for, such as `localhost:8443`.
    pub(crate) host: String,
}

/// Why a body is not what a handler wants.
#[derive(Debug, thiserror::Error)]
#[error("the body is not the JSON that is expected here: {0}")]
pub(crate) struct BodyError(pub(crate) String);

impl Call {
    /// Builds a call from an HTTP request; `scheme` is the transport's, the host is the request's own.
    pub(crate) fn from_http(request: http::Request<Bytes>, scheme: &str, fallback_host: &str) -> Self {
        let (parts, body) = request.into_parts();
        let host = parts
            .uri
            .authority()
            .map(ToString::to_string)
            .or_else(|| {
                parts
                    .headers
                    .get(http::header::HOST)
                    .and_then(|h| h.to_str().ok())
                    .map(str::to_owned)
            })
            .unwrap_or_else(|| fallback_host.to_owned());
        let path_and_query = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        Self::new(parts.method, &path_and_query, parts.headers, body)
            .at(parts.uri.scheme_str().unwrap_or(scheme), &host)
    }

    /// Builds a call for `path_and_query`; used for the parts of a batch as well.
    pub(crate) fn new(method: Method, path_and_query: &str, headers: HeaderMap, body: Bytes) -> Self {
        let (path, raw_query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let segments = path
            .split('/')
            .filter(|s| !s.is_empty())
            .map(|s| percent_decode_str(s).decode_utf8_lossy().into_owned());
        let segments = segments.collect();
        Self {
            method,
            path: path.to_owned(),
            segments,
            raw_query: raw_query.to_owned(),
            query: decode_pairs(raw_query),
            headers,
            body,
            scheme: "http".to_owned(),
            host: "localhost".to_owned(),
        }
    }

    /// The same call, as it arrives at `scheme://host`.
    pub(crate) fn at(mut self, scheme: &str, host: &str) -> Self {
        self.scheme = scheme.to_owned();
        self.host = host.to_owned();
        self
    }

    /// `scheme://host` as the client asked; the start of every URL in an answer.
    pub(crate) fn base_url(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }

    /// The decoded segments, for slice patterns.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The first value of a query parameter; names compare without case, as ARM does.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// A header's value as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// The bearer token of the `Authorization` header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (kind, token) = self.header("authorization")?.trim().split_once(' ')?;
        kind.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// User name and password of a Basic `Authorization` header.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let (kind, value) = self.header("authorization")?.trim().split_once(' ')?;
        if !kind.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        text.split_once(':')
            .map(|(user, password)| (user.to_owned(), password.to_owned()))
    }

    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, BodyError> {
        serde_json::from_slice(&self.body).map_err(|error| BodyError(error.to_string()))
    }

    /// The body as a form, pairs in the order sent.
    pub(crate) fn form_pairs(&self) -> Vec<(String, String)> {
        decode_pairs(&String::from_utf8_lossy(&self.body))
    }

    /// The body as a form; of repeated names the first value is kept.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        let mut form = BTreeMap::new();
        for (name, value) in self.form_pairs() {
            form.entry(name).or_insert(value);
        }
        form
    }
}

fn decode_pairs(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        percent_decode_str(&part.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_collapses_double_slashes_and_a_query_accepts_both_spaces() {
        let call = Call::new(
            Method::GET,
            "//providers//a%20b?%24filter=appId+eq+%27x%27&$top=2&X=%20y",
            HeaderMap::new(),
            Bytes::new(),
        );
        assert_eq!(call.parts(), ["providers", "a b"]);
        assert_eq!(call.query("$filter"), Some("appId eq 'x'"));
        assert_eq!(call.query("x"), Some(" y"));
        assert_eq!(call.query("$top"), Some("2"));
    }
}
