//! The planner: a pure state machine that is asked what it needs and told the answers.

mod adopt;
mod answers;
mod block;
mod checks;
pub(crate) mod conditions;
mod connect;
mod ephemerals;
mod finish;
mod import;
mod instance;
mod lost;
mod move_checks;
mod moves;
mod needs;
mod order;
mod orphans;
mod outputs;
pub(crate) mod passed_over;
mod plan_data;
pub(crate) mod priors;
pub(crate) mod providers;
mod recorded;
mod rows;
mod skipped;
pub(crate) mod static_graph;
mod targets;

use crate::world::{InstanceId, World};
use crate::{
    Answer, CheckResult, Evaluation, Mode, Need, NeedId, Plan, PlannerInput, PriorOutput, Realm,
    ResourceChange, Schemas, StateStamp, Unchecked,
};
pub(crate) use answers::{exists, finding};
pub(crate) use orphans::covers;

use block::BlockProgress;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use jiff::Timestamp;
use needs::Needs;
use priors::Priors;
use providers::ProviderTable;
use regprov_addr::{InstanceAddress, ResourceAddress, TargetAddress};
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use regprov_graph::{NodeId as GraphId, Walk};
use rows::Rows;
use static_graph::{Node, StaticGraph};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Makes a plan, asking for what it needs to know.
///
/// Drive it so: take [`Planner::needs`], answer each by [`Planner::supply`] in any order, and repeat until there are
/// none; then [`Planner::finish`].
pub struct Planner {
    settings: Settings,
    world: World,
    graph: StaticGraph,
    walk: Option<Walk>,
    providers: ProviderTable,
    priors: Priors,
    needs: Needs,
    blocks: HashMap<GraphId, BlockProgress>,
    /// Declarations that this plan looks at; the others stay as they are.
    wanted: HashSet<Node>,
    /// What configurations of used providers are computed from.
    behind_providers: HashSet<GraphId>,
    /// Blocks of which this plan looks only at the instances that targets name.
    limited: HashSet<Node>,
    /// In a limited plan that deletes: blocks that depend on what the targets name.
    doomed: HashSet<ResourceAddress>,
    /// The identities of recorded objects, by provider configuration and type; gathered when first asked for.
    identities: Option<HashSet<(u32, String, String)>>,
    /// Instances that take the identity of a recorded object.
    successors: Vec<(InstanceId, String)>,
    /// Blocks that this plan leaves out: unsupported, or dependent on what is.
    left_out: HashSet<Node>,
    /// Data sources of `check` blocks that could not be read, with what was said.
    unreadable: HashMap<InstanceId, String>,
    /// Blocks that create before they destroy, because they say so or something that depends on them does.
    creating_first: HashSet<(u32, u32)>,
    /// What is planned for each instance.
    rows: Rows,
    /// Planned for objects that no declared instance has: orphans and deposed ones.
    leftovers: Vec<ResourceChange>,
    drift: Vec<ResourceChange>,
    unchecked: Vec<Unchecked>,
    checks: Vec<CheckResult>,
    imports: HashMap<InstanceAddress, import::Wanted>,
    /// What `-adopt` found for planned creates.
    adoptions: HashMap<InstanceId, adopt::Adoption>,
    diagnostics: Diagnostics,
    /// How many errors there were before the present step.
    errors_before: usize,
}

/// What a plan is for, as it was given.
struct Settings {
    schemas: Schemas,
    sources: Sources,
    files: BTreeMap<PathBuf, Arc<[u8]>>,
    mode: Mode,
    targets: Vec<TargetAddress>,
    replace: HashSet<InstanceAddress>,
    refresh: bool,
    skip_unsupported: bool,
    /// Whether what exists under the identity of a planned create is taken over.
    adopt: bool,
    realm: Realm,
    timestamp: Timestamp,
    stamp: StateStamp,
    prior_outputs: BTreeMap<String, PriorOutput>,
    /// Ephemeral variables that were given a value.
    apply_time: BTreeSet<String>,
}

/// How far a node came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// It failed; what depends on it is not planned.
    Failed,
    /// It waits for answers.
    Waiting,
}

