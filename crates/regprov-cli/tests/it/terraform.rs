//! The real Terraform, where it is installed: it opens what was exported.

use regprov_testkit::TestEnvironment;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Runs it in a folder of its own with a copy of the state; `None` where it is not installed.
#[expect(clippy::print_stderr, reason = "a check that is left out says so")]
fn terraform(environment: &TestEnvironment, name: &str, arguments: &[&str]) -> Option<Output> {
    let folder = environment.root().join("terraform");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(
        environment.directory().join(name),
        folder.join("terraform.tfstate"),
    )
    .unwrap();
    let output = Command::new("terraform")
        .args(arguments)
        .current_dir(&folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_CLI_CONFIG_FILE", Path::new("/dev/null"))
        .output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: terraform is not installed, so it did not open the exported state");
        return None;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(output)
}

/// It lists as many objects as the file has.
pub(crate) fn lists(environment: &TestEnvironment, name: &str) {
    let Some(listed) = terraform(environment, name, &["state", "list"]) else {
        return;
    };
    let state: Value =
        serde_json::from_slice(&std::fs::read(environment.directory().join(name)).unwrap()).unwrap();
    let instances = state["resources"].as_array().unwrap().iter();
    let instances = instances.flat_map(|resource| resource["instances"].as_array().unwrap());
    let current = instances.filter(|instance| instance.get("deposed").is_none());
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), current.count(), "{listed}");
}

/// It gives back what it was given.
pub(crate) fn pulls(environment: &TestEnvironment, name: &str, content: fn(Value) -> Value) {
    let Some(pulled) = terraform(environment, name, &["state", "pull"]) else {
        return;
    };
    let mut pulled: Value = serde_json::from_slice(&pulled.stdout).unwrap();
    let given = std::fs::read(environment.directory().join(name)).unwrap();
    let given: Value = serde_json::from_slice(&given).unwrap();
    // It names itself.
    pulled["terraform_version"] = given["terraform_version"].clone();
    assert_eq!(content(pulled), content(given));
}
