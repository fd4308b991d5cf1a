//! Whose providers a world has, and by what they know who we are.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use regprov_azure::Services;
use regprov_builtin::{LocalFiles, Surroundings};
use regprov_dockerhub::{HelperError, RunHelper};
use regprov_emulator::Sandbox;
use regprov_google::DrawKey;
use regprov_harbor::{Certificates, Networks};
use regprov_http::{SeededRandomness, Transport};
use regprov_provider::{Environment, Error, Provider};
use zeroize::Zeroizing;

use super::program::Program;

/// Where the sandbox seems to listen.
const HOST: &str = "http://localhost:7000";
/// The project of Google's that is there already.
pub(super) const PROJECT: &str = "crew-images";
/// Who may do everything in the Harbor that is there already.
pub(super) const ADMINISTRATOR: (&str, &str) = ("admin", "Harbor12345");

/// Whose providers a world has. To make one for each of thousands of runs takes its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clouds {
    azure: bool,
    ovh: bool,
    /// OVHcloud is signed in to as a service account.
    service_account: bool,
    harbor: bool,
    docker_hub: bool,
    google: bool,
}

impl Clouds {
    pub(super) const ALL: Self = Self {
        azure: true,
        ovh: true,
        service_account: false,
        harbor: true,
        docker_hub: true,
        google: true,
    };

    /// Those of which a part declares something.
    pub(super) fn of(program: &Program) -> Self {
        Self {
            azure: program.declares("azure"),
            ovh: program.declares("ovh_"),
            service_account: program.uses_service_account(),
            harbor: program.declares("harbor_"),
            docker_hub: program.declares("docker_"),
            google: program.declares("google_"),
        }
    }

    /// The providers of the clouds, and those without one.
    pub(super) fn providers(self, services: Services, keys: &Keyring) -> Vec<Arc<dyn Provider>> {
        let (clock, randomness) = (Arc::clone(&services.clock), Arc::clone(&services.randomness));
        let mut providers = Vec::new();
        if self.ovh {
            providers.push(regprov_ovh::provider(regprov_ovh::Services {
                transport: Arc::clone(&services.transport),
                clock: Arc::clone(&clock),
                redactor: services.redactor.clone(),
                files: Vec::new(),
                project: None,
            }));
        }
        if self.harbor {
            providers.push(regprov_harbor::provider(regprov_harbor::Services {
                networks: Arc::new(OneNetwork(Arc::clone(&services.transport))),
                clock: Arc::clone(&clock),
                randomness: Arc::clone(&randomness),
                redactor: services.redactor.clone(),
            }));
        }
        if self.docker_hub {
            providers.push(regprov_dockerhub::provider(regprov_dockerhub::Services {
                transport: Arc::clone(&services.transport),
                clock: Arc::clone(&clock),
                redactor: services.redactor.clone(),
                docker_config: None,
                helpers: Arc::new(NoHelpers),
            }));
        }
        if self.google {
            providers.push(google(&services, keys));
        }
        if self.azure {
            providers.extend(regprov_azure::providers(services));
        }
        providers.extend(regprov_builtin::providers(&Surroundings::new(
            Arc::new(move || clock.now()),
            Arc::new(move |bytes| randomness.fill(bytes)),
            LocalFiles::in_directory(Path::new("/nowhere")),
        )));
        providers
    }

