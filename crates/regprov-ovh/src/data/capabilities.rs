//! What registries can be ordered: all of it, or one plan.

use crate::client::{Client, attribute};
use crate::container_registry::plan::{Features, Limits, Plan, catalog};
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::Type;
use serde::{Deserialize, Serialize};

/// What registries can be ordered in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Capabilities {
    /// The Public Cloud project.
    service_name: String,
    /// The regions, each with its plans.
    result: Computed<Vec<Region>>,
    /// The project.
    #[schema(optional)]
    id: Computed<String>,
}

/// A region with its plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Region {
    /// The plans.
    plans: Computed<Vec<Plan>>,
    /// Its name.
    region_name: Computed<String>,
}

impl FieldType for Region {
    fn ty() -> Type {
        Self::block().implied_type()
    }
}

impl DataSource for Capabilities {
    const TYPE: &'static str = "ovh_cloud_project_capabilities_containerregistry";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let catalog = catalog(request.client, &config.service_name).await?;
        let regions = catalog.iter().map(|capability| Region {
            plans: Computed::known(capability.plans.iter().map(Plan::from).collect()),
            region_name: Computed::known(capability.region_name.clone()),
        });
        Ok(Self {
            result: Computed::known(regions.collect()),
            id: Computed::known(config.service_name.clone()),
            service_name: config.service_name,
        })
    }
}

/// One plan of a region, by its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct CapabilitiesFilter {
    /// The Public Cloud project.
    service_name: String,
    /// The region.
    region: String,
    /// The plan's name: `SMALL`, `MEDIUM` or `LARGE`.
    plan_name: String,
    /// Its code in the catalog.
    code: Computed<String>,
    /// Since when it is offered.
    created_at: Computed<String>,
    /// What it can do.
    features: Computed<Vec<Features>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
    /// Its name.
    name: Computed<String>,
    /// What it allows.
    registry_limits: Computed<Vec<Limits>>,
    /// When it was last changed.
    updated_at: Computed<String>,
}

impl DataSource for CapabilitiesFilter {
    const TYPE: &'static str = "ovh_cloud_project_capabilities_containerregistry_filter";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let catalog = catalog(request.client, &config.service_name).await?;
        let names = |names: &mut dyn Iterator<Item = &str>| names.collect::<Vec<_>>().join(", ");
        let region = catalog
            .iter()
            .find(|capability| capability.region_name == config.region)
            .ok_or_else(|| {
                let mut known = catalog.iter().map(|capability| capability.region_name.as_str());
                none(
                    "region",
                    &format!(
                        "Regions are {}; `{}` is none of them.",
                        names(&mut known),
                        config.region
                    ),
                )
            })?;
        let plan = region
            .plans
            .iter()
            .find(|plan| plan.name == config.plan_name)
            .ok_or_else(|| {
                let mut known = region.plans.iter().map(|plan| plan.name.as_str());
                let text = format!(
                    "Plans in {} are {}; `{}` is none of them.",
                    config.region,
                    names(&mut known),
                    config.plan_name
                );
                none("plan_name", &text)
            })?;
        Ok(Self {
            service_name: config.service_name,
            region: config.region,
            plan_name: config.plan_name,
            code: Computed(plan.code.clone()),
            created_at: Computed(plan.created_at.clone()),
            features: Computed::known(vec![Features::from(plan)]),
            id: Computed::known(plan.id.clone()),
            name: Computed::known(plan.name.clone()),
            registry_limits: Computed::known(vec![Limits::from(plan)]),
            updated_at: Computed(plan.updated_at.clone()),
        })
    }
}

/// Nothing fits; the words are those of the public provider.
fn none(argument: &str, remedy: &str) -> Error {
    let message = "Your query returned no results. Please change your search criteria and try again.";
    Error::new(ErrorKind::Invalid(attribute(argument)), message).remedy(remedy)
}
