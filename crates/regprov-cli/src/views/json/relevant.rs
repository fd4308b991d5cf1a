//! Which attributes of resources a plan's changes come from, directly or through locals, variables and outputs.

use super::configuration::literal_subject;
use super::shared::{path_steps, path_steps_text};
use regprov_addr::{
    AttributePath, AttributeStep, InstanceAddress, InstanceKey, ModuleAddress, ResourceAddress,
};
use regprov_lang::{
    Body, Configuration, Expr, IndexRef, Module, Reference, ResourceName, StaticModulePath, Subject,
};
use regprov_plan::{Action, Plan, ResourceChange};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The rows, by resource and path.
pub(super) fn attributes(plan: &Plan, configuration: &Configuration) -> Vec<Json> {
    let mut walk = Walk {
        configuration,
        seen: BTreeSet::new(),
        pending: Vec::new(),
        found: BTreeMap::new(),
    };
    for change in super::plan::changes(plan).filter(|change| change.action != Action::NoOp) {
        walk.resource(&change.address, &AttributePath::root());
    }
    for (name, _) in super::plan::looked_at(plan).filter(|(_, output)| output.action() != Action::NoOp) {
        walk.output(&ModuleAddress::root(), name);
    }
    if plan.targets.is_empty() {
        walk.child_outputs(plan);
    }
    walk.run();
    let rows = walk.found.into_values();
    rows.map(|(resource, path)| json!({ "resource": resource, "attribute": path_steps(&path) }))
        .collect()
}

/// Where a reference stands: a module, and the resource instance whose `each` and `count` are meant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    module: ModuleAddress,
    instance: Option<InstanceAddress>,
}

struct Walk<'a> {
    configuration: &'a Configuration,
    seen: BTreeSet<(Place, Subject, AttributePath)>,
    pending: Vec<(Place, Subject, AttributePath)>,
    found: BTreeMap<String, (String, AttributePath)>,
}

