//! One instance of a managed resource.

use super::Planner;
use super::block::Progress;
use super::needs::Purpose;
use super::providers::ProviderStatus;
use crate::change::{Decision, Question, content_equal, decide, violations};
use crate::evaluate::{Evaluated, configuration};
use crate::world::{Dep, EvalScope, InstanceId, Repetition};
use crate::{Action, Need, Reason, ReasonKind, ResourceChange, Unchecked, codes};
use regprov_addr::{AttributePath, InstanceAddress, InstanceKey};
use regprov_diag::Diagnostic;
use regprov_graph::NodeId as GraphId;
use regprov_lang::Resource;
use regprov_provider::{AnyResource, Connection};
use std::sync::Arc;

impl Planner {
    pub(super) fn plan_instance(
        &mut self,
        node: GraphId,
        id: InstanceId,
        address: &InstanceAddress,
    ) -> Progress {
        let written = self
            .world
            .written(self.world.instances[id as usize].module)
            .clone();
        let (_, block) = written
            .resources
            .get_index(self.world.instances[id as usize].block as usize)
            .expect("blocks are numbered by their module");
        let row = self.row_of(id);
        let Some(resource) = self.resource_of(row, &address.resource.resource_type) else {
            return Progress::Failed;
        };
        let repetition = self.repetition(id);
        let evaluated = configuration(&self.world, id, &resource.schema().block, &repetition);
        if self.world.files.is_missing_some() {
            return Progress::Again;
        }
        if !self.accept_arguments(id, block, resource.as_ref(), &evaluated) {
            return Progress::Failed;
        }
        if !self.conditions(id, &block.lifecycle.preconditions, &repetition, None) {
            return Progress::Failed;
        }
        let prior = match self.prior_of(address) {
            Some(prior) => Some(prior),
            None => match self.import(node, id, address, resource.as_ref()) {
                Ok(prior) => prior,
                Err(progress) => return progress,
            },
        };
        self.note_dependencies(id, &evaluated, row);
        let forced = self.forced_replacement(id, block, &repetition, prior, address);
        let (mut change, decision) = self.decide_instance(
            (id, row, address),
            block,
            (resource.as_ref(), &evaluated),
            (prior, forced),
        );
        if prior.is_none()
            && let Some(progress) = self.adopt(node, id, &change, resource.as_ref())
        {
            return progress;
        }
        self.note_adoption(id, &mut change);
        for finding in decision.findings {
            let diagnostic = self.finding(id, finding);
            self.diagnostics.push(diagnostic);
        }
        self.settle(id, change, resource.as_ref());
        let object = self.world.instances[id as usize].value.clone();
        self.conditions(id, &block.lifecycle.postconditions, &repetition, object);
        Progress::Done
    }

    /// Reports what is wrong with the arguments; answers whether planning can go on.
    fn accept_arguments(
        &mut self,
        id: InstanceId,
        block: &Resource,
        resource: &dyn AnyResource,
        evaluated: &Evaluated,
    ) -> bool {
        let address = self.world.instance_address(id);
        let mut failed = false;
        let broken = violations(&resource.schema().block, &evaluated.config)
            .into_iter()
            .map(|violation| {
                Diagnostic::error(&codes::ARGUMENT, violation.summary)
                    .detail(violation.detail)
                    .at(block.body.locate(&violation.path))
                    .context(block.span)
            });
        let lifecycle = crate::lifecycle::ignorable(block, &resource.schema().block);
        for mut diagnostic in evaluated.found.clone().into_iter().chain(broken).chain(lifecycle) {
            // A warning is about what is written, the same for all instances; one of them is enough.
            if diagnostic.is_error() {
                failed = true;
                diagnostic.address.get_or_insert_with(|| address.to_string());
            }
            self.diagnostics.push(diagnostic);
        }
        !failed
    }

    fn decide_instance(
        &self,
        at: (InstanceId, u32, &InstanceAddress),
        block: &Resource,
        new: (&dyn AnyResource, &Evaluated),
        old: (Option<usize>, Option<ReasonKind>),
    ) -> (ResourceChange, Decision) {
        let ((id, row, address), (resource, evaluated), (prior, forced)) = (at, new, old);
        let status = &self.providers.rows[row as usize].status;
        let object = prior.map(|prior| &self.priors.objects[prior]);
        let current = object.and_then(|object| object.current());
        let create_first = self.creates_first(id, block);
        let question = Question {
            resource,
            connection: connection(status),
            config: &evaluated.config,
            prior: current,
            forced,
            ignore: &block.lifecycle.ignore_changes,
            create_first,
        };
        let mut decision = decide(&question);
        if let Some(gone) = object.filter(|_| current.is_none()) {
            decision.reasons.push((gone.why_gone(), None));
        }
        let previous = object
            .map(|object| &object.record.address)
            .filter(|previous| *previous != address);
        let change = ResourceChange {
            address: address.clone(),
            previous_address: previous.cloned(),
            deposed: None,
            provider: self.providers.rows[row as usize].address.clone(),
            action: decision.action,
            before: current.cloned(),
            after: Some(decision.after.clone()),
            reasons: decision
                .reasons
                .iter()
                .map(|(kind, path)| self.reason(block, *kind, path.as_ref()))
                .collect(),
            dependencies: Vec::new(),
            recorded_dependencies: object
                .map(|object| object.record.dependencies.clone())
                .unwrap_or_default(),
            tainted: object.is_some_and(|object| object.record.tainted),
            create_before_destroy: create_first,
            id: current.and_then(|current| resource.id(&current.unmark_deep().0)),
            importing: self
                .imports
                .get(address)
                .filter(|wanted| wanted.read)
                .map(|wanted| wanted.id.clone()),
            timeouts: evaluated.timeouts.clone(),
            place: Some(self.settings.sources.place(block.span)),
        };
        (change, decision)
    }

