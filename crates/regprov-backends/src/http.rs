//! The backend `http`: one address that takes and gives the state.
//!
//! The protocol has no conditional writes, so that nothing can be fenced: a run that was paused may overwrite what another
//! one wrote. What can be done is done: the state is read again right before and right after it is written, and the journal
//! is kept, in full, on this machine.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderName};
use http::{Method, StatusCode};
use md5::{Digest as _, Md5};
use regprov_http::{Request, Response, Transport};
use regprov_state::{Lease, LocalStore, LockInfo, SegmentId, StateError, StateStore, Stored, Version, Write};
use sha2::Sha256;
use url::Url;
use zeroize::Zeroizing;

use crate::backend::{Backend, DEFAULT, OpenError, Promise, Surroundings};
use crate::objects::ObjectError;
use crate::s3::{lost, unfit};
use crate::settings::{Argument, Remark, Settings, flag, number, secret, text};

const RETRIES: Remark = Remark::Warn("is of no effect here: requests are repeated where that is harmless.");
const CERTIFICATE: Remark = Remark::Refuse(
    "is not known here. Name the authority of a server in the environment as REGPROV_CA_BUNDLE or SSL_CERT_FILE; a certificate \
     of the client cannot be given yet.",
);

pub(crate) const ARGUMENTS: &[Argument] = &[
    text("address").required().or_from(&["TF_HTTP_ADDRESS"]),
    text("update_method").or_from(&["TF_HTTP_UPDATE_METHOD"]),
    text("lock_address").or_from(&["TF_HTTP_LOCK_ADDRESS"]),
    text("unlock_address").or_from(&["TF_HTTP_UNLOCK_ADDRESS"]),
    text("lock_method").or_from(&["TF_HTTP_LOCK_METHOD"]),
    text("unlock_method").or_from(&["TF_HTTP_UNLOCK_METHOD"]),
    text("username").or_from(&["TF_HTTP_USERNAME"]),
    secret("password").or_from(&["TF_HTTP_PASSWORD"]),
    flag("skip_cert_verification").saying(Remark::Refuse(
        "is never done: certificates are always checked. Name the authority of a certificate of your own in the environment as \
         REGPROV_CA_BUNDLE instead.",
    )),
    number("retry_max").saying(RETRIES).or_from(&["TF_HTTP_RETRY_MAX"]),
    number("retry_wait_min")
        .saying(RETRIES)
        .or_from(&["TF_HTTP_RETRY_WAIT_MIN"]),
    number("retry_wait_max")
        .saying(RETRIES)
        .or_from(&["TF_HTTP_RETRY_WAIT_MAX"]),
    text("client_ca_certificate_pem").saying(CERTIFICATE),
    text("client_certificate_pem").saying(CERTIFICATE),
    secret("client_private_key_pem").saying(CERTIFICATE),
];

/// One address.
struct Endpoint {
    address: Url,
    update: Method,
    lock: Option<(Method, Url)>,
    unlock: Option<(Method, Url)>,
    authorization: Option<Zeroizing<String>>,
    transport: Arc<dyn Transport>,
    /// Where the journal is kept on this machine.
    journal: PathBuf,
}

struct Http(Arc<Endpoint>);

pub(crate) fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Arc<dyn Backend>, OpenError> {
    let url = |name: &str| -> Result<Option<Url>, OpenError> {
        let Some(text) = settings.text(name) else {
            return Ok(None);
        };
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
            Ok(_) => Err(OpenError::Settings(format!("`{name}` must be HTTP or HTTPS."))),
            Err(error) => Err(OpenError::Settings(format!("`{name}` is no address: {error}."))),
        }
    };
    let method = |name: &str, usual: &str| -> Result<Method, OpenError> {
        let text = settings.text_or(name, usual);
        Method::from_bytes(text.as_bytes())
            .map_err(|_| OpenError::Settings(format!("`{name}` is no method of HTTP.")))
    };
    let Some(address) = url("address")? else {
        return Err(OpenError::Settings("The argument `address` is required.".into()));
    };
    let authorization = settings.text("username").map(|user| {
        let password = settings.text("password").unwrap_or_default();
        let pair = Zeroizing::new(format!("{user}:{password}"));
        Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
    });
    let (lock, unlock) = (method("lock_method", "LOCK")?, method("unlock_method", "UNLOCK")?);
    let name = hex::encode(&Sha256::digest(address.as_str())[..8]);
    Ok(Arc::new(Http(Arc::new(Endpoint {
        update: method("update_method", "POST")?,
        lock: url("lock_address")?.map(|url| (lock, url)),
        unlock: url("unlock_address")?.map(|url| (unlock, url)),
        address,
        authorization,
        transport: Arc::clone(&surroundings.transport),
        journal: surroundings
            .directory
            .join(".regprov/http")
            .join(name)
            .join("terraform.tfstate"),
    }))))
}

