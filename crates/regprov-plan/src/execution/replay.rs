//! The world as the plan left it, from the plan and its configuration.

use super::{ApplyContext, Execution};
use crate::planner::passed_over;
use crate::planner::providers::ProviderTable;
use crate::planner::static_graph::{self, Node};
use crate::world::{EvalScope, Expansion, World, expand};
use crate::{Mode, Plan, Prior, Realm, ResourceChange, Schemas};
use foldhash::{HashMap, HashMapExt};
use regprov_addr::{InstanceAddress, ResourceAddress, ResourceMode};
use regprov_diag::Diagnostics;
use regprov_lang::Configuration;
use regprov_value::{Marks, Value, from_json_implied};
use std::cell::RefCell;
use std::sync::Arc;

/// Expands modules and blocks as planning did, and gives every instance its planned object.
pub(super) fn replay(
    plan: &Plan,
    configuration: &Configuration,
    schemas: Schemas,
    prior: &Prior,
    context: ApplyContext,
) -> Result<Execution, Diagnostics> {
    let mut world = World::new(
        configuration,
        plan.workspace.clone(),
        plan.working_directory.clone(),
    );
    world.root_variables.clone_from(&plan.variables);
    world.remember_open = false;
    tell_files(&mut world, plan, context);
    let (mut providers, mut diagnostics) = ProviderTable::resolve(&world.statics, &schemas);
    world.former_names = providers.former_names(&world.statics);
    if plan.realm == Realm::Sandbox {
        passed_over::arguments(&world.statics, &mut providers);
    }
    let (graph, found) = static_graph::build(&world.statics, &providers);
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let changes = plan.changes.iter().chain(&plan.openings);
    let rows = changes.filter(|change| change.deposed.is_none());
    let rows: HashMap<InstanceAddress, ResourceChange> = rows
        .map(|change| (change.address.clone(), change.clone()))
        .collect();
    let mut keys: HashMap<ResourceAddress, Vec<InstanceAddress>> = HashMap::new();
    for address in rows.keys() {
        keys.entry(address.resource.clone())
            .or_default()
            .push(address.clone());
    }
    let mut replay = Replay {
        world,
        plan,
        prior,
        rows: &rows,
        keys,
        diagnostics,
    };
    for id in graph.graph.topological().unwrap_or_default() {
        replay.step(graph.graph[id]);
    }
    let Replay {
        world,
        mut diagnostics,
        ..
    } = replay;
    diagnostics.extend(world.take_errors());
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    for change in plan.changes.iter().chain(&plan.openings) {
        providers.of_state(&world.statics, &schemas, &change.provider);
    }
    let world = RefCell::new(world);
    Ok(Execution {
        world,
        providers,
        schemas,
        rows,
        outputs: plan.outputs.clone(),
        desired: RefCell::default(),
    })
}

fn tell_files(world: &mut World, plan: &Plan, context: ApplyContext) {
    let files = &mut world.files;
    files.complete = true;
    files.contents = plan
        .files
        .iter()
        .map(|(path, content)| (path.clone(), Ok(Arc::from(content.as_slice()))))
        .collect();
    files.kinds = plan
        .kinds
        .iter()
        .map(|(path, kind)| (path.clone(), Ok(*kind)))
        .collect();
    files.walks = plan
        .walks
        .iter()
        .map(|(path, walk)| (path.clone(), Ok(walk.clone())))
        .collect();
    files.working_directory.clone_from(&plan.working_directory);
    files.home.clone_from(&plan.home);
    files.plan_timestamp = plan.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    files.now = Some(context.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    files.random = Some(RefCell::new(context.random));
}

struct Replay<'a> {
    world: World,
    plan: &'a Plan,
    prior: &'a Prior,
    rows: &'a HashMap<InstanceAddress, ResourceChange>,
    keys: HashMap<ResourceAddress, Vec<InstanceAddress>>,
    diagnostics: Diagnostics,
}