    fn reason(&self, block: &Resource, kind: ReasonKind, path: Option<&AttributePath>) -> Reason {
        let place = path.map(|path| self.settings.sources.place(block.body.locate(path)));
        Reason {
            kind,
            path: path.cloned(),
            place,
        }
    }

    /// Records the planned object, and asks what the service says to it.
    fn settle(&mut self, id: InstanceId, change: ResourceChange, resource: &dyn AnyResource) {
        self.world.instances[id as usize].before = change.before.clone();
        self.world.set_value(id, change.after.clone());
        if change.action != Action::NoOp {
            self.check_at_service(id, &change, resource);
        }
        let destroys = change.action.is_replace() || self.is_lost_by_plan(self.row_of(id), &change);
        let prevented = destroys
            .then(|| self.written_block(id).lifecycle.prevent_destroy)
            .flatten();
        if let Some((true, place)) = prevented {
            let diagnostic = prevent_destroy(&change).at(place);
            self.diagnostics.push(diagnostic);
        }
        self.rows.insert(id, change);
    }

    fn check_at_service(&mut self, id: InstanceId, change: &ResourceChange, resource: &dyn AnyResource) {
        let row = self.row_of(id);
        let Some(after) = &change.after else { return };
        let address = || change.address.clone();
        let connection = match &self.providers.rows[row as usize].status {
            ProviderStatus::Connected(connection) => connection.clone(),
            ProviderStatus::Idle | ProviderStatus::Open { .. } => {
                let name = self.providers.rows[row as usize].address.provider.short();
                let what = format!(
                    "It was not checked at the service: the configuration of {name} is known only after apply."
                );
                self.unchecked.push(Unchecked {
                    address: address(),
                    what,
                });
                return;
            }
        };
        if !resource.has_preflight() && !super::adopt::names_itself(resource) {
            return;
        }
        let (desired, _) = after.unmark_deep();
        let provider = change.provider.clone();
        let resource_type = resource.type_name().to_owned();
        match super::adopt::identity(change.action, resource, &connection, &desired) {
            Some(identity) if self.is_recorded(row, &resource_type, &identity) => {
                self.successors.push((id, identity))
            }
            // `-adopt` looked already.
            Some(_) if self.adoptions.contains_key(&id) => {}
            Some(identity) => {
                let need = Need::Existing {
                    provider: provider.clone(),
                    resource_type: resource_type.clone(),
                    id: identity.clone(),
                    address: address(),
                };
                self.needs.ask(need, Purpose::Existing(id, identity), None);
            }
            None => {}
        }
        let before = change.before.as_ref().map(|before| before.unmark_deep().0);
        let (prior, replaced) = if change.action.is_replace() {
            (None, before)
        } else {
            (before, None)
        };
        let need = Need::Preflight {
            provider,
            resource_type,
            prior,
            replaced,
            desired,
            address: address(),
        };
        self.needs.ask(need, Purpose::Preflight(id), None);
    }

    /// Whether the state knows an object of this identity: then it is ours, and another instance gives it up.
    pub(super) fn is_recorded(&mut self, row: u32, resource_type: &str, identity: &str) -> bool {
        let objects = &self.priors.objects;
        let identities = self.identities.get_or_insert_with(|| {
            let identities = objects.iter().filter_map(|object| {
                let id = object.resource.id(&object.recorded.unmark_deep().0)?;
                Some((object.row, object.resource.type_name().to_owned(), id))
            });
            identities.collect()
        });
        identities.contains(&(row, resource_type.to_owned(), identity.to_owned()))
    }

    /// The recorded object of an instance. Where `count` or `for_each` came or went, the first one carries over.
    fn prior_of(&mut self, address: &InstanceAddress) -> Option<usize> {
        let other = match &address.key {
            None => Some(Some(InstanceKey::Int(0))),
            Some(InstanceKey::Int(0)) => Some(None),
            Some(InstanceKey::Int(_) | InstanceKey::String(_)) => None,
        };
        let found = self.priors.find(address).or_else(|| {
            let instance = other.map(|key| address.resource.instance(key))?;
            self.priors.find(&instance)
        })?;
        self.priors.objects[found].used = true;
        Some(found)
    }

