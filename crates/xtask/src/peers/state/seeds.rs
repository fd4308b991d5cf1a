//! States of generated configurations, written by the real Terraform: opened, planned, changed and exported by regprov, and opened by
//! Terraform again, with no change to make on either side.

use super::generated::configuration;
use super::programs::{Program, read, write};
use crate::shell::{Result, present};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Tries so many seeds.
pub(super) fn run(folder: &Path, (first, count): (u64, u64)) -> Result {
    if !present("terraform") {
        println!("SKIPPED: peers state: terraform is not installed, and writes no states");
        return Ok(());
    }
    println!("\n== {count} states written by terraform, from seed {first}");
    let regprov = Program::regprov(folder)?;
    let mut failed = Vec::new();
    let (mut instances, mut sealed) = (0, 0);
    for seed in first..first + count {
        match one(&folder.join(format!("seed-{seed}")), &regprov, seed) {
            Ok(figures) => {
                instances += figures.instances;
                sealed += usize::from(figures.sealed);
            }
            Err(error) => {
                println!("{error}\nagain: cargo xtask peers state seeds 1 {seed}");
                failed.push(seed);
            }
        }
    }
    println!(
        "{instances} instances in {count} states, {sealed} of them with secrets: {} failed",
        failed.len()
    );
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("states of seeds {failed:?} do not go through"))
    }
}

struct Figures {
    instances: usize,
    sealed: bool,
}

fn one(folder: &Path, regprov: &Program, seed: u64) -> Result<Figures> {
    let _ = fs::remove_dir_all(folder);
    let terraform = Program::terraform();
    let generated = configuration(seed);
    for (name, text) in &generated.first {
        write(&folder.join(name), text)?;
    }
    terraform.run(folder, &["init"], 0)?;
    terraform.run(folder, &["apply", "-auto-approve"], 0)?;
    // One state as it was first, the other after changes, replacements and moves.
    if seed % 2 == 1 {
        for (name, text) in &generated.second {
            write(&folder.join(name), text)?;
        }
        terraform.run(folder, &["apply", "-auto-approve"], 0)?;
    }
    let state = folder.join("terraform.tfstate");
    let before = read(&state)?;
    regprov.run(folder, &["init"], 0)?;
    regprov.run(folder, &["plan", "-detailed-exitcode"], 0)?;
    if read(&state)? != before {
        return Err(format!("seed {seed}: planning changed the state"));
    }
    // It is written, twice, and says the same afterwards.
    let listed = regprov.run(folder, &["state", "list"], 0)?;
    let listed_there = terraform.run(folder, &["state", "list"], 0)?;
    if listed != listed_there {
        return Err(format!(
            "seed {seed}: listed differently:\n{listed}\n{listed_there}"
        ));
    }
    let name = if seed % 2 == 1 { "renamed" } else { "r0" };
    let (here, there) = (
        format!("terraform_data.{name}"),
        "terraform_data.elsewhere".to_owned(),
    );
    regprov.run(folder, &["state", "mv", "-seal-state", &here, &there], 0)?;
    regprov.run(folder, &["state", "mv", &there, &here], 0)?;
    regprov.run(folder, &["apply", "-auto-approve"], 0)?;
    let kept = fs::read_to_string(&state).map_err(|error| error.to_string())?;
    let sealed = kept.contains("$sealed");
    if sealed && kept.contains("canary-2") {
        return Err(format!("seed {seed}: a secret is in the sealed state in clear"));
    }
    regprov.run(folder, &["state", "export", "-out=clear.tfstate"], 0)?;
    let after = read(&folder.join("clear.tfstate"))?;
    if content(&after) != content(&before) {
        write(&folder.join("before.json"), &format!("{:#}", content(&before)))?;
        write(&folder.join("after.json"), &format!("{:#}", content(&after)))?;
        return Err(format!(
            "seed {seed}: the export differs: diff {0}/before.json {0}/after.json",
            folder.display()
        ));
    }
    fs::copy(folder.join("clear.tfstate"), &state).map_err(|error| error.to_string())?;
    terraform.run(folder, &["plan", "-detailed-exitcode"], 0)?;
    Ok(Figures {
        instances: listed.lines().count(),
        sealed,
    })
}

/// A state without its serial and without what it calls secret, which here is also what derives from secrets; in one order.
fn content(state: &Value) -> Value {
    let mut state = state.clone();
    state["serial"] = Value::Null;
    let name = |value: &Value, part: &str| value[part].as_str().unwrap_or_default().to_owned();
    for resource in state["resources"].as_array_mut().into_iter().flatten() {
        for instance in resource["instances"].as_array_mut().into_iter().flatten() {
            instance["sensitive_attributes"] = Value::Null;
        }
    }
    if let Some(resources) = state["resources"].as_array_mut() {
        resources.sort_by_key(|resource| ["module", "mode", "type", "name"].map(|part| name(resource, part)));
    }
    for check in state["check_results"].as_array_mut().into_iter().flatten() {
        if let Some(objects) = check["objects"].as_array_mut() {
            objects.sort_by_key(|object| name(object, "object_addr"));
        }
    }
    if let Some(checks) = state["check_results"].as_array_mut() {
        checks.sort_by_key(|check| name(check, "config_addr"));
    }
    state
}
