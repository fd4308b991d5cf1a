//! Runs the engine on one configuration, with time that passes by itself.

use crate::cloud::Cloud;
use regprov_engine::{Connections, Disk, Engine, Event, LocalCommands, Observer, PlanRequest, Stop};
use regprov_http::{Clock as _, ManualClock, SeededRandomness};
use regprov_lang::{Files, LoadOptions, load};
use regprov_plan::{Mode, Realm, Schemas};
use regprov_provider::Environment;
use regprov_state::{
    FirstSealing, Identity, KeySource, LocalStore, LockInfo, OpenOptions, Recipient, Rollback, SealError,
    Session,
};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

pub(crate) struct Bench {
    pub(crate) cloud: Cloud,
    pub(crate) main: String,
    pub(crate) mode: Mode,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

struct OneFile(String);

impl Files for OneFile {
    fn read(&self, _path: &Path) -> io::Result<Arc<[u8]>> {
        Ok(Arc::from(self.0.as_bytes()))
    }
    fn list(&self, _directory: &Path) -> io::Result<Vec<String>> {
        Ok(vec!["main.tf".to_owned()])
    }
    fn is_dir(&self, _path: &Path) -> bool {
        true
    }
}

struct NoDisk;

impl Disk for NoDisk {
    fn read(&self, _path: &Path) -> io::Result<Arc<[u8]>> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn kind(&self, _path: &Path) -> io::Result<Option<bool>> {
        Ok(None)
    }
    fn walk(&self, _directory: &Path) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

struct NoKeys;

impl KeySource for NoKeys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        Ok(Vec::new())
    }
    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        Ok(Vec::new())
    }
}

struct Sevens;

impl regprov_state::Randomness for Sevens {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// Writes down what was done, and what was waited for.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn event(&self, event: Event) {
        let line = match event {
            Event::Started { address, action } => format!("{} {address}", action.symbol()),
            Event::Connecting { provider, reason, .. } => format!("waits for {provider}: {reason}"),
            _ => return,
        };
        let mut told = self.0.lock().unwrap();
        if told.last() != Some(&line) {
            told.push(line);
        }
    }
}

impl Bench {
    pub(crate) fn new(main: &str) -> Self {
        Self {
            cloud: Cloud::default(),
            main: main.to_owned(),
            mode: Mode::Normal,
            clock: Arc::new(ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap())),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// How many seconds have passed.
    pub(crate) fn seconds(&self) -> i64 {
        self.clock.now().as_second() - 1_767_225_600
    }

    fn engine(&self, told: &Arc<Told>) -> Engine {
        Engine {
            schemas: Schemas::new(&[self.cloud.provider()]),
            clock: Arc::clone(&self.clock) as _,
            randomness: Arc::new(SeededRandomness::new(1)),
            environment: Environment::default(),
            observer: Arc::clone(told) as _,
            slots: Semaphore::new(4),
            local: LocalCommands::LeaveOut,
            stop: Stop::default(),
        }
    }

    fn request(&self) -> PlanRequest {
        let loaded = load(
            Path::new(""),
            &OneFile(self.main.clone()),
            &LoadOptions::default(),
        );
        assert!(!loaded.diagnostics.has_errors(), "{}", loaded.diagnostics);
        PlanRequest {
            configuration: Arc::new(loaded.configuration),
            sources: loaded.sources,
            files: BTreeMap::new(),
            variables: BTreeMap::new(),
            mode: self.mode,
            targets: Vec::new(),
            replace: Vec::new(),
            refresh: true,
            skip_unsupported: false,
            adopt: false,
            realm: Realm::Live,
            workspace: "default".to_owned(),
            working_directory: PathBuf::from("."),
            home: None,
        }
    }

    async fn session(&self) -> Session {
        let options = OpenOptions {
            lock: Some(LockInfo {
                id: "lock".into(),
                ..LockInfo::default()
            }),
            keys: Arc::new(NoKeys),
            randomness: Arc::new(Sevens),
            terraform_version: "1.11.4".into(),
            marks: None,
            rollback: Rollback::Refuse,
            first_sealing: FirstSealing::Agreed,
        };
        let store = LocalStore::new(self.folder.path().join("terraform.tfstate"));
        Session::open(Arc::new(store), options).await.unwrap()
    }

    /// Plans and applies; tells what was done and said, what is there, and what the state records.
    pub(crate) fn apply(&self) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let told = Arc::new(Told::default());
            let (engine, request, session) = (self.engine(&told), self.request(), self.session().await);
            let connections = Connections::default();
            let found = engine.recover(&request, &session, &connections, &NoDisk).await;
            assert!(found.is_empty(), "{found}");
            let planned = engine.plan(&request, &session, &connections, &NoDisk).await;
            let mut said = planned.diagnostics;
            if let Some(plan) = planned.plan {
                let applied = engine
                    .apply(&plan, request.configuration, &session, &connections)
                    .await;
                said.extend(applied.diagnostics);
                for (address, action) in applied.skipped {
                    told.0
                        .lock()
                        .unwrap()
                        .push(format!("left out: {} {address}", action.symbol()));
                }
            }
            let snapshot = session.snapshot();
            session.finish().await.unwrap();
            let recorded = snapshot.instances.iter().map(|(key, state)| {
                let part = |name| {
                    state
                        .attributes
                        .get(name)
                        .and_then(|value| value.as_str())
                        .unwrap_or("")
                };
                format!("{key} = {} {}\n", part("id"), part("url"))
            });
            let told = told
                .0
                .lock()
                .unwrap()
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>();
            let said = said
                .iter()
                .map(|one| format!("{}: {}\n", one.summary, one.detail));
            let said: String = said.collect();
            let there = self.cloud.world().show();
            format!(
                "{told}{said}-- there\n{there}-- recorded\n{}",
                recorded.collect::<String>()
            )
        })
    }
}
