//! Who may use a registry: its identity provider, and from where it may be reached.

use super::registry::no_registry;
use crate::client::{Client, attribute};
use crate::container_registry_ip_restrictions as restrictions;
use crate::container_registry_oidc as oidc;
use crate::id::RegistryId;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The identity provider of a registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Oidc {
    /// The Public Cloud project.
    service_name: String,
    /// The registry.
    registry_id: String,
    /// Its id: that of the registry.
    #[schema(optional)]
    id: Computed<String>,
    /// The group whose members administer.
    oidc_admin_group: Option<String>,
    /// Whether people become users without choosing a name.
    oidc_auto_onboard: Option<bool>,
    /// The client id of the registry there.
    oidc_client_id: Option<String>,
    /// The URL of the identity provider.
    oidc_endpoint: Option<String>,
    /// Which groups count.
    oidc_group_filter: Option<String>,
    /// The claim that tells the groups.
    oidc_groups_claim: Option<String>,
    /// What it is called.
    oidc_name: Option<String>,
    /// The scopes that are asked for.
    oidc_scope: Option<String>,
    /// The claim that tells the name of a user.
    oidc_user_claim: Option<String>,
    /// Whether the provider's certificate is verified.
    oidc_verify_cert: Option<bool>,
}

impl DataSource for Oidc {
    const TYPE: &'static str = "ovh_cloud_project_containerregistry_oidc";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let id = RegistryId::new([config.service_name.as_str(), &config.registry_id]);
        let wire = oidc::get(request.client, &id).await?.ok_or_else(|| {
            let message = format!(
                "the registry {} has no identity provider",
                regprov_http::sanitize(&config.registry_id)
            );
            Error::new(ErrorKind::Invalid(attribute("registry_id")), message)
                .remedy("Set one up with `ovh_cloud_project_containerregistry_oidc`, or check `registry_id`.")
        })?;
        Ok(Self {
            service_name: config.service_name,
            registry_id: config.registry_id,
            id: Computed::known(id.to_string()),
            oidc_admin_group: wire.admin_group,
            oidc_auto_onboard: wire.auto_onboard,
            oidc_client_id: Some(wire.client_id),
            oidc_endpoint: Some(wire.endpoint),
            oidc_group_filter: wire.group_filter,
            oidc_groups_claim: wire.groups_claim,
            oidc_name: Some(wire.name),
            oidc_scope: Some(wire.scope),
            oidc_user_claim: wire.user_claim,
            oidc_verify_cert: wire.verify_cert,
        })
    }
}

macro_rules! ip_restrictions {
    ($(#[$doc:meta])* $name:ident, $type_name:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
        pub(crate) struct $name {
            /// The Public Cloud project.
            service_name: String,
            /// The registry.
            registry_id: String,
            /// Its id: that of the registry.
            #[schema(optional)]
            id: Computed<String>,
            /// The blocks of addresses.
            ip_restrictions: Computed<BTreeSet<BTreeMap<String, String>>>,
        }

        impl DataSource for $name {
            const TYPE: &'static str = $type_name;
            type Client = Client;

            async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
                let config = request.config;
                let id = RegistryId::new([config.service_name.as_str(), &config.registry_id]);
                let list = restrictions::get(request.client, &id, $kind)
                    .await?
                    .ok_or_else(|| no_registry(&config.registry_id))?;
                let list = list.iter().map(restrictions::Wire::restriction).collect();
                Ok(Self {
                    id: Computed::known(id.to_string()),
                    ip_restrictions: Computed::known(list),
                    ..config
                })
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
