//! `ovh_cloud_project_containerregistry_ip_restrictions_management` and `…_registry`: from where a registry may be reached.
//!
//! The service keeps one list each and replaces it whole. An empty list is no restriction, and so an absent object.

use crate::client::{Client, attribute};
use crate::container_registry::path;
use crate::container_registry_iam::of_part;
use crate::id::RegistryId;
use http::Method;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A restriction as configurations write it: `ip_block` and `description`.
type Restriction = BTreeMap<String, String>;

/// A restriction as the API writes it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wire {
    ip_block: String,
    #[serde(default)]
    description: Option<String>,
}

impl Wire {
    /// As the service writes it: a single address is a block of one.
    fn of(restriction: &Restriction) -> Self {
        let text = |name: &str| restriction.get(name).cloned();
        let written = text("ip_block").unwrap_or_default();
        Self {
            ip_block: block(&written).map_or(written, |(address, length)| format!("{address}/{length}")),
            description: Some(text("description").unwrap_or_default()),
        }
    }

    /// As configurations write it.
    pub(crate) fn restriction(&self) -> Restriction {
        BTreeMap::from([
            ("ip_block".to_owned(), self.ip_block.clone()),
            (
                "description".to_owned(),
                self.description.clone().unwrap_or_default(),
            ),
        ])
    }
}

/// A block of addresses: `10.0.0.0/8`, or a single address.
fn block(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.trim().parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        Some(length) => length.trim().parse().ok().filter(|length| *length <= most)?,
        None => most,
    };
    Some((address, length))
}

fn check(value: &Value) -> Result<(), String> {
    for restriction in value.as_items().unwrap_or_default() {
        let Some(entries) = restriction.as_entries() else {
            continue;
        };
        if let Some(name) = entries
            .keys()
            .find(|name| !matches!(&***name, "ip_block" | "description"))
        {
            return Err(format!(
                "A restriction has `ip_block` and `description`, and no `{name}`."
            ));
        }
        let Some(written) = entries.get("ip_block") else {
            return Err("A restriction needs an `ip_block`.".to_owned());
        };
        if let Some(text) = written.as_str().filter(|text| block(text).is_none()) {
            return Err(format!(
                "`{text}` is no block of addresses: write it as `203.0.113.0/24`."
            ));
        }
    }
    Ok(())
}

