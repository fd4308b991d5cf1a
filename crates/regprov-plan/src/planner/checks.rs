//! `check` blocks: assertions that warn.

use super::conditions::{Verdict, judge};
use super::{Outcome, Planner};
use crate::world::{EvalScope, StaticId};
use crate::{CheckKind, CheckResult, CheckStatus, codes};
use regprov_diag::Diagnostic;
use regprov_graph::NodeId as GraphId;

impl Planner {
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
