//! Preconditions, postconditions and validations.

use super::Planner;
use crate::world::{EvalScope, InstanceId, ModuleId, Repetition};
use crate::{CheckKind, CheckResult, CheckStatus, codes};
use regprov_addr::InstanceKey;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::Condition;
use regprov_value::Value;

/// What evaluating a condition found.
pub(crate) enum Verdict {
    Holds,
    Open,
    /// It does not hold: the message.
    Fails(String),
}

/// An object with conditions, within its module.
pub(super) struct Subject {
    pub(super) kind: CheckKind,
    pub(super) name: String,
    pub(super) key: Option<InstanceKey>,
}

/// Evaluates a condition.
pub(crate) fn judge(condition: &Condition, scope: &EvalScope<'_>) -> Result<Verdict, Diagnostics> {
    let value = condition.condition.evaluate(scope)?;
    let converted = regprov_value::convert(&value, &regprov_value::Type::Bool);
    let truth = match &converted {
        Ok(value) if !value.is_known() => return Ok(Verdict::Open),
        Ok(value) => value.as_bool(),
        Err(_) => None,
    };
    match truth {
        Some(true) => Ok(Verdict::Holds),
        Some(false) => Ok(Verdict::Fails(message(condition, scope))),
        None => {
            let diagnostic = Diagnostic::error(&codes::CONDITION, "Invalid condition")
                .detail("A condition must be true or false.");
            Err(diagnostic.at(condition.condition.span()).into())
        }
    }
}

fn message(condition: &Condition, scope: &EvalScope<'_>) -> String {
    match condition.error_message.evaluate(scope) {
        Ok(value) if value.is_sensitive_deep() => {
            "The error message holds a sensitive value and is not shown.".to_owned()
        }
        Ok(value) => value.as_str().map_or_else(
            || "The error message is known only after apply.".to_owned(),
            |text| text.trim().to_owned(),
        ),
        Err(_) => "The error message cannot be evaluated.".to_owned(),
    }
}

impl Planner {
    /// Evaluates conditions of an instance; answers whether none fails.
    pub(super) fn conditions(
        &mut self,
        id: InstanceId,
        conditions: &[Condition],
        repetition: &Repetition,
        object: Option<Value>,
    ) -> bool {
        if conditions.is_empty() {
            return true;
        }
        let module = self.world.instances[id as usize].module;
        let address = self.world.instance_address(id);
        let subject = Subject {
            kind: CheckKind::Resource,
            name: address.resource.within_module().to_string(),
            key: address.key,
        };
        self.judge_all(module, subject, (conditions, repetition), object)
    }

    pub(super) fn judge_all(
        &mut self,
        module: ModuleId,
        subject: Subject,
        what: (&[Condition], &Repetition),
        object: Option<Value>,
    ) -> bool {
        let (conditions, repetition) = what;
        let mut result = CheckResult {
            kind: subject.kind,
            module: self.world.modules[module as usize].address.clone(),
            name: subject.name,
            key: subject.key,
            status: CheckStatus::Pass,
            messages: Vec::new(),
        };
        for condition in conditions {
            let scope = EvalScope::new(&self.world, module).repeating(repetition);
            let scope = match &object {
                Some(object) => scope.with_self(object.clone()),
                None => scope,
            };
            match judge(condition, &scope) {
                Ok(Verdict::Holds) => {}
                Ok(Verdict::Open) => result.status = result.status.max(CheckStatus::Unknown),
                Ok(Verdict::Fails(message)) => {
                    result.status = CheckStatus::Fail;
                    let diagnostic =
                        Diagnostic::error(&codes::CONDITION, "Condition not met").detail(message.clone());
                    self.diagnostics.push(
                        diagnostic
                            .at(condition.condition.span())
                            .context(condition.span)
                            .address(result.subject())
                            .values(condition.condition.involved(&scope)),
                    );
                    result.messages.push(message);
                }
                Err(_) if self.world.files.is_missing_some() => {}
                Err(found) => {
                    result.status = CheckStatus::Fail;
                    self.diagnostics.extend(found);
                }
            }
        }
        let holds = result.status != CheckStatus::Fail;
        self.checks.push(result);
        holds
    }

    /// Forces a variable and evaluates its validations.
    pub(super) fn check_variable(&mut self, module: ModuleId, index: u32) {
        self.world.variable(module, index);
        if self.world.files.is_missing_some() {
            return;
        }
        let written = self.world.written(module).clone();
        let Some((name, variable)) = written.variables.get_index(index as usize) else {
            return;
        };
        let mut result = CheckResult {
            kind: CheckKind::Variable,
            module: self.world.modules[module as usize].address.clone(),
            name: format!("var.{name}"),
            key: None,
            status: CheckStatus::Pass,
            messages: Vec::new(),
        };
        for condition in &variable.validations {
            let scope = EvalScope::new(&self.world, module);
            match judge(condition, &scope) {
                Ok(Verdict::Holds) => {}
                Ok(Verdict::Open) => result.status = result.status.max(CheckStatus::Unknown),
                Ok(Verdict::Fails(message)) => {
                    let diagnostic =
                        Diagnostic::error(&codes::VARIABLE, "Invalid value for variable").detail(message);
                    let diagnostic = diagnostic.at(condition.condition.span()).context(condition.span);
                    let diagnostic = diagnostic.values(condition.condition.involved(&scope));
                    self.diagnostics
                        .push(diagnostic.related(variable.span, format!("`{name}` is declared here")));
                }
                Err(found) => self.diagnostics.extend(found),
            }
        }
        if !variable.validations.is_empty() {
            self.checks.push(result);
        }
    }
}
