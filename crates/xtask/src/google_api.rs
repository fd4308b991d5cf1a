//! `google-api DIR`: what of Google's discovery documents the sandbox's tests need, as a table of its own.
//!
//! The documents are those that `google-api-python-client` brings; the table holds methods, parameters and the types of
//! members, and no word of a description.

use crate::shell::{Result, root};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A document, and the beginnings or whole names (with a full stop at the end) of the methods that are taken from it.
const WANTED: &[(&str, &[&str])] = &[
    (
        "artifactregistry.v1",
        &[
            "projects.locations.get.",
            "projects.locations.list.",
            "projects.locations.operations.get.",
            "projects.locations.repositories.create.",
            "projects.locations.repositories.delete.",
            "projects.locations.repositories.get.",
            "projects.locations.repositories.getIamPolicy.",
            "projects.locations.repositories.list.",
            "projects.locations.repositories.patch.",
            "projects.locations.repositories.setIamPolicy.",
            "projects.locations.repositories.testIamPermissions.",
            "projects.locations.repositories.dockerImages.get.",
            "projects.locations.repositories.dockerImages.list.",
            "projects.locations.repositories.packages.list.",
        ],
    ),
    (
        "cloudresourcemanager.v1",
        &[
            "projects.get.",
            "projects.getAncestry.",
            "projects.getIamPolicy.",
            "projects.list.",
            "projects.setIamPolicy.",
            "projects.testIamPermissions.",
        ],
    ),
    (
        "iam.v1",
        &[
            "projects.serviceAccounts.",
            "projects.roles.",
            "roles.get.",
            "roles.list.",
            "projects.locations.workloadIdentityPools.create.",
            "projects.locations.workloadIdentityPools.delete.",
            "projects.locations.workloadIdentityPools.get.",
            "projects.locations.workloadIdentityPools.list.",
            "projects.locations.workloadIdentityPools.operations.get.",
            "projects.locations.workloadIdentityPools.patch.",
            "projects.locations.workloadIdentityPools.undelete.",
            "projects.locations.workloadIdentityPools.providers.create.",
            "projects.locations.workloadIdentityPools.providers.delete.",
            "projects.locations.workloadIdentityPools.providers.get.",
            "projects.locations.workloadIdentityPools.providers.list.",
            "projects.locations.workloadIdentityPools.providers.operations.get.",
            "projects.locations.workloadIdentityPools.providers.patch.",
            "projects.locations.workloadIdentityPools.providers.undelete.",
        ],
    ),
    ("iamcredentials.v1", &["projects.serviceAccounts.generate"]),
    ("serviceusage.v1", &["services.", "operations.get."]),
    (
        "storage.v1",
        &[
            "buckets.get.",
            "buckets.getIamPolicy.",
            "buckets.setIamPolicy.",
            "buckets.testIamPermissions.",
        ],
    ),
    ("sts.v1", &["token."]),
];

/// Schemas of which only some members are compared: their rest is large, and of no use here.
const LOOSE: &[(&str, &[&str])] = &[("GoogleApiServiceusageV1ServiceConfig", &["name", "title"])];

/// Where the table is.
fn table() -> PathBuf {
    root().join("crates/regprov-emulator/src/google/description/table.json")
}

/// Writes the table.
pub(crate) fn run(folder: &str) -> Result {
    let text = made(Path::new(folder))?;
    fs::write(table(), text).map_err(|error| error.to_string())?;
    println!("wrote {}", table().display());
    Ok(())
}

/// Fails where the table is not what these documents say.
pub(crate) fn check(folder: &Path) -> Result {
    let committed = fs::read_to_string(table()).map_err(|error| error.to_string())?;
    let made = made(folder)?;
    let other = made
        .lines()
        .zip(committed.lines())
        .find(|(made, committed)| made != committed);
    match other {
        None if made.lines().count() == committed.lines().count() => Ok(()),
        other => Err(format!(
            "the table of Google's API is not what the documents in {} say: {other:?}; run `cargo xtask google-api {}`",
            folder.display(),
            folder.display()
        )),
    }
}

fn made(folder: &Path) -> Result<String> {
    let mut hosts = Vec::new();
    for (name, methods) in WANTED {
        let path = folder.join(format!("{name}.json"));
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let document: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        hosts.push(described(&document, methods)?);
    }
    Ok(format!("{{\n{}\n}}\n", hosts.join(",\n")))
}

