//! The container: blobs, conditional writes, leases.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH};
use http::{Method, StatusCode};
use percent_encoding::utf8_percent_encode;
use regprov_http::{BaseUri, Clock, Request, Response, Transport};
use regprov_state::Version;
use url::Url;

use super::key::Access;
use crate::backend::{OpenError, Surroundings};
use crate::objects::{Condition, Found, ObjectError, Objects, Written};
use crate::s3::{ESCAPED, age, lost, unfit};
use crate::settings::Settings;
use crate::xml;

/// What stands before the names of metadata.
const METADATA: &str = "x-ms-meta-";
/// Names the address of an emulator's blobs, account included.
const ENDPOINT: &str = "REGPROV_AZURE_BLOB_ENDPOINT";

/// A container of a storage account.
#[derive(Clone)]
pub(super) struct Container {
    account: String,
    name: String,
    base: BaseUri,
    access: Arc<Access>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    snapshot: bool,
    /// The state that is worked on, and the lease and metadata that its writes carry.
    state: String,
    held: Arc<Mutex<Held>>,
}

/// What a write of the state carries along.
#[derive(Clone, Default)]
pub(super) struct Held {
    pub(super) lease: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
}

/// What is known of a blob without its content.
pub(super) struct Properties {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) is_leased: bool,
}

