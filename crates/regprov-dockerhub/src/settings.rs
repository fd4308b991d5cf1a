//! The provider configuration, the environment variables and docker's own configuration, merged by the rules of the public
//! client: name and secret of block or environment where both are there, else what `docker login` kept.

mod docker_config;

use crate::Services;
use crate::client::{Kind, attribute};
use docker_config::DockerConfig;
use regprov_http::{BaseUri, is_loopback, sanitize};
use regprov_provider::{ConnectRequest, Error, ErrorKind, Partial};
use zeroize::Zeroizing;

/// Where Docker Hub is.
const HOST: &str = "hub.docker.com";
/// The key of its login in docker's configuration.
const LOGIN: &str = "https://index.docker.io/v1/";
/// The key of the session that Docker Desktop keeps there.
const SESSION: &str = "https://index.docker.io/v1/access-token";
/// The most pages of a list, where the configuration does not say.
const PAGES: u64 = 50;

/// A text that must not be shown.
pub(crate) type SecretText = Zeroizing<String>;

/// What a provider configuration says, environment and docker's configuration included.
pub(crate) struct Settings {
    pub(crate) base: BaseUri,
    /// The host as it was written.
    pub(crate) host: String,
    pub(crate) login: Login,
    pub(crate) max_pages: u64,
}

/// Name and secret.
pub(crate) struct Login {
    pub(crate) username: String,
    pub(crate) secret: SecretText,
    pub(crate) kind: Kind,
}

impl Settings {
    /// Merges the configuration, the environment and docker's configuration.
    pub(crate) async fn read(request: &ConnectRequest<'_>, services: &Services) -> Result<Self, Error> {
        let config = Partial(request.config);
        let find = |name: &str, variable: &str| {
            let written = config.text(name).filter(|text| !text.is_empty());
            written
                .or_else(|| request.environment.get(variable))
                .map(str::to_owned)
        };
        let host = find("host", "DOCKER_HUB_HOST").unwrap_or_else(|| HOST.to_owned());
        let base = base(&host)?;
        let username = find("username", "DOCKER_USERNAME");
        let password = find("password", "DOCKER_PASSWORD").map(Zeroizing::new);
        let login = match (username, password) {
            (Some(username), Some(secret)) => Login {
                kind: Kind::of(&secret),
                username,
                secret,
            },
            (username, password) => {
                let found = stored(&host, services).await?;
                found.ok_or_else(|| missing((username.is_some(), password.is_some()), &host, services))?
            }
        };
        services.redactor.register(&login.secret);
        Ok(Self {
            base,
            host,
            login,
            max_pages: config
                .number("max_page_results")
                .and_then(|number| number.to_string().parse().ok())
                .unwrap_or(PAGES),
        })
    }
}

/// The address of a host. Plain HTTP goes to this machine only.
fn base(host: &str) -> Result<BaseUri, Error> {
    let wrong = || {
        let message = format!("`{}` is not the host of Docker Hub", sanitize(host));
        Error::new(ErrorKind::Invalid(attribute("host")), message).remedy(
            "Write `host` (DOCKER_HUB_HOST) as `hub.docker.com`, or HOST:PORT, without a scheme and a path. Leave it away for \
             Docker Hub itself.",
        )
    };
    let url = if host.contains("://") {
        host.to_owned()
    } else {
        format!("https://{host}")
    };
    let base = BaseUri::parse(&url).map_err(|_| wrong())?;
    let bare = base.url().path() == "/" && base.url().username().is_empty();
    let safe = base.url().scheme() == "https" || is_loopback(base.url());
    if bare && safe { Ok(base) } else { Err(wrong()) }
}

/// What docker kept for a host: the session of Docker Desktop before a login.
async fn stored(host: &str, services: &Services) -> Result<Option<Login>, Error> {
    let Some(path) = &services.docker_config else {
        return Ok(None);
    };
    let Some(config) = DockerConfig::read(path)? else {
        return Ok(None);
    };
    let (session, login) = if host == HOST {
        (Some(SESSION), LOGIN)
    } else {
        (None, host)
    };
    if let Some(server) = session
        && let Some(found) = config.find(server, services).await?
        && crate::client::expiry(&found.secret).is_some_and(|until| until > services.clock.now())
    {
        return Ok(Some(Login {
            username: found.username,
            secret: found.secret,
            kind: Kind::Desktop,
        }));
    }
    let found = config.find(login, services).await?;
    Ok(found.map(|found| Login {
        kind: Kind::of(&found.secret),
        username: found.username,
        secret: found.secret,
    }))
}

fn missing((username, password): (bool, bool), host: &str, services: &Services) -> Error {
    let half = match (username, password) {
        (true, false) => "a username is set, and no password. ",
        (false, true) => "a password is set, and no username. ",
        (true, true) | (false, false) => "",
    };
    let message = format!("there are no credentials for Docker Hub: {half}Name and secret are needed");
    let place = match &services.docker_config {
        Some(path) => format!(
            "and for {} in {}",
            sanitize(if host == HOST { LOGIN } else { host }),
            path.display()
        ),
        None => "and nowhere else".to_owned(),
    };
    Error::new(ErrorKind::Unauthenticated, message).remedy(format!(
        "Looked for `username` and `password` in the provider block, for DOCKER_USERNAME and DOCKER_PASSWORD, {place}. Set the \
         two variables, or run `docker login`."
    ))
}

#[cfg(test)]
mod tests;
