//! The provider: what it is called, what it offers, how it connects.

mod configuration;
mod table;

use crate::Services;
use crate::client::{Api, Client, Kind, Paced, Session, log_in};
use crate::settings::{Login, Settings};
use async_trait::async_trait;
use jiff::Timestamp;
use regprov_http::{
    Authorize, Token, TokenCache, TokenError, TokenErrorKind, TokenSource, Transport, sanitize,
};
use regprov_provider::{
    AnyDataSource, AnyResource, ConnectRequest, Connection, CredentialObject, Error, ErrorKind, Provider,
    PushCredential,
};
use regprov_schema::{Schema, Timeouts};
use std::sync::Arc;
use tokio::sync::Mutex;

#[cfg(test)]
pub(crate) use configuration::block;

/// Where images of Docker Hub are pushed to.
const REGISTRY: &str = "docker.io";
/// The variable that names another place, for a Docker Hub that is elsewhere.
const REGISTRY_VARIABLE: &str = "REGPROV_DOCKER_REGISTRY";

/// The provider `docker`.
#[must_use]
pub fn provider(services: Services) -> Arc<dyn Provider> {
    Arc::new(DockerHub {
        schema: Schema {
            version: 0,
            block: configuration::block(),
            timeouts: Timeouts::default(),
        },
        resources: table::resources(),
        data_sources: table::data_sources(),
        services,
    })
}

/// What to do about a type of the other provider that goes by the name `docker`.
const OTHER: &str = "This is a type of the provider kreuzwerker/docker, which drives a Docker engine: containers, images, volumes. \
                     Another provider has the same local name: docker/docker, which manages repositories and tokens at Docker \
                     Hub, and which regprov has. Keep what drives an engine in a configuration of its own.";

/// Types of kreuzwerker/docker.
const ENGINE: &[(&str, &str)] = &[
    ("docker_buildx_builder", OTHER),
    ("docker_config", OTHER),
    ("docker_container", OTHER),
    ("docker_image", OTHER),
    ("docker_logs", OTHER),
    ("docker_network", OTHER),
    ("docker_plugin", OTHER),
    ("docker_registry_image", OTHER),
    ("docker_registry_image_manifests", OTHER),
    ("docker_secret", OTHER),
    ("docker_service", OTHER),
    ("docker_tag", OTHER),
    ("docker_volume", OTHER),
];

struct DockerHub {
    schema: Schema,
    resources: Vec<Arc<dyn AnyResource>>,
    data_sources: Vec<Arc<dyn AnyDataSource>>,
    services: Services,
}

#[async_trait]
impl Provider for DockerHub {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["docker/docker"]
    }

    fn newest_major(&self) -> u64 {
        0
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn located_by(&self) -> Option<&'static [&'static str]> {
        Some(&["host"])
    }

    fn resources(&self) -> &[Arc<dyn AnyResource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>] {
        &self.data_sources
    }

    fn left_out(&self) -> &'static [(&'static str, &'static str)] {
        ENGINE
    }

    fn has_timeouts(&self) -> bool {
        false
    }

    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error> {
        let settings = Settings::read(&request, &self.services).await?;
        let registry = request.environment.get(REGISTRY_VARIABLE).unwrap_or(REGISTRY);
        connect(settings, registry, &self.services).await
    }

    fn credentials(&self, objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
        crate::credentials::push_credentials(objects)
    }
}

/// The first token, which proves who we are; later ones are asked for when it ends.
struct Renewed {
    first: Mutex<Option<Token>>,
    session: Session,
}

#[async_trait]
impl TokenSource for Renewed {
    async fn fetch(&self, audience: &str) -> Result<Token, TokenError> {
        match self.first.lock().await.take() {
            Some(first) => Ok(first),
            None => self.session.fetch(audience).await,
        }
    }
}

/// The session of Docker Desktop, which is a token already.
struct Desktop(Session);

#[async_trait]
impl TokenSource for Desktop {
    async fn fetch(&self, _audience: &str) -> Result<Token, TokenError> {
        let until = crate::client::expiry(&self.0.secret).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Token::new(self.0.secret.as_str(), until))
    }
}

/// Logs in once, where the provider is configured and not at each of its resources.
async fn connect(settings: Settings, registry: &str, services: &Services) -> Result<Connection, Error> {
    let Login {
        username,
        secret,
        kind,
    } = settings.login;
    let paced: Arc<dyn Transport> = Arc::new(Paced::new(
        Arc::clone(&services.transport),
        Arc::clone(&services.clock),
    ));
    let session = Session {
        transport: Arc::clone(&paced),
        base: settings.base.clone(),
        redactor: services.redactor.clone(),
        username: username.clone(),
        secret,
    };
    let source: Arc<dyn TokenSource> = if kind == Kind::Desktop {
        Arc::new(Desktop(session))
    } else {
        let first = log_in(&session).await.map_err(|error| refused(&error))?;
        Arc::new(Renewed {
            first: Mutex::new(Some(first)),
            session,
        })
    };
    let tokens = Arc::new(TokenCache::new(source, Arc::clone(&services.clock)));
    let authorized = Authorize::new(paced, tokens, "docker", settings.base.url().clone());
    let api = Api::new(
        Arc::new(authorized),
        settings.base,
        Arc::clone(&services.clock),
        (kind, settings.max_pages),
    );
    let name = sanitize(&username);
    let summary = format!("{} as {name} ({})", sanitize(&settings.host), kind.name());
    Ok(Connection {
        client: Arc::new(Client::new(api, username, kind)),
        summary,
        registry: Some(format!("{name}@{registry}")),
    })
}

fn refused(error: &TokenError) -> Error {
    let kind = match error.kind {
        TokenErrorKind::Rejected | TokenErrorKind::NotConfigured => ErrorKind::Unauthenticated,
        TokenErrorKind::Unavailable => ErrorKind::Transient,
    };
    Error::new(kind, error.message.clone())
}

#[cfg(test)]
mod tests;
