//! States as Terraform and OpenTofu write them, of the public providers and of forks: opened, corrected, sealed, given back.

use crate::stage::{GROUP, cloud, ends, says, with_main};
use regprov_testkit::TestEnvironment;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;

const REGISTRIES: &str = include_str!("../states/registries.tfstate");
/// Every secret in it.
const CANARIES: &[&str] = &["canary", "Y2FuYXJ5"];

fn text(environment: &TestEnvironment, name: &str) -> String {
    std::fs::read_to_string(environment.directory().join(name)).unwrap()
}

fn parsed(environment: &TestEnvironment, name: &str) -> Value {
    serde_json::from_str(&text(environment, name)).unwrap()
}

/// A state without what a new snapshot changes: its serial, which places are called secret, and the order of resources.
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

#[tokio::test]
async fn a_state_of_many_providers_is_listed_shown_and_printed_as_it_is() {
    let environment = with_main("").with_file("terraform.tfstate", REGISTRIES);
    let listed = environment.run(&["state", "list"]).await.expect(0);
    assert_eq!(
        String::from_utf8(listed.stdout)
            .unwrap()
            .lines()
            .collect::<Vec<_>>(),
        [
            "data.google_project.hub",
            "aws_iam_access_key.ci",
            "docker_access_token.ci",
            "google_artifact_registry_repository.images",
            "harbor_project.binder",
            "harbor_robot_account.pusher",
            "ovh_cloud_project_containerregistry.registry",
            "ovh_cloud_project_containerregistry_user.admin[0]",
            "module.accounts[\"ci\"].google_service_account_key.pusher[\"binder\"]",
        ]
    );
    for arguments in [
        &["show"][..],
        &["show", "-json"],
        &["state", "show", "harbor_robot_account.pusher"],
        &["output"],
        &["output", "-json"],
    ] {
        let shown = environment.run(arguments).await.expect(0);
        let said = shown.text();
        for secret in ["canary-harbor-robot", "canary-output"] {
            assert!(!said.contains(secret), "{arguments:?}: {said}");
        }
    }
    let pulled = environment.run(&["state", "pull"]).await.expect(0);
    assert_eq!(String::from_utf8(pulled.stdout).unwrap(), REGISTRIES);
    assert_eq!(
        text(&environment, "terraform.tfstate"),
        REGISTRIES,
        "looking changes nothing"
    );
}

#[tokio::test]
async fn a_correction_seals_every_secret_and_the_export_differs_in_nothing_else() {
    let environment = with_main("").with_file("terraform.tfstate", REGISTRIES);
    let there = [
        "state",
        "mv",
        "-seal-state",
        "harbor_project.binder",
        "harbor_project.b",
    ];
    ends(&environment, &there, 0).await;
    ends(
        &environment,
        &["state", "mv", "harbor_project.b", "harbor_project.binder"],
        0,
    )
    .await;
    let sealed = text(&environment, "terraform.tfstate");
    for canary in CANARIES {
        assert!(!sealed.contains(canary), "{canary} in {sealed}");
    }
    assert_eq!(parsed(&environment, "terraform.tfstate")["version"], 1004);
    assert_eq!(text(&environment, "terraform.tfstate.backup"), REGISTRIES);

    ends(&environment, &["state", "export", "-out=clear.tfstate"], 0).await;
    let clear = parsed(&environment, "clear.tfstate");
    let before: Value = serde_json::from_str(REGISTRIES).unwrap();
    assert_eq!(content(clear.clone()), content(before));
    assert!(clear["serial"].as_u64() > Some(41));
    terraform_lists(&environment, "clear.tfstate");
}

