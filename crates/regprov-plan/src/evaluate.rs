//! Bodies to values, the same way for plan and apply.

use crate::planner::providers::ProviderRow;
use crate::planner::static_graph::inherited;
use crate::provisioner::look_ahead;
use crate::world::{Dep, EvalScope, InstanceId, Repetition, World};
use regprov_addr::ResourceMode;
use regprov_diag::Diagnostics;
use regprov_lang::{Resource, decode};
use regprov_provider::Provider;
use regprov_schema::Block;
use regprov_value::{Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A provider configuration's value, and what it was computed from.
pub(crate) fn provider_configuration(
    world: &World,
    row: &ProviderRow,
    provider: &Arc<dyn Provider>,
) -> (Value, Vec<Dep>, Diagnostics) {
    let Some((module, _)) = row.written else {
        return (provider.empty_configuration(), Vec::new(), Diagnostics::new());
    };
    let written = &world.statics[module as usize];
    let Some(instance) = written.instances.first() else {
        return (provider.empty_configuration(), Vec::new(), Diagnostics::new());
    };
    let scope = EvalScope::new(world, *instance);
    let body = row.body(&world.statics).expect("it is written");
    let (value, found) = decode(&body, &provider.schema().block, &scope);
    (value, scope.into_deps(), found)
}

/// The block of an instance.
pub(crate) fn written(world: &World, id: InstanceId) -> &Resource {
    let instance = &world.instances[id as usize];
    let resources = &world.written(instance.module).resources;
    let (_, block) = resources
        .get_index(instance.block as usize)
        .expect("blocks are numbered by their module");
    block
}

/// An instance's arguments.
pub(crate) struct Evaluated {
    pub(crate) config: Value,
    pub(crate) deps: Vec<Dep>,
    pub(crate) timeouts: BTreeMap<String, String>,
    pub(crate) found: Diagnostics,
}

/// Evaluates an instance's arguments.
pub(crate) fn configuration(
    world: &World,
    id: InstanceId,
    schema: &Block,
    repetition: &Repetition,
) -> Evaluated {
    let instance = &world.instances[id as usize];
    let block = written(world, id);
    let scope = EvalScope::new(world, instance.module).repeating(repetition);
    let (config, mut found) = decode(&block.body, schema, &scope);
    if block.mode() != ResourceMode::Ephemeral {
        found.extend(crate::ephemeral::arguments(&block.body, schema, &config));
        found.extend(crate::infinite::arguments(&block.body, &config));
    }
    let timeouts = timeouts(block, &scope, &mut found);
    let mut deps = scope.into_deps();
    lifecycle(world, id, block, repetition, &mut deps);
    explicit(world, id, block, &mut deps);
    if !block.provisioners.is_empty() {
        let (referred, wrong) = look_ahead(world, id, repetition);
        deps.extend(referred);
        found.extend(wrong);
    }
    Evaluated {
        config,
        deps,
        timeouts,
        found,
    }
}

/// Adds what the conditions of a block and its `replace_triggered_by` refer to.
fn lifecycle(world: &World, id: InstanceId, block: &Resource, repetition: &Repetition, deps: &mut Vec<Dep>) {
    let lifecycle = &block.lifecycle;
    let conditions = lifecycle.preconditions.iter().chain(&lifecycle.postconditions);
    let expressions = conditions.flat_map(|condition| [&condition.condition, &condition.error_message]);
    let module = world.instances[id as usize].module;
    let scope = EvalScope::new(world, module)
        .repeating(repetition)
        .with_self(Value::unknown(Type::Dynamic));
    for expression in expressions {
        // What is wrong with it is told where it is judged.
        let _ = expression.evaluate(&scope);
    }
    deps.extend(scope.into_deps());
    for expression in &lifecycle.replace_triggered_by {
        for reference in expression.references() {
            world.explicit_dependency(module, &reference.subject, deps);
        }
    }
}

/// Adds what `depends_on` of the block, and of the calls that lead to it, names.
fn explicit(world: &World, id: InstanceId, block: &Resource, deps: &mut Vec<Dep>) {
    let instance = &world.instances[id as usize];
    for reference in &block.depends_on {
        world.explicit_dependency(instance.module, &reference.subject, deps);
    }
    let mut module = instance.module;
    while let Some(parent) = world.modules[module as usize].parent {
        let of = &world.statics[world.modules[module as usize].of as usize];
        if let Some((parent_static, call)) = of.parent {
            let calls = &world.statics[parent_static as usize].module.module_calls;
            let (_, written) = calls
                .get_index(call as usize)
                .expect("calls are numbered by their module");
            for reference in &written.depends_on {
                world.explicit_dependency(parent, &reference.subject, deps);
            }
            if !matches!(world.modules[module as usize].repetition, Repetition::None) {
                deps.push(Dep::Call(parent, call));
            }
        }
        module = parent;
    }
}

/// Whether a block, or a call that leads to it, says `depends_on`.
pub(crate) fn has_explicit_dependencies(world: &World, module: u32, block: &Resource) -> bool {
    !block.depends_on.is_empty() || !inherited(&world.statics, world.modules[module as usize].of).is_empty()
}

fn timeouts(block: &Resource, scope: &EvalScope<'_>, found: &mut Diagnostics) -> BTreeMap<String, String> {
    let mut limits = BTreeMap::new();
    for (name, attribute) in block.timeouts.iter().flat_map(|body| &body.attributes) {
        if let Some(value) = found.take(attribute.expr.evaluate(scope))
            && let Some(text) = value.as_str()
        {
            limits.insert(name.to_string(), text.to_owned());
        }
    }
    limits
}
