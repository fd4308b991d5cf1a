//! Identities of other providers (workload identity federation): their token is exchanged for Google's.

use super::exchange::{Exchange, unreadable};
use super::{not_configured, unusable};
use http::header::HeaderName;
use regprov_http::{Redactor, Request, Token, TokenError, sanitize};
use regprov_provider::Error;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use url::Url;
use zeroize::Zeroizing;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// An identity of another provider.
pub(crate) struct External {
    audience: String,
    token_type: String,
    tokens: Url,
    subject: Subject,
    /// Where a service account lends its rights to it.
    lending: Option<Url>,
}

/// Where the other provider's token is.
enum Subject {
    Given(Zeroizing<String>),
    File {
        path: PathBuf,
        field: Option<String>,
    },
    Address {
        url: Url,
        headers: BTreeMap<String, Zeroizing<String>>,
        field: Option<String>,
    },
}

#[derive(Deserialize)]
struct File {
    audience: String,
    subject_token_type: String,
    token_url: Url,
    service_account_impersonation_url: Option<Url>,
    credential_source: CredentialSource,
}

#[derive(Deserialize)]
struct CredentialSource {
    file: Option<PathBuf>,
    url: Option<Url>,
    #[serde(default)]
    headers: BTreeMap<String, Zeroizing<String>>,
    format: Option<Format>,
    environment_id: Option<String>,
    executable: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Format {
    #[serde(rename = "type")]
    kind: Option<String>,
    subject_token_field_name: Option<String>,
}

impl Format {
    fn field(self) -> Option<String> {
        self.subject_token_field_name
            .filter(|_| self.kind.as_deref() == Some("json"))
    }
}

impl External {
    /// What `external_credentials` of the provider block says.
    pub(super) fn given(
        audience: String,
        email: &str,
        identity_token: Zeroizing<String>,
        universe: &str,
    ) -> Result<Self, Error> {
        let url = |text: String| {
            Url::parse(&text).map_err(|_| unusable(format!("`{}` is no address", sanitize(&text))))
        };
        Ok(Self {
            audience,
            token_type: JWT.to_owned(),
            tokens: url(format!("https://sts.{universe}/v1/token"))?,
            subject: Subject::Given(identity_token),
            lending: Some(url(format!(
                "https://iamcredentials.{universe}/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
            ))?),
        })
    }

    /// Reads a configuration file. The error completes "what … gives …".
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|_| {
            "is a configuration of workload identity federation with something missing".to_owned()
        })?;
        let source = file.credential_source;
        let field = source.format.and_then(Format::field);
        let subject = match (source.file, source.url, source.environment_id, source.executable) {
            (_, _, Some(environment), _) => {
                return Err(format!(
                    "takes its identity from the environment `{}`, which regprov does not know; `file` and `url` work",
                    sanitize(&environment)
                ));
            }
            (_, _, _, Some(_)) => {
                return Err(
                    "runs a program for its token, and regprov runs none; `file` and `url` work".to_owned(),
                );
            }
            (Some(path), _, _, _) => Subject::File { path, field },
            (None, Some(url), _, _) => Subject::Address {
                url,
                headers: source.headers,
                field,
            },
            (None, None, _, _) => return Err("does not say where its token is".to_owned()),
        };
        Ok(Self {
            audience: file.audience,
            token_type: file.subject_token_type,
            tokens: file.token_url,
            subject,
            lending: file.service_account_impersonation_url,
        })
    }

    pub(super) fn register(&self, redactor: &Redactor) {
        match &self.subject {
            Subject::Given(token) => redactor.register(token),
            Subject::Address { headers, .. } => headers.values().for_each(|value| redactor.register(value)),
            Subject::File { .. } => {}
        }
    }

    pub(super) fn identity(&self) -> String {
        format!("an identity of {}", sanitize(&self.audience))
    }

    /// A token for scopes.
    pub(super) async fn token(&self, exchange: &Exchange, scopes: &[&str]) -> Result<Token, TokenError> {
        let subject = self.subject(exchange).await?;
        let scope = if self.lending.is_some() {
            SCOPE.to_owned()
        } else {
            scopes.join(" ")
        };
        let form = [
            ("grant_type", EXCHANGE),
            ("audience", self.audience.as_str()),
            ("scope", scope.as_str()),
            ("requested_token_type", ACCESS_TOKEN),
            ("subject_token", subject.as_str()),
            ("subject_token_type", self.token_type.as_str()),
        ];
        let federated = exchange
            .granted(
                &self.tokens,
                &form,
                "exchange the token of the other identity provider",
            )
            .await?;
        match &self.lending {
            Some(url) => {
                exchange
                    .lend(url.clone(), (federated.reveal(), &[]), scopes)
                    .await
            }
            None => Ok(federated),
        }
    }

    async fn subject(&self, exchange: &Exchange) -> Result<Zeroizing<String>, TokenError> {
        match &self.subject {
            Subject::Given(token) => Ok(token.clone()),
            Subject::File { path, field } => {
                let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
                    not_configured(format!(
                        "the file {} with the token of the other identity provider cannot be read: {error}",
                        sanitize(&path.display().to_string())
                    ))
                })?;
                picked(&text, field.as_deref())
            }
            Subject::Address { url, headers, field } => {
                let mut request = Request::get(url.clone(), "ask the other identity provider for a token");
                for (name, value) in headers {
                    let name = HeaderName::try_from(name.as_str()).map_err(|error| unreadable(&error))?;
                    request = request
                        .secret_header(name, value)
                        .map_err(|error| unreadable(&error))?;
                }
                let response = exchange.send(request).await?;
                let text = Zeroizing::new(String::from_utf8_lossy(&response.body).into_owned());
                picked(&text, field.as_deref())
            }
        }
    }
}

/// The token in a text: all of it, or a field of it.
fn picked(text: &str, field: Option<&str>) -> Result<Zeroizing<String>, TokenError> {
    let Some(field) = field else {
        return Ok(Zeroizing::new(text.trim().to_owned()));
    };
    let lacking = || {
        not_configured(format!(
            "what the other identity provider gave has no field `{}` with a token",
            sanitize(field)
        ))
    };
    let mut fields: BTreeMap<String, Lenient> = serde_json::from_str(text).map_err(|_| lacking())?;
    match fields.remove(field) {
        Some(Lenient::Text(token)) => Ok(token),
        Some(Lenient::Other(_)) | None => Err(lacking()),
    }
}

/// A text, or whatever else stands beside it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient {
    Text(Zeroizing<String>),
    Other(serde::de::IgnoredAny),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_picked_out_of_json() {
        let token = picked(r#"{"count": 1, "value": "t"}"#, Some("value")).unwrap();
        assert_eq!(token.as_str(), "t");
        assert!(picked("{}", Some("value")).is_err());
        assert_eq!(picked("t\n", None).unwrap().as_str(), "t");
    }
}
