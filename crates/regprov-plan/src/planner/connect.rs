//! Provider configurations: evaluated, connected, and then the recorded objects read through them.

use super::needs::Purpose;
use super::providers::ProviderStatus;
use super::{Outcome, Planner};
use crate::codes;
use crate::evaluate::provider_configuration;
use crate::{Mode, Need, Unchecked};
use regprov_diag::Diagnostic;
use regprov_graph::NodeId as GraphId;
use regprov_provider::{Connection, Error};

impl Planner {
    /// Evaluates a provider configuration; asks to connect it where all of it is known.
    pub(super) fn connect_provider(&mut self, id: GraphId, row: u32) -> Outcome {
        let at = row as usize;
        match self.providers.rows[at].status {
            ProviderStatus::Idle => {}
            ProviderStatus::Connected(_) | ProviderStatus::Open { .. } => return Outcome::Done,
        }
        let Some(provider) = self.providers.rows[at].provider.clone() else {
            return Outcome::Done;
        };
        if self.blocks.contains_key(&id) {
            return Outcome::Failed; // It was asked for, and the answer was an error.
        }
        let (config, deps, found) = provider_configuration(&self.world, &self.providers.rows[at], &provider);
        if self.world.files.is_missing_some() {
            return self.conclude_evaluation(id);
        }
        self.diagnostics.extend(found);
        self.check_configuration(at, &provider.schema().block, &config);
        self.providers.rows[at].deps = deps.into();
        if self.conclude_evaluation(id) == Outcome::Failed {
            return Outcome::Failed;
        }
        let lost = self.loss(row, &config);
        if lost.is_some() || !config.is_wholly_known() {
            self.providers.rows[at].status = ProviderStatus::Open { lost: lost.clone() };
            match lost {
                Some(_) => self.lose(row),
                None if self.settings.mode == Mode::Destroy => self.refuse_unreachable(row),
                None => self.leave_unread(row),
            }
            return Outcome::Done;
        }
        let address = self.providers.rows[at].address.clone();
        let (config, _) = config.unmark_deep();
        let need = Need::Connect {
            provider: address,
            config,
            major: self.providers.rows[at].major,
        };
        self.blocks.insert(id, super::block::BlockProgress::default());
        self.needs.ask(need, Purpose::Connect(row), Some(id));
        Outcome::Waiting
    }

    fn check_configuration(
        &mut self,
        row: usize,
        schema: &regprov_schema::Block,
        config: &regprov_value::Value,
    ) {
        let Some((module, written)) = self.providers.rows[row].written else {
            return;
        };
        let body = self.world.statics[module as usize].module.provider_configs[written as usize]
            .body
            .clone();
        for violation in crate::change::violations(schema, config) {
            let place = body.locate(&violation.path);
            let diagnostic = Diagnostic::error(&codes::ARGUMENT, violation.summary).detail(violation.detail);
            self.diagnostics.push(diagnostic.at(place).context(body.span));
        }
    }

    pub(super) fn take_connection(&mut self, row: u32, result: Result<Connection, Error>) {
        match result {
            Ok(connection) => {
                self.providers.rows[row as usize].status = ProviderStatus::Connected(connection);
                self.refresh(row);
            }
            Err(error) => {
                let address = &self.providers.rows[row as usize].address;
                let name = address.provider.short();
                let place = self.providers.rows[row as usize].written.map(|(module, config)| {
                    self.world.statics[module as usize].module.provider_configs[config as usize].span
                });
                let diagnostic = Diagnostic::error(&codes::PROVIDER, "Provider cannot be connected")
                    .detail(format!(
                        "The provider {name} refuses its configuration: {}",
                        error.message
                    ))
                    .at(place);
                self.diagnostics
                    .push(error.remedy.iter().fold(diagnostic, Diagnostic::help));
            }
        }
    }

    /// Asks how every recorded object of a provider configuration stands.
    fn refresh(&mut self, row: u32) {
        if !self.settings.refresh {
            return;
        }
        for position in 0..self.priors.objects.len() {
            let object = &self.priors.objects[position];
            if object.row != row || !self.is_targeted_prior(&object.address) {
                continue;
            }
            let (plain, _) = object.recorded.unmark_deep();
            let Some(id) = object.resource.id(&plain) else {
                continue;
            };
            let need = Need::Refresh {
                provider: self.providers.rows[row as usize].address.clone(),
                resource_type: object.resource.type_name().to_owned(),
                id,
                prior: Some(plain),
                address: object.address.clone(),
            };
            let node = self
                .block_node(&object.address.resource)
                .and_then(|node| self.graph.ids.get(&node).copied());
            self.needs.ask(need, Purpose::Refresh(position), node);
        }
    }

    /// Lists the recorded objects that cannot be read before apply.
    fn leave_unread(&mut self, row: u32) {
        let address = &self.providers.rows[row as usize].address;
        let name = address.provider.short();
        for object in self.priors.objects.iter().filter(|object| object.row == row) {
            let what = format!("It was not read: the configuration of {name} is known only after apply.");
            self.unchecked.push(Unchecked {
                address: object.address.clone(),
                what,
            });
        }
    }
}
