//! `azurerm_resource_group`: the folder that other objects live in.

mod wire;

use crate::client::{Ask, Client};
use crate::id::ResourceGroupId;
use crate::location;
use crate::permissions::{self, Right};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema, Timeouts};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

const CREATE: Right = Right {
    action: "Microsoft.Resources/subscriptions/resourceGroups/write",
    doing: "create resource groups",
    role: "Contributor",
    argument: "name",
};

pub(crate) const VERSION: &str = "2023-07-01";

/// A resource group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ResourceGroup {
    /// Its name: 1 to 90 letters, digits, `-`, `_`, `.`, `(`, `)`; not ending with `.`.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The region of its metadata.
    #[schema(replaces, meaning = Meaning::Location)]
    pub(crate) location: String,
    /// The resource that manages the group.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Length(1, 2048)])]
    pub(crate) managed_by: Option<String>,
    /// Tags.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(50)])]
    pub(crate) tags: Option<BTreeMap<String, String>>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// The rule of a resource group's name.
pub(crate) fn check_name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    let length = name.chars().count();
    let allowed = |letter: char| letter.is_alphanumeric() || "-_.()".contains(letter);
    if (1..=90).contains(&length) && name.chars().all(allowed) && !name.ends_with('.') {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no name of a resource group: it has 1 to 90 letters, digits, `-`, `_`, `.`, `(` or `)`, and does not end \
         with `.`"
    ))
}

impl ResourceGroup {
    fn from_wire(wire: wire::ResourceGroup, like: Option<&Self>) -> Self {
        Self {
            location: location::spelled(&wire.location, like.map(|like| like.location.as_str())),
            name: wire.name,
            managed_by: wire.managed_by.filter(|id| !id.is_empty()),
            tags: wire.tags.filter(|tags| !tags.is_empty()),
            id: Computed(wire.id.parse::<ResourceGroupId>().ok().map(|id| id.to_string())),
        }
    }

    fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
        Ask {
            path,
            version: VERSION,
            operation,
        }
    }
}

/// What a group is, where it can be seen.
fn observed(wire: wire::ResourceGroup, like: Option<&ResourceGroup>) -> Observed<ResourceGroup> {
    match wire.state() {
        "Deleting" => Observed::Settling("the resource group is being deleted".to_owned()),
        _ => Observed::Present(ResourceGroup::from_wire(wire, like)),
    }
}