/// The real Terraform opens an exported state, where it is installed.
#[expect(clippy::print_stderr, reason = "a check that is left out says so")]
fn terraform_lists(environment: &TestEnvironment, name: &str) {
    let folder = environment.root().join("terraform");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(
        environment.directory().join(name),
        folder.join("terraform.tfstate"),
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        Command::new("terraform")
            .args(arguments)
            .current_dir(&folder)
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", Path::new("/dev/null"))
            .output()
    };
    let Ok(listed) = run(&["state", "list"]) else {
        eprintln!("SKIPPED: terraform is not installed, so it did not open the exported state");
        return;
    };
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 9, "{listed}");
    let pulled = run(&["state", "pull"]).unwrap();
    assert!(
        pulled.status.success(),
        "{}",
        String::from_utf8_lossy(&pulled.stderr)
    );
    let mut pulled: Value = serde_json::from_slice(&pulled.stdout).unwrap();
    // Version 1.11 does not know this field of newer ones.
    let exported = text(environment, name).replace("\"identity_schema_version\": 0", "\"schema_version\": 0");
    let exported: Value = serde_json::from_str(&exported).unwrap();
    // It names itself.
    pulled["terraform_version"] = exported["terraform_version"].clone();
    assert_eq!(content(pulled), content(exported));
}

/// What `terraform` says of a configuration and an exported state; `None` where it is not installed.
#[expect(clippy::print_stderr, reason = "a check that is left out says so")]
fn terraform_plans(environment: &TestEnvironment, name: &str) -> Option<i32> {
    let folder = environment.root().join("plans");
    std::fs::create_dir_all(&folder).unwrap();
    for (from, to) in [("main.tf", "main.tf"), (name, "terraform.tfstate")] {
        std::fs::copy(environment.directory().join(from), folder.join(to)).unwrap();
    }
    let run = |arguments: &[&str]| {
        Command::new("terraform")
            .args(arguments)
            .current_dir(&folder)
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", Path::new("/dev/null"))
            .output()
    };
    if run(&["init"]).is_err() {
        eprintln!("SKIPPED: terraform is not installed, so it did not plan on the exported state");
        return None;
    }
    run(&["plan", "-detailed-exitcode"]).unwrap().status.code()
}

#[tokio::test]
async fn what_derives_from_a_secret_is_sealed_here_and_named_in_an_export_as_terraform_names_it() {
    let environment = with_main(
        "resource \"terraform_data\" \"a\" {\n  input = [{ key = sensitive(\"canary-derived\") }, 1]\n}\n",
    );
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert!(!text(&environment, "terraform.tfstate").contains("canary"));
    ends(&environment, &["state", "export", "-out=clear.tfstate"], 0).await;
    let exported = parsed(&environment, "clear.tfstate");
    let object = &exported["resources"][0]["instances"][0];
    assert_eq!(
        object["attributes"]["output"]["value"][0]["key"],
        "canary-derived"
    );
    let secret = object["sensitive_attributes"].as_array().unwrap();
    assert_eq!(secret.len(), 1, "{secret:?}");
    assert_eq!(secret[0][0]["value"], "input");
    if let Some(code) = terraform_plans(&environment, "clear.tfstate") {
        assert_eq!(code, 0, "terraform has nothing to change");
    }
}

/// Notes of ours in a state without secrets stand where Terraform reads past them.
#[tokio::test]
async fn a_state_with_notes_of_ours_is_one_that_terraform_opens_and_finds_nothing_to_change_in() {
    let environment = with_main("resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n");
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let mut noted = parsed(&environment, "terraform.tfstate");
    assert_eq!(noted["version"], 4);
    let instance = &mut noted["resources"][0]["instances"][0];
    instance["regprov_written"] = json!("2026-11-24T01:02:03.456Z");
    environment.write("terraform.tfstate", &noted.to_string());
    if let Some(code) = terraform_plans(&environment, "terraform.tfstate") {
        assert_eq!(code, 0, "terraform has nothing to change");
    }
    // What is exported for Terraform does not hold them.
    ends(&environment, &["state", "export", "-out=clear.tfstate"], 0).await;
    assert!(!text(&environment, "clear.tfstate").contains("regprov_"));
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
}

const TAKEN_ON: &str = r#"resource "terraform_data" "a" {
  input = sensitive("canary-derived")
}

resource "terraform_data" "b" {
  input = { taken = terraform_data.a.output }
}

