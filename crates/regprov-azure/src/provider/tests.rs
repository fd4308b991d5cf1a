//! The schemas of all types against the committed table, and against the public schemas where they are at hand.

use super::*;
use regprov_http::{ManualClock, Redactor, SeededRandomness, Transport, TransportError, TransportErrorKind};
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

fn offline() -> Vec<Arc<dyn Provider>> {
    providers(Services {
        transport: Arc::new(Unreachable),
        clock: Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        randomness: Arc::new(SeededRandomness::new(1)),
        redactor: Redactor::new(),
        run_command: Arc::new(crate::NoCommands),
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
    for provider in offline() {
        let mut text = String::new();
        for (heading, block) in schemas(&*provider) {
            let _ = writeln!(text, "{heading}");
            for known in table(&block) {
                let _ = writeln!(text, "  {}", row(&known));
            }
        }
        expect_test::expect_file![folder().join(format!("schemas/{}.txt", provider.name()))].assert_eq(&text);
    }
}

/// Where our schema differs from the public one on purpose: heading, path, why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("provider", "client_certificate", "a secret is marked as one"),
    (
        "provider",
        "client_certificate_password",
        "a secret is marked as one",
    ),
    ("provider", "client_secret", "a secret is marked as one"),
    ("provider", "oidc_request_token", "a secret is marked as one"),
    ("provider", "oidc_token", "a secret is marked as one"),
    (
        "resource azurerm_container_registry",
        "georeplications.global_endpoint_routing_enabled",
        "required in 5, unknown in 4",
    ),
    (
        "resource azurerm_container_registry",
        "encryption",
        "optional in 5, decided by the service too in 4",
    ),
    (
        "resource azurerm_container_registry_webhook",
        "custom_headers",
        "they hold credentials",
    ),
    (
        "resource azurerm_federated_identity_credential",
        "user_assigned_identity_id",
        "required in 5, one of two in 4",
    ),
];

/// Attributes of data sources that are newer than the oldest version are in one of the two files only.
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
fn the_schemas_are_the_union_of_the_public_ones() {
    let public = folder().join("../../../shared/schemas");
    if !public.is_dir() {
        eprintln!("SKIPPED: the public schemas are not at {}", public.display());
        return;
    }
    for provider in offline() {
        let files: &[&str] = match provider.name() {
            "azurerm" => &["azurerm-5.2.0.json", "azurerm.json"],
            _ => &["azuread.json"],
        };
        // The newest first: where both have a row, its form counts.
        let mut union: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for file in files {
            for (heading, rows) in public_schemas(&public.join(file)) {
                let known = union.entry(heading).or_default();
                for (path, row) in rows {
                    known.entry(path).or_insert(row);
                }
            }
        }
        let differences = compare(&*provider, &union);
        assert!(
            differences.is_empty(),
            "{}:\n{}",
            provider.name(),
            differences.join("\n")
        );
    }
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
fn every_public_type_is_offered_or_listed_as_left_out() {
    let public = folder().join("../../../shared/schemas");
    if !public.is_dir() {
        eprintln!("SKIPPED: the public schemas are not at {}", public.display());
        return;
    }
    for provider in offline() {
        let file = if provider.name() == "azurerm" {
            "azurerm-5.2.0.json"
        } else {
            "azuread.json"
        };
        for heading in public_schemas(&public.join(file)).keys() {
            let Some(name) = heading
                .strip_prefix("resource ")
                .and_then(|rest| rest.split(' ').next())
            else {
                continue;
            };
            let known = provider.resource(name).is_some()
                || provider.left_out().iter().any(|(left, _)| *left == name);
            assert!(known, "{name} is neither offered nor listed as left out");
        }
    }
}
