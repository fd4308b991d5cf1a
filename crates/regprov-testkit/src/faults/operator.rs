//! One run of one operator, as the program makes it: open the state, put in order what was left, plan, apply, finish.

use std::sync::Arc;
use std::time::Duration;

use regprov_engine::{Connections, Engine, Event, state_failure};
use regprov_http::Clock as _;
use regprov_plan::Plan;
use regprov_state::{Session, Snapshot, StateError};

use super::peril::Fate;
use super::program::{NoDisk, Program, Stage};
use super::world::{Told, World, opening};

/// How long an operator waits between two tries to get the lock, and how often it tries.
const LOCK_PAUSE: Duration = Duration::from_secs(10);
const LOCK_TRIES: u32 = 2000;

/// What an operator is to do.
#[derive(Clone)]
pub(crate) struct Orders<'a> {
    pub(crate) program: &'a Program,
    pub(crate) stage: Stage,
    /// The operator's name, by which the ledger tells its requests.
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) fate: Arc<Fate>,
}

/// How a run ended, in its own words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// It said that everything was done.
    pub(crate) success: bool,
    /// Errors.
    pub(crate) errors: Vec<String>,
    /// What it had told of, up to its end or its death.
    pub(crate) events: Vec<Event>,
    /// It died.
    pub(crate) killed: bool,
    /// What stood in the state when it said so.
    pub(crate) claimed: Option<Snapshot>,
}

impl World {
    /// Runs one operator to its end or its death.
    pub(crate) async fn operate(&self, orders: Orders<'_>) -> Report {
        let (engine, told) = self.engine(&orders.name, orders.seed, &orders.fate);
        let fate = Arc::clone(&orders.fate);
        let lived = fate.live(self.work(&engine, &orders, &told)).await;
        drop(engine);
        let now = self.time.now();
        self.story.line(now, &orders.name, || match &lived {
            Some(report) if report.success => "ends well".to_owned(),
            Some(report) => format!("ends with: {}", report.errors.join("; ")),
            None => "dies".to_owned(),
        });
        match lived {
            Some(report) => report,
            None => {
                self.bucket.crash();
                Report {
                    killed: true,
                    events: told.events(),
                    ..Report::default()
                }
            }
        }
    }

    /// Runs one operator while nobody else is there.
    ///
    /// # Errors
    /// With a sentence, where it waits for something that never comes.
    pub(crate) fn alone(&self, orders: Orders<'_>) -> Result<Report, String> {
        let name = orders.name.clone();
        self.time
            .run(self.operate(orders))
            .map_err(|_| format!("{name} waits for something that never comes"))
    }

    async fn work(&self, engine: &Engine, orders: &Orders<'_>, told: &Told) -> Report {
        let outcome = self.carry_out(engine, orders).await;
        let (success, errors, claimed) = match outcome {
            Ok(snapshot) => (true, Vec::new(), Some(snapshot)),
            Err(errors) => (false, errors, None),
        };
        Report {
            success,
            errors,
            events: told.events(),
            killed: false,
            claimed,
        }
    }

    async fn carry_out(&self, engine: &Engine, orders: &Orders<'_>) -> Result<Snapshot, Vec<String>> {
        let request = orders.program.request(orders.stage);
        let connections = Connections::default();
        let failed = |error: &StateError| vec![state_failure(error).to_string()];
        let mut session = self.open(orders, 0).await.map_err(|error| failed(&error))?;
        if session.was_replayed() {
            let diagnostics = engine.recover(&request, &session, &connections, &NoDisk).await;
            session.finish().await.map_err(|error| failed(&error))?;
            if diagnostics.has_errors() {
                return Err(texts(&diagnostics));
            }
            session = self.open(orders, 1).await.map_err(|error| failed(&error))?;
        }
        let planned = engine.plan(&request, &session, &connections, &NoDisk).await;
        let plan = match planned.plan {
            Some(plan) if !planned.diagnostics.has_errors() => plan,
            Some(_) | None => {
                session.abandon().await.map_err(|error| failed(&error))?;
                return Err(texts(&planned.diagnostics));
            }
        };
        let configuration = Arc::clone(orders.program.configuration());
        let applied = engine.apply(&plan, configuration, &session, &connections).await;
        let snapshot = session.snapshot();
        let finished = session.finish().await;
        let mut errors = texts(&applied.diagnostics);
        errors.extend(finished.as_ref().err().into_iter().flat_map(failed));
        if applied.diagnostics.has_errors() || finished.is_err() {
            return Err(errors);
        }
        Ok(snapshot)
    }

    async fn open(&self, orders: &Orders<'_>, turn: u64) -> Result<Session, StateError> {
        let options = opening(&orders.name, true, orders.seed.wrapping_mul(2) + turn);
        let mut tries = 0;
        loop {
            match Session::open(self.store(&orders.name, &orders.fate), options.clone()).await {
                Err(StateError::Locked { .. }) if tries < LOCK_TRIES => {
                    tries += 1;
                    self.time.sleep(LOCK_PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    /// The state as a reader finds it, the journal of a run that was cut short included.
    pub(crate) async fn look(&self) -> Result<Session, StateError> {
        Session::open(self.store("reader", &Fate::none()), opening("reader", false, 99)).await
    }

    /// A plan for a stage, made by a reader.
    pub(crate) async fn plan(
        &self,
        session: &Session,
        of: (&Program, Stage),
        seed: u64,
    ) -> Result<Plan, Vec<String>> {
        let (engine, _) = self.engine("reader", seed, &Fate::none());
        let request = of.0.request(of.1);
        let planned = engine
            .plan(&request, session, &Connections::default(), &NoDisk)
            .await;
        match planned.plan {
            Some(plan) if !planned.diagnostics.has_errors() => Ok(plan),
            Some(_) | None => Err(texts(&planned.diagnostics)),
        }
    }
}

fn texts(diagnostics: &regprov_diag::Diagnostics) -> Vec<String> {
    diagnostics.into_iter().map(ToString::to_string).collect()
}
