//! Commands whose files and outputs are swept for secrets.

use regex::bytes::Regex;
use regprov_testkit::{Cloud, Finished, Found, Sweep, TestEnvironment, fast};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Every secret that the sandbox issues carries this.
pub(crate) const MARKER: &str = "CanaryQx7Zv";
/// What the user keeps secret; it looks different in every form.
pub(crate) const USER: &str = "us3r\"s <e>c/r &e+t~\u{e9} 9Zk";
/// The operator's own secret is in these, and in no other file.
const OF_THE_OPERATOR: [&str; 2] = ["operator.json", "endpoints.json"];
/// Where they are in those files.
const OWN_SECRETS: [&str; 8] = [
    "/client_secret",
    "/azure/client_secret",
    "/ovh/operator/application_secret",
    "/ovh/operator/consumer_key",
    "/ovh/operator/client_secret",
    "/google/operator/client_secret",
    "/google/operator/refresh_token",
    "/dockerhub/operator/password",
];

/// Declarations beside the example's: one of each thing that yields a secret.
const MORE: &str = r#"
variable "token" {
  type      = string
  sensitive = true
}

variable "generation" {
  type    = number
  default = 1
}

resource "terraform_data" "user" {
  input = {
    plain   = var.token
    joined  = "x${var.token}y"
    encoded = base64encode("user:${var.token}")
    json    = jsonencode({ auth = var.token })
  }
  triggers_replace = [var.generation]
}

resource "random_password" "generated" {
  length  = 24
  keepers = { generation = var.generation }
}

resource "azuread_application" "second" {
  display_name = "second"
  password {
    display_name = "inner"
  }
}

resource "azuread_application_password" "more" {
  application_id = azuread_application.pusher.id
  rotate_when_changed = { generation = var.generation }
}

resource "azurerm_container_registry" "admin" {
  name                = "canaryadministered"
  resource_group_name = azurerm_resource_group.binderhub.name
  location            = azurerm_resource_group.binderhub.location
  sku                 = "Premium"
  admin_enabled       = true
}

resource "azurerm_container_registry_scope_map" "push" {
  name                    = "pushing"
  container_registry_name = azurerm_container_registry.admin.name
  resource_group_name     = azurerm_resource_group.binderhub.name
  actions                 = ["repositories/a/content/write", "repositories/a/content/read"]
}

resource "azurerm_container_registry_token" "push" {
  name                    = "pushing"
  container_registry_name = azurerm_container_registry.admin.name
  resource_group_name     = azurerm_resource_group.binderhub.name
  scope_map_id            = azurerm_container_registry_scope_map.push.id
}

resource "azurerm_container_registry_token_password" "push" {
  container_registry_token_id = azurerm_container_registry_token.push.id
  password1 {}
}

provider "google" {
  project = "canary-images"
}

resource "google_service_account" "pusher" {
  account_id = "canary-pusher"
}

# The private half is drawn here; of the other one Google tells it.
resource "google_service_account_key" "own" {
  service_account_id = google_service_account.pusher.name
  keepers            = { generation = var.generation }
}

resource "google_service_account_key" "told" {
  service_account_id = google_service_account.pusher.name
  key_algorithm      = "KEY_ALG_UNSPECIFIED"
}

resource "docker_access_token" "pusher" {
  token_label = "canary"
  scopes      = var.generation > 1 ? ["repo:read", "repo:write"] : ["repo:write"]
}

resource "docker_org_access_token" "pusher" {
  org_name = "canary-crew"
  label    = "canary"

  resources = [
    {
      type   = "TYPE_REPO"
      path   = "canary-crew/*"
      scopes = ["scope-image-push"]
    },
  ]
}

# A line of each private half, beyond what is public in it: it stands in every form of the file that the key is in.
output "keys" {
  value = {
    own  = split("\n", jsondecode(base64decode(google_service_account_key.own.private_key)).private_key)[9]
    told = split("\n", jsondecode(base64decode(google_service_account_key.told.private_key)).private_key)[9]
  }
  sensitive = true
}

