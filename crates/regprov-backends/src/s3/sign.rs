//! Signatures of version 4, which Amazon's services ask for.

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use regprov_http::{BodyError, Request};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What stands for itself in a URL: letters, digits, `-`, `.`, `_` and `~`.
pub(crate) const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Keys that sign.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) access: String,
    pub(crate) secret: Zeroizing<String>,
    /// Of a session.
    pub(crate) token: Option<Zeroizing<String>>,
    /// When they are good no more.
    pub(crate) expires: Option<Timestamp>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Keys(expires: {:?})", self.expires)
    }
}

/// Where a signature is good.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// Signs a request with all its headers.
///
/// # Errors
/// When a key holds what a header cannot.
pub(crate) fn sign(
    mut request: Request,
    keys: &Keys,
    scope: Scope<'_>,
    now: Timestamp,
) -> Result<Request, BodyError> {
    let utc = now.to_zoned(jiff::tz::TimeZone::UTC);
    let (date, time) = (
        utc.strftime("%Y%m%d").to_string(),
        utc.strftime("%Y%m%dT%H%M%SZ").to_string(),
    );
    let body = hex::encode(Sha256::digest(&request.body));
    let host = match (request.url.host_str(), request.url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    request = request
        .header(http::header::HeaderName::from_static("x-amz-date"), &time)?
        .header(
            http::header::HeaderName::from_static("x-amz-content-sha256"),
            &body,
        )?;
    if let Some(token) = &keys.token {
        request = request.secret_header(
            http::header::HeaderName::from_static("x-amz-security-token"),
            token,
        )?;
    }
    let mut headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| {
            let value = value.to_str().unwrap_or_default();
            (
                name.as_str().to_owned(),
                value.split_whitespace().collect::<Vec<_>>().join(" "),
            )
        })
        .collect();
    headers.push(("host".into(), host));
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{names}\n{body}",
        request.method,
        path(&request, scope.service),
        query(&request)
    );
    let place = format!("{date}/{}/{}/aws4_request", scope.region, scope.service);
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{time}\n{place}\n{}",
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let mut key = Zeroizing::new(format!("AWS4{}", *keys.secret).into_bytes());
    for part in [date.as_str(), scope.region, scope.service, "aws4_request"] {
        key = Zeroizing::new(authenticate(&key, part));
    }
    let signature = hex::encode(authenticate(&key, &to_sign));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{place}, SignedHeaders={names}, Signature={signature}",
        keys.access
    );
    request.secret_header(http::header::AUTHORIZATION, &authorization)
}

fn authenticate(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The path with each segment escaped: once for S3, twice for all others.
fn path(request: &Request, service: &str) -> String {
    let once = request.url.path().split('/').map(again);
    if service == "s3" {
        return once.collect::<Vec<_>>().join("/");
    }
    once.map(|segment| utf8_percent_encode(&segment, ESCAPED).to_string())
        .collect::<Vec<_>>()
        .join("/")
}

fn query(request: &Request) -> String {
    let mut pairs: Vec<(String, String)> = request
        .url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (again(name), again(value))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn again(text: &str) -> String {
    let plain: Vec<u8> = percent_decode_str(text).collect();
    percent_encoding::percent_encode(&plain, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn keys() -> Keys {
        Keys {
            access: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: Zeroizing::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into()),
            token: None,
            expires: None,
        }
    }

    /// The worked example of the service's documentation: a read of a list.
    #[test]
    fn the_documented_example_has_the_documented_signature() {
        let url = Url::parse("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J").expect("a URL");
        let scope = Scope {
            region: "us-east-1",
            service: "s3",
        };
        let now = "2013-05-24T00:00:00Z".parse().expect("a time");
        let signed = sign(Request::get(url, "list"), &keys(), scope, now).expect("signed");
        let authorization = signed.headers[http::header::AUTHORIZATION]
            .to_str()
            .expect("text");
        assert!(
            authorization.ends_with("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
            "{authorization}"
        );
    }
}
