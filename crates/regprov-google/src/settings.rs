//! The provider configuration and the environment, merged by the rules of the public provider.

mod credentials;

pub(crate) use credentials::Given;

use crate::endpoints::{self, Product};
use regprov_addr::AttributePath;
use regprov_http::BaseUri;
use regprov_provider::{ConnectRequest, Environment, Error, ErrorKind, Partial};
use regprov_value::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What tokens are asked for.
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/userinfo.email",
];
/// How long changes of a policy are gathered at most, where `batching` does not say.
const GATHERED: Duration = Duration::from_secs(3);

/// What a provider configuration says, environment included.
pub(crate) struct Settings {
    pub(crate) project: Option<String>,
    pub(crate) billing_project: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) given: Given,
    pub(crate) impersonated: Option<Impersonated>,
    pub(crate) endpoints: Vec<(Product, BaseUri)>,
    pub(crate) universe: String,
    pub(crate) user_project_override: bool,
    pub(crate) request_reason: Option<String>,
    pub(crate) default_labels: BTreeMap<String, String>,
    /// Whether new objects get the label that says they are declared.
    pub(crate) attribution: bool,
    pub(crate) deletion_policy: Option<String>,
    /// How often the service is asked about what it works on.
    pub(crate) poll_interval: Option<Duration>,
    /// How long changes of a policy are gathered at most; none where `batching` is off.
    pub(crate) gathers: Option<Duration>,
}

/// A service account in whose name requests are made.
pub(crate) struct Impersonated {
    pub(crate) email: String,
    pub(crate) delegates: Vec<String>,
}

/// A text that is set in the block; an empty one is an error, as it is in the public provider.
fn written(config: Partial<'_>, name: &'static str) -> Result<Option<String>, Error> {
    match config.text(name) {
        Some("") => Err(invalid(
            name,
            format!("`{name}` is empty: leave it away to use the environment, or set it"),
        )),
        text => Ok(text.map(str::to_owned)),
    }
}

fn variable(environment: &Environment, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| environment.get(name).map(str::to_owned))
}

pub(crate) fn invalid(name: &str, message: impl Into<String>) -> Error {
    Error::new(
        ErrorKind::Invalid(Some(AttributePath::root().name(name))),
        message,
    )
}

fn texts(config: Partial<'_>, name: &str) -> Vec<String> {
    let items = config.known(name).and_then(Value::as_items).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// A duration as Go writes it: `3s`, `1m30s`, `500ms`.
fn duration(name: &str, text: &str) -> Result<Duration, Error> {
    let wrong = || {
        invalid(
            name,
            format!(
                "`{}` is no duration such as 30s or 1m30s",
                regprov_http::sanitize(text)
            ),
        )
    };
    let (mut total, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(wrong)?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        let after = &rest[digits..];
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        total += number
            * match &after[..unit] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                _ => return Err(wrong()),
            };
        rest = &after[unit..];
    }
    Duration::try_from_secs_f64(total).map_err(|_| wrong())
}

impl Settings {
    /// Merges the configuration and the environment.
    pub(crate) fn read(request: &ConnectRequest<'_>) -> Result<Self, Error> {
        let (config, environment) = (Partial(request.config), request.environment);
        let either = |name: &'static str, names: &[&str]| -> Result<Option<String>, Error> {
            Ok(written(config, name)?.or_else(|| variable(environment, names)))
        };
        let universe = config
            .text("universe_domain")
            .map_or_else(|| endpoints::UNIVERSE.to_owned(), str::to_owned);
        let account = either(
            "impersonate_service_account",
            &["GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"],
        )?;
        let scopes = texts(config, "scopes");
        if config.truth("prefer_global_endpoints") == Some(true)
            && config.truth("prefer_regional_endpoints") == Some(true)
        {
            return Err(invalid(
                "prefer_global_endpoints",
                "`prefer_global_endpoints` and `prefer_regional_endpoints` exclude each other",
            ));
        }
        Ok(Self {
            project: either(
                "project",
                &[
                    "GOOGLE_PROJECT",
                    "GOOGLE_CLOUD_PROJECT",
                    "GCLOUD_PROJECT",
                    "CLOUDSDK_CORE_PROJECT",
                ],
            )?,
            billing_project: either("billing_project", &["GOOGLE_BILLING_PROJECT"])?,
            region: either(
                "region",
                &["GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"],
            )?,
            zone: either("zone", &["GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"])?,
            scopes: if scopes.is_empty() {
                SCOPES.map(str::to_owned).to_vec()
            } else {
                scopes
            },
            given: Given::read(config, environment)?,
            impersonated: account.map(|email| Impersonated {
                email,
                delegates: texts(config, "impersonate_service_account_delegates"),
            }),
            endpoints: endpoints::read(config, environment, &universe)?,
            universe,
            user_project_override: config
                .truth("user_project_override")
                .unwrap_or_else(|| matches!(environment.get("USER_PROJECT_OVERRIDE"), Some("true" | "1"))),
            request_reason: either("request_reason", &["CLOUDSDK_CORE_REQUEST_REASON"])?,
            default_labels: labels(config),
            attribution: config.truth("add_terraform_attribution_label") == Some(true),
            deletion_policy: written(config, "deletion_policy")?,
            poll_interval: config
                .text("poll_interval")
                .map(|text| duration("poll_interval", text))
                .transpose()?,
            gathers: gathers(config)?,
        })
    }
}

fn labels(config: Partial<'_>) -> BTreeMap<String, String> {
    let entries = config.known("default_labels").and_then(Value::as_entries);
    entries
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned())))
        .collect()
}

fn gathers(config: Partial<'_>) -> Result<Option<Duration>, Error> {
    let blocks = config
        .known("batching")
        .and_then(Value::as_items)
        .unwrap_or_default();
    let Some(block) = blocks.first().map(Partial) else {
        return Ok(Some(GATHERED));
    };
    if block.truth("enable_batching") == Some(false) {
        return Ok(None);
    }
    let after = block
        .text("send_after")
        .map(|text| duration("batching", text))
        .transpose()?;
    Ok(Some(after.unwrap_or(GATHERED)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        assert_eq!(duration("x", "3s").unwrap(), Duration::from_secs(3));
        assert_eq!(duration("x", "1m30s").unwrap(), Duration::from_secs(90));
        assert!(duration("x", "3").is_err());
        assert!(duration("x", "soon").is_err());
    }
}
