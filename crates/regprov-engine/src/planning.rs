//! Planning: drives the planner, with what an interrupted run left put in order first.

use crate::Engine;
use crate::connect::Connections;
use crate::convert::prior;
use crate::freshness::Freshness;
use crate::satisfy::{Depth, Disk};
use regprov_addr::{InstanceAddress, TargetAddress};
use regprov_diag::{Diagnostics, Sources};
use regprov_lang::Configuration;
use regprov_plan::{Evaluation, Mode, Plan, Planner, PlannerInput, Realm, VariableInput};
use regprov_state::{Session, Snapshot};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What is planned, and from what.
#[derive(Clone)]
pub struct PlanRequest {
    /// The configuration.
    pub configuration: Arc<Configuration>,
    /// The files that it was read from.
    pub sources: Sources,
    /// The content of these files, carried in the plan.
    pub files: BTreeMap<PathBuf, Arc<[u8]>>,
    /// The values given for variables.
    pub variables: BTreeMap<String, VariableInput>,
    /// What the plan is for.
    pub mode: Mode,
    /// What it is limited to.
    pub targets: Vec<TargetAddress>,
    /// What is replaced whether it changed or not.
    pub replace: Vec<InstanceAddress>,
    /// Whether objects are read first.
    pub refresh: bool,
    /// Whether unsupported resource types are left out.
    pub skip_unsupported: bool,
    /// Whether an object that exists under the identity of a planned create is taken over.
    pub adopt: bool,
    /// Real clouds or the sandbox.
    pub realm: Realm,
    /// The workspace.
    pub workspace: String,
    /// The working directory.
    pub working_directory: PathBuf,
    /// The user's home.
    pub home: Option<PathBuf>,
}

/// What planning gave.
pub struct Planned {
    /// The plan, where there was no error.
    pub plan: Option<Plan>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Engine {
    /// Plans. Open writes of an interrupted run must have been put in order by [`Engine::recover`].
    pub async fn plan(
        &self,
        request: &PlanRequest,
        session: &Session,
        connections: &Connections,
        disk: &dyn Disk,
    ) -> Planned {
        let recorded = session.base().1 > 0;
        let (input, fresh) =
            session.read(|snapshot| (self.input(request, snapshot, recorded), Freshness::of(snapshot)));
        let mut planner = Planner::new(input);
        let work = self.satisfy(&mut planner, (connections, &fresh), disk, Depth::Whole);
        let ((), found) = self.while_open(connections, work).await;
        let (plan, mut diagnostics) = planner.finish();
        diagnostics.extend(found);
        Planned { plan, diagnostics }
    }

    /// Plans in order to evaluate expressions against what is planned.
    pub async fn evaluation(
        &self,
        request: &PlanRequest,
        session: &Session,
        connections: &Connections,
        disk: &dyn Disk,
    ) -> (Evaluation, Diagnostics) {
        let recorded = session.base().1 > 0;
        let (input, fresh) =
            session.read(|snapshot| (self.input(request, snapshot, recorded), Freshness::of(snapshot)));
        let mut planner = Planner::new(input);
        let work = self.satisfy(&mut planner, (connections, &fresh), disk, Depth::Whole);
        let ((), found) = self.while_open(connections, work).await;
        let (evaluation, mut diagnostics) = planner.into_evaluation();
        diagnostics.extend(found);
        (evaluation, diagnostics)
    }

    /// Connects every provider configuration that can be connected, and tells what is declared and where it belongs. The plan
    /// that comes of it must not be applied: services were not asked whether they would accept it.
    pub(crate) async fn declarations(
        &self,
        request: &PlanRequest,
        snapshot: &Snapshot,
        connections: &Connections,
        disk: &dyn Disk,
    ) -> Planned {
        let mut planner = Planner::new(self.input(request, snapshot, true));
        let nothing = Freshness::default();
        let work = self.satisfy(&mut planner, (connections, &nothing), disk, Depth::Declarations);
        let ((), found) = self.while_open(connections, work).await;
        let (plan, mut diagnostics) = planner.finish();
        diagnostics.extend(found);
        Planned { plan, diagnostics }
    }

    fn input(&self, request: &PlanRequest, snapshot: &Snapshot, recorded: bool) -> PlannerInput {
        let request = request.clone();
        PlannerInput {
            configuration: request.configuration,
            sources: request.sources,
            files: request.files,
            variables: request.variables,
            prior: prior(snapshot, recorded),
            schemas: self.schemas(),
            mode: request.mode,
            targets: request.targets,
            replace: request.replace,
            refresh: request.refresh,
            skip_unsupported: request.skip_unsupported,
            adopt: request.adopt,
            realm: request.realm,
            workspace: request.workspace,
            timestamp: self.clock.now(),
            working_directory: request.working_directory,
            home: request.home,
        }
    }
}
