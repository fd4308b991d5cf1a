//! One owner per folder: who it is, how others find it, and when it may leave.
//!
//! The owner holds `owner.lock`. A process that talks to it holds `clients.lock` shared; an owner that wants to leave
//! takes that lock exclusively, so it never leaves while somebody still needs it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fs4::{FileExt, TryLockError};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::control::client::Client;
use crate::dockerhub::world::DockerHubOperator;
use crate::google::world::GoogleOperator;
use crate::ovh::world::OvhOperator;

const ENDPOINTS: &str = "endpoints.json";
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(25);

/// Why a sandbox cannot be opened or reset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file of the folder cannot be read or written.
    #[error("failed to {operation} {}", path.display())]
    Io {
        /// What was tried, such as `write`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The store is damaged, or was written by another version.
    #[error("the sandbox in {} cannot be read: {reason} Reset the sandbox to start anew.", path.display())]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What is wrong, as a sentence.
        reason: String,
    },
    /// Another process owns the folder and does not answer.
    #[error("another process owns the sandbox in {} and does not answer; end it, or wait for it to finish", .0.display())]
    OwnerSilent(PathBuf),
    /// Another process owns the folder.
    #[error("the sandbox in {} is in use; end `regprov sandbox serve` and other commands on it first", .0.display())]
    InUse(PathBuf),
}

impl OpenError {
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io {
            operation,
            path,
            source,
        }
    }

    pub(crate) fn damaged(path: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            reason: format!("{reason}."),
        }
    }
}

/// Where the Azure services of a sandbox are, and who may use them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AzureEndpoints {
    /// `localhost:PORT`, for `metadata_host` and `ARM_METADATA_HOSTNAME`.
    pub metadata_host: String,
    /// The login endpoint.
    pub login: Url,
    /// Azure Resource Manager.
    pub resource_manager: Url,
    /// Microsoft Graph, without the version.
    pub graph: Url,
    /// The tenant.
    pub tenant_id: String,
    /// The subscription.
    pub subscription_id: String,
    /// The operator's client id: Owner of the subscription, and allowed to manage all applications.
    pub client_id: String,
    /// The operator's client secret.
    pub client_secret: String,
}

impl std::fmt::Debug for AzureEndpoints {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AzureEndpoints")
            .field("metadata_host", &self.metadata_host)
            .field("tenant_id", &self.tenant_id)
            .field("subscription_id", &self.subscription_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Where the OVHcloud of a sandbox is, and who may use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvhEndpoints {
    /// The base of the API, for `endpoint` and `OVH_ENDPOINT`.
    pub endpoint: String,
    /// Where service accounts get their tokens.
    pub token_url: Url,
    /// What a caller needs.
    pub operator: OvhOperator,
}

/// Where the Google of a sandbox is, and who may use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoogleEndpoints {
    /// What stands below it for `https://HOST/`: `{base}HOST/`, such as `{base}iam.googleapis.com/v1/`.
    pub base: Url,
    /// What a caller needs.
    pub operator: GoogleOperator,
}

/// Where the Docker Hub of a sandbox is, and who may use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerHubEndpoints {
    /// The API: what `hub.docker.com` is, for `host` and `DOCKER_HUB_HOST`.
    pub host: String,
    /// The registry, with its token service: `localhost:PORT`.
    pub registry: String,
    /// Who may use it.
    pub operator: DockerHubOperator,
}

/// Where a sandbox listens. While a value that [`crate::open`] gave lives, the owner that it names does not leave.
#[derive(Clone, Serialize, Deserialize)]
pub struct Endpoints {
    /// The main port over plain HTTP.
    pub main_http: Url,
    /// The main port over TLS.
    pub main_https: Url,
    /// The certificate authority that signed the listeners' certificate.
    pub ca_pem: PathBuf,
    /// Opens the control API.
    pub control_token: String,
    /// The Azure services.
    pub azure: AzureEndpoints,
    /// OVHcloud.
    pub ovh: OvhEndpoints,
    /// Google.
    pub google: GoogleEndpoints,
    /// Docker Hub.
    pub dockerhub: DockerHubEndpoints,
    /// Login server (`host:port`) → registry name.
    pub registries: BTreeMap<String, String>,
    #[serde(skip)]
    lease: Option<Arc<Lease>>,
}

impl std::fmt::Debug for Endpoints {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Endpoints")
            .field("main_http", &self.main_http.as_str())
            .field("main_https", &self.main_https.as_str())
            .field("ca_pem", &self.ca_pem)
            .field("azure", &self.azure)
            .field("ovh", &self.ovh)
            .field("google", &self.google)
            .field("dockerhub", &self.dockerhub)
            .field("registries", &self.registries)
            .finish_non_exhaustive()
    }
}

