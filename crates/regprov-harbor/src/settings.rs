//! The provider configuration and the environment variables, merged by the rules of the public provider.

use crate::Certificates;
use crate::client::{Authorization, attribute};
use http::HeaderName;
use regprov_http::{BaseUri, sanitize};
use regprov_provider::{ConnectRequest, Environment, Error, ErrorKind, Partial};
use zeroize::Zeroizing;

/// What a provider configuration says, environment variables included.
pub(crate) struct Settings {
    /// The Harbor itself, without the path of the API.
    pub(crate) harbor: BaseUri,
    /// The API.
    pub(crate) base: BaseUri,
    pub(crate) authorization: Authorization,
    pub(crate) certificates: Certificates,
    pub(crate) robot_prefix: Option<String>,
    pub(crate) headers: Vec<(HeaderName, Zeroizing<String>)>,
}

struct Reader<'a> {
    config: Partial<'a>,
    environment: &'a Environment,
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str, variable: &str) -> Option<&'a str> {
        let written = self.config.text(name).filter(|text| !text.is_empty());
        written.or_else(|| self.environment.get(variable))
    }

    fn secret(&self, name: &str, variable: &str) -> Option<Zeroizing<String>> {
        self.text(name, variable)
            .map(|text| Zeroizing::new(text.to_owned()))
    }
}

impl Settings {
    /// Merges the configuration and the environment.
    pub(crate) fn read(request: &ConnectRequest<'_>) -> Result<Self, Error> {
        let read = Reader {
            config: Partial(request.config),
            environment: request.environment,
        };
        let harbor = address(read.text("url", "HARBOR_URL"))?;
        let api = match read
            .config
            .number("api_version")
            .map(ToString::to_string)
            .as_deref()
        {
            None | Some("2") => ["api", "v2.0"].as_slice(),
            Some("1") => &["api"],
            Some(other) => {
                let message = format!(
                    "`api_version` is {}, and Harbor has the versions 1 and 2",
                    sanitize(other)
                );
                return Err(Error::new(ErrorKind::Invalid(attribute("api_version")), message)
                    .remedy("Leave `api_version` away: 2 is the version of every Harbor since 2.0."));
            }
        };
        let base = harbor.segments(api.iter().copied());
        let base = BaseUri::parse(base.as_str())
            .map_err(|error| Error::new(ErrorKind::Invalid(attribute("url")), error.to_string()))?;
        Ok(Self {
            authorization: authorization(&read)?,
            certificates: certificates(&read)?,
            robot_prefix: read
                .config
                .text("robot_prefix")
                .filter(|prefix| !prefix.is_empty())
                .map(str::to_owned),
            headers: headers(read.config)?,
            harbor,
            base,
        })
    }
}

fn address(written: Option<&str>) -> Result<BaseUri, Error> {
    let invalid = |message: String| Error::new(ErrorKind::Invalid(attribute("url")), message);
    let Some(text) = written else {
        return Err(invalid("`url` is not set, and neither is HARBOR_URL".to_owned())
            .remedy("Write the address of the Harbor: `url = \"https://harbor.example.com\"`."));
    };
    let text = text.trim().trim_end_matches('/');
    // An address that was copied from the API's documentation.
    let bare = ["/api/v2.0", "/api"]
        .iter()
        .find_map(|path| text.strip_suffix(path))
        .unwrap_or(text);
    BaseUri::parse(bare).map_err(|error| {
        let error = invalid(error.to_string());
        if text.contains("://") {
            return error;
        }
        error.remedy(format!("Write it with its scheme: `https://{}`.", sanitize(text)))
    })
}

/// A session precedes a bearer token, which precedes a username.
fn authorization(read: &Reader<'_>) -> Result<Authorization, Error> {
    if let Some(id) = read.secret("session_id", "HARBOR_SESSION_ID") {
        return Ok(Authorization::Session(id));
    }
    if let Some(token) = read.secret("bearer_token", "HARBOR_BEARER_TOKEN") {
        return Ok(Authorization::Bearer(token));
    }
    let username = read.text("username", "HARBOR_USERNAME");
    let password = read.secret("password", "HARBOR_PASSWORD");
    match (username, password) {
        (Some(username), Some(password)) => Ok(Authorization::Basic {
            username: username.to_owned(),
            password,
        }),
        (username, _) => {
            let missing = if username.is_none() {
                "username"
            } else {
                "password"
            };
            let variable = format!("HARBOR_{}", missing.to_uppercase());
            let message = format!(
                "there is no way to sign in: `{missing}` is not set (nor {variable}), and neither `bearer_token` \
                 (HARBOR_BEARER_TOKEN) nor `session_id` (HARBOR_SESSION_ID) is"
            );
            Err(Error::new(ErrorKind::Unauthenticated, message)
                .remedy("Set `username` and `password`, or HARBOR_USERNAME and HARBOR_PASSWORD."))
        }
    }
}

/// Certificates are verified unless it is said otherwise; the public provider does not verify them unless it is said so.
fn certificates(read: &Reader<'_>) -> Result<Certificates, Error> {
    let insecure = match (
        read.config.truth("insecure"),
        read.environment.get("HARBOR_IGNORE_CERT"),
    ) {
        (Some(truth), _) => truth,
        (None, None) => false,
        (None, Some(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "t" => true,
            "false" | "0" | "f" => false,
            _ => {
                let message = format!(
                    "HARBOR_IGNORE_CERT is `{}`, which is neither true nor false",
                    sanitize(text)
                );
                return Err(Error::new(ErrorKind::Invalid(attribute("insecure")), message)
                    .remedy("Set HARBOR_IGNORE_CERT to true or false."));
            }
        },
    };
    Ok(if insecure {
        Certificates::Unverified
    } else {
        Certificates::Verified
    })
}

fn headers(config: Partial<'_>) -> Result<Vec<(HeaderName, Zeroizing<String>)>, Error> {
    let entries = config.known("headers").and_then(|headers| headers.as_entries());
    let mut headers = Vec::new();
    for (name, value) in entries.into_iter().flatten() {
        let Some(text) = value.as_str() else { continue };
        let Ok(name) = name.parse::<HeaderName>() else {
            let message = format!("`{}` is no name of a header", sanitize(name));
            return Err(Error::new(ErrorKind::Invalid(attribute("headers")), message));
        };
        headers.push((name, Zeroizing::new(text.to_owned())));
    }
    Ok(headers)
}
