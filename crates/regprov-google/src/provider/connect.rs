//! From settings to a connected client.

use super::NEWEST;
use crate::authentication::{Exchange, Source};
use crate::client::{AUDIENCE, Api, Client, Defaults};
use crate::endpoints::Product;
use crate::policy::Policies;
use crate::settings::{Settings, invalid};
use crate::{DrawKey, Services};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use regprov_http::{TokenCache, TokenErrorKind, TokenSource, sanitize};
use regprov_provider::{ConnectRequest, Connection, Error, ErrorKind};
use std::sync::Arc;

/// Connects: finds credentials, and proves with one token that they are good.
pub(super) async fn connect(
    request: &ConnectRequest<'_>,
    services: &Services,
    keys: &Arc<dyn DrawKey>,
) -> Result<Connection, Error> {
    let mut settings = Settings::read(request)?;
    let credentials = settings
        .endpoints
        .iter()
        .find(|(product, _)| *product == Product::IamCredentials)
        .map(|(_, base)| base.clone())
        .expect("every product has an address");
    let source = Source::new(
        &mut settings,
        services,
        Exchange::new(services.clone(), credentials),
    )?;
    let (identity, own_project) = (source.identity(), source.project().map(str::to_owned));
    let quota = source.quota_project().map(str::to_owned);
    let token_uri = source.token_uri();
    let source: Arc<dyn TokenSource> = Arc::new(source);
    let tokens = Arc::new(TokenCache::new(source, Arc::clone(&services.clock)));
    tokens.get(AUDIENCE).await.map_err(|error| {
        let kind = match error.kind {
            TokenErrorKind::Unavailable => ErrorKind::Transient,
            TokenErrorKind::Rejected | TokenErrorKind::NotConfigured => ErrorKind::Unauthenticated,
        };
        Error::new(kind, error.message)
    })?;
    let project = settings.project.clone().or(own_project);
    let headers = headers(&settings, project.as_deref(), quota.as_deref())?;
    let api = Api::new(&services.transport, &tokens, settings.endpoints, headers);
    let defaults = Defaults {
        project: project.clone(),
        region: settings.region,
        zone: settings.zone,
        labels: settings.default_labels,
        attribution: settings.attribution,
        deletion_policy: settings.deletion_policy,
        poll_interval: settings.poll_interval,
        token_uri,
        universe: settings.universe,
    };
    let policies = Policies::new(Arc::clone(&services.clock), settings.gathers);
    let major = request.major.unwrap_or(NEWEST);
    let outside = (services.clone(), Arc::clone(keys), tokens);
    let client = Client::new(api, outside, defaults, (major, policies));
    let of_project = project.map_or_else(String::new, |project| format!("project {}, ", sanitize(&project)));
    Ok(Connection {
        client: Arc::new(client),
        summary: format!("Google ({of_project}as {identity})"),
        registry: None,
    })
}

/// The headers of every request.
fn headers(settings: &Settings, project: Option<&str>, quota: Option<&str>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let paying = if settings.user_project_override {
        settings.billing_project.as_deref().or(project)
    } else {
        quota
    };
    let all = [
        ("x-goog-user-project", paying, "billing_project"),
        (
            "x-goog-request-reason",
            settings.request_reason.as_deref(),
            "request_reason",
        ),
    ];
    for (name, value, argument) in all {
        if let Some(value) = value {
            let value = HeaderValue::try_from(value).map_err(|_| {
                invalid(
                    argument,
                    format!("`{argument}` holds a character that a header cannot carry"),
                )
            })?;
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    Ok(headers)
}
