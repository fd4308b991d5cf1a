//! Where access keys come from, in the order in which Amazon's tools look.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderName};
use http::{Method, StatusCode};
use jiff::Timestamp;
use regprov_http::{Clock, Request, Response, Transport};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::client::{lost, unfit};
use super::profile::Profiles;
use super::security::{Role, SecurityService};
use super::sign::Keys;
use crate::backend::{OpenError, Surroundings};
use crate::objects::ObjectError;
use crate::settings::Settings;

const METADATA: &str = "http://169.254.169.254";

/// The identity that speaks to the store.
pub(super) struct Credentials {
    source: Source,
    region: String,
    security: SecurityService,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    present: tokio::sync::Mutex<Option<Keys>>,
}

/// Where keys come from.
enum Source {
    Fixed(Keys),
    Assumed(Box<Source>, Role),
    WebIdentity(Role, IdentityToken),
    Container { url: Url, token: Option<IdentityToken> },
    Instance(Url),
}

/// A token that is given, or read anew each time, as someone else renews it.
enum IdentityToken {
    Given(Zeroizing<String>),
    File(PathBuf),
}

impl IdentityToken {
    fn read(&self) -> Result<Zeroizing<String>, ObjectError> {
        match self {
            Self::Given(token) => Ok(token.clone()),
            Self::File(path) => {
                let token = std::fs::read_to_string(path).map_err(|error| {
                    ObjectError::new(format!(
                        "the token file {} cannot be read: {error}",
                        path.display()
                    ))
                })?;
                Ok(Zeroizing::new(token.trim().to_owned()))
            }
        }
    }
}

impl Credentials {
    pub(super) async fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let profiles = Profiles::read(settings, &surroundings.directory);
        let named = settings.text("profile");
        let profile = named
            .or_else(|| settings.variable("AWS_PROFILE"))
            .unwrap_or("default");
        let chosen = profiles.get(profile);
        if let (Some(name), None) = (named, chosen) {
            return Err(OpenError::Settings(format!(
                "The profile `{name}` is in none of Amazon's shared configuration and credentials files."
            )));
        }
        let region = settings
            .text("region")
            .or_else(|| chosen?.get("region").map(String::as_str));
        let Some(region) = region else {
            return Err(OpenError::Settings(
                "There is no region. Set `region` here, or AWS_REGION in the environment.".into(),
            ));
        };
        let mut source = first(settings, surroundings, &profiles, (profile, named.is_some()))?;
        if let Some(role) = settings.object("assume_role") {
            source = Source::Assumed(Box::new(source), Role::of(&role));
        }
        Ok(Self {
            source,
            region: region.to_owned(),
            security: SecurityService::open(settings, surroundings, region)?,
            transport: Arc::clone(&surroundings.transport),
            clock: Arc::clone(&surroundings.clock),
            present: tokio::sync::Mutex::new(None),
        })
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// Returns keys that are good for a while.
    pub(super) async fn keys(&self) -> Result<Keys, ObjectError> {
        let mut present = self.present.lock().await;
        let soon = self
            .clock
            .now()
            .checked_add(jiff::SignedDuration::from_mins(3))
            .unwrap_or(Timestamp::MAX);
        if let Some(keys) = &*present
            && keys.expires.is_none_or(|expires| expires > soon)
        {
            return Ok(keys.clone());
        }
        let keys = self.fetch(&self.source).await?;
        *present = Some(keys.clone());
        Ok(keys)
    }

    async fn fetch(&self, source: &Source) -> Result<Keys, ObjectError> {
        match source {
            Source::Fixed(keys) => Ok(keys.clone()),
            Source::Assumed(first, role) => {
                let keys = Box::pin(self.fetch(first)).await?;
                self.security.assume(role, &keys).await
            }
            Source::WebIdentity(role, token) => {
                self.security.assume_with_web_identity(role, &token.read()?).await
            }
            Source::Container { url, token } => {
                let mut request = Request::get(url.clone(), "ask the container's host for access keys");
                if let Some(token) = token {
                    request = request
                        .secret_header(AUTHORIZATION, &token.read()?)
                        .map_err(unfit)?;
                }
                let response = self.ask(request).await?;
                issued(&response)
            }
            Source::Instance(base) => self.of_instance(base).await,
        }
    }

