//! Providers in the sandbox: whatever credentials a configuration names, the sandbox's are used.

use crate::realm::SandboxHandle;
use async_trait::async_trait;
use regprov_emulator::{Client, DockerHubEndpoints, Scene, SceneSubscription};
use regprov_provider::{
    AnyDataSource, AnyEphemeral, AnyResource, ConnectRequest, Connection, CredentialObject, Error, Provider,
    PushCredential,
};
use regprov_schema::{ProviderFunction, Schema};
use regprov_value::{Type, Value};
use std::sync::Arc;

/// Arguments of provider configurations that say who we are or where the clouds are. The sandbox answers both.
const OWN: &[&str] = &[
    "client_id",
    "client_id_file_path",
    "client_secret",
    "client_secret_file_path",
    "client_certificate",
    "client_certificate_path",
    "client_certificate_password",
    "tenant_id",
    "auxiliary_tenant_ids",
    "environment",
    "metadata_host",
    "msi_endpoint",
    "msi_api_version",
    "oidc_token",
    "oidc_token_file_path",
    "oidc_request_token",
    "oidc_request_url",
    "ado_pipeline_service_connection_id",
    "use_oidc",
    "use_msi",
    "use_cli",
    "use_aks_workload_identity",
    "endpoint",
    "application_key",
    "application_secret",
    "consumer_key",
    "access_token",
    "http_headers",
    "credentials",
    "external_credentials",
    "impersonate_service_account",
    "impersonate_service_account_delegates",
    "universe_domain",
];

/// How the names of arguments end that say where an API is.
const ELSEWHERE: &str = "_custom_endpoint";

/// Puts the sandbox's credentials in front of every provider.
pub(crate) fn wrap(providers: Vec<Arc<dyn Provider>>, sandbox: &SandboxHandle) -> Vec<Arc<dyn Provider>> {
    let own = sandbox.endpoints.azure.subscription_id.clone();
    let wrapped = providers.into_iter().map(|inner| {
        let (client, subscription) = (sandbox.client(), own.clone());
        let docker_hub = sandbox.endpoints.dockerhub.clone();
        Arc::new(Sandboxed {
            inner,
            client,
            subscription,
            docker_hub,
        }) as Arc<dyn Provider>
    });
    wrapped.collect()
}

struct Sandboxed {
    inner: Arc<dyn Provider>,
    client: Client,
    subscription: String,
    docker_hub: DockerHubEndpoints,
}

impl Sandboxed {
    /// A subscription that the configuration names exists in the sandbox from then on.
    async fn provide_subscription(&self, config: &Value) {
        let Some(id) = config.get("subscription_id").and_then(Value::as_str) else {
            return;
        };
        if id == self.subscription || uuid::Uuid::parse_str(id).is_err() {
            return;
        }
        let subscription = SceneSubscription {
            id: id.to_owned(),
            name: None,
            state: None,
        };
        let scene = Scene {
            subscriptions: vec![subscription],
            ..Scene::default()
        };
        if let Err(error) = self.client.seed(&scene).await {
            tracing::warn!(%error, "the sandbox could not provide the subscription of a configuration");
        }
    }
}

#[async_trait]
impl Provider for Sandboxed {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn sources(&self) -> &'static [&'static str] {
        self.inner.sources()
    }

    fn newest_major(&self) -> u64 {
        self.inner.newest_major()
    }

    fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    fn located_by(&self) -> Option<&'static [&'static str]> {
        self.inner.located_by()
    }

    fn resources(&self) -> &[Arc<dyn AnyResource>] {
        self.inner.resources()
    }

    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>] {
        self.inner.data_sources()
    }

    fn ephemeral_resources(&self) -> &[Arc<dyn AnyEphemeral>] {
        self.inner.ephemeral_resources()
    }

    fn has_timeouts(&self) -> bool {
        self.inner.has_timeouts()
    }

    fn functions(&self) -> Vec<ProviderFunction> {
        self.inner.functions()
    }

    fn left_out(&self) -> &'static [(&'static str, &'static str)] {
        self.inner.left_out()
    }

    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error> {
        self.provide_subscription(request.config).await;
        let entries = request.config.as_entries().into_iter().flatten();
        let config = Value::object(entries.map(|(name, value)| {
            let own = OWN.contains(&name.as_ref()) || name.ends_with(ELSEWHERE);
            (
                name.clone(),
                if own {
                    Value::null(value.ty())
                } else {
                    value.clone()
                },
            )
        }));
        let config = if request.config.as_entries().is_some() {
            config
        } else {
            Value::null(Type::Dynamic)
        };
        let config = match self.inner.name() {
            "docker" => super::sandboxed_dockerhub::provide(&self.client, &config).await?,
            "harbor" => super::sandboxed_harbor::provide(&self.client, &config).await?,
            _ => config,
        };
        self.inner
            .connect(ConnectRequest {
                config: &config,
                ..request
            })
            .await
    }

    fn credentials(&self, objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
        super::sandboxed_dockerhub::at_hand(self.inner.credentials(objects), &self.docker_hub)
    }
}
