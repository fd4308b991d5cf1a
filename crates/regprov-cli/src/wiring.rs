//! Names the clouds: the only place that does.

mod backends;
mod dockerhub;
mod elsewhere;
mod google;
mod local_exec;
mod networks;
mod ovh;
mod processes;
mod sandboxed;
mod sandboxed_dockerhub;
mod sandboxed_harbor;
mod states;

use crate::backend;
use crate::context::Context;
use crate::realm::{Clouds, SandboxHandle};
use async_trait::async_trait;
use regprov_azure::{NoCommands, RunCommand, Services};
use regprov_backends::{AzureSignIn, Network};
use regprov_builtin::{LocalFiles, OtherStates, Surroundings};
use regprov_diag::Code;
use regprov_engine::LocalCommands;
use regprov_harbor::Networks;
use regprov_http::{Request, Response, Transport, TransportError, TransportErrorKind};
use regprov_lang::ProviderFunctions;
use regprov_plan::{Realm, Schemas};
use regprov_provider::Provider;
use regprov_schema::ProviderFunction;
use regprov_state::Snapshot;
use states::{SandboxStates, States};
use std::sync::Arc;

/// The providers over the clouds of a run.
pub(crate) fn providers(context: &Context, clouds: &Clouds) -> Vec<Arc<dyn Provider>> {
    let transport = Arc::clone(&clouds.transport);
    match (clouds.realm, &clouds.sandbox) {
        (Realm::Sandbox, Some(sandbox)) => {
            let networks = Arc::new(networks::Fixed(Arc::clone(&transport)));
            let outside = Outside {
                transport,
                networks,
                run_command: Arc::new(NoCommands),
                realm: Realm::Sandbox,
            };
            sandboxed::wrap(compiled_in(context, outside, Some(sandbox)), sandbox)
        }
        (Realm::Sandbox | Realm::Live, _) => {
            let networks = Arc::new(networks::Live::new(context, Arc::clone(&transport)));
            let outside = Outside {
                transport,
                networks,
                run_command: Arc::new(processes::Processes),
                realm: clouds.realm,
            };
            compiled_in(context, outside, None)
        }
    }
}

/// What backends need of the network beside what all have.
pub(crate) fn network(context: &Context) -> Arc<dyn Network> {
    Arc::new(backends::OwnConnections {
        clock: Arc::clone(&context.clock),
        randomness: Arc::clone(&context.randomness),
    })
}

/// The sign-in of backends at Azure.
pub(crate) fn azure_sign_in(context: &Context) -> Arc<dyn AzureSignIn> {
    Arc::new(backends::SignIn {
        clock: Arc::clone(&context.clock),
        randomness: Arc::clone(&context.randomness),
        redactor: context.shell.redactor.clone(),
        transport: crate::realm::transport(context, None).ok(),
    })
}

/// How the names of variables begin that tell of credentials.
const CREDENTIALS: &[&str] = &[
    "ARM_",
    "AZURE_",
    "CLOUDSDK_",
    "DOCKER_",
    "GCLOUD_",
    "GOOGLE_",
    "HARBOR_",
    "OVH_",
];

/// Adds to what the state of another tool calls secret whatever is known to be.
pub(crate) fn declare_secrets(context: &Context, snapshot: &mut Snapshot) {
    regprov_engine::declare_secrets(snapshot, &Schemas::new(&providers_without_clouds(context)));
    elsewhere::declare(snapshot);
}

/// Takes from what a state calls secret what Terraform would not.
pub(crate) fn declare_as_terraform(context: &Context, snapshot: &mut Snapshot) {
    regprov_engine::declare_as_terraform(snapshot, &Schemas::new(&providers_without_clouds(context)));
}

/// What becomes of the commands of `local-exec`: in the sandbox they run only where a flag allows it, and without the
/// user's credentials.
pub(crate) fn local_commands(context: &Context, clouds: &Clouds, allowed: bool) -> LocalCommands {
    let mut environment = context.environment.for_providers();
    match clouds.realm {
        Realm::Sandbox if !allowed => return LocalCommands::LeaveOut,
        Realm::Sandbox => {
            environment
                .0
                .retain(|name, _| !CREDENTIALS.iter().any(|prefix| name.starts_with(prefix)));
            environment.0.extend(clouds.environment.0.clone());
        }
        Realm::Live => {}
    }
    LocalCommands::Run(Arc::new(local_exec::LocalShell {
        directory: context.directory.clone(),
        environment,
    }))
}

