//! One instance of a data source: read now, or during apply where that is not possible yet.

use super::Planner;
use super::block::Progress;
use super::instance::connection;
use super::needs::Purpose;
use crate::change::{answered, propose, schema_marks, violations, with_defaults};
use crate::evaluate::{configuration, has_explicit_dependencies};
use crate::world::{Dep, InstanceId, StaticId};
use crate::{Action, Mode, Need, Reason, ReasonKind, ResourceChange, codes};
use foldhash::{HashSet, HashSetExt};
use regprov_addr::{InstanceAddress, ResourceMode};
use regprov_diag::Diagnostic;
use regprov_graph::NodeId as GraphId;
use regprov_lang::Resource;
use regprov_value::Value;
use std::collections::BTreeMap;

impl Planner {
    pub(super) fn plan_data(&mut self, node: GraphId, id: InstanceId, address: &InstanceAddress) -> Progress {
        let module = self.world.instances[id as usize].module;
        let written = self.world.written(module).clone();
        let index = self.world.instances[id as usize].block as usize;
        let (_, block) = written
            .resources
            .get_index(index)
            .expect("blocks are numbered by their module");
        let row = self.row_of(id);
        let provider = self.providers.rows[row as usize].provider.clone();
        let Some(source) =
            provider.and_then(|provider| provider.data_source(&address.resource.resource_type).cloned())
        else {
            return Progress::Failed;
        };
        let schema = &source.schema().block;
        let repetition = self.repetition(id);
        let evaluated = configuration(&self.world, id, schema, &repetition);
        if self.world.files.is_missing_some() {
            return Progress::Again;
        }
        let mut failed = evaluated.found.has_errors();
        self.diagnostics.extend(evaluated.found.clone());
        for violation in violations(schema, &evaluated.config) {
            let place = block.body.locate(&violation.path);
            self.diagnostics.push(
                Diagnostic::error(&codes::ARGUMENT, violation.summary)
                    .detail(violation.detail)
                    .at(place)
                    .address(address),
            );
            failed = true;
        }
        let normal = self.settings.mode == Mode::Normal;
        if failed || normal && !self.conditions(id, &block.lifecycle.preconditions, &repetition, None) {
            return Progress::Failed;
        }
        let mut deps = evaluated.deps;
        deps.extend(self.providers.rows[row as usize].deps.iter().copied());
        self.world.instances[id as usize].deps = deps.into();
        let pending = has_explicit_dependencies(&self.world, module, block) && self.depends_on_changes(id);
        let reason = match connection(&self.providers.rows[row as usize].status) {
            Some(_) if pending => Some(ReasonKind::DependencyPending),
            Some(_) if evaluated.config.is_wholly_known() => None,
            Some(_) | None => Some(ReasonKind::ConfigUnknown),
        };
        match reason {
            // Nothing is read while objects go.
            Some(_) if !normal => {
                let open = Value::unknown(regprov_value::Type::Dynamic);
                self.world.set_value(id, Some(open));
            }
            Some(kind) => {
                let after = schema_marks(schema, &propose(schema, &evaluated.config, None));
                let reasons = vec![Reason {
                    kind,
                    path: None,
                    place: None,
                }];
                let change = self.data_row(id, block, (Action::Read, None, after.clone()), reasons);
                self.world.set_value(id, Some(after));
                self.rows.insert(id, change);
            }
            None => {
                let (config, _) = with_defaults(schema, &evaluated.config).unmark_deep();
                let need = Need::ReadData {
                    provider: self.providers.rows[row as usize].address.clone(),
                    data_type: address.resource.resource_type.clone(),
                    config,
                    wanted: None,
                    address: address.clone(),
                };
                self.needs.ask(need, Purpose::Data(id), Some(node));
            }
        }
        Progress::Done
    }

    /// A data source was read.
    pub(super) fn data_read(&mut self, id: InstanceId, value: &Value) {
        let row = self.row_of(id);
        let written = self
            .world
            .written(self.world.instances[id as usize].module)
            .clone();
        let index = self.world.instances[id as usize].block as usize;
        let (name, block) = written
            .resources
            .get_index(index)
            .expect("blocks are numbered by their module");
        let provider = self.providers.rows[row as usize].provider.clone();
        let Some(source) = provider.and_then(|provider| provider.data_source(&name.resource_type).cloned())
        else {
            return;
        };
        let schema = &source.schema().block;
        let repetition = self.repetition(id);
        let config = configuration(&self.world, id, schema, &repetition).config;
        let value = answered(schema, &config, value);
        let change = self.data_row(
            id,
            block,
            (Action::NoOp, Some(value.clone()), value.clone()),
            Vec::new(),
        );
        self.world.instances[id as usize].before = Some(value.clone());
        self.world.set_value(id, Some(value.clone()));
        self.rows.insert(id, change);
        if self.settings.mode == Mode::Normal {
            self.conditions(id, &block.lifecycle.postconditions, &repetition, Some(value));
        }
    }

    /// Whether a plan that deletes or looks must read a data source, as provider configurations are computed from it.
    pub(super) fn is_read_for_providers(&self, node: GraphId, module: StaticId, block: u32) -> bool {
        let resources = &self.world.statics[module as usize].module.resources;
        let data = resources
            .get_index(block as usize)
            .is_some_and(|(name, _)| name.mode == ResourceMode::Data);
        data && self.is_supported(module, block) && self.behind_providers.contains(&node)
    }

    pub(super) fn data_row(
        &self,
        id: InstanceId,
        block: &Resource,
        change: (Action, Option<Value>, Value),
        reasons: Vec<Reason>,
    ) -> ResourceChange {
        let (action, before, after) = change;
        ResourceChange {
            address: self.world.instance_address(id),
            previous_address: None,
            deposed: None,
            provider: self.providers.rows[self.row_of(id) as usize].address.clone(),
            action,
            before,
            after: Some(after),
            reasons,
            dependencies: Vec::new(),
            recorded_dependencies: Vec::new(),
            tainted: false,
            create_before_destroy: false,
            id: None,
            importing: None,
            timeouts: BTreeMap::new(),
            place: Some(self.settings.sources.place(block.span)),
        }
    }

    /// Whether anything that an instance depends on changes.
    fn depends_on_changes(&self, id: InstanceId) -> bool {
        let mut pending: Vec<Dep> = self.world.instances[id as usize].deps.to_vec();
        let mut seen: HashSet<Dep> = HashSet::new();
        while let Some(dep) = pending.pop() {
            if !seen.insert(dep) {
                continue;
            }
            match dep {
                Dep::Instance(id) => {
                    if self.rows.get(id).is_some_and(|change| {
                        change.action != Action::NoOp
                            && change.address.resource.mode != ResourceMode::Ephemeral
                    }) {
                        return true;
                    }
                    pending.extend(self.world.deps_of(dep).iter().copied());
                }
                Dep::Block(module, block) => {
                    pending.extend(self.world.instances_of(module, block).map(Dep::Instance))
                }
                Dep::Subtree(module) => pending.extend(self.world.subtree(module)),
                Dep::Variable(..) | Dep::Local(..) | Dep::Output(..) | Dep::Call(..) => {
                    pending.extend(self.world.deps_of(dep).iter().copied());
                }
            }
        }
        false
    }
}