impl Planner {
    /// Starts a plan.
    #[must_use]
    pub fn new(input: PlannerInput) -> Self {
        let mut diagnostics = Diagnostics::new();
        let mut world = World::new(
            &input.configuration,
            input.workspace,
            input.working_directory.clone(),
        );
        world.files.working_directory = input.working_directory;
        world.files.home = input.home;
        world.files.plan_timestamp = input.timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let apply_time = crate::variables::apply_time(&input.configuration, &input.variables);
        let (variables, found) = crate::variables::root_values(&world, input.variables);
        diagnostics.extend(found);
        world.root_variables = variables;
        let (mut providers, found) = ProviderTable::resolve(&world.statics, &input.schemas);
        diagnostics.extend(found);
        world.former_names = providers.former_names(&world.statics);
        let (mut priors, found) = Priors::load(
            input.prior.instances,
            &world.statics,
            &mut providers,
            &input.schemas,
        );
        diagnostics.extend(found);
        diagnostics.extend(moves::follow(&world.statics, &mut priors, &providers));
        diagnostics.extend(targets::excluded_moves(&priors.objects, &input.targets));
        if input.realm == Realm::Sandbox {
            passed_over::arguments(&world.statics, &mut providers);
        }
        let (graph, found) = static_graph::build(&world.statics, &providers);
        diagnostics.extend(found);
        let settings = Settings {
            schemas: input.schemas,
            sources: input.sources,
            files: input.files,
            mode: input.mode,
            targets: input.targets,
            replace: input.replace.into_iter().collect(),
            refresh: input.refresh,
            skip_unsupported: input.skip_unsupported,
            adopt: input.adopt,
            realm: input.realm,
            timestamp: input.timestamp,
            stamp: input.prior.stamp,
            prior_outputs: input.prior.outputs,
            apply_time,
        };
        let mut planner = Self {
            settings,
            world,
            graph,
            walk: None,
            providers,
            priors,
            needs: Needs::default(),
            blocks: HashMap::new(),
            wanted: HashSet::new(),
            behind_providers: HashSet::new(),
            limited: HashSet::new(),
            doomed: HashSet::new(),
            identities: None,
            successors: Vec::new(),
            left_out: HashSet::new(),
            unreadable: HashMap::new(),
            creating_first: HashSet::new(),
            rows: Rows::default(),
            leftovers: Vec::new(),
            drift: Vec::new(),
            unchecked: Vec::new(),
            checks: Vec::new(),
            imports: HashMap::new(),
            adoptions: HashMap::new(),
            diagnostics,
            errors_before: 0,
        };
        planner.begin();
        planner
    }

    fn begin(&mut self) {
        if !self.settings.targets.is_empty() {
            let detail = "The plan is limited by `-target`: it may leave out changes that the configuration asks for. That is meant for exceptions, such as mending what went wrong.";
            self.diagnostics.push(
                Diagnostic::warning(&crate::codes::TARGET, "Resource targeting is in effect").detail(detail),
            );
        }
        self.wanted = targets::wanted(self);
        self.behind_providers = targets::behind_providers(self);
        self.creating_first = order::creating_first(&self.world.statics, &self.graph);
        // A cycle is an error that was reported; nothing can be walked then.
        self.walk = Walk::new(&self.graph.graph)
            .ok()
            .filter(|_| !self.diagnostics.has_errors());
    }

    /// Everything that can be asked now. Empty when nothing was newly asked; with nothing left to answer it is time to
    /// [`Planner::finish`].
    pub fn needs(&mut self) -> Vec<(NeedId, Need)> {
        loop {
            if let Some(node) = self.needs.resume() {
                self.step(node);
            } else if let Some(node) = self.walk.as_mut().and_then(Walk::next_ready) {
                self.step(node);
            } else {
                return self.needs.take_fresh();
            }
        }
    }

    /// Tells the answer to a need. An answer of the wrong kind counts as a failure.
    pub fn supply(&mut self, id: NeedId, answer: Answer) {
        if let Some((purpose, node)) = self.needs.answered(id) {
            self.take_answer(&purpose, answer);
            self.needs.settle(&purpose, node);
        }
    }

