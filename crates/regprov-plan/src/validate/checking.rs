//! A module in which every declared thing is known only after apply, but for its type.

use crate::change::violations;
use crate::codes;
use foldhash::{HashMap, HashMapExt};
use regprov_addr::{InstanceKey, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::{Condition, Expr, FunctionContext, Module, Resource, ResourceName, Scope, decode};
use regprov_schema::{Block, ProviderFunction};
use regprov_value::{Data, Marks, ObjectType, Type, Value};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The types of objects, by block.
pub(super) type Types<'a> = HashMap<&'a ResourceName, Type>;

/// The types of the objects of blocks: what an expression can see of one, by its name of now or by an older one.
pub(super) fn types<'a>(blocks: &HashMap<&'a ResourceName, &Block>) -> Types<'a> {
    // Many blocks have one type.
    let mut made: HashMap<*const Block, Type> = HashMap::new();
    let mut type_of = |block: &Block| {
        let known = made.entry(std::ptr::from_ref(block));
        known.or_insert_with(|| object_type(block)).clone()
    };
    let named = blocks.iter().map(|(name, block)| (*name, type_of(block)));
    named.collect()
}

fn object_type(block: &Block) -> Type {
    let Type::Object(object) = block.implied_type() else {
        return Type::Dynamic;
    };
    let mut object = ObjectType::clone(&object);
    for (now, attribute) in &block.attributes {
        let ty = object.attributes.get(*now).cloned();
        for former in attribute.former.iter().filter(|former| former.form.is_none()) {
            object
                .attributes
                .entry(Arc::from(former.name))
                .or_insert_with(|| ty.clone().unwrap_or(Type::Dynamic));
        }
    }
    Type::Object(Arc::new(object))
}

/// A module, and the block in it whose expressions are checked.
#[derive(Clone)]
pub(super) struct Checking<'a> {
    module: &'a Module,
    types: &'a Types<'a>,
    functions: &'a dyn FunctionContext,
    /// Whether the block has `count`.
    counted: bool,
    /// Whether the block has `for_each`.
    each: bool,
    /// The type of `self`.
    own: Option<Type>,
    /// What came of locals.
    locals: Rc<RefCell<Locals<'a>>>,
}

/// The values of locals as far as they are known.
#[derive(Default)]
struct Locals<'a> {
    /// By name; `None` for one that is being evaluated.
    values: HashMap<&'a str, Option<Value>>,
    /// How many are being evaluated.
    depth: usize,
}

/// Locals that refer to one another more deeply than this are open here.
const DEPTH: usize = 64;

impl<'a> Checking<'a> {
    pub(super) fn new(module: &'a Module, types: &'a Types<'a>, functions: &'a dyn FunctionContext) -> Self {
        Self {
            module,
            types,
            functions,
            counted: false,
            each: false,
            own: None,
            locals: Rc::default(),
        }
    }

    fn repeated(&self, count: Option<&Expr>, for_each: Option<&Expr>) -> Self {
        Self {
            counted: count.is_some(),
            each: for_each.is_some(),
            ..self.clone()
        }
    }

    pub(super) fn resource(
        &self,
        (name, resource): (&ResourceName, &Resource),
        block: &Block,
        diagnostics: &mut Diagnostics,
    ) {
        self.count(resource.count.as_ref(), diagnostics);
        self.for_each(resource.for_each.as_ref(), diagnostics);
        let mut inside = self.repeated(resource.count.as_ref(), resource.for_each.as_ref());
        let (config, found) = decode(&resource.body, block, &inside);
        diagnostics.extend(found);
        if name.mode != ResourceMode::Ephemeral {
            diagnostics.extend(crate::ephemeral::arguments(&resource.body, block, &config));
        }
        diagnostics.extend(crate::lifecycle::ignorable(resource, block));
        diagnostics.extend(violations(block, &config).into_iter().map(|violation| {
            Diagnostic::error(&codes::ARGUMENT, violation.summary)
                .detail(violation.detail)
                .at(resource.body.locate(&violation.path))
                .context(resource.span)
        }));
        inside.conditions(&resource.lifecycle.preconditions, diagnostics);
        inside.own = self.types.get(name).cloned();
        inside.conditions(&resource.lifecycle.postconditions, diagnostics);
    }

