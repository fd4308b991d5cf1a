//! Module registries: where their service is, which versions they have, where a version is.

use crate::InstallError;
use crate::error::chain;
use crate::web::{GET_HEADER, Web, resolve};
use http::header::AUTHORIZATION;
use regprov_http::{Request, Response};
use regprov_lang::{Constraints, RegistrySource, RemoteSource, Version};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Mutex;
use url::Url;

/// The service that serves modules.
const SERVICE: &str = "modules.v1";

/// What was learnt of registries in this run.
#[derive(Debug, Default)]
pub(crate) struct Registries(Mutex<BTreeMap<String, Url>>);

#[derive(Deserialize)]
struct Versions {
    modules: Vec<ModuleVersions>,
}

#[derive(Deserialize)]
struct ModuleVersions {
    #[serde(default)]
    versions: Vec<OneVersion>,
}

#[derive(Deserialize)]
struct OneVersion {
    version: String,
}

#[derive(Deserialize)]
struct Location {
    #[serde(default)]
    location: String,
}

impl Registries {
    /// The newest version that is allowed.
    pub(crate) async fn newest(
        &self,
        web: &Web<'_>,
        source: &RegistrySource,
        allowed: &Constraints,
    ) -> Result<Version, InstallError> {
        let url = self.url(web, source, &["versions"]).await?;
        let answer = ask(web, source, url, "list the versions of the module")
            .await
            .map_err(|error| {
                let missing = error.to_string().contains("answered 404");
                let help = format!(
                    "{} may have no module {}/{}/{}, or not show it without a token.",
                    source.host, source.namespace, source.name, source.system
                );
                if missing { error.help(help) } else { error }
            })?;
        let listed: Versions = json(&answer, source)?;
        // What cannot be read as a version cannot be asked for either.
        let versions: Vec<Version> = listed
            .modules
            .iter()
            .flat_map(|module| &module.versions)
            .filter_map(|row| row.version.parse().ok())
            .collect();
        allowed.newest(&versions).cloned().ok_or_else(|| {
            let newest = versions.iter().max().map_or("it has none".to_owned(), |version| format!("the newest is {version}"));
            InstallError::fetch(format!("{} has no version that `version` allows; {newest}", source.package()))
                .help("Change `version` in the module block. A prerelease is taken only where it is asked for by name.")
        })
    }

    /// Where a version is.
    pub(crate) async fn location(
        &self,
        web: &Web<'_>,
        source: &RegistrySource,
        version: &Version,
    ) -> Result<RemoteSource, InstallError> {
        let number = version.to_string();
        let url = self.url(web, source, &[&number, "download"]).await?;
        let answer = ask(web, source, url.clone(), "ask where the module is").await?;
        let header = answer.header(GET_HEADER).unwrap_or_default().to_owned();
        let said = match answer.status.as_u16() {
            204 => header,
            _ => match json::<Location>(&answer, source) {
                Ok(body) if !body.location.is_empty() => body.location,
                Ok(_) => header,
                Err(error) if header.is_empty() => return Err(error),
                Err(_) => header,
            },
        };
        if said.is_empty() {
            return Err(InstallError::fetch(format!(
                "{} does not say where version {version} of {} is",
                source.host,
                source.package()
            )));
        }
        resolve(&said, &url)
    }

    async fn url(&self, web: &Web<'_>, source: &RegistrySource, more: &[&str]) -> Result<Url, InstallError> {
        let mut url = self.service(web, &source.host).await?;
        let parts = [source.namespace.as_str(), &source.name, &source.system];
        url.path_segments_mut()
            .map_err(|()| {
                InstallError::fetch(format!(
                    "the address of the registry {} is not valid",
                    source.host
                ))
            })?
            .pop_if_empty()
            .extend(parts.iter().chain(more));
        Ok(url)
    }

    /// The address of a host's module service: as the CLI configuration says it, else as the host does.
    async fn service(&self, web: &Web<'_>, host: &str) -> Result<Url, InstallError> {
        if let Some(known) = self.0.lock().expect("no holder panics").get(host) {
            return Ok(known.clone());
        }
        let unserved = || {
            InstallError::fetch(format!(
                "{host} is no module registry: it offers no service `{SERVICE}`"
            ))
        };
        let root = format!("https://{host}/.well-known/terraform.json");
        let root = Url::parse(&root).map_err(|_| InstallError::fetch(format!("`{host}` is not a host")))?;
        let (base, said) = match web.credentials.service(host, SERVICE) {
            Some(said) => (root, said.ok_or_else(unserved)?.to_owned()),
            None => {
                let mut request = Request::get(root.clone(), "ask which services the host has");
                if let Some(token) = web.credentials.token(host) {
                    request = authorized(request, token)?;
                }
                let answer = web.send(request).await.map_err(|error| {
                    error.help(format!("{host} stands as a module registry in the source. A git repository needs `git::https://…`, a directory `./`."))
                })?;
                let services: BTreeMap<String, serde_json::Value> = answer.json().map_err(|error| {
                    InstallError::fetch(format!(
                        "what {host} says of its services cannot be read: {error}"
                    ))
                })?;
                let said = services
                    .get(SERVICE)
                    .and_then(serde_json::Value::as_str)
                    .ok_or_else(unserved)?;
                (root, said.to_owned())
            }
        };
        let service = base.join(&said).map_err(|_| unserved())?;
        self.0
            .lock()
            .expect("no holder panics")
            .insert(host.to_owned(), service.clone());
        Ok(service)
    }
}

async fn ask(
    web: &Web<'_>,
    source: &RegistrySource,
    url: Url,
    what: &'static str,
) -> Result<Response, InstallError> {
    let mut request = Request::get(url, what);
    if let Some(token) = web.credentials.token(&source.host) {
        request = authorized(request, token)?;
    }
    web.send(request).await
}

fn authorized(request: Request, token: &str) -> Result<Request, InstallError> {
    request
        .secret_header(AUTHORIZATION, &format!("Bearer {token}"))
        .map_err(|error| InstallError::fetch(chain(&error)))
}

fn json<T: DeserializeOwned>(answer: &Response, source: &RegistrySource) -> Result<T, InstallError> {
    answer.json().map_err(|error| {
        InstallError::fetch(format!("the answer of {} cannot be read: {error}", source.host))
    })
}
