//! One evaluation's view of the world; it notes what was looked at.

use super::values::index_of;
use super::{Dep, Expansion, ModuleId, Repetition, World};
use crate::codes;
use regprov_addr::InstanceKey;
use regprov_diag::Diagnostic;
use regprov_lang::{FunctionContext, ResourceName, Scope};
use regprov_schema::ProviderFunction;
use regprov_value::{Type, Value};
use std::cell::RefCell;

/// The scope of one expression or body.
pub(crate) struct EvalScope<'a> {
    world: &'a World,
    module: ModuleId,
    repetition: Option<&'a Repetition>,
    self_object: Option<Value>,
    /// Objects as they stood before the plan, instead of as planned.
    before: bool,
    deps: RefCell<Vec<Dep>>,
}

impl<'a> EvalScope<'a> {
    pub(crate) fn new(world: &'a World, module: ModuleId) -> Self {
        Self {
            world,
            module,
            repetition: None,
            self_object: None,
            before: false,
            deps: RefCell::new(Vec::new()),
        }
    }

    /// With `count.index` or `each`.
    pub(crate) fn repeating(mut self, repetition: &'a Repetition) -> Self {
        self.repetition = Some(repetition);
        self
    }

    /// With `self`.
    pub(crate) fn with_self(mut self, object: Value) -> Self {
        self.self_object = Some(object);
        self
    }

    /// Seeing objects as they stood before the plan.
    pub(crate) fn before(mut self) -> Self {
        self.before = true;
        self
    }

    /// What was looked at.
    pub(crate) fn into_deps(self) -> Vec<Dep> {
        self.deps.into_inner()
    }

    fn note(&self, dep: Dep) {
        let mut deps = self.deps.borrow_mut();
        if !deps.contains(&dep) {
            deps.push(dep);
        }
    }
}

