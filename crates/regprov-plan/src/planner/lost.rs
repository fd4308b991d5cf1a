//! What lives behind a provider configuration goes with the objects that say where that is: a project with its registry.

use super::Planner;
use super::priors::Observation;
use super::providers::Loss;
use crate::world::{Dep, EvalScope, InstanceId};
use crate::{Action, Mode, ResourceChange, codes};
use foldhash::{HashSet, HashSetExt};
use regprov_addr::{ProviderSource, ResourceMode};
use regprov_diag::Diagnostic;
use regprov_value::Value;
use std::sync::Arc;

impl Planner {
    /// What becomes of all that lives behind a provider configuration, where that rests on an object that is not there: not
    /// yet, or no more. That may be so although the configuration is wholly known.
    pub(super) fn loss(&self, row: u32, config: &Value) -> Option<Loss> {
        let (deps, open) = self.location(row, config);
        if self.settings.mode == Mode::Normal {
            let parents = self.reached(&deps, |id| self.is_made(id));
            let by_plan = parents.iter().any(|id| {
                let change = self.rows.get(*id);
                change.is_some_and(|change| change.action.is_replace())
            });
            return (!parents.is_empty()).then_some(Loss { parents, by_plan });
        }
        let gone = self.reached(&deps, |id| self.world.instances[id as usize].value.is_none());
        if open && !gone.is_empty() {
            let (parents, by_plan) = (gone, false);
            return Some(Loss { parents, by_plan });
        }
        let unreachable = self.settings.mode == Mode::Destroy && !config.is_wholly_known();
        let going = self.reached(&deps, |id| self.goes(id));
        (unreachable && !going.is_empty()).then_some(Loss {
            parents: going,
            by_plan: true,
        })
    }

    /// Everything recorded behind a provider configuration counts as gone.
    pub(super) fn lose(&mut self, row: u32) {
        let mut lost = 0_usize;
        for object in self.priors.objects.iter_mut().filter(|object| object.row == row) {
            object.observed = Observation::Lost;
            lost += 1;
        }
        let status = &self.providers.rows[row as usize].status;
        let Some(loss) = status.loss().filter(|loss| loss.by_plan && lost > 0) else {
            return;
        };
        let parents = loss.parents.iter().map(|id| self.world.instance_address(*id));
        let parents: Vec<String> = parents.map(|address| address.to_string()).collect();
        let provider = self.providers.rows[row as usize].address.provider.short();
        let objects = match lost {
            1 => format!("One object of {provider} lives"),
            _ => format!("{lost} objects of {provider} live"),
        };
        let again = match self.settings.mode {
            Mode::Normal => {
                " What is declared is made anew, empty: images, and whatever else was put there, are lost."
            }
            Mode::Destroy | Mode::RefreshOnly => "",
        };
        let detail = format!(
            "{objects} in what this plan takes away ({}), and will be gone with it.{again}",
            parents.join(", ")
        );
        self.diagnostics
            .push(Diagnostic::warning(&codes::LOST, "Objects go with what they live in").detail(detail));
    }

    /// Says that recorded objects cannot be reached, and so not deleted.
    pub(super) fn refuse_unreachable(&mut self, row: u32) {
        let provider = &self.providers.rows[row as usize];
        let behind = self.priors.objects.iter().filter(|object| object.row == row);
        let behind = behind.map(|object| &object.address);
        let Some(first) = behind.filter(|address| self.is_targeted_prior(address)).min() else {
            return;
        };
        let name = provider.address.provider.short();
        let place = provider.written.map(|(module, config)| {
            self.world.statics[module as usize].module.provider_configs[config as usize].span
        });
        let detail = format!(
            "{first} is to be deleted through the provider {name}, whose configuration needs values that the state does not hold."
        );
        let diagnostic = Diagnostic::error(&codes::PROVIDER, "Provider cannot be connected")
            .detail(detail)
            .help("Give the provider block values that are known, or run `regprov apply` first.")
            .help(format!(
                "If the objects are gone already, drop them from the state:\n\n    regprov state rm '{first}'"
            ))
            .at(place);
        self.diagnostics.push(diagnostic);
    }

    /// Whether an instance is lost by this plan although it must not be destroyed.
    pub(super) fn is_lost_by_plan(&self, row: u32, change: &ResourceChange) -> bool {
        let loss = self.providers.rows[row as usize].status.loss();
        change.is_lost() && loss.is_some_and(|loss| loss.by_plan)
    }

    /// What the arguments that say where objects live were computed from, and whether one of these is known only after apply.
    fn location(&self, row: u32, config: &Value) -> (Vec<Dep>, bool) {
        let row = &self.providers.rows[row as usize];
        let names = row.provider.as_ref().and_then(|provider| provider.located_by());
        let (Some(names), Some((module, block))) = (names, row.written) else {
            let open = !config.is_wholly_known();
            let deps = if open { row.deps.to_vec() } else { Vec::new() };
            return (deps, open);
        };
        let written = &self.world.statics[module as usize];
        let Some(instance) = written.instances.first() else {
            return (Vec::new(), false);
        };
        let scope = EvalScope::new(&self.world, *instance);
        let body = &written.module.provider_configs[block as usize].body;
        let mut open = false;
        for name in names {
            if let Some(attribute) = body.attributes.get(*name) {
                // What is wrong with it was told when the whole block was evaluated.
                let _ = attribute.expr.evaluate(&scope);
                open |= config.get(name).is_some_and(|value| !value.is_wholly_known());
            }
        }
        (scope.into_deps(), open)
    }

    /// The instances of a kind that values were computed from, directly or through what only hands values on.
    fn reached(&self, deps: &[Dep], is_meant: impl Fn(InstanceId) -> bool) -> Arc<[InstanceId]> {
        let mut pending = deps.to_vec();
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        while let Some(dep) = pending.pop() {
            if !seen.insert(dep) {
                continue;
            }
            match dep {
                Dep::Instance(id) if self.hands_on(id) => {
                    pending.extend(self.world.deps_of(dep).iter().copied());
                }
                Dep::Instance(id) => found.extend(Some(id).filter(|id| is_meant(*id))),
                Dep::Block(module, block) => {
                    pending.extend(self.world.instances_of(module, block).map(Dep::Instance));
                }
                Dep::Variable(..) | Dep::Local(..) | Dep::Output(..) | Dep::Call(..) => {
                    pending.extend(self.world.deps_of(dep).iter().copied());
                }
                Dep::Subtree(_) => {}
            }
        }
        found.sort_unstable();
        found.into()
    }

    /// Whether an instance is no place of its own: a data source, or `terraform_data`.
    fn hands_on(&self, id: InstanceId) -> bool {
        let provider = &self.providers.rows[self.row_of(id) as usize].address.provider;
        self.mode_of(id) != ResourceMode::Managed || *provider == ProviderSource::builtin()
    }

    fn mode_of(&self, id: InstanceId) -> ResourceMode {
        self.world.instance_address(id).resource.mode
    }

    fn is_made(&self, id: InstanceId) -> bool {
        let change = self.rows.get(id);
        change.is_some_and(|change| change.action == Action::Create || change.action.is_replace())
    }

    /// Whether a plan that destroys deletes the object of an instance.
    fn goes(&self, id: InstanceId) -> bool {
        let address = self.world.instance_address(id);
        self.priors.find(&address).is_some() && self.is_targeted_prior(&address)
    }
}
