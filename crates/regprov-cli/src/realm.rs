//! The clouds that a command talks to: the real ones, or the sandbox.

mod hosts;

use crate::context::Context;
use crate::environment::Environment;
use crate::shell::Shell;
use regprov_diag::Diagnostic;
use regprov_emulator::{Client, ClockMode, Endpoints, Opened, Options, Sandbox, open};
use regprov_http::{
    Clock, Randomness, Reach, ReqwestOptions, ReqwestTransport, RetryPolicy, Transport, TransportSetupError,
    Trust, standard_stack,
};
use regprov_plan::Realm;
use regprov_provider::Environment as ProviderEnvironment;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What requests say that they come from.
const USER_AGENT: &str = concat!("regprov/", env!("CARGO_PKG_VERSION"));

/// How long an owner waits for others without a word.
const SILENT: Duration = Duration::from_secs(1);

/// The clouds that a command talks to.
pub(crate) struct Clouds {
    /// Real or sandbox.
    pub(crate) realm: Realm,
    /// Carries every request.
    pub(crate) transport: Arc<dyn Transport>,
    /// The environment variables that providers may read.
    pub(crate) environment: ProviderEnvironment,
    /// The sandbox, where it is one.
    pub(crate) sandbox: Option<SandboxHandle>,
}

/// A sandbox that this process owns or talks to.
pub(crate) struct SandboxHandle {
    /// Where it listens.
    pub(crate) endpoints: Endpoints,
    owner: Option<Sandbox>,
    shell: Arc<Shell>,
}

impl SandboxHandle {
    /// Opens the sandbox of the working directory: owns it, or talks to the process that does.
    pub(crate) async fn open(context: &Context, port: Option<u16>) -> Result<Self, Diagnostic> {
        let (environment, shell) = (&context.environment, Arc::clone(&context.shell));
        let options = Options {
            root: context.sandbox_directory().join("clouds"),
            clock: ClockMode::Wall,
            seed: seed(environment),
            secret_marker: environment
                .get("REGPROV_SANDBOX_SECRET_MARKER")
                .map(str::to_owned),
            main_port: port,
        };
        match open(options).await.map_err(|error| failed(&error))? {
            Opened::Owner(sandbox) => {
                let endpoints = sandbox.listen().await.map_err(|error| failed(&error))?;
                Ok(Self {
                    endpoints,
                    owner: Some(sandbox),
                    shell,
                })
            }
            Opened::Other(endpoints) => Ok(Self {
                endpoints,
                owner: None,
                shell,
            }),
        }
    }

    /// Asks the sandbox about itself.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.endpoints)
    }

    /// Whether this process owns it.
    pub(crate) const fn is_owned(&self) -> bool {
        self.owner.is_some()
    }

    /// Leaves it. An owner waits until no other command uses it.
    pub(crate) async fn close(self) {
        let Some(sandbox) = self.owner else {
            return;
        };
        if tokio::time::timeout(SILENT, sandbox.wait_for_clients())
            .await
            .is_err()
        {
            self.shell.note("The sandbox runs in this command, and another one still uses it. Waiting for that one to end.");
            sandbox.wait_for_clients().await;
        }
        sandbox.shutdown().await;
    }
}

/// The seed of a new sandbox's ids and secrets: unpredictable, or pinned by a test.
fn seed(environment: &Environment) -> u64 {
    let pinned = environment
        .get("REGPROV_SANDBOX_SEED")
        .and_then(|text| text.parse().ok());
    pinned.unwrap_or_else(|| {
        let mut bytes = [0; 8];
        regprov_http::Randomness::fill(&regprov_http::SystemRandomness, &mut bytes);
        u64::from_le_bytes(bytes)
    })
}

fn failed(error: &dyn std::error::Error) -> Diagnostic {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Diagnostic::error(&crate::codes::SANDBOX, "Sandbox cannot be opened").detail(text)
}

impl Clouds {
    /// The clouds of a realm.
    pub(crate) async fn open(context: &Context, realm: Realm) -> Result<Self, Diagnostic> {
        let (sandbox, environment) = match realm {
            Realm::Live => (None, context.environment.for_providers()),
            Realm::Sandbox => {
                let handle = SandboxHandle::open(context, None).await?;
                let environment = sandbox_environment(&handle.endpoints, &context.environment);
                (Some(handle), environment)
            }
        };
        let transport = transport(context, sandbox.as_ref().map(|sandbox| &sandbox.endpoints))?;
        Ok(Self {
            realm,
            transport,
            environment,
            sandbox,
        })
    }

    /// Leaves them.
    pub(crate) async fn close(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.close().await;
        }
    }
}

/// Variables that say where Google's objects are, and are no credentials: the user's hold in the sandbox too.
const GOOGLE_PLACES: &[&str] = &[
    "GOOGLE_PROJECT",
    "GOOGLE_CLOUD_PROJECT",
    "GCLOUD_PROJECT",
    "CLOUDSDK_CORE_PROJECT",
    "GOOGLE_REGION",
    "GCLOUD_REGION",
    "CLOUDSDK_COMPUTE_REGION",
    "GOOGLE_ZONE",
    "GCLOUD_ZONE",
    "CLOUDSDK_COMPUTE_ZONE",
];