/// The providers for their schemas and pure functions only: every request is refused.
pub(crate) fn providers_without_clouds(context: &Context) -> Vec<Arc<dyn Provider>> {
    let outside = Outside {
        transport: Arc::new(NoTransport),
        networks: Arc::new(networks::Fixed(Arc::new(NoTransport))),
        run_command: Arc::new(NoCommands),
        realm: Realm::Live,
    };
    compiled_in(context, outside, None)
}

/// What the providers reach.
struct Outside {
    transport: Arc<dyn Transport>,
    networks: Arc<dyn Networks>,
    run_command: Arc<dyn RunCommand>,
    realm: Realm,
}

fn compiled_in(
    context: &Context,
    outside: Outside,
    sandbox: Option<&SandboxHandle>,
) -> Vec<Arc<dyn Provider>> {
    let dockerhub = dockerhub::provider(context, Arc::clone(&outside.transport), sandbox);
    let ovh = ovh::provider(context, Arc::clone(&outside.transport), sandbox);
    let google = google::provider(context, Arc::clone(&outside.transport), sandbox);
    let services = Services {
        transport: outside.transport,
        clock: Arc::clone(&context.clock),
        randomness: Arc::clone(&context.randomness),
        redactor: context.shell.redactor.clone(),
        run_command: outside.run_command,
    };
    let harbor = regprov_harbor::Services {
        networks: outside.networks,
        clock: Arc::clone(&context.clock),
        randomness: Arc::clone(&context.randomness),
        redactor: context.shell.redactor.clone(),
    };
    let realm = outside.realm;
    let states: Arc<dyn OtherStates> = match realm {
        Realm::Live => Arc::new(States::new(
            context,
            backend::surroundings(context, Arc::clone(&services.transport)),
        )),
        Realm::Sandbox => Arc::new(SandboxStates::new(context)),
    };
    let mut providers = regprov_azure::providers(services);
    providers.push(dockerhub);
    providers.push(google);
    providers.push(ovh);
    providers.push(regprov_harbor::provider(harbor));
    let (clock, randomness) = (Arc::clone(&context.clock), Arc::clone(&context.randomness));
    let surroundings = Surroundings::new(
        Arc::new(move || clock.now()),
        Arc::new(move |bytes| randomness.fill(bytes)),
        local_files(context, realm),
    );
    providers.extend(regprov_builtin::providers(&surroundings.with_states(states)));
    providers
}

/// Where the files of `local_*` are written: in the sandbox apart, so that trying a configuration overwrites nothing.
fn local_files(context: &Context, realm: Realm) -> LocalFiles {
    match realm {
        Realm::Live => LocalFiles::in_directory(&context.directory),
        Realm::Sandbox => LocalFiles::apart(&context.directory, &context.sandbox_directory().join("files")),
    }
}

/// The functions of every provider.
pub(crate) fn provider_functions(context: &Context) -> ProviderFunctions {
    let mut functions = Vec::new();
    for provider in providers_without_clouds(context) {
        let offered: Arc<[ProviderFunction]> = provider.functions().into();
        let sources = provider.sources().iter().filter_map(|source| source.parse().ok());
        functions.extend(sources.map(|source| (source, Arc::clone(&offered))));
    }
    ProviderFunctions(functions)
}

/// Every error code, for `explain`.
pub(crate) fn all_codes() -> Vec<&'static Code> {
    let crates = [
        crate::codes::CODES,
        regprov_engine::codes::CODES,
        regprov_lang::codes::ALL,
        regprov_modules::codes::ALL,
        regprov_plan::codes::ALL,
    ];
    crates.into_iter().flatten().copied().collect()
}

/// Refuses every request.
struct NoTransport;

#[async_trait]
impl Transport for NoTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let text = format!(
            "this command asks no service, and refused to {}",
            request.operation
        );
        Err(TransportError::new(TransportErrorKind::Refused, text))
    }
}
