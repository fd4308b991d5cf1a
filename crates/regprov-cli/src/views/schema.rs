//! Schemas of providers as JSON, in the form of Terraform's `providers schema`.

use regprov_provider::Provider;
use regprov_schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use serde_json::{Map, Value, json};

/// Whether a type has a `timeouts` block, and for what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Resource,
    Data,
    /// A provider's own configuration, or a type of a provider that knows no `timeouts`.
    Plain,
}

/// The schemas of a provider.
pub(crate) fn provider(provider: &dyn Provider) -> Value {
    let timed = provider.has_timeouts();
    let kind = |kind| if timed { kind } else { Kind::Plain };
    let resources = provider
        .resources()
        .iter()
        .map(|known| (known.type_name(), schema(known.schema(), kind(Kind::Resource))));
    let data_sources = provider
        .data_sources()
        .iter()
        .map(|known| (known.type_name(), schema(known.schema(), kind(Kind::Data))));
    let mut row = json!({ "provider": schema(provider.schema(), Kind::Plain) });
    for (name, table) in [
        ("resource_schemas", sorted(resources)),
        ("data_source_schemas", sorted(data_sources)),
    ] {
        if !table.is_empty() {
            row[name] = table.into();
        }
    }
    row
}

fn sorted<'n>(rows: impl Iterator<Item = (&'n str, Value)>) -> Map<String, Value> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|(name, _)| *name);
    rows.into_iter()
        .map(|(name, row)| (name.to_owned(), row))
        .collect()
}

fn schema(schema: &Schema, kind: Kind) -> Value {
    let mut block = self::block(&schema.block);
    if let Some(timeouts) = timeouts(&schema.block, kind) {
        let blocks = block
            .entry("block_types")
            .or_insert_with(|| Value::Object(Map::new()));
        blocks["timeouts"] = timeouts;
        if let Some(blocks) = blocks.as_object_mut() {
            blocks.sort_keys();
        }
    }
    json!({ "version": schema.version, "block": block })
}

fn timeouts(block: &Block, kind: Kind) -> Option<Value> {
    let operations: &[&str] = match kind {
        Kind::Plain => return None,
        Kind::Data => &["read"],
        Kind::Resource if is_changeable(block) => &["create", "delete", "read", "update"],
        Kind::Resource => &["create", "delete", "read"],
    };
    let attribute = |name: &&str| {
        let row = json!({ "type": "string", "description_kind": "plain", "optional": true });
        ((*name).to_owned(), row)
    };
    let attributes: Map<String, Value> = operations.iter().map(attribute).collect();
    Some(json!({
        "nesting_mode": "single",
        "block": { "attributes": attributes, "description_kind": "plain" },
    }))
}

/// Whether something can change without replacing the object.
fn is_changeable(block: &Block) -> bool {
    let attribute = |attribute: &Attribute| attribute.is_configurable() && !attribute.replaces;
    block.attributes.values().any(attribute) || block.blocks.values().any(|nested| !nested.replaces)
}

fn block(block: &Block) -> Map<String, Value> {
    let mut row = Map::new();
    if !block.attributes.is_empty() {
        let attributes = block
            .attributes
            .iter()
            .map(|(name, attribute)| ((*name).to_owned(), self::attribute(attribute)));
        row.insert("attributes".into(), Value::Object(attributes.collect()));
    }
    if !block.blocks.is_empty() {
        let blocks = block
            .blocks
            .iter()
            .map(|(name, nested)| ((*name).to_owned(), self::nested(nested)));
        row.insert("block_types".into(), Value::Object(blocks.collect()));
    }
    describe(block.description, block.deprecated, &mut row);
    row
}

fn nested(nested: &NestedBlock) -> Value {
    let mode = match nested.nesting {
        Nesting::Single => "single",
        Nesting::List => "list",
        Nesting::Set => "set",
    };
    let mut row = json!({ "nesting_mode": mode, "block": block(&nested.block) });
    for (name, count) in [("min_items", nested.min_items), ("max_items", nested.max_items)] {
        if count > 0 {
            row[name] = count.into();
        }
    }
    row
}

fn attribute(attribute: &Attribute) -> Value {
    let mut row = Map::new();
    row.insert("type".into(), attribute.ty.to_json());
    describe(attribute.description, attribute.deprecated, &mut row);
    let flags = [
        ("required", attribute.required),
        ("optional", attribute.optional),
        ("computed", attribute.computed),
        ("sensitive", attribute.sensitive),
        ("write_only", attribute.write_only),
    ];
    for (name, _) in flags.into_iter().filter(|(_, set)| *set) {
        row.insert(name.into(), true.into());
    }
    row.into()
}

fn describe(description: &str, deprecated: Option<&str>, row: &mut Map<String, Value>) {
    if !description.is_empty() {
        row.insert("description".into(), description.into());
    }
    row.insert("description_kind".into(), "plain".into());
    if deprecated.is_some() {
        row.insert("deprecated".into(), true.into());
    }
}
