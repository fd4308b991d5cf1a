//! `import` blocks: objects that this run takes over.

use super::Planner;
use super::block::Progress;
use super::instance::connection;
use super::needs::Purpose;
use super::priors::{Observation, PriorObject};
use crate::change::schema_marks;
use crate::prior::PriorInstance;
use crate::world::{EvalScope, Expansion, InstanceId, Repetition, StaticId, expand};
use crate::{Need, codes};
use regprov_addr::{InstanceAddress, InstanceKey};
use regprov_diag::{Diagnostic, Span};
use regprov_graph::NodeId as GraphId;
use regprov_lang::Import;
use regprov_provider::{AnyResource, Error, Observed};
use regprov_value::{Data, Value};
use std::sync::Arc;

/// An object that an `import` block names.
pub(super) struct Wanted {
    /// The id as written.
    pub(super) id: String,
    span: Span,
    /// Whether it was asked for.
    asked: bool,
    /// Whether it was found.
    pub(super) read: bool,
}

impl Planner {
    /// Evaluates the `import` blocks of the root module that name instances of a block.
    pub(super) fn find_imports(&mut self, module: StaticId, block: u32) {
        let root = self.world.statics[0].module.clone();
        let blocks = &self.world.statics[module as usize];
        let Some((name, _)) = blocks.module.resources.get_index(block as usize) else {
            return;
        };
        let path = blocks.path.clone();
        let (resource_type, label) = (name.resource_type.to_string(), name.name.to_string());
        for import in &root.imports {
            let Ok(target) = import.to.text.parse::<InstanceAddress>() else {
                continue;
            };
            let here = target.resource.resource_type == resource_type
                && target.resource.name == label
                && target
                    .resource
                    .module
                    .0
                    .iter()
                    .map(|step| &step.name)
                    .eq(path.iter());
            if here && let Err(diagnostic) = self.evaluate_import(import, &target) {
                self.diagnostics.extend(diagnostic);
            }
        }
    }

    fn evaluate_import(
        &mut self,
        import: &Import,
        target: &InstanceAddress,
    ) -> Result<(), regprov_diag::Diagnostics> {
        let scope = EvalScope::new(&self.world, 0);
        let expansion = expand(None, import.for_each.as_ref(), &scope)?;
        let repetitions: Vec<Repetition> = match &expansion {
            Expansion::Single => vec![Repetition::None],
            Expansion::Count(_) | Expansion::Each { .. } => {
                (0..expansion.len()).map(|at| expansion.repetition(at)).collect()
            }
        };
        let mut found = Vec::new();
        for repetition in &repetitions {
            let scope = EvalScope::new(&self.world, 0).repeating(repetition);
            let Some(expression) = &import.id else {
                return Err(invalid(
                    import.span,
                    "The block has no `id`. Imports by `identity` are not supported.",
                )
                .into());
            };
            let value = expression.evaluate(&scope)?;
            let ephemeral = crate::ephemeral::is_ephemeral(&value);
            let id = regprov_value::convert(&value, &regprov_value::Type::String).ok();
            let id = id.as_ref().and_then(Value::as_str).filter(|id| !id.is_empty());
            let Some(id) = id.filter(|_| !ephemeral) else {
                let detail = "The import id must be a string that is not empty, known while planning, and not ephemeral.";
                return Err(invalid(expression.span(), detail).into());
            };
            let mut address = target.clone();
            for open in &import.open_keys {
                let index = &open.expr;
                let key = key(&index.evaluate(&scope)?).ok_or_else(|| {
                    invalid(index.span(), "The index of the import's target must be a number or a string that is known while planning.")
                })?;
                match address.resource.module.0.get_mut(open.step) {
                    Some(step) => step.key = Some(key),
                    None => address.key = Some(key),
                }
            }
            found.push((
                address,
                Wanted {
                    id: id.to_owned(),
                    span: import.span,
                    asked: false,
                    read: false,
                },
            ));
        }
        for (address, wanted) in found {
            self.imports.entry(address).or_insert(wanted);
        }
        Ok(())
    }

    /// Refuses imports of blocks and of instances that are not declared.
    pub(super) fn check_imports(&mut self) {
        let root = self.world.statics[0].module.clone();
        let undeclared = root.imports.iter().filter_map(|import| {
            let target: InstanceAddress = import.to.text.parse().ok()?;
            let declared = self.world.declared(&target.resource).is_some();
            (!declared).then(|| not_declared(&target, import.span))
        });
        let missing = self
            .imports
            .iter()
            .filter(|(address, wanted)| !wanted.asked && self.world.find_instance(address).is_none())
            .map(|(address, wanted)| not_declared(address, wanted.span));
        let refused: Vec<Diagnostic> = undeclared.chain(missing).collect();
        self.diagnostics.extend(refused);
    }

