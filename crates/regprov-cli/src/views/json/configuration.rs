//! The configuration that a plan was made of: what is declared, with constants and references in place of expressions.

mod providers;

use super::shared::{map, mode, path_steps_text};
use providers::ProviderKeys;
use regprov_addr::{AttributePath, ResourceMode};
use regprov_lang::{
    Body, Configuration, Expr, IndexRef, Module, ModuleCall, Output, Reference, Resource, StaticModulePath,
    Subject,
};
use regprov_plan::Schemas;
use regprov_schema::{Block, Nesting};
use serde_json::{Map, Value as Json, json};

/// The whole tree.
pub(super) fn configuration(configuration: &Configuration, schemas: &Schemas) -> Json {
    let keys = ProviderKeys::new(configuration);
    let mut all = map("provider_config", keys.rows());
    let tree = Tree {
        configuration,
        schemas,
        keys,
    };
    all.insert("root_module".into(), tree.module(&Vec::new()));
    Json::Object(all)
}

struct Tree<'a> {
    configuration: &'a Configuration,
    schemas: &'a Schemas,
    keys: ProviderKeys,
}

impl Tree<'_> {
    fn module(&self, path: &StaticModulePath) -> Json {
        let Some(module) = self.configuration.modules.get(path) else {
            return json!({});
        };
        let outputs = module
            .outputs
            .iter()
            .map(|(name, of)| (name.to_string(), output(of)));
        let mut all = map("outputs", sorted(outputs));
        let resources = self.resources(path, module);
        if !resources.is_empty() {
            all.insert("resources".into(), Json::Array(resources));
        }
        let calls = module
            .module_calls
            .iter()
            .map(|(name, call)| (name.to_string(), self.call(path, call)));
        all.extend(map("module_calls", sorted(calls)));
        let variables = module.variables.iter().map(|(name, variable)| {
            let mut row = Map::new();
            if let Some(default) = &variable.default {
                row.insert("default".into(), super::shared::visible(default));
            }
            row.extend(text("description", variable.description.as_deref()));
            if variable.sensitive {
                row.insert("sensitive".into(), json!(true));
            }
            (name.to_string(), Json::Object(row))
        });
        all.extend(map("variables", sorted(variables)));
        Json::Object(all)
    }

    /// Managed resources, then data sources, each by address.
    fn resources(&self, path: &StaticModulePath, module: &Module) -> Vec<Json> {
        let mut rows: Vec<(bool, String, Json)> = module
            .resources
            .values()
            .map(|block| {
                let row = self.resource(path, module, block);
                (block.mode() == ResourceMode::Data, block.name.to_string(), row)
            })
            .collect();
        rows.sort_by(|(data, name, _), (other_data, other, _)| (data, name).cmp(&(other_data, other)));
        rows.into_iter().map(|(_, _, row)| row).collect()
    }

    fn resource(&self, path: &StaticModulePath, module: &Module, block: &Resource) -> Json {
        let mut row = Map::new();
        row.insert("address".into(), json!(block.name.to_string()));
        row.insert("mode".into(), json!(mode(block.mode())));
        row.insert("type".into(), json!(block.name.resource_type));
        row.insert("name".into(), json!(block.name.name));
        row.insert("provider_config_key".into(), json!(self.keys.of(path, block)));
        let provisioners: Vec<Json> = block
            .provisioners
            .iter()
            .map(|provisioner| {
                let mut row = Map::new();
                row.insert("type".into(), json!(provisioner.kind));
                row.extend(map("expressions", attributes(&provisioner.body)));
                Json::Object(row)
            })
            .collect();
        if !provisioners.is_empty() {
            row.insert("provisioners".into(), Json::Array(provisioners));
        }
        let source = providers::source(module, block);
        let (provider, name) = (&source, &block.name.resource_type);
        let (schema, version) = match block.mode() {
            ResourceMode::Managed => {
                let found = self.schemas.resource(provider, name);
                let schema = found.map(|resource| resource.schema());
                (
                    schema.map(|schema| &schema.block),
                    schema.map_or(0, |schema| schema.version),
                )
            }
            ResourceMode::Data => {
                let found = self.schemas.data_source(provider, name);
                (found.map(|source| &source.schema().block), 0)
            }
            ResourceMode::Ephemeral => {
                let found = self.schemas.ephemeral_resource(provider, name);
                (found.map(|resource| &resource.schema().block), 0)
            }
        };
        let mut expressions = expressions(&block.body, schema);
        if let Some(timeouts) = &block.timeouts {
            expressions.insert("timeouts".into(), Json::Object(attributes(timeouts)));
        }
        row.extend(map("expressions", expressions));
        row.insert("schema_version".into(), json!(version));
        row.extend(repetition(block.count.as_ref(), block.for_each.as_ref()));
        row.extend(depends_on(&block.depends_on));
        Json::Object(row)
    }

    fn call(&self, path: &StaticModulePath, call: &ModuleCall) -> Json {
        let mut row = Map::new();
        row.insert("source".into(), json!(call.source.text));
        row.extend(map("expressions", attributes(&call.inputs)));
        row.extend(repetition(call.count.as_ref(), call.for_each.as_ref()));
        let mut child = path.clone();
        child.push(call.name.to_string());
        row.insert("module".into(), self.module(&child));
        let version = call.version.as_ref().map(|version| version.text.as_str());
        row.extend(text("version_constraint", version));
        row.extend(depends_on(&call.depends_on));
        Json::Object(row)
    }
}

