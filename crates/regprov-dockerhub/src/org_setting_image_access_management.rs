//! `docker_org_setting_image_access_management`: which images the people of an organization may pull.

use crate::client::{Client, VISIBILITY};
use crate::data::no_organization;
use crate::id::OrganizationId;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, Partial,
    ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::Schema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which images the people of an organization may pull.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ImageAccess {
    /// The organization.
    #[schema(replaces)]
    pub(crate) org_name: String,
    /// Whether images are restricted at all.
    pub(crate) enabled: bool,
    /// Whether Docker's official images are allowed.
    pub(crate) allow_official_images: bool,
    /// Whether images of verified publishers are allowed.
    pub(crate) allow_verified_publishers: bool,
}

#[derive(Deserialize, Serialize)]
struct Wire {
    restricted_images: Restricted,
}

#[derive(Default, Deserialize, Serialize)]
struct Restricted {
    enabled: bool,
    allow_official_images: bool,
    allow_verified_publishers: bool,
}

async fn set(client: &Client, organization: &str, restricted_images: Restricted) -> Result<(), Error> {
    let path = ["orgs", organization, "settings"];
    let set = client
        .api
        .put(
            &path,
            &Wire { restricted_images },
            "set the image access of the organization",
        )
        .await;
    set.map_err(|error| match error.kind {
        ErrorKind::NotYetVisible => no_organization(organization),
        _ => error,
    })
}

impl ImageAccess {
    fn restricted(&self) -> Restricted {
        Restricted {
            enabled: self.enabled,
            allow_official_images: self.allow_official_images,
            allow_verified_publishers: self.allow_verified_publishers,
        }
    }
}

impl Resource for ImageAccess {
    const TYPE: &'static str = "docker_org_setting_image_access_management";
    const CREATE: CreateClass = CreateClass::Upsert;
    const VISIBILITY: Duration = VISIBILITY;
    type Client = Client;
    type Id = OrganizationId;

    fn id(object: &Self) -> Option<OrganizationId> {
        OrganizationId::known([Some(&object.org_name)])
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let organization = request.id.part(0);
        let path = ["orgs", organization, "settings"];
        let read: Option<Wire> = request
            .client
            .api
            .get(&path, "read the settings of the organization")
            .await?;
        let Some(Wire {
            restricted_images: known,
        }) = read
        else {
            return Ok(Observed::Absent);
        };
        // What is all off is what a delete leaves; who declares that finds it.
        let off = !(known.enabled || known.allow_official_images || known.allow_verified_publishers);
        let declared = request.prior.is_some_and(|prior| {
            !(prior.enabled || prior.allow_official_images || prior.allow_verified_publishers)
        });
        if off && !declared {
            return Ok(Observed::Absent);
        }
        Ok(Observed::Present(Self {
            org_name: organization.to_owned(),
            enabled: known.enabled,
            allow_official_images: known.allow_official_images,
            allow_verified_publishers: known.allow_verified_publishers,
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        set(request.client, &desired.org_name, desired.restricted()).await?;
        Ok(Created::Done(desired.clone()))
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let desired = request.desired;
        set(request.client, &desired.org_name, desired.restricted()).await?;
        Ok(Created::Done(desired.clone()))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        match set(request.client, request.id.part(0), Restricted::default()).await {
            Err(error) if !matches!(error.kind, ErrorKind::Invalid(_)) => Err(error),
            _ => Ok(Deleted::Gone),
        }
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<OrganizationId> {
        OrganizationId::known([desired.text("org_name")])
    }
}
