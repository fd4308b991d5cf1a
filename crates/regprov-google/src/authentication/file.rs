//! Files of credentials, and the places where they are looked for.

use super::assertion::{Statement, signed};
use super::exchange::{Exchange, unreadable};
use super::external::External;
use super::{lasting, not_configured, unusable};
use crate::Services;
use crate::settings::Given;
use http::header::HeaderName;
use regprov_http::{Redactor, Request, Token, TokenError, TokenErrorKind, sanitize};
use regprov_provider::Error;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use url::Url;
use zeroize::Zeroizing;

const TOKENS: &str = "https://oauth2.googleapis.com/token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The metadata server by its address: its name does not resolve on other machines, and costs time there.
const METADATA: &str = "169.254.169.254";

/// Credentials of one kind.
pub(crate) enum Credentials {
    /// A token that is given.
    Token(Zeroizing<String>),
    /// The key of a service account.
    Key(Key),
    /// A person who signed in with gcloud.
    Person(Person),
    /// An identity of another provider.
    External(External),
    /// An identity that lends from another one.
    Lent {
        source: Box<Credentials>,
        url: Url,
        delegates: Vec<String>,
    },
    /// The account of the machine, and where was looked before.
    Machine { host: String, looked: Vec<String> },
    /// No credentials, and where was looked for them.
    None { looked: Vec<String> },
}

/// The key of a service account as its file has it.
#[derive(Deserialize)]
pub(crate) struct Key {
    client_email: String,
    private_key: Zeroizing<String>,
    private_key_id: Option<String>,
    project_id: Option<String>,
    token_uri: Option<Url>,
}

/// A person's sign-in as gcloud keeps it.
#[derive(Deserialize)]
pub(crate) struct Person {
    client_id: String,
    client_secret: Zeroizing<String>,
    refresh_token: Zeroizing<String>,
    quota_project_id: Option<String>,
    token_uri: Option<Url>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Who may ask a service account to lend its rights.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Lender {
    ServiceAccount(Key),
    AuthorizedUser(Person),
}

#[derive(Deserialize)]
struct LentFile {
    source_credentials: Lender,
    service_account_impersonation_url: Url,
    #[serde(default)]
    delegates: Vec<String>,
}

fn tokens() -> Url {
    Url::parse(TOKENS).expect("the address is written here")
}

/// The content of the file that a text names; the text itself where it is one.
fn content(text: &str, place: &str, services: &Services) -> Result<Zeroizing<String>, Error> {
    if text.trim_start().starts_with('{') {
        return Ok(Zeroizing::new(text.to_owned()));
    }
    let path = services.directory.join(text);
    std::fs::read_to_string(&path)
        .map(Zeroizing::new)
        .map_err(|error| {
            unusable(format!(
                "{place} names the file {}, which cannot be read: {error}",
                sanitize(&path.display().to_string())
            ))
            .remedy("Give the path of a file of credentials, or its content.")
        })
}

impl Credentials {
    /// The credentials that are given; where none are, those of the machine.
    pub(super) fn of(given: Given, services: &Services, universe: &str) -> Result<Self, Error> {
        match given {
            Given::Token(token) => Ok(Self::Token(token)),
            Given::File { text, place } => parse(&content(&text, place, services)?, place),
            Given::Federated {
                audience,
                email,
                identity_token,
            } => Ok(Self::External(External::given(
                audience,
                &email,
                identity_token,
                universe,
            )?)),
            Given::Nothing {
                folders,
                metadata,
                mut looked,
            } => {
                if !services.looks_around {
                    return Ok(Self::None { looked });
                }
                for folder in folders {
                    let file = PathBuf::from(folder).join("application_default_credentials.json");
                    match read_sign_in(&file)? {
                        Some(found) => return Ok(found),
                        None => looked.push(format!("there is no file {}", file.display())),
                    }
                }
                let host = metadata.unwrap_or_else(|| METADATA.to_owned());
                Ok(Self::Machine { host, looked })
            }
        }
    }

    /// Tells the secrets to the redactor.
    pub(super) fn register(&self, redactor: &Redactor) {
        match self {
            Self::Token(token) => redactor.register(token),
            Self::Key(key) => redactor.register(&key.private_key),
            Self::Person(person) => {
                redactor.register(&person.client_secret);
                redactor.register(&person.refresh_token);
            }
            Self::External(external) => external.register(redactor),
            Self::Lent { source, .. } => source.register(redactor),
            Self::Machine { .. } | Self::None { .. } => {}
        }
    }

    /// Whose they are.
    pub(super) fn identity(&self) -> String {
        match self {
            Self::Token(_) => "the holder of the access token".to_owned(),
            Self::Key(key) => sanitize(&key.client_email),
            Self::Person(_) => "the person signed in with gcloud".to_owned(),
            Self::External(external) => external.identity(),
            Self::Lent { source, .. } => format!("a service account, lent by {}", source.identity()),
            Self::Machine { .. } => "the machine's service account".to_owned(),
            Self::None { .. } => "nobody".to_owned(),
        }
    }

    pub(super) fn project(&self) -> Option<&str> {
        match self {
            Self::Key(key) => key.project_id.as_deref(),
            _ => None,
        }
    }

    /// Where keys sign in: where ours does, if it is one.
    pub(super) fn token_uri(&self) -> String {
        match self {
            Self::Key(Key {
                token_uri: Some(url), ..
            }) => url.to_string(),
            _ => TOKENS.to_owned(),
        }
    }

