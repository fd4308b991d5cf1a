//! One small world: clouds, a place for the state, and time. A fork of it goes its own way.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use regprov_azure::{NoCommands, Services};
use regprov_emulator::{
    ClockMode, Knobs, Opened, Options, Sandbox, Scene, SceneDockerHub, SceneDockerOrganization,
    SceneDockerUser, SceneGoogleProject, SceneHarbor, SeedError,
};
use regprov_engine::{Engine, Event, LocalCommands, Observer, Stop};
use regprov_http::{Clock, Randomness, Redactor, RetryPolicy, SeededRandomness, standard_stack};
use regprov_plan::Schemas;
use regprov_state::{
    FirstSealing, Identity, KeySource, LockInfo, OpenOptions, Recipient, Rollback, SealError, StateStore,
};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::bucket::{Bucket, Durability};
use super::clouds::{ADMINISTRATOR, Clouds, Keyring, PROJECT};
use super::peril::{Fate, Shelf, Wire};
use super::program::Program;
use super::story::Story;
use super::time::VirtualTime;
use super::weaken::Weakness;

/// The Harbor that is there already.
const HARBOR: &str = "https://harbor.test";
/// The organization at Docker Hub that is there already.
const ORGANIZATION: &str = "crew";
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
    keys: Keyring,
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
            keys: Keyring::default(),
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
            google_account_ms: 15_000,
            google_key_ms: 10_000,
            google_policy_ms: 5000,
            google_service_ms: 8000,
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
            docker_hub: if program.declares("docker_") {
                docker_hub()
            } else {
                SceneDockerHub::default()
            },
            google_projects: if program.declares("google_") {
                vec![project()]
            } else {
                Vec::new()
            },
            ..Scene::default()
        };
        let mut report = self.sandbox.seed(&scene)?;
        self.clouds = Clouds::of(program);
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
            keys: self.keys.fork(),
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
            schemas: Schemas::new(&self.weakness.weaken(self.clouds.providers(services, &self.keys))),
            clock,
            randomness,
            environment: self.clouds.environment(&self.sandbox, self.harbor.as_deref()),
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
}

/// An organization whose owner we are, and people who are in it.
fn docker_hub() -> SceneDockerHub {
    let person = |name: &str| SceneDockerUser {
        username: name.to_owned(),
        ..SceneDockerUser::default()
    };
    let role = |name: &str, role: &str| (name.to_owned(), role.to_owned());
    SceneDockerHub {
        users: ["ada", "bob", "eve"].map(person).into(),
        organizations: vec![SceneDockerOrganization {
            name: ORGANIZATION.to_owned(),
            plan: Some("business".to_owned()),
            members: BTreeMap::from([
                role("operator", "owner"),
                role("ada", "member"),
                role("bob", "member"),
            ]),
        }],
        ..SceneDockerHub::default()
    }
}

/// A project of ours, which Container Registry served.
fn project() -> SceneGoogleProject {
    SceneGoogleProject {
        id: PROJECT.to_owned(),
        name: None,
        billing_disabled: false,
        legacy_registry: true,
        bindings: BTreeMap::new(),
    }
}

const fn durability(weakness: Weakness) -> Durability {
    match weakness {
        Weakness::NoSync => Durability::Lazy,
        Weakness::None | Weakness::NoLookUp | Weakness::NoVisibility => Durability::Synced,
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
