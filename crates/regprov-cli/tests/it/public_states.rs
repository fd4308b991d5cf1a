//! States written by hand as the public providers write theirs: zeros where nothing is said, blocks without content, notes of their
//! own, schema versions of older majors. What a service decides is filled in from a sandbox in which the same files were applied; all
//! else stands in `tests/states`.

use crate::stage::{cloud, ends, says};
use crate::terraform::{lists, pulls};
use regprov_testkit::{Cloud, TestEnvironment};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const STATE: &str = ".regprov/sandbox/terraform.tfstate";
const PLAN: [&str; 3] = ["plan", "-sandbox", "-detailed-exitcode"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/states")
        .join(name)
}

fn parsed(environment: &TestEnvironment, name: &str) -> Value {
    let text = std::fs::read_to_string(environment.directory().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn export(environment: &TestEnvironment) -> Value {
    ends(
        environment,
        &["state", "export", "-sandbox", "-out=clear.tfstate"],
        0,
    )
    .await;
    parsed(environment, "clear.tfstate")
}

/// The value at `TYPE.NAME[KEY].PATH` of a state.
fn at<'a>(state: &'a Value, place: &str) -> &'a Value {
    let found = state["resources"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|resource| {
            let name = format!("{}.{}", resource["type"].as_str()?, resource["name"].as_str()?);
            let mut instances = resource["instances"].as_array()?.iter();
            instances.find_map(|instance| {
                let key = match &instance["index_key"] {
                    Value::Null => String::new(),
                    Value::String(key) => format!("[{key}]"),
                    other => format!("[{other}]"),
                };
                let path = place.strip_prefix(&format!("{name}{key}."))?;
                instance["attributes"].pointer(&format!("/{}", path.replace('.', "/")))
            })
        });
    found.unwrap_or_else(|| panic!("nothing at {place}"))
}