    /// The plan, where there is no error, and all that was found.
    pub fn finish(mut self) -> (Option<Plan>, Diagnostics) {
        debug_assert!(
            self.needs.is_settled() || self.diagnostics.has_errors(),
            "every need is answered before finishing"
        );
        self.refuse_the_rest();
        let plan = self.conclude();
        let mut diagnostics = self.diagnostics;
        diagnostics.remove_repeats();
        diagnostics.sort();
        (plan.filter(|_| !diagnostics.has_errors()), diagnostics)
    }

    /// What expressions are worth against what is planned, in place of the plan.
    pub fn into_evaluation(mut self) -> (Evaluation, Diagnostics) {
        self.refuse_the_rest();
        let mut diagnostics = self.diagnostics;
        diagnostics.remove_repeats();
        diagnostics.sort();
        (Evaluation::of_plan(self.world), diagnostics)
    }

    fn step(&mut self, id: GraphId) {
        let node = self.graph.graph[id];
        let outcome = if self.wanted.contains(&node) {
            self.process(id, node)
        } else {
            Outcome::Done
        };
        let Some(walk) = self.walk.as_mut() else { return };
        match outcome {
            Outcome::Done => walk.done(id),
            Outcome::Failed => {
                let skipped = walk.failed(id);
                self.left_out.insert(node);
                self.left_out
                    .extend(skipped.into_iter().map(|id| self.graph.graph[id]));
            }
            Outcome::Waiting => self.needs.park(id),
        }
    }

    fn process(&mut self, id: GraphId, node: Node) -> Outcome {
        if self.needs.is_waiting(id) {
            return Outcome::Waiting;
        }
        self.errors_before = self.error_count();
        if self.settings.skip_unsupported && self.graph.foreign.contains_key(&node) {
            return Outcome::Failed;
        }
        match node {
            Node::Variable(..) | Node::Local(..) | Node::Output(..) => self.evaluate_values(id, node),
            Node::Call(module, call) => self.expand_calls(id, module, call),
            Node::Provider(row) => self.connect_provider(id, row),
            Node::Resource(module, block) if self.is_ephemeral(module, block) => {
                self.plan_block(id, module, block)
            }
            Node::Resource(module, block) => match self.settings.mode {
                Mode::Normal => self.plan_block(id, module, block),
                Mode::Destroy | Mode::RefreshOnly if self.is_read_for_providers(id, module, block) => {
                    self.plan_block(id, module, block)
                }
                Mode::Destroy | Mode::RefreshOnly => self.settle_recorded(module, block),
            },
            Node::Check(module, check) => self.run_check(id, module, check),
            Node::Close(_) => Outcome::Done,
        }
    }

    /// Forces a variable, local or output in every instance of its module, so that its errors are found.
    fn evaluate_values(&mut self, id: GraphId, node: Node) -> Outcome {
        let (Node::Variable(module, at) | Node::Local(module, at) | Node::Output(module, at)) = node else {
            return Outcome::Done;
        };
        for instance in self.world.statics[module as usize].instances.clone() {
            match node {
                Node::Variable(..) => self.check_variable(instance, at),
                Node::Output(..) => self.check_output(instance, at),
                _ => {
                    self.world.local(instance, at);
                }
            }
        }
        self.conclude_evaluation(id)
    }

    fn expand_calls(&mut self, id: GraphId, module: u32, call: u32) -> Outcome {
        for instance in self.world.statics[module as usize].instances.clone() {
            if self.world.modules[instance as usize].calls[call as usize].is_none() {
                let result = self.world.expand_call(instance, call);
                if !self.world.files.is_missing_some() {
                    self.diagnostics.take(result);
                }
            }
        }
        self.conclude_evaluation(id)
    }

    /// Ends the evaluation of a node: asks for the files that it lacked, or says whether it went well.
    fn conclude_evaluation(&mut self, id: GraphId) -> Outcome {
        let errors = self.world.take_errors();
        let missing = self.world.files.take_missing();
        if !missing.is_empty() {
            self.needs.ask_files(missing, id);
            return Outcome::Waiting;
        }
        self.diagnostics.extend(errors);
        if self.error_count() > self.errors_before {
            Outcome::Failed
        } else {
            Outcome::Done
        }
    }

    fn error_count(&self) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count()
    }
}
