//! `local-exec`: its arguments, and what they come to for one object.

use crate::evaluate::written;
use crate::planner::covers;
use crate::world::{Dep, EvalScope, InstanceId, ModuleId, Repetition, World};
use regprov_addr::{InstanceAddress, InstanceKey};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_lang::{Provisioner, decode};
use regprov_schema::{Attribute, Block};
use regprov_value::{Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// When a provisioner runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// After the object was created.
    Created,
    /// Before the object is deleted.
    Deleting,
}

/// A `local-exec` provisioner, evaluated for one object. It may hold secrets, so it has no `Debug`.
#[derive(Clone)]
pub struct LocalExec {
    /// `command`
    pub command: String,
    /// `interpreter`; empty where the system's shell is meant.
    pub interpreter: Vec<String>,
    /// `working_dir`
    pub working_directory: Option<String>,
    /// `environment`
    pub environment: BTreeMap<String, String>,
    /// `quiet`: the command is not shown.
    pub quiet: bool,
    /// Whether something in it is sensitive, so that neither it nor what it prints may be shown.
    pub sensitive: bool,
    /// Whether its failure lets the apply go on.
    pub continue_on_failure: bool,
    /// The block's header.
    pub span: Span,
}

/// The arguments of `local-exec`.
fn schema() -> Block {
    let optional = |ty| Attribute {
        optional: true,
        ..Attribute::new(ty)
    };
    let command = Attribute {
        required: true,
        ..Attribute::new(Type::String)
    };
    let attributes = [
        ("command", command),
        ("interpreter", optional(Type::list(Type::String))),
        ("working_dir", optional(Type::String)),
        ("environment", optional(Type::map(Type::String))),
        ("quiet", optional(Type::Bool)),
    ];
    Block {
        attributes: attributes.into_iter().collect(),
        ..Block::default()
    }
}

/// What the provisioners of an instance refer to, and what is wrong with their arguments, before there is an object.
pub(crate) fn look_ahead(world: &World, id: InstanceId, repetition: &Repetition) -> (Vec<Dep>, Diagnostics) {
    let block = written(world, id);
    let (mut deps, mut found) = (Vec::new(), Diagnostics::new());
    for provisioner in &block.provisioners {
        let open = Value::unknown(Type::Dynamic);
        let scope = EvalScope::new(world, world.instances[id as usize].module)
            .repeating(repetition)
            .with_self(open);
        let (_, wrong) = decode(&provisioner.body, &schema(), &scope);
        found.extend(wrong);
        deps.extend(scope.into_deps());
    }
    (deps, found)
}

/// The provisioners of an instance for an occasion, with `self` as given; of a block that is no longer declared, none.
pub(crate) fn evaluate(
    world: &World,
    address: &InstanceAddress,
    object: Option<&Value>,
    occasion: Occasion,
) -> Result<Vec<LocalExec>, Diagnostics> {
    let Some((module, provisioners)) = declared(world, address).or_else(|| removed(world, address)) else {
        return Ok(Vec::new());
    };
    let instance = world.find_instance(address);
    let repetition = match instance {
        Some(id) => world.repetition(id),
        None => former_repetition(address.key.as_ref()),
    };
    let recorded = || instance.and_then(|id| world.instances[id as usize].value.clone());
    let object = object
        .cloned()
        .or_else(recorded)
        .unwrap_or_else(|| Value::unknown(Type::Dynamic));
    let wanted = |provisioner: &&Provisioner| provisioner.on_destroy == (occasion == Occasion::Deleting);
    let (mut evaluated, mut found) = (Vec::new(), Diagnostics::new());
    for provisioner in provisioners.iter().filter(wanted) {
        let scope = EvalScope::new(world, module)
            .repeating(&repetition)
            .with_self(object.clone());
        let (config, wrong) = decode(&provisioner.body, &schema(), &scope);
        found.extend(wrong);
        evaluated.push((provisioner, config));
    }
    found.extend(world.take_errors());
    if found.has_errors() {
        return Err(found);
    }
    Ok(evaluated
        .into_iter()
        .map(|(provisioner, config)| local_exec(provisioner, &config))
        .collect::<Result<_, _>>()?)
}

/// The module instance and the provisioners of a declared block.
fn declared<'a>(world: &'a World, address: &InstanceAddress) -> Option<(ModuleId, &'a [Provisioner])> {
    let module = world.module_at(&address.resource.module)?;
    let (_, block) = world.declared(&address.resource)?;
    let (_, resource) = world.written(module).resources.get_index(block as usize)?;
    Some((module, &resource.provisioners))
}

/// Those of a `removed` block that names what is no longer declared, in the module that says so.
fn removed<'a>(world: &'a World, address: &InstanceAddress) -> Option<(ModuleId, &'a [Provisioner])> {
    world.statics.iter().find_map(|written| {
        let prefix: String = written
            .path
            .iter()
            .map(|name| format!("module.{name}."))
            .collect();
        let block = written.module.removed.iter().find(|removed| {
            let target = format!("{prefix}{}", removed.from.text).parse();
            target.is_ok_and(|target| covers(&target, address))
        })?;
        Some((*written.instances.first()?, block.provisioners.as_slice()))
    })
}

/// The key of an instance that the configuration no longer declares; `each.value` is gone with it.
fn former_repetition(key: Option<&InstanceKey>) -> Repetition {
    match key {
        None => Repetition::None,
        Some(InstanceKey::Int(index)) => Repetition::Count(*index),
        Some(InstanceKey::String(key)) => {
            Repetition::Each(Arc::from(key.as_str()), Value::null(Type::Dynamic))
        }
    }
}

fn local_exec(provisioner: &Provisioner, config: &Value) -> Result<LocalExec, Diagnostic> {
    if !config.is_wholly_known() {
        return Err(
            Diagnostic::error(&crate::codes::INCONSISTENT, "Value still not known")
                .detail("An argument of the provisioner is still not known although the object exists.")
                .help("Plan again. If it happens again, this is a bug in regprov.")
                .at(provisioner.span),
        );
    }
    let (bare, _) = config.unmark_deep();
    let text = |name: &str| bare.get(name).and_then(Value::as_str).map(str::to_owned);
    let items = bare
        .get("interpreter")
        .and_then(Value::as_items)
        .unwrap_or_default();
    let entries = bare
        .get("environment")
        .and_then(Value::as_entries)
        .into_iter()
        .flatten();
    Ok(LocalExec {
        command: text("command")
            .filter(|command| !command.is_empty())
            .ok_or_else(|| empty_command(provisioner))?,
        interpreter: items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        working_directory: text("working_dir").filter(|directory| !directory.is_empty()),
        environment: entries
            .filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned())))
            .collect(),
        quiet: bare.get("quiet").and_then(Value::as_bool).unwrap_or(false),
        sensitive: config.is_sensitive_deep(),
        continue_on_failure: provisioner.continue_on_failure,
        span: provisioner.span,
    })
}

fn empty_command(provisioner: &Provisioner) -> Diagnostic {
    Diagnostic::error(&crate::codes::PROVISIONER, "Empty command")
        .detail("The `command` of the provisioner is null or empty, so there is nothing to run.")
        .help("Give the command to run, or remove the provisioner.")
        .at(provisioner.span)
}
