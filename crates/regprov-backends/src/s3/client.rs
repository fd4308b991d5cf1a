//! The bucket: reads, conditional writes, lists.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH};
use http::{Method, StatusCode};
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use regprov_http::{BaseUri, BodyError, Clock, Request, Response, Transport, TransportError};
use regprov_state::Version;
use sha2::{Digest, Sha256};
use url::Url;
use zeroize::Zeroizing;

use super::credentials::Credentials;
use super::sign::{ESCAPED, Scope, sign};
use crate::backend::{OpenError, Surroundings};
use crate::objects::{Condition, Found, ObjectError, Objects, Written};
use crate::settings::Settings;
use crate::xml;

/// One bucket.
pub(super) struct Bucket {
    name: String,
    region: String,
    /// Where paths within the bucket begin.
    base: BaseUri,
    credentials: Credentials,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    writing: Vec<(HeaderName, String)>,
    customer_key: Vec<(HeaderName, Zeroizing<String>)>,
    checksum: bool,
}

impl Bucket {
    pub(super) async fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let credentials = Credentials::open(settings, surroundings).await?;
        let name = settings.text("bucket").unwrap_or_default().to_owned();
        let region = credentials.region().to_owned();
        Ok(Self {
            base: base(settings, &name, &region)?,
            name,
            region,
            credentials,
            transport: Arc::clone(&surroundings.transport),
            clock: Arc::clone(&surroundings.clock),
            writing: writing(settings),
            customer_key: customer_key(settings)?,
            checksum: !settings.flag("skip_s3_checksum").unwrap_or(false),
        })
    }

    fn url(&self, key: &str) -> Url {
        self.base.segments(key.split('/'))
    }

    async fn send(&self, request: Request) -> Result<Response, ObjectError> {
        let keys = self.credentials.keys().await?;
        let scope = Scope {
            region: &self.region,
            service: "s3",
        };
        let request = sign(request.sensitive(), &keys, scope, self.clock.now()).map_err(unfit)?;
        self.transport.send(request).await.map_err(|error| lost(&error))
    }

    fn with_customer_key(&self, mut request: Request) -> Result<Request, ObjectError> {
        for (name, value) in &self.customer_key {
            request = request.secret_header(name.clone(), value).map_err(unfit)?;
        }
        Ok(request)
    }

    fn writing(&self, request: Request, bytes: &[u8]) -> Result<Request, ObjectError> {
        let mut request = self
            .with_customer_key(request)?
            .bytes(bytes.to_vec(), "application/json");
        for (name, value) in &self.writing {
            request = request.header(name.clone(), value).map_err(unfit)?;
        }
        if self.checksum {
            let name = HeaderName::from_static("x-amz-checksum-sha256");
            request = request
                .header(name, &STANDARD.encode(Sha256::digest(bytes)))
                .map_err(unfit)?;
        }
        Ok(request)
    }

    /// What a status that was not hoped for means.
    fn failure(&self, response: &Response) -> ObjectError {
        let body = String::from_utf8_lossy(&response.body);
        let code = xml::text(&body, "Code").map(|code| regprov_http::sanitize(&code));
        let message = xml::text(&body, "Message").map(|text| regprov_http::sanitize(&text));
        let problem = match (&code, &message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.clone(),
            (None, _) => format!("the store answered with status {}", response.status),
        };
        let error = if response.status.is_server_error() {
            ObjectError::ambiguous(problem)
        } else {
            ObjectError::new(problem)
        };
        match code.as_deref() {
            Some("NoSuchBucket") => error.remedy(format!(
                "Make the bucket `{}` first, or correct `bucket`, `region` and `endpoints`.",
                self.name
            )),
            Some("AccessDenied" | "AllAccessDisabled") => error.remedy(
                "The identity needs s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on the \
                 state's key and on all that begins with it.",
            ),
            Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken") => {
                error.remedy("Check the access keys: those in the block, the environment, or the profile.")
            }
            Some("PermanentRedirect" | "AuthorizationHeaderMalformed") => {
                error.remedy("The bucket is in another region: correct `region`.")
            }
            _ => error,
        }
    }
}

#[async_trait]
impl Objects for Bucket {
    fn place(&self, name: &str) -> String {
        format!("s3://{}/{name}", self.name)
    }

