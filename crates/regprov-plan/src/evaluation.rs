//! What expressions are worth outside a plan: against the state as it stands, or against what a plan would make of it.

use crate::planner::priors::typed;
use crate::planner::providers::ProviderTable;
use crate::planner::static_graph::{self, Node, StaticGraph};
use crate::prior::{PriorInstance, decode_attributes};
use crate::world::{Asked, EvalScope, Expansion, ModuleId, Random, StaticId, World, remember};
use crate::{Given, Prior, Schemas, VariableInput, VariableOrigin, codes};
use foldhash::{HashMap, HashMapExt};
use jiff::Timestamp;
use regprov_addr::{InstanceKey, ModuleAddress, ResourceAddress, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_graph::Walk;
use regprov_lang::{Configuration, Expr, FunctionContext};
use regprov_value::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that evaluating against a state starts from.
pub struct EvaluationInput {
    /// The configuration.
    pub configuration: Arc<Configuration>,
    /// The values of the root module's variables; one that is missing is known after apply.
    pub variables: BTreeMap<String, VariableInput>,
    /// The state.
    pub prior: Prior,
    /// The providers, for their schemas only.
    pub schemas: Schemas,
    /// The workspace: `default`.
    pub workspace: String,
    /// The working directory: `path.cwd`.
    pub working_directory: PathBuf,
    /// The user's home, for `~` in paths.
    pub home: Option<PathBuf>,
    /// The present instant.
    pub now: Timestamp,
    /// Unpredictable bytes, for functions that need them.
    pub random: Random,
}

/// A configuration whose expressions can be evaluated.
pub struct Evaluation {
    world: World,
    module: ModuleId,
}

impl Evaluation {
    /// Evaluates against the state. What it does not hold is known after apply. Errors leave what can be evaluated.
    pub fn of_state(input: EvaluationInput, files: &dyn FunctionContext) -> (Self, Diagnostics) {
        let mut world = World::new(
            &input.configuration,
            input.workspace,
            input.working_directory.clone(),
        );
        world.files.working_directory = input.working_directory;
        world.files.home = input.home;
        world.files.plan_timestamp = seconds(input.now);
        world.files.now = Some(seconds(input.now));
        world.files.random = Some(input.random.into());
        let variables = with_open_ones(&world, input.variables);
        let (variables, mut diagnostics) = crate::variables::root_values(&world, variables);
        world.root_variables = variables;
        let (providers, found) = ProviderTable::resolve(&world.statics, &input.schemas);
        diagnostics.extend(found);
        world.former_names = providers.former_names(&world.statics);
        let (graph, found) = static_graph::build(&world.statics, &providers);
        diagnostics.extend(found);
        let mut settling = Settling {
            recorded: by_block(input.prior.instances),
            evaluation: Self { world, module: 0 },
            providers,
            files,
            diagnostics,
        };
        settling.walk(&graph);
        let mut diagnostics = settling.diagnostics;
        diagnostics.remove_repeats();
        diagnostics.sort();
        (settling.evaluation, diagnostics)
    }

    /// Evaluates with what planning knew.
    pub(crate) const fn of_plan(world: World) -> Self {
        Self { world, module: 0 }
    }

    /// Goes on in an instance of another module; answers whether there is one.
    pub fn enter(&mut self, module: &ModuleAddress) -> bool {
        let found = self.world.module_at(module);
        self.module = found.unwrap_or(self.module);
        found.is_some()
    }

    /// Says what time it is from here on.
    pub fn set_now(&mut self, now: Timestamp) {
        if self.world.files.now.is_some() {
            self.world.files.now = Some(seconds(now));
        }
    }

    /// Evaluates an expression in the present module; files that functions name are read through `files`.
    ///
    /// # Errors
    /// When it cannot be evaluated.
    pub fn evaluate(&mut self, expr: &Expr, files: &dyn FunctionContext) -> Result<Value, Diagnostics> {
        self.attempt(files, |world, module| {
            let scope = EvalScope::new(world, module);
            let result = expr.evaluate(&scope);
            // What is wrong with a local was said when all of them were evaluated.
            drop(world.take_errors());
            result
        })
    }

    /// Repeats a step until every file that it asks for was read.
    fn attempt<T>(&mut self, files: &dyn FunctionContext, step: impl Fn(&mut World, ModuleId) -> T) -> T {
        loop {
            let result = step(&mut self.world, self.module);
            let missing = self.world.files.take_missing();
            if missing.is_empty() {
                return result;
            }
            let facts = &mut self.world.files;
            for question in missing {
                match question {
                    Asked::Read(path) => {
                        let content = remember(files.read_file(&path));
                        facts.contents.insert(path, content);
                    }
                    Asked::Kind(path) => {
                        let kind = remember(files.file_kind(&path));
                        facts.kinds.insert(path, kind);
                    }
                    Asked::Walk(path) => {
                        let found = remember(files.walk(&path));
                        facts.walks.insert(path, found);
                    }
                }
            }
        }
    }
}

fn seconds(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Adds the variables that have neither a value nor a default: known after apply.
fn with_open_ones(
    world: &World,
    mut variables: BTreeMap<String, VariableInput>,
) -> BTreeMap<String, VariableInput> {
    let declared = world.statics.first().map(|root| &root.module.variables);
    for (name, variable) in declared.into_iter().flatten() {
        if variable.is_required() && !variables.contains_key(name.as_ref()) {
            let open = VariableInput {
                given: Given::Value(Value::unknown(variable.ty.without_optional())),
                origin: VariableOrigin::Prompt,
                span: None,
            };
            variables.insert(name.to_string(), open);
        }
    }
    variables
}

/// The current objects by their block.
fn by_block(records: Vec<PriorInstance>) -> HashMap<ResourceAddress, Vec<PriorInstance>> {
    let mut blocks: HashMap<_, Vec<PriorInstance>> = HashMap::new();
    for record in records.into_iter().filter(|record| record.deposed.is_none()) {
        blocks
            .entry(record.address.resource.clone())
            .or_default()
            .push(record);
    }
    blocks
}

/// Gives modules and blocks the instances that the state has.
struct Settling<'a> {
    evaluation: Evaluation,
    recorded: HashMap<ResourceAddress, Vec<PriorInstance>>,
    providers: ProviderTable,
    files: &'a dyn FunctionContext,
    diagnostics: Diagnostics,
}

impl Settling<'_> {
    fn walk(&mut self, graph: &StaticGraph) {
        // A cycle was reported; what is in it stays open.
        let Ok(mut walk) = Walk::new(&graph.graph) else {
            return;
        };
        while let Some(id) = walk.next_ready() {
            self.settle(graph.graph[id]);
            walk.done(id);
        }
    }

    fn settle(&mut self, node: Node) {
        match node {
            Node::Variable(module, at) => self.force(module, |world, instance| {
                world.variable(instance, at);
            }),
            Node::Local(module, at) => self.force(module, |world, instance| {
                world.local(instance, at);
            }),
            Node::Output(module, at) => self.force(module, |world, instance| {
                world.output(instance, at);
            }),
            Node::Call(module, call) => self.expand(module, call),
            Node::Resource(module, block) => self.recall(module, block),
            Node::Provider(_) | Node::Check(..) | Node::Close(_) => {}
        }
    }

    fn instances(&self, module: StaticId) -> Vec<ModuleId> {
        self.evaluation.world.statics[module as usize].instances.clone()
    }

    fn force(&mut self, module: StaticId, evaluate: impl Fn(&World, ModuleId)) {
        for instance in self.instances(module) {
            let errors = self.evaluation.attempt(self.files, |world, _| {
                evaluate(world, instance);
                world.take_errors()
            });
            self.diagnostics.extend(errors);
        }
    }

    fn expand(&mut self, module: StaticId, call: u32) {
        for instance in self.instances(module) {
            let result = self
                .evaluation
                .attempt(self.files, |world, _| world.expand_call(instance, call));
            self.diagnostics.take(result);
        }
    }

    /// Gives a block the objects that the state holds.
    fn recall(&mut self, module: StaticId, block: u32) {
        for instance in self.instances(module) {
            let address = self.evaluation.world.block_address(instance, block);
            let Some(records) = self.recorded.remove(&address) else {
                continue;
            };
            let written = self.evaluation.world.written(instance).clone();
            let (_, resource) = written
                .resources
                .get_index(block as usize)
                .expect("blocks are numbered by their module");
            let repeats = (resource.count.is_some(), resource.for_each.is_some());
            let Some(expansion) = expansion(repeats, &records) else {
                continue;
            };
            let world = &mut self.evaluation.world;
            let first = world.add_instances(instance, block, expansion.clone());
            for record in &records {
                let Some(position) = expansion.position(record.address.key.as_ref()) else {
                    continue;
                };
                let object = decode(&self.providers, (module, block), record);
                match object {
                    Ok(object) => self.evaluation.world.set_value(first + position, Some(object)),
                    Err(why) => self.diagnostics.push(
                        Diagnostic::error(&codes::STATE, "Unreadable object in state")
                            .detail(format!(
                                "The state's object of {} cannot be understood: {why}.",
                                record.address
                            ))
                            .at(resource.span)
                            .address(&record.address),
                    ),
                }
            }
        }
    }
}

