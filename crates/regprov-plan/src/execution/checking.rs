//! What planning could not check, as its provider was not connected: checked before the first write through it.

use super::Execution;
use crate::Action;
use crate::change::fill;
use crate::evaluate::configuration;
use crate::planner::{exists, finding};
use regprov_addr::{InstanceAddress, ProviderConfigAddress};
use regprov_diag::Diagnostic;
use regprov_provider::{AnyResource, Finding};
use regprov_value::Value;
use std::sync::Arc;

/// A planned write that nothing has checked yet. Values are without marks.
pub struct Unasked {
    /// The instance.
    pub address: InstanceAddress,
    /// Its type.
    pub resource: Arc<dyn AnyResource>,
    /// Whether the object comes new, so that none of its identity may be there.
    pub comes_new: bool,
    /// The object that is changed.
    pub prior: Option<Value>,
    /// The object that is replaced.
    pub replaced: Option<Value>,
    /// The object as far as it is known now.
    pub desired: Value,
}

impl Execution {
    /// Every planned write through a provider configuration.
    pub fn unasked(&self, provider: &ProviderConfigAddress) -> Vec<Unasked> {
        let through = self.rows.values().filter(|change| change.provider == *provider);
        let writes = through.filter(|change| {
            matches!(change.action, Action::Create | Action::Update) || change.action.is_replace()
        });
        let mut found: Vec<Unasked> = writes
            .filter_map(|change| {
                let (_, _, resource) = self.managed(&change.address).ok()?;
                let before = change.before.as_ref().map(|before| before.unmark_deep().0);
                let (prior, replaced) = if change.action.is_replace() {
                    (None, before)
                } else {
                    (before, None)
                };
                Some(Unasked {
                    address: change.address.clone(),
                    comes_new: change.action == Action::Create,
                    prior,
                    replaced,
                    desired: self.foreseen(&change.address, resource.as_ref())?,
                    resource,
                })
            })
            .collect();
        found.sort_by(|a, b| a.address.cmp(&b.address));
        found
    }

    /// Whether the plan knows an object of this identity, which another instance gives up.
    pub fn is_planned_id(&self, provider: &ProviderConfigAddress, resource_type: &str, id: &str) -> bool {
        self.rows.values().any(|change| {
            change.provider == *provider
                && change.address.resource.resource_type == resource_type
                && change.id.as_deref() == Some(id)
        })
    }

    /// What a check found, at its argument.
    pub fn finding(&self, address: &InstanceAddress, found: Finding) -> Diagnostic {
        let world = self.world.borrow();
        let written = world.declared(&address.resource).and_then(|(module, block)| {
            let resources = &world.statics[module as usize].module.resources;
            resources.get_index(block as usize)
        });
        finding(written.map(|(_, block)| &block.body), address, found)
    }

    /// The diagnostic of an object that is there and not ours.
    pub fn exists(&self, address: &InstanceAddress, id: &str) -> Diagnostic {
        exists(address, id).at(self.place(address))
    }

    /// The planned object, with what is known by now.
    fn foreseen(&self, address: &InstanceAddress, resource: &dyn AnyResource) -> Option<Value> {
        let planned = self.rows.get(address)?.after.clone()?;
        if planned.is_wholly_known() {
            return Some(planned.unmark_deep().0);
        }
        let world = self.world.borrow();
        let id = world.find_instance(address)?;
        let block = &resource.schema().block;
        let evaluated = configuration(&world, id, block, &world.repetition(id));
        // What is wrong with an argument is told when it is written.
        drop(world.take_errors());
        let (filled, contradictions) = fill(block, &planned, &evaluated.config);
        let object = if contradictions.is_empty() {
            filled
        } else {
            planned
        };
        Some(object.unmark_deep().0)
    }
}