    async fn ask(&self, request: Request) -> Result<Response, ObjectError> {
        let operation = request.operation;
        let response = self
            .transport
            .send(request.sensitive())
            .await
            .map_err(|error| lost(&error))?;
        if response.status == StatusCode::OK {
            return Ok(response);
        }
        Err(ObjectError::new(format!(
            "failed to {operation}: the answer has status {}",
            response.status
        )))
    }

    async fn of_instance(&self, base: &Url) -> Result<Keys, ObjectError> {
        let url = |path: &str| {
            let mut url = base.clone();
            url.set_path(path);
            url
        };
        let lifetime = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
        let request = Request::new(
            Method::PUT,
            url("/latest/api/token"),
            "ask the instance's metadata service for a session",
        );
        let request = request.header(lifetime, "21600").map_err(unfit)?;
        let token = self.ask(request).await.map_err(|error| {
            error.remedy(
                "There are no access keys in the block, the environment or the profile, and this machine seems to be no \
                 instance of Amazon's. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a `profile`.",
            )
        })?;
        let token = Zeroizing::new(String::from_utf8_lossy(&token.body).into_owned());
        let with_token = |path: &str, operation| {
            let name = HeaderName::from_static("x-aws-ec2-metadata-token");
            Request::get(url(path), operation)
                .secret_header(name, &token)
                .map_err(unfit)
        };
        let roles = "/latest/meta-data/iam/security-credentials/";
        let names = self
            .ask(with_token(
                roles,
                "ask the metadata service for the instance's role",
            )?)
            .await?;
        let names = String::from_utf8_lossy(&names.body).into_owned();
        let role = names.lines().next().unwrap_or_default();
        let path = format!("{roles}{role}");
        let keys = self
            .ask(with_token(&path, "ask the metadata service for access keys")?)
            .await?;
        issued(&keys)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Issued {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    token: Option<Zeroizing<String>>,
    expiration: Option<String>,
}

fn issued(response: &Response) -> Result<Keys, ObjectError> {
    let issued: Issued = response
        .json()
        .map_err(|error| ObjectError::new(error.to_string()))?;
    Ok(Keys {
        access: issued.access_key_id,
        secret: issued.secret_access_key,
        token: issued.token,
        expires: issued.expiration.and_then(|text| text.parse().ok()),
    })
}

/// The first source that is set.
fn first(
    settings: &Settings,
    surroundings: &Surroundings,
    profiles: &Profiles,
    (profile, is_named): (&str, bool),
) -> Result<Source, OpenError> {
    if let (Some(access), Some(secret)) = (settings.text("access_key"), settings.text("secret_key")) {
        return Ok(Source::Fixed(fixed(access, secret, settings.text("token"))));
    }
    if let Some(identity) = settings.object("assume_role_with_web_identity") {
        return web_identity(&identity, surroundings).ok_or_else(|| {
            OpenError::Settings(
                "`assume_role_with_web_identity` needs `role_arn`, and `web_identity_token` or `web_identity_token_file`."
                    .into(),
            )
        });
    }
    if !is_named {
        let variables = (
            settings.variable("AWS_ACCESS_KEY_ID"),
            settings.variable("AWS_SECRET_ACCESS_KEY"),
        );
        if let (Some(access), Some(secret)) = variables {
            let token = settings.variable("AWS_SESSION_TOKEN");
            return Ok(Source::Fixed(fixed(access, secret, token)));
        }
        let variables = (
            settings.variable("AWS_ROLE_ARN"),
            settings.variable("AWS_WEB_IDENTITY_TOKEN_FILE"),
        );
        if let (Some(role), Some(file)) = variables {
            let mut role = Role::named(role);
            role.session_name = settings.variable("AWS_ROLE_SESSION_NAME").map(str::to_owned);
            let file = surroundings.directory.join(file);
            return Ok(Source::WebIdentity(role, IdentityToken::File(file)));
        }
    }
    if let Some(source) = of_profile(profiles, profile, 0)? {
        return Ok(source);
    }
    container(settings, surroundings)
}

fn fixed(access: &str, secret: &str, token: Option<&str>) -> Keys {
    Keys {
        access: access.to_owned(),
        secret: Zeroizing::new(secret.to_owned()),
        token: token.map(|token| Zeroizing::new(token.to_owned())),
        expires: None,
    }
}

fn web_identity(identity: &Settings, surroundings: &Surroundings) -> Option<Source> {
    identity.text("role_arn")?;
    let token = match (
        identity.text("web_identity_token"),
        identity.text("web_identity_token_file"),
    ) {
        (Some(token), _) => IdentityToken::Given(Zeroizing::new(token.to_owned())),
        (None, file) => IdentityToken::File(surroundings.directory.join(file?)),
    };
    Some(Source::WebIdentity(Role::of(identity), token))
}

/// The keys of a profile, or of the role that it takes on.
fn of_profile(profiles: &Profiles, name: &str, depth: usize) -> Result<Option<Source>, OpenError> {
    let Some(profile) = profiles.get(name) else {
        return Ok(None);
    };
    let get = |key: &str| {
        profile
            .get(key)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    };
    for (key, what) in [
        ("credential_process", "a command"),
        ("sso_start_url", "single sign-on"),
        ("sso_session", "single sign-on"),
    ] {
        if get(key).is_some() {
            return Err(OpenError::Settings(format!(
                "The profile `{name}` gets its keys by {what} (`{key}`), which regprov does not do. Put them into the \
                 environment:\n\n    eval \"$(aws configure export-credentials --profile {name} --format env)\""
            )));
        }
    }
    if let Some(role) = get("role_arn") {
        let mut role = Role::named(role);
        role.external_id = get("external_id").map(str::to_owned);
        role.session_name = get("role_session_name").map(str::to_owned);
        if let Some(file) = get("web_identity_token_file") {
            return Ok(Some(Source::WebIdentity(role, IdentityToken::File(file.into()))));
        }
        let source = get("source_profile").unwrap_or(name);
        let is_itself = source == name;
        if !is_itself && depth < 5 {
            let first = of_profile(profiles, source, depth + 1)?;
            return Ok(first.map(|first| Source::Assumed(Box::new(first), role)));
        }
        return Ok(own_keys(profile).map(|first| Source::Assumed(Box::new(first), role)));
    }
    Ok(own_keys(profile))
}

fn own_keys(profile: &BTreeMap<String, String>) -> Option<Source> {
    let get = |key: &str| {
        profile
            .get(key)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    };
    let (access, secret) = (get("aws_access_key_id")?, get("aws_secret_access_key")?);
    Some(Source::Fixed(fixed(access, secret, get("aws_session_token"))))
}

/// The keys of the container or machine that regprov runs on.
fn container(settings: &Settings, surroundings: &Surroundings) -> Result<Source, OpenError> {
    let relative = settings
        .variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        .map(|path| format!("http://169.254.170.2{path}"));
    let full = settings
        .variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        .map(str::to_owned);
    let parse = |text: &str| {
        Url::parse(text).map_err(|error| OpenError::Settings(format!("`{text}` is no address: {error}.")))
    };
    if let Some(address) = relative.or(full) {
        let token = match (
            settings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
            settings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
        ) {
            (Some(token), _) => Some(IdentityToken::Given(Zeroizing::new(token.to_owned()))),
            (None, file) => file.map(|file| IdentityToken::File(surroundings.directory.join(file))),
        };
        return Ok(Source::Container {
            url: parse(&address)?,
            token,
        });
    }
    let disabled = settings.flag("skip_metadata_api_check").unwrap_or(false)
        || settings
            .variable("AWS_EC2_METADATA_DISABLED")
            .is_some_and(|text| text.eq_ignore_ascii_case("true"));
    if disabled {
        return Err(OpenError::Settings(
            "There are no access keys for the backend. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, \
             or name a `profile`."
                .into(),
        ));
    }
    let address = settings.text_or("ec2_metadata_service_endpoint", METADATA);
    Ok(Source::Instance(parse(address)?))
}
