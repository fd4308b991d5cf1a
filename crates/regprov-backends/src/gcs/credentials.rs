//! Who asks at Google: a token that is given, a service account's key, a person's sign-in, or the machine's account.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, HeaderName};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use regprov_http::{
    Clock, Request, Response, Token, TokenCache, TokenError, TokenErrorKind, TokenSource, Transport,
};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use crate::backend::{OpenError, Surroundings};
use crate::settings::Settings;

const METADATA: &str = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token";
const CREDENTIALS: &str = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts";
const TOKENS: &str = "https://oauth2.googleapis.com/token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Where tokens come from.
enum Source {
    Given(Zeroizing<String>),
    ServiceAccount(ServiceAccount),
    Person(Person),
    Machine,
}

#[derive(Deserialize)]
struct ServiceAccount {
    client_email: String,
    private_key: Zeroizing<String>,
    private_key_id: Option<String>,
    #[serde(default = "tokens_address")]
    token_uri: String,
}

fn tokens_address() -> String {
    TOKENS.to_owned()
}

#[derive(Deserialize)]
struct Person {
    client_id: String,
    client_secret: Zeroizing<String>,
    refresh_token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct KindOf {
    #[serde(rename = "type")]
    kind: String,
}

/// The tokens for a bucket.
pub(super) fn tokens(settings: &Settings, surroundings: &Surroundings) -> Result<TokenCache, OpenError> {
    let source: Arc<dyn TokenSource> = Arc::new(Google {
        source: source(settings, surroundings)?,
        transport: Arc::clone(&surroundings.transport),
        clock: Arc::clone(&surroundings.clock),
    });
    let source = match settings.text("impersonate_service_account") {
        Some(account) => Arc::new(Impersonated {
            account: account.to_owned(),
            delegates: settings.texts("impersonate_service_account_delegates"),
            source,
            transport: Arc::clone(&surroundings.transport),
        }),
        None => source,
    };
    Ok(TokenCache::new(source, Arc::clone(&surroundings.clock)))
}

/// The content of the file that a text names; the text itself where there is no such file.
pub(super) fn content_of(text: &str, surroundings: &Surroundings) -> Zeroizing<String> {
    let home = surroundings.environment.get("HOME").map(PathBuf::from);
    let path = match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => surroundings.directory.join(text),
    };
    // A key is no path, and too long for one.
    let is_path = text.len() < 1024 && !text.trim_start().starts_with('{');
    match is_path.then(|| std::fs::read_to_string(path)) {
        Some(Ok(content)) => Zeroizing::new(content),
        Some(Err(_)) | None => Zeroizing::new(text.to_owned()),
    }
}

fn source(settings: &Settings, surroundings: &Surroundings) -> Result<Source, OpenError> {
    if let Some(token) = settings.text("access_token") {
        return Ok(Source::Given(Zeroizing::new(token.to_owned())));
    }
    if let Some(given) = settings.text("credentials") {
        return parse(&content_of(given, surroundings), "credentials");
    }
    if let Some(path) = settings.variable("GOOGLE_APPLICATION_CREDENTIALS") {
        return parse(&content_of(path, surroundings), "GOOGLE_APPLICATION_CREDENTIALS");
    }
    let folder = settings
        .variable("CLOUDSDK_CONFIG")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(settings.variable("HOME")?).join(".config/gcloud")));
    let file = folder.map(|folder| folder.join("application_default_credentials.json"));
    match file.and_then(|file| std::fs::read_to_string(file).ok()) {
        Some(text) => parse(&Zeroizing::new(text), "the sign-in of gcloud"),
        None => Ok(Source::Machine),
    }
}

fn parse(text: &str, from: &str) -> Result<Source, OpenError> {
    let wrong = |what: &str| OpenError::Settings(format!("What {from} gives {what}."));
    let kind: KindOf = serde_json::from_str(text)
        .map_err(|_| wrong("is neither a key of Google's in JSON nor a file that holds one"))?;
    match kind.kind.as_str() {
        "service_account" => serde_json::from_str(text)
            .map(Source::ServiceAccount)
            .map_err(|_| wrong("is a key of a service account with something missing")),
        "authorized_user" => serde_json::from_str(text)
            .map(Source::Person)
            .map_err(|_| wrong("is a sign-in with something missing")),
        other => Err(wrong(&format!(
            "is of the type `{}`, which regprov does not know here. Give a token instead:\n\n    \
             export GOOGLE_OAUTH_ACCESS_TOKEN=\"$(gcloud auth application-default print-access-token)\"",
            other.escape_default()
        ))),
    }
}

struct Google {
    source: Source,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct Issued {
    access_token: Zeroizing<String>,
    expires_in: i64,
}

impl Google {
    async fn ask(&self, request: Request) -> Result<Token, TokenError> {
        let response = send(self.transport.as_ref(), request).await?;
        let issued: Issued = response.json().map_err(|error| unavailable(&error))?;
        let expires = self
            .clock
            .now()
            .checked_add(SignedDuration::from_secs(issued.expires_in));
        Ok(Token::new(
            issued.access_token.as_str(),
            expires.unwrap_or(Timestamp::MAX),
        ))
    }

