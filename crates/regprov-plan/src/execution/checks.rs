//! `check` blocks once all is applied: what they find is told, and stops nothing.

use super::Execution;
use crate::planner::conditions::{Verdict, judge};
use crate::world::{EvalScope, World};
use crate::{CheckKind, CheckResult, codes};
use regprov_addr::InstanceAddress;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::Check;

impl Execution {
    /// What the assertions of the checks of a plan find now. What cannot be told, as its data source could not be read, was said
    /// before.
    pub fn checks(&self, planned: &[CheckResult]) -> Diagnostics {
        let world = self.world.borrow();
        let mut found = Diagnostics::new();
        for row in planned.iter().filter(|row| row.kind == CheckKind::Check) {
            for written in &world.statics {
                let check = row.name.strip_prefix("check.");
                let Some(check) = check.and_then(|name| written.module.checks.get(name)) else {
                    continue;
                };
                let instances = written.instances.iter().copied();
                let own = instances.filter(|id| world.modules[*id as usize].address == row.module);
                for instance in own {
                    found.extend(failing(&world, &EvalScope::new(&world, instance), check));
                }
            }
        }
        found
    }

    /// Whether this is the data source of a `check` block, whose failure is no failure of the apply.
    #[must_use]
    pub fn is_scoped(&self, address: &InstanceAddress) -> bool {
        let world = self.world.borrow();
        let Some((module, block)) = world.declared(&address.resource) else {
            return false;
        };
        let written = &world.statics[module as usize].module;
        let name = written.resources.get_index(block as usize).map(|(name, _)| name);
        written.checks.values().any(|check| check.data.as_ref() == name)
    }
}

fn failing(world: &World, scope: &EvalScope<'_>, check: &Check) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for condition in &check.asserts {
        if let Ok(Verdict::Fails(message)) = judge(condition, scope) {
            found.push(
                Diagnostic::warning(&codes::CHECK, "Check block assertion failed")
                    .detail(message)
                    .at(condition.condition.span())
                    .context(condition.span),
            );
        }
        // What is wrong with a local was said while planning.
        drop(world.take_errors());
    }
    found
}
