//! The provider: what it is called, what it offers, how it connects.

mod configuration;
mod table;

use crate::client::{Api, Authorization, Client, Version, host};
use crate::settings::Settings;
use crate::{Ask, Services};
use async_trait::async_trait;
use regprov_http::sanitize;
use regprov_provider::{
    AnyDataSource, AnyResource, ConnectRequest, Connection, CredentialObject, Error, ErrorKind, Provider,
    PushCredential,
};
use regprov_schema::{Schema, Timeouts};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The provider `harbor`.
#[must_use]
pub fn provider(services: Services) -> Arc<dyn Provider> {
    Arc::new(Harbor {
        schema: Schema {
            version: 0,
            block: configuration::harbor(),
            timeouts: Timeouts::default(),
        },
        resources: table::resources(),
        data_sources: table::data_sources(),
        services,
    })
}

struct Harbor {
    schema: Schema,
    resources: Vec<Arc<dyn AnyResource>>,
    data_sources: Vec<Arc<dyn AnyDataSource>>,
    services: Services,
}

#[async_trait]
impl Provider for Harbor {
    fn name(&self) -> &'static str {
        "harbor"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["goharbor/harbor", "BESTSELLER/harbor"]
    }

    fn newest_major(&self) -> u64 {
        3
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn located_by(&self) -> Option<&'static [&'static str]> {
        Some(&["url"])
    }

    fn resources(&self) -> &[Arc<dyn AnyResource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>] {
        &self.data_sources
    }

    fn has_timeouts(&self) -> bool {
        false
    }

    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error> {
        connect(Settings::read(&request)?, &self.services).await
    }

    fn credentials(&self, objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
        crate::credentials::push_credentials(objects)
    }
}

/// What Harbor tells of itself. To those who are not signed in it tells neither version nor address.
#[derive(Deserialize)]
struct SystemInfo {
    harbor_version: Option<String>,
    registry_url: Option<String>,
    auth_mode: Option<String>,
}

/// Connects: asks the Harbor about itself, and whether it knows us.
async fn connect(settings: Settings, services: &Services) -> Result<Connection, Error> {
    register(&settings, services);
    let place = settings.harbor.url().to_string();
    let api = Api {
        transport: services.networks.transport(settings.certificates)?,
        base: settings.base,
        authorization: settings.authorization,
        headers: settings.headers,
    };
    let ask = Ask::new("/systeminfo", "ask the Harbor about itself");
    let info: Option<SystemInfo> = match api.get(ask).await {
        Err(error) if error.message.contains("is not JSON") || error.message.contains("is not of") => None,
        asked => asked?,
    };
    let Some(info) = info.filter(|info| info.auth_mode.is_some() || info.harbor_version.is_some()) else {
        let message = format!("no Harbor answers at {}", sanitize(&place));
        return Err(Error::new(ErrorKind::Failed, message).remedy(
            "Check `url` (HARBOR_URL): it is the address of the web page of the Harbor, without `/api/v2.0`.",
        ));
    };
    let Some(version) = info.harbor_version else {
        return Err(unknown_to(&api.authorization, &place));
    };
    let summary = format!(
        "{} at {}, Harbor {}",
        api.authorization.summary(),
        sanitize(&place),
        sanitize(&version)
    );
    let registry_host = info
        .registry_url
        .filter(|host| !host.is_empty())
        .map(|told| {
            told.rsplit("://")
                .next()
                .unwrap_or_default()
                .trim_end_matches('/')
                .to_owned()
        })
        .unwrap_or_else(|| host(settings.harbor.url()));
    let client = Client {
        api,
        services: services.clone(),
        version: Version::read(&version),
        robot_prefix: settings.robot_prefix,
        told_prefix: OnceCell::new(),
        administrator: OnceCell::new(),
    };
    Ok(Connection {
        client: Arc::new(client),
        summary,
        registry: Some(registry_host),
    })
}

fn register(settings: &Settings, services: &Services) {
    match &settings.authorization {
        Authorization::Basic { password: secret, .. }
        | Authorization::Bearer(secret)
        | Authorization::Session(secret) => services.redactor.register(secret),
    }
    for (_, value) in &settings.headers {
        services.redactor.register(value);
    }
}

fn unknown_to(authorization: &Authorization, place: &str) -> Error {
    let message = format!(
        "the Harbor at {} does not know {}, or the password is wrong",
        sanitize(place),
        authorization.summary()
    );
    let remedy = match authorization {
        Authorization::Basic { .. } => {
            "Check `username` and `password` (HARBOR_USERNAME, HARBOR_PASSWORD). A robot account signs in with its full name, \
             and not once it is disabled or has expired; an OIDC user with the CLI secret of the user profile."
        }
        Authorization::Bearer(_) => "Get a fresh id token for `bearer_token` (HARBOR_BEARER_TOKEN).",
        Authorization::Session(_) => "Sign in with a browser again, and take the value of the cookie `sid`.",
    };
    Error::new(ErrorKind::Unauthenticated, message).remedy(remedy)
}

#[cfg(test)]
mod tests;