/// A shared hold on `clients.lock`; let go when dropped.
struct Lease(#[expect(dead_code, reason = "held for its lock")] File);

impl Endpoints {
    pub(crate) fn new(
        port: u16,
        ca_pem: PathBuf,
        control_token: String,
        (operator, ovh, google): (&Operator, OvhOperator, GoogleOperator),
        (dockerhub, docker_registry): (DockerHubOperator, u16),
    ) -> Self {
        let url = |scheme: &str, path: &str| {
            Url::parse(&format!("{scheme}://localhost:{port}/{path}")).expect("a loopback address is a URL")
        };
        let azure = AzureEndpoints {
            metadata_host: format!("localhost:{port}"),
            login: url("https", ""),
            resource_manager: url("https", ""),
            graph: url("https", "graph"),
            tenant_id: operator.tenant_id.clone(),
            subscription_id: operator.subscription_id.clone(),
            client_id: operator.client_id.clone(),
            client_secret: operator.client_secret.clone(),
        };
        let ovh = OvhEndpoints {
            endpoint: url("https", "1.0").into(),
            token_url: url("https", "auth/oauth2/token"),
            operator: ovh,
        };
        let google = GoogleEndpoints {
            base: url("https", "google/"),
            operator: google,
        };
        let dockerhub = DockerHubEndpoints {
            host: format!("localhost:{port}"),
            registry: format!("localhost:{docker_registry}"),
            operator: dockerhub,
        };
        Self {
            ovh,
            google,
            dockerhub,
            main_http: url("http", ""),
            main_https: url("https", ""),
            ca_pem,
            control_token,
            azure,
            registries: BTreeMap::new(),
            lease: None,
        }
    }
}

/// The principal that the default world lets in, as `operator.json` holds it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Operator {
    pub(crate) tenant_id: String,
    pub(crate) subscription_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// Whose folder it is.
#[expect(clippy::large_enum_variant, reason = "there is one per process")]
pub(crate) enum Ownership {
    /// Ours, while the file stays open.
    Ours(File),
    /// A live process's.
    Theirs(Endpoints),
}

/// Takes the folder, or finds the process that has it.
pub(crate) async fn claim(root: &Path) -> Result<Ownership, OpenError> {
    make_folder(root)?;
    let began = tokio::time::Instant::now();
    loop {
        if let Some(file) = try_exclusive(root, "owner.lock")? {
            return Ok(Ownership::Ours(file));
        }
        if let Some(endpoints) = join(root).await? {
            return Ok(Ownership::Theirs(endpoints));
        }
        if began.elapsed() > PATIENCE {
            return Err(OpenError::OwnerSilent(root.to_owned()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Joins a live owner: a shared hold on `clients.lock`, then proof that it answers.
async fn join(root: &Path) -> Result<Option<Endpoints>, OpenError> {
    let path = root.join("clients.lock");
    let file = lock_file(&path)?;
    match taken(FileExt::try_lock_shared(&file)) {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) => return Err(OpenError::io("lock", &path)(error)),
    }
    let Some(mut endpoints) = read_endpoints(root) else {
        return Ok(None);
    };
    let Ok(registries) = Client::new(&endpoints).registries().await else {
        return Ok(None);
    };
    endpoints.registries = registries
        .into_iter()
        .map(|(name, port)| (format!("localhost:{port}"), name))
        .collect();
    endpoints.lease = Some(Arc::new(Lease(file)));
    Ok(Some(endpoints))
}

fn read_endpoints(root: &Path) -> Option<Endpoints> {
    serde_json::from_slice(&std::fs::read(root.join(ENDPOINTS)).ok()?).ok()
}

/// Tells other processes where the owner listens.
pub(crate) fn publish(root: &Path, endpoints: &Endpoints) -> io::Result<()> {
    write_private(&root.join(ENDPOINTS), &serde_json::to_vec_pretty(endpoints)?)
}

/// Tells other processes that nobody listens.
pub(crate) fn withdraw(root: &Path) {
    match std::fs::remove_file(root.join(ENDPOINTS)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "the sandbox's endpoints file could not be removed");
        }
        Ok(()) | Err(_) => {}
    }
}

/// Waits until no other process holds `clients.lock`, and takes it so that none can join.
pub(crate) async fn wait_for_clients(root: &Path) -> Result<File, OpenError> {
    loop {
        if let Some(file) = try_exclusive(root, "clients.lock")? {
            return Ok(file);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn try_exclusive(root: &Path, name: &str) -> Result<Option<File>, OpenError> {
    let path = root.join(name);
    let file = lock_file(&path)?;
    match taken(FileExt::try_lock(&file)) {
        Ok(true) => Ok(Some(file)),
        Ok(false) => Ok(None),
        Err(error) => Err(OpenError::io("lock", &path)(error)),
    }
}

fn lock_file(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600);
    options.open(path).map_err(OpenError::io("open", path))
}

fn make_folder(root: &Path) -> Result<(), OpenError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
        .map_err(OpenError::io("create", root))
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let pending = path.with_extension("pending");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&pending)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&pending, path)
}

/// Deletes everything that the sandbox in `root` holds, its keys and certificates included.
///
/// # Errors
/// [`OpenError::InUse`] while a process owns the folder.
pub fn reset(root: &Path) -> Result<(), OpenError> {
    if !root.exists() {
        return Ok(());
    }
    let _owner = try_exclusive(root, "owner.lock")?.ok_or_else(|| OpenError::InUse(root.to_owned()))?;
    for entry in std::fs::read_dir(root).map_err(OpenError::io("read", root))? {
        let path = entry.map_err(OpenError::io("read", root))?.path();
        if path.extension().is_some_and(|extension| extension == "lock") {
            continue;
        }
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        removed.map_err(OpenError::io("remove", &path))?;
    }
    Ok(())
}

/// A lock that is taken or not, without waiting.
fn taken(result: Result<(), TryLockError>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
