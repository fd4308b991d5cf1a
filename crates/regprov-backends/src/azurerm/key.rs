//! How a request says who asks: signed with the account's key, with a token in its address, or with a bearer token.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use http::Method;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use regprov_http::{BaseUri, Clock, Request, TokenCache, Transport};
use serde::Deserialize;
use sha2::Sha256;
use url::Url;
use zeroize::Zeroizing;

use super::SignedIn;
use super::arguments::{SIGN_IN, SIGN_IN_FLAGS};
use crate::backend::{OpenError, Surroundings};
use crate::objects::ObjectError;
use crate::s3::unfit;
use crate::settings::Settings;

const STORAGE: &str = "https://storage.azure.com";

/// Who asks.
pub(super) enum Access {
    /// The account's key.
    Key(Zeroizing<Vec<u8>>),
    /// A shared access signature: the query that it adds.
    Signature(Zeroizing<String>),
    /// Tokens of an identity in the directory.
    Identity(TokenCache),
}

impl Access {
    pub(super) async fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        if let Some(key) = settings.text("access_key") {
            return Self::of_key(key);
        }
        if let Some(token) = settings.text("sas_token") {
            return Ok(Self::Signature(Zeroizing::new(
                token.trim_start_matches('?').to_owned(),
            )));
        }
        let by_directory = settings.flag("use_azuread_auth").unwrap_or(false);
        let group = settings.text("resource_group_name");
        if !by_directory && group.is_none() {
            return Err(OpenError::Settings(
                "The storage account is opened with `access_key`, `sas_token` or `use_azuread_auth`; or with \
                 `resource_group_name`, in which its key is looked up."
                    .into(),
            ));
        }
        let signed_in = sign_in(settings, surroundings).await?;
        let (manager, audience) = (signed_in.manager, signed_in.manager_audience);
        let tokens = TokenCache::new(signed_in.tokens, Arc::clone(&surroundings.clock));
        match group {
            Some(group) if !by_directory => {
                let lookup = Lookup {
                    manager,
                    audience,
                    tokens,
                };
                lookup.key(settings, group, surroundings.transport.as_ref()).await
            }
            Some(_) | None => Ok(Self::Identity(tokens)),
        }
    }

    fn of_key(key: &str) -> Result<Self, OpenError> {
        let bytes = STANDARD.decode(key.trim()).map_err(|_| {
            OpenError::Settings(
                "The key of the storage account is not what Azure gives: it is not base64.".into(),
            )
        })?;
        Ok(Self::Key(Zeroizing::new(bytes)))
    }

    /// Makes a request say who asks. Everything else must be on it.
    pub(super) async fn sign(
        &self,
        mut request: Request,
        account: &str,
        clock: &dyn Clock,
    ) -> Result<Request, ObjectError> {
        request = request
            .header(
                http::header::HeaderName::from_static("x-ms-date"),
                &http_date(clock.now()),
            )
            .and_then(|request| {
                request.header(
                    http::header::HeaderName::from_static("x-ms-version"),
                    "2021-12-02",
                )
            })
            .map_err(unfit)?;
        match self {
            Self::Signature(query) => {
                let all = match request.url.query() {
                    Some(present) => format!("{present}&{}", **query),
                    None => (**query).clone(),
                };
                request.url.set_query(Some(&all));
                Ok(request)
            }
            Self::Key(key) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
                mac.update(to_sign(&request, account).as_bytes());
                let signature = STANDARD.encode(mac.finalize().into_bytes());
                request
                    .secret_header(AUTHORIZATION, &format!("SharedKey {account}:{signature}"))
                    .map_err(unfit)
            }
            Self::Identity(tokens) => {
                let token = tokens.get(STORAGE).await.map_err(|error| {
                    ObjectError::new(format!("there is no token for the storage: {error}"))
                })?;
                let text = Zeroizing::new(format!("Bearer {}", token.reveal()));
                request.secret_header(AUTHORIZATION, &text).map_err(unfit)
            }
        }
    }
}

