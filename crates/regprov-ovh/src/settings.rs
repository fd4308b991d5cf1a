//! The provider configuration, the environment variables and the configuration files, merged by the rules of the public
//! client: the block before the environment, the environment before the files.

mod ini;

use crate::client::attribute;
use crate::endpoints::{self, Endpoint};
use ini::Sections;
use regprov_http::sanitize;
use regprov_provider::{ConnectRequest, Environment, Error, ErrorKind, Partial};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A text that must not be shown.
pub(crate) type SecretText = Zeroizing<String>;

/// What a provider configuration says, environment and files included.
pub(crate) struct Settings {
    pub(crate) endpoint: Endpoint,
    pub(crate) method: Method,
    /// More headers for every request.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) user_agent_extra: Option<String>,
    /// Requests per second.
    pub(crate) rate: Option<u32>,
}

/// How we prove who we are.
pub(crate) enum Method {
    /// Signed requests.
    Keys {
        application_key: String,
        application_secret: SecretText,
        consumer_key: SecretText,
    },
    /// A service account.
    ServiceAccount {
        client_id: String,
        client_secret: SecretText,
    },
    /// An access token.
    AccessToken(SecretText),
}

/// Whether a connection that fails is kept quiet about until it is used.
pub(crate) fn ignores_errors(request: &ConnectRequest<'_>) -> bool {
    let written = Partial(request.config).truth("ignore_init_error");
    written.unwrap_or_else(|| {
        let variable = request.environment.get("OVH_IGNORE_INIT_ERROR");
        matches!(variable, Some("true" | "1" | "t" | "TRUE" | "True" | "T"))
    })
}

/// Where values are looked for.
struct Places<'a> {
    config: Partial<'a>,
    environment: &'a Environment,
    files: Vec<(PathBuf, Sections)>,
}

impl Places<'_> {
    fn written(&self, name: &str) -> Option<SecretText> {
        let text = self.config.text(name).filter(|text| !text.is_empty())?;
        Some(Zeroizing::new(text.to_owned()))
    }

    fn variable(&self, name: &str) -> Option<SecretText> {
        let variable = format!("OVH_{}", name.to_uppercase());
        let text = self.environment.get(&variable)?;
        Some(Zeroizing::new(text.to_owned()))
    }

    /// The value of a file's section; the last file counts.
    fn filed(&self, section: &str, name: &str) -> Option<SecretText> {
        let found = self
            .files
            .iter()
            .rev()
            .find_map(|(_, sections)| sections.get(section)?.get(name).filter(|value| !value.is_empty()));
        found.cloned()
    }

    fn any(&self, section: &str, name: &str) -> Option<SecretText> {
        self.written(name)
            .or_else(|| self.variable(name))
            .or_else(|| self.filed(section, name))
    }

    /// The sections of the files that are there, for a message.
    fn sections(&self) -> String {
        let told: Vec<String> = self
            .files
            .iter()
            .filter(|(_, sections)| !sections.is_empty())
            .map(|(path, sections)| {
                let names: Vec<String> = sections
                    .keys()
                    .map(|name| format!("[{}]", sanitize(name)))
                    .collect();
                format!("{} has {}", path.display(), names.join(" "))
            })
            .collect();
        match told.as_slice() {
            [] => {
                let paths: Vec<String> = self
                    .files
                    .iter()
                    .map(|(path, _)| path.display().to_string())
                    .collect();
                if paths.is_empty() {
                    "no configuration file is read here".to_owned()
                } else {
                    format!("there is none of the files {}", paths.join(", "))
                }
            }
            told => told.join("; "),
        }
    }
}

impl Settings {
    /// Merges the configuration, the environment and the files.
    pub(crate) fn read(request: &ConnectRequest<'_>, files: &[PathBuf]) -> Result<Self, Error> {
        let files: Result<Vec<_>, Error> = files
            .iter()
            .map(|path| {
                Ok((
                    path.clone(),
                    ini::read(path).map_err(|error| unreadable(path, &error))?,
                ))
            })
            .collect();
        let places = Places {
            config: Partial(request.config),
            environment: request.environment,
            files: files?,
        };
        let name = places
            .written("endpoint")
            .or_else(|| places.variable("endpoint"))
            .or_else(|| places.filed("default", "endpoint"));
        let name = name.map_or_else(|| endpoints::DEFAULT.to_owned(), |name| name.as_str().to_owned());
        let endpoint = endpoints::find(&name, request.environment.get("REGPROV_OVH_TOKEN_URL"))?;
        let method = Method::choose(&places, &name)?;
        if let (Method::ServiceAccount { .. }, None) = (&method, &endpoint.token_url) {
            let message = format!(
                "oauth2 authentication is not compatible with endpoint {}",
                sanitize(&name)
            );
            return Err(Error::new(ErrorKind::Unauthenticated, message).remedy(
                "Use application keys, or the endpoint ovh-eu, ovh-ca or ovh-us. For another endpoint that gives tokens, set \
                 REGPROV_OVH_TOKEN_URL.",
            ));
        }
        Ok(Self {
            endpoint,
            method,
            headers: headers(&places),
            user_agent_extra: places
                .written("user_agent_extra")
                .map(|text| text.as_str().to_owned()),
            rate: places
                .config
                .number("api_rate_limit")
                .and_then(|number| number.to_string().parse().ok())
                .filter(|rate| *rate > 0),
        })
    }
}

