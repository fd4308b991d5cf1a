//! The bucket: reads, writes that depend on a generation, lists.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderName};
use http::{Method, StatusCode};
use percent_encoding::utf8_percent_encode;
use regprov_http::{BaseUri, Request, Response, TokenCache, Transport};
use regprov_state::Version;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;
use zeroize::Zeroizing;

use super::credentials;
use crate::backend::{OpenError, Surroundings};
use crate::objects::{Condition, Found, ObjectError, Objects, Written};
use crate::s3::{ESCAPED, age, lost, unfit};
use crate::settings::Settings;

const STORAGE: &str = "https://storage.googleapis.com";
/// What tokens are asked for.
pub(super) const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

/// One bucket.
pub(super) struct Bucket {
    name: String,
    host: BaseUri,
    /// `None` for an emulator that asks for nobody.
    tokens: Option<TokenCache>,
    transport: Arc<dyn Transport>,
    customer_key: Option<[(HeaderName, Zeroizing<String>); 3]>,
    cloud_key: Option<String>,
}

#[derive(Deserialize)]
struct Object {
    name: Option<String>,
    generation: Option<String>,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    items: Vec<Object>,
    #[serde(rename = "nextPageToken")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    error: FailureOf,
}

#[derive(Deserialize)]
struct FailureOf {
    message: String,
}

impl Bucket {
    pub(super) fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let emulator = settings.variable("STORAGE_EMULATOR_HOST").map(|host| {
            if host.contains("://") {
                host.to_owned()
            } else {
                format!("http://{host}")
            }
        });
        let custom = settings.text("storage_custom_endpoint").map(str::to_owned);
        let address = custom
            .or_else(|| emulator.clone())
            .unwrap_or_else(|| STORAGE.into());
        let wrong = |reason: String| {
            OpenError::Settings(format!("The endpoint `{address}` cannot be used: {reason}."))
        };
        let mut url = Url::parse(&address).map_err(|error| wrong(error.to_string()))?;
        // The path is always that of the interface.
        url.set_path("");
        let host = BaseUri::parse(url.as_str()).map_err(|error| wrong(error.to_string()))?;
        let keys = (
            settings.text("encryption_key"),
            settings.text("kms_encryption_key"),
        );
        if let (Some(_), Some(_)) = keys {
            return Err(OpenError::Settings(
                "Only one of `encryption_key` and `kms_encryption_key` can be set.".into(),
            ));
        }
        Ok(Self {
            name: settings.text("bucket").unwrap_or_default().to_owned(),
            host,
            tokens: match emulator {
                Some(_) => None,
                None => Some(credentials::tokens(settings, surroundings)?),
            },
            transport: Arc::clone(&surroundings.transport),
            customer_key: keys.0.map(|key| customer_key(key, surroundings)).transpose()?,
            cloud_key: keys.1.map(str::to_owned),
        })
    }

    fn url(&self, name: &str, query: &str) -> Url {
        let mut url = self
            .host
            .segments(["storage", "v1", "b", self.name.as_str(), "o", name]);
        url.set_query((!query.is_empty()).then_some(query));
        url
    }

    async fn send(&self, mut request: Request) -> Result<Response, ObjectError> {
        if let Some(tokens) = &self.tokens {
            let token = tokens
                .get(SCOPE)
                .await
                .map_err(|error| ObjectError::new(format!("there is no token for the storage: {error}")))?;
            let text = Zeroizing::new(format!("Bearer {}", token.reveal()));
            request = request.secret_header(AUTHORIZATION, &text).map_err(unfit)?;
        }
        self.transport
            .send(request.sensitive())
            .await
            .map_err(|error| lost(&error))
    }

    /// Terraform reads its lock without the key.
    fn with_customer_key(&self, mut request: Request, name: &str) -> Result<Request, ObjectError> {
        for (header, value) in self.customer_key.iter().flatten() {
            if !name.ends_with(super::LOCK) {
                request = request.secret_header(header.clone(), value).map_err(unfit)?;
            }
        }
        Ok(request)
    }

    fn failure(&self, response: &Response) -> ObjectError {
        let said = response.json::<Failure>().ok();
        let status = response.status;
        let problem = said.map_or_else(
            || format!("the store answered with status {status}"),
            |said| {
                format!(
                    "{} (status {})",
                    regprov_http::sanitize(&said.error.message),
                    status.as_u16()
                )
            },
        );
        let error = if status.is_server_error() {
            ObjectError::ambiguous(problem)
        } else {
            ObjectError::new(problem)
        };
        match status {
            StatusCode::NOT_FOUND => error.remedy(format!(
                "Make the bucket `{}` first, or correct `bucket`.",
                self.name
            )),
            StatusCode::FORBIDDEN => error.remedy(
                "The identity needs the role Storage Object Admin (roles/storage.objectAdmin) on the bucket.",
            ),
            StatusCode::UNAUTHORIZED => {
                error.remedy("Check `credentials`, or sign in: gcloud auth application-default login")
            }
            _ => error,
        }
    }
}