output "token" {
  value     = var.token
  sensitive = true
}

output "derived" {
  value     = terraform_data.user.output
  sensitive = true
}

output "generated" {
  value     = random_password.generated.result
  sensitive = true
}

output "all" {
  value = {
    more  = azuread_application_password.more.value
    admin = azurerm_container_registry.admin.admin_password
    token = azurerm_container_registry_token_password.push.password1[0].value
    inner = tolist(azuread_application.second.password)[0].value
    hub   = docker_access_token.pusher.token
    crew  = docker_org_access_token.pusher.token
  }
  sensitive = true
}
"#;

/// A working directory whose commands are swept.
pub(crate) struct Swept {
    pub(crate) environment: TestEnvironment,
    sweep: Sweep,
    outputs: Vec<(String, Vec<u8>)>,
    log: Vec<(String, String)>,
}

impl Swept {
    /// The example and one of each thing that yields a secret; `log` stands in the environment of every command.
    pub(crate) fn new(log: &[(&str, &str)]) -> Self {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/azure");
        let main = std::fs::read_to_string(example.join("main.tf")).unwrap();
        let docker = "required_providers {\n    docker = { source = \"docker/docker\" }\n";
        let environment = TestEnvironment::new(env!("CARGO_BIN_EXE_regprov"))
            .with_files(&example)
            .with_file("main.tf", &main.replace("required_providers {\n", docker))
            .with_file("more.tf", MORE)
            .with("REGPROV_SANDBOX_SECRET_MARKER", MARKER)
            .with("TF_VAR_token", USER);
        let sweep = Sweep::new()
            .with("an issued secret", MARKER)
            .with("the user's secret", USER);
        let log = log
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self {
            environment,
            sweep,
            outputs: Vec::new(),
            log,
        }
    }

    /// Makes the test the owner of the sandbox.
    pub(crate) async fn own(&self) -> Cloud {
        let cloud = self.environment.own_sandbox().await;
        cloud.turn(fast());
        cloud
    }

    /// Runs a command that succeeds, and sweeps what it printed.
    pub(crate) async fn ok(&mut self, arguments: &[&str]) {
        let finished = self.run(arguments).await;
        assert_eq!(finished.code, Some(0), "{arguments:?}\n{}", finished.text());
    }

    /// Runs a command that fails, and sweeps what it printed.
    pub(crate) async fn fails(&mut self, arguments: &[&str]) -> String {
        let finished = self.run(arguments).await;
        assert_eq!(finished.code, Some(1), "{arguments:?}\n{}", finished.text());
        finished.text()
    }

    /// Runs commands that end as they should.
    pub(crate) async fn rows(&mut self, rows: &[(&[&str], i32)]) {
        for (arguments, code) in rows {
            let finished = self.run(arguments).await;
            assert_eq!(finished.code, Some(*code), "{arguments:?}\n{}", finished.text());
        }
    }

    /// Runs a command that succeeds, and gives what it printed.
    pub(crate) async fn said(&mut self, arguments: &[&str]) -> Vec<u8> {
        self.ok(arguments).await;
        let name = format!("standard output of {}", arguments.join(" "));
        let said = self.outputs.iter().rfind(|(of, _)| *of == name);
        said.map(|(_, bytes)| bytes.clone()).unwrap()
    }

    /// Runs a command that reads from standard input.
    pub(crate) async fn asks(&mut self, input: &str, arguments: &[&str]) {
        let log: Vec<(&str, &str)> = self
            .log
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let finished = self.environment.run_reading_with(input, arguments, &log).await;
        assert_eq!(finished.code, Some(0), "{arguments:?}\n{}", finished.text());
        self.keep(&arguments.join(" "), &finished);
    }

    /// The commands that were run.
    pub(crate) fn commands(&self) -> Vec<String> {
        let names = self.outputs.iter().map(|(name, _)| name);
        names
            .filter_map(|name| name.strip_prefix("standard output of ").map(str::to_owned))
            .collect()
    }