    /// Everything outside of resources.
    pub(super) fn module(&self, diagnostics: &mut Diagnostics) {
        self.evaluate(self.module.locals.values().map(|local| &local.expr), diagnostics);
        let root = self.module.path.is_empty();
        for (name, output) in &self.module.outputs {
            if let Some(value) = diagnostics.take(output.value.evaluate(self)) {
                diagnostics.extend(crate::ephemeral::output(name, output, &value, root));
                diagnostics.extend(crate::sensitive::output(name, output, &value, root));
            }
            self.conditions(&output.preconditions, diagnostics);
        }
        for variable in self.module.variables.values() {
            self.conditions(&variable.validations, diagnostics);
        }
        for check in self.module.checks.values() {
            self.conditions(&check.asserts, diagnostics);
        }
        for import in &self.module.imports {
            let inside = self.repeated(None, import.for_each.as_ref());
            let Some(id) = &import.id else { continue };
            if let Some(value) = diagnostics.take(id.evaluate(&inside))
                && value.is_null()
            {
                diagnostics.push(
                    Diagnostic::error(&codes::IMPORT, "Invalid import")
                        .detail("The `id` of what is to be imported is null.")
                        .at(id.span()),
                );
            }
        }
        for call in self.module.module_calls.values() {
            self.count(call.count.as_ref(), diagnostics);
            self.for_each(call.for_each.as_ref(), diagnostics);
            let inside = self.repeated(call.count.as_ref(), call.for_each.as_ref());
            let inputs = call.inputs.attributes.values();
            inside.evaluate(inputs.map(|attribute| &attribute.expr), diagnostics);
        }
    }

    /// A `count`: what is known of it must be a whole number.
    fn count(&self, count: Option<&Expr>, diagnostics: &mut Diagnostics) {
        let Some(expr) = count else { return };
        let Some(value) = diagnostics.take(expr.evaluate(self)) else {
            return;
        };
        if (value.is_known() || value.marks.contains(Marks::EPHEMERAL))
            && let Err(diagnostic) = crate::world::count_of(&value, expr)
        {
            diagnostics.push(diagnostic);
        }
    }

    /// A `for_each`: what is known of it must be a map or a set of strings.
    fn for_each(&self, for_each: Option<&Expr>, diagnostics: &mut Diagnostics) {
        let Some(expr) = for_each else { return };
        let Some(value) = diagnostics.take(expr.evaluate(self)) else {
            return;
        };
        let told = value.is_wholly_known()
            || value.marks.contains(Marks::SENSITIVE)
            || value.marks.contains(Marks::EPHEMERAL)
            || !matches!(value.data, Data::Set(..) | Data::Unknown(_));
        if told && let Err(diagnostic) = crate::world::entries_of(&value, expr) {
            diagnostics.push(diagnostic);
        }
    }

    fn conditions(&self, conditions: &[Condition], diagnostics: &mut Diagnostics) {
        for condition in conditions {
            self.evaluate([&condition.condition, &condition.error_message], diagnostics);
        }
    }

    fn evaluate<'e>(&self, expressions: impl IntoIterator<Item = &'e Expr>, diagnostics: &mut Diagnostics) {
        for expression in expressions {
            diagnostics.take(expression.evaluate(self));
        }
    }
}

impl Checking<'_> {
    /// What is known of the objects of a block.
    fn object(&self, resource: &ResourceName, key: Option<&InstanceKey>) -> Result<Value, Diagnostic> {
        let Some(declared) = self.module.resources.get(resource) else {
            let names: Vec<String> = self.module.resources.keys().map(ToString::to_string).collect();
            return Err(undeclared(&resource.to_string(), &names));
        };
        let repeated = declared.count.is_some() || declared.for_each.is_some();
        let Some(ty) = self.types.get(resource).cloned() else {
            return Ok(open());
        };
        match key {
            Some(key) if !repeated => Err(no_instance(resource, &key.to_string())),
            None if declared.count.is_some() => Ok(Value::unknown(Type::list(ty))),
            None if repeated => Ok(open()),
            Some(_) | None => Ok(Value::unknown(ty)),
        }
    }
}

