//! One instance of an ephemeral resource: opened while planning where that is possible, and again while applying.

use super::Planner;
use super::block::Progress;
use super::instance::connection;
use super::needs::Purpose;
use crate::change::{propose, schema_marks, violations};
use crate::evaluate::configuration;
use crate::world::{InstanceId, StaticId};
use crate::{Action, Need, codes};
use regprov_addr::{InstanceAddress, ResourceMode};
use regprov_diag::Diagnostic;
use regprov_graph::NodeId as GraphId;
use regprov_value::{Marks, Value};

impl Planner {
    /// Whether a block is opened in every run, whatever the run is for.
    pub(super) fn is_ephemeral(&self, module: StaticId, block: u32) -> bool {
        let resources = &self.world.statics[module as usize].module.resources;
        let named = resources.get_index(block as usize);
        named.is_some_and(|(name, _)| name.mode == ResourceMode::Ephemeral)
    }

    pub(super) fn plan_ephemeral(
        &mut self,
        node: GraphId,
        id: InstanceId,
        address: &InstanceAddress,
    ) -> Progress {
        let block = self.written_block(id).clone();
        let row = self.row_of(id);
        let provider = self.providers.rows[row as usize].provider.clone();
        let kind = &address.resource.resource_type;
        let Some(resource) = provider.and_then(|provider| provider.ephemeral_resource(kind).cloned()) else {
            return Progress::Failed;
        };
        let schema = &resource.schema().block;
        let repetition = self.repetition(id);
        let evaluated = configuration(&self.world, id, schema, &repetition);
        if self.world.files.is_missing_some() {
            return Progress::Again;
        }
        let mut failed = evaluated.found.has_errors();
        self.diagnostics.extend(evaluated.found.clone());
        for violation in violations(schema, &evaluated.config) {
            let diagnostic = Diagnostic::error(&codes::ARGUMENT, violation.summary).detail(violation.detail);
            self.diagnostics
                .push(diagnostic.at(block.body.locate(&violation.path)).address(address));
            failed = true;
        }
        if failed || !self.conditions(id, &block.lifecycle.preconditions, &repetition, None) {
            return Progress::Failed;
        }
        let mut deps = evaluated.deps;
        deps.extend(self.providers.rows[row as usize].deps.iter().copied());
        self.world.instances[id as usize].deps = deps.into();
        let open = propose(schema, &evaluated.config, None).marked(Marks::EPHEMERAL);
        // The plan holds no value of it: apply opens it anew.
        let hidden = Value::unknown(schema.implied_type()).marked(Marks::EPHEMERAL);
        let change = self.data_row(id, &block, (Action::Read, None, hidden), Vec::new());
        self.rows.insert(id, change);
        self.world.set_value(id, Some(open));
        let connected = connection(&self.providers.rows[row as usize].status).is_some();
        if connected && evaluated.config.is_wholly_known() {
            let need = Need::Open {
                provider: self.providers.rows[row as usize].address.clone(),
                ephemeral_type: kind.clone(),
                config: evaluated.config.unmark_deep().0,
                address: address.clone(),
            };
            self.needs.ask(need, Purpose::Data(id), Some(node));
        }
        Progress::Done
    }

    /// An ephemeral resource was opened.
    pub(super) fn opened(&mut self, id: InstanceId, value: &Value) {
        let kind = self.world.instance_address(id).resource.resource_type;
        let provider = self.providers.rows[self.row_of(id) as usize].provider.clone();
        let Some(resource) = provider.and_then(|provider| provider.ephemeral_resource(&kind).cloned()) else {
            return;
        };
        let value = schema_marks(&resource.schema().block, value).marked(Marks::EPHEMERAL);
        self.world.set_value(id, Some(value.clone()));
        let block = self.written_block(id).clone();
        let repetition = self.repetition(id);
        self.conditions(id, &block.lifecycle.postconditions, &repetition, Some(value));
    }
}