impl Walk<'_> {
    fn run(&mut self) {
        while let Some((place, subject, path)) = self.pending.pop() {
            self.follow(&place, &subject, &path);
        }
    }

    fn module(&self, address: &ModuleAddress) -> Option<&Module> {
        self.configuration.module(address)
    }

    fn expression(&mut self, module: &ModuleAddress, instance: Option<&InstanceAddress>, expr: &Expr) {
        self.references(module, instance, expr.references());
    }

    fn references<'r>(
        &mut self,
        module: &ModuleAddress,
        instance: Option<&InstanceAddress>,
        references: impl IntoIterator<Item = &'r Reference>,
    ) {
        for reference in references {
            let subject = literal_subject(&reference.subject);
            let repeats = matches!(
                subject,
                Subject::EachKey | Subject::EachValue | Subject::CountIndex
            );
            let place = Place {
                module: module.clone(),
                instance: instance.filter(|_| repeats).cloned(),
            };
            if let Subject::Resource { resource, index } = &subject {
                let address = instance_of(module, resource, index.as_ref()).to_string();
                let key = format!("{address} {}", path_steps_text(&reference.path));
                self.found.insert(key, (address, reference.path.clone()));
            }
            let entry = (place, subject, reference.path.clone());
            if self.seen.insert(entry.clone()) {
                self.pending.push(entry);
            }
        }
    }

    fn follow(&mut self, place: &Place, subject: &Subject, path: &AttributePath) {
        let module = &place.module;
        match subject {
            Subject::Variable(name) => self.variable(module, name),
            Subject::Local(name) => {
                let local = self.module(module).and_then(|written| written.locals.get(name));
                if let Some(expr) = local.map(|local| local.expr.clone()) {
                    self.expression(module, None, &expr);
                }
            }
            Subject::Module { name, index, output } => {
                let key = match index {
                    Some(IndexRef::Key(key)) => Some(key.clone()),
                    _ => None,
                };
                let call = self
                    .module(module)
                    .and_then(|written| written.module_calls.get(name));
                let is_key = index.is_none() && call.is_some_and(|call| call.for_each.is_some());
                let (key, output) = match output {
                    Some(instance) if is_key => (Some(InstanceKey::String(instance.as_ref().into())), &None),
                    _ => (key, output),
                };
                let child = module.child(name.to_string(), key);
                let outputs: Vec<String> = match output {
                    Some(output) => vec![output.to_string()],
                    None => self
                        .module(&child)
                        .map(|written| written.outputs.keys().map(ToString::to_string).collect())
                        .unwrap_or_default(),
                };
                for output in outputs {
                    self.output(&child, &output);
                }
            }
            Subject::EachKey | Subject::EachValue | Subject::CountIndex => self.repetition(place),
            Subject::Resource { resource, index } => {
                self.resource(&instance_of(module, resource, index.as_ref()), path);
            }
            Subject::SelfObject
            | Subject::PathModule
            | Subject::PathRoot
            | Subject::PathCwd
            | Subject::Workspace
            | Subject::Applying => {}
        }
    }

    fn variable(&mut self, module: &ModuleAddress, name: &str) {
        let (Some(caller), Some(step)) = (module.parent(), module.0.last()) else {
            return;
        };
        let call = self
            .module(&caller)
            .and_then(|written| written.module_calls.get(step.name.as_str()));
        let given = call.and_then(|call| call.inputs.attributes.get(name));
        if let Some(expr) = given.map(|given| given.expr.clone()) {
            self.expression(&caller, None, &expr);
        }
    }

    fn output(&mut self, module: &ModuleAddress, name: &str) {
        let output = self.module(module).and_then(|written| written.outputs.get(name));
        if let Some(expr) = output.map(|output| output.value.clone()) {
            self.expression(module, None, &expr);
        }
    }

    fn repetition(&mut self, place: &Place) {
        let Some(instance) = &place.instance else {
            return;
        };
        let block = self.module(&place.module).and_then(|written| {
            let resource = &instance.resource;
            written.resources.get(&ResourceName {
                mode: resource.mode,
                resource_type: resource.resource_type.as_str().into(),
                name: resource.name.as_str().into(),
            })
        });
        let repeats = block.and_then(|block| block.for_each.clone().or_else(|| block.count.clone()));
        if let Some(expr) = repeats {
            self.expression(&place.module, None, &expr);
        }
    }

    /// What a resource is made of: all of it, or the argument that a path begins with.
    fn resource(&mut self, address: &InstanceAddress, path: &AttributePath) {
        let resource = &address.resource;
        let name = ResourceName {
            mode: resource.mode,
            resource_type: resource.resource_type.as_str().into(),
            name: resource.name.as_str().into(),
        };
        let body = self
            .module(&resource.module)
            .and_then(|written| written.resources.get(&name))
            .map(|block| block.body.clone());
        let Some(body) = body else { return };
        let module = resource.module.clone();
        self.references(&module, Some(address), within(&body, path));
    }

    /// The outputs of every module that has instances; none of them is in a state.
    fn child_outputs(&mut self, plan: &Plan) {
        let mut instances: BTreeSet<ModuleAddress> = BTreeSet::new();
        let kept = |change: &&ResourceChange| !matches!(change.action, Action::Delete | Action::Forget);
        for change in plan.changes.iter().filter(kept) {
            let mut module = change.address.resource.module.clone();
            while let Some(parent) = module.parent() {
                instances.insert(module);
                module = parent;
            }
        }
        // A module without resources has one instance as far as can be told from here.
        for path in self.configuration.modules.keys() {
            let repeated = self.repeated(path);
            if !path.is_empty() && !repeated {
                let module = path.iter().fold(ModuleAddress::root(), |above, name| {
                    above.child(name.clone(), None)
                });
                instances.insert(module);
            }
        }
        for module in instances {
            let outputs: Vec<String> = self
                .module(&module)
                .map(|written| written.outputs.keys().map(ToString::to_string).collect())
                .unwrap_or_default();
            for output in outputs {
                self.output(&module, &output);
            }
        }
    }

    /// Whether a call on the way to a module repeats.
    fn repeated(&self, path: &StaticModulePath) -> bool {
        (0..path.len()).any(|at| {
            let call = self
                .configuration
                .modules
                .get(&path[..at])
                .and_then(|written| written.module_calls.get(path[at].as_str()));
            call.is_some_and(|call| call.count.is_some() || call.for_each.is_some())
        })
    }
}

fn within<'b>(body: &'b Body, path: &AttributePath) -> Vec<&'b Reference> {
    match path.0.first() {
        None => body.references().collect(),
        Some(AttributeStep::Name(name)) => match body.attributes.get(name.as_str()) {
            Some(attribute) => attribute.expr.references().iter().collect(),
            None => {
                let blocks = body.blocks.iter().filter(|block| &*block.kind == name.as_str());
                blocks.flat_map(|block| block.body.references()).collect()
            }
        },
        Some(AttributeStep::Index(_)) => Vec::new(),
    }
}

fn instance_of(module: &ModuleAddress, name: &ResourceName, index: Option<&IndexRef>) -> InstanceAddress {
    let key = match index {
        Some(IndexRef::Key(key)) => Some(key.clone()),
        _ => None,
    };
    ResourceAddress {
        module: module.clone(),
        mode: name.mode,
        resource_type: name.resource_type.to_string(),
        name: name.name.to_string(),
    }
    .instance(key)
}