    /// Why an object is to be replaced whatever its arguments say.
    fn forced_replacement(
        &mut self,
        id: InstanceId,
        block: &Resource,
        repetition: &Repetition,
        prior: Option<usize>,
        address: &InstanceAddress,
    ) -> Option<ReasonKind> {
        let prior = prior?;
        if self.priors.objects[prior].record.tainted {
            return Some(ReasonKind::Tainted);
        }
        if self.settings.replace.contains(address) {
            return Some(ReasonKind::Requested);
        }
        self.is_triggered(id, block, repetition)
            .then_some(ReasonKind::Triggered)
    }

    /// Whether something in `replace_triggered_by` changes.
    fn is_triggered(&mut self, id: InstanceId, block: &Resource, repetition: &Repetition) -> bool {
        let module = self.world.instances[id as usize].module;
        let mut triggered = false;
        for expression in &block.lifecycle.replace_triggered_by {
            let scope = EvalScope::new(&self.world, module).repeating(repetition);
            let after = expression.evaluate(&scope);
            let deps = scope.into_deps();
            if expression.as_reference().is_some() {
                triggered |= deps.iter().any(|dep| self.changes_in_place(*dep));
            } else {
                let scope = EvalScope::new(&self.world, module).repeating(repetition).before();
                let same = match (expression.evaluate(&scope), &after) {
                    (Ok(before), Ok(after)) => !before.is_wholly_known() || content_equal(&before, after),
                    (_, _) => true,
                };
                triggered |= !same;
            }
            self.diagnostics.take(after);
            let all: Vec<Dep> = self.world.instances[id as usize]
                .deps
                .iter()
                .copied()
                .chain(deps)
                .collect();
            self.world.instances[id as usize].deps = all.into();
        }
        triggered
    }

    fn changes_in_place(&self, dep: Dep) -> bool {
        let changes = |id: InstanceId| {
            self.rows
                .get(id)
                .is_some_and(|change| change.action == Action::Update || change.action.is_replace())
        };
        match dep {
            Dep::Instance(id) => changes(id),
            Dep::Block(module, block) => self.world.instances_of(module, block).any(changes),
            Dep::Variable(..) | Dep::Local(..) | Dep::Output(..) | Dep::Call(..) | Dep::Subtree(_) => false,
        }
    }

    /// Adds to what decided that the instance exists what its arguments were computed from.
    fn note_dependencies(&mut self, id: InstanceId, evaluated: &Evaluated, row: u32) {
        let decided = self.world.instances[id as usize].deps.clone();
        let provider = self.providers.rows[row as usize].deps.clone();
        let mut all: Vec<Dep> = Vec::with_capacity(decided.len() + evaluated.deps.len() + provider.len());
        for dep in decided.iter().chain(&evaluated.deps).chain(provider.iter()) {
            if !all.contains(dep) {
                all.push(*dep);
            }
        }
        self.world.instances[id as usize].deps = all.into();
    }

    pub(super) fn repetition(&self, id: InstanceId) -> Repetition {
        self.world.repetition(id)
    }

    /// The provider configuration of an instance.
    pub(super) fn row_of(&self, id: InstanceId) -> u32 {
        let instance = &self.world.instances[id as usize];
        let of = self.world.modules[instance.module as usize].of;
        self.providers
            .of_block(of, instance.block)
            .expect("every block has a provider configuration, or planning does not begin")
    }

    pub(super) fn resource_of(&self, row: u32, resource_type: &str) -> Option<Arc<dyn AnyResource>> {
        self.providers.rows[row as usize]
            .provider
            .as_ref()?
            .resource(resource_type)
            .cloned()
    }

    fn creates_first(&self, id: InstanceId, block: &Resource) -> bool {
        let instance = &self.world.instances[id as usize];
        let of = self.world.modules[instance.module as usize].of;
        block.lifecycle.create_before_destroy.unwrap_or(false)
            || self.creating_first.contains(&(of, instance.block))
    }
}

pub(super) fn connection(status: &ProviderStatus) -> Option<&Connection> {
    match status {
        ProviderStatus::Connected(connection) => Some(connection),
        ProviderStatus::Idle | ProviderStatus::Open { .. } => None,
    }
}

/// The error of a plan that destroys what must not be.
pub(super) fn prevent_destroy(change: &ResourceChange) -> Diagnostic {
    let why: Vec<String> = change
        .reasons
        .iter()
        .filter_map(|reason| Some(format!("`{}`", reason.path.as_ref()?)))
        .collect();
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(" It would be replaced because of {}.", why.join(", "))
    };
    Diagnostic::error(&codes::PREVENT_DESTROY, "Instance cannot be destroyed")
        .detail(format!(
            "{} has `prevent_destroy = true`, and the plan would destroy its object.{why}",
            change.address
        ))
        .help("Take the change back, or remove `prevent_destroy` if the object may go.")
        .address(&change.address)
}
