//! The guide's own commands: `az` makes a registry and a credential in the sandbox, `skopeo` pushes with it, regprov takes it over.

use super::image::write_layout;
use crate::shell::{Result, cargo, present, root, step};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The version of the Azure CLI that the sandbox is held against.
const AZURE_CLI: &str = "azure-cli==2.91.0";
const REGISTRY: &str = "peersregistry";
const GROUP: &str = "peers-group";

pub(crate) fn run() -> Result {
    let Some(az) = install()? else {
        println!("SKIPPED: peers azure: the Azure CLI could not be installed from PyPI");
        return Ok(());
    };
    step(
        "build regprov",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    let folder = root().join("target/peers/azure");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let sandbox = Serving::start(&folder)?;
    let guide = Guide {
        az,
        folder: folder.clone(),
        ca: sandbox.ca.clone(),
    };
    let credential = guide.follow(&sandbox)?;
    println!("\n== regprov takes over what az made");
    take_over(&folder, &credential)?;
    println!("\npeers azure: every step passed");
    Ok(())
}

/// The Azure CLI in an environment of its own; `None` where it cannot be had.
fn install() -> Result<Option<PathBuf>> {
    let venv = root().join("target/peers/venv");
    let az = venv.join("bin/az");
    let ready = venv.join(".ready");
    if ready.is_file() && az.is_file() {
        return Ok(Some(az));
    }
    println!("\n== install {AZURE_CLI}");
    let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).status();
    let installed = Command::new(venv.join("bin/pip"))
        .args(["install", "--quiet", AZURE_CLI])
        .status();
    if !matches!((made, installed), (Ok(a), Ok(b)) if a.success() && b.success()) {
        return Ok(None);
    }
    fs::write(&ready, "").map_err(|error| error.to_string())?;
    Ok(Some(az))
}

/// `regprov sandbox serve`, ended with the value.
struct Serving {
    child: Child,
    main: String,
    ca: PathBuf,
    operator: Value,
}