    async fn get(&self, name: &str) -> Result<Option<Found>, ObjectError> {
        let request = Request::get(self.url(name), "read an object of the state's bucket");
        let response = self.send(self.with_customer_key(request)?).await?;
        match response.status {
            StatusCode::OK => Ok(Some(Found {
                version: version(&response)?,
                age: age(&response),
                bytes: response.body.to_vec(),
            })),
            StatusCode::NOT_FOUND if is_missing_key(&response) => Ok(None),
            _ => Err(self.failure(&response)),
        }
    }

    async fn put(&self, name: &str, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError> {
        // A conflict of two conditional writes is no answer yet.
        for _ in 0..8 {
            let request = Request::new(
                Method::PUT,
                self.url(name),
                "write an object of the state's bucket",
            );
            let request = match condition {
                Condition::Absent => request.header(IF_NONE_MATCH, "*"),
                Condition::Is(version) => request.header(IF_MATCH, version.as_str()),
            };
            let request = request.map_err(unfit)?.not_idempotent();
            let response = self.send(self.writing(request, bytes)?).await?;
            match response.status {
                StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => {
                    return Ok(Written::Done(version(&response)?));
                }
                StatusCode::PRECONDITION_FAILED => return Ok(Written::Refused),
                // The object that was to be replaced is gone.
                StatusCode::NOT_FOUND
                    if matches!(condition, Condition::Is(_)) && is_missing_key(&response) =>
                {
                    return Ok(Written::Refused);
                }
                StatusCode::CONFLICT => {}
                StatusCode::NOT_IMPLEMENTED => {
                    return Err(self.failure(&response).remedy(
                        "This store does not know conditional writes, which a lock stands on. Use a version that does.",
                    ));
                }
                _ => return Err(self.failure(&response)),
            }
        }
        Err(ObjectError::new(
            "conditional writes went on conflicting with those of others",
        ))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut query = format!(
                "encoding-type=url&list-type=2&prefix={}",
                utf8_percent_encode(prefix, ESCAPED)
            );
            if let Some(token) = &token {
                query = format!(
                    "continuation-token={}&{query}",
                    utf8_percent_encode(token, ESCAPED)
                );
            }
            let mut url = self.base.url().clone();
            url.set_query(Some(&query));
            let response = self
                .send(Request::get(url, "list the objects of the state's bucket"))
                .await?;
            if response.status != StatusCode::OK {
                return Err(self.failure(&response));
            }
            let body = String::from_utf8_lossy(&response.body);
            let encoded = xml::text(&body, "EncodingType").is_some();
            names.extend(xml::texts(&body, "Key").into_iter().map(|key| {
                if encoded {
                    // In this encoding a space may be a plus sign.
                    percent_decode_str(&key.replace('+', " "))
                        .decode_utf8_lossy()
                        .into_owned()
                } else {
                    key
                }
            }));
            token = xml::text(&body, "NextContinuationToken").filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(names);
            }
        }
    }

    async fn delete(&self, name: &str) -> Result<(), ObjectError> {
        let request = Request::new(
            Method::DELETE,
            self.url(name),
            "remove an object of the state's bucket",
        );
        let response = self.send(request).await?;
        match response.status {
            StatusCode::NO_CONTENT | StatusCode::OK | StatusCode::ACCEPTED => Ok(()),
            StatusCode::NOT_FOUND if is_missing_key(&response) => Ok(()),
            _ => Err(self.failure(&response)),
        }
    }
}

/// Whether the object is missing, and not the bucket.
fn is_missing_key(response: &Response) -> bool {
    let body = String::from_utf8_lossy(&response.body);
    xml::text(&body, "Code").is_none_or(|code| code != "NoSuchBucket")
}

fn version(response: &Response) -> Result<Version, ObjectError> {
    let tag = response.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    tag.map(Version::new)
        .ok_or_else(|| ObjectError::new("the store tells no entity tag, without which nothing can be fenced"))
}

/// How long ago the object was written, by the store's clock.
pub(crate) fn age(response: &Response) -> Option<Duration> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    let read = |name: &str| parser.parse_timestamp(response.header(name)?).ok();
    let (now, then) = (read("date")?, read("last-modified")?);
    Duration::try_from(now.duration_since(then)).ok()
}