    fn assertion(&self, account: &ServiceAccount, scope: &str) -> Result<Zeroizing<String>, TokenError> {
        let wrong = |_| {
            TokenError::new(
                TokenErrorKind::NotConfigured,
                "The private key of the service account cannot be read.",
            )
        };
        let key =
            PrivatePkcs8KeyDer::from_pem_slice(account.private_key.as_bytes()).map_err(|_| wrong(()))?;
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|_| wrong(()))?;
        let now = self.clock.now().as_second();
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": account.private_key_id});
        let claims = json!({
            "iss": account.client_email,
            "scope": scope,
            "aud": account.token_uri,
            "iat": now,
            "exp": now + 3600,
        });
        let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )
        .map_err(|_| wrong(()))?;
        Ok(Zeroizing::new(format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(signature)
        )))
    }
}

#[async_trait]
impl TokenSource for Google {
    async fn fetch(&self, scope: &str) -> Result<Token, TokenError> {
        match &self.source {
            Source::Given(token) => Ok(Token::new(token.as_str(), Timestamp::MAX)),
            Source::ServiceAccount(account) => {
                let assertion = self.assertion(account, scope)?;
                let form = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
                self.ask(form_to(&account.token_uri, &form)?).await
            }
            Source::Person(person) => {
                let form = [
                    ("grant_type", "refresh_token"),
                    ("client_id", person.client_id.as_str()),
                    ("client_secret", person.client_secret.as_str()),
                    ("refresh_token", person.refresh_token.as_str()),
                ];
                self.ask(form_to(TOKENS, &form)?).await
            }
            Source::Machine => {
                let url = Url::parse(METADATA).expect("the address is written here");
                let request = Request::get(url, "ask the machine's metadata service for a token")
                    .header(HeaderName::from_static("metadata-flavor"), "Google")
                    .map_err(|error| unavailable(&error))?;
                self.ask(request).await.map_err(|error| {
                    TokenError::new(
                        error.kind,
                        format!(
                            "{} There are no credentials in the block or the environment, and nobody is signed in on this \
                             machine: set `credentials` or GOOGLE_CREDENTIALS, or run `gcloud auth application-default login`.",
                            error.message
                        ),
                    )
                })
            }
        }
    }
}

/// A service account that lends its rights.
struct Impersonated {
    account: String,
    delegates: Vec<String>,
    source: Arc<dyn TokenSource>,
    transport: Arc<dyn Transport>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lent {
    access_token: Zeroizing<String>,
    expire_time: String,
}

#[async_trait]
impl TokenSource for Impersonated {
    async fn fetch(&self, scope: &str) -> Result<Token, TokenError> {
        let own = self
            .source
            .fetch("https://www.googleapis.com/auth/cloud-platform")
            .await?;
        let address = format!("{CREDENTIALS}/{}:generateAccessToken", self.account);
        let url = Url::parse(&address).map_err(|error| unavailable(&error))?;
        let delegates: Vec<String> = self
            .delegates
            .iter()
            .map(|name| format!("projects/-/serviceAccounts/{name}"))
            .collect();
        let bearer = Zeroizing::new(format!("Bearer {}", own.reveal()));
        let request = Request::new(Method::POST, url, "ask for a token of the service account")
            .idempotent()
            .sensitive()
            .json(&json!({"scope": [scope], "delegates": delegates}))
            .and_then(|request| request.secret_header(AUTHORIZATION, &bearer))
            .map_err(|error| unavailable(&error))?;
        let response = send(self.transport.as_ref(), request).await?;
        let lent: Lent = response.json().map_err(|error| unavailable(&error))?;
        let expires = lent.expire_time.parse().unwrap_or(Timestamp::MAX);
        Ok(Token::new(lent.access_token.as_str(), expires))
    }
}

fn form_to(address: &str, form: &[(&str, &str)]) -> Result<Request, TokenError> {
    let url = Url::parse(address).map_err(|error| unavailable(&error))?;
    Ok(Request::new(Method::POST, url, "ask Google for a token")
        .form(form)
        .idempotent()
        .sensitive())
}

async fn send(transport: &dyn Transport, request: Request) -> Result<Response, TokenError> {
    let operation = request.operation;
    let response = transport
        .send(request.sensitive())
        .await
        .map_err(|error| unavailable(&error))?;
    if response.status == StatusCode::OK {
        return Ok(response);
    }
    let kind = if response.status.is_client_error() {
        TokenErrorKind::Rejected
    } else {
        TokenErrorKind::Unavailable
    };
    Err(TokenError::new(
        kind,
        format!(
            "failed to {operation}: the answer has status {}.",
            response.status
        ),
    ))
}

fn unavailable(error: &dyn std::error::Error) -> TokenError {
    TokenError::new(TokenErrorKind::Unavailable, error.to_string())
}
