//! Opening, running and closing a sandbox.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::azure::world;
use crate::call::Call;
use crate::clock::{ClockHandle, ClockMode};
use crate::core::{Core, Shared};
use crate::dockerhub::{self, world::DockerHubOperator};
use crate::faults::Fault;
use crate::gate::{Cut, Gate};
use crate::google::{self, world::GoogleOperator};
use crate::inventory::Inventory;
use crate::ledger::Entry;
use crate::listen::{ListenError, Listeners};
use crate::oci::Blobs;
use crate::ovh::{self, world::OvhOperator};
use crate::owner::{self, Endpoints, OpenError, Operator, Ownership};
use crate::rsa_keys::RsaKeys;
use crate::scene::{self, Scene, SeedError, SeedReport};
use crate::seal::Keys;
use crate::service::Service;
use crate::store::disk::Disk;
use crate::store::{Context, PORTS, SETTINGS};
use crate::tls;

/// How a sandbox is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder that holds it; made when absent.
    pub root: PathBuf,
    /// Its clock.
    pub clock: ClockMode,
    /// Where its ids and secrets come from. Only the first opening of a folder asks; later ones go on with that seed.
    pub seed: u64,
    /// Letters that every issued secret carries, so that a sweep can find them.
    pub secret_marker: Option<String>,
    /// The main port; otherwise the one of last time, or a free one.
    pub main_port: Option<u16>,
}

/// What opening a folder gives.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one per process")]
pub enum Opened {
    /// This process owns the folder now.
    Owner(Sandbox),
    /// Another live process owns it and listens there.
    Other(Endpoints),
}

/// Why a direct call got no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// As if the connection was closed before an answer came.
    #[error("the sandbox dropped the connection")]
    Dropped,
    /// As if the connection was closed within the answer's body.
    #[error("the sandbox cut the answer short")]
    Truncated,
}

/// An open sandbox; clones are handles to the same one. It closes when the last handle is gone.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    gate: Gate,
    operator: Operator,
    main_port: Option<u16>,
    endpoints: Mutex<Option<Endpoints>>,
    locks: Mutex<Vec<File>>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sandbox")
            .field("root", &self.inner.root)
            .finish_non_exhaustive()
    }
}

/// Opens the sandbox in a folder, or finds the process that has it open.
///
/// # Errors
/// When the folder cannot be used, its store is damaged, or its owner does not answer.
pub async fn open(options: Options) -> Result<Opened, OpenError> {
    match owner::claim(&options.root).await? {
        Ownership::Theirs(endpoints) => Ok(Opened::Other(endpoints)),
        Ownership::Ours(lock) => {
            owner::withdraw(&options.root);
            Sandbox::start(options, lock).map(Opened::Owner)
        }
    }
}