fn headers(places: &Places<'_>) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for number in 0.. {
        let Some(line) = places.environment.get(&format!("OVH_HTTP_HEADERS_{number}")) else {
            break;
        };
        if let Some((name, value)) = line.split_once([':', '=']) {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    let written = places
        .config
        .known("http_headers")
        .and_then(|map| map.as_entries());
    for (name, value) in written.into_iter().flatten() {
        if let Some(value) = value.as_str() {
            headers.push((name.to_string(), value.to_owned()));
        }
    }
    headers
}

/// The three ways, in the order in which a provider block chooses among them.
#[derive(Clone, Copy)]
enum Way {
    AccessToken,
    ServiceAccount,
    Keys,
}

const WAYS: &[(Way, &[&str])] = &[
    (Way::AccessToken, &["access_token"]),
    (Way::ServiceAccount, &["client_id", "client_secret"]),
    (
        Way::Keys,
        &["application_key", "application_secret", "consumer_key"],
    ),
];

impl Method {
    /// A way that the provider block chooses counts alone; otherwise what environment and files say must be one way.
    fn choose(places: &Places<'_>, section: &str) -> Result<Self, Error> {
        let has = |names: &[&str]| names.iter().any(|name| places.any(section, name).is_some());
        let written = |names: &[&str]| names.iter().any(|name| places.written(name).is_some());
        let chosen = WAYS.iter().find(|(_, names)| written(names));
        let known: Vec<Way> = match chosen {
            Some((way, _)) => vec![*way],
            None => WAYS
                .iter()
                .filter(|(_, names)| has(names))
                .map(|(way, _)| *way)
                .collect(),
        };
        let get = |name: &str| places.any(section, name);
        match known.as_slice() {
            [] => Err(missing(places, section)),
            [Way::AccessToken] => Ok(Self::AccessToken(get("access_token").unwrap_or_default())),
            [Way::ServiceAccount] => match (get("client_id"), get("client_secret")) {
                (Some(id), Some(client_secret)) => Ok(Self::ServiceAccount {
                    client_id: id.as_str().to_owned(),
                    client_secret,
                }),
                (_, _) => Err(unauthenticated(
                    "invalid oauth2 config, both client_id and client_secret must be given",
                )
                .remedy("Set `client_id` and `client_secret`, or OVH_CLIENT_ID and OVH_CLIENT_SECRET.")),
            },
            [Way::Keys] => Self::keys(places, section),
            [_, _, ..] => Err(unauthenticated(
                "can't use multiple authentication methods: application_key/application_secret, client_id/client_secret",
            )
            .remedy(format!(
                "Set one of them, in the provider block or in OVH_* variables. Looked at: {}.",
                found(places, section)
            ))),
        }
    }

    fn keys(places: &Places<'_>, section: &str) -> Result<Self, Error> {
        let get = |name: &str| places.any(section, name);
        let (Some(key), Some(application_secret)) = (get("application_key"), get("application_secret"))
        else {
            return Err(unauthenticated(
                "invalid authentication config, both application_key and application_secret must be given",
            )
            .remedy(
                "Set `application_key` and `application_secret`, or OVH_APPLICATION_KEY and OVH_APPLICATION_SECRET.",
            ));
        };
        let Some(consumer_key) = get("consumer_key") else {
            return Err(unauthenticated("the application keys are given, the consumer key is not").remedy(
                "Set `consumer_key` or OVH_CONSUMER_KEY. https://www.ovh.com/auth/api/createToken makes all three, with \
                 GET, POST, PUT and DELETE on /cloud/project/*.",
            ));
        };
        Ok(Self::Keys {
            application_key: key.as_str().to_owned(),
            application_secret,
            consumer_key,
        })
    }

    /// What it is called.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Keys { .. } => "application key",
            Self::ServiceAccount { .. } => "service account",
            Self::AccessToken(_) => "access token",
        }
    }
}

/// Which arguments were found where, without their values.
fn found(places: &Places<'_>, section: &str) -> String {
    let mut told = Vec::new();
    for name in WAYS.iter().flat_map(|(_, names)| *names) {
        if places.variable(name).is_some() {
            told.push(format!("OVH_{} is set", name.to_uppercase()));
        } else if places.filed(section, name).is_some() {
            told.push(format!(
                "`{name}` stands in section [{}] of a file",
                sanitize(section)
            ));
        }
    }
    told.join(", ")
}

fn missing(places: &Places<'_>, section: &str) -> Error {
    let sections = places.sections();
    unauthenticated(
        "missing authentication information, you need to provide one of the following: application_key/application_secret, \
         client_id/client_secret, or access_token",
    )
    .remedy(format!(
        "Looked at the provider block, at OVH_APPLICATION_KEY, OVH_CLIENT_ID and OVH_ACCESS_TOKEN, and at the section [{}] \
         of configuration files: {sections}.",
        sanitize(section)
    ))
}

fn unauthenticated(message: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, message)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let message = format!(
        "the configuration file {} cannot be read: {error}",
        path.display()
    );
    Error::new(ErrorKind::Invalid(attribute("endpoint")), message)
}

#[cfg(test)]
mod tests;