resource "terraform_data" "c" {
  input = "within <${terraform_data.a.output}>"
}

resource "terraform_data" "moved" {
}
"#;

/// Terraform drops the marks of what a provider computes, so that what takes it is in clear and unmarked.
#[tokio::test]
async fn what_terraform_wrote_without_a_mark_is_sealed_with_the_rest_though_nothing_changes() {
    let environment = with_main(TAKEN_ON);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    ends(&environment, &["state", "export", "-out=clear.tfstate"], 0).await;
    let mut foreign = parsed(&environment, "clear.tfstate");
    foreign["lineage"] = json!("c0ffee00-1111-2222-3333-444455556666");
    for resource in foreign["resources"].as_array_mut().unwrap() {
        if ["b", "c"].contains(&resource["name"].as_str().unwrap()) {
            resource["instances"][0]["sensitive_attributes"] = json!([]);
        }
    }
    let foreign = foreign.to_string();
    environment.write("terraform.tfstate", &foreign);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert_eq!(text(&environment, "terraform.tfstate"), foreign);

    let (here, there) = ("terraform_data.moved", "terraform_data.elsewhere");
    ends(&environment, &["state", "mv", "-seal-state", here, there], 0).await;
    ends(&environment, &["state", "mv", there, here], 0).await;
    let once = text(&environment, "terraform.tfstate");
    assert_eq!(
        once.matches("canary").count(),
        2,
        "what holds the very text is sealed: {once}"
    );
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let sealed = text(&environment, "terraform.tfstate");
    assert!(!sealed.contains("canary"), "{sealed}");
    let serial = &parsed(&environment, "terraform.tfstate")["serial"];
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert_eq!(&parsed(&environment, "terraform.tfstate")["serial"], serial);

    ends(&environment, &["state", "export", "-out=clear.tfstate"], 0).await;
    let clear = parsed(&environment, "clear.tfstate");
    let mut expected: Value = serde_json::from_str(&foreign).unwrap();
    expected["serial"] = clear["serial"].clone();
    assert_eq!(clear, expected);
    if let Some(code) = terraform_plans(&environment, "clear.tfstate") {
        assert_eq!(code, 0, "terraform has nothing to change");
    }
}

