//! Checks a configuration by itself: nothing but literals is known, and no service is asked.

use crate::Schemas;
use crate::change::violations;
use crate::codes;
use crate::planner::providers::ProviderTable;
use crate::planner::static_graph;
use crate::world::{StaticId, StaticModule, World};
use regprov_addr::{InstanceKey, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::{Configuration, Expr, FunctionContext, Module, Resource, ResourceName, Scope, decode};
use regprov_schema::Block;
use regprov_value::{Type, Value};
use std::path::PathBuf;

/// Everything that can be found wrong with a configuration without values for its variables and without a service.
pub fn validate(
    configuration: &Configuration,
    schemas: &Schemas,
    functions: &dyn FunctionContext,
) -> Diagnostics {
    let world = World::new(configuration, "default".to_owned(), PathBuf::new());
    let (providers, mut diagnostics) = ProviderTable::resolve(&world.statics, schemas);
    let (_, found) = static_graph::build(&world.statics, &providers);
    diagnostics.extend(found);
    for (id, written) in (0..).zip(&world.statics) {
        let checking = Checking {
            module: &written.module,
            functions,
        };
        for ((name, resource), at) in written.module.resources.iter().zip(0..) {
            let row = providers
                .of_block(id, at)
                .map(|row| &providers.rows[row as usize]);
            let provider = row.and_then(|row| row.provider.as_ref());
            let block = provider.and_then(|provider| match name.mode {
                ResourceMode::Managed => provider
                    .resource(&name.resource_type)
                    .map(|found| found.schema().block.clone()),
                ResourceMode::Data => provider
                    .data_source(&name.resource_type)
                    .map(|found| found.schema().block.clone()),
            });
            match block {
                Some(block) => checking.resource(resource, &block, &mut diagnostics),
                None => {
                    let repeats = resource.count.is_some() || resource.for_each.is_some();
                    let perhaps = repeats || is_repeated(&world.statics, id);
                    diagnostics.push(unsupported((name, resource), schemas, perhaps));
                }
            }
        }
        for config in &written.module.provider_configs {
            if let Some(provider) = schemas.provider_named(&config.name) {
                let (_, found) = decode(&config.body, &provider.schema().block, &checking);
                diagnostics.extend(found);
            }
        }
        checking.values(&mut diagnostics);
    }
    diagnostics.remove_repeats();
    diagnostics.sort();
    diagnostics
}

/// Whether a module is called with `count` or `for_each`, or within one that is.
fn is_repeated(statics: &[StaticModule], module: StaticId) -> bool {
    let Some((parent, call)) = statics[module as usize].parent else {
        return false;
    };
    let calls = &statics[parent as usize].module.module_calls;
    let repeats = calls
        .get_index(call as usize)
        .is_some_and(|(_, call)| call.count.is_some() || call.for_each.is_some());
    repeats || is_repeated(statics, parent)
}

/// A block of a type that we do not know: an error, or a warning where it perhaps has no instances.
fn unsupported((name, resource): (&ResourceName, &Resource), schemas: &Schemas, perhaps: bool) -> Diagnostic {
    let (kind, near) = match name.mode {
        ResourceMode::Managed => (
            "resource type",
            regprov_diag::suggest(&name.resource_type, schemas.resource_names().collect::<Vec<_>>()),
        ),
        ResourceMode::Data => (
            "data source",
            regprov_diag::suggest(
                &name.resource_type,
                schemas.data_source_names().collect::<Vec<_>>(),
            ),
        ),
    };
    let hint = near
        .map(|near| format!(" Did you mean `{near}`?"))
        .unwrap_or_default();
    let mut text = format!("regprov does not know the {kind} `{}`.{hint}", name.resource_type);
    let summary = format!("Unsupported {kind}");
    let diagnostic = if perhaps {
        text.push_str(" Where it has instances, planning refuses it.");
        Diagnostic::warning(&codes::UNSUPPORTED_TYPE, summary)
    } else {
        Diagnostic::error(&codes::UNSUPPORTED_TYPE, summary)
    };
    diagnostic
        .detail(text)
        .at(resource.span)
        .help("Manage it elsewhere, or plan the rest with `-skip-unsupported`.")
}

/// A module in which every declared thing is known only after apply.
struct Checking<'a> {
    module: &'a Module,
    functions: &'a dyn FunctionContext,
}

impl Checking<'_> {
    fn resource(&self, resource: &Resource, block: &Block, diagnostics: &mut Diagnostics) {
        let (config, found) = decode(&resource.body, block, self);
        diagnostics.extend(found);
        diagnostics.extend(crate::ephemeral::arguments(&resource.body, block, &config));
        diagnostics.extend(crate::lifecycle::ignorable(resource, block));
        diagnostics.extend(violations(block, &config).into_iter().map(|violation| {
            Diagnostic::error(&codes::ARGUMENT, violation.summary)
                .detail(violation.detail)
                .at(resource.body.locate(&violation.path))
                .context(resource.span)
        }));
        self.evaluate(resource.count.iter().chain(&resource.for_each), diagnostics);
    }

    /// Locals and outputs, for references to what is not declared.
    fn values(&self, diagnostics: &mut Diagnostics) {
        self.evaluate(self.module.locals.values().map(|local| &local.expr), diagnostics);
        let root = self.module.path.is_empty();
        for (name, output) in &self.module.outputs {
            if let Some(value) = diagnostics.take(output.value.evaluate(self)) {
                diagnostics.extend(crate::ephemeral::output(name, output, &value, root));
            }
        }
        let inputs = self
            .module
            .module_calls
            .values()
            .flat_map(|call| call.inputs.attributes.values());
        self.evaluate(inputs.map(|attribute| &attribute.expr), diagnostics);
    }

    fn evaluate<'e>(&self, expressions: impl IntoIterator<Item = &'e Expr>, diagnostics: &mut Diagnostics) {
        for expression in expressions {
            diagnostics.take(expression.evaluate(self));
        }
    }
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
        self.module.locals.get(name).map(|_| open())
    }

    fn resource(&self, resource: &ResourceName, _key: Option<&InstanceKey>) -> Result<Value, Diagnostic> {
        if self.module.resources.contains_key(resource) {
            return Ok(open());
        }
        let names: Vec<String> = self.module.resources.keys().map(ToString::to_string).collect();
        Err(undeclared(&resource.to_string(), &names))
    }

    fn module(
        &self,
        name: &str,
        _key: Option<&InstanceKey>,
        _output: Option<&str>,
    ) -> Result<Value, Diagnostic> {
        if self.module.module_calls.contains_key(name) {
            return Ok(open());
        }
        let names: Vec<String> = self
            .module
            .module_calls
            .keys()
            .map(|name| format!("module.{name}"))
            .collect();
        Err(undeclared(&format!("module.{name}"), &names))
    }

    fn each_key(&self) -> Option<Value> {
        Some(Value::unknown(Type::String))
    }

    fn each_value(&self) -> Option<Value> {
        Some(open())
    }

    fn count_index(&self) -> Option<Value> {
        Some(Value::unknown(Type::Number))
    }

    fn self_object(&self) -> Option<Value> {
        Some(open())
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