    pub(super) fn quota_project(&self) -> Option<&str> {
        match self {
            Self::Person(person) => person.quota_project_id.as_deref(),
            _ => None,
        }
    }

    /// A token for scopes.
    pub(super) async fn token(&self, exchange: &Exchange, scopes: &[&str]) -> Result<Token, TokenError> {
        match self {
            Self::Token(token) => Ok(lasting(token)),
            Self::Key(key) => key.token(exchange, scopes).await,
            Self::Person(person) => person.token(exchange).await,
            Self::External(external) => external.token(exchange, scopes).await,
            Self::Lent {
                source,
                url,
                delegates,
            } => {
                let lender = Box::pin(source.token(exchange, scopes)).await?;
                exchange
                    .lend(url.clone(), (lender.reveal(), delegates), scopes)
                    .await
            }
            Self::Machine { host, looked } => of_machine(exchange, host, scopes).await.map_err(|error| {
                nobody(
                    looked,
                    &format!("the metadata server {host} gave no token ({})", error.message),
                )
            }),
            Self::None { looked } => Err(nobody(looked, "nothing else is looked at here")),
        }
    }
}

/// Nobody is signed in: every place that was looked at.
fn nobody(looked: &[String], last: &str) -> TokenError {
    not_configured(format!(
        "there are no credentials for Google. Looked at: {}; {last}. Run `gcloud auth application-default login`, or set \
         `credentials` or GOOGLE_CREDENTIALS to the key of a service account or to a configuration of workload identity federation",
        looked.join("; ")
    ))
}

fn read_sign_in(file: &Path) -> Result<Option<Credentials>, Error> {
    match std::fs::read_to_string(file) {
        Ok(text) => parse(&Zeroizing::new(text), "the sign-in of gcloud").map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(format!("{} cannot be read: {error}", file.display()))),
    }
}

/// Reads a file of credentials.
fn parse(text: &str, place: &str) -> Result<Credentials, Error> {
    let wrong = |what: &str| {
        unusable(format!("what {place} gives {what}")).remedy(
            "Give the key of a service account, a configuration of workload identity federation, or the path of a file with one.",
        )
    };
    let kind: Kind = serde_json::from_str(text).map_err(|_| wrong("is not JSON"))?;
    let lacking = |_| wrong("lacks something that its type must have");
    match kind.kind.as_deref() {
        Some("service_account") => Ok(Credentials::Key(serde_json::from_str(text).map_err(lacking)?)),
        Some("authorized_user") => Ok(Credentials::Person(serde_json::from_str(text).map_err(lacking)?)),
        Some("external_account") => Ok(Credentials::External(
            External::parse(text).map_err(|why| wrong(&why))?,
        )),
        Some("impersonated_service_account") => {
            let file: LentFile = serde_json::from_str(text).map_err(lacking)?;
            Ok(Credentials::Lent {
                source: Box::new(match file.source_credentials {
                    Lender::ServiceAccount(key) => Credentials::Key(key),
                    Lender::AuthorizedUser(person) => Credentials::Person(person),
                }),
                url: file.service_account_impersonation_url,
                delegates: file.delegates,
            })
        }
        Some(other) => Err(wrong(&format!(
            "is of the type `{}`, which regprov cannot sign in with",
            sanitize(other)
        ))),
        None => Err(wrong("is JSON without a `type`")),
    }
}

impl Key {
    async fn token(&self, exchange: &Exchange, scopes: &[&str]) -> Result<Token, TokenError> {
        let url = self.token_uri.clone().unwrap_or_else(tokens);
        let scope = scopes.join(" ");
        let statement = Statement {
            issuer: &self.client_email,
            scope: &scope,
            audience: url.as_str(),
            key_id: self.private_key_id.as_deref(),
            now: exchange.now(),
        };
        let assertion = signed(&statement, &self.private_key)?;
        let form = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
        let granted = exchange
            .granted(&url, &form, "get a token with the service account's key")
            .await;
        granted.map_err(|error| match error.kind {
            TokenErrorKind::Rejected => TokenError::new(
                error.kind,
                format!(
                    "{}. The key of {} may be deleted, disabled or expired, or this machine's clock wrong",
                    error.message,
                    sanitize(&self.client_email)
                ),
            ),
            TokenErrorKind::Unavailable | TokenErrorKind::NotConfigured => error,
        })
    }
}

impl Person {
    async fn token(&self, exchange: &Exchange) -> Result<Token, TokenError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.as_str()),
            ("refresh_token", self.refresh_token.as_str()),
        ];
        let url = self.token_uri.clone().unwrap_or_else(tokens);
        let granted = exchange.granted(&url, &form, "renew the sign-in of gcloud").await;
        granted.map_err(|error| match error.kind {
            TokenErrorKind::Rejected => TokenError::new(
                error.kind,
                format!(
                    "{}. Sign in again: gcloud auth application-default login",
                    error.message
                ),
            ),
            TokenErrorKind::Unavailable | TokenErrorKind::NotConfigured => error,
        })
    }
}

async fn of_machine(exchange: &Exchange, host: &str, scopes: &[&str]) -> Result<Token, TokenError> {
    let address = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token");
    let mut url = Url::parse(&address).map_err(|error| unreadable(&error))?;
    url.query_pairs_mut().append_pair("scopes", &scopes.join(","));
    let request = Request::get(url, "ask the metadata server for a token")
        .header(HeaderName::from_static("metadata-flavor"), "Google")
        .map_err(|error| unreadable(&error))?;
    let response = exchange.send(request).await?;
    exchange.token(&response)
}