#[tokio::test]
async fn resources_of_a_fork_are_recorded_under_its_successor() {
    let environment = with_main("").with_file("terraform.tfstate", REGISTRIES);
    let replaced = environment
        .run(&[
            "state",
            "replace-provider",
            "-auto-approve",
            "-seal-state",
            "BESTSELLER/harbor",
            "goharbor/harbor",
        ])
        .await
        .expect(0);
    says(
        &replaced,
        &["harbor_project.binder", "replaced provider for 1 resource"],
    );
    let state = parsed(&environment, "terraform.tfstate");
    let project = state["resources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|resource| resource["type"] == "harbor_project");
    assert_eq!(
        project.unwrap()["provider"],
        "provider[\"registry.terraform.io/goharbor/harbor\"]"
    );
}

fn azure() -> String {
    format!(
        r#"{GROUP}
resource "azurerm_container_registry" "a" {{
  name                = "foreignstate"
  resource_group_name = azurerm_resource_group.a.name
  location            = azurerm_resource_group.a.location
  sku                 = "Premium"
  admin_enabled       = true
  tags                = {{ team = "hub" }}
}}

resource "azurerm_container_registry_scope_map" "a" {{
  name                    = "pushers"
  container_registry_name = azurerm_container_registry.a.name
  resource_group_name     = azurerm_resource_group.a.name
  actions                 = ["repositories/hub/content/read", "repositories/hub/content/write"]
}}

resource "azurerm_container_registry_token" "a" {{
  name                    = "token1"
  container_registry_name = azurerm_container_registry.a.name
  resource_group_name     = azurerm_resource_group.a.name
  scope_map_id            = azurerm_container_registry_scope_map.a.id
}}

resource "azurerm_container_registry_token_password" "a" {{
  container_registry_token_id = azurerm_container_registry_token.a.id
  password1 {{}}
}}

resource "azurerm_container_registry_webhook" "a" {{
  name                = "hook1"
  registry_name       = azurerm_container_registry.a.name
  resource_group_name = azurerm_resource_group.a.name
  location            = azurerm_resource_group.a.location
  service_uri         = "https://hub.example/hook"
  actions             = ["push"]
}}

resource "azurerm_user_assigned_identity" "a" {{
  name                = "identity1"
  resource_group_name = azurerm_resource_group.a.name
  location            = azurerm_resource_group.a.location
}}

resource "azurerm_federated_identity_credential" "a" {{
  name                = "main"
  resource_group_name = azurerm_resource_group.a.name
  parent_id           = azurerm_user_assigned_identity.a.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://token.actions.githubusercontent.com"
  subject             = "repo:o/r:ref:refs/heads/main"
}}

resource "azuread_application" "a" {{
  display_name = "pusher"
}}

resource "azuread_service_principal" "a" {{
  client_id = azuread_application.a.client_id
}}

resource "azuread_application_password" "a" {{
  application_id = azuread_application.a.id
}}

resource "azuread_service_principal_password" "a" {{
  service_principal_id = azuread_service_principal.a.id
}}

resource "azurerm_role_assignment" "a" {{
  scope                = azurerm_container_registry.a.id
  role_definition_name = "AcrPush"
  principal_id         = azuread_service_principal.a.object_id
}}

output "password" {{
  value     = azuread_application_password.a.value
  sensitive = true
}}
"#
    )
}

/// What the public providers put in the place of null: they keep no difference between the two.
fn zero(kind: &Value) -> Value {
    match kind {
        Value::String(name) if name == "string" => json!(""),
        Value::String(name) if name == "bool" => json!(false),
        Value::String(name) if name == "number" => json!(0),
        Value::Array(parts) if parts[0] == "map" => json!({}),
        Value::Array(parts) if parts[0] == "object" => Value::Null,
        Value::Array(_) => json!([]),
        _ => Value::Null,
    }
}

/// Puts zeros in the place of nulls, in nested blocks too; tells how many.
fn fill(block: &Value, object: &mut Map<String, Value>) -> usize {
    let mut changed = 0;
    for (name, attribute) in block["attributes"].as_object().into_iter().flatten() {
        let told_once = attribute["write_only"] == true;
        if object.get(name).is_none_or(Value::is_null) && !told_once {
            object.insert(name.clone(), zero(&attribute["type"]));
            changed += 1;
        }
    }
    for (name, nested) in block["block_types"].as_object().into_iter().flatten() {
        let blocks = object.get_mut(name).and_then(Value::as_array_mut);
        for inner in blocks.into_iter().flatten().filter_map(Value::as_object_mut) {
            changed += fill(&nested["block"], inner);
        }
    }
    changed
}

/// The state as the public providers write it: zeros for nulls, blocks as lists, notes of their own, nothing called secret.
fn as_terraform_writes(mut state: Value, schemas: &Value) -> Value {
    let providers = schemas["provider_schemas"].as_object().unwrap();
    let types: Map<String, Value> = providers
        .values()
        .filter_map(|provider| provider["resource_schemas"].as_object().cloned())
        .flatten()
        .collect();
    let mut changed = 0;
    for resource in state["resources"].as_array_mut().unwrap() {
        let schema = &types[resource["type"].as_str().unwrap()];
        for instance in resource["instances"].as_array_mut().unwrap() {
            instance["sensitive_attributes"] = json!([]);
            instance["private"] = json!("eyJzY2hlbWFfdmVyc2lvbiI6IjAifQ==");
            let attributes = instance["attributes"].as_object_mut().unwrap();
            changed += fill(&schema["block"], attributes);
            attributes.insert("timeouts".into(), Value::Null);
        }
    }
    assert!(changed > 20, "{changed}");
    state["lineage"] = json!("c0ffee00-1111-2222-3333-444455556666");
    state["terraform_version"] = json!("1.9.5");
    state
}

#[tokio::test]
async fn a_state_of_azure_as_the_public_providers_write_it_gives_an_empty_plan() {
    let environment = with_main(&azure());
    let _cloud = cloud(&environment, json!({})).await;
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    ends(
        &environment,
        &["state", "export", "-sandbox", "-out=clear.tfstate"],
        0,
    )
    .await;
    let schemas = environment.run(&["providers", "schema", "-json"]).await.expect(0);
    let schemas: Value = serde_json::from_slice(&schemas.stdout).unwrap();
    let foreign = as_terraform_writes(parsed(&environment, "clear.tfstate"), &schemas);
    environment.write(".regprov/sandbox/terraform.tfstate", &foreign.to_string());

    let plan = environment.run(&["plan", "-sandbox", "-detailed-exitcode"]).await;
    assert_eq!(plan.code, Some(0), "{}", plan.text());
    let password = foreign["outputs"]["password"]["value"].as_str().unwrap();
    let moved = [
        "state",
        "mv",
        "-sandbox",
        "azuread_application.a",
        "azuread_application.b",
    ];
    ends(&environment, &moved, 0).await;
    let sealed = text(&environment, ".regprov/sandbox/terraform.tfstate");
    assert!(!sealed.contains(password), "{sealed}");
    let listed = environment.run(&["creds", "list", "-sandbox"]).await.expect(0);
    says(
        &listed,
        &[
            "azurerm_container_registry_token_password.a",
            "azuread_application_password.a",
        ],
    );
}

/// What `examples/ovh` does not declare of a Harbor.
const MORE_OF_A_HARBOR: &str = r#"
resource "harbor_retention_policy" "a" {
  scope    = harbor_project.images.id
  schedule = "Daily"
  rule {
    n_days_since_last_pull = 30
    repo_matching          = "**"
    tag_matching           = "**"
  }
}

resource "harbor_immutable_tag_rule" "a" {
  project_id    = harbor_project.images.id
  repo_matching = "**"
  tag_matching  = "v*"
}

resource "harbor_garbage_collection" "a" {
  schedule = "Weekly"
}

resource "harbor_label" "a" {
  name = "stable"
}

resource "harbor_config_system" "a" {
}

resource "harbor_registry" "a" {
  provider_name = "docker-hub"
  name          = "hub"
  endpoint_url  = "https://hub.docker.com"
}

resource "harbor_replication" "a" {
  name        = "copies"
  action      = "pull"
  registry_id = harbor_registry.a.registry_id
  filters {
    name = "library/**"
  }
}

resource "harbor_user" "a" {
  username  = "ann"
  password  = "Secret12345"
  full_name = "Ann"
  email     = "ann@example.org"
}

resource "ovh_cloud_project_user" "a" {
  service_name = ovh_cloud_project_containerregistry.binderhub.service_name
  role_name    = "objectstore_operator"
}

resource "ovh_cloud_project_storage" "a" {
  service_name = ovh_cloud_project_containerregistry.binderhub.service_name
  region_name  = "GRA"
  name         = "hub-images"
}
"#;

#[tokio::test]
async fn a_state_of_harbor_and_ovh_as_the_public_providers_write_it_gives_an_empty_plan() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ovh");
    let environment = with_main("")
        .with_files(&example)
        .with_file("more.tf", MORE_OF_A_HARBOR);
    let _cloud = cloud(&environment, json!({})).await;
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    let export = ["state", "export", "-sandbox", "-out=clear.tfstate"];
    ends(&environment, &export, 0).await;
    let schemas = environment.run(&["providers", "schema", "-json"]).await.expect(0);
    let schemas: Value = serde_json::from_slice(&schemas.stdout).unwrap();
    let mut foreign = as_terraform_writes(parsed(&environment, "clear.tfstate"), &schemas);
    // As an import leaves it: the service does not tell the secret.
    for resource in foreign["resources"].as_array_mut().unwrap() {
        if resource["type"] == "harbor_robot_account" && resource["name"] == "puller" {
            resource["instances"][0]["attributes"]["secret"] = json!("");
        }
    }
    foreign["outputs"]["puller_secret"]["value"] = json!("");
    environment.write(".regprov/sandbox/terraform.tfstate", &foreign.to_string());

    let plan = environment.run(&["plan", "-sandbox", "-detailed-exitcode"]).await;
    assert_eq!(plan.code, Some(0), "{}", plan.text());
    assert!(
        !plan.text().contains("Changed outside regprov"),
        "{}",
        plan.text()
    );
    let listed = environment
        .run(&["creds", "list", "-sandbox", "-json"])
        .await
        .expect(0);
    let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let known: Vec<(&str, bool)> = listed
        .iter()
        .map(|row| (row["address"].as_str().unwrap(), row["has_secret"] == true))
        .collect();
    assert_eq!(
        known,
        [
            ("harbor_robot_account.builder", true),
            ("harbor_robot_account.puller", false),
            ("ovh_cloud_project_containerregistry_user.admin", true),
        ]
    );
    let verified = environment.run(&["creds", "verify", "-sandbox"]).await.expect(1);
    says(
        &verified,
        &[
            "harbor_robot_account.builder at localhost:",
            "The credential pushes: localhost:",
            "The state does not hold its secret, so there is nothing to log in with.",
            "regprov apply -replace='harbor_robot_account.puller'",
        ],
    );
}