impl Resource for ResourceGroup {
    const TYPE: &'static str = "azurerm_resource_group";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(90 * 60),
        read: Duration::from_secs(5 * 60),
        update: Duration::from_secs(90 * 60),
        delete: Duration::from_secs(90 * 60),
    };
    type Client = Client;
    type Id = ResourceGroupId;

    fn id(object: &Self) -> Option<ResourceGroupId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.to_string();
        let read: Option<wire::ResourceGroup> = request
            .client
            .arm
            .get(Self::ask(&path, "read the resource group"))
            .await?;
        Ok(read.map_or(Observed::Absent, |wire| observed(wire, request.prior)))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let [(first, _), _, ..] = request.wanted else {
            return None;
        };
        let subscription = first.part(0);
        if request
            .wanted
            .iter()
            .any(|(id, _)| !id.part(0).eq_ignore_ascii_case(subscription))
        {
            return None;
        }
        let path = format!("/subscriptions/{subscription}/resourcegroups");
        let listed = request
            .client
            .arm
            .list(Self::ask(&path, "list the resource groups"), &[])
            .await;
        Some(listed.map(|groups: Vec<wire::ResourceGroup>| {
            let named: BTreeMap<String, wire::ResourceGroup> = groups
                .into_iter()
                .map(|group| (group.name.to_lowercase(), group))
                .collect();
            let found = request.wanted.iter().map(|(id, prior)| {
                let group = named.get(&id.part(1).to_lowercase()).cloned();
                group.map_or(Observed::Absent, |wire| observed(wire, prior.as_ref()))
            });
            found.collect()
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        let path = ResourceGroupId::new([request.client.subscription.as_str(), &desired.name]).to_string();
        let body = wire::Put {
            location: location::normalize(&desired.location),
            tags: desired.tags.clone().unwrap_or_default(),
            managed_by: desired.managed_by.clone(),
        };
        let ask = Self::ask(&path, "create the resource group");
        let accepted = request
            .client
            .arm
            .put::<_, wire::ResourceGroup>(ask, &body)
            .await?;
        Ok(Created::Done(Self::from_wire(accepted.body, Some(desired))))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (desired, path) = (request.desired, request.id.to_string());
        let body = wire::Patch {
            tags: desired.tags.clone().unwrap_or_default(),
            managed_by: desired.managed_by.clone().unwrap_or_default(),
        };
        let ask = Self::ask(&path, "change the resource group");
        let accepted = request
            .client
            .arm
            .patch::<_, wire::ResourceGroup>(ask, &body)
            .await?;
        Ok(Created::Done(Self::from_wire(accepted.body, Some(desired))))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.to_string();
        if request.client.keep_filled_groups {
            refuse_filled(request.client, &path).await?;
        }
        let deleted = request
            .client
            .arm
            .delete(Self::ask(&path, "delete the resource group"))
            .await?;
        Ok(deleted.map_or(Deleted::Gone, |after| Deleted::Pending {
            reason: "Azure is deleting the resource group".to_owned(),
            after,
        }))
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<ResourceGroupId> {
        Some(ResourceGroupId::new([
            client.subscription.as_str(),
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
        let client = request.client;
        let Some(location) = request
            .desired
            .text("location")
            .filter(|_| request.prior.is_none())
        else {
            return Vec::new();
        };
        let mut findings: Vec<Finding> = location::unknown(client, location, "location")
            .await
            .into_iter()
            .collect();
        let scopes = [format!("/subscriptions/{}", client.subscription)];
        findings.extend(permissions::check(client, &scopes, &CREATE).await);
        findings
    }
}

/// Refuses to delete a group that still holds resources: they would be deleted with it.
async fn refuse_filled(client: &Client, path: &str) -> Result<(), Error> {
    let contents = format!("{path}/resources");
    let ask = ResourceGroup::ask(&contents, "list what the resource group holds");
    let held: Vec<wire::Held> = client.arm.list(ask, &[("$top", "10")]).await?;
    if held.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = held
        .iter()
        .take(10)
        .map(|held| regprov_http::sanitize(&held.id))
        .collect();
    let message = format!(
        "the resource group still holds {} resource(s) that are not managed here, and deleting it would delete them:\n  {}",
        held.len(),
        names.join("\n  ")
    );
    // The list lags behind deletions by up to some minutes, so the engine asks again.
    Err(Error::new(ErrorKind::Conflict, message).remedy(
        "Delete or import them, or set `features { resource_group { prevent_deletion_if_contains_resources = false } }` in the \
         provider block.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_answer_of_the_service_becomes_an_object() {
        let json = r#"{"id":"/subscriptions/s/resourceGroups/rg1","name":"rg1","type":"Microsoft.Resources/resourceGroups",
            "location":"westus","tags":{"a":"b"},"properties":{"provisioningState":"Succeeded"}}"#;
        let wire: wire::ResourceGroup = serde_json::from_str(json).unwrap();
        let Observed::Present(group) = observed(wire, None) else {
            panic!("it is there")
        };
        assert_eq!(group.name, "rg1");
        assert_eq!(group.tags.unwrap()["a"], "b");
        assert_eq!(group.id.0.unwrap(), "/subscriptions/s/resourceGroups/rg1");
    }

    #[test]
    fn names_follow_the_rule_of_the_service() {
        assert!(check_name(&Value::string("a-b_c.(d)")).is_ok());
        assert!(check_name(&Value::string("ends.")).is_err());
        assert!(check_name(&Value::string("a b")).is_err());
    }
}
