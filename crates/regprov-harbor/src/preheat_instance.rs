//! `harbor_preheat_instance`: a peer-to-peer network that images are handed to before they are pulled.

use crate::client::{Ask, Client};
use crate::fields::filled;
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use regprov_provider::{Error, ErrorKind};
use regprov_schema::{Computed, Meaning, Rule, Schema, Secret};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_preheat_instance`.
    PreheatInstanceShape,
    "a preheat instance",
    "/p2p/preheat/instances/{name}"
);

/// A peer-to-peer network that images are handed to before they are pulled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct PreheatInstance {
    /// Its name.
    #[schema(replaces)]
    pub(crate) name: String,
    /// What it is for.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// `dragonfly` or `kraken`.
    #[schema(rules = &[Rule::OneOf(&["dragonfly", "kraken"])])]
    pub(crate) vendor: String,
    /// Its address.
    pub(crate) endpoint: String,
    /// How to sign in there: `NONE`, `BASIC` or `OAUTH`.
    #[schema(default = "NONE", rules = &[Rule::OneOf(&["NONE", "BASIC", "OAUTH"])])]
    pub(crate) auth_mode: Option<String>,
    /// The user there.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) username: Option<String>,
    /// The password there.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) password: Secret<String>,
    /// The token there.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) token: Secret<String>,
    /// Whether it is used.
    #[schema(default = true)]
    pub(crate) enabled: Option<bool>,
    /// Whether it is the one that is used where none is named.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) default: Option<bool>,
    /// Whether any certificate of it is accepted.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) insecure: Option<bool>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// An instance as Harbor writes it.
#[derive(Deserialize)]
pub(crate) struct Wire {
    #[serde(default)]
    id: i64,
    #[serde(default)]
    name: String,
    description: Option<String>,
    #[serde(default)]
    vendor: String,
    #[serde(default)]
    endpoint: String,
    auth_mode: Option<String>,
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    default: bool,
    #[serde(default)]
    insecure: bool,
}

/// A POST or PUT.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    name: &'a str,
    description: &'a str,
    vendor: &'a str,
    endpoint: &'a str,
    auth_mode: &'a str,
    auth_info: AuthInfo<'a>,
    enabled: bool,
    default: bool,
    insecure: bool,
}

#[derive(Default, Serialize)]
struct AuthInfo<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    password: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    token: &'a str,
}

impl Plain for PreheatInstance {
    const WORDS: Words = words!("preheat instance", "preheat instances");
    const SECRET: bool = true;
    type Shape = PreheatInstanceShape;
    type Wire = Wire;
    type Body<'a> = Body<'a>;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        "/p2p/preheat/instances".to_owned()
    }

    fn body(&self, number: i64) -> Body<'_> {
        let auth_info = match self.auth_mode.as_deref() {
            Some("BASIC") => AuthInfo {
                username: self.username.as_deref().unwrap_or_default(),
                password: self.password.reveal().map_or("", String::as_str),
                token: "",
            },
            Some("OAUTH") => AuthInfo {
                token: self.token.reveal().map_or("", String::as_str),
                ..AuthInfo::default()
            },
            Some(_) | None => AuthInfo::default(),
        };
        Body {
            id: Some(number).filter(|number| *number != 0),
            name: &self.name,
            description: self.description.as_deref().unwrap_or_default(),
            vendor: &self.vendor,
            endpoint: &self.endpoint,
            auth_mode: self.auth_mode.as_deref().unwrap_or("NONE"),
            auth_info,
            enabled: self.enabled.unwrap_or(true),
            default: self.default.unwrap_or(false),
            insecure: self.insecure.unwrap_or(false),
        }
    }

    async fn change(&self, client: &Client, path: &str, _prior: &Self) -> Result<Self, Error> {
        // Harbor changes the instance whose number is sent, whatever the path names; without one it changes nothing.
        let stands: Option<Wire> = client.api.get(Ask::new(path, Self::WORDS.read)).await?;
        let gone = || Error::new(ErrorKind::Failed, "the preheat instance is gone");
        let number = stands.ok_or_else(gone)?.id;
        let ask = Ask::new(path, Self::WORDS.change).secret();
        client.api.put(ask, &self.body(number)).await?;
        Ok(self.identified(path))
    }

    fn identified(&self, _path: &str) -> Self {
        // Its name is its place, whatever Harbor tells.
        Self {
            id: Computed::known(format!("/p2p/preheat/instances/{}", self.name)),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, like: Option<&Self>) -> Option<Self> {
        Some(Self {
            name: wire.name,
            description: Some(wire.description.unwrap_or_default()),
            vendor: wire.vendor,
            endpoint: wire.endpoint,
            auth_mode: Some(filled(wire.auth_mode).unwrap_or_else(|| "NONE".to_owned())),
            username: like.map_or_else(|| Some(String::new()), |like| like.username.clone()),
            password: like.map(|like| like.password.clone()).unwrap_or_default(),
            token: like.map(|like| like.token.clone()).unwrap_or_default(),
            enabled: Some(wire.enabled),
            default: Some(wire.default),
            insecure: Some(wire.insecure),
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        (self.collection(), Vec::new())
    }

    fn found(&self, wire: &Wire) -> Option<String> {
        (wire.name == self.name).then(|| format!("/p2p/preheat/instances/{}", wire.name))
    }
}

plain_resource!(PreheatInstance, PreheatInstanceShape, "harbor_preheat_instance");
