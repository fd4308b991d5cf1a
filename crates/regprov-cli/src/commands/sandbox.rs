//! `sandbox`: run and inspect the embedded clouds.

use super::Result;
use crate::arguments::{HostsArguments, LedgerArguments, SandboxCommand, SeedArguments, ServeArguments};
use crate::codes::SANDBOX;
use crate::context::Context;
use crate::outcome::Outcome;
use crate::realm::SandboxHandle;
use crate::workbench::Workbench;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_emulator::{Client, Endpoints, Inventory, Scene};
use serde_json::json;

/// Runs the command.
pub(crate) async fn run(context: &Context, command: &SandboxCommand) -> Result {
    match command {
        SandboxCommand::Serve(arguments) => serve(context, arguments).await,
        SandboxCommand::Reset(_) => reset(context),
        SandboxCommand::Seed(arguments) => seed(context, arguments).await,
        SandboxCommand::Hosts(arguments) => hosts(context, arguments).await,
        SandboxCommand::Ledger(arguments) => ledger(context, arguments).await,
    }
}

async fn open(context: &Context, port: Option<u16>) -> std::result::Result<SandboxHandle, Diagnostic> {
    SandboxHandle::open(context, port).await
}

fn failed(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(&SANDBOX, "Sandbox request failed").detail(error.to_string())
}

async fn serve(context: &Context, arguments: &ServeArguments) -> Result {
    let sandbox = open(context, arguments.port).await?;
    if !sandbox.is_owned() {
        print_endpoints(context, &sandbox.endpoints);
        context
            .shell
            .line("\nAnother process serves this sandbox already.");
        return Ok(Outcome::Done);
    }
    print_endpoints(context, &sandbox.endpoints);
    context
        .shell
        .line("\nServing. Press Ctrl-C to end; what the sandbox holds stays.");
    let ended = wait_for_end().await;
    sandbox.close().await;
    match ended {
        Ok(()) => Ok(Outcome::Done),
        Err(error) => Err(failed(&error).into()),
    }
}

/// Returns at Ctrl-C, or when the process is asked to end.
async fn wait_for_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

fn print_endpoints(context: &Context, endpoints: &Endpoints) {
    let (shell, azure) = (&context.shell, &endpoints.azure);
    shell.line(format!(
        "Sandbox           {}  (also {})",
        endpoints.main_https, endpoints.main_http
    ));
    shell.line(format!("CA certificate    {}", endpoints.ca_pem.display()));
    shell.line(format!("Azure tenant      {}", azure.tenant_id));
    shell.line(format!("Azure subscription {}", azure.subscription_id));
    shell.line(format!("Operator          client id {}", azure.client_id));
    let beside = |name: &str| {
        let folder = endpoints.ca_pem.parent();
        folder.map_or_else(String::new, |folder| folder.join(name).display().to_string())
    };
    shell.line(format!(
        "                  client secret in {}",
        beside("operator.json")
    ));
    let ovh = &endpoints.ovh;
    shell.line(format!("OVHcloud          {}", ovh.endpoint));
    shell.line(format!(
        "                  application key {}, project {}",
        ovh.operator.application_key, ovh.operator.service_name
    ));
    shell.line(format!(
        "                  its secrets in {}",
        beside("endpoints.json")
    ));
    let google = &endpoints.google;
    shell.line(format!("Google            {}HOST/", google.base));
    shell.line(format!(
        "                  operator {}, project {}",
        google.operator.email, google.operator.project
    ));
    shell.line(format!(
        "                  its secrets in {}",
        beside("endpoints.json")
    ));
    let hub = &endpoints.dockerhub;
    shell.line(format!(
        "Docker Hub        https://{}, registry {}",
        hub.host, hub.registry
    ));
    shell.line(format!(
        "                  Docker ID {}, its password in {}",
        hub.operator.username,
        beside("endpoints.json")
    ));
    shell.line("\nFor az:");
    shell.line(format!(
        "  export REQUESTS_CA_BUNDLE={} AZURE_CORE_INSTANCE_DISCOVERY=false",
        endpoints.ca_pem.display()
    ));
    shell.line(format!(
        "  az cloud register -n RegprovSandbox --endpoint-resource-manager {}",
        endpoints.main_https.as_str().trim_end_matches('/')
    ));
    shell.line("  az cloud set -n RegprovSandbox");
    shell.line(format!(
        "  az login --service-principal -u {} -p SECRET --tenant {}",
        azure.client_id, azure.tenant_id
    ));
}

fn reset(context: &Context) -> Result {
    let folder = context.sandbox_directory();
    regprov_emulator::reset(&folder.join("clouds")).map_err(|error| failed(&error))?;
    match std::fs::remove_dir_all(&folder) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(&error).into()),
    }
    context.shell.line("The sandbox is empty, and so is its state.");
    Ok(Outcome::Done)
}

async fn seed(context: &Context, arguments: &SeedArguments) -> Result {
    let path = context.directory.join(&arguments.scene);
    let text =
        std::fs::read_to_string(&path).map_err(|error| failed(&format!("{}: {error}", path.display())))?;
    let scene: Scene =
        serde_json::from_str(&text).map_err(|error| failed(&format!("{}: {error}", path.display())))?;
    let sandbox = open(context, None).await?;
    let report = sandbox.client().seed(&scene).await;
    sandbox.close().await;
    let report = report.map_err(|error| failed(&error))?;
    context.shell.line(format!(
        "The scene stands, in subscription {}.",
        report.subscription_id
    ));
    for (name, id) in &report.object_ids {
        context.shell.line(format!("  {name}: object id {id}"));
    }
    for (name, id) in &report.client_ids {
        context.shell.line(format!("  {name}: client id {id}"));
    }
    for (url, access) in &report.harbors {
        context.shell.line(format!("  {url}: at {}", access.url));
    }
    Ok(Outcome::Done)
}

