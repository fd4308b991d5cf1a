//! Other registries, to replicate with or to be a cache of: `/registries`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::api::{Api, Reply, done, told};
use super::failure::Failure;
use super::instant;
use super::listing::{Keywords, list_by};
use super::project::Project;
use super::route::{Route, route};
use super::rows::Row;
use crate::answer::Answer;

/// Upstreams that scenes made unreachable, by host.
pub(crate) const UNREACHABLE_UPSTREAMS: &str = "_harbor_unreachable_upstreams";

/// Another registry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Registry {
    pub(super) id: u64,
    pub(super) name: String,
    description: String,
    pub(super) kind: String,
    pub(super) url: String,
    insecure: bool,
    ca_certificate: String,
    credential: Option<Credential>,
    created: Timestamp,
    updated: Timestamp,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Credential {
    #[serde(rename = "type")]
    kind: String,
    access_key: String,
    /// Sealed at rest.
    access_secret: String,
}

impl Row for Registry {
    const TABLE: &'static str = "harbor/registries";

    fn id(&self) -> u64 {
        self.id
    }
}

impl Registry {
    /// The registry as a project's summary tells it.
    pub(super) fn without_credential(&self) -> Value {
        let mut value = self.shown(true);
        if let Some(members) = value.as_object_mut() {
            members.remove("credential");
        }
        value
    }

    /// The registry as answers tell it: its secret as stars.
    pub(super) fn shown(&self, healthy: bool) -> Value {
        let credential = self.credential.as_ref().map(|credential| {
            let secret = if credential.access_secret.is_empty() {
                ""
            } else {
                "*****"
            };
            let value = json!({
                "type": credential.kind, "access_key": credential.access_key, "access_secret": secret,
            });
            told(value, &[])
        });
        told(
            json!({
                "id": self.id, "name": self.name, "description": self.description, "type": self.kind,
                "url": self.url, "insecure": self.insecure, "credential": credential,
                "ca_certificate": self.ca_certificate, "status": if healthy { "healthy" } else { "unhealthy" },
                "creation_time": instant(self.created), "update_time": instant(self.updated),
            }),
            &["insecure"],
        )
    }
}

/// The Harbor itself, as replication names it.
pub(super) fn local() -> Value {
    json!({
        "id": 0, "name": "Local", "type": "harbor", "url": "http://core:8080", "insecure": true,
        "status": "healthy", "credential": { "type": "secret", "access_secret": "*****" },
        "creation_time": "0001-01-01T00:00:00.000Z", "update_time": "0001-01-01T00:00:00.000Z",
    })
}

/// The types that Harbor has an adapter for.
const TYPES: &[&str] = &[
    "ali-acr",
    "artifact-hub",
    "aws-ecr",
    "azure-acr",
    "docker-hub",
    "docker-registry",
    "dtr",
    "github-ghcr",
    "gitlab",
    "google-gcr",
    "harbor",
    "helm-hub",
    "huawei-SWR",
    "jfrog-artifactory",
    "quay",
    "tencent-tcr",
    "volcengine-cr",
];

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/registries", list),
    route("POST", "/registries", create),
    route("POST", "/registries/ping", ping),
    route("GET", "/registries/{id}", get),
    route("PUT", "/registries/{id}", update),
    route("DELETE", "/registries/{id}", delete),
    route("GET", "/registries/{id}/info", info),
    route("GET", "/replication/adapters", adapters),
    route("GET", "/replication/adapterinfos", adapter_infos),
];

fn is_healthy(api: &Api<'_>, url: &str) -> bool {
    let host = Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| !api.rows.tx.contains(UNREACHABLE_UPSTREAMS, &host))
}

fn list(api: &mut Api<'_>) -> Reply {
    api.require_system("registry", "list")?;
    let mut keywords = Keywords::of(api)?;
    keywords.fuzzy("name", api.call.query("name"));
    let registries = api.rows.all::<Registry>();
    let rows = registries
        .iter()
        .map(|registry| registry.shown(is_healthy(api, &registry.url)))
        .collect();
    list_by(api, rows, &keywords)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    name: String,
    description: String,
    #[serde(rename = "type")]
    kind: String,
    url: String,
    insecure: bool,
    ca_certificate: String,
    credential: Option<Credential>,
}

