//! `harbor_registry`: another registry, to replicate with or to cache.

use crate::client::{Ask, Client, Version};
use crate::gates::{Gate, is_zero};
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use regprov_http::sanitize;
use regprov_provider::Error;
use regprov_schema::{Computed, Meaning, Rule, Schema, Secret};
use regprov_value::Value;
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_registry`.
    RegistryShape,
    "a registry",
    "/registries/{}"
);

/// What configurations call the kinds of registries, and what Harbor calls them.
const KINDS: &[(&str, &str)] = &[
    ("alibaba", "ali-acr"),
    ("artifact-hub", "artifact-hub"),
    ("aws", "aws-ecr"),
    ("azure", "azure-acr"),
    ("docker-hub", "docker-hub"),
    ("docker-registry", "docker-registry"),
    ("github", "github-ghcr"),
    ("gitlab", "gitlab"),
    ("google", "google-gcr"),
    ("harbor", "harbor"),
    ("helm", "helm-hub"),
    ("huawei", "huawei-SWR"),
    ("jfrog", "jfrog-artifactory"),
    ("quay", "quay"),
];

/// Another registry, to replicate with or to cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Registry {
    /// What it is: `harbor`, `docker-hub`, `docker-registry`, `github` and others.
    #[schema(replaces, meaning = Meaning::By(same_kind), rules = &[Rule::Check(check_kind)])]
    pub(crate) provider_name: String,
    /// Its name.
    #[schema(rules = &[Rule::Length(1, 64)])]
    pub(crate) name: String,
    /// Its address.
    #[schema(meaning = Meaning::By(same_endpoint))]
    pub(crate) endpoint_url: String,
    /// What it is for.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// The name to log in with there.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) access_id: Option<String>,
    /// The password to log in with there.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) access_secret: Secret<String>,
    /// Whether any certificate of it is accepted.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) insecure: Option<bool>,
    /// The certificate authority of it, as PEM.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) ca_certificate: Option<String>,
    /// Its number.
    pub(crate) registry_id: Computed<i64>,
    /// `healthy` or `unhealthy`.
    #[schema(recomputed_by = &["endpoint_url", "access_id", "access_secret", "insecure", "ca_certificate"])]
    pub(crate) status: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn kind(name: &str) -> Option<&'static str> {
    let pair = KINDS
        .iter()
        .find(|(ours, theirs)| *ours == name || *theirs == name);
    pair.map(|(_, theirs)| *theirs)
}

fn same_kind(left: &Value, right: &Value) -> bool {
    let named = |value: &Value| value.as_str().map(|name| kind(name).unwrap_or(name).to_owned());
    named(left) == named(right)
}

fn check_kind(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(name) if kind(name).is_none() => {
            let names: Vec<String> = KINDS.iter().map(|(name, _)| format!("`{name}`")).collect();
            Err(format!(
                "`{}` is no kind of registry that Harbor knows: it is one of {}",
                sanitize(name),
                names.join(", ")
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// An address as Harbor keeps it.
fn normal(text: &str) -> String {
    let text = text.trim();
    let text = text
        .split(['?', '#'])
        .next()
        .unwrap_or(text)
        .trim_end_matches('/');
    if text.contains("://") || text.is_empty() {
        text.to_owned()
    } else {
        format!("http://{text}")
    }
}

fn same_endpoint(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => normal(left) == normal(right),
        (_, _) => false,
    }
}

/// A registry as Harbor writes it.
#[derive(Deserialize)]
pub(crate) struct Wire {
    #[serde(default)]
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) insecure: bool,
    pub(crate) ca_certificate: Option<String>,
    pub(crate) status: Option<String>,
    credential: Option<Credential>,
}

#[derive(Deserialize)]
struct Credential {
    access_key: Option<String>,
}

/// A POST.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    name: &'a str,
    description: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    url: &'a str,
    insecure: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    ca_certificate: &'a str,
    credential: CredentialWrite<'a>,
}

#[derive(Serialize)]
struct CredentialWrite<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    access_key: &'a str,
    access_secret: &'a str,
}

/// A PUT: flat, and without the kind.
#[derive(Serialize)]
struct Change<'a> {
    name: &'a str,
    description: &'a str,
    url: &'a str,
    insecure: bool,
    ca_certificate: &'a str,
    credential_type: &'static str,
    access_key: &'a str,
    access_secret: &'a str,
}

fn text(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

impl Registry {
    fn secret(&self) -> &str {
        self.access_secret.reveal().map_or("", String::as_str)
    }
}

impl Plain for Registry {
    const WORDS: Words = words!("registry", "registries");
    const READ_BACK: bool = true;
    const SECRET: bool = true;
    const GATES: &'static [Gate] = &[Gate {
        argument: "ca_certificate",
        since: Version::new(2, 15),
        idle: is_zero,
    }];
    const SHELF: Option<&'static str> = Some("/registries");
    type Shape = RegistryShape;
    type Wire = Wire;
    type Body<'a> = Body<'a>;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        "/registries".to_owned()
    }

    fn body(&self, _number: i64) -> Body<'_> {
        Body {
            name: &self.name,
            description: text(&self.description),
            kind: kind(&self.provider_name).unwrap_or(&self.provider_name),
            url: &self.endpoint_url,
            insecure: self.insecure.unwrap_or(false),
            ca_certificate: text(&self.ca_certificate),
            credential: CredentialWrite {
                kind: "basic",
                access_key: text(&self.access_id),
                access_secret: self.secret(),
            },
        }
    }

    async fn change(&self, client: &Client, path: &str, _prior: &Self) -> Result<Self, Error> {
        let body = Change {
            name: &self.name,
            description: text(&self.description),
            url: &self.endpoint_url,
            insecure: self.insecure.unwrap_or(false),
            ca_certificate: text(&self.ca_certificate),
            credential_type: "basic",
            access_key: text(&self.access_id),
            access_secret: self.secret(),
        };
        client
            .api
            .put(Ask::new(path, Self::WORDS.change).secret(), &body)
            .await?;
        Ok(self.identified(path))
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            registry_id: Computed::known(crate::id::number(path)),
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, like: Option<&Self>) -> Option<Self> {
        let named = KINDS.iter().find(|(_, theirs)| *theirs == wire.kind);
        let spelled = like.filter(|like| kind(&like.provider_name) == Some(wire.kind.as_str()));
        Some(Self {
            provider_name: match (spelled, named) {
                (Some(like), _) => like.provider_name.clone(),
                (None, Some((ours, _))) => (*ours).to_owned(),
                (None, None) => wire.kind,
            },
            name: wire.name,
            endpoint_url: wire.url,
            description: Some(wire.description.unwrap_or_default()),
            access_id: Some(
                wire.credential
                    .and_then(|credential| credential.access_key)
                    .unwrap_or_default(),
            ),
            access_secret: like.map(|like| like.access_secret.clone()).unwrap_or_default(),
            insecure: Some(wire.insecure),
            ca_certificate: Some(wire.ca_certificate.unwrap_or_default()),
            registry_id: Computed::known(wire.id),
            status: Computed(wire.status),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        ("/registries".to_owned(), vec![("name", self.name.clone())])
    }

    fn found(&self, wire: &Wire) -> Option<String> {
        (wire.name == self.name).then(|| format!("/registries/{}", wire.id))
    }
}

plain_resource!(Registry, RegistryShape, "harbor_registry");
