//! `check` blocks: assertions that warn.

use super::answers::service_error;
use super::conditions::{Verdict, judge};
use super::{Outcome, Planner};
use crate::world::{EvalScope, InstanceId, ModuleId, StaticId};
use crate::{CheckKind, CheckResult, CheckStatus, codes};
use regprov_diag::{Diagnostic, Severity};
use regprov_graph::NodeId as GraphId;
use regprov_lang::Check;
use regprov_provider::{Error, ErrorKind};
use regprov_value::{Type, Value};

impl Planner {
    /// Whether an instance is the data source of a `check` block, and what is wrong is more than its arguments.
    pub(super) fn only_fails_a_check(&self, instance: InstanceId, error: &Error) -> bool {
        !matches!(error.kind, ErrorKind::Invalid(_)) && self.is_scoped(instance)
    }

    fn is_scoped(&self, instance: InstanceId) -> bool {
        let at = &self.world.instances[instance as usize];
        let module = self.world.written(at.module);
        let name = module
            .resources
            .get_index(at.block as usize)
            .map(|(name, _)| name);
        module.checks.values().any(|check| check.data.as_ref() == name)
    }

    /// The data source of a `check` block could not be read: the check fails, and nothing else does.
    pub(super) fn scoped_failed(&mut self, instance: InstanceId, error: &Error) {
        let address = self.world.instance_address(instance);
        let place = self.argument_place(instance, error);
        let mut diagnostic = service_error(error, &address, place);
        diagnostic.severity = Severity::Warning;
        self.unreadable.insert(instance, diagnostic.detail.clone());
        self.diagnostics.push(diagnostic);
        self.world
            .set_value(instance, Some(Value::unknown(Type::Dynamic)));
    }

    /// Why the data source of a check in a module could not be read, if that is so.
    fn unreadable_data(&self, module: ModuleId, check: &Check) -> Option<String> {
        let name = check.data.as_ref()?;
        let block = self.world.written(module).resources.get_index_of(name)?;
        let block = u32::try_from(block).ok()?;
        let instances = self.world.instances_of(module, block);
        instances
            .into_iter()
            .find_map(|id| self.unreadable.get(&id).cloned())
    }

    pub(super) fn run_check(&mut self, id: GraphId, module: StaticId, check: u32) -> Outcome {
        let written = self.world.statics[module as usize].module.clone();
        let Some((name, check)) = written.checks.get_index(check as usize) else {
            return Outcome::Done;
        };
        let mut results = Vec::new();
        for instance in self.world.statics[module as usize].instances.clone() {
            let mut result = CheckResult {
                kind: CheckKind::Check,
                module: self.world.modules[instance as usize].address.clone(),
                name: format!("check.{name}"),
                key: None,
                status: CheckStatus::Pass,
                messages: Vec::new(),
            };
            if let Some(message) = self.unreadable_data(instance, check) {
                result.status = CheckStatus::Fail;
                result.messages.push(message);
                results.push(result);
                continue;
            }
            for condition in &check.asserts {
                let scope = EvalScope::new(&self.world, instance);
                match judge(condition, &scope) {
                    Ok(Verdict::Holds) => {}
                    Ok(Verdict::Open) => {
                        result.status = result.status.max(CheckStatus::Unknown);
                        let detail = "The condition depends on something that is known only after apply, so it is checked then.";
                        let diagnostic =
                            Diagnostic::warning(&codes::CHECK, "Check block assertion known after apply");
                        self.diagnostics.push(
                            diagnostic
                                .detail(detail)
                                .at(condition.condition.span())
                                .context(condition.span),
                        );
                    }
                    Ok(Verdict::Fails(message)) => {
                        result.status = CheckStatus::Fail;
                        let diagnostic = Diagnostic::warning(&codes::CHECK, "Check block assertion failed")
                            .detail(message.clone());
                        self.diagnostics
                            .push(diagnostic.at(condition.condition.span()).context(condition.span));
                        result.messages.push(message);
                    }
                    Err(_) if self.world.files.is_missing_some() => {}
                    Err(found) => self.diagnostics.extend(found),
                }
            }
            results.push(result);
        }
        let outcome = self.conclude_evaluation(id);
        if outcome != Outcome::Waiting {
            self.checks.extend(results);
        }
        outcome
    }
}
