//! What each answer changes.

use super::Planner;
use super::needs::Purpose;
use super::priors::Observation;
use crate::change::merge_observed;
use crate::codes;
use crate::world::{Asked, InstanceId};
use crate::{Answer, Unchecked};
use regprov_addr::{InstanceAddress, ResourceMode};
use regprov_diag::{Diagnostic, Span};
use regprov_lang::Body;
use regprov_provider::{Error, Finding, Observed};
use regprov_value::Value;
use std::io;

impl Planner {
    pub(super) fn take_answer(&mut self, purpose: &Purpose, answer: Answer) {
        match (purpose, answer) {
            (Purpose::File(asked), answer) => self.take_file(asked, answer),
            (Purpose::Connect(row), Answer::Connected(result)) => self.take_connection(*row, result),
            (Purpose::Refresh(prior), Answer::Observed(result)) => self.take_refresh(*prior, result),
            (Purpose::Import(instance), Answer::Observed(result)) => self.take_import(*instance, result),
            (Purpose::Data(instance), Answer::Data(result)) => self.take_data(*instance, result),
            (Purpose::Existing(instance, id), Answer::Observed(result)) => {
                self.take_existing(*instance, id, result)
            }
            (Purpose::Adopt(instance, id), Answer::Observed(result)) => {
                self.take_adoption(*instance, id, result)
            }
            (Purpose::Preflight(instance), Answer::Findings(findings)) => {
                self.take_findings(*instance, findings)
            }
            (_, _) => self.diagnostics.push(
                Diagnostic::error(&codes::READ, "Answer of another kind")
                    .detail("The engine answered something that was not asked. This is a bug in regprov."),
            ),
        }
    }

    fn take_file(&mut self, asked: &Asked, answer: Answer) {
        use crate::world::remember;
        let wrong = || io::Error::other("the answer is of another kind");
        let files = &mut self.world.files;
        match (asked, answer) {
            (Asked::Read(path), Answer::File(result)) => {
                files.contents.insert(path.clone(), remember(result));
            }
            (Asked::Kind(path), Answer::FileKind(result)) => {
                files.kinds.insert(path.clone(), remember(result));
            }
            (Asked::Walk(path), Answer::Walk(result)) => {
                files.walks.insert(path.clone(), remember(result));
            }
            (Asked::Read(path), _) => {
                files.contents.insert(path.clone(), remember(Err(wrong())));
            }
            (Asked::Kind(path), _) => {
                files.kinds.insert(path.clone(), remember(Err(wrong())));
            }
            (Asked::Walk(path), _) => {
                files.walks.insert(path.clone(), remember(Err(wrong())));
            }
        }
    }

    fn take_refresh(&mut self, position: usize, result: Result<Observed<Value>, Error>) {
        let object = &mut self.priors.objects[position];
        let schema = object.resource.schema();
        match result {
            Ok(Observed::Present(value)) => {
                let merged = merge_observed(&schema.block, &value, &object.recorded);
                object.observed = Observation::Present(crate::change::schema_marks(&schema.block, &merged));
            }
            Ok(Observed::Absent) => object.observed = Observation::Absent,
            Ok(Observed::Settling(reason)) => {
                let what = format!("It is not settled ({reason}), so it was planned as last recorded.");
                self.unchecked.push(Unchecked {
                    address: object.address.clone(),
                    what,
                });
            }
            Err(error) => {
                let address = object.address.clone();
                let place = self.place_of(&address);
                self.diagnostics.push(service_error(&error, &address, place));
            }
        }
    }

    fn take_data(&mut self, instance: InstanceId, result: Result<Value, Error>) {
        match result {
            Ok(value) if self.world.instance_address(instance).resource.mode == ResourceMode::Ephemeral => {
                self.opened(instance, &value);
            }
            Ok(value) => self.data_read(instance, &value),
            Err(error) if self.only_fails_a_check(instance, &error) => self.scoped_failed(instance, &error),
            Err(error) => {
                let address = self.world.instance_address(instance);
                let place = self.argument_place(instance, &error);
                self.diagnostics.push(service_error(&error, &address, place));
            }
        }
    }