/// The instances that a block has in the state, if they suit how it is written now.
fn expansion((count, for_each): (bool, bool), records: &[PriorInstance]) -> Option<Expansion> {
    let keys = records.iter().map(|record| record.address.key.as_ref());
    if count {
        let numbers = keys.filter_map(|key| match key {
            Some(InstanceKey::Int(number)) => Some(number + 1),
            Some(InstanceKey::String(_)) | None => None,
        });
        return numbers.max().map(Expansion::Count);
    }
    if for_each {
        let texts = keys.filter_map(|key| match key {
            Some(InstanceKey::String(text)) => Some((Arc::from(text.as_str()), Value::from(text.as_str()))),
            Some(InstanceKey::Int(_)) | None => None,
        });
        let mut entries: Vec<(Arc<str>, Value)> = texts.collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        return (!entries.is_empty()).then(|| Expansion::each(entries));
    }
    keys.into_iter()
        .any(|key| key.is_none())
        .then_some(Expansion::Single)
}

/// The object as its type has it; of a type that nothing knows, as its JSON implies.
fn decode(
    providers: &ProviderTable,
    (module, block): (StaticId, u32),
    record: &PriorInstance,
) -> Result<Value, String> {
    let row = providers
        .of_block(module, block)
        .map(|row| &providers.rows[row as usize]);
    let provider = row.and_then(|row| row.provider.as_ref());
    let name = &record.address.resource.resource_type;
    match record.address.resource.mode {
        ResourceMode::Managed => match provider.and_then(|provider| provider.resource(name)) {
            Some(resource) => typed(record, resource.as_ref()),
            None => Ok(implied(record)),
        },
        ResourceMode::Data => match provider.and_then(|provider| provider.data_source(name)) {
            Some(source) => decode_attributes(&record.attributes, &source.schema().block, &record.sensitive)
                .map_err(|error| error.to_string()),
            None => Ok(implied(record)),
        },
        ResourceMode::Ephemeral => Ok(implied(record)),
    }
}

fn implied(record: &PriorInstance) -> Value {
    let object = regprov_value::from_json_implied(&record.attributes);
    record
        .sensitive
        .iter()
        .fold(object, |object, path| crate::prior::mark_at(object, &path.0))
}
