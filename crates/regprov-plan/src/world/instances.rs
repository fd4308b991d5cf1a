//! The objects of instances, one by one and as whole blocks.

use super::{Expansion, InstanceId, ModuleId, World};
use crate::codes;
use regprov_addr::InstanceKey;
use regprov_diag::Diagnostic;
use regprov_value::{Data, Type, Value};
use std::sync::Arc;

impl World {
    /// Gives a block its instances; answers the first.
    pub(crate) fn add_instances(&mut self, module: ModuleId, block: u32, expansion: Expansion) -> InstanceId {
        let first = u32::try_from(self.instances.len()).expect("fewer than 2^32 instances");
        self.instances
            .extend((0..expansion.len()).map(|position| super::Instance {
                module,
                block,
                key: expansion.key(position),
                value: None,
                before: None,
                deps: Arc::from([]),
            }));
        let state = &mut self.modules[module as usize].blocks[block as usize];
        state.expansion = Some(expansion);
        state.first = first;
        first
    }

    /// The instances of a block.
    pub(crate) fn instances_of(&self, module: ModuleId, block: u32) -> std::ops::Range<InstanceId> {
        let state = &self.modules[module as usize].blocks[block as usize];
        let count = state.expansion.as_ref().map_or(0, Expansion::len);
        state.first..state.first + count
    }

    /// Everything in a module, and the modules within it.
    pub(crate) fn subtree(&self, module: ModuleId) -> Vec<super::Dep> {
        let instance = &self.modules[module as usize];
        let blocks = (0..)
            .zip(&instance.blocks)
            .map(|(block, _)| super::Dep::Block(module, block));
        let calls = instance.calls.iter().flatten();
        let modules =
            calls.flat_map(|call| (0..call.expansion.len()).map(|at| super::Dep::Subtree(call.first + at)));
        blocks.chain(modules).collect()
    }

    /// `count.index` or `each` of an instance.
    pub(crate) fn repetition(&self, id: InstanceId) -> super::Repetition {
        let instance = &self.instances[id as usize];
        let state = &self.modules[instance.module as usize].blocks[instance.block as usize];
        state
            .expansion
            .as_ref()
            .map_or(super::Repetition::None, |expansion| {
                expansion.repetition(id - state.first)
            })
    }

    pub(crate) fn set_value(&mut self, id: InstanceId, value: Option<Value>) {
        let instance = &mut self.instances[id as usize];
        instance.value = value;
        let (module, block) = (instance.module as usize, instance.block as usize);
        self.modules[module].blocks[block].whole.take();
    }

    /// The object of one instance, or of the whole block; with the instance.
    pub(super) fn block_value(
        &self,
        module: ModuleId,
        block: u32,
        key: Option<&InstanceKey>,
        before: bool,
    ) -> Result<(Value, Option<InstanceId>), Diagnostic> {
        let state = &self.modules[module as usize].blocks[block as usize];
        let Some(expansion) = &state.expansion else {
            return Ok((Value::unknown(Type::Dynamic), None));
        };
        match (expansion, key) {
            (Expansion::Single, None) => Ok((self.object(state.first, before), Some(state.first))),
            (Expansion::Count(_) | Expansion::Each { .. }, None) if before => {
                Ok((self.whole(state.first, expansion, true), None))
            }
            (Expansion::Count(_) | Expansion::Each { .. }, None) => Ok((
                state
                    .whole
                    .get_or_init(|| self.whole(state.first, expansion, false))
                    .clone(),
                None,
            )),
            (Expansion::Single | Expansion::Count(_) | Expansion::Each { .. }, Some(key)) => {
                let position = expansion
                    .position(Some(key))
                    .ok_or_else(|| self.no_instance(module, block, key, expansion))?;
                let id = state.first + position;
                Ok((self.object(id, before), Some(id)))
            }
        }
    }

    fn object(&self, id: InstanceId, before: bool) -> Value {
        let instance = &self.instances[id as usize];
        let object = if before { &instance.before } else { &instance.value };
        let object = object.clone().unwrap_or_else(|| Value::unknown(Type::Dynamic));
        let block = (self.modules[instance.module as usize].of, instance.block);
        match self.former_names.get(&block) {
            Some(names) => also_named(object, names),
            None => object,
        }
    }

    fn whole(&self, first: InstanceId, expansion: &Expansion, before: bool) -> Value {
        match expansion {
            Expansion::Single => self.object(first, before),
            Expansion::Count(_) => Value::tuple(
                (0..expansion.len())
                    .map(|at| self.object(first + at, before))
                    .collect(),
            ),
            Expansion::Each { entries, .. } => Value::object(
                entries
                    .iter()
                    .zip(0..)
                    .map(|((key, _), at)| (key.clone(), self.object(first + at, before))),
            ),
        }
    }

    fn no_instance(
        &self,
        module: ModuleId,
        block: u32,
        key: &InstanceKey,
        expansion: &Expansion,
    ) -> Diagnostic {
        let address = self.block_address(module, block).within_module();
        let why = match expansion {
            Expansion::Single => {
                format!("`{address}` has neither `count` nor `for_each`, so it has no instance {key}.")
            }
            Expansion::Count(count) => format!("`{address}` has no instance {key}: its `count` is {count}."),
            Expansion::Each { entries, .. } => {
                let text = match key {
                    InstanceKey::Int(index) => index.to_string(),
                    InstanceKey::String(text) => text.clone(),
                };
                let near = regprov_diag::suggest(&text, entries.iter().map(|(key, _)| key.as_ref()));
                let hint = near
                    .map(|near| format!(" Did you mean [{near:?}]?"))
                    .unwrap_or_default();
                format!("`{address}` has no instance {key}: its `for_each` has no such key.{hint}")
            }
        };
        Diagnostic::error(&codes::NO_INSTANCE, "Invalid index").detail(why)
    }
}

/// An object whose attributes can be referred to by their older names too.
fn also_named(object: Value, names: &[(&'static str, &'static str)]) -> Value {
    let Data::Object(attributes) = &object.data else {
        return object;
    };
    let mut more = attributes.as_ref().clone();
    for (former, now) in names {
        if let Some(value) = attributes.get(*now) {
            more.insert(Arc::from(*former), value.clone());
        }
    }
    let marks = object.marks;
    Value::from(Data::Object(Arc::new(more))).marked(marks)
}