    /// Asks for the object that an import names, if one names this instance.
    pub(super) fn import(
        &mut self,
        node: GraphId,
        id: InstanceId,
        address: &InstanceAddress,
        resource: &dyn AnyResource,
    ) -> Result<Option<usize>, Progress> {
        let row = self.row_of(id);
        let Some(wanted) = self.imports.get_mut(address) else {
            return Ok(None);
        };
        if wanted.asked {
            return Err(Progress::Failed); // It was not found, which was reported.
        }
        wanted.asked = true;
        let span = wanted.span;
        let Some(connection) = connection(&self.providers.rows[row as usize].status) else {
            self.diagnostics.push(invalid(span, "The configuration of its provider is known only after apply, so nothing can be imported through it yet.").address(address));
            return Err(Progress::Failed);
        };
        match resource.parse_import(connection, &wanted.id) {
            Ok(identity) => {
                let need = Need::Refresh {
                    provider: self.providers.rows[row as usize].address.clone(),
                    resource_type: resource.type_name().to_owned(),
                    id: identity,
                    prior: None,
                    address: address.clone(),
                };
                self.needs.ask(need, Purpose::Import(id), Some(node));
                Err(Progress::Again)
            }
            Err(error) => {
                let diagnostic = invalid(
                    span,
                    format!(
                        "`{}` is not an import id of {}: {}",
                        wanted.id,
                        resource.type_name(),
                        error.message
                    ),
                );
                self.diagnostics.push(
                    error
                        .remedy
                        .iter()
                        .fold(diagnostic.address(address), Diagnostic::help),
                );
                Err(Progress::Failed)
            }
        }
    }

    pub(super) fn take_import(&mut self, id: InstanceId, result: Result<Observed<Value>, Error>) {
        let address = self.world.instance_address(id);
        let Some(span) = self.imports.get(&address).map(|wanted| wanted.span) else {
            return;
        };
        let object = match result {
            Ok(Observed::Present(object)) => object,
            Ok(Observed::Absent) => {
                self.diagnostics
                    .push(invalid(span, "There is no object of this id.").address(&address));
                return;
            }
            Ok(Observed::Settling(reason)) => {
                self.diagnostics.push(
                    invalid(span, format!("The object is not settled yet: {reason}.")).address(&address),
                );
                return;
            }
            Err(error) => {
                self.diagnostics
                    .push(super::answers::service_error(&error, &address, Some(span)));
                return;
            }
        };
        self.take_over(id, &object);
        if let Some(wanted) = self.imports.get_mut(&address) {
            wanted.read = true;
        }
    }

    /// Counts an object that was found as the recorded one of an instance.
    pub(super) fn take_over(&mut self, id: InstanceId, object: &Value) {
        let (address, row) = (self.world.instance_address(id), self.row_of(id));
        let Some(resource) = self.resource_of(row, &address.resource.resource_type) else {
            return;
        };
        let value = schema_marks(&resource.schema().block, object);
        let record = PriorInstance {
            address: address.clone(),
            deposed: None,
            provider: self.providers.rows[row as usize].address.clone(),
            schema_version: resource.schema().version,
            attributes: Arc::new(serde_json::Value::Null),
            sensitive: Vec::new(),
            tainted: false,
            dependencies: Vec::new(),
            create_before_destroy: false,
        };
        let observed = Observation::Present(value.clone());
        self.priors.objects.push(PriorObject {
            address,
            record,
            row,
            resource,
            recorded: value,
            unheard: Vec::new(),
            observed,
            used: false,
        });
        self.priors.index();
    }
}

fn not_declared(address: &InstanceAddress, span: Span) -> Diagnostic {
    let detail = format!("{address} is to be imported, and the configuration does not declare it.");
    Diagnostic::error(&codes::IMPORT, "Configuration for import target does not exist")
        .detail(detail)
        .at(span)
        .help("Write a block for it first: configuration is not generated.")
}

fn key(value: &Value) -> Option<InstanceKey> {
    match &value.data {
        Data::String(text) => Some(InstanceKey::String(text.to_string())),
        Data::Number(number) => number.to_string().parse().ok().map(InstanceKey::Int),
        _ => None,
    }
}

fn invalid(span: Span, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error(&codes::IMPORT, "Invalid import")
        .detail(detail)
        .at(span)
}
