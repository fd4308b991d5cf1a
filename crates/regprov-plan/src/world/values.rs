//! Variables, locals and outputs: evaluated once, remembered with what they were computed from.

use super::{Dep, EvalScope, ModuleId, Repetition, World};
use regprov_diag::Diagnostics;
use regprov_lang::Expr;
use regprov_value::{Marks, Type, Value};
use std::cell::RefCell;
use std::sync::Arc;

/// The value of something that is evaluated once.
pub(super) enum Slot {
    Empty,
    /// It is being evaluated; asking for it now is a cycle.
    Busy,
    Ready(Value, Arc<[Dep]>),
}

impl World {
    /// The value of a variable.
    pub(crate) fn variable(&self, module: ModuleId, index: u32) -> Value {
        let slot = &self.modules[module as usize].variables[index as usize];
        self.slot(slot, || self.compute_variable(module, index))
    }

    /// The value of a local.
    pub(crate) fn local(&self, module: ModuleId, index: u32) -> Value {
        let slot = &self.modules[module as usize].locals[index as usize];
        self.slot(slot, || {
            let (_, local) = self
                .written(module)
                .locals
                .get_index(index as usize)
                .expect("locals are numbered by their module");
            self.evaluate(module, &local.expr)
        })
    }

    /// The value of an output.
    pub(crate) fn output(&self, module: ModuleId, index: u32) -> Value {
        let slot = &self.modules[module as usize].outputs[index as usize];
        self.slot(slot, || {
            let written = self.written(module);
            let (_, output) = written
                .outputs
                .get_index(index as usize)
                .expect("outputs are numbered by their module");
            let (value, mut deps) = self.evaluate(module, &output.value)?;
            for reference in &output.depends_on {
                self.explicit_dependency(module, &reference.subject, &mut deps);
            }
            let mut marks = Marks::NONE;
            if output.sensitive {
                marks |= Marks::SENSITIVE;
            }
            if output.ephemeral {
                marks |= Marks::EPHEMERAL;
            }
            Ok((value.marked(marks), deps))
        })
    }

    /// What a variable, local or output was computed from.
    pub(crate) fn deps_of(&self, dep: Dep) -> Arc<[Dep]> {
        let slot = match dep {
            Dep::Variable(module, index) => &self.modules[module as usize].variables[index as usize],
            Dep::Local(module, index) => &self.modules[module as usize].locals[index as usize],
            Dep::Output(module, index) => &self.modules[module as usize].outputs[index as usize],
            Dep::Call(module, index) => {
                let call = &self.modules[module as usize].calls[index as usize];
                return call
                    .as_ref()
                    .map_or_else(|| Arc::from([]), |call| call.deps.clone());
            }
            Dep::Instance(id) => return self.instances[id as usize].deps.clone(),
            Dep::Block(..) | Dep::Subtree(_) => return Arc::from([]),
        };
        match &*slot.borrow() {
            Slot::Ready(_, deps) => deps.clone(),
            Slot::Empty | Slot::Busy => Arc::from([]),
        }
    }

    fn slot(
        &self,
        slot: &RefCell<Slot>,
        compute: impl FnOnce() -> Result<(Value, Vec<Dep>), Diagnostics>,
    ) -> Value {
        match &*slot.borrow() {
            Slot::Ready(value, _) => return value.clone(),
            Slot::Busy => return Value::unknown(Type::Dynamic),
            Slot::Empty => {}
        }
        *slot.borrow_mut() = Slot::Busy;
        let computed = compute();
        let blocked = self.files.is_missing_some();
        let (value, deps) = match computed {
            Ok(computed) => computed,
            Err(_) if blocked => (Value::unknown(Type::Dynamic), Vec::new()),
            Err(errors) => {
                self.errors.borrow_mut().extend(errors);
                (Value::unknown(Type::Dynamic), Vec::new())
            }
        };
        let keep = !blocked && (self.remember_open || value.is_wholly_known());
        *slot.borrow_mut() = if keep {
            Slot::Ready(value.clone(), deps.into())
        } else {
            Slot::Empty
        };
        value
    }

