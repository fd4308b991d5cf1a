//! What apply evaluates: arguments that the plan left open, provider configurations, outputs.

mod checking;
mod checks;
mod replay;

pub use checking::Unasked;

use crate::change::{as_recorded, contradictions, fill, ignore_all, ignore_path, violations, with_defaults};
use crate::evaluate::{configuration, provider_configuration, written};
use crate::planner::conditions::{Verdict, judge};
use crate::planner::providers::ProviderTable;
use crate::world::{EvalScope, InstanceId, World};
use crate::{
    Action, LocalExec, Occasion, OutputChange, Plan, Prior, PriorOutput, ResourceChange, Schemas, codes,
    provisioner,
};
use foldhash::HashMap;
use jiff::Timestamp;
use regprov_addr::{AttributePath, InstanceAddress, ProviderConfigAddress, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_lang::{Body, Configuration, IgnoreChanges, Resource};
use regprov_provider::AnyResource;
use regprov_schema::Block;
use regprov_value::{Marks, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Evaluates during apply, over the same configuration, what was *known after apply*, and checks that it agrees with the
/// plan. It is told of every object as it comes to be, in the order of the execution graph.
pub struct Execution {
    world: RefCell<World>,
    providers: ProviderTable,
    schemas: Schemas,
    rows: HashMap<InstanceAddress, ResourceChange>,
    /// What the plan says of the outputs of the root module.
    outputs: BTreeMap<String, OutputChange>,
    /// What was last asked of the service for an instance.
    desired: RefCell<HashMap<InstanceId, Value>>,
}

/// Fills bytes with randomness.
pub type Fill = Box<dyn FnMut(&mut [u8]) + Send>;

/// What an apply brings of its own.
pub struct ApplyContext {
    /// The instant that `timestamp()` tells.
    pub now: Timestamp,
    /// Fills bytes with randomness, for `uuid()` and `bcrypt()`.
    pub random: Fill,
}

impl Execution {
    /// Starts from a plan and the configuration that it carries.
    ///
    /// # Errors
    /// When the configuration does not evaluate as it did while planning.
    pub fn new(
        plan: &Plan,
        configuration: Arc<Configuration>,
        schemas: Schemas,
        prior: Prior,
        context: ApplyContext,
    ) -> Result<Self, Diagnostics> {
        replay::replay(plan, &configuration, schemas, &prior, context)
    }

    /// A provider configuration, wholly known and without marks, and the behaviour major that it selects.
    ///
    /// # Errors
    /// When it cannot be evaluated, or something it needs is not known yet.
    pub fn provider_config(
        &self,
        address: &ProviderConfigAddress,
    ) -> Result<(Value, Option<u64>), Diagnostics> {
        let row = self.providers.rows.iter().find(|row| row.address == *address);
        let Some((row, provider)) = row.and_then(|row| Some((row, row.provider.clone()?))) else {
            let detail = format!("There is no provider for {address}.");
            return Err(Diagnostic::error(&codes::NO_PROVIDER, "Unknown provider")
                .detail(detail)
                .into());
        };
        let (config, _, found) = provider_configuration(&self.world.borrow(), row, &provider);
        self.settle(found)?;
        if !config.is_wholly_known() {
            return Err(still_open(&format!("The configuration of {address}")).into());
        }
        Ok((config.unmark_deep().0, row.major))
    }

    /// The object that an instance shall become, with marks. What the remote decides is null.
    ///
    /// # Errors
    /// When an argument cannot be evaluated, is still not known, or contradicts the plan.
    pub fn desired(&self, address: &InstanceAddress) -> Result<Value, Diagnostics> {
        let (id, change, resource) = self.managed(address)?;
        let Some(planned) = change.after.clone() else {
            return Err(not_planned(address).into());
        };
        let block = &resource.schema().block;
        let secret = crate::change::has_write_only(block);
        if planned.is_wholly_known() && !secret {
            self.desired.borrow_mut().insert(id, planned.clone());
            return Ok(planned);
        }
        let before = change.before.clone().filter(|_| !change.action.is_replace());
        let config = self.arguments(id, block)?;
        let written_once = config.clone();
        let world = self.world.borrow();
        let written = written(&world, id);
        let config = match (&before, &written.lifecycle.ignore_changes) {
            (Some(before), IgnoreChanges::All) => ignore_all(block, &config, before),
            (Some(before), IgnoreChanges::Paths(paths)) => paths
                .iter()
                .fold(config, |config, (path, _)| ignore_path(config, before, path)),
            (None, _) => config,
        };
        let broken = broken(block, &config, (address, &written.body));
        if broken.has_errors() {
            return Err(broken);
        }
        let (filled, contradictions) = fill(block, &planned, &config);
        if let Some(path) = contradictions.first() {
            return Err(contradiction(address, &path.to_string())
                .at(written.body.locate(path))
                .into());
        }
        if !filled.is_wholly_known() {
            return Err(still_open(&format!("An argument of {address}"))
                .at(written.span)
                .into());
        }
        self.desired.borrow_mut().insert(id, filled.clone());
        Ok(if secret {
            crate::change::with_write_only(block, &filled, &written_once)
        } else {
            filled
        })
    }

    /// The arguments of a data source, wholly known and without marks.
    ///
    /// # Errors
    /// When one cannot be evaluated or is still not known.
    pub fn data_config(&self, address: &InstanceAddress) -> Result<Value, Diagnostics> {
        let block = self.data_block(address).ok_or_else(|| not_planned(address))?;
        let id = self
            .world
            .borrow()
            .find_instance(address)
            .ok_or_else(|| not_planned(address))?;
        let config = self.arguments(id, &block)?;
        let broken = broken(
            &block,
            &config,
            (address, &written(&self.world.borrow(), id).body),
        );
        if broken.has_errors() {
            return Err(broken);
        }
        let config = with_defaults(&block, &config);
        if !config.is_wholly_known() {
            return Err(still_open(&format!("An argument of {address}")).into());
        }
        Ok(config.unmark_deep().0)
    }

    /// Tells the object that create, update or read gave; answers it as it is to be recorded, with marks, and what in it
    /// contradicts the plan.
    pub fn record(&mut self, address: &InstanceAddress, object: Value) -> (Value, Diagnostics) {
        let mut found = Diagnostics::new();
        let Some(id) = self.world.borrow().find_instance(address) else {
            return (object, not_planned(address).into());
        };
        let recorded = match address.resource.mode {
            ResourceMode::Data => match self.data_block(address) {
                Some(block) => match self.arguments(id, &block) {
                    Ok(config) => crate::change::answered(&block, &config, &object),
                    Err(error) => {
                        found.extend(error);
                        object.clone()
                    }
                },
                None => object.clone(),
            },
            ResourceMode::Ephemeral => {
                let opened = match self.data_block(address) {
                    Some(block) => crate::change::schema_marks(&block, &object),
                    None => object.clone(),
                };
                opened.marked(Marks::EPHEMERAL)
            }
            ResourceMode::Managed => match self.managed(address) {
                Ok((_, _, resource)) => {
                    let block = &resource.schema().block;
                    let desired = self
                        .desired
                        .borrow()
                        .get(&id)
                        .cloned()
                        .unwrap_or_else(|| object.clone());
                    let recorded = as_recorded(block, &desired, &object);
                    found.extend(contradictions(block, &desired, &recorded).iter().map(|path| {
                        let detail = format!("The service made {address} with another `{path}` than was asked for. It is recorded as it is; the next plan shows the difference.");
                        Diagnostic::warning(&codes::INCONSISTENT, "Result contradicts the plan").detail(detail).address(address)
                    }));
                    recorded
                }
                Err(error) => {
                    found.push(error);
                    object.clone()
                }
            },
        };
        self.world.get_mut().set_value(id, Some(recorded.clone()));
        (recorded, found)
    }

    /// Tells that an object is gone.
    pub fn record_deleted(&mut self, address: &InstanceAddress) {
        let replaced = self
            .rows
            .get(address)
            .is_some_and(|change| change.action.is_replace());
        let world = self.world.get_mut();
        if let Some(id) = world.find_instance(address).filter(|_| !replaced) {
            world.set_value(id, None);
        }
    }

    /// Where the block of an instance is written.
    #[must_use]
    pub fn place(&self, address: &InstanceAddress) -> Option<Span> {
        self.written(address, |resource| resource.span)
    }

    /// Where an argument of an instance is written; where its block is, when it is not.
    #[must_use]
    pub fn argument_place(&self, address: &InstanceAddress, path: &AttributePath) -> Option<Span> {
        self.written(address, |resource| resource.body.locate(path))
    }

    fn written(&self, address: &InstanceAddress, read: impl Fn(&Resource) -> Span) -> Option<Span> {
        let world = self.world.borrow();
        let (module, block) = world.declared(&address.resource)?;
        let written = &world.statics[module as usize].module;
        let (_, resource) = written.resources.get_index(block as usize)?;
        Some(read(resource))
    }

    /// Evaluates the postconditions of an instance that has its object.
    pub fn postconditions(&self, address: &InstanceAddress) -> Diagnostics {
        let Some(id) = self.world.borrow().find_instance(address) else {
            return Diagnostics::new();
        };
        let world = self.world.borrow();
        let written = written(&world, id);
        let repetition = world.repetition(id);
        let mut found = Diagnostics::new();
        for condition in &written.lifecycle.postconditions {
            let instance = &world.instances[id as usize];
            let scope = EvalScope::new(&world, instance.module).repeating(&repetition);
            let scope = instance
                .value
                .clone()
                .into_iter()
                .fold(scope, EvalScope::with_self);
            match judge(condition, &scope) {
                Ok(Verdict::Holds | Verdict::Open) => {}
                Ok(Verdict::Fails(message)) => {
                    let diagnostic =
                        Diagnostic::error(&codes::CONDITION, "Condition not met").detail(message);
                    found.push(
                        diagnostic
                            .at(condition.condition.span())
                            .context(condition.span)
                            .address(address),
                    );
                }
                Err(errors) => found.extend(errors),
            }
        }
        found
    }

    /// What the configuration runs on this machine on an occasion. `self` is the object as given, else as it was recorded.
    ///
    /// # Errors
    /// When an argument cannot be evaluated.
    pub fn provisioners(
        &self,
        address: &InstanceAddress,
        object: Option<&Value>,
        occasion: Occasion,
    ) -> Result<Vec<LocalExec>, Diagnostics> {
        provisioner::evaluate(&self.world.borrow(), address, object, occasion)
    }

    /// The outputs of the root module as the plan leaves them, marked where they are sensitive; those that cannot be told yet are
    /// left out.
    pub fn outputs(&self) -> (BTreeMap<String, PriorOutput>, Diagnostics) {
        let mut outputs = BTreeMap::new();
        let world = self.world.borrow();
        let Some(root) = world.statics.first() else {
            return (outputs, Diagnostics::new());
        };
        for ((name, output), index) in root.module.outputs.iter().zip(0..) {
            let value = match self.outputs.get(&**name) {
                None | Some(OutputChange { after: None, .. }) => continue,
                Some(change) if change.action() != Action::NoOp => world.output(0, index),
                Some(OutputChange {
                    after: Some(kept), ..
                }) => kept.clone(),
            };
            if value.is_wholly_known() && !value.is_null() {
                outputs.insert(
                    name.to_string(),
                    PriorOutput {
                        value,
                        sensitive: output.sensitive,
                    },
                );
            }
        }
        // A plan for certain targets leaves what is no longer declared as it was.
        let declared = &root.module.outputs;
        for (name, change) in self
            .outputs
            .iter()
            .filter(|(name, _)| !declared.contains_key(name.as_str()))
        {
            if let Some(kept) = change.after.clone() {
                let sensitive = change.sensitive;
                outputs.insert(
                    name.clone(),
                    PriorOutput {
                        value: kept,
                        sensitive,
                    },
                );
            }
        }
        (outputs, world.take_errors())
    }

    fn managed(
        &self,
        address: &InstanceAddress,
    ) -> Result<(InstanceId, &ResourceChange, Arc<dyn AnyResource>), Diagnostic> {
        let id = self
            .world
            .borrow()
            .find_instance(address)
            .ok_or_else(|| not_planned(address))?;
        let change = self.rows.get(address).ok_or_else(|| not_planned(address))?;
        let resource = self
            .schemas
            .resource(&change.provider.provider, &address.resource.resource_type);
        Ok((id, change, resource.cloned().ok_or_else(|| not_planned(address))?))
    }

    fn data_block(&self, address: &InstanceAddress) -> Option<Block> {
        let change = self.rows.get(address)?;
        let provider = self.schemas.provider(&change.provider.provider)?;
        let resource = &address.resource;
        let schema = crate::schemas::schema_of(provider, resource.mode, &resource.resource_type)?;
        Some(schema.block.clone())
    }

    /// The arguments of an instance as they evaluate now.
    fn arguments(&self, id: InstanceId, block: &Block) -> Result<Value, Diagnostics> {
        self.world.borrow_mut().renew_repetitions(id)?;
        let world = self.world.borrow();
        let repetition = world.repetition(id);
        let evaluated = configuration(&world, id, block, &repetition);
        self.settle(evaluated.found)?;
        Ok(evaluated.config)
    }

    /// Errors of an evaluation, those of the values that it used included.
    fn settle(&self, mut found: Diagnostics) -> Result<(), Diagnostics> {
        found.extend(self.world.borrow().take_errors());
        if found.has_errors() { Err(found) } else { Ok(()) }
    }
}

/// The rules that arguments break, now that they are known.
fn broken(block: &Block, config: &Value, (address, body): (&InstanceAddress, &Body)) -> Diagnostics {
    let diagnostics = violations(block, config).into_iter().map(|violation| {
        Diagnostic::error(&codes::ARGUMENT, violation.summary)
            .detail(violation.detail)
            .at(body.locate(&violation.path))
            .address(address)
    });
    diagnostics.collect()
}

fn not_planned(address: &InstanceAddress) -> Diagnostic {
    Diagnostic::error(&codes::INCONSISTENT, "Not part of the plan")
        .detail(format!(
            "{address} is not part of the plan. This is a bug in regprov."
        ))
        .address(address)
}

fn still_open(what: &str) -> Diagnostic {
    Diagnostic::error(&codes::INCONSISTENT, "Value still not known")
        .detail(format!(
            "{what} is still not known although all that it depends on is done."
        ))
        .help("Plan again. If it happens again, this is a bug in regprov.")
}

fn contradiction(address: &InstanceAddress, path: &str) -> Diagnostic {
    Diagnostic::error(&codes::INCONSISTENT, "Result contradicts the plan")
        .detail(format!(
            "`{path}` of {address} turned out otherwise than the plan said, so nothing was done with it."
        ))
        .help("Plan again.")
        .address(address)
}
