//! `azurerm_user_assigned_identity`: an identity that workloads in Azure may take.

mod wire;

use crate::client::{Ask, Client};
use crate::id::UserAssignedIdentityId;
use crate::location;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const VERSION: &str = "2024-11-30";

/// An identity that workloads in Azure may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct UserAssignedIdentity {
    /// Its name: 3 to 128 letters, digits, `-` and `_`.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The resource group that it lives in.
    #[schema(replaces, rules = &[Rule::Check(crate::resource_group::check_name)])]
    pub(crate) resource_group_name: String,
    /// Its region.
    #[schema(replaces, meaning = Meaning::Location)]
    pub(crate) location: String,
    /// `Regional` where it may be used in its region only.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::OneOf(&["Regional"])])]
    pub(crate) isolation_scope: Option<String>,
    /// Tags.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(50)])]
    pub(crate) tags: Option<BTreeMap<String, String>>,
    /// Its client id, with which workloads log in.
    pub(crate) client_id: Computed<String>,
    /// Its object id, which roles are given to.
    pub(crate) principal_id: Computed<String>,
    /// Its tenant.
    pub(crate) tenant_id: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

fn check_name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if (3..=128).contains(&name.len()) && starts && name.chars().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no name of an identity: it has 3 to 128 letters, digits, `-` and `_`, and begins with a letter or digit"
    ))
}

impl UserAssignedIdentity {
    fn from_wire(wire: wire::Identity, like: Option<&Self>) -> Self {
        let id: Option<UserAssignedIdentityId> = wire.id.parse().ok();
        Self {
            resource_group_name: match like {
                Some(like) => like.resource_group_name.clone(),
                None => id.as_ref().map_or("", |id| id.part(1)).to_owned(),
            },
            location: location::spelled(&wire.location, like.map(|like| like.location.as_str())),
            isolation_scope: wire
                .properties
                .isolation_scope
                .filter(|scope| !scope.is_empty() && !scope.eq_ignore_ascii_case("none")),
            tags: wire.tags.filter(|tags| !tags.is_empty()),
            client_id: Computed(wire.properties.client_id),
            principal_id: Computed(wire.properties.principal_id),
            tenant_id: Computed(wire.properties.tenant_id),
            id: Computed(Some(id.map_or(wire.id, |id| id.to_string()))),
            name: wire.name,
        }
    }

    fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
        Ask {
            path,
            version: VERSION,
            operation,
        }
    }

    /// A repeated PUT is the way to change it as well: only it takes the isolation.
    async fn write(
        &self,
        client: &Client,
        path: &str,
        operation: &'static str,
    ) -> Result<Created<Self>, Error> {
        let isolation = self.isolation_scope.as_deref().filter(|scope| !scope.is_empty());
        let body = wire::Put {
            location: location::normalize(&self.location),
            tags: self.tags.clone().unwrap_or_default(),
            properties: wire::PutProperties {
                isolation_scope: isolation.unwrap_or("None"),
            },
        };
        let accepted = client.arm.put(Self::ask(path, operation), &body).await?;
        let object = Self::from_wire(accepted.body, Some(self));
        if let Some(principal) = object.principal_id.get() {
            client.known.service_principal(principal);
        }
        Ok(Created::Done(object))
    }
}

impl Resource for UserAssignedIdentity {
    const TYPE: &'static str = "azurerm_user_assigned_identity";
    const VERSION: u64 = 1;
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = UserAssignedIdentityId;

    fn id(object: &Self) -> Option<UserAssignedIdentityId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let path = request.id.to_string();
        let read: Option<wire::Identity> = request
            .client
            .arm
            .get(Self::ask(&path, "read the identity"))
            .await?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::from_wire(wire, request.prior))
        }))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let [(first, _), _, ..] = request.wanted else {
            return None;
        };
        let subscription = first.part(0);
        let elsewhere = |id: &UserAssignedIdentityId| !id.part(0).eq_ignore_ascii_case(subscription);
        if request.wanted.iter().any(|(id, _)| elsewhere(id)) {
            return None;
        }
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
        );
        let listed: Result<Vec<wire::Identity>, Error> = request
            .client
            .arm
            .list(Self::ask(&path, "list the identities"), &[])
            .await;
        Some(listed.map(|identities| {
            let mut named: BTreeMap<String, wire::Identity> = identities
                .into_iter()
                .map(|identity| (identity.id.to_lowercase(), identity))
                .collect();
            let found = request.wanted.iter().map(|(id, prior)| {
                let identity = named.remove(&id.to_string().to_lowercase());
                identity.map_or(Observed::Absent, |wire| {
                    Observed::Present(Self::from_wire(wire, prior.as_ref()))
                })
            });
            found.collect()
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let path = UserAssignedIdentityId::new([
            client.subscription.as_str(),
            &desired.resource_group_name,
            &desired.name,
        ])
        .to_string();
        desired.write(client, &path, "create the identity").await
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let path = request.id.to_string();
        request
            .desired
            .write(request.client, &path, "change the identity")
            .await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.to_string();
        let answer = request
            .client
            .arm
            .delete(Self::ask(&path, "delete the identity"))
            .await?;
        Ok(answer.map_or(Deleted::Gone, |after| Deleted::Pending {
            reason: "Azure is deleting the identity".to_owned(),
            after,
        }))
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<UserAssignedIdentityId> {
        let (group, name) = (desired.text("resource_group_name")?, desired.text("name")?);
        Some(UserAssignedIdentityId::new([
            client.subscription.as_str(),
            group,
            name,
        ]))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Self::identify(client, desired);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let place = request
            .desired
            .text("location")
            .filter(|_| request.prior.is_none());
        match place {
            Some(place) => location::unknown(request.client, place, "location")
                .await
                .into_iter()
                .collect(),
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_service_becomes_an_object() {
        let json = r#"{"id":"/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/push",
            "name":"push","type":"Microsoft.ManagedIdentity/userAssignedIdentities","location":"westeurope","tags":{},
            "properties":{"tenantId":"t","principalId":"p","clientId":"c","isolationScope":"None"}}"#;
        let identity = UserAssignedIdentity::from_wire(serde_json::from_str(json).unwrap(), None);
        assert_eq!(identity.resource_group_name, "g");
        assert_eq!((identity.isolation_scope, identity.tags), (None, None));
        assert_eq!(identity.principal_id.0.unwrap(), "p");
        assert!(identity.id.0.unwrap().contains("/resourceGroups/g/"));
    }

    #[test]
    fn names_follow_the_rule_of_the_service() {
        assert!(check_name(&Value::string("push_images-1")).is_ok());
        assert!(check_name(&Value::string("-push")).is_err());
        assert!(check_name(&Value::string("ab")).is_err());
    }
}