impl Sandbox {
    fn start(options: Options, lock: File) -> Result<Self, OpenError> {
        let root = options.root;
        let keys = load_keys(&root)?;
        let tls = tls::server_config(&root)?;
        let (disk, tables, ledger) = Disk::open(&root).map_err(|error| OpenError::damaged(&root, &error))?;
        let first = !tables.contains_key(SETTINGS);
        let seed_text: String = match tables
            .get(SETTINGS)
            .and_then(|settings| settings.get("seed")?.as_str())
        {
            Some(seed) => seed.to_owned(),
            None => hex::encode(Sha256::digest(options.seed.to_le_bytes())),
        };
        let seed = hex::decode(&seed_text)
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| OpenError::damaged(&root, &"its seed is damaged"))?;
        let context = Arc::new(Context {
            keys,
            seed,
            marker: options.secret_marker,
            rsa_keys: RsaKeys::default(),
        });
        let blobs = Blobs::new(root.join("blobs"));
        let mut core = Core {
            tables: Arc::new(tables),
            ledger,
            disk,
            context,
            mode: options.clock,
            blobs,
            binds: false,
            stale: None,
        };
        let operator_file = root.join("operator.json");
        if first {
            make_world(&mut core, &seed_text, &operator_file)?;
        }
        core.transact(|tx| {
            ovh::world::ensure(tx);
            google::world::ensure(tx);
            dockerhub::world::ensure(tx);
            Ok::<(), std::io::Error>(())
        })
        .map_err(|error| OpenError::damaged(&root, &error))?;
        let operator = std::fs::read(&operator_file).map_err(OpenError::io("read", &operator_file))?;
        let operator =
            serde_json::from_slice(&operator).map_err(|error| OpenError::damaged(&root, &error))?;
        let gate = Gate {
            shared: Shared::new(core),
            held: Arc::new(watch::Sender::new(0)),
            control_token: random_token(&root)?.into(),
            listeners: Arc::new(Mutex::new(Listeners::new(tls))),
        };
        let inner = Inner {
            root,
            gate,
            operator,
            main_port: options.main_port,
            endpoints: Mutex::new(None),
            locks: Mutex::new(vec![lock]),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// A copy of this sandbox as it stands, which lives in memory alone: it shares clock and ids up to here, and nothing from
    /// here on. What registries hold stays in the folder and is shared.
    #[must_use]
    pub fn fork(&self) -> Self {
        let (shared, listeners) = {
            let core = self.inner.gate.shared.lock();
            let copy = Core {
                tables: Arc::clone(&core.tables),
                ledger: core.ledger.clone(),
                disk: core.disk.in_memory(),
                context: Arc::clone(&core.context),
                mode: core.mode,
                blobs: core.blobs.clone(),
                binds: false,
                stale: core.stale.clone(),
            };
            (Shared::new(copy), guard(&self.inner.gate.listeners).none())
        };
        let gate = Gate {
            shared,
            held: Arc::new(watch::Sender::new(0)),
            control_token: Arc::clone(&self.inner.gate.control_token),
            listeners: Arc::new(Mutex::new(listeners)),
        };
        let inner = Inner {
            root: self.inner.root.clone(),
            gate,
            operator: self.inner.operator.clone(),
            main_port: None,
            endpoints: Mutex::new(None),
            locks: Mutex::new(Vec::new()),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Starts the listeners: the main port and one port per registry, the same ones as last time where they are free.
    ///
    /// # Errors
    /// When no loopback port can be had, or the endpoints file cannot be written.
    pub async fn listen(&self) -> Result<Endpoints, ListenError> {
        if let Some(endpoints) = self.endpoints() {
            return Ok(endpoints);
        }
        let gate = &self.inner.gate;
        let (main, doors) = {
            let core = gate.shared.lock();
            let main = core
                .tables
                .get(PORTS)
                .and_then(|ports| ports.get("main")?.as_u64());
            (main.and_then(|port| u16::try_from(port).ok()), core.doors())
        };
        let mut ports: BTreeMap<String, u16> = BTreeMap::new();
        let wanted = self.inner.main_port.or(main);
        let main = bind(wanted, self.inner.main_port.is_some()).map_err(ListenError::Bind)?;
        let main_port = main.local_addr().map_err(ListenError::Bind)?.port();
        ports.insert("main".to_owned(), main_port);
        let mut bound = Vec::new();
        let mut doors: BTreeMap<Service, Option<u16>> = doors
            .into_iter()
            .map(|(service, port)| (service, Some(port)))
            .collect();
        doors.entry(Service::DockerRegistry).or_default();
        for (service, port) in doors {
            let listener = bind(port, false).map_err(ListenError::Bind)?;
            let port = listener.local_addr().map_err(ListenError::Bind)?.port();
            ports.insert(service.to_string(), port);
            bound.push((service, listener));
        }
        {
            let mut core = gate.shared.lock();
            core.binds = true;
            let kept = core.transact(|tx| {
                for (name, port) in &ports {
                    tx.put(PORTS, name, port);
                }
                Ok::<(), std::io::Error>(())
            });
            kept.map_err(ListenError::Store)?;
        }
        guard(&gate.listeners).start(gate, &Service::AzureMain, main);
        gate.follow_ports(bound, None);
        let token = gate.control_token.to_string();
        let docker_registry = ports
            .get(&Service::DockerRegistry.to_string())
            .copied()
            .expect("its door is among the doors");
        let operators = (&self.inner.operator, self.ovh_operator(), self.google_operator());
        let docker_hub = (self.dockerhub_operator(), docker_registry);
        let ca = tls::ca_path(&self.inner.root);
        let endpoints = Endpoints::new(main_port, ca, token, operators, docker_hub);
        owner::publish(&self.inner.root, &endpoints).map_err(ListenError::Publish)?;
        *guard(&self.inner.endpoints) = Some(endpoints);
        Ok(self.endpoints().expect("endpoints were set above"))
    }

    /// Where the sandbox listens, with the registries of this moment; `None` before [`Sandbox::listen`].
    pub fn endpoints(&self) -> Option<Endpoints> {
        let mut endpoints = guard(&self.inner.endpoints).clone()?;
        let registries = self.inner.gate.shared.lock().registries();
        endpoints.registries = registries
            .into_iter()
            .map(|(name, port)| (format!("localhost:{port}"), name))
            .collect();
        Some(endpoints)
    }

    /// Answers a request directly, without a socket. A scheduled `Drop` or `Truncate` answers 502 here; use
    /// [`Sandbox::try_call`] to tell them apart. A scheduled `Hold` never answers.
    pub async fn call(&self, service: Service, request: http::Request<Bytes>) -> http::Response<Bytes> {
        match self.try_call(service, request).await {
            Ok(response) => response,
            Err(error) => {
                let mut response = http::Response::new(Bytes::from(error.to_string()));
                *response.status_mut() = http::StatusCode::BAD_GATEWAY;
                response
            }
        }
    }

    /// Answers a request directly, without a socket.
    ///
    /// # Errors
    /// When a scheduled fault closes the connection.
    pub async fn try_call(
        &self,
        service: Service,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, CallError> {
        let call = Call::from_http(request, "http", "localhost");
        self.inner
            .gate
            .pass(&service, &call)
            .await
            .map_err(|cut| match cut {
                Cut::Dropped => CallError::Dropped,
                Cut::Truncated(_) => CallError::Truncated,
            })
    }

    /// The credentials of the default world, whether or not the sandbox listens: tenant, subscription, client id, secret.
    pub fn operator(&self) -> (String, String, String, String) {
        let operator = self.inner.operator.clone();
        (
            operator.tenant_id,
            operator.subscription_id,
            operator.client_id,
            operator.client_secret,
        )
    }

    /// What a caller of the sandbox's OVHcloud needs, whether or not the sandbox listens.
    pub fn ovh_operator(&self) -> OvhOperator {
        let core = self.inner.gate.shared.lock();
        ovh::world::operator(&core.begin()).expect("opening made the world of OVHcloud")
    }

    /// The service that has a port of its own at this number, whether or not the sandbox listens.
    pub fn service_at(&self, port: u16) -> Option<Service> {
        let doors = self.inner.gate.shared.lock().doors();
        doors
            .into_iter()
            .find_map(|(service, at)| (at == port).then_some(service))
    }

    /// What a caller of the sandbox's Google needs, whether or not the sandbox listens.
    pub fn google_operator(&self) -> GoogleOperator {
        let core = self.inner.gate.shared.lock();
        google::world::operator(&core.begin()).expect("opening made the world of Google")
    }

    /// Who may use the sandbox's Docker Hub, whether or not the sandbox listens.
    pub fn dockerhub_operator(&self) -> DockerHubOperator {
        let core = self.inner.gate.shared.lock();
        dockerhub::world::operator(&core.begin()).expect("opening made the world of Docker Hub")
    }

    /// The sandbox's clock.
    pub fn clock(&self) -> ClockHandle {
        ClockHandle {
            shared: self.inner.gate.shared.clone(),
        }
    }

    /// Every request so far.
    pub fn ledger(&self) -> Vec<Entry> {
        self.inner.gate.shared.lock().ledger.clone()
    }

    /// Every object of the sandbox.
    pub fn inventory(&self) -> Inventory {
        self.inner.gate.shared.lock().inventory()
    }

    /// Adds faults to the schedule, durably. Faults whose path is not a regular expression never fire.
    pub fn schedule(&self, faults: Vec<Fault>) {
        if let Err(error) = self.inner.gate.shared.lock().schedule(faults) {
            tracing::error!(%error, "the fault schedule could not be kept");
        }
    }

    /// Ends what faults began and what they were still to do: reads lag no more, and nothing is scheduled.
    pub fn calm(&self) {
        if let Err(error) = self.inner.gate.shared.lock().calm() {
            tracing::error!(%error, "the fault schedule could not be emptied");
        }
    }

    /// The state itself, for tests of what no request reaches.
    #[cfg(test)]
    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        self.inner.gate.shared.lock()
    }

    /// Counts the requests that a scheduled `Hold` keeps waiting.
    pub fn held(&self) -> watch::Receiver<u64> {
        self.inner.gate.held.subscribe()
    }

    /// Makes the surroundings and switches on the conditions of a scene.
    ///
    /// # Errors
    /// When the scene contradicts itself or what exists; nothing of it is made then.
    pub fn seed(&self, scene: &Scene) -> Result<SeedReport, SeedError> {
        let gate = &self.inner.gate;
        let (report, bound) = gate.shared.lock().transact(|tx| scene::seed(tx, scene))?;
        gate.follow_ports(bound, None);
        Ok(report)
    }

    /// Returns once no other process uses this sandbox; from then on none can join.
    pub async fn wait_for_clients(&self) {
        match owner::wait_for_clients(&self.inner.root).await {
            Ok(lock) => guard(&self.inner.locks).push(lock),
            Err(error) => tracing::warn!(%error, "the sandbox cannot tell whether others use it"),
        }
    }

    /// Stops listening, makes everything durable and lets the folder go.
    pub async fn shutdown(self) {
        let tasks = guard(&self.inner.gate.listeners).stop();
        for task in tasks {
            // The only way for it to end is to be stopped, which is what it reports.
            task.await.unwrap_or_default();
        }
        self.inner.close();
    }
}

impl Inner {
    fn close(&self) {
        drop(guard(&self.gate.listeners).stop());
        if guard(&self.endpoints).take().is_some() {
            owner::withdraw(&self.root);
        }
        if let Err(error) = self.gate.shared.lock().disk.sync() {
            tracing::warn!(%error, "the sandbox's event log could not be synced");
        }
        guard(&self.locks).clear();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Binds the wanted loopback port, or any free one when that is taken and not insisted upon.
fn bind(wanted: Option<u16>, insist: bool) -> std::io::Result<std::net::TcpListener> {
    match wanted.map(|port| (port, std::net::TcpListener::bind(("127.0.0.1", port)))) {
        Some((_, Ok(listener))) => Ok(listener),
        Some((_, Err(error))) if insist => Err(error),
        Some((port, Err(error))) => {
            tracing::warn!(port, %error, "a port of the sandbox is taken by somebody else; it moves to another one");
            std::net::TcpListener::bind(("127.0.0.1", 0))
        }
        None => std::net::TcpListener::bind(("127.0.0.1", 0)),
    }
}

/// Makes the default world. The operator's file comes first: a crash in between makes the world anew.
fn make_world(core: &mut Core, seed: &str, operator_file: &Path) -> Result<(), OpenError> {
    let made = core.transact(|tx| {
        let operator = world::create(tx);
        tx.put(SETTINGS, "seed", &seed);
        owner::write_private(operator_file, &serde_json::to_vec_pretty(&operator)?)
    });
    made.map(|((), _)| ())
        .map_err(OpenError::io("write", operator_file))
}

fn load_keys(root: &Path) -> Result<Keys, OpenError> {
    let (sealing, signing) = (root.join("sealing.key"), root.join("signing.key"));
    if !(sealing.exists() && signing.exists()) {
        let mut fresh = [0_u8; 32];
        getrandom::fill(&mut fresh).map_err(|error| OpenError::damaged(root, &error))?;
        owner::write_private(&sealing, &fresh).map_err(OpenError::io("write", &sealing))?;
        let fresh = Keys::generate_signing().map_err(|error| OpenError::damaged(root, &error))?;
        owner::write_private(&signing, &fresh).map_err(OpenError::io("write", &signing))?;
    }
    let key = std::fs::read(&sealing).map_err(OpenError::io("read", &sealing))?;
    let key =
        <[u8; 32]>::try_from(key).map_err(|_| OpenError::damaged(root, &"its sealing key is damaged"))?;
    let pkcs8 = std::fs::read(&signing).map_err(OpenError::io("read", &signing))?;
    Keys::new(key, &pkcs8).map_err(|error| OpenError::damaged(root, &error))
}

fn random_token(root: &Path) -> Result<String, OpenError> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| OpenError::damaged(root, &error))?;
    Ok(hex::encode(bytes))
}