    fn evaluate(&self, module: ModuleId, expr: &Expr) -> Result<(Value, Vec<Dep>), Diagnostics> {
        let scope = EvalScope::new(self, module);
        let value = expr.evaluate(&scope)?;
        Ok((value, scope.into_deps()))
    }

    fn compute_variable(&self, module: ModuleId, index: u32) -> Result<(Value, Vec<Dep>), Diagnostics> {
        let instance = &self.modules[module as usize];
        let (name, variable) = self
            .written(module)
            .variables
            .get_index(index as usize)
            .expect("variables are numbered by their module");
        let Some(parent) = instance.parent else {
            let value = self.root_variables.get(name.as_ref()).cloned();
            return Ok((value.unwrap_or_else(|| Value::unknown(Type::Dynamic)), Vec::new()));
        };
        let (_, call_index) = self.statics[instance.of as usize]
            .parent
            .expect("a module with a parent instance has a call");
        let (_, call) = self
            .written(parent)
            .module_calls
            .get_index(call_index as usize)
            .expect("calls are numbered by their module");
        let given = call.inputs.attributes.get(name.as_ref());
        let (value, deps) = match given {
            Some(attribute) => {
                let scope = EvalScope::new(self, parent).repeating(&instance.repetition);
                let value = attribute.expr.evaluate(&scope)?;
                (Some(value), scope.into_deps())
            }
            None => (None, Vec::new()),
        };
        let place = given.map_or(call.span, |attribute| attribute.expr.span());
        if let Some(value) = &value
            && let Some(refused) = crate::ephemeral::input(variable, value, place)
        {
            return Err(refused.into());
        }
        let accepted = crate::variables::accept(variable, value, place)?;
        Ok((accepted, deps))
    }

    /// Adds what `depends_on` names.
    pub(crate) fn explicit_dependency(
        &self,
        module: ModuleId,
        subject: &regprov_lang::Subject,
        deps: &mut Vec<Dep>,
    ) {
        use regprov_lang::Subject;
        match subject {
            Subject::Resource { resource, .. } => {
                if let Some(block) = self.block_index(module, resource) {
                    deps.push(Dep::Block(module, block));
                }
            }
            Subject::Module { name, .. } => {
                let call = self.written(module).module_calls.get_index_of(name.as_ref());
                let state = call.and_then(|call| self.modules[module as usize].calls[call].as_ref());
                if let Some(state) = state {
                    deps.extend((0..state.expansion.len()).map(|at| Dep::Subtree(state.first + at)));
                }
            }
            Subject::Local(name) => {
                if let Some(index) = index_of(self.written(module).locals.get_index_of(name.as_ref())) {
                    self.local(module, index);
                    deps.push(Dep::Local(module, index));
                }
            }
            Subject::Variable(name) => {
                if let Some(index) = index_of(self.written(module).variables.get_index_of(name.as_ref())) {
                    self.variable(module, index);
                    deps.push(Dep::Variable(module, index));
                }
            }
            Subject::EachKey
            | Subject::EachValue
            | Subject::CountIndex
            | Subject::SelfObject
            | Subject::PathModule
            | Subject::PathRoot
            | Subject::PathCwd
            | Subject::Workspace
            | Subject::Applying => {}
        }
    }

    /// The position of a block in its module.
    pub(crate) fn block_index(&self, module: ModuleId, name: &regprov_lang::ResourceName) -> Option<u32> {
        index_of(self.written(module).resources.get_index_of(name))
    }

