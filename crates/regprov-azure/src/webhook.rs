//! `azurerm_container_registry_webhook`: a request to another service when an image comes or goes.
//!
//! Address and headers may hold credentials: the service tells them only when it is asked for them, and here the headers are
//! secret throughout.

mod wire;

use crate::client::{Ask, Client};
use crate::container_registry::VERSION;
use crate::id::{Id, shape};
use crate::location;
use crate::registry_part::usages::{self, Counted};
use crate::registry_part::{self, Listing, Part};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema, Secret};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

shape!(
    /// `azurerm_container_registry_webhook`. The capital letter is the public provider's.
    WebhookShape,
    "a webhook",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}/webHooks/{}"
);

/// The id of a webhook.
pub(crate) type WebhookId = Id<WebhookShape>;

const LISTING: Listing = Listing {
    segment: "webHooks",
    version: VERSION,
    operation: "list the webhooks",
};
const COUNTED: Counted = Counted {
    name: "Webhooks",
    words: "webhooks",
};
const ACTIONS: [&str; 5] = ["chart_delete", "chart_push", "delete", "push", "quarantine"];

/// A request to another service when an image comes or goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Webhook {
    /// Its name: 5 to 50 letters and digits.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The resource group of the registry.
    #[schema(replaces, rules = &[Rule::Check(crate::resource_group::check_name)])]
    pub(crate) resource_group_name: String,
    /// The registry.
    #[schema(replaces, rules = &[Rule::Check(crate::container_registry::check_name)])]
    pub(crate) registry_name: String,
    /// A region of the registry: its home or that of a replica.
    #[schema(replaces, meaning = Meaning::Location)]
    pub(crate) location: String,
    /// The address that is called.
    #[schema(rules = &[Rule::Check(check_address)])]
    pub(crate) service_uri: String,
    /// What it is called for: `chart_delete`, `chart_push`, `delete`, `push`, `quarantine`.
    #[schema(rules = &[Rule::MinItems(1), Rule::Check(check_actions)])]
    pub(crate) actions: BTreeSet<String>,
    /// `enabled` or `disabled`.
    #[schema(default = "enabled", rules = &[Rule::OneOf(&["disabled", "enabled"])])]
    pub(crate) status: Option<String>,
    /// Which repositories it is for: `` (all), `app`, `app:tag`, `app:*`.
    #[schema(default = "", meaning = Meaning::ZeroIsNull)]
    pub(crate) scope: Option<String>,
    /// Headers that are sent with each call.
    #[schema(sensitive, meaning = Meaning::ZeroIsNull)]
    pub(crate) custom_headers: Option<BTreeMap<String, Secret<String>>>,
    /// Tags.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(50)])]
    pub(crate) tags: Option<BTreeMap<String, String>>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_name(value: &Value) -> Result<(), String> {
    registry_part::check_part_name(value, "a webhook", "")
}

fn check_address(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => Ok(()),
        // It may hold a credential, so it is not quoted.
        Some(_) | None => {
            Err("the address must begin with `https://` or `http://` and hold no space".to_owned())
        }
    }
}

fn check_actions(value: &Value) -> Result<(), String> {
    let actions = value.as_items().unwrap_or_default();
    match actions
        .iter()
        .filter_map(Value::as_str)
        .find(|action| !ACTIONS.contains(action))
    {
        Some(wrong) => Err(format!(
            "`{wrong}` is no action of a webhook: it is one of {}",
            ACTIONS.join(", ")
        )),
        None => Ok(()),
    }
}

impl Webhook {
    /// The object with the address and headers that were asked for or written.
    fn from_wire(wire: Part<wire::Properties>, callback: Callback, like: Option<&Self>) -> Self {
        let id: Option<WebhookId> = wire.id.parse().ok();
        let part = |index: usize| id.as_ref().map_or("", |id| id.part(index)).to_owned();
        Self {
            name: wire.name,
            resource_group_name: like.map_or_else(|| part(1), |like| like.resource_group_name.clone()),
            registry_name: like.map_or_else(|| part(2), |like| like.registry_name.clone()),
            location: location::spelled(
                &wire.location.unwrap_or_default(),
                like.map(|like| like.location.as_str()),
            ),
            service_uri: callback.service_uri,
            actions: wire.properties.actions,
            status: Some(wire.properties.status.unwrap_or_else(|| "enabled".to_owned())),
            scope: Some(wire.properties.scope.unwrap_or_default()),
            custom_headers: callback.headers.filter(|headers| !headers.is_empty()),
            tags: wire.tags.filter(|tags| !tags.is_empty()),
            id: Computed(id.map(|id| id.to_string())),
        }
    }

    fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
        Ask {
            path,
            version: VERSION,
            operation,
        }
    }

    async fn write(
        &self,
        client: &Client,
        path: &str,
        operation: &'static str,
    ) -> Result<Created<Self>, Error> {
        let headers = self.custom_headers.iter().flatten();
        for (_, secret) in headers {
            if let Some(secret) = secret.reveal() {
                client.services.redactor.register(secret);
            }
        }
        let ask = Self::ask(path, operation);
        let accepted = client.arm.put_secret(ask, &wire::Put::of(self)).await?;
        let callback = Callback {
            service_uri: self.service_uri.clone(),
            headers: self.custom_headers.clone(),
        };
        Ok(registry_part::written(accepted, |wire| {
            Self::from_wire(wire, callback, Some(self))
        }))
    }

    async fn complete(
        client: &Client,
        part: Observed<Part<wire::Properties>>,
        like: Option<&Self>,
    ) -> Result<Observed<Self>, Error> {
        match part {
            Observed::Absent => Ok(Observed::Absent),
            Observed::Settling(reason) => Ok(Observed::Settling(reason)),
            Observed::Present(wire) => {
                let callback = callback(client, &wire.id, like).await?;
                Ok(Observed::Present(Self::from_wire(wire, callback, like)))
            }
        }
    }
}