pub(crate) fn unfit(error: BodyError) -> ObjectError {
    ObjectError::new(error.to_string())
}

/// A request without an answer.
pub(crate) fn lost(error: &TransportError) -> ObjectError {
    let mut problem = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        problem.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    if error.outcome_is_ambiguous() {
        ObjectError::ambiguous(problem)
    } else {
        ObjectError::new(problem)
    }
}

fn base(settings: &Settings, bucket: &str, region: &str) -> Result<BaseUri, OpenError> {
    let endpoints = settings.object("endpoints");
    let custom = endpoints
        .as_ref()
        .and_then(|endpoints| endpoints.text("s3"))
        .or_else(|| settings.text("endpoint"))
        .or_else(|| settings.variable("AWS_ENDPOINT_URL_S3"))
        .or_else(|| settings.variable("AWS_S3_ENDPOINT"))
        .or_else(|| settings.variable("AWS_ENDPOINT_URL"));
    let flag = |name| settings.flag(name).unwrap_or(false);
    let by_path = flag("use_path_style") || flag("force_path_style") || bucket.contains('.');
    let endpoint = match custom {
        Some(endpoint) if endpoint.contains("://") => endpoint.to_owned(),
        Some(endpoint) => format!("https://{endpoint}"),
        None => standard(region, flag("use_fips_endpoint"), flag("use_dualstack_endpoint")),
    };
    let endpoint = endpoint.trim_end_matches('/');
    let wrong =
        |reason: String| OpenError::Settings(format!("The endpoint `{endpoint}` cannot be used: {reason}."));
    let mut url = Url::parse(endpoint).map_err(|error| wrong(error.to_string()))?;
    if by_path {
        let path = format!("{}/{bucket}", url.path().trim_end_matches('/'));
        url.set_path(&path);
    } else {
        let host = format!("{bucket}.{}", url.host_str().unwrap_or_default());
        url.set_host(Some(&host))
            .map_err(|error| wrong(error.to_string()))?;
    }
    BaseUri::parse(url.as_str()).map_err(|error| wrong(error.to_string()))
}

fn standard(region: &str, fips: bool, dual_stack: bool) -> String {
    let service = if fips { "s3-fips" } else { "s3" };
    let stack = if dual_stack { ".dualstack" } else { "" };
    let suffix = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("https://{service}{stack}.{region}.{suffix}")
}

/// The headers that go with each write.
fn writing(settings: &Settings) -> Vec<(HeaderName, String)> {
    let mut headers = Vec::new();
    if let Some(acl) = settings.text("acl") {
        headers.push((HeaderName::from_static("x-amz-acl"), acl.to_owned()));
    }
    let encryption = HeaderName::from_static("x-amz-server-side-encryption");
    if !settings.flag("encrypt").unwrap_or(false) {
        return headers;
    }
    if let Some(key) = settings.text("kms_key_id") {
        let name = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");
        headers.push((encryption, "aws:kms".into()));
        headers.push((name, key.to_owned()));
    } else if settings.text("sse_customer_key").is_none() {
        headers.push((encryption, "AES256".into()));
    }
    headers
}

/// The headers of a key that the customer keeps: of writes and reads.
fn customer_key(settings: &Settings) -> Result<Vec<(HeaderName, Zeroizing<String>)>, OpenError> {
    let Some(key) = settings.text("sse_customer_key") else {
        return Ok(Vec::new());
    };
    if !settings.flag("encrypt").unwrap_or(false) {
        return Ok(Vec::new());
    }
    let bytes = STANDARD.decode(key).ok().map(Zeroizing::new);
    let Some(bytes) = bytes.filter(|bytes| bytes.len() == 32) else {
        return Err(OpenError::Settings(
            "`sse_customer_key` is 32 bytes in base64, 44 characters.".into(),
        ));
    };
    let digest = md5::Md5::digest(&*bytes);
    Ok([
        (
            "x-amz-server-side-encryption-customer-algorithm",
            "AES256".to_owned(),
        ),
        ("x-amz-server-side-encryption-customer-key", key.to_owned()),
        (
            "x-amz-server-side-encryption-customer-key-md5",
            STANDARD.encode(digest),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (HeaderName::from_static(name), Zeroizing::new(value)))
    .collect())
}