fn output(output: &Output) -> Json {
    let mut row = Map::new();
    if output.sensitive {
        row.insert("sensitive".into(), json!(true));
    }
    row.insert("expression".into(), expression(&output.value));
    row.extend(depends_on(&output.depends_on));
    row.extend(text("description", output.description.as_deref()));
    Json::Object(row)
}

/// Entries in the order of their names.
fn sorted(entries: impl Iterator<Item = (String, Json)>) -> Map<String, Json> {
    let mut entries: Vec<(String, Json)> = entries.collect();
    entries.sort_by(|(first, _), (second, _)| first.cmp(second));
    entries.into_iter().collect()
}

/// A text that is left out where it is empty.
fn text(name: &str, text: Option<&str>) -> Map<String, Json> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| (name.to_owned(), json!(text)))
        .into_iter()
        .collect()
}

fn repetition(count: Option<&Expr>, for_each: Option<&Expr>) -> Map<String, Json> {
    let count = count.map(|count| ("count_expression", expression(count)));
    let for_each = for_each.map(|for_each| ("for_each_expression", expression(for_each)));
    let chosen = count.or(for_each);
    chosen
        .filter(|(_, expression)| expression.as_object().is_some_and(|row| !row.is_empty()))
        .map(|(name, expression)| (name.to_owned(), expression))
        .into_iter()
        .collect()
}

fn depends_on(references: &[Reference]) -> Map<String, Json> {
    let mut row = Map::new();
    if !references.is_empty() {
        let subjects: Vec<String> = references
            .iter()
            .map(|reference| reference.subject.to_string())
            .collect();
        row.insert("depends_on".into(), json!(subjects));
    }
    row
}

fn attributes(body: &Body) -> Map<String, Json> {
    sorted(
        body.attributes
            .iter()
            .map(|(name, attribute)| (name.to_string(), expression(&attribute.expr))),
    )
}

/// The content of a body by a schema; `dynamic` blocks are left out.
fn expressions(body: &Body, schema: Option<&Block>) -> Map<String, Json> {
    let mut all = attributes(body);
    let Some(schema) = schema else { return all };
    for block in body.blocks.iter().filter(|block| block.dynamic.is_none()) {
        let Some(nested) = schema.blocks.get(&*block.kind) else {
            continue;
        };
        let content = Json::Object(expressions(&block.body, Some(&nested.block)));
        match nested.nesting {
            Nesting::Single => {
                all.insert(block.kind.to_string(), content);
            }
            Nesting::List | Nesting::Set => {
                let list = all.entry(block.kind.to_string()).or_insert_with(|| json!([]));
                if let Json::Array(list) = list {
                    list.push(content);
                }
            }
        }
    }
    all
}

/// A constant, or what it refers to; neither where functions make it.
fn expression(expr: &Expr) -> Json {
    let mut row = Map::new();
    if let Some(constant) = expr.as_constant() {
        row.insert("constant_value".into(), super::shared::visible(&constant));
    }
    let references: Vec<String> = expr.references().iter().flat_map(steps).collect();
    if !references.is_empty() {
        row.insert("references".into(), json!(references));
    }
    Json::Object(row)
}

/// A reference with every step that is taken, then without the last, and so on to the block without its key.
fn steps(reference: &Reference) -> Vec<String> {
    let subject = literal_subject(&reference.subject);
    let written = subject.to_string();
    let path = &reference.path.0;
    let mut all: Vec<String> = (0..=path.len())
        .rev()
        .map(|length| {
            let path = AttributePath(path[..length].to_vec());
            format!("{written}{}", path_steps_text(&path))
        })
        .collect();
    match subject {
        Subject::Resource {
            resource,
            index: Some(_),
        } => all.push(resource.to_string()),
        Subject::Module {
            name,
            index: Some(_),
            output: None,
        } => all.push(format!("module.{name}")),
        Subject::Module {
            name,
            index,
            output: Some(_),
        } => {
            let index = index.map(|index| index.to_string()).unwrap_or_default();
            all.push(format!("module.{name}{index}"));
        }
        _ => {}
    }
    all
}

/// The subject as far as it is literal: an index that has to be evaluated ends it.
pub(super) fn literal_subject(subject: &Subject) -> Subject {
    let literal = |index: &Option<IndexRef>| matches!(index, None | Some(IndexRef::Key(_)));
    match subject {
        Subject::Resource { resource, index } if !literal(index) => Subject::Resource {
            resource: resource.clone(),
            index: None,
        },
        Subject::Module { name, index, .. } if !literal(index) => Subject::Module {
            name: name.clone(),
            index: None,
            output: None,
        },
        other => other.clone(),
    }
}