impl Replay<'_> {
    fn step(&mut self, node: Node) {
        match node {
            Node::Call(module, call) => {
                for instance in self.world.statics[module as usize].instances.clone() {
                    let result = self.world.expand_call(instance, call);
                    let planned = self.has_rows_in(instance, call);
                    self.take(result, planned);
                }
            }
            Node::Resource(module, block) => {
                for instance in self.world.statics[module as usize].instances.clone() {
                    self.add_block(instance, block);
                }
            }
            Node::Variable(..)
            | Node::Local(..)
            | Node::Output(..)
            | Node::Provider(_)
            | Node::Check(..)
            | Node::Close(_) => {}
        }
    }

    fn add_block(&mut self, module: u32, block: u32) {
        let address = self.world.block_address(module, block);
        let expansion = if self.is_planned(&address) {
            self.evaluated(module, block)
        } else {
            None
        };
        let Some(expansion) = expansion.or_else(|| self.recorded(&address)) else {
            return;
        };
        let first = self.world.add_instances(module, block, expansion);
        for id in self.world.instances_of(module, block) {
            debug_assert!(id >= first, "instances of a block follow its first");
            let own = self.world.instance_address(id);
            let object = self.object(&own);
            self.world.set_value(id, object);
        }
    }

    /// Whether the plan evaluated the block: it has a row of a declared instance, or the state knows nothing of it.
    fn is_planned(&self, address: &ResourceAddress) -> bool {
        if self.plan.mode != Mode::Normal {
            return false;
        }
        match self.keys.get(address) {
            Some(keys) => keys
                .iter()
                .any(|key| self.rows.get(key).is_some_and(|change| change.after.is_some())),
            None => !self
                .prior
                .instances
                .iter()
                .any(|record| record.address.resource == *address),
        }
    }

    fn evaluated(&mut self, module: u32, block: u32) -> Option<Expansion> {
        let written = self.world.written(module).clone();
        let (_, resource) = written.resources.get_index(block as usize)?;
        let scope = EvalScope::new(&self.world, module);
        let result = expand(resource.count.as_ref(), resource.for_each.as_ref(), &scope);
        let address = self.world.block_address(module, block);
        let planned = self.keys.contains_key(&address);
        self.take(result, planned)
    }

    /// What was evaluated. Where nothing was planned, an error is none of ours: planning passed over it, as it left the
    /// block out, or something that the block depends on.
    fn take<T>(&mut self, result: Result<T, Diagnostics>, planned: bool) -> Option<T> {
        let found = self.world.take_errors();
        if result.is_err() && !planned {
            return None;
        }
        self.diagnostics.extend(found);
        self.diagnostics.take(result)
    }

    /// Whether the plan has rows in the modules of a call.
    fn has_rows_in(&self, module: u32, call: u32) -> bool {
        let Some((name, _)) = self.world.written(module).module_calls.get_index(call as usize) else {
            return false;
        };
        let parent = &self.world.modules[module as usize].address.0;
        self.keys.keys().any(|address| {
            let steps = &address.module.0;
            steps.starts_with(parent) && steps.get(parent.len()).is_some_and(|step| *step.name == **name)
        })
    }

    /// The instances that the plan, or else the state, has.
    fn recorded(&self, address: &ResourceAddress) -> Option<Expansion> {
        let mut keys: Vec<_> = self
            .keys
            .get(address)
            .into_iter()
            .flatten()
            .map(|one| one.key.clone())
            .collect();
        if keys.is_empty() {
            let records = self
                .prior
                .instances
                .iter()
                .filter(|record| record.address.resource == *address && record.deposed.is_none());
            keys = records.map(|record| record.address.key.clone()).collect();
        }
        if keys.is_empty() {
            None
        } else {
            Some(crate::Planner::recorded_expansion(&keys))
        }
    }

    fn object(&self, address: &InstanceAddress) -> Option<Value> {
        if address.resource.mode == ResourceMode::Ephemeral {
            return Some(Value::unknown(regprov_value::Type::Dynamic).marked(Marks::EPHEMERAL));
        }
        if let Some(change) = self.rows.get(address) {
            return change.after.clone().or_else(|| change.before.clone());
        }
        let mut records = self.prior.instances.iter();
        let record = records.find(|record| record.address == *address && record.deposed.is_none())?;
        let value = from_json_implied(&record.attributes);
        Some(
            record
                .sensitive
                .iter()
                .fold(value, |value, path| crate::prior::mark_at(value, &path.0)),
        )
    }
}