#[async_trait]
impl Backend for Http {
    fn promise(&self) -> Promise {
        Promise::Weaker(if self.0.lock.is_some() {
            "has no conditional writes: a run that was paused past the life of its lock could overwrite a newer state, which is \
             noticed only afterwards. The journal of a run is kept on this machine: after a crash the next run has to be here."
        } else {
            "has neither a lock (`lock_address` is not set) nor conditional writes: nothing keeps two runs apart, and what one \
             overwrites of the other's is noticed only afterwards. The journal of a run is kept on this machine: after a crash \
             the next run has to be here."
        })
    }

    async fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, StateError> {
        if workspace != DEFAULT {
            return Err(self.0.without_workspaces());
        }
        Ok(Arc::new(HttpStore {
            journal: LocalStore::new(&self.0.journal),
            endpoint: Arc::clone(&self.0),
        }))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StateError> {
        Ok(vec![DEFAULT.to_owned()])
    }

    async fn create_workspace(&self, _name: &str) -> Result<(), StateError> {
        Err(self.0.without_workspaces())
    }

    async fn delete_workspace(&self, _name: &str) -> Result<(), StateError> {
        Err(self.0.without_workspaces())
    }

    async fn probe(&self, _id: &str) -> Result<(), StateError> {
        // Nothing is promised that could be put to the test; but it must be there.
        self.0.get().await.map(drop)
    }
}

impl Endpoint {
    fn location(&self) -> String {
        let mut url = self.address.clone();
        url.set_query(None);
        // An address that cannot have a user has none to remove.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    }

    fn failed(&self, operation: &str, problem: impl Into<String>, remedy: Option<&str>) -> StateError {
        StateError::Remote {
            operation: operation.to_owned(),
            location: self.location(),
            problem: problem.into(),
            remedy: remedy.map(str::to_owned),
        }
    }

    fn without_workspaces(&self) -> StateError {
        self.failed(
            "use a workspace at",
            "the backend `http` has one state only",
            Some("Use the workspace `default`, or a backend with workspaces."),
        )
    }

    async fn send(&self, mut request: Request, operation: &str) -> Result<Response, StateError> {
        let failed = |error: ObjectError| error.during(operation, self.location());
        if let Some(authorization) = &self.authorization {
            request = request
                .secret_header(AUTHORIZATION, authorization)
                .map_err(|error| failed(unfit(error)))?;
        }
        let response = self.transport.send(request.sensitive()).await;
        let response = response.map_err(|error| failed(lost(&error)))?;
        match response.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.failed(
                operation,
                format!("the server answered with status {}", response.status),
                Some("Check `username` and `password` (TF_HTTP_USERNAME, TF_HTTP_PASSWORD)."),
            )),
            _ => Ok(response),
        }
    }

    fn unexpected(&self, operation: &str, response: &Response) -> StateError {
        self.failed(
            operation,
            format!("the server answered with status {}", response.status),
            None,
        )
    }

    /// The state; `None` where there is none.
    async fn get(&self) -> Result<Option<Vec<u8>>, StateError> {
        let operation = "read the state at";
        let request = Request::get(self.address.clone(), "read the state");
        let response = self.send(request, operation).await?;
        match response.status {
            StatusCode::OK => {
                let told = response.header("content-md5").map(str::to_owned);
                let bytes = response.body.to_vec();
                if told.is_some_and(|told| told != STANDARD.encode(Md5::digest(&bytes))) {
                    return Err(self.failed(
                        operation,
                        "what arrived is not what the server's digest says",
                        None,
                    ));
                }
                Ok((!bytes.is_empty()).then_some(bytes))
            }
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(None),
            _ => Err(self.unexpected(operation, &response)),
        }
    }

    fn with_body(request: Request, body: &[u8]) -> Result<Request, ObjectError> {
        let digest = STANDARD.encode(Md5::digest(body));
        request
            .bytes(body.to_vec(), "application/json")
            .header(HeaderName::from_static("content-md5"), &digest)
            .map_err(unfit)
    }

