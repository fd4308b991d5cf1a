//! The schemas of all types against the committed table, and against the public schemas where they are at hand.

use super::*;
use regprov_http::{ManualClock, Redactor, Transport, TransportError, TransportErrorKind};
use regprov_schema::{Block, TableRow, table};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

struct Unreachable;

#[async_trait]
impl Transport for Unreachable {
    async fn send(&self, _request: regprov_http::Request) -> Result<regprov_http::Response, TransportError> {
        Err(TransportError::new(
            TransportErrorKind::Refused,
            "there is no network in this test",
        ))
    }
}

struct NoHelpers;

#[async_trait]
impl crate::RunHelper for NoHelpers {
    async fn get(
        &self,
        _name: &str,
        _server: &str,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, crate::HelperError> {
        Err(crate::HelperError::NotFound)
    }
}

fn offline() -> Arc<dyn Provider> {
    provider(Services {
        transport: Arc::new(Unreachable),
        clock: Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)),
        redactor: Redactor::new(),
        docker_config: None,
        helpers: Arc::new(NoHelpers),
    })
}

/// Every schema by its heading: `provider`, `resource TYPE`, `data TYPE`.
fn schemas(provider: &dyn Provider) -> BTreeMap<String, Block> {
    let mut schemas = BTreeMap::from([("provider".to_owned(), provider.schema().block.clone())]);
    for resource in provider.resources() {
        let schema = resource.schema();
        let heading = format!("resource {} version {}", resource.type_name(), schema.version);
        schemas.insert(heading, schema.block.clone());
    }
    for source in provider.data_sources() {
        schemas.insert(
            format!("data {}", source.type_name()),
            source.schema().block.clone(),
        );
    }
    schemas
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn row(row: &TableRow) -> String {
    format!("{} {} {}", row.path, row.flags, row.ty)
        .trim_end()
        .to_owned()
}

#[test]
fn the_schemas_are_those_of_the_committed_table() {
    let mut text = String::new();
    for (heading, block) in schemas(&*offline()) {
        let _ = writeln!(text, "{heading}");
        for known in table(&block) {
            let _ = writeln!(text, "  {}", row(&known));
        }
    }
    expect_test::expect_file![folder().join("schemas/docker.txt")].assert_eq(&text);
}

/// Where our schema differs from the public one on purpose: heading, path, why.
const DIFFERENCES: &[(&str, &str, &str)] = &[];

fn public_rows(block: &Json, prefix: &str, rows: &mut BTreeMap<String, String>) {
    let flags = |attribute: &Json| {
        let flags = [
            ("required", 'R'),
            ("optional", 'O'),
            ("computed", 'C'),
            ("sensitive", 'S'),
            ("write_only", 'W'),
        ];
        flags
            .iter()
            .filter(|(name, _)| attribute[*name] == true)
            .map(|(_, flag)| *flag)
            .collect::<String>()
    };
    for (name, attribute) in block["attributes"].as_object().into_iter().flatten() {
        let ty = match attribute.get("nested_type") {
            Some(nested) => nested_type(nested),
            None => attribute["type"].clone(),
        };
        rows.insert(format!("{prefix}{name}"), format!("{} {ty}", flags(attribute)));
    }
    for (name, nested) in block["block_types"].as_object().into_iter().flatten() {
        if name == "timeouts" {
            continue;
        }
        let mode = nested["nesting_mode"].as_str().unwrap();
        let bound = |name: &str| nested[name].as_u64().unwrap_or(0);
        rows.insert(
            format!("{prefix}{name}"),
            format!("{mode} {}..{}", bound("min_items"), bound("max_items")),
        );
        public_rows(&nested["block"], &format!("{prefix}{name}."), rows);
    }
}

/// The type of an attribute that has attributes.
fn nested_type(nested: &Json) -> Json {
    let attributes = nested["attributes"].as_object().unwrap();
    let attributes: serde_json::Map<String, Json> = attributes
        .iter()
        .map(|(name, attribute)| {
            let ty = match attribute.get("nested_type") {
                Some(nested) => nested_type(nested),
                None => attribute["type"].clone(),
            };
            (name.clone(), ty)
        })
        .collect();
    let optional: Vec<&String> = nested["attributes"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, attribute)| attribute["optional"] == true)
        .map(|(name, _)| name)
        .collect();
    let object = if optional.is_empty() {
        serde_json::json!(["object", attributes])
    } else {
        serde_json::json!(["object", attributes, optional])
    };
    match nested["nesting_mode"].as_str().unwrap() {
        "single" => object,
        mode => serde_json::json!([mode, object]),
    }
}