impl Scope for EvalScope<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        let index = index_of(self.world.written(self.module).variables.get_index_of(name))?;
        let value = self.world.variable(self.module, index);
        self.note(Dep::Variable(self.module, index));
        Some(value)
    }

    fn local(&self, name: &str) -> Option<Value> {
        let index = index_of(self.world.written(self.module).locals.get_index_of(name))?;
        let value = self.world.local(self.module, index);
        self.note(Dep::Local(self.module, index));
        Some(value)
    }

    fn resource(&self, resource: &ResourceName, key: Option<&InstanceKey>) -> Result<Value, Diagnostic> {
        let written = self.world.written(self.module);
        let Some(block) = self.world.block_index(self.module, resource) else {
            let name = resource.to_string();
            let names: Vec<String> = written.resources.keys().map(ToString::to_string).collect();
            let hint = regprov_diag::suggest(&name, &names).map(|near| format!(" Did you mean `{near}`?"));
            let detail = format!(
                "No block `{name}` is declared in this module.{}",
                hint.unwrap_or_default()
            );
            return Err(
                Diagnostic::error(&codes::UNDECLARED, "Reference to undeclared resource").detail(detail),
            );
        };
        let (value, instance) = self.world.block_value(self.module, block, key, self.before)?;
        self.note(instance.map_or(Dep::Block(self.module, block), Dep::Instance));
        Ok(value)
    }

    fn module(
        &self,
        name: &str,
        key: Option<&InstanceKey>,
        output: Option<&str>,
    ) -> Result<Value, Diagnostic> {
        let written = self.world.written(self.module);
        let Some(call) = written.module_calls.get_index_of(name) else {
            let hint = regprov_diag::suggest(name, written.module_calls.keys().map(AsRef::as_ref));
            let hint = hint
                .map(|near| format!(" Did you mean `module.{near}`?"))
                .unwrap_or_default();
            let detail = format!("No module call `module.{name}` is declared in this module.{hint}");
            return Err(
                Diagnostic::error(&codes::UNDECLARED, "Reference to undeclared module").detail(detail),
            );
        };
        let Some(state) = &self.world.modules[self.module as usize].calls[call] else {
            return Ok(Value::unknown(Type::Dynamic));
        };
        if let Some(index) = index_of(Some(call)) {
            self.note(Dep::Call(self.module, index));
        }
        let one = |position: u32| self.module_outputs(name, state.first + position, output);
        let missing = |key: &InstanceKey| {
            Diagnostic::error(&codes::NO_INSTANCE, "Invalid index")
                .detail(format!("`module.{name}` has no instance {key}."))
        };
        match (&state.expansion, key) {
            (Expansion::Single, None) => one(0),
            // `module.name.key` is `module.name["key"]`: what looks like an output is an instance.
            (expansion @ Expansion::Each { .. }, None) if output.is_some() => {
                let key = InstanceKey::String(output.unwrap_or_default().into());
                let position = expansion.position(Some(&key)).ok_or_else(|| missing(&key))?;
                self.module_outputs(name, state.first + position, None)
            }
            (Expansion::Count(_), None) if output.is_some() => {
                let detail = format!(
                    "`module.{name}` has `count`, so that it is a list of its instances: `module.{name}[0]` is the first."
                );
                Err(Diagnostic::error(&codes::NO_INSTANCE, "Unsupported attribute").detail(detail))
            }
            (Expansion::Count(_), None) => Ok(Value::tuple(
                (0..state.expansion.len()).map(one).collect::<Result<_, _>>()?,
            )),
            (Expansion::Each { entries, .. }, None) => {
                let items = entries
                    .iter()
                    .zip(0..)
                    .map(|((key, _), at)| Ok((key.clone(), one(at)?)));
                Ok(Value::object(items.collect::<Result<Vec<_>, Diagnostic>>()?))
            }
            (expansion, Some(key)) => match expansion.position(Some(key)) {
                Some(position) => one(position),
                None => Err(missing(key)),
            },
        }
    }

    fn each_key(&self) -> Option<Value> {
        self.repetition?.key()
    }

    fn each_value(&self) -> Option<Value> {
        self.repetition?.value()
    }

    fn count_index(&self) -> Option<Value> {
        self.repetition?.index()
    }

    fn self_object(&self) -> Option<Value> {
        self.self_object.clone()
    }

    fn path_module(&self) -> Option<Value> {
        Some(Value::string(
            self.world.written(self.module).directory.to_string_lossy(),
        ))
    }

    fn path_root(&self) -> Option<Value> {
        Some(Value::string(
            self.world.statics[0].module.directory.to_string_lossy(),
        ))
    }

    fn path_cwd(&self) -> Option<Value> {
        Some(Value::string(self.world.working_directory.to_string_lossy()))
    }

    fn workspace(&self) -> Option<Value> {
        Some(Value::from(self.world.workspace.as_str()))
    }

    fn applying(&self) -> Option<Value> {
        Some(Value::from(self.world.files.complete))
    }

    fn provider_function(&self, provider: &str, function: &str) -> Option<&ProviderFunction> {
        self.world.written(self.module).functions.get(provider, function)
    }

    fn functions(&self) -> &dyn FunctionContext {
        &self.world.files
    }
}

impl EvalScope<'_> {
    /// One output of a module instance, or all of them.
    fn module_outputs(
        &self,
        name: &str,
        module: ModuleId,
        output: Option<&str>,
    ) -> Result<Value, Diagnostic> {
        let outputs = &self.world.written(module).outputs;
        let value = |index: u32| {
            let value = self.world.output(module, index);
            self.note(Dep::Output(module, index));
            value
        };
        let Some(output) = output else {
            return Ok(Value::object(
                outputs
                    .keys()
                    .zip(0..)
                    .map(|(name, index)| (name.clone(), value(index))),
            ));
        };
        match index_of(outputs.get_index_of(output)) {
            Some(index) => Ok(value(index)),
            None => {
                let hint = regprov_diag::suggest(output, outputs.keys().map(AsRef::as_ref));
                let hint = hint
                    .map(|near| format!(" Did you mean `{near}`?"))
                    .unwrap_or_default();
                let detail = format!("`module.{name}` has no output `{output}`.{hint}");
                Err(Diagnostic::error(&codes::UNDECLARED, "Unsupported attribute").detail(detail))
            }
        }
    }
}