    fn take_existing(&mut self, instance: InstanceId, id: &str, result: Result<Observed<Value>, Error>) {
        let address = self.world.instance_address(instance);
        match result {
            Ok(Observed::Absent) => {}
            Ok(Observed::Settling(_) | Observed::Present(_)) => {
                let place = self.place_of(&address);
                self.diagnostics.push(exists(&address, id).at(place));
            }
            Err(error) => {
                let what = format!("Whether it exists already was not checked: {}", error.message);
                self.unchecked.push(Unchecked { address, what });
            }
        }
    }

    fn take_findings(&mut self, instance: InstanceId, findings: Vec<Finding>) {
        for finding in findings {
            let diagnostic = self.finding(instance, finding);
            self.diagnostics.push(diagnostic);
        }
    }

    /// A finding of a provider at its argument.
    pub(super) fn finding(&self, instance: InstanceId, finding: Finding) -> Diagnostic {
        let body = &self.written_block(instance).body;
        self::finding(Some(body), &self.world.instance_address(instance), finding)
    }

    /// The place of the argument that an error is about, else of the block.
    pub(super) fn argument_place(&self, instance: InstanceId, error: &Error) -> Option<Span> {
        let body = &self.written_block(instance).body;
        match &error.kind {
            regprov_provider::ErrorKind::Invalid(Some(path)) => Some(body.locate(path)),
            _ => Some(body.span),
        }
    }

    /// The block of an instance, as it is written.
    pub(super) fn written_block(&self, instance: InstanceId) -> &regprov_lang::Resource {
        let instance = &self.world.instances[instance as usize];
        let resources = &self.world.written(instance.module).resources;
        let (_, block) = resources
            .get_index(instance.block as usize)
            .expect("blocks are numbered by their module");
        block
    }

    /// Where the block of an address stands, if it is written.
    pub(super) fn place_of(&self, address: &InstanceAddress) -> Option<Span> {
        let (module, block) = self.world.declared(&address.resource)?;
        let resources = &self.world.statics[module as usize].module.resources;
        resources.get_index(block as usize).map(|(_, block)| block.span)
    }
}

/// A finding of a provider at the argument of a block.
pub(crate) fn finding(body: Option<&Body>, address: &InstanceAddress, finding: Finding) -> Diagnostic {
    let diagnostic = match finding.fatal {
        true => Diagnostic::error(&codes::PREFLIGHT, finding.summary),
        false => Diagnostic::warning(&codes::PREFLIGHT, finding.summary),
    };
    let place = body.map(|body| finding.path.as_ref().map_or(body.span, |path| body.locate(path)));
    let diagnostic = diagnostic
        .detail(finding.detail)
        .at(place)
        .context(body.map(|body| body.span))
        .address(address);
    finding.remedy.into_iter().fold(diagnostic, Diagnostic::help)
}

/// An error of a service while planning.
pub(super) fn service_error(error: &Error, address: &InstanceAddress, place: Option<Span>) -> Diagnostic {
    let asked = error
        .operation
        .as_ref()
        .map(|operation| format!(" (asked: {operation})"))
        .unwrap_or_default();
    let detail = format!("Reading {address} failed: {}{asked}", error.message);
    let diagnostic = Diagnostic::error(&codes::READ, "Object cannot be read")
        .detail(detail)
        .at(place)
        .address(address);
    error.remedy.iter().fold(diagnostic, Diagnostic::help)
}

/// The diagnostic of an object that is there and not ours.
pub(crate) fn exists(address: &InstanceAddress, id: &str) -> Diagnostic {
    Diagnostic::error(&codes::EXISTS, "Object already exists")
        .detail(format!("An object with the id `{id}` exists, and the state does not know it, so {address} would not be created but changed or refused."))
        .help(format!("Take it over with this block:\n\nimport {{\n  to = {address}\n  id = {id:?}\n}}"))
        .help("Or plan with `-adopt`, which takes over what exists already, and lists it. Or choose another name, or delete that object.")
        .address(address)
}
