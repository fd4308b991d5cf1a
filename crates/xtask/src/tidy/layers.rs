//! The layers: a crate may use only crates of rows above its own.

use crate::shell::{Result, cargo, output, root};
use serde_json::Value;
use std::collections::BTreeMap;

/// The rows of the architecture, from the words at the top to the shell at the bottom. A crate may use only those above it.
const ROWS: &[&str] = &[
    "regprov-diag",
    "regprov-addr",
    "regprov-value",
    "regprov-schema-derive",
    "regprov-schema",
    "regprov-lang",
    "regprov-graph",
    "regprov-state",
    "regprov-provider",
    "regprov-plan",
    "regprov-http",
    "regprov-backends",
    "regprov-modules",
    "regprov-oci",
    "regprov-azure",
    "regprov-dockerhub",
    "regprov-google",
    "regprov-harbor",
    "regprov-ovh",
    "regprov-builtin",
    "regprov-engine",
    "regprov-handoff",
    "regprov-emulator",
    "regprov-cli",
];

/// What stands beside the rows: it checks the project and is no part of the program.
const BESIDE: &[&str] = &["regprov-laws", "regprov-testkit", "xtask"];

/// Crates of clouds: they know neither each other nor the engine.
const CLOUDS: &[&str] = &[
    "regprov-azure",
    "regprov-dockerhub",
    "regprov-google",
    "regprov-harbor",
    "regprov-ovh",
];

/// What each pair must never be, beyond the rows: who, and what it may not use.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "regprov-plan",
        &["tokio", "reqwest", "regprov-http", "async-trait"],
    ),
    (
        "regprov-lang",
        &["regprov-state", "regprov-provider", "tokio", "reqwest"],
    ),
    ("regprov-provider", &["regprov-http", "tokio", "reqwest"]),
    ("regprov-engine", &["clap"]),
    (
        "regprov-emulator",
        &[
            "regprov-http",
            "regprov-azure",
            "regprov-dockerhub",
            "regprov-google",
            "regprov-harbor",
            "regprov-ovh",
            "regprov-provider",
            "regprov-oci",
        ],
    ),
];

/// Dependencies that break the layers.
pub(crate) fn faults() -> Result<Vec<String>> {
    let text = output(
        cargo()
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .current_dir(root()),
    )?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let rank: BTreeMap<&str, usize> = ROWS
        .iter()
        .enumerate()
        .map(|(index, name)| (*name, index))
        .collect();
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        if BESIDE.contains(&name) {
            continue;
        }
        let Some(own) = rank.get(name) else {
            faults.push(format!("{name} has no row in the layers"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let used = dependencies.filter(|dependency| dependency["kind"].as_str() != Some("dev"));
        for used in used.filter_map(|dependency| dependency["name"].as_str()) {
            if rank.get(used).is_some_and(|other| other >= own) {
                faults.push(format!("{name} uses {used}, which is not above it"));
            }
            if CLOUDS.contains(&used) && name != "regprov-cli" {
                faults.push(format!("{name} names the cloud {used}; only regprov-cli may"));
            }
            let forbidden = FORBIDDEN
                .iter()
                .filter(|(who, _)| *who == name)
                .flat_map(|(_, what)| what.iter());
            if forbidden.into_iter().any(|what| *what == used) {
                faults.push(format!("{name} must not know {used}"));
            }
        }
    }
    Ok(faults)
}