/// The credentials of the sandbox, and none of the user's.
fn sandbox_environment(endpoints: &Endpoints, users: &Environment) -> ProviderEnvironment {
    let azure = &endpoints.azure;
    let variables = [
        ("ARM_METADATA_HOSTNAME", &azure.metadata_host),
        ("ARM_TENANT_ID", &azure.tenant_id),
        ("ARM_SUBSCRIPTION_ID", &azure.subscription_id),
        ("ARM_CLIENT_ID", &azure.client_id),
        ("ARM_CLIENT_SECRET", &azure.client_secret),
    ];
    let mut variables: BTreeMap<String, String> = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    variables.insert("ARM_USE_CLI".into(), "false".into());
    let ovh = &endpoints.ovh;
    let named = [
        ("OVH_ENDPOINT", &ovh.endpoint),
        ("OVH_APPLICATION_KEY", &ovh.operator.application_key),
        ("OVH_APPLICATION_SECRET", &ovh.operator.application_secret),
        ("OVH_CONSUMER_KEY", &ovh.operator.consumer_key),
    ];
    variables.extend(
        named
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.clone())),
    );
    let google = &endpoints.google.operator;
    variables.insert("GOOGLE_CREDENTIALS".into(), google.credentials());
    let places = GOOGLE_PLACES
        .iter()
        .filter_map(|name| Some((*name, users.get(name)?)));
    variables.extend(places.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if !GOOGLE_PLACES[..4]
        .iter()
        .any(|name| variables.contains_key(*name))
    {
        variables.insert("GOOGLE_PROJECT".into(), google.project.clone());
    }
    let hub = &endpoints.dockerhub;
    let named = [
        ("DOCKER_HUB_HOST", &hub.host),
        ("DOCKER_USERNAME", &hub.operator.username),
        ("DOCKER_PASSWORD", &hub.operator.password),
    ];
    variables.extend(
        named
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.clone())),
    );
    ProviderEnvironment(variables)
}

/// The largest module that is downloaded, in bytes.
const LARGEST_MODULE: usize = 512 * 1024 * 1024;

/// The longest time for downloading one.
const MODULE_PATIENCE: Duration = Duration::from_secs(1800);

/// What downloads modules: the real network.
pub(crate) fn downloads(context: &Context) -> Result<Arc<dyn Transport>, Diagnostic> {
    let mut options = live_options(context)?;
    options.body_limit = LARGEST_MODULE;
    options.total_timeout = MODULE_PATIENCE;
    Ok(stacked(context, real(options)?))
}

/// Reaches everything, and believes the system's authorities and those that the environment names.
fn live_options(context: &Context) -> Result<ReqwestOptions, Diagnostic> {
    let bundles = ["REGPROV_CA_BUNDLE", "SSL_CERT_FILE"]
        .iter()
        .filter_map(|name| context.environment.get(name));
    let bundles: Result<Vec<_>, _> = bundles.map(|path| read(Path::new(path))).collect();
    let mut options = ReqwestOptions::new(USER_AGENT, Reach::Anywhere);
    options.trust = Trust::System(bundles?);
    Ok(options)
}

fn real(options: ReqwestOptions) -> Result<Arc<dyn Transport>, Diagnostic> {
    let real = ReqwestTransport::new(options).map_err(|error| failed(&error))?;
    Ok(Arc::new(real))
}

fn stacked(context: &Context, real: Arc<dyn Transport>) -> Arc<dyn Transport> {
    in_stack(real, &context.clock, &context.randomness)
}

fn in_stack(
    real: Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
    randomness: &Arc<dyn Randomness>,
) -> Arc<dyn Transport> {
    standard_stack(real, RetryPolicy::default(), clock, randomness)
}

/// The real transport for a service whose certificate is not to be verified, as its configuration asks.
pub(crate) fn unverified(
    clock: &Arc<dyn Clock>,
    randomness: &Arc<dyn Randomness>,
) -> Result<Arc<dyn Transport>, TransportSetupError> {
    let mut options = ReqwestOptions::new(USER_AGENT, Reach::Anywhere);
    options.trust = Trust::Unverified;
    let real = Arc::new(ReqwestTransport::new(options)?);
    Ok(in_stack(real, clock, randomness))
}

/// The real transport; for a sandbox it believes only the sandbox's authority and reaches only loopback.
pub(crate) fn transport(
    context: &Context,
    sandbox: Option<&Endpoints>,
) -> Result<Arc<dyn Transport>, Diagnostic> {
    let Some(endpoints) = sandbox else {
        return Ok(stacked(context, real(live_options(context)?)?));
    };
    let mut options = ReqwestOptions::new(USER_AGENT, Reach::LoopbackOnly);
    options.trust = Trust::Only(vec![read(&endpoints.ca_pem)?]);
    let mapped = hosts::Mapped::new(real(options)?, &endpoints.google.base);
    Ok(stacked(context, Arc::new(mapped)))
}

fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    std::fs::read(path).map_err(|error| {
        Diagnostic::error(&crate::codes::SANDBOX, "Certificate file cannot be read")
            .detail(format!("{}: {error}.", path.display()))
    })
}