impl Container {
    pub(super) async fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let account = settings
            .text("storage_account_name")
            .unwrap_or_default()
            .to_owned();
        let suffix = match settings.text_or("environment", "public").to_lowercase().as_str() {
            "china" | "azurechinacloud" => "core.chinacloudapi.cn",
            "usgovernment" | "usgovernmentl4" | "usgovernmentl5" | "dod" | "azureusgovernmentcloud" => {
                "core.usgovcloudapi.net"
            }
            _ => "core.windows.net",
        };
        let address = settings
            .variable(ENDPOINT)
            .map_or_else(|| format!("https://{account}.blob.{suffix}"), str::to_owned);
        let base = BaseUri::parse(&address).map_err(|error| {
            OpenError::Settings(format!("The address `{address}` cannot be used: {error}."))
        })?;
        Ok(Self {
            access: Arc::new(Access::open(settings, surroundings).await?),
            account,
            name: settings.text("container_name").unwrap_or_default().to_owned(),
            base,
            transport: Arc::clone(&surroundings.transport),
            clock: Arc::clone(&surroundings.clock),
            snapshot: settings.flag("snapshot").unwrap_or(false),
            state: String::new(),
            held: Arc::default(),
        })
    }

    /// The same container for the writers of one state.
    pub(super) fn for_state(&self, name: &str) -> Self {
        Self {
            state: name.to_owned(),
            held: Arc::default(),
            ..self.clone()
        }
    }

    fn url(&self, name: &str, query: &str) -> Url {
        let mut url = self
            .base
            .segments(std::iter::once(self.name.as_str()).chain(name.split('/')));
        if !query.is_empty() {
            url.set_query(Some(query));
        }
        url
    }

    async fn send(&self, request: Request) -> Result<Response, ObjectError> {
        let request = self
            .access
            .sign(request.sensitive(), &self.account, self.clock.as_ref())
            .await?;
        self.transport.send(request).await.map_err(|error| lost(&error))
    }

    /// Asks for something about the lease of a blob; says whether it was done. A blob that is not there has none.
    pub(super) async fn lease(
        &self,
        name: &str,
        action: &str,
        id: Option<&str>,
    ) -> Result<Leased, ObjectError> {
        let mut headers = vec![("x-ms-lease-action", action)];
        match action {
            "acquire" => headers.push(("x-ms-lease-duration", "-1")),
            "break" => headers.push(("x-ms-lease-break-period", "0")),
            _ => {}
        }
        let id_name = if action == "acquire" {
            "x-ms-proposed-lease-id"
        } else {
            "x-ms-lease-id"
        };
        headers.extend(id.map(|id| (id_name, id)));
        let request = Request::new(
            Method::PUT,
            self.url(name, "comp=lease"),
            "lease the state's blob",
        );
        let response = self.send(with(request, &headers)?).await?;
        self.leased(&response)
    }

    /// Looks at a blob.
    pub(super) async fn properties(&self, name: &str) -> Result<Option<Properties>, ObjectError> {
        let request = Request::new(Method::HEAD, self.url(name, ""), "look at the state's blob");
        let response = self.send(request).await?;
        match response.status {
            StatusCode::OK => Ok(Some(Properties {
                metadata: metadata(&response),
                is_leased: response.header("x-ms-lease-status") == Some("locked"),
            })),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(self.failure(&response)),
        }
    }

    /// Replaces the metadata of a blob by whoever has this lease on it.
    pub(super) async fn set_metadata(
        &self,
        name: &str,
        lease: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Leased, ObjectError> {
        let request = Request::new(
            Method::PUT,
            self.url(name, "comp=metadata"),
            "note the lock at the state's blob",
        );
        let request = with_metadata(with(request, &[("x-ms-lease-id", lease)])?, metadata)?;
        let response = self.send(request).await?;
        self.leased(&response)
    }

    /// What a service answers to whoever asks about a lease, or with one.
    fn leased(&self, response: &Response) -> Result<Leased, ObjectError> {
        match response.status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED => Ok(Leased::Done),
            StatusCode::NOT_FOUND if !is_missing_container(response) => Ok(Leased::Absent),
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => Ok(Leased::Refused),
            _ => Err(self.failure(response)),
        }
    }

    /// What writes of the state carry from now on.
    pub(super) fn carry(&self, held: Held) {
        *self.held.lock().expect("no holder panics") = held;
    }

    pub(super) fn carried(&self) -> Held {
        self.held.lock().expect("no holder panics").clone()
    }

    async fn take_snapshot(&self, name: &str) -> Result<(), ObjectError> {
        let request = Request::new(
            Method::PUT,
            self.url(name, "comp=snapshot"),
            "take a snapshot of the state's blob",
        );
        let held = self.carried();
        let headers: Vec<_> = held
            .lease
            .iter()
            .map(|lease| ("x-ms-lease-id", lease.as_str()))
            .collect();
        let response = self.send(with(request, &headers)?).await?;
        match response.status {
            StatusCode::CREATED | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(self.failure(&response)),
        }
    }

    fn failure(&self, response: &Response) -> ObjectError {
        let body = String::from_utf8_lossy(&response.body);
        let code = response
            .header("x-ms-error-code")
            .map(str::to_owned)
            .or_else(|| xml::text(&body, "Code"))
            .map(|code| regprov_http::sanitize(&code));
        let problem = match &code {
            Some(code) => format!("{code} (status {})", response.status.as_u16()),
            None => format!("the store answered with status {}", response.status),
        };
        let error = if response.status.is_server_error() {
            ObjectError::ambiguous(problem)
        } else {
            ObjectError::new(problem)
        };
        match code.as_deref() {
            Some("ContainerNotFound") => error.remedy(format!(
                "Make the container `{}` first, or correct `container_name` and `storage_account_name`.",
                self.name
            )),
            Some("AuthenticationFailed" | "InvalidAuthenticationInfo") => {
                error.remedy("Check `access_key` or `sas_token`, and the clock of this machine.")
            }
            Some("AuthorizationPermissionMismatch" | "AuthorizationFailure") => error.remedy(
                "The identity needs the role Storage Blob Data Contributor on the container, and the account's firewall must let \
                 this machine in.",
            ),
            Some("KeyBasedAuthenticationNotPermitted") => {
                error.remedy("The account takes no keys: set `use_azuread_auth = true`.")
            }
            _ => error,
        }
    }
}

/// What became of asking for something about a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leased {
    Done,
    /// Someone else has it, or it is not this one.
    Refused,
    /// There is no such blob.
    Absent,
}

fn is_missing_container(response: &Response) -> bool {
    response.header("x-ms-error-code") == Some("ContainerNotFound")
}