    async fn run(&mut self, arguments: &[&str]) -> Finished {
        let log: Vec<(&str, &str)> = self
            .log
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let finished = self.environment.run_with(arguments, &log).await;
        self.keep(&arguments.join(" "), &finished);
        finished
    }

    /// Keeps what a command printed, for the sweep.
    pub(crate) fn keep(&mut self, name: &str, finished: &Finished) {
        self.outputs
            .push((format!("standard output of {name}"), finished.stdout.clone()));
        self.outputs
            .push((format!("standard error of {name}"), finished.stderr.clone()));
    }

    /// Looks for the secrets of this moment too: whole, so that none is missed whose marker was cut off.
    pub(crate) async fn learn_issued(&mut self) {
        for name in ["password", "generated", "all", "keys"] {
            let shown = self
                .environment
                .run(&["output", "-sandbox", "-json", name])
                .await
                .expect(0);
            let value: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
            let texts: Vec<&str> = match &value {
                serde_json::Value::Object(fields) => {
                    fields.values().map(|field| field.as_str().unwrap()).collect()
                }
                other => vec![other.as_str().unwrap()],
            };
            for text in texts {
                assert!(
                    ["generated", "keys"].contains(&name) || text.contains(MARKER),
                    "{name}: a secret without the marker"
                );
                self.sweep = std::mem::take(&mut self.sweep).with(name, text);
            }
        }
    }

    /// Sweeps the whole folder and every output so far.
    pub(crate) fn sweep(&self) {
        let found = self.found_in_files();
        assert!(found.is_empty(), "secrets in files:\n{}", lines(&found));
        self.sweep_outputs();
    }

    /// Sweeps every output so far.
    pub(crate) fn sweep_outputs(&self) {
        let token = Regex::new(r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}").unwrap();
        let broken = Regex::new(r"[ \r]*\n[ \t│├╰]*").unwrap();
        for (name, bytes) in &self.outputs {
            let mut found = self.sweep.bytes(name, bytes);
            // A diagnostic breaks its lines, and within a secret too.
            found.extend(self.sweep.bytes(name, &broken.replace_all(bytes, &b" "[..])));
            assert!(found.is_empty(), "secrets in outputs:\n{}", lines(&found));
            assert!(!token.is_match(bytes), "{name} holds an access token");
        }
    }

    /// What the sweep of the folder finds. The operator's own secret may stand in files that only the user may read.
    pub(crate) fn found_in_files(&self) -> Vec<Found> {
        let found = self.sweep.folder(self.environment.root());
        found
            .into_iter()
            .filter(|found| !self.is_of_the_operator(found))
            .collect()
    }

    fn is_of_the_operator(&self, found: &Found) -> bool {
        let path = self.environment.root().join(&found.place);
        if path.parent() != Some(&self.environment.clouds())
            || !OF_THE_OPERATOR.iter().any(|name| path.ends_with(name))
        {
            return false;
        }
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", found.place);
        let text = std::fs::read_to_string(&path).unwrap();
        let content: serde_json::Value = serde_json::from_str(&text).unwrap();
        let own: Vec<&str> = OWN_SECRETS
            .iter()
            .filter_map(|place| content.pointer(place)?.as_str())
            .collect();
        assert!(!own.is_empty(), "{}: no secret of the operator", found.place);
        let without = own.iter().fold(text.clone(), |text, own| text.replace(own, ""));
        self.sweep.bytes(&found.place, without.as_bytes()).is_empty()
    }

    /// The names of the files below the folder.
    pub(crate) fn files(&self) -> Vec<String> {
        regprov_testkit::files(self.environment.root())
            .iter()
            .map(|path| path.display().to_string())
            .collect()
    }
}

fn lines(found: &[Found]) -> String {
    found.iter().map(|found| format!("  {found}\n")).collect()
}