    /// The variables that say who we are; `harbor` is where the Harbor is that is there already.
    pub(super) fn environment(self, sandbox: &Sandbox, harbor: Option<&str>) -> Environment {
        let (tenant, subscription, client, secret) = sandbox.operator();
        let (hub, google) = (sandbox.dockerhub_operator(), sandbox.google_operator());
        let variables = [
            ("ARM_METADATA_HOSTNAME", HOST.to_owned()),
            ("ARM_TENANT_ID", tenant),
            ("ARM_SUBSCRIPTION_ID", subscription),
            ("ARM_CLIENT_ID", client),
            ("ARM_CLIENT_SECRET", secret),
            ("ARM_USE_CLI", "false".to_owned()),
            ("DOCKER_HUB_HOST", HOST.to_owned()),
            ("DOCKER_USERNAME", hub.username),
            ("DOCKER_PASSWORD", hub.password),
            ("GOOGLE_CREDENTIALS", google.credentials()),
            ("GOOGLE_PROJECT", PROJECT.to_owned()),
            ("GOOGLE_REGION", "us-central1".to_owned()),
        ];
        let harbor = harbor.into_iter().flat_map(|url| {
            [
                ("HARBOR_URL", url.to_owned()),
                ("HARBOR_USERNAME", ADMINISTRATOR.0.to_owned()),
                ("HARBOR_PASSWORD", ADMINISTRATOR.1.to_owned()),
            ]
        });
        let named = variables
            .into_iter()
            .chain(self.keys_of_ovh(sandbox))
            .chain(harbor)
            .map(|(name, value)| (name.to_owned(), value));
        Environment(named.collect())
    }

    fn keys_of_ovh(self, sandbox: &Sandbox) -> Vec<(&'static str, String)> {
        let ovh = sandbox.ovh_operator();
        let mut keys = vec![("OVH_ENDPOINT", format!("{HOST}/1.0"))];
        keys.extend(if self.service_account {
            vec![
                ("OVH_CLIENT_ID", ovh.client_id),
                ("OVH_CLIENT_SECRET", ovh.client_secret),
            ]
        } else {
            vec![
                ("OVH_APPLICATION_KEY", ovh.application_key),
                ("OVH_APPLICATION_SECRET", ovh.application_secret),
                ("OVH_CONSUMER_KEY", ovh.consumer_key),
            ]
        });
        keys
    }
}

/// The clouds are called in process, whatever certificates are asked for.
struct OneNetwork(Arc<dyn Transport>);

impl Networks for OneNetwork {
    fn transport(&self, _certificates: Certificates) -> Result<Arc<dyn Transport>, Error> {
        Ok(Arc::clone(&self.0))
    }
}

/// No programs are run.
struct NoHelpers;

#[async_trait]
impl RunHelper for NoHelpers {
    async fn get(&self, _name: &str, _server: &str) -> Result<Zeroizing<Vec<u8>>, HelperError> {
        Err(HelperError::NotFound)
    }
}

fn google(services: &Services, keys: &Keyring) -> Arc<dyn Provider> {
    let outside = regprov_google::Services {
        transport: Arc::clone(&services.transport),
        clock: Arc::clone(&services.clock),
        randomness: Arc::clone(&services.randomness),
        redactor: services.redactor.clone(),
        directory: "/nowhere".into(),
        looks_around: false,
    };
    regprov_google::provider_with_keys(outside, Arc::new(keys.clone()))
}

/// How many keys there are. No world draws so many.
const KEYS: usize = 64;

/// Keys of RSA, drawn one after the other. Each is made once for all worlds, as that takes longer than a whole run.
#[derive(Clone, Default)]
pub(super) struct Keyring(Arc<AtomicUsize>);

impl Keyring {
    /// One that goes on from where this one stands.
    pub(super) fn fork(&self) -> Self {
        Self(Arc::new(AtomicUsize::new(self.0.load(Ordering::Relaxed))))
    }
}

#[async_trait]
impl DrawKey for Keyring {
    async fn draw(&self) -> Result<Zeroizing<String>, Error> {
        static MADE: [OnceLock<Zeroizing<String>>; KEYS] = [const { OnceLock::new() }; KEYS];
        let number = self.0.fetch_add(1, Ordering::Relaxed) % KEYS;
        let randomness = SeededRandomness::new(number as u64);
        let made = MADE[number].get_or_init(|| {
            regprov_google::draw_key(Arc::new(randomness)).expect("a key of RSA can be drawn")
        });
        Ok(made.clone())
    }
}