/// A key where nothing repeats.
pub(super) fn no_instance(resource: &ResourceName, key: &str) -> Diagnostic {
    let detail = format!("`{resource}` has neither `count` nor `for_each`, so it has no instance {key}.");
    Diagnostic::error(&codes::NO_INSTANCE, codes::NO_INSTANCE.title).detail(detail)
}

fn open() -> Value {
    Value::unknown(Type::Dynamic)
}

impl Scope for Checking<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        let variable = self.module.variables.get(name)?;
        Some(Value::unknown(variable.ty.without_optional()).marked(variable.marks()))
    }

    fn local(&self, name: &str) -> Option<Value> {
        let (name, local) = self.module.locals.get_key_value(name)?;
        let mut locals = self.locals.borrow_mut();
        match locals.values.get(&**name) {
            Some(value) => return Some(value.clone().unwrap_or_else(open)),
            None if locals.depth >= DEPTH => return Some(open()),
            None => drop(locals.values.insert(name, None)),
        }
        locals.depth += 1;
        drop(locals);
        let outside = Self {
            locals: Rc::clone(&self.locals),
            ..Self::new(self.module, self.types, self.functions)
        };
        // What is wrong with it is told where it stands.
        let value = local.expr.evaluate(&outside).unwrap_or_else(|_| open());
        let mut locals = self.locals.borrow_mut();
        locals.depth -= 1;
        locals.values.insert(name, Some(value.clone()));
        Some(value)
    }

    fn resource(&self, resource: &ResourceName, key: Option<&InstanceKey>) -> Result<Value, Diagnostic> {
        let value = self.object(resource, key)?;
        Ok(match resource.mode {
            ResourceMode::Ephemeral => value.marked(Marks::EPHEMERAL),
            ResourceMode::Managed | ResourceMode::Data => value,
        })
    }

    fn module(
        &self,
        name: &str,
        _key: Option<&InstanceKey>,
        _output: Option<&str>,
    ) -> Result<Value, Diagnostic> {
        let calls = &self.module.module_calls;
        if calls.contains_key(name) {
            return Ok(open());
        }
        let names: Vec<String> = calls.keys().map(|name| format!("module.{name}")).collect();
        Err(undeclared(&format!("module.{name}"), &names))
    }

    fn each_key(&self) -> Option<Value> {
        self.each.then(|| Value::unknown(Type::String))
    }

    fn each_value(&self) -> Option<Value> {
        self.each.then(open)
    }

    fn count_index(&self) -> Option<Value> {
        self.counted.then(|| Value::unknown(Type::Number))
    }

    fn self_object(&self) -> Option<Value> {
        self.own.clone().map(Value::unknown)
    }

    fn path_module(&self) -> Option<Value> {
        Some(Value::string(self.module.directory.to_string_lossy()))
    }

    fn path_root(&self) -> Option<Value> {
        Some(Value::from("."))
    }

    fn path_cwd(&self) -> Option<Value> {
        Some(Value::unknown(Type::String))
    }

    fn workspace(&self) -> Option<Value> {
        Some(Value::unknown(Type::String))
    }

    fn applying(&self) -> Option<Value> {
        Some(Value::unknown(Type::Bool))
    }

    fn provider_function(&self, provider: &str, function: &str) -> Option<&ProviderFunction> {
        self.module.functions.get(provider, function)
    }

    fn is_foreign(&self, provider: &str) -> bool {
        self.module.functions.is_foreign(provider)
    }

    fn functions(&self) -> &dyn FunctionContext {
        self.functions
    }
}

fn undeclared(name: &str, known: &[String]) -> Diagnostic {
    let error = Diagnostic::error(&codes::UNDECLARED, "Reference to what is not declared")
        .detail(format!("The module declares no `{name}`."));
    match regprov_diag::suggest(name, known) {
        Some(near) => error.help(format!("Did you mean `{near}`?")),
        None => error,
    }
}