/// A template with what the service decided: `{{TYPE.NAME.ATTRIBUTE}}`.
fn filled(template: &Value, applied: &Value) -> Value {
    match template {
        Value::String(text) => match text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
            Some(place) => at(applied, place).clone(),
            None => template.clone(),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, applied)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, field)| (name.clone(), filled(field, applied)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

/// Objects in the sandbox, and the state of them that another tool wrote.
async fn foreign(name: &str) -> (TestEnvironment, Cloud, Value) {
    let environment = TestEnvironment::new(env!("CARGO_BIN_EXE_regprov")).with_files(&folder(name));
    let template = parsed(&environment, "public.tfstate");
    let cloud = cloud(&environment, json!({})).await;
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    let state = filled(&template, &export(&environment).await);
    // It goes on from another state: what this machine saw of the first one does not count.
    environment.write(STATE, &serde_json::to_string_pretty(&state).unwrap());
    (environment, cloud, state)
}

/// A state without what each writing changes: its serial and the order of resources.
fn content(mut state: Value) -> Value {
    state["serial"] = Value::Null;
    let resources = state["resources"].as_array_mut().unwrap();
    resources.sort_by_key(|resource| {
        ["module", "mode", "type", "name"].map(|part| resource[part].as_str().unwrap_or_default().to_owned())
    });
    for resource in resources {
        for instance in resource["instances"].as_array_mut().unwrap() {
            instance["sensitive_attributes"] = Value::Null;
        }
    }
    state
}

/// The texts at which a state holds secrets.
fn secrets(state: &Value, places: &[&str]) -> Vec<String> {
    let texts = places
        .iter()
        .map(|place| at(state, place).as_str().unwrap().to_owned());
    texts.collect()
}

/// Opens it, finds nothing to change, seals it, and gives it back as it was.
async fn goes_through(name: &str, moved: &str, secret: &[&str]) {
    let (environment, _cloud, state) = foreign(name).await;
    let plan = environment.run(&PLAN).await;
    assert_eq!(plan.code, Some(0), "{}", plan.text());
    says(&plan, &["No changes. What exists matches the configuration."]);
    assert!(
        !plan.text().contains("Changed outside regprov"),
        "{}",
        plan.text()
    );
    assert_eq!(parsed(&environment, STATE), state, "looking changes nothing");

    let (elsewhere, kind) = ("elsewhere", moved.split('.').next().unwrap());
    let elsewhere = format!("{kind}.{elsewhere}");
    for (from, to) in [(moved, elsewhere.as_str()), (elsewhere.as_str(), moved)] {
        ends(
            &environment,
            &["state", "mv", "-sandbox", "-seal-state", from, to],
            0,
        )
        .await;
    }
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    let sealed = std::fs::read_to_string(environment.directory().join(STATE)).unwrap();
    for text in secrets(&state, secret) {
        assert!(!sealed.contains(&text), "a secret is in clear in {sealed}");
    }
    ends(&environment, &PLAN, 0).await;

    let clear = export(&environment).await;
    assert_eq!(content(clear.clone()), content(state));
    lists(&environment, "clear.tfstate");
    pulls(&environment, "clear.tfstate", content);
}

#[tokio::test]
async fn a_state_of_azurerm_4_and_azuread_3_goes_through() {
    goes_through(
        "azure",
        "azurerm_user_assigned_identity.puller",
        &[
            "azurerm_container_registry.premium.admin_password",
            "azurerm_container_registry_token_password.ci.password1.0.value",
            "azurerm_container_registry_token_password.ci.password2.0.value",
            "azuread_application_password.pusher.value",
            "azuread_service_principal_password.pusher[0].value",
            "azuread_service_principal_password.pusher[1].value",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_state_of_azurerm_3_and_azuread_2_goes_through() {
    goes_through(
        "azure-older",
        "azurerm_resource_group.hub",
        &[
            "azurerm_container_registry.hub.admin_password",
            "azuread_application_password.pusher.value",
            "azuread_service_principal_password.pusher.value",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_state_of_google_6_goes_through() {
    goes_through(
        "google",
        "google_service_account_key.pusher",
        &["google_service_account_key.pusher.private_key"],
    )
    .await;
}

#[tokio::test]
async fn a_state_of_ovh_and_of_harbor_and_its_predecessor_goes_through() {
    goes_through(
        "ovh",
        "harbor_label.stable",
        &[
            "harbor_robot_account.every.secret",
            "harbor_robot_account.pusher.secret",
            "harbor_user.ann.password",
            "ovh_cloud_project_containerregistry_user.admin.password",
        ],
    )
    .await;
}

/// An object that was left over from a replacement is deleted where it exists, and dropped where it does not.
#[tokio::test]
async fn a_deposed_key_that_is_gone_is_dropped_and_a_tainted_account_is_replaced() {
    let (environment, _cloud, mut state) = foreign("google").await;
    let resources = state["resources"].as_array_mut().unwrap();
    let named = |resource: &&mut Value, kind: &str| resource["type"] == kind;
    let keys = resources
        .iter_mut()
        .find(|resource| named(resource, "google_service_account_key"))
        .unwrap();
    let mut deposed = keys["instances"][0].clone();
    let name = deposed["attributes"]["name"].as_str().unwrap();
    let gone = format!("{}/keys/{}", name.split("/keys/").next().unwrap(), "0".repeat(40));
    for attribute in ["id", "name"] {
        deposed["attributes"][attribute] = json!(gone);
    }
    deposed["deposed"] = json!("4c7a1b2d");
    keys["instances"].as_array_mut().unwrap().push(deposed);
    let members = resources
        .iter_mut()
        .find(|resource| named(resource, "google_artifact_registry_repository_iam_member"));
    members.unwrap()["instances"][0]["status"] = json!("tainted");
    environment.write(STATE, &state.to_string());
    let plan = environment.run(&PLAN).await.expect(2);
    says(
        &plan,
        &[
            "google_artifact_registry_repository_iam_member.push[\"ci\"] will be deleted, then created anew",
            "google_service_account_key.pusher (deposed object 4c7a1b2d) will be dropped from the state",
            "Plan: 1 to add, 0 to change, 1 to destroy, 1 to forget.",
        ],
    );
    ends(
        &environment,
        &["apply", "-sandbox", "-auto-approve", "-seal-state"],
        0,
    )
    .await;
    ends(&environment, &PLAN, 0).await;
    let after = export(&environment).await;
    let keys = after["resources"].as_array().unwrap().iter();
    let mut keys = keys.filter(|resource| resource["type"] == "google_service_account_key");
    assert_eq!(keys.next().unwrap()["instances"].as_array().unwrap().len(), 1);
}