impl Serving {
    fn start(folder: &Path) -> Result<Self> {
        let mut command = regprov(folder);
        let mut child = command
            .args(["sandbox", "serve"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let out = child.stdout.take().ok_or("the sandbox has no output")?;
        for line in BufReader::new(out).lines() {
            if line.map_err(|error| error.to_string())?.starts_with("Serving") {
                break;
            }
        }
        let clouds = folder.join(".regprov/sandbox/clouds");
        let endpoints = read_json(&clouds.join("endpoints.json"))?;
        let main = text(&endpoints, "main_https")?.trim_end_matches('/').to_owned();
        let ca = PathBuf::from(text(&endpoints, "ca_pem")?);
        Ok(Self {
            child,
            main,
            ca,
            operator: read_json(&clouds.join("operator.json"))?,
        })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn regprov(folder: &Path) -> Command {
    let mut command = Command::new(root().join("target/debug/regprov"));
    command.arg(format!("-chdir={}", folder.display()));
    command
        .env("XDG_CONFIG_HOME", folder.join("user"))
        .env_remove("REGPROV_IDENTITY")
        .env_remove("REGPROV_RECIPIENTS");
    command.stdin(Stdio::null());
    command
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name]
        .as_str()
        .ok_or_else(|| format!("no `{name}` in an answer"))
}

/// What the guide ends with.
struct Credential {
    registry_id: String,
    app_object_id: String,
    principal_object_id: String,
    assignment_id: String,
    client_id: String,
    sign_in_audience: String,
}

/// The Azure chapter of the guide.
struct Guide {
    az: PathBuf,
    folder: PathBuf,
    ca: PathBuf,
}

impl Guide {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.az);
        command.args(arguments).stdin(Stdio::null());
        command
            .env("AZURE_CONFIG_DIR", self.folder.join("az"))
            .env("REQUESTS_CA_BUNDLE", &self.ca);
        command
            .env("AZURE_CORE_COLLECT_TELEMETRY", "false")
            .env("AZURE_CORE_INSTANCE_DISCOVERY", "false");
        command
            .env("AZURE_CORE_ONLY_SHOW_ERRORS", "true")
            .env("AZURE_CORE_NO_COLOR", "true");
        command
    }

    /// Runs `az` and reads its JSON.
    fn az(&self, shown: &str, arguments: &[&str]) -> Result<Value> {
        println!("  az {shown}");
        let mut all = arguments.to_vec();
        all.extend(["--output", "json"]);
        let output = self.command(&all).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!(
                "az {shown} failed: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        if text.trim().is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(&text).map_err(|error| format!("az {shown}: {error}: {text}"))
        }
    }

    fn follow(&self, sandbox: &Serving) -> Result<Credential> {
        println!("\n== the guide's commands, with the real az");
        let (client, secret, tenant) = (
            text(&sandbox.operator, "client_id")?,
            text(&sandbox.operator, "client_secret")?,
            text(&sandbox.operator, "tenant_id")?,
        );
        self.az(
            "cloud register",
            &[
                "cloud",
                "register",
                "-n",
                "Sandbox",
                "--endpoint-resource-manager",
                &sandbox.main,
            ],
        )?;
        self.az("cloud set", &["cloud", "set", "-n", "Sandbox"])?;
        self.az(
            "login --service-principal",
            &[
                "login",
                "--service-principal",
                "-u",
                client,
                "-p",
                secret,
                "--tenant",
                tenant,
            ],
        )?;
        let accounts = self.az("account list", &["account", "list"])?;
        if accounts.as_array().is_none_or(Vec::is_empty) {
            return Err("az account list shows no subscription".into());
        }
        self.az(
            "group create",
            &["group", "create", "--name", GROUP, "--location", "westeurope"],
        )?;
        let free = self.az("acr check-name", &["acr", "check-name", "--name", REGISTRY])?;
        expect(
            free["nameAvailable"] == Value::Bool(true),
            "acr check-name says that the name is free",
        )?;
        self.az(
            "acr create --sku Basic",
            &[
                "acr",
                "create",
                "--name",
                REGISTRY,
                "--resource-group",
                GROUP,
                "--sku",
                "Basic",
            ],
        )?;
        let taken = self.az("acr check-name", &["acr", "check-name", "--name", REGISTRY])?;
        expect(
            taken["nameAvailable"] == Value::Bool(false),
            "acr check-name says that the name is taken now",
        )?;
        let id = self.az(
            "acr show --query id",
            &["acr", "show", "--name", REGISTRY, "--query", "id"],
        )?;
        let id = id.as_str().ok_or("acr show has no id")?.to_owned();
        let server = self.az(
            "acr show --query loginServer",
            &["acr", "show", "--name", REGISTRY, "--query", "loginServer"],
        )?;
        let server = server.as_str().ok_or("acr show has no login server")?.to_owned();
        let made = self.az(
            "ad sp create-for-rbac --role AcrPush --scopes ID",
            &[
                "ad",
                "sp",
                "create-for-rbac",
                "--name",
                "peers-pusher",
                "--role",
                "AcrPush",
                "--scopes",
                &id,
            ],
        )?;
        let (app, password) = (text(&made, "appId")?, text(&made, "password")?);
        let token = self.az(
            "acr login --expose-token",
            &["acr", "login", "--name", REGISTRY, "--expose-token"],
        )?;
        expect(
            token["accessToken"]
                .as_str()
                .is_some_and(|token| token.split('.').count() == 3),
            "acr login --expose-token gives a token",
        )?;
        let assignments = self.az(
            "role assignment list",
            &["role", "assignment", "list", "--assignee", app, "--scope", &id],
        )?;
        let assignment = text(&assignments[0], "id")?.to_owned();
        let application = self.az("ad app show", &["ad", "app", "show", "--id", app])?;
        let principal = self.az("ad sp show", &["ad", "sp", "show", "--id", app])?;
        self.push(&server, (app, password), true)?;
        self.az(
            "role assignment delete",
            &["role", "assignment", "delete", "--ids", &assignment],
        )?;
        self.push(&server, (app, password), false)?;
        let again = self.az(
            "role assignment create",
            &[
                "role",
                "assignment",
                "create",
                "--assignee-object-id",
                text(&principal, "id")?,
                "--assignee-principal-type",
                "ServicePrincipal",
                "--role",
                "AcrPush",
                "--scope",
                &id,
            ],
        )?;
        Ok(Credential {
            registry_id: id,
            app_object_id: text(&application, "id")?.to_owned(),
            principal_object_id: text(&principal, "id")?.to_owned(),
            assignment_id: text(&again, "id")?.to_owned(),
            client_id: app.to_owned(),
            sign_in_audience: text(&application, "signInAudience")?.to_owned(),
        })
    }

    /// Pushes an image with the real skopeo.
    fn push(&self, server: &str, credential: (&str, &str), works: bool) -> Result {
        if !present("skopeo") {
            println!("  SKIPPED: skopeo is not installed");
            return Ok(());
        }
        println!("  skopeo copy {}", if works { "" } else { "(must be refused)" });
        let (layout, certificates) = (self.folder.join("layout"), self.folder.join("certificates"));
        write_layout(&layout)?;
        fs::create_dir_all(&certificates).map_err(|error| error.to_string())?;
        fs::copy(&self.ca, certificates.join("ca.crt")).map_err(|error| error.to_string())?;
        let output = Command::new("skopeo")
            .args([
                "--insecure-policy",
                "copy",
                "--dest-creds",
                &format!("{}:{}", credential.0, credential.1),
            ])
            .arg("--dest-cert-dir")
            .arg(&certificates)
            .arg(format!("oci:{}:latest", layout.display()))
            .arg(format!("docker://{server}/peers/image:1"))
            .output()
            .map_err(|error| error.to_string())?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        expect(
            output.status.success() == works,
            &format!(
                "skopeo copy {}: {stderr}",
                if works { "works" } else { "is refused" }
            ),
        )
    }
}

fn expect(holds: bool, what: &str) -> Result {
    if holds {
        Ok(())
    } else {
        Err(format!("expected: {what}"))
    }
}

/// Writes the configuration of what `az` made, imports each object, and expects an empty plan.
fn take_over(folder: &Path, credential: &Credential) -> Result {
    // The Azure CLI leaves the audience to Microsoft Graph, whose default is not the one of the provider.
    let audience = &credential.sign_in_audience;
    let configuration = format!(
        r#"provider "azurerm" {{
  features {{}}
}}

resource "azurerm_resource_group" "guide" {{
  name     = "{GROUP}"
  location = "westeurope"
}}

resource "azurerm_container_registry" "guide" {{
  name                = "{REGISTRY}"
  resource_group_name = azurerm_resource_group.guide.name
  location            = azurerm_resource_group.guide.location
  sku                 = "Basic"
}}

resource "azuread_application" "guide" {{
  display_name     = "peers-pusher"
  sign_in_audience = "{audience}"
}}

resource "azuread_service_principal" "guide" {{
  client_id = azuread_application.guide.client_id
}}

resource "azurerm_role_assignment" "guide" {{
  scope                = azurerm_container_registry.guide.id
  role_definition_name = "AcrPush"
  principal_id         = azuread_service_principal.guide.object_id
}}
"#
    );
    fs::write(folder.join("main.tf"), configuration).map_err(|error| error.to_string())?;
    let group = credential
        .registry_id
        .split("/providers/")
        .next()
        .unwrap_or_default()
        .to_owned();
    let objects = [
        ("azurerm_resource_group.guide", group),
        ("azurerm_container_registry.guide", credential.registry_id.clone()),
        (
            "azuread_application.guide",
            format!("/applications/{}", credential.app_object_id),
        ),
        (
            "azuread_service_principal.guide",
            format!("/servicePrincipals/{}", credential.principal_object_id),
        ),
        ("azurerm_role_assignment.guide", credential.assignment_id.clone()),
    ];
    for (address, id) in &objects {
        println!("  regprov import {address}");
        checked(regprov(folder).args(["import", "-sandbox", address, id]), 0)?;
    }
    println!(
        "  regprov plan -detailed-exitcode  (client id {})",
        credential.client_id
    );
    checked(
        regprov(folder).args(["plan", "-sandbox", "-detailed-exitcode"]),
        0,
    )
}

fn checked(command: &mut Command, expected: i32) -> Result {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.code() == Some(expected) {
        return Ok(());
    }
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    Err(format!(
        "{command:?} ended with {}:\n{stdout}\n{stderr}",
        output.status
    ))
}
