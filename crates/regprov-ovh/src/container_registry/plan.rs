//! Plans of registries, and what can be ordered where.

use super::wire;
use crate::client::Client;
use regprov_provider::Error;
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::Type;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A plan as an object of the schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Plan {
    /// Its code in the catalog.
    pub(crate) code: Computed<String>,
    /// Since when it is offered.
    pub(crate) created_at: Computed<String>,
    /// What it can do.
    pub(crate) features: Computed<Vec<Features>>,
    /// Its id.
    pub(crate) id: Computed<String>,
    /// Its name: `SMALL`, `MEDIUM` or `LARGE`.
    pub(crate) name: Computed<String>,
    /// What it allows.
    pub(crate) registry_limits: Computed<Vec<Limits>>,
    /// When it was last changed.
    pub(crate) updated_at: Computed<String>,
}

/// What a plan can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Features {
    /// Whether images are scanned for vulnerabilities.
    pub(crate) vulnerability: Computed<bool>,
}

/// What a plan allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Limits {
    /// How much images may take, in bytes.
    pub(crate) image_storage: Computed<u64>,
    /// How many requests may run at once.
    pub(crate) parallel_request: Computed<u64>,
}

macro_rules! objects {
    ($($name:ty),*) => {
        $(impl FieldType for $name {
            fn ty() -> Type {
                <$name>::block().implied_type()
            }
        })*
    };
}
objects!(Plan, Features, Limits);

impl From<&wire::Plan> for Plan {
    fn from(wire: &wire::Plan) -> Self {
        Self {
            code: Computed(wire.code.clone()),
            created_at: Computed(wire.created_at.clone()),
            features: Computed::known(vec![Features::from(wire)]),
            id: Computed::known(wire.id.clone()),
            name: Computed::known(wire.name.clone()),
            registry_limits: Computed::known(vec![Limits::from(wire)]),
            updated_at: Computed(wire.updated_at.clone()),
        }
    }
}

impl From<&wire::Plan> for Features {
    fn from(wire: &wire::Plan) -> Self {
        Self {
            vulnerability: Computed::known(wire.features.vulnerability),
        }
    }
}

impl From<&wire::Plan> for Limits {
    fn from(wire: &wire::Plan) -> Self {
        Self {
            image_storage: Computed::known(wire.registry_limits.image_storage),
            parallel_request: Computed::known(wire.registry_limits.parallel_request),
        }
    }
}

/// What can be ordered where in a project; asked once.
pub(crate) async fn catalog(client: &Client, project: &str) -> Result<Arc<Vec<wire::Capability>>, Error> {
    if let Some(known) = client.catalog(project) {
        return Ok(known);
    }
    let path = ["cloud", "project", project, "capabilities", "containerRegistry"];
    let read: Option<Vec<wire::Capability>> = client
        .api()?
        .get(&path, "read what registries can be ordered")
        .await?;
    let read = Arc::new(read.ok_or_else(|| no_project(project))?);
    client.keep_catalog(project, &read);
    Ok(read)
}

/// The error where a project is not there.
pub(crate) fn no_project(project: &str) -> Error {
    let message = format!(
        "there is no Public Cloud project {} in the account",
        regprov_http::sanitize(project)
    );
    Error::new(
        regprov_provider::ErrorKind::Invalid(crate::client::attribute("service_name")),
        message,
    )
    .remedy(
        "Check `service_name` (OVH_CLOUD_PROJECT_SERVICE): it is the project's id, 32 hexadecimal digits. Check the endpoint \
         too: accounts of ovh-eu, ovh-ca and ovh-us are apart.",
    )
}