/// One host of the table, a line for each method and each schema.
fn described(document: &Value, wanted: &[&str]) -> Result<String> {
    let root = text(document, "rootUrl");
    let host = root.split('/').nth(2).ok_or("a document names no host")?;
    let mut methods = Vec::new();
    let prefix = format!("{}.", text(document, "name"));
    gather(document, (&prefix, wanted), &mut methods);
    let mut rows: Vec<(String, Value)> = methods
        .iter()
        .map(|method| {
            let row = row(method, text(document, "servicePath"));
            (row.to_string(), row)
        })
        .collect();
    rows.sort_by(|left, right| left.0.cmp(&right.0));
    let mut schemas = BTreeMap::new();
    for (_, row) in &rows {
        for name in [&row[2], &row[3]].into_iter().filter_map(Value::as_str) {
            collect(document, name, &mut schemas)?;
        }
    }
    let rows: Vec<String> = rows.into_iter().map(|(text, _)| format!("  {text}")).collect();
    let mut lines = String::new();
    for (index, (name, schema)) in schemas.iter().enumerate() {
        let end = if index + 1 == schemas.len() { "" } else { "," };
        let _ = writeln!(lines, "  {}: {schema}{end}", json!(name));
    }
    Ok(format!(
        " {}: {{\"revision\": {}, \"methods\": [\n{}\n ], \"schemas\": {{\n{lines} }}}}",
        json!(host),
        document["revision"],
        rows.join(",\n")
    ))
}

/// The methods of a resource, and of the resources in it, whose names are wanted.
fn gather<'a>(resource: &'a Value, (prefix, wanted): (&str, &[&str]), found: &mut Vec<&'a Value>) {
    for method in members(resource, "methods") {
        let id = format!(
            "{}.",
            text(method.1, "id").strip_prefix(prefix).unwrap_or_default()
        );
        let signs = id.contains(".sign");
        if !signs && wanted.iter().any(|wanted| id.starts_with(wanted)) {
            found.push(method.1);
        }
    }
    for (_, inner) in members(resource, "resources") {
        gather(inner, (prefix, wanted), found);
    }
}

fn row(method: &Value, service: &str) -> Value {
    let path = match text(method, "flatPath") {
        "" => text(method, "path"),
        path => path,
    };
    let names: BTreeSet<&String> = members(method, "parameters").map(|(name, _)| name).collect();
    json!([
        text(method, "httpMethod"),
        format!("{service}{path}"),
        text(&method["request"], "$ref"),
        text(&method["response"], "$ref"),
        names,
    ])
}

/// A schema, and those that it names.
fn collect(document: &Value, name: &str, schemas: &mut BTreeMap<String, Value>) -> Result {
    if name.is_empty() || schemas.contains_key(name) {
        return Ok(());
    }
    let schema = &document["schemas"][name];
    let mut kind = kind(schema)?;
    if let Some((_, kept)) = LOOSE.iter().find(|(loose, _)| *loose == name) {
        let members = kind.as_object_mut().ok_or("a loose schema has no members")?;
        for (name, kind) in members.iter_mut() {
            if !kept.contains(&name.as_str()) {
                *kind = json!("any");
            }
        }
    }
    schemas.insert(name.to_owned(), kind.clone());
    let mut named = Vec::new();
    references(&kind, &mut named);
    named.iter().try_for_each(|name| collect(document, name, schemas))
}

fn references(kind: &Value, found: &mut Vec<String>) {
    match kind {
        Value::String(text) => found.extend(text.strip_prefix('#').map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => members.values().for_each(|member| references(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A type: `#Name` a schema, `[T]` a list, `{"*": T}` a map, members, or a letter.
fn kind(schema: &Value) -> Result<Value> {
    if let Some(name) = schema["$ref"].as_str() {
        return Ok(json!(format!("#{name}")));
    }
    Ok(match text(schema, "type") {
        "array" => json!([kind(&schema["items"])?]),
        "object" if schema.get("additionalProperties").is_some() => {
            json!({ "*": kind(&schema["additionalProperties"])? })
        }
        "object" => {
            let kinds: Result<Map<String, Value>> = members(schema, "properties")
                .map(|(name, member)| Ok((name.clone(), kind(member)?)))
                .collect();
            Value::Object(kinds?)
        }
        "string" => match schema["enum"].as_array() {
            Some(values) => {
                let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                json!(format!("e:{}", values.join("|")))
            }
            None => json!("s"),
        },
        "boolean" => json!("b"),
        "integer" => json!("i"),
        "number" => json!("n"),
        "any" | "" => json!("any"),
        other => return Err(format!("a schema is of the type {other}")),
    })
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value[name].as_object().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