fn public_schemas(file: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let json: Json = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let provider = json["provider_schemas"]
        .as_object()
        .unwrap()
        .values()
        .next()
        .unwrap();
    let mut schemas = BTreeMap::new();
    let mut add = |heading: String, block: &Json| {
        let mut rows = BTreeMap::new();
        public_rows(block, "", &mut rows);
        schemas.insert(heading, rows);
    };
    add("provider".to_owned(), &provider["provider"]["block"]);
    for (kind, word) in [("resource_schemas", "resource"), ("data_source_schemas", "data")] {
        for (name, schema) in provider[kind].as_object().unwrap() {
            let version = if word == "resource" {
                format!(" version {}", schema["version"])
            } else {
                String::new()
            };
            add(format!("{word} {name}{version}"), &schema["block"]);
        }
    }
    schemas
}

/// The public schemas, the newest first: where both have a row, its form counts.
fn union() -> Option<BTreeMap<String, BTreeMap<String, String>>> {
    let public = folder().join("../../../shared/schemas");
    if !public.is_dir() {
        eprintln!("SKIPPED: the public schemas are not at {}", public.display());
        return None;
    }
    let mut union: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for file in ["docker.json"] {
        for (heading, rows) in public_schemas(&public.join(file)) {
            let known = union.entry(heading).or_default();
            for (path, row) in rows {
                known.entry(path).or_insert(row);
            }
        }
    }
    Some(union)
}

#[test]
fn the_schemas_are_the_union_of_the_public_ones() {
    let Some(union) = union() else { return };
    let differences = compare(&*offline(), &union);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn compare(provider: &dyn Provider, public: &BTreeMap<String, BTreeMap<String, String>>) -> Vec<String> {
    let mut differences = Vec::new();
    for (heading, block) in schemas(provider) {
        let Some(public) = public.get(&heading) else {
            differences.push(format!("{heading}: the public provider has no such schema"));
            continue;
        };
        let excused = |path: &str| {
            DIFFERENCES
                .iter()
                .any(|(place, known, _)| heading == *place && *known == path)
        };
        let ours: BTreeMap<String, String> = table(&block)
            .iter()
            .map(|row| {
                (
                    row.path.clone(),
                    format!("{} {}", row.flags, row.ty).trim_end().to_owned(),
                )
            })
            .collect();
        for (path, row) in public {
            match ours.get(path) {
                Some(known) if known == row || excused(path) => {}
                Some(known) => differences.push(format!("{heading}: {path}: public `{row}`, ours `{known}`")),
                None => differences.push(format!("{heading}: {path}: missing, public `{row}`")),
            }
        }
        for path in ours
            .keys()
            .filter(|path| !public.contains_key(*path) && !excused(path))
        {
            differences.push(format!("{heading}: {path}: the public schema has no such row"));
        }
    }
    differences
}

#[test]
fn every_public_type_is_offered_or_listed_as_left_out() {
    let Some(union) = union() else { return };
    let provider = offline();
    for heading in union.keys() {
        let words: Vec<&str> = heading.split(' ').collect();
        let left = |name: &str| provider.left_out().iter().any(|(left, _)| *left == name);
        let known = match words.as_slice() {
            ["resource", name, ..] => provider.resource(name).is_some() || left(name),
            ["data", name] => provider.data_source(name).is_some() || left(name),
            _ => true,
        };
        assert!(known, "{heading} is neither offered nor listed as left out");
    }
}
