//! One small world: clouds, a place for the state, and time. A fork of it goes its own way.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use regprov_azure::{NoCommands, Services};
use regprov_builtin::{LocalFiles, Surroundings};
use regprov_emulator::{ClockMode, Knobs, Opened, Options, Sandbox, Scene, SceneHarbor, SeedError};
use regprov_engine::{Engine, Event, LocalCommands, Observer, Stop};
use regprov_harbor::{Certificates, Networks};
use regprov_http::{Clock, Randomness, Redactor, RetryPolicy, SeededRandomness, Transport, standard_stack};
use regprov_plan::Schemas;
use regprov_provider::{Environment, Error, Provider};
use regprov_state::{
    FirstSealing, Identity, KeySource, LockInfo, OpenOptions, Recipient, Rollback, SealError, StateStore,
};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::bucket::{Bucket, Durability};
use super::peril::{Fate, Shelf, Wire};
use super::program::Program;
use super::story::Story;
use super::time::VirtualTime;
use super::weaken::Weakness;

/// Where the sandbox seems to listen.
const HOST: &str = "http://localhost:7000";
/// The Harbor that is there already, and who may do everything in it.
const HARBOR: &str = "https://harbor.test";
const ADMINISTRATOR: (&str, &str) = ("admin", "Harbor12345");
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
    pub(crate) story: Story,
    /// The URL of the Harbor that is there already.
    harbor: Option<String>,
    clouds: Clouds,
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
            story: Story::default(),
            harbor: None,
            clouds: Clouds::ALL,
            _folder: Arc::new(folder),
        }
    }

    /// Sets a new world up for a part: clouds that lag, and the Harbor that it expects.
    pub(crate) fn furnish(&mut self, program: &Program) -> Result<(), SeedError> {
        let knobs = Knobs {
            lro_duration_ms: 1500,
            replication_graph_ms: 15_000,
            replication_rbac_ms: 10_000,
            replication_read_after_delete_ms: 5000,
            ..Knobs::default()
        };
        let harbor = program.needs_harbor().then(|| SceneHarbor {
            url: HARBOR.to_owned(),
            username: Some(ADMINISTRATOR.0.to_owned()),
            password: Some(ADMINISTRATOR.1.to_owned()),
            ..SceneHarbor::default()
        });
        let scene = Scene {
            knobs: Some(knobs),
            harbors: harbor.into_iter().collect(),
            ..Scene::default()
        };
        let mut report = self.sandbox.seed(&scene)?;
        self.clouds = Clouds {
            azure: program.declares("azure"),
            ovh: program.declares("ovh_"),
            service_account: program.uses_service_account(),
            harbor: program.declares("harbor_"),
        };
        self.harbor = report.harbors.remove(HARBOR).map(|access| access.url);
        Ok(())
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
            story: Story::default(),
            harbor: self.harbor.clone(),
            clouds: self.clouds,
            _folder: Arc::clone(&self._folder),
        }
    }

    /// The place of the state as one operator sees it.
    pub(crate) fn store(&self, who: &str, fate: &Arc<Fate>) -> Arc<dyn StateStore> {
        Arc::new(Shelf {
            bucket: self.bucket.clone(),
            fate: Arc::clone(fate),
            witness: self.witness(who),
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
            witness: self.witness(run),
        };
        let services = Services {
            transport: standard_stack(Arc::new(wire), RetryPolicy::default(), &clock, &randomness),
            clock: Arc::clone(&clock),
            randomness: Arc::clone(&randomness),
            redactor: Redactor::new(),
            run_command: Arc::new(NoCommands),
        };
        let told = Arc::new(Told {
            events: std::sync::Mutex::default(),
            witness: self.witness(run),
        });
        let engine = Engine {
            schemas: Schemas::new(&self.weakness.weaken(providers(services, self.clouds))),
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

    /// Who writes into the story what happens to one operator.
    fn witness(&self, who: &str) -> Witness {
        Witness {
            story: self.story.clone(),
            time: Arc::clone(&self.time),
            who: who.to_owned(),
        }
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
        ];
        let keys = if self.clouds.service_account {
            vec![
                ("OVH_CLIENT_ID", ovh.client_id),
                ("OVH_CLIENT_SECRET", ovh.client_secret),
            ]
        } else {
            vec![
                ("OVH_APPLICATION_KEY", ovh.application_key),
                ("OVH_APPLICATION_SECRET", ovh.application_secret),
                ("OVH_CONSUMER_KEY", ovh.consumer_key),
            ]
        };
        let harbor = self.harbor.iter().flat_map(|url| {
            [
                ("HARBOR_URL", url.clone()),
                ("HARBOR_USERNAME", ADMINISTRATOR.0.to_owned()),
                ("HARBOR_PASSWORD", ADMINISTRATOR.1.to_owned()),
            ]
        });
        let named = variables
            .into_iter()
            .chain(keys)
            .chain(harbor)
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

/// Whose providers a world has. To make one for each of thousands of runs takes its time.
#[derive(Clone, Copy, Debug)]
struct Clouds {
    azure: bool,
    ovh: bool,
    /// OVHcloud is signed in to as a service account.
    service_account: bool,
    harbor: bool,
}

impl Clouds {
    const ALL: Self = Self {
        azure: true,
        ovh: true,
        service_account: false,
        harbor: true,
    };
}

/// The providers of some clouds, and those without one.
fn providers(services: Services, clouds: Clouds) -> Vec<Arc<dyn Provider>> {
    let (clock, randomness) = (Arc::clone(&services.clock), Arc::clone(&services.randomness));
    let mut providers = Vec::new();
    if clouds.ovh {
        providers.push(regprov_ovh::provider(regprov_ovh::Services {
            transport: Arc::clone(&services.transport),
            clock: Arc::clone(&clock),
            redactor: services.redactor.clone(),
            files: Vec::new(),
            project: None,
        }));
    }
    if clouds.harbor {
        providers.push(regprov_harbor::provider(regprov_harbor::Services {
            networks: Arc::new(OneNetwork(Arc::clone(&services.transport))),
            clock: Arc::clone(&clock),
            randomness: Arc::clone(&randomness),
            redactor: services.redactor.clone(),
        }));
    }
    if clouds.azure {
        providers.extend(regprov_azure::providers(services));
    }
    providers.extend(regprov_builtin::providers(&Surroundings::new(
        Arc::new(move || clock.now()),
        Arc::new(move |bytes| randomness.fill(bytes)),
        LocalFiles::in_directory(Path::new("/nowhere")),
    )));
    providers
}

/// The clouds are called in process, whatever certificates are asked for.
struct OneNetwork(Arc<dyn Transport>);

impl Networks for OneNetwork {
    fn transport(&self, _certificates: Certificates) -> Result<Arc<dyn Transport>, Error> {
        Ok(Arc::clone(&self.0))
    }
}

/// Writes into the story of a world what happens to one operator.
pub(crate) struct Witness {
    story: Story,
    time: Arc<VirtualTime>,
    who: String,
}

impl Witness {
    pub(crate) fn tell(&self, what: impl FnOnce() -> String) {
        self.story.line(self.time.now(), &self.who, what);
    }
}

/// What an engine told of, which outlives its death.
pub(crate) struct Told {
    events: std::sync::Mutex<Vec<Event>>,
    witness: Witness,
}

impl Told {
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

impl Observer for Told {
    fn event(&self, event: Event) {
        self.witness.tell(|| spoken(&event));
        self.events
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(event);
    }
}

fn spoken(event: &Event) -> String {
    match event {
        Event::Started { address, action } => format!("{address}: {action:?} begins"),
        Event::Finished { address, action, .. } => format!("{address}: {action:?} is done"),
        Event::Failed { address, action } => format!("{address}: {action:?} failed"),
        Event::Waiting { address, reason, .. } => format!("{address}: waits: {reason}"),
        Event::Recovered { address, what } => format!("{address}: {what}"),
        Event::Connected { provider, .. } => format!("{provider} is connected"),
        other => format!("{other:?}"),
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