/// The same blocks with the same descriptions.
fn same(left: &Value, right: &Value) -> bool {
    let normal = |value: &Value| -> BTreeSet<(Option<(IpAddr, u8)>, String)> {
        let items = value.as_items().unwrap_or_default().iter();
        items
            .map(|item| {
                let text = |name: &str| {
                    item.get(name)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                (block(&text("ip_block")), text("description"))
            })
            .collect()
    };
    normal(left) == normal(right)
}

/// The list of a registry; `None` where there is no such registry.
pub(crate) async fn get(client: &Client, id: &RegistryId, kind: &str) -> Result<Option<Vec<Wire>>, Error> {
    let [a, b, c, d, e] = path(id.part(0), id.part(1));
    let path = [a, b, c, d, e, "ipRestrictions", kind];
    client
        .api()?
        .get(&path, "read from where the registry may be reached")
        .await
}

async fn put(client: &Client, id: &RegistryId, kind: &str, list: &[Wire]) -> Result<(), Error> {
    let [a, b, c, d, e] = path(id.part(0), id.part(1));
    let path = [a, b, c, d, e, "ipRestrictions", kind];
    client
        .api()?
        .put(&path, &list, "set from where the registry may be reached")
        .await
}

fn wires(restrictions: &BTreeSet<Restriction>) -> Vec<Wire> {
    restrictions.iter().map(Wire::of).collect()
}

/// Restrictions that somebody else made are replaced: that is told.
async fn unmanaged(client: &Client, desired: Partial<'_>, kind: &str) -> Option<Finding> {
    let id = RegistryId::known([desired.text("service_name"), desired.text("registry_id")])?;
    let list = get(client, &id, kind).await.ok().flatten()?;
    (!list.is_empty()).then(|| {
        let blocks: Vec<String> = list
            .iter()
            .map(|wire| regprov_http::sanitize(&wire.ip_block))
            .collect();
        Finding {
            fatal: false,
            path: attribute("ip_restrictions"),
            summary: "Restrictions will be replaced".to_owned(),
            detail: format!(
                "The registry has restrictions already, and the list is replaced whole: {}.",
                blocks.join(", ")
            ),
            remedy: Some(format!(
                "Keep them: `regprov import ADDRESS {id}`, then add them to `ip_restrictions`."
            )),
        }
    })
}

macro_rules! ip_restrictions {
    ($(#[$doc:meta])* $name:ident, $type_name:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
        pub(crate) struct $name {
            /// The Public Cloud project.
            #[schema(replaces)]
            service_name: String,
            /// The registry.
            #[schema(replaces)]
            registry_id: String,
            /// The blocks of addresses, each with `ip_block` and `description`.
            #[schema(meaning = Meaning::By(same), rules = &[Rule::Check(check)])]
            ip_restrictions: BTreeSet<Restriction>,
            /// Its id: that of the registry.
            #[schema(optional)]
            id: Computed<String>,
        }

        impl $name {
            fn of(id: &RegistryId, ip_restrictions: BTreeSet<Restriction>) -> Self {
                Self {
                    service_name: id.part(0).to_owned(),
                    registry_id: id.part(1).to_owned(),
                    ip_restrictions,
                    id: Computed::known(id.to_string()),
                }
            }
        }

        impl Resource for $name {
            const TYPE: &'static str = $type_name;
            const CREATE: CreateClass = CreateClass::Upsert;
            type Client = Client;
            type Id = RegistryId;

            fn id(object: &Self) -> Option<RegistryId> {
                object.id.get()?;
                RegistryId::known([Some(&object.service_name), Some(&object.registry_id)])
            }

            async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
                let empty = request.prior.is_some_and(|prior| prior.ip_restrictions.is_empty());
                Ok(match get(request.client, request.id, $kind).await? {
                    Some(list) if !list.is_empty() || empty => {
                        let list = list.iter().map(Wire::restriction).collect();
                        Observed::Present(Self::of(request.id, list))
                    }
                    Some(_) | None => Observed::Absent,
                })
            }

            async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
                let desired = request.desired;
                let id = RegistryId::new([desired.service_name.as_str(), &desired.registry_id]);
                let list = wires(&desired.ip_restrictions);
                put(request.client, &id, $kind, &list).await?;
                let list = list.iter().map(Wire::restriction).collect();
                Ok(Created::Done(Self::of(&id, list)))
            }

            async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
                let list = wires(&request.desired.ip_restrictions);
                put(request.client, request.id, $kind, &list).await?;
                let list = list.iter().map(Wire::restriction).collect();
                Ok(Created::Done(Self::of(request.id, list)))
            }

            async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
                if get(request.client, request.id, $kind).await?.is_some() {
                    put(request.client, request.id, $kind, &[]).await?;
                }
                Ok(Deleted::Gone)
            }

            fn identify(_client: &Client, desired: Partial<'_>) -> Option<RegistryId> {
                RegistryId::known([desired.text("service_name"), desired.text("registry_id")])
            }

            async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
                let part = concat!("ipRestrictions/", $kind);
                let mut findings = of_part(request.client, request.desired, (Method::PUT, part)).await;
                if request.prior.is_none() && request.replaced.is_none() {
                    findings.extend(unmanaged(request.client, request.desired, $kind).await);
                }
                findings
            }

            fn parse_import(client: &Client, text: &str) -> Result<RegistryId, Error> {
                RegistryId::imported(text, client.project.as_deref())
            }
        }
    };
}

ip_restrictions!(
    /// From where a registry's management may be reached.
    ManagementRestrictions,
    "ovh_cloud_project_containerregistry_ip_restrictions_management",
    "management"
);
ip_restrictions!(
    /// From where a registry's images may be reached.
    RegistryRestrictions,
    "ovh_cloud_project_containerregistry_ip_restrictions_registry",
    "registry"
);

#[cfg(test)]
mod tests {
    use super::*;
    use regprov_value::Type;

    fn list(blocks: &[&[(&'static str, &str)]]) -> Value {
        let items = blocks
            .iter()
            .map(|entries| Value::object(entries.iter().map(|(name, text)| (*name, Value::string(*text)))));
        Value::list(Type::Dynamic, items.collect())
    }

    #[test]
    fn an_omitted_description_is_an_empty_one_and_an_address_a_block_of_one() {
        let left = list(&[&[("ip_block", "10.0.0.1")]]);
        let right = list(&[&[("ip_block", "10.0.0.1/32"), ("description", "")]]);
        assert!(same(&left, &right));
        assert!(!same(&left, &list(&[])));
    }

    #[test]
    fn what_is_no_block_is_refused_with_its_form() {
        assert!(
            check(&list(&[&[("ip_block", "10.0.0.0/33")]]))
                .unwrap_err()
                .contains("203.0.113.0/24")
        );
        assert!(
            check(&list(&[&[("cidr", "10.0.0.0/8")]]))
                .unwrap_err()
                .contains("`cidr`")
        );
        assert!(check(&list(&[&[("ip_block", "2001:db8::/32"), ("description", "x")]])).is_ok());
    }
}
