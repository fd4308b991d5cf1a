//! `docker_org_setting_registry_access_management`: which registries the people of an organization may use.

use crate::client::{Client, VISIBILITY};
use crate::data::no_organization;
use crate::id::OrganizationId;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, Partial,
    ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{FieldType, Schema, Schematic};
use regprov_value::Type;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// The id of Docker Hub among the registries that are known without being named.
const HUB: &str = "DockerHub";

/// Which registries the people of an organization may use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RegistryAccess {
    /// The organization.
    #[schema(replaces)]
    pub(crate) org_name: String,
    /// Whether registries are restricted at all.
    pub(crate) enabled: bool,
    /// Docker Hub.
    #[schema(required)]
    pub(crate) standard_registry_docker_hub: Option<Standard>,
    /// Other registries.
    pub(crate) custom_registries: BTreeSet<Custom>,
}

/// Docker Hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Standard {
    /// Whether it may be used.
    pub(crate) allowed: bool,
}

/// Another registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Custom {
    /// Its host.
    pub(crate) address: String,
    /// What it is called.
    pub(crate) friendly_name: String,
    /// Whether it may be used.
    pub(crate) allowed: bool,
}

impl FieldType for Standard {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl FieldType for Custom {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

#[derive(Deserialize, Serialize)]
struct Wire {
    enabled: bool,
    #[serde(default)]
    standard_registries: Vec<Known>,
    #[serde(default)]
    custom_registries: Vec<Custom>,
}

#[derive(Deserialize, Serialize)]
struct Known {
    id: String,
    allowed: bool,
}

async fn set(client: &Client, organization: &str, wire: &Wire) -> Result<(), Error> {
    let path = ["orgs", organization, "settings", "registry-access-management"];
    let set = client
        .api
        .put(&path, wire, "set the registry access of the organization")
        .await;
    set.map_err(|error| match error.kind {
        ErrorKind::NotYetVisible => no_organization(organization),
        _ => error,
    })
}

impl RegistryAccess {
    fn wire(&self) -> Wire {
        let hub = self.standard_registry_docker_hub.as_ref();
        Wire {
            enabled: self.enabled,
            standard_registries: vec![Known {
                id: HUB.to_owned(),
                allowed: hub.is_none_or(|hub| hub.allowed),
            }],
            custom_registries: self.custom_registries.iter().cloned().collect(),
        }
    }

    /// Whether it is what a delete leaves.
    fn is_off(&self) -> bool {
        !self.enabled && self.custom_registries.is_empty()
    }
}

impl Resource for RegistryAccess {
    const TYPE: &'static str = "docker_org_setting_registry_access_management";
    const CREATE: CreateClass = CreateClass::Upsert;
    const VISIBILITY: Duration = VISIBILITY;
    type Client = Client;
    type Id = OrganizationId;

    fn id(object: &Self) -> Option<OrganizationId> {
        OrganizationId::known([Some(&object.org_name)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let organization = request.id.part(0);
        let path = ["orgs", organization, "settings", "registry-access-management"];
        let read: Option<Wire> = request
            .client
            .api
            .get(&path, "read the registry access of the organization")
            .await?;
        let Some(wire) = read else {
            return Ok(Observed::Absent);
        };
        let allowed = wire
            .standard_registries
            .iter()
            .find(|known| known.id == HUB)
            .is_none_or(|known| known.allowed);
        let object = Self {
            org_name: organization.to_owned(),
            enabled: wire.enabled,
            standard_registry_docker_hub: Some(Standard { allowed }),
            custom_registries: wire.custom_registries.into_iter().collect(),
        };
        if object.is_off() && !request.prior.is_some_and(Self::is_off) {
            return Ok(Observed::Absent);
        }
        Ok(Observed::Present(object))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        set(request.client, &desired.org_name, &desired.wire()).await?;
        Ok(Created::Done(desired.clone()))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        set(request.client, &desired.org_name, &desired.wire()).await?;
        Ok(Created::Done(desired.clone()))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let off = Wire {
            enabled: false,
            standard_registries: vec![Known {
                id: HUB.to_owned(),
                allowed: true,
            }],
            custom_registries: Vec::new(),
        };
        match set(request.client, request.id.part(0), &off).await {
            Err(error) if !matches!(error.kind, ErrorKind::Invalid(_)) => Err(error),
            _ => Ok(Deleted::Gone),
        }
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<OrganizationId> {
        OrganizationId::known([desired.text("org_name")])
    }
}
