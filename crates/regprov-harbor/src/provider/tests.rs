//! The schemas of all types against the committed table, and against the public schemas where they are at hand.

use super::*;
use regprov_http::{ManualClock, Redactor, SeededRandomness, Transport};
use regprov_schema::{Block, TableRow, table};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

struct NoNetwork;

impl crate::Networks for NoNetwork {
    fn transport(&self, _certificates: crate::Certificates) -> Result<Arc<dyn Transport>, Error> {
        Err(Error::new(ErrorKind::Failed, "there is no network in this test"))
    }
}

fn offline() -> Arc<dyn Provider> {
    provider(Services {
        networks: Arc::new(NoNetwork),
        clock: Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        randomness: Arc::new(SeededRandomness::new(1)),
        redactor: Redactor::new(),
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
    expect_test::expect_file![folder().join("schemas/harbor.txt")].assert_eq(&text);
}

/// Where our schema differs from the public one on purpose: heading, path, why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("provider", "bearer_token", "a secret is marked as one"),
    ("provider", "password", "a secret is marked as one"),
    ("provider", "session_id", "a secret is marked as one"),
    (
        "resource harbor_config_auth",
        "oidc_client_secret_wo",
        "a secret is marked as one",
    ),
    (
        "resource harbor_project_webhook",
        "auth_header",
        "it is a credential",
    ),
    (
        "resource harbor_robot_account",
        "secret_wo",
        "a secret is marked as one",
    ),
    ("resource harbor_user", "password_wo", "a secret is marked as one"),
];

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
        let row = format!("{} {}", flags(attribute), attribute["type"]);
        rows.insert(format!("{prefix}{name}"), row);
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

#[test]
fn the_schemas_are_those_of_the_public_provider() {
    let public = folder().join("../../../shared/schemas/harbor-3.12.4.json");
    if !public.is_file() {
        eprintln!("SKIPPED: the public schemas are not at {}", public.display());
        return;
    }
    let differences = compare(&*offline(), &public_schemas(&public));
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
            DIFFERENCES.iter().any(|(place, known, _)| {
                (heading == *place || heading.starts_with(&format!("{place} version "))) && *known == path
            })
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
fn every_public_type_is_offered() {
    let public = folder().join("../../../shared/schemas/harbor-3.12.4.json");
    if !public.is_file() {
        eprintln!("SKIPPED: the public schemas are not at {}", public.display());
        return;
    }
    let ours = schemas(&*offline());
    for heading in public_schemas(&public).keys() {
        assert!(ours.contains_key(heading), "{heading} is not offered");
    }
}
