//! What planning and applying work with: configuration, clouds, state and engine of one run.

use crate::arguments::{Locking, Realm as RealmFlags};
use crate::context::{Access, Context};
use crate::interrupt::Flight;
use crate::load::Configured;
use crate::realm::Clouds;
use crate::views::json::stream::JsonProgress;
use crate::views::progress::Progress;
use crate::wiring;
use regprov_diag::Diagnostics;
use regprov_engine::{Connections, Engine, LocalCommands, PlanRequest, Planned, Stop, state_failure};
use regprov_plan::{Plan, Schemas, UnsupportedTypes};
use regprov_state::{Finished, Session, StateError};
use std::cell::Cell;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// One run on one state.
pub(crate) struct Workbench {
    /// The clouds.
    pub(crate) clouds: Clouds,
    /// The state.
    pub(crate) session: Session,
    /// What carries operations out.
    pub(crate) engine: Engine,
    /// What it told of so far.
    pub(crate) flight: Arc<Flight>,
    /// Connected providers.
    pub(crate) connections: Connections,
    /// Whether the state was written and its lock given back.
    finished: Cell<bool>,
}

/// How a run is set up.
pub(crate) struct Setup<'a> {
    pub(crate) realm: &'a RealmFlags,
    pub(crate) locking: &'a Locking,
    /// The words for the lock's note.
    pub(crate) operation: &'static str,
    pub(crate) parallelism: usize,
    /// Whether the sandbox runs the commands of `local-exec`.
    pub(crate) allow_local_exec: bool,
    /// Whether progress is told as JSON.
    pub(crate) json: bool,
}

impl Workbench {
    /// Connects to the clouds and opens the state.
    pub(crate) async fn open(context: &Context, setup: &Setup<'_>) -> Result<Self, Diagnostics> {
        let realm = Context::realm(setup.realm);
        let clouds = Clouds::open(context, realm).await?;
        match context
            .session(realm, &Access::Write(setup.locking, setup.operation))
            .await
        {
            Ok(session) => {
                let mut engine = engine(context, &clouds, setup.parallelism);
                engine.local = wiring::local_commands(context, &clouds, setup.allow_local_exec);
                if setup.json {
                    let (shell, clock) = (Arc::clone(&context.shell), Arc::clone(&context.clock));
                    engine.observer = Arc::new(JsonProgress { shell, clock });
                }
                let flight = Arc::new(Flight::over(engine.observer));
                engine.observer = Arc::clone(&flight) as _;
                Ok(Self {
                    clouds,
                    session,
                    engine,
                    flight,
                    connections: Connections::default(),
                    finished: Cell::new(false),
                })
            }
            Err(diagnostics) => {
                clouds.close().await;
                Err(diagnostics)
            }
        }
    }

    /// Puts in order what an interrupted run left, and opens the state anew if there was anything.
    pub(crate) async fn recover(
        &mut self,
        context: &Context,
        setup: &Setup<'_>,
        configured: &Configured,
        request: &PlanRequest,
    ) -> Result<(), Diagnostics> {
        if !self.session.was_replayed() {
            return Ok(());
        }
        let diagnostics = self
            .engine
            .recover(request, &self.session, &self.connections, &configured.disk)
            .await;
        self.session
            .finish()
            .await
            .map_err(|error| state_failure(&error))?;
        self.session = context
            .session(self.clouds.realm, &Access::Write(setup.locking, setup.operation))
            .await?;
        if diagnostics.has_errors() {
            Err(diagnostics)
        } else {
            Ok(())
        }
    }

    /// Plans and prints warnings.
    pub(crate) async fn plan(
        &self,
        context: &Context,
        configured: &Configured,
        request: &PlanRequest,
    ) -> Result<Plan, Diagnostics> {
        let Planned { plan, diagnostics } = self
            .engine
            .plan(request, &self.session, &self.connections, &configured.disk)
            .await;
        let diagnostics = if request.skip_unsupported {
            diagnostics
        } else {
            self.with_what_validation_finds(configured, diagnostics)
        };
        match plan {
            Some(plan) if !diagnostics.has_errors() => {
                context.shell.diagnostics(&diagnostics, &configured.sources);
                Ok(plan)
            }
            Some(_) | None => {
                context.shell.diagnostics(&diagnostics, &configured.sources);
                Err(Diagnostics::new())
            }
        }
    }

    /// Adds what is wrong whatever the values are, where planning has not come across it.
    fn with_what_validation_finds(&self, configured: &Configured, found: Diagnostics) -> Diagnostics {
        let schemas = self.engine.schemas();
        let mut all = found;
        let more = regprov_plan::validate(
            &configured.configuration,
            &schemas,
            &configured.disk,
            UnsupportedTypes::Refused,
        );
        for diagnostic in more.into_iter().filter(|diagnostic| diagnostic.is_error()) {
            let known = all
                .iter()
                .any(|other| other.is_error() && other.subject == diagnostic.subject);
            if !known {
                all.push(diagnostic);
            }
        }
        all
    }

    /// Writes the state and gives its lock back.
    pub(crate) async fn finish(&self) -> Result<Finished, StateError> {
        self.finished.set(true);
        self.session.finish().await
    }

    /// Leaves the clouds, and the state without writing it where it was not written.
    pub(crate) async fn close(self, context: &Context) {
        if !self.finished.get()
            && let Err(error) = self.session.abandon().await
        {
            context.complain(&state_failure(&error).into());
        }
        self.clouds.close().await;
    }
}

/// An engine over the clouds of a run.
pub(crate) fn engine(context: &Context, clouds: &Clouds, parallelism: usize) -> Engine {
    Engine {
        schemas: Schemas::new(&wiring::providers(context, clouds)),
        clock: Arc::clone(&context.clock),
        randomness: Arc::clone(&context.randomness),
        environment: clouds.environment.clone(),
        observer: Arc::new(Progress::new(Arc::clone(&context.shell))),
        slots: Semaphore::new(parallelism.max(1)),
        local: LocalCommands::LeaveOut,
        stop: Stop::default(),
    }
}