    async fn take_lock(&self, info: &LockInfo) -> Result<(), StateError> {
        let Some((method, url)) = &self.lock else {
            return Ok(());
        };
        let operation = "lock the state at";
        let note = serde_json::to_vec(info).expect("texts are always printable");
        let request = Request::new(method.clone(), url.clone(), "lock the state").not_idempotent();
        let request =
            Self::with_body(request, &note).map_err(|error| error.during(operation, self.location()))?;
        let response = self.send(request, operation).await?;
        match response.status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            StatusCode::CONFLICT | StatusCode::LOCKED => {
                let holder: Option<LockInfo> = serde_json::from_slice(&response.body).ok();
                Err(StateError::Locked {
                    location: self.location(),
                    holder: holder.map(Box::new),
                })
            }
            _ => Err(self.unexpected(operation, &response)),
        }
    }

    async fn give_lock_back(&self, note: &[u8]) -> Result<(), StateError> {
        let Some((method, url)) = &self.unlock else {
            return Ok(());
        };
        let operation = "unlock the state at";
        let request = Request::new(method.clone(), url.clone(), "unlock the state").idempotent();
        let request =
            Self::with_body(request, note).map_err(|error| error.during(operation, self.location()))?;
        let response = self.send(request, operation).await?;
        if response.status.is_success() {
            Ok(())
        } else {
            Err(self.unexpected(operation, &response))
        }
    }

    async fn put(&self, lock: &str, bytes: &[u8]) -> Result<(), StateError> {
        let operation = "write the state at";
        let mut url = self.address.clone();
        if self.lock.is_some() {
            url.query_pairs_mut().append_pair("ID", lock);
        }
        // The same bytes twice are the same state.
        let request = Request::new(self.update.clone(), url, "write the state").idempotent();
        let request =
            Self::with_body(request, bytes).map_err(|error| error.during(operation, self.location()))?;
        let response = self.send(request, operation).await?;
        match response.status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            _ => Err(self.unexpected(operation, &response)),
        }
    }
}

/// The state at an address, and the journal beside nothing but this machine.
struct HttpStore {
    endpoint: Arc<Endpoint>,
    journal: LocalStore,
}

fn version_of(bytes: Option<&[u8]>) -> Version {
    Version::new(
        bytes
            .map(|bytes| hex::encode(Sha256::digest(bytes)))
            .unwrap_or_default(),
    )
}

#[async_trait]
impl StateStore for HttpStore {
    fn location(&self) -> String {
        self.endpoint.location()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        let local = self.journal.lock(info).await?;
        match self.endpoint.take_lock(info).await {
            Ok(()) => Ok(Lease {
                taken_over: None,
                ..local
            }),
            Err(error) => {
                // The first failure is the one to report.
                let _ = self.journal.unlock(&local).await;
                Err(error)
            }
        }
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        let note = LockInfo {
            id: lease.id.clone(),
            ..LockInfo::default()
        };
        let note = serde_json::to_vec(&note).expect("texts are always printable");
        let remote = self.endpoint.give_lock_back(&note).await;
        self.journal.unlock(lease).await?;
        remote
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StateError> {
        let note = serde_json::json!({"ID": id}).to_string();
        self.endpoint.give_lock_back(note.as_bytes()).await
    }

    async fn read(&self) -> Result<Stored, StateError> {
        let bytes = self.endpoint.get().await?;
        Ok(Stored {
            version: version_of(bytes.as_deref()),
            bytes,
        })
    }

    async fn write(&self, lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        let moved = || StateError::Moved {
            location: self.location(),
        };
        if version_of(self.endpoint.get().await?.as_deref()) != *write.expected {
            return Err(moved());
        }
        self.endpoint.put(&lease.id, write.bytes).await?;
        // Whoever wrote at the same time may have come after.
        let present = version_of(self.endpoint.get().await?.as_deref());
        if present == version_of(Some(write.bytes)) {
            Ok(present)
        } else {
            Err(moved())
        }
    }

    async fn back_up(&self, lease: &Lease, bytes: &[u8]) -> Result<String, StateError> {
        self.journal.back_up(lease, bytes).await
    }

    async fn append(&self, lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        self.journal.append(lease, segment, bytes).await
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        self.journal.segments().await
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        self.journal.read_segment(segment).await
    }

    async fn delete_segment(&self, lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        self.journal.delete_segment(lease, segment).await
    }
}