async fn hosts(context: &Context, arguments: &HostsArguments) -> Result {
    let sandbox = open(context, None).await?;
    let registries = sandbox.client().registries().await;
    let harbors = sandbox.client().harbors().await;
    let google = sandbox.client().google_registries().await;
    let endpoints = sandbox.endpoints.clone();
    sandbox.close().await;
    let registries = registries.map_err(|error| failed(&error))?;
    let harbors = harbors.map_err(|error| failed(&error))?;
    let google = google.map_err(|error| failed(&error))?;
    if arguments.json {
        let azure = json!({ "metadata_host": endpoints.azure.metadata_host, "registries": registries });
        let google = json!({ "base": endpoints.google.base.as_str(), "registries": google });
        context.shell.line(
            json!({
                "main": endpoints.main_https.as_str(), "ca": endpoints.ca_pem, "azure": azure,
                "google": google, "harbors": harbors,
                "docker_hub": { "host": endpoints.dockerhub.host, "registry": endpoints.dockerhub.registry },
            })
            .to_string(),
        );
        return Ok(Outcome::Done);
    }
    context.shell.line(format!(
        "management.azure.com       {}",
        endpoints.azure.resource_manager
    ));
    context
        .shell
        .line(format!("login.microsoftonline.com  {}", endpoints.azure.login));
    context
        .shell
        .line(format!("graph.microsoft.com        {}", endpoints.azure.graph));
    let hub = &endpoints.dockerhub;
    context
        .shell
        .line(format!("hub.docker.com             https://{}/", hub.host));
    for name in ["auth.docker.io", "registry-1.docker.io"] {
        context.shell.line(format!("{name:26} https://{}/", hub.registry));
    }
    for (name, port) in &registries {
        context.shell.line(format!("{name}.azurecr.io  localhost:{port}"));
    }
    context.shell.line(format!(
        "HOST.googleapis.com        {}HOST.googleapis.com/",
        endpoints.google.base
    ));
    for (host, port) in &google {
        context.shell.line(format!("{host}  localhost:{port}"));
    }
    for (name, harbor) in &harbors {
        let name = harbor.stands_for.as_ref().unwrap_or(name);
        context.shell.line(format!("{name}  {}", harbor.url));
    }
    Ok(Outcome::Done)
}

async fn ledger(context: &Context, arguments: &LedgerArguments) -> Result {
    let sandbox = open(context, None).await?;
    let told = tell_ledger(context, arguments, &sandbox.client()).await;
    sandbox.close().await;
    told
}

async fn tell_ledger(context: &Context, arguments: &LedgerArguments, client: &Client) -> Result {
    if arguments.inventory {
        let inventory = client.inventory().await.map_err(|error| failed(&error))?;
        if arguments.json {
            let text = serde_json::to_string(&inventory).map_err(|error| failed(&error))?;
            context.shell.line(text);
        } else {
            print_inventory(context, &inventory);
        }
        return Ok(Outcome::Done);
    }
    let entries = client.ledger(0).await.map_err(|error| failed(&error))?;
    for entry in &entries {
        if arguments.json {
            let text = serde_json::to_string(entry).map_err(|error| failed(&error))?;
            context.shell.line(text);
        } else {
            let status = entry
                .status
                .map_or_else(|| "---".to_owned(), |status| status.to_string());
            let fault = entry
                .fault
                .as_ref()
                .map(|fault| format!("  fault {fault}"))
                .unwrap_or_default();
            context.shell.line(format!(
                "{:5} {status} {:6} {}{fault}",
                entry.sequence, entry.method, entry.target
            ));
        }
    }
    Ok(Outcome::Done)
}

fn print_inventory(context: &Context, inventory: &Inventory) {
    for item in &inventory.items {
        let name = item.name.as_deref().unwrap_or("");
        let note = match (item.soft_deleted, item.surrounding) {
            (true, _) => "  (soft-deleted)",
            (false, true) => "  (surrounding)",
            (false, false) => "",
        };
        context
            .shell
            .line(format!("{:36} {}  {name}{note}", item.kind, item.id));
    }
}

/// After a destroy: what the sandbox still holds, as its own ledger shows.
pub(crate) async fn tell_rest(context: &Context, bench: &Workbench) -> std::result::Result<(), Diagnostics> {
    let Some(sandbox) = &bench.clouds.sandbox else {
        return Ok(());
    };
    let inventory = sandbox
        .client()
        .inventory()
        .await
        .map_err(|error| failed(&error))?;
    let live: Vec<_> = inventory
        .live()
        .into_iter()
        .filter(|item| !item.surrounding)
        .collect();
    let soft = inventory.soft_deleted().len();
    let shell = &context.shell;
    if live.is_empty() {
        shell.line("Nothing that was made in the sandbox is left, as its ledger shows.");
    } else {
        shell.line(format!(
            "The sandbox still holds {} objects that are not in this state:",
            live.len()
        ));
        for item in live {
            shell.line(format!("  {} {}", item.kind, item.id));
        }
    }
    if soft > 0 {
        shell.line(format!("{soft} directory objects are soft-deleted and can be restored for 30 days, as in the real service."));
    }
    Ok(())
}