/// A URL as Harbor keeps it: with a scheme, without a slash at the end, without a query.
fn normalized(url: &str) -> Result<String, Failure> {
    let trimmed = url.trim().trim_end_matches('/');
    if trimmed.is_empty() {
        return Err(Failure::bad_request("invalid url: empty"));
    }
    let full = if trimmed.contains("://") {
        trimmed.to_owned()
    } else {
        format!("http://{trimmed}")
    };
    Url::parse(&full)
        .ok()
        .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| Failure::bad_request(format!("invalid URL: {url}")))?;
    let end = full.find(['?', '#']).unwrap_or(full.len());
    Ok(full[..end].to_owned())
}

fn check_certificate(pem: &str) -> Result<(), Failure> {
    let looks_right =
        pem.contains("-----BEGIN CERTIFICATE-----") && pem.contains("-----END CERTIFICATE-----");
    if pem.is_empty() || looks_right {
        return Ok(());
    }
    Err(Failure::bad_request(
        "failed to parse CA certificate: not in PEM format",
    ))
}

/// Refuses what no registry can be, and one that does not answer.
fn check(api: &Api<'_>, registry: &Registry) -> Result<(), Failure> {
    if registry.name.is_empty() {
        return Err(Failure::bad_request("name cannot be empty"));
    }
    if registry.name.len() > 64 {
        return Err(Failure::bad_request("the max length of name is 64"));
    }
    if !TYPES.contains(&registry.kind.as_str()) {
        // No adapter for the type: an error that nobody foresaw.
        return Err(Failure::internal());
    }
    let taken = api
        .rows
        .find::<Registry>(|known| known.name == registry.name && known.id != registry.id);
    if !is_healthy(api, &registry.url) {
        return Err(Failure::bad_request("the registry is unhealthy"));
    }
    match taken {
        Some(_) => Err(Failure::conflict(format!(
            "registry {} already exists",
            registry.name
        ))),
        None => Ok(()),
    }
}

fn seal(api: &mut Api<'_>, id: u64, secret: &str) -> String {
    if secret.is_empty() {
        return String::new();
    }
    let context = api.rows.key(format!("registry/{id}"));
    api.rows.tx.seal(&context, secret)
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("registry")?;
    api.require_system("registry", "create")?;
    check_certificate(&wish.ca_certificate)?;
    let now = api.rows.tx.now();
    let id = api.rows.new_id::<Registry>();
    let credential = wish.credential.map(|credential| Credential {
        access_secret: seal(api, id, &credential.access_secret),
        ..credential
    });
    let registry = Registry {
        id,
        name: wish.name,
        description: wish.description,
        kind: wish.kind,
        url: normalized(&wish.url)?,
        insecure: wish.insecure,
        ca_certificate: if api.instance.version.has(2, 15) {
            wish.ca_certificate
        } else {
            String::new()
        },
        credential,
        created: now,
        updated: now,
    };
    check(api, &registry)?;
    api.rows.save(&registry);
    Ok(api.created(id))
}

/// A registry by id.
fn find(api: &Api<'_>, id: u64) -> Result<Registry, Failure> {
    api.rows
        .row(id)
        .ok_or_else(|| Failure::not_found(format!("registry {id} not found")))
}