fn http_date(now: Timestamp) -> String {
    now.to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// What the account's key signs.
fn to_sign(request: &Request, account: &str) -> String {
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let length = match request.body.len() {
        0 => String::new(),
        length => length.to_string(),
    };
    let mut lines = [
        request.method.as_str(),
        "",
        "",
        &length,
        "",
        header("content-type"),
        "",
        "",
        header("if-match"),
        header("if-none-match"),
        "",
        "",
    ]
    .join("\n");
    lines.push('\n');
    let own: BTreeMap<&str, &str> = request
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-ms-"))
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?.trim())))
        .collect();
    for (name, value) in own {
        lines.push_str(&format!("{name}:{value}\n"));
    }
    lines.push_str(&format!("/{account}{}", request.url.path()));
    let mut query: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in request.url.query_pairs() {
        query
            .entry(name.to_lowercase())
            .or_default()
            .push(value.into_owned());
    }
    for (name, mut values) in query {
        values.sort();
        lines.push_str(&format!("\n{name}:{}", values.join(",")));
    }
    lines
}

async fn sign_in(settings: &Settings, surroundings: &Surroundings) -> Result<SignedIn, OpenError> {
    let mut environment = surroundings.environment.clone();
    for (argument, variable) in SIGN_IN {
        if let Some(value) = settings.text(argument) {
            environment.insert((*variable).to_owned(), value.to_owned());
        }
    }
    for (argument, variable) in SIGN_IN_FLAGS {
        if let Some(value) = settings.flag(argument) {
            environment.insert((*variable).to_owned(), value.to_string());
        }
    }
    let signed_in = surroundings.azure.sign_in(&environment).await;
    signed_in.map_err(|reason| OpenError::Settings(format!("Nobody is signed in at Azure: {reason}")))
}

/// Finds the account's key by way of the resource manager.
struct Lookup {
    manager: String,
    audience: String,
    tokens: TokenCache,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<KeyOf>,
}

#[derive(Deserialize)]
struct KeyOf {
    value: Zeroizing<String>,
}

impl Lookup {
    async fn key(
        &self,
        settings: &Settings,
        group: &str,
        transport: &dyn Transport,
    ) -> Result<Access, OpenError> {
        let wrong = |reason: String| {
            OpenError::Settings(format!("The key of the storage account was not given: {reason}"))
        };
        let Some(subscription) = settings.text("subscription_id") else {
            return Err(OpenError::Settings(
                "The key of the storage account is looked up in a subscription: set `subscription_id`, or ARM_SUBSCRIPTION_ID."
                    .into(),
            ));
        };
        let account = settings.text("storage_account_name").unwrap_or_default();
        let base = BaseUri::parse(&self.manager).map_err(|error| wrong(format!("{error}.")))?;
        let mut url: Url = base.segments([
            "subscriptions",
            subscription,
            "resourceGroups",
            group,
            "providers",
            "Microsoft.Storage",
            "storageAccounts",
            account,
            "listKeys",
        ]);
        url.set_query(Some("api-version=2023-01-01"));
        let token = self
            .tokens
            .get(&self.audience)
            .await
            .map_err(|error| wrong(format!("{error}.")))?;
        let bearer = Zeroizing::new(format!("Bearer {}", token.reveal()));
        let request = Request::new(Method::POST, url, "look up the key of the storage account")
            .idempotent()
            .sensitive()
            .secret_header(AUTHORIZATION, &bearer)
            .map_err(|error| wrong(format!("{error}.")))?;
        let response = transport
            .send(request)
            .await
            .map_err(|error| wrong(format!("{error}.")))?;
        if !response.status.is_success() {
            return Err(wrong(format!(
                "the resource manager answered with status {}. The identity needs the right \
                 Microsoft.Storage/storageAccounts/listKeys/action on the account; without it, use `use_azuread_auth`.",
                response.status
            )));
        }
        let keys: Keys = response.json().map_err(|error| wrong(format!("{error}.")))?;
        match keys.keys.first() {
            Some(key) => Access::of_key(&key.value),
            None => Err(wrong("the account has none.".into())),
        }
    }
}
