//! One small world: clouds, a place for the state, and time. A fork of it goes its own way.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use regprov_azure::{NoCommands, Services};
use regprov_builtin::{LocalFiles, Surroundings};
use regprov_emulator::{ClockMode, Opened, Options, Sandbox};
use regprov_engine::{Engine, Event, LocalCommands, Observer, Stop};
use regprov_http::{Clock, Randomness, Redactor, RetryPolicy, SeededRandomness, standard_stack};
use regprov_plan::Schemas;
use regprov_provider::{Environment, Provider};
use regprov_state::{
    FirstSealing, Identity, KeySource, LockInfo, OpenOptions, Recipient, Rollback, SealError, StateStore,
};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::bucket::{Bucket, Durability};
use super::peril::{Fate, Shelf, Wire};
use super::time::VirtualTime;
use super::weaken::Weakness;

/// Where the sandbox seems to listen.
const HOST: &str = "http://localhost:7000";
/// The first instant of every world.
const BEGINNING: &str = "2026-01-01T00:00:00Z";
/// How many requests run at once.
const SLOTS: usize = 10;

/// Clouds, a state and time.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) bucket: Bucket,
    pub(crate) time: Arc<VirtualTime>,
    pub(crate) weakness: Weakness,
    _folder: Arc<TempDir>,
}

impl World {
    /// A world in which nothing was made yet.
    ///
    /// # Panics
    /// Where no temporary folder can be made.
    pub(crate) fn new(weakness: Weakness) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files can be made");
        let options = Options {
            root: folder.path().join("sandbox"),
            clock: ClockMode::Virtual {
                start: BEGINNING.parse().expect("the beginning is an instant"),
            },
            seed: 7,
            secret_marker: None,
            main_port: None,
        };
        let opened = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made")
            .block_on(regprov_emulator::open(options))
            .expect("a new sandbox can be opened");
        let Opened::Owner(sandbox) = opened else {
            panic!("nobody else owns a new folder");
        };
        let sandbox = sandbox.fork();
        Self {
            time: Arc::new(VirtualTime::new(sandbox.clone())),
            sandbox,
            bucket: Bucket::new(durability(weakness)),
            weakness,
            _folder: Arc::new(folder),
        }
    }

    /// A world that stands where this one does, and goes its own way.
    pub(crate) fn fork(&self) -> Self {
        self.fork_as(self.weakness)
    }

    /// A fork with another weakness.
    pub(crate) fn fork_as(&self, weakness: Weakness) -> Self {
        let sandbox = self.sandbox.fork();
        Self {
            time: Arc::new(VirtualTime::new(sandbox.clone())),
            sandbox,
            bucket: self.bucket.fork(durability(weakness)),
            weakness,
            _folder: Arc::clone(&self._folder),
        }
    }

    /// The place of the state as one operator sees it.
    pub(crate) fn store(&self, fate: &Arc<Fate>) -> Arc<dyn StateStore> {
        Arc::new(Shelf {
            bucket: self.bucket.clone(),
            fate: Arc::clone(fate),
        })
    }

    /// An engine for one run.
    pub(crate) fn engine(&self, run: &str, seed: u64, fate: &Arc<Fate>) -> (Engine, Arc<Told>) {
        let clock: Arc<dyn Clock> = Arc::clone(&self.time) as _;
        let randomness: Arc<dyn Randomness> = Arc::new(SeededRandomness::new(seed));
        let wire = Wire {
            sandbox: self.sandbox.clone(),
            time: Arc::clone(&self.time),
            run: run.to_owned(),
            fate: Arc::clone(fate),
        };
        let services = Services {
            transport: standard_stack(Arc::new(wire), RetryPolicy::default(), &clock, &randomness),
            clock: Arc::clone(&clock),
            randomness: Arc::clone(&randomness),
            redactor: Redactor::new(),
            run_command: Arc::new(NoCommands),
        };
        let told = Arc::new(Told::default());
        let engine = Engine {
            schemas: Schemas::new(&self.weakness.weaken(providers(services))),
            clock,
            randomness,
            environment: self.environment(),
            observer: Arc::clone(&told) as _,
            slots: Semaphore::new(SLOTS),
            local: LocalCommands::LeaveOut,
            stop: Stop::default(),
        };
        (engine, told)
    }

    fn environment(&self) -> Environment {
        let (tenant, subscription, client, secret) = self.sandbox.operator();
        let ovh = self.sandbox.ovh_operator();
        let variables = [
            ("ARM_METADATA_HOSTNAME", HOST.to_owned()),
            ("ARM_TENANT_ID", tenant),
            ("ARM_SUBSCRIPTION_ID", subscription),
            ("ARM_CLIENT_ID", client),
            ("ARM_CLIENT_SECRET", secret),
            ("ARM_USE_CLI", "false".to_owned()),
            ("OVH_ENDPOINT", format!("{HOST}/1.0")),
            ("OVH_APPLICATION_KEY", ovh.application_key),
            ("OVH_APPLICATION_SECRET", ovh.application_secret),
            ("OVH_CONSUMER_KEY", ovh.consumer_key),
        ];
        let named = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Environment(named.collect())
    }
}