/// The headers of a key that the customer keeps; it is given itself, or as a file.
fn customer_key(
    key: &str,
    surroundings: &Surroundings,
) -> Result<[(HeaderName, Zeroizing<String>); 3], OpenError> {
    let text = credentials::content_of(key, surroundings);
    let bytes = STANDARD.decode(text.trim()).ok().map(Zeroizing::new);
    let Some(bytes) = bytes.filter(|bytes| bytes.len() == 32) else {
        return Err(OpenError::Settings(
            "`encryption_key` is 32 bytes in base64.".into(),
        ));
    };
    let header = |name, value: String| (HeaderName::from_static(name), Zeroizing::new(value));
    Ok([
        header("x-goog-encryption-algorithm", "AES256".into()),
        header("x-goog-encryption-key", text.trim().to_owned()),
        header(
            "x-goog-encryption-key-sha256",
            STANDARD.encode(Sha256::digest(&*bytes)),
        ),
    ])
}

#[async_trait]
impl Objects for Bucket {
    fn place(&self, name: &str) -> String {
        format!("gs://{}/{name}", self.name)
    }

    async fn get(&self, name: &str) -> Result<Option<Found>, ObjectError> {
        let request = Request::get(
            self.url(name, "alt=media"),
            "read an object of the state's bucket",
        );
        let response = self.send(self.with_customer_key(request, name)?).await?;
        match response.status {
            StatusCode::OK => {
                let generation = response.header("x-goog-generation");
                let generation = generation.ok_or_else(|| {
                    ObjectError::new("the store tells no generation, without which nothing can be fenced")
                })?;
                Ok(Some(Found {
                    version: Version::new(generation),
                    age: age(&response),
                    bytes: response.body.to_vec(),
                }))
            }
            // A bucket that is missing is found out by the first write.
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(self.failure(&response)),
        }
    }

    async fn put(&self, name: &str, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError> {
        let generation = match condition {
            Condition::Absent => "0",
            Condition::Is(version) => version.as_str(),
        };
        let mut query = format!(
            "uploadType=media&name={}&ifGenerationMatch={generation}",
            utf8_percent_encode(name, ESCAPED)
        );
        if let (Some(key), false) = (&self.cloud_key, name.ends_with(super::LOCK)) {
            query = format!("{query}&kmsKeyName={}", utf8_percent_encode(key, ESCAPED));
        }
        let mut url = self
            .host
            .segments(["upload", "storage", "v1", "b", self.name.as_str(), "o"]);
        url.set_query(Some(&query));
        let request = Request::new(Method::POST, url, "write an object of the state's bucket")
            .bytes(bytes.to_vec(), "application/json");
        let response = self.send(self.with_customer_key(request, name)?).await?;
        match response.status {
            StatusCode::OK | StatusCode::CREATED => {
                let object: Object = response
                    .json()
                    .map_err(|error| ObjectError::ambiguous(error.to_string()))?;
                let generation = object.generation.ok_or_else(|| {
                    ObjectError::ambiguous("the store tells no generation of what was written")
                })?;
                Ok(Written::Done(Version::new(generation)))
            }
            StatusCode::PRECONDITION_FAILED => Ok(Written::Refused),
            // One object takes about one write a second.
            StatusCode::TOO_MANY_REQUESTS => Err(ObjectError::ambiguous(
                "the object was written too often, and the store asks for a pause",
            )),
            _ => Err(self.failure(&response)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let mut names = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let mut query = format!(
                "prefix={}&fields=items(name),nextPageToken",
                utf8_percent_encode(prefix, ESCAPED)
            );
            if let Some(page) = &page {
                query = format!("{query}&pageToken={}", utf8_percent_encode(page, ESCAPED));
            }
            let mut url = self
                .host
                .segments(["storage", "v1", "b", self.name.as_str(), "o"]);
            url.set_query(Some(&query));
            let response = self
                .send(Request::get(url, "list the objects of the state's bucket"))
                .await?;
            if response.status != StatusCode::OK {
                return Err(self.failure(&response));
            }
            let list: List = response
                .json()
                .map_err(|error| ObjectError::new(error.to_string()))?;
            names.extend(list.items.into_iter().filter_map(|object| object.name));
            page = list.next;
            if page.is_none() {
                return Ok(names);
            }
        }
    }

    async fn delete(&self, name: &str) -> Result<(), ObjectError> {
        let request = Request::new(
            Method::DELETE,
            self.url(name, ""),
            "remove an object of the state's bucket",
        );
        let response = self.send(request).await?;
        match response.status {
            StatusCode::NO_CONTENT | StatusCode::OK | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(self.failure(&response)),
        }
    }
}