/// What a webhook calls.
struct Callback {
    service_uri: String,
    headers: Option<BTreeMap<String, Secret<String>>>,
}

/// Asks for address and headers. A reader may not see them; what was known before stays.
async fn callback(client: &Client, id: &str, like: Option<&Webhook>) -> Result<Callback, Error> {
    let path = format!("{id}/getCallbackConfig");
    let ask = Webhook::ask(&path, "read what the webhook calls");
    let answer: Result<wire::Callback, Error> = client.arm.query(ask, &serde_json::Map::new()).await;
    match (answer, like) {
        (Ok(answer), _) => {
            let headers = answer.custom_headers.unwrap_or_default();
            for text in headers.values() {
                client.services.redactor.register(text);
            }
            let headers = headers
                .into_iter()
                .map(|(name, text)| (name, Secret::new(text.as_str().to_owned())))
                .collect();
            Ok(Callback {
                service_uri: answer.service_uri.unwrap_or_default(),
                headers: Some(headers),
            })
        }
        (Err(error), Some(like)) if error.kind == ErrorKind::Denied => Ok(Callback {
            service_uri: like.service_uri.clone(),
            headers: like.custom_headers.clone(),
        }),
        (Err(error), _) => Err(error),
    }
}

impl Resource for Webhook {
    const TYPE: &'static str = "azurerm_container_registry_webhook";
    const VERSION: u64 = 1;
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = WebhookId;

    fn id(object: &Self) -> Option<WebhookId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let (client, path) = (request.client, request.id.to_string());
        let read = registry_part::read(client, Self::ask(&path, "read the webhook")).await?;
        Self::complete(client, read, request.prior).await
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let ids: Vec<&WebhookId> = request.wanted.iter().map(|(id, _)| id).collect();
        let parts = match LISTING.many::<_, wire::Properties>(request.client, &ids).await? {
            Ok(parts) => parts,
            Err(error) => return Some(Err(error)),
        };
        let mut found = Vec::with_capacity(parts.len());
        for (part, (_, prior)) in parts.into_iter().zip(request.wanted) {
            match Self::complete(request.client, part, prior.as_ref()).await {
                Ok(observed) => found.push(observed),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(found))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let path = WebhookId::new([
            client.subscription.as_str(),
            &desired.resource_group_name,
            &desired.registry_name,
            &desired.name,
        ])
        .to_string();
        desired.write(client, &path, "create the webhook").await
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let path = request.id.to_string();
        request
            .desired
            .write(request.client, &path, "change the webhook")
            .await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.to_string();
        let answer = request
            .client
            .arm
            .delete(Self::ask(&path, "delete the webhook"))
            .await?;
        Ok(registry_part::deleted(answer, "Azure is deleting the webhook"))
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<WebhookId> {
        Some(WebhookId::new([
            client.subscription.as_str(),
            desired.text("resource_group_name")?,
            desired.text("registry_name")?,
            desired.text("name")?,
        ]))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Self::identify(client, desired);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        if request.prior.is_some() {
            return Vec::new();
        }
        let (client, desired) = (request.client, request.desired);
        let mut findings = Vec::new();
        if let Some(place) = desired.text("location") {
            findings.extend(location::unknown(client, place, "location").await);
        }
        if let Some(id) = Self::identify(client, desired) {
            let registry = registry_part::registry(&id);
            findings.extend(usages::beyond(client, &registry, COUNTED, id.part(3)).await);
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_withheld_from_debug_output() {
        let json = r#"{"name":"hook1","resource_group_name":"g","registry_name":"r","location":"westeurope",
            "service_uri":"https://example.com/x","actions":["push"],"status":"enabled","scope":"",
            "custom_headers":{"Authorization":"hidden-value"},"tags":null,"id":null}"#;
        let webhook: Webhook = serde_json::from_str(json).unwrap();
        assert!(!format!("{webhook:?}").contains("hidden-value"));
        let sent = serde_json::to_value(wire::Put::of(&webhook)).unwrap();
        assert_eq!(
            sent["properties"]["customHeaders"]["Authorization"],
            "hidden-value"
        );
    }

    #[test]
    fn an_address_is_http_without_spaces() {
        assert!(check_address(&Value::string("https://example.com/hook")).is_ok());
        assert!(check_address(&Value::string("ftp://example.com")).is_err());
        assert!(check_address(&Value::string("https://example.com/a b")).is_err());
    }

    #[test]
    fn the_id_has_the_capital_letter_of_the_public_provider() {
        let base = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r";
        let id: WebhookId = format!("{base}/webhooks/hook1").parse().unwrap();
        assert_eq!(id.to_string(), format!("{base}/webHooks/hook1"));
    }
}
