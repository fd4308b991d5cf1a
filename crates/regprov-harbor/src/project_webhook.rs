//! `harbor_project_webhook`: a request to another service when something happens in a project.

use crate::client::Version;
use crate::fields::{filled, same_texts};
use crate::gates::{Gate, is_zero};
use crate::id::shape;
use crate::plain::{Listing, Plain, Words, plain_resource, words};
use crate::project_ref;
use regprov_schema::{Computed, Meaning, Rule, Schema, Secret};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use url::Url;

shape!(
    /// `harbor_project_webhook`.
    WebhookShape,
    "a webhook",
    "/projects/{}/webhook/policies/{}"
);

/// A request to another service when something happens in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectWebhook {
    /// Its name.
    #[schema(replaces)]
    pub(crate) name: String,
    /// The project.
    #[schema(replaces, meaning = Meaning::By(project_ref::same), rules = &[Rule::Check(project_ref::check)])]
    pub(crate) project_id: String,
    /// The address that is called.
    #[schema(meaning = Meaning::By(same_address), rules = &[Rule::Url])]
    pub(crate) address: String,
    /// What it is for.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) description: Option<String>,
    /// Whether it is called.
    #[schema(default = true)]
    pub(crate) enabled: Option<bool>,
    /// What it is called for: `PUSH_ARTIFACT`, `DELETE_ARTIFACT`, `SCANNING_COMPLETED` and others.
    #[schema(meaning = Meaning::By(same_texts), rules = &[Rule::MinItems(1)])]
    pub(crate) events_types: Vec<String>,
    /// `http` or `slack`.
    #[schema(rules = &[Rule::OneOf(&["http", "slack"])])]
    pub(crate) notify_type: String,
    /// The header `Authorization` that is sent.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) auth_header: Secret<String>,
    /// Whether any certificate of the other service is accepted.
    #[schema(default = true)]
    pub(crate) skip_cert_verify: Option<bool>,
    /// `Default` or `CloudEvents`.
    #[schema(meaning = Meaning::By(same_format))]
    pub(crate) payload_format: Option<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// Harbor drops what follows the path.
fn same_address(left: &Value, right: &Value) -> bool {
    let bare = |value: &Value| {
        let mut url = Url::parse(value.as_str()?).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    bare(left).is_some() && bare(left) == bare(right)
}

/// Without a format it is the usual one.
fn same_format(left: &Value, right: &Value) -> bool {
    let named = |value: &Value| match value.as_str() {
        None | Some("" | "Default") => "Default".to_owned(),
        Some(other) => other.to_owned(),
    };
    named(left) == named(right)
}

/// A webhook as Harbor writes it, and as it is written.
#[derive(Serialize, Deserialize)]
pub(crate) struct Wire {
    #[serde(default, skip_serializing_if = "is_none")]
    id: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    event_types: Vec<String>,
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Default, Serialize, Deserialize)]
struct Target {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_header: Option<String>,
    #[serde(default)]
    skip_cert_verify: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_format: Option<String>,
}

/// Serde asks by reference.
const fn is_none(number: &i64) -> bool {
    *number == 0
}

impl Plain for ProjectWebhook {
    const WORDS: Words = words!("webhook", "webhooks");
    const SECRET: bool = true;
    const GATES: &'static [Gate] = &[Gate {
        argument: "payload_format",
        since: Version::new(2, 8),
        idle: is_zero,
    }];
    type Shape = WebhookShape;
    type Wire = Wire;
    type Body<'a> = Wire;

    fn identity(&self) -> &Computed<String> {
        &self.id
    }

    fn collection(&self) -> String {
        format!("{}/webhook/policies", project_ref::path(&self.project_id))
    }

    fn body(&self, number: i64) -> Wire {
        let target = Target {
            kind: self.notify_type.clone(),
            address: self.address.clone(),
            auth_header: self.auth_header.reveal().cloned(),
            skip_cert_verify: self.skip_cert_verify.unwrap_or(true),
            payload_format: filled(self.payload_format.clone()),
        };
        Wire {
            id: number,
            name: self.name.clone(),
            description: self.description.clone().unwrap_or_default(),
            enabled: self.enabled.unwrap_or(true),
            event_types: self.events_types.clone(),
            targets: vec![target],
        }
    }

    fn identified(&self, path: &str) -> Self {
        Self {
            id: Computed::known(path.to_owned()),
            ..self.clone()
        }
    }

    fn observed(wire: Wire, path: &str, like: Option<&Self>) -> Option<Self> {
        if like.is_some_and(|like| like.name != wire.name) {
            return None;
        }
        let project = path.split('/').nth(2).map_or(0, project_ref::number);
        let target = wire.targets.into_iter().next().unwrap_or_default();
        let told = filled(target.auth_header).filter(|header| !header.chars().all(|letter| letter == '*'));
        let recorded = like.map(|like| like.auth_header.clone()).unwrap_or_default();
        Some(Self {
            name: wire.name,
            project_id: project_ref::spelled(project, like.map(|like| like.project_id.as_str())),
            address: target.address,
            description: Some(wire.description),
            enabled: Some(wire.enabled),
            events_types: wire.event_types,
            notify_type: target.kind,
            // What is masked or left out keeps what was recorded.
            auth_header: told.map_or(recorded, Secret::new),
            skip_cert_verify: Some(target.skip_cert_verify),
            payload_format: match like.map(|like| &like.payload_format) {
                Some(None) if target.payload_format.as_deref() == Some("Default") => None,
                Some(_) | None => filled(target.payload_format),
            },
            id: Computed::known(path.to_owned()),
        })
    }

    fn listing(&self) -> Listing {
        (self.collection(), Vec::new())
    }

    fn found(&self, wire: &Wire) -> Option<String> {
        (wire.name == self.name).then(|| format!("{}/{}", self.collection(), wire.id))
    }
}

plain_resource!(ProjectWebhook, WebhookShape, "harbor_project_webhook");