    /// Evaluates `for_each` again where its values were open: for an instance's block and the calls that lead to it.
    pub(crate) fn renew_repetitions(&mut self, id: super::InstanceId) -> Result<(), Diagnostics> {
        let (module, block) = (
            self.instances[id as usize].module,
            self.instances[id as usize].block,
        );
        let mut at = module;
        while let Some(parent) = self.modules[at as usize].parent {
            if let Repetition::Each(key, value) = &self.modules[at as usize].repetition
                && !value.is_wholly_known()
            {
                let key = key.clone();
                let (_, call) = self.statics[self.modules[at as usize].of as usize]
                    .parent
                    .expect("a module with a parent instance has a call");
                let written = self.written(parent).clone();
                let (_, written) = written
                    .module_calls
                    .get_index(call as usize)
                    .expect("calls are numbered by their module");
                let expansion =
                    super::expand(None, written.for_each.as_ref(), &EvalScope::new(self, parent))?;
                if let Some(position) =
                    expansion.position(Some(&regprov_addr::InstanceKey::String(key.to_string())))
                {
                    self.modules[at as usize].repetition = expansion.repetition(position);
                }
            }
            at = parent;
        }
        if let Repetition::Each(_, value) = self.repetition(id)
            && !value.is_wholly_known()
        {
            let written = self.written(module).clone();
            let (_, resource) = written
                .resources
                .get_index(block as usize)
                .expect("blocks are numbered by their module");
            let expansion = super::expand(None, resource.for_each.as_ref(), &EvalScope::new(self, module))?;
            let state = &mut self.modules[module as usize].blocks[block as usize];
            if state
                .expansion
                .as_ref()
                .is_some_and(|before| before.len() == expansion.len())
            {
                state.expansion = Some(expansion);
            }
        }
        Ok(())
    }

    /// Decides the instances of a module call and adds them.
    pub(crate) fn expand_call(&mut self, module: ModuleId, call: u32) -> Result<(), Diagnostics> {
        let of = self.modules[module as usize].of as usize;
        let Some(child) = self.statics[of].children[call as usize] else {
            return Ok(());
        };
        let written = self.written(module).clone();
        let (name, block) = written
            .module_calls
            .get_index(call as usize)
            .expect("calls are numbered by their module");
        let scope = EvalScope::new(self, module);
        let expansion = super::expand(block.count.as_ref(), block.for_each.as_ref(), &scope);
        let deps = scope.into_deps();
        let expansion = expansion?;
        if self.files.is_missing_some() {
            return Ok(());
        }
        let inner = &self.statics[child as usize].module;
        let values = inner.resources.len() + inner.variables.len() + inner.locals.len() + inner.outputs.len();
        let place = block.count.as_ref().or(block.for_each.as_ref());
        self.take_room(&expansion, values, place.map(Expr::span))?;
        let first = u32::try_from(self.modules.len()).expect("fewer than 2^32 modules");
        for position in 0..expansion.len() {
            let address = self.modules[module as usize]
                .address
                .child(name.as_ref(), expansion.key(position));
            self.add_module(child, address, Some(module), expansion.repetition(position));
        }
        let state = super::CallState {
            expansion,
            first,
            deps: deps.into(),
        };
        self.modules[module as usize].calls[call as usize] = Some(state);
        Ok(())
    }
}

/// A position as the small number that ids are made of.
pub(crate) fn index_of(position: Option<usize>) -> Option<u32> {
    position.and_then(|position| u32::try_from(position).ok())
}

/// What `Repetition` means for a scope is said there; this keeps the two in one place for readers.
impl Repetition {
    pub(crate) fn index(&self) -> Option<Value> {
        match self {
            Self::Count(index) => Some(Value::from(i64::try_from(*index).unwrap_or(i64::MAX))),
            Self::None | Self::Each(..) => None,
        }
    }

    pub(crate) fn key(&self) -> Option<Value> {
        match self {
            Self::Each(key, _) => Some(Value::from(key.as_ref())),
            Self::None | Self::Count(_) => None,
        }
    }

    pub(crate) fn value(&self) -> Option<Value> {
        match self {
            Self::Each(_, value) => Some(value.clone()),
            Self::None | Self::Count(_) => None,
        }
    }
}
