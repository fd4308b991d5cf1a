//! From settings to a connected client.

use super::Flavour;
use crate::Services;
use crate::authentication::{Login, Looked, Method, default_account, missing};
use crate::client::{Arm, Auxiliary, Client, Graph, Queues, attribute, unauthenticated};
use crate::environments::{self, Cloud};
use crate::principals::Known;
use crate::registry_part::usages::Usages;
use crate::settings::Settings;
use regprov_http::{Authorize, TokenCache, TokenErrorKind, Transport};
use regprov_provider::{ConnectRequest, Connection, Environment, Error, ErrorKind};
use regprov_value::{Type, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

/// What a connection is asked for beside its settings.
pub(super) struct Asked {
    /// The behaviour major.
    pub(super) major: u64,
    /// The principals that this process knows.
    pub(super) known: Known,
}

/// Connects: finds the cloud, chooses the method, proves it with a first token.
pub(super) async fn connect(
    flavour: Flavour,
    mut settings: Settings,
    asked: Asked,
    services: &Services,
) -> Result<Connection, Error> {
    let major = asked.major;
    let secrets = [
        &settings.client_secret,
        &settings.oidc.token,
        &settings.oidc.request_token,
        &settings.certificate_password,
    ];
    for secret in secrets.into_iter().flatten() {
        services.redactor.register(secret);
    }
    let (method, looked) = Method::choose(&settings)?;
    if matches!(method, Method::AzureCli(_)) {
        complete_from_cli(flavour, &mut settings, looked, services).await?;
    }
    let subscription = match (flavour, settings.subscription_id.clone()) {
        (Flavour::ResourceManager, None) => return Err(no_subscription()),
        (Flavour::ResourceManager, Some(id)) => id,
        (Flavour::Directory, _) => String::new(),
    };
    let cloud = match &settings.metadata_host {
        Some(host) => environments::discovered(&*services.transport, host).await?,
        None => environments::named(settings.environment.as_deref().unwrap_or("public"))?,
    };
    let how = method.name();
    let client = client(
        &settings,
        method,
        cloud,
        services,
        Chosen {
            subscription,
            major,
            known: asked.known,
        },
    );
    let audience = match flavour {
        Flavour::ResourceManager => &client.cloud.arm_audience,
        Flavour::Directory => &client.cloud.graph_audience,
    };
    // The first token proves the login once, where the provider is configured, and not at each of its resources.
    let claims = client.claims(audience).await?;
    let who = claims.appid.or(claims.oid).or_else(|| settings.client_id.clone());
    let tenant = claims.tid.or_else(|| settings.tenant_id.clone());
    let summary = summary(&client, how, who.as_deref(), tenant.as_deref());
    Ok(Connection {
        client: Arc::new(client),
        summary,
        registry: None,
    })
}

/// An identity, for what is no resource: the place of a state, for one.
pub struct SignedIn {
    /// Its tokens, by audience.
    pub login: Login,
    /// The address of the resource manager.
    pub manager: String,
    /// What a token for the resource manager is asked for.
    pub manager_audience: String,
}

/// Signs in with what stands in an environment, by the rules of the provider `azurerm`.
///
/// # Errors
/// When the environment names no method, or a wrong one.
pub async fn sign_in(environment: &Environment, services: &Services) -> Result<SignedIn, Error> {
    let config = Value::null(Type::Dynamic);
    let request = ConnectRequest {
        config: &config,
        environment,
        major: None,
    };
    let mut settings = Settings::read(&request)?;
    let (method, looked) = Method::choose(&settings)?;
    if matches!(method, Method::AzureCli(_)) {
        complete_from_cli(Flavour::Directory, &mut settings, looked, services).await?;
    }
    let cloud = match &settings.metadata_host {
        Some(host) => environments::discovered(&*services.transport, host).await?,
        None => environments::named(settings.environment.as_deref().unwrap_or("public"))?,
    };
    Ok(SignedIn {
        manager: cloud.arm.url().to_string(),
        manager_audience: cloud.arm_audience.clone(),
        login: Login {
            method: Arc::new(method),
            tenant: settings.tenant_id.clone(),
            client_id: settings.client_id.clone(),
            cloud,
            services: services.clone(),
        },
    })
}

/// What was decided about a connection.
struct Chosen {
    subscription: String,
    major: u64,
    known: Known,
}

fn client(settings: &Settings, method: Method, cloud: Cloud, services: &Services, chosen: Chosen) -> Client {
    let login = Login {
        method: Arc::new(method),
        tenant: settings.tenant_id.clone(),
        client_id: settings.client_id.clone(),
        cloud: cloud.clone(),
        services: services.clone(),
    };
    let auxiliary = settings.auxiliary_tenants.iter().map(|tenant| {
        let login = Login {
            tenant: Some(tenant.clone()),
            ..login.clone()
        };
        TokenCache::new(Arc::new(login), Arc::clone(&services.clock))
    });
    let auxiliary: Vec<TokenCache> = auxiliary.collect();
    let tokens = Arc::new(TokenCache::new(Arc::new(login), Arc::clone(&services.clock)));
    let authorized = |audience: &str, origin: &regprov_http::BaseUri| -> Arc<dyn Transport> {
        let (transport, tokens) = (Arc::clone(&services.transport), Arc::clone(&tokens));
        Arc::new(Authorize::new(transport, tokens, audience, origin.url().clone()))
    };
    let correlation = settings.correlation_id.then(|| {
        let mut bytes = [0; 16];
        services.randomness.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    });
    Client {
        arm: Arm {
            transport: Arc::new(Auxiliary {
                inner: authorized(&cloud.arm_audience, &cloud.arm),
                tokens: auxiliary,
                audience: cloud.arm_audience.clone(),
                origin: cloud.arm.clone(),
            }),
            base: cloud.arm.clone(),
            correlation,
            operations: Mutex::new(BTreeMap::new()),
        },
        graph: Graph {
            transport: authorized(&cloud.graph_audience, &cloud.graph),
            base: cloud.graph.clone(),
        },
        cloud,
        services: services.clone(),
        tokens,
        client_id: settings.client_id.clone(),
        tenant_id: settings.tenant_id.clone(),
        subscription: chosen.subscription,
        major: chosen.major,
        keep_filled_groups: settings.keep_filled_groups,
        caller: OnceCell::new(),
        locations: OnceCell::new(),
        role_names: Mutex::new(BTreeMap::new()),
        permissions: Mutex::new(BTreeMap::new()),
        known: chosen.known,
        usages: Usages::default(),
        queues: Queues::default(),
    }
}

/// The CLI is the last resort: where it does not serve, every place that was looked at is told. It alone can say the
/// subscription by itself.
async fn complete_from_cli(
    flavour: Flavour,
    settings: &mut Settings,
    mut looked: Vec<Looked>,
    services: &Services,
) -> Result<(), Error> {
    match default_account(&*services.run_command).await {
        Ok(account) => {
            if flavour == Flavour::ResourceManager && settings.subscription_id.is_none() {
                settings.subscription_id = Some(account.id);
            }
            settings.tenant_id.get_or_insert(account.tenant);
            Ok(())
        }
        Err(error) if error.kind == TokenErrorKind::Unavailable => Err(unauthenticated(&error)),
        Err(error) => {
            looked.push(Looked("Azure CLI", error.message));
            Err(missing(&looked))
        }
    }
}

fn no_subscription() -> Error {
    let message = "the provider `azurerm` does not know which subscription to work in";
    Error::new(ErrorKind::Invalid(attribute("subscription_id")), message).remedy(
        "Set `subscription_id` in the provider block, or ARM_SUBSCRIPTION_ID. `az account list -o table` shows yours.",
    )
}

fn summary(client: &Client, how: &str, who: Option<&str>, tenant: Option<&str>) -> String {
    let mut text = format!("Azure ({})", client.cloud.name);
    for (label, value) in [
        (
            "subscription",
            Some(client.subscription.as_str()).filter(|id| !id.is_empty()),
        ),
        ("tenant", tenant),
        ("as", who),
    ] {
        if let Some(value) = value {
            text.push_str(&format!(", {label} {}", regprov_http::sanitize(value)));
        }
    }
    format!("{text} ({how})")
}