const fn durability(weakness: Weakness) -> Durability {
    match weakness {
        Weakness::NoSync => Durability::Lazy,
        Weakness::None | Weakness::NoLookUp | Weakness::NoVisibility => Durability::Synced,
    }
}

/// Every provider, as the program has them.
pub(crate) fn providers(services: Services) -> Vec<Arc<dyn Provider>> {
    let (clock, randomness) = (Arc::clone(&services.clock), Arc::clone(&services.randomness));
    let ovh = regprov_ovh::provider(regprov_ovh::Services {
        transport: Arc::clone(&services.transport),
        clock: Arc::clone(&services.clock),
        redactor: services.redactor.clone(),
        files: Vec::new(),
        project: None,
    });
    let mut providers = regprov_azure::providers(services);
    providers.push(ovh);
    providers.extend(regprov_builtin::providers(&Surroundings::new(
        Arc::new(move || clock.now()),
        Arc::new(move |bytes| randomness.fill(bytes)),
        LocalFiles::in_directory(Path::new("/nowhere")),
    )));
    providers
}

/// What an engine told of, which outlives its death.
#[derive(Default)]
pub(crate) struct Told(std::sync::Mutex<Vec<Event>>);

impl Told {
    pub(crate) fn events(&self) -> Vec<Event> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

impl Observer for Told {
    fn event(&self, event: Event) {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(event);
    }
}

/// How a session is opened: `Some(seed)` with the lock, `None` for reading only.
pub(crate) fn opening(who: &str, locked: bool, seed: u64) -> OpenOptions {
    OpenOptions {
        lock: locked.then(|| LockInfo {
            id: format!("{who}-{seed}"),
            operation: "OperationTypeApply".to_owned(),
            who: who.to_owned(),
            version: "0".to_owned(),
            created: BEGINNING.to_owned(),
            ..LockInfo::default()
        }),
        keys: Arc::new(Keys),
        randomness: Arc::new(Bytes(SeededRandomness::new(seed))),
        terraform_version: "1.11.4".to_owned(),
        marks: None,
        rollback: Rollback::Refuse,
        first_sealing: FirstSealing::Ask,
    }
}

/// One identity for all worlds: making one takes a while.
struct Keys;

impl KeySource for Keys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        static IDENTITY: OnceLock<Identity> = OnceLock::new();
        Ok(vec![IDENTITY.get_or_init(Identity::generate).clone()])
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        Ok(self.identities()?.iter().map(Identity::recipient).collect())
    }
}

struct Bytes(SeededRandomness);

impl regprov_state::Randomness for Bytes {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer);
    }
}