fn get(api: &mut Api<'_>) -> Reply {
    api.require_system("registry", "read")?;
    let id = api.path_id("id")?;
    if id == 0 {
        return Ok(Answer::json(200, &local()));
    }
    let registry = find(api, id)?;
    Ok(Answer::json(200, &registry.shown(is_healthy(api, &registry.url))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Change {
    name: Option<String>,
    description: Option<String>,
    url: Option<String>,
    credential_type: Option<String>,
    access_key: Option<String>,
    access_secret: Option<String>,
    insecure: Option<bool>,
    ca_certificate: Option<String>,
}

fn update(api: &mut Api<'_>) -> Reply {
    let change: Change = api.body("registry")?;
    api.require_system("registry", "update")?;
    let mut registry = find(api, api.path_id("id")?)?;
    let id = registry.id;
    registry.name = change.name.unwrap_or(registry.name);
    registry.description = change.description.unwrap_or(registry.description);
    registry.insecure = change.insecure.unwrap_or(registry.insecure);
    if let Some(pem) = change.ca_certificate {
        check_certificate(&pem)?;
        if api.instance.version.has(2, 15) {
            registry.ca_certificate = pem;
        }
    }
    let mut credential = registry.credential.take().unwrap_or_default();
    credential.kind = change.credential_type.unwrap_or(credential.kind);
    credential.access_key = change.access_key.unwrap_or(credential.access_key);
    let url = match &change.url {
        Some(url) => normalized(url)?,
        None => registry.url.clone(),
    };
    match &change.access_secret {
        Some(secret) => credential.access_secret = seal(api, id, secret),
        // A secret is for the place that it was given for.
        None if url != registry.url => credential.access_secret.clear(),
        None => {}
    }
    registry.url = url;
    registry.credential = Some(credential);
    registry.updated = api.rows.tx.now();
    check(api, &registry)?;
    api.rows.save(&registry);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    api.require_system("registry", "delete")?;
    let registry = find(api, api.path_id("id")?)?;
    let refuse = |what: &str| {
        Err(Failure::precondition(format!(
            "the registry {} is referenced by {what}, cannot delete it",
            registry.id
        )))
    };
    if super::replication::is_used(&api.rows, registry.id) {
        return refuse("replication policies");
    }
    let cached = api
        .rows
        .find::<Project>(|project| project.registry_id == Some(registry.id));
    if cached.is_some() {
        return refuse("proxy cache project");
    }
    api.rows.remove::<Registry>(registry.id);
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PingWish {
    id: Option<u64>,
    #[serde(rename = "type")]
    kind: Option<String>,
    url: Option<String>,
}

fn ping(api: &mut Api<'_>) -> Reply {
    let wish: PingWish = api.body("registry")?;
    api.require_system("registry", "read")?;
    let known = match wish.id {
        Some(0) => return Ok(done()),
        Some(id) => Some(find(api, id)?),
        None => None,
    };
    let kind = wish
        .kind
        .or_else(|| known.as_ref().map(|known| known.kind.clone()));
    let url = match known {
        Some(known) => Some(known.url),
        None => wish.url.as_deref().map(normalized).transpose()?,
    };
    let (Some(kind), Some(url)) = (kind.filter(|kind| !kind.is_empty()), url) else {
        return Err(Failure::bad_request("type or url cannot be empty"));
    };
    if !TYPES.contains(&kind.as_str()) {
        return Err(Failure::internal());
    }
    if is_healthy(api, &url) {
        Ok(done())
    } else {
        Err(Failure::bad_request("the registry is unhealthy"))
    }
}

fn info(api: &mut Api<'_>) -> Reply {
    api.require_system("registry", "read")?;
    let id = api.path_id("id")?;
    let kind = if id == 0 {
        "harbor".to_owned()
    } else {
        find(api, id)?.kind
    };
    let mut triggers = vec!["manual", "scheduled"];
    if id == 0 {
        triggers.push("event_based");
    }
    let body = json!({
        "type": kind, "description": "",
        "supported_resource_filters": [
            { "type": "name", "style": "input" },
            { "type": "tag", "style": "input" },
            { "type": "label", "style": "input" },
            { "type": "resource", "style": "radio", "values": ["image", "artifact"] },
        ],
        "supported_triggers": triggers,
        "supported_copy_by_chunk": kind == "harbor",
    });
    Ok(Answer::json(200, &body))
}

fn adapters(api: &mut Api<'_>) -> Reply {
    api.require_system("replication-adapter", "list")?;
    Ok(Answer::json(200, &TYPES))
}

fn adapter_infos(api: &mut Api<'_>) -> Reply {
    api.require_system("replication-adapter", "list")?;
    let fixed = |key: &str, value: &str| {
        json!({
            "endpoint_pattern": {
                "endpoint_type": "EndpointPatternTypeFix", "endpoints": [{ "key": key, "value": value }],
            },
        })
    };
    let body = json!({
        "docker-hub": fixed("hub.docker.com", "https://hub.docker.com"),
        "artifact-hub": fixed("artifacthub.io", "https://artifacthub.io"),
        "github-ghcr": fixed("ghcr.io", "https://ghcr.io"),
    });
    Ok(Answer::json(200, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gets_a_scheme_and_loses_its_end() {
        let kept = |url: &str| normalized(url).unwrap();
        assert_eq!(kept(" hub.docker.com/ "), "http://hub.docker.com");
        assert_eq!(kept("https://a.example/b/?x=1"), "https://a.example/b/");
        assert!(normalized("").is_err() && normalized("ftp://a").is_err());
    }
}