fn metadata(response: &Response) -> BTreeMap<String, String> {
    response
        .headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(METADATA)?;
            Some((name.to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect()
}

fn with(mut request: Request, headers: &[(&'static str, &str)]) -> Result<Request, ObjectError> {
    for (name, value) in headers {
        request = request
            .header(HeaderName::from_static(name), value)
            .map_err(unfit)?;
    }
    Ok(request)
}

fn with_metadata(mut request: Request, metadata: &BTreeMap<String, String>) -> Result<Request, ObjectError> {
    for (name, value) in metadata {
        let name = HeaderName::try_from(format!("{METADATA}{name}"))
            .map_err(|_| ObjectError::new("the blob has metadata of a name that cannot be sent"))?;
        request = request.header(name, value).map_err(unfit)?;
    }
    Ok(request)
}

fn version(response: &Response) -> Result<Version, ObjectError> {
    let tag = response.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    tag.map(Version::new)
        .ok_or_else(|| ObjectError::new("the store tells no entity tag, without which nothing can be fenced"))
}

#[async_trait]
impl Objects for Container {
    fn place(&self, name: &str) -> String {
        format!("azurerm://{}/{}/{name}", self.account, self.name)
    }

    async fn get(&self, name: &str) -> Result<Option<Found>, ObjectError> {
        let request = Request::get(self.url(name, ""), "read a blob of the state's container");
        let response = self.send(request).await?;
        match response.status {
            StatusCode::OK => Ok(Some(Found {
                version: version(&response)?,
                age: age(&response),
                bytes: response.body.to_vec(),
            })),
            StatusCode::NOT_FOUND if !is_missing_container(&response) => Ok(None),
            _ => Err(self.failure(&response)),
        }
    }

    async fn put(&self, name: &str, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError> {
        let is_state = name == self.state;
        let request = Request::new(
            Method::PUT,
            self.url(name, ""),
            "write a blob of the state's container",
        );
        let request = match condition {
            Condition::Absent => request.header(IF_NONE_MATCH, "*"),
            Condition::Is(version) => request.header(IF_MATCH, version.as_str()),
        };
        let mut request = request
            .map_err(unfit)?
            .not_idempotent()
            .bytes(bytes.to_vec(), "application/json");
        request = with(request, &[("x-ms-blob-type", "BlockBlob")])?;
        if is_state {
            if self.snapshot && matches!(condition, Condition::Is(_)) {
                self.take_snapshot(name).await?;
            }
            let held = self.carried();
            if let Some(lease) = &held.lease {
                request = with(request, &[("x-ms-lease-id", lease)])?;
            }
            request = with_metadata(request, &held.metadata)?;
        }
        let response = self.send(request).await?;
        match response.status {
            StatusCode::CREATED | StatusCode::OK => Ok(Written::Done(version(&response)?)),
            // Another version is there, or another lease.
            StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => Ok(Written::Refused),
            StatusCode::NOT_FOUND if !is_missing_container(&response) => Ok(Written::Refused),
            _ => Err(self.failure(&response)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let mut names = Vec::new();
        let mut marker = String::new();
        loop {
            let mut query = format!(
                "restype=container&comp=list&prefix={}",
                utf8_percent_encode(prefix, ESCAPED)
            );
            if !marker.is_empty() {
                query = format!("{query}&marker={}", utf8_percent_encode(&marker, ESCAPED));
            }
            let mut url = self.base.segments([self.name.as_str()]);
            url.set_query(Some(&query));
            let response = self
                .send(Request::get(url, "list the blobs of the state's container"))
                .await?;
            if response.status != StatusCode::OK {
                return Err(self.failure(&response));
            }
            let body = String::from_utf8_lossy(&response.body);
            names.extend(xml::texts(&body, "Name"));
            marker = xml::text(&body, "NextMarker").unwrap_or_default();
            if marker.is_empty() {
                return Ok(names);
            }
        }
    }

    async fn delete(&self, name: &str) -> Result<(), ObjectError> {
        let request = Request::new(
            Method::DELETE,
            self.url(name, ""),
            "remove a blob of the state's container",
        );
        let request = with(request, &[("x-ms-delete-snapshots", "include")])?;
        let response = self.send(request).await?;
        match response.status {
            StatusCode::ACCEPTED | StatusCode::OK => Ok(()),
            StatusCode::NOT_FOUND if !is_missing_container(&response) => Ok(()),
            _ => Err(self.failure(&response)),
        }
    }
}