/// What `examples/google-keyless` does not declare of Google.
const MORE_OF_GOOGLE: &str = r#"
resource "google_project_iam_custom_role" "a" {
  role_id     = "hubPusher"
  title       = "Pushes"
  permissions = ["artifactregistry.repositories.uploadArtifacts"]
}

resource "google_project_iam_member" "a" {
  project = data.google_project.current.project_id
  role    = google_project_iam_custom_role.a.id
  member  = google_service_account.ci.member
}

resource "google_artifact_registry_repository" "mirror" {
  repository_id = "mirror"
  location      = "europe-west1"
  format        = "DOCKER"
  mode          = "REMOTE_REPOSITORY"
  remote_repository_config {
    docker_repository {
      public_repository = "DOCKER_HUB"
    }
  }
  depends_on = [google_project_service.needed]
}

resource "google_artifact_registry_repository" "all" {
  repository_id = "all"
  location      = "europe-west1"
  format        = "DOCKER"
  mode          = "VIRTUAL_REPOSITORY"
  virtual_repository_config {
    upstream_policies {
      id         = "mirror"
      repository = google_artifact_registry_repository.mirror.id
      priority   = 10
    }
  }
}

resource "google_artifact_registry_repository_iam_binding" "a" {
  repository = google_artifact_registry_repository.mirror.name
  location   = google_artifact_registry_repository.mirror.location
  role       = "roles/artifactregistry.reader"
  members    = [google_service_account.ci.member]
}

resource "google_service_account_key" "a" {
  service_account_id = google_service_account.ci.name
}
"#;

#[tokio::test]
async fn a_state_of_google_as_the_public_provider_writes_it_gives_an_empty_plan() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/google-keyless");
    let environment = with_main("")
        .with_files(&example)
        .with_file("more.tf", MORE_OF_GOOGLE);
    let _cloud = cloud(&environment, json!({})).await;
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    let export = ["state", "export", "-sandbox", "-out=clear.tfstate"];
    ends(&environment, &export, 0).await;
    let schemas = environment.run(&["providers", "schema", "-json"]).await.expect(0);
    let schemas: Value = serde_json::from_slice(&schemas.stdout).unwrap();
    let foreign = as_terraform_writes(parsed(&environment, "clear.tfstate"), &schemas);
    environment.write(".regprov/sandbox/terraform.tfstate", &foreign.to_string());
    let plan = environment.run(&["plan", "-sandbox", "-detailed-exitcode"]).await;
    assert_eq!(plan.code, Some(0), "{}", plan.text());
    assert!(
        !plan.text().contains("Changed outside regprov"),
        "{}",
        plan.text()
    );
}
