//! `azurerm_container_registry`: a registry.
//!
//! A change is carried out one request at a time: each call compares what is there with what shall be, writes one thing, and
//! says so (`advance`); the engine records it and calls again. Replicas are compared by location, never by their place in
//! the list.

mod advance;
mod blocks;
mod checks;
mod normal;
mod observe;
mod wire;

pub(crate) use blocks::{Encryption, Georeplication, Identity, IpRule, NetworkRuleSet};
pub(crate) use checks::check_name;
pub(crate) use observe::{credentials, settled};

use crate::client::{Ask, Client};
use crate::former::{ENCRYPTION_BEFORE, NETWORK_BEFORE, REGISTRY_DROPPED, RETENTION_BEFORE, TRUST_BEFORE};
use crate::id::RegistryId;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Finding, Observed, Partial,
    PlanRequest, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema, Secret};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) const VERSION: &str = "2025-11-01";

/// A container registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
#[schema(dropped = REGISTRY_DROPPED)]
pub(crate) struct ContainerRegistry {
    /// Its name: 5 to 50 letters and digits, unique in all of Azure.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The resource group that it lives in.
    #[schema(replaces, rules = &[Rule::Check(crate::resource_group::check_name)])]
    pub(crate) resource_group_name: String,
    /// Its home region.
    #[schema(replaces, meaning = Meaning::Location)]
    pub(crate) location: String,
    /// `Basic`, `Standard` or `Premium`; changes in place.
    #[schema(rules = &[Rule::OneOf(&["Basic", "Standard", "Premium"])])]
    pub(crate) sku: String,
    /// Whether the admin user can log in. Prefer a service principal or a token: it can be limited and revoked by itself.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) admin_enabled: Option<bool>,
    /// Whether anyone can pull without logging in; Standard and Premium.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) anonymous_pull_enabled: Option<bool>,
    /// Whether tokens for the resource manager are accepted.
    #[schema(default = true)]
    pub(crate) azuread_authentication_as_arm_policy_enabled: Option<bool>,
    /// Whether there are dedicated data endpoints; Premium.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) data_endpoint_enabled: Option<bool>,
    /// Encryption with a key of yours; Premium, only when it is created.
    #[schema(as_blocks, computed, meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(1)],
        former = ENCRYPTION_BEFORE)]
    pub(crate) encryption: Option<Vec<Encryption>>,
    /// Whether images may leave the registry; Premium to forbid it.
    #[schema(default = true)]
    pub(crate) export_policy_enabled: Option<bool>,
    /// Whether tasks pass the network rules.
    #[schema(default = false, meaning = Meaning::ZeroIsNull)]
    pub(crate) network_rule_bypass_for_tasks_enabled: Option<bool>,
    /// Whether trusted Azure services pass the network rules.
    #[schema(default = "AzureServices", rules = &[Rule::OneOf(&["AzureServices", "None"])])]
    pub(crate) network_rule_bypass_option: Option<String>,
    /// Which addresses may connect; Premium.
    #[schema(as_blocks, optional, meaning = Meaning::By(blocks::same_network), rules = &[Rule::MaxItems(1)],
        former = NETWORK_BEFORE)]
    pub(crate) network_rule_set: Computed<Vec<NetworkRuleSet>>,
    /// Whether it can be reached from the internet; Premium to forbid it.
    #[schema(default = true)]
    pub(crate) public_network_access_enabled: Option<bool>,
    /// Whether images are quarantined until they are approved; Premium.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) quarantine_policy_enabled: Option<bool>,
    /// After how many days untagged manifests are deleted; 0: never; Premium.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::Between(0, 365)], former = RETENTION_BEFORE)]
    pub(crate) retention_policy_in_days: Option<i64>,
    /// Whether roles are for the whole registry or can be limited to repositories.
    #[schema(default = "LegacyRegistryPermissions",
        rules = &[Rule::OneOf(&["AbacRepositoryPermissions", "LegacyRegistryPermissions"])])]
    pub(crate) role_assignment_mode: Option<String>,
    /// Tags.
    #[schema(meaning = Meaning::ZeroIsNull, rules = &[Rule::MaxItems(50)])]
    pub(crate) tags: Option<BTreeMap<String, String>>,
    /// Without effect: Azure spreads every registry over the zones of its region.
    #[schema(default = false, meaning = Meaning::By(always_same))]
    pub(crate) zone_redundancy_enabled: Option<bool>,
    /// Content trust.
    #[schema(meaning = Meaning::ZeroIsNull, former = TRUST_BEFORE,
        deprecated = "azurerm 5 dropped it, as Azure retires content trust; leave it away and sign images with Notation")]
    pub(crate) trust_policy_enabled: Option<bool>,
    /// Replicas in other regions; Premium.
    #[schema(block)]
    pub(crate) georeplications: Vec<Georeplication>,
    /// The identity of the registry itself.
    #[schema(block, max = 1)]
    pub(crate) identity: Vec<Identity>,
    /// The host to log in to.
    pub(crate) login_server: Computed<String>,
    /// The name of the admin user; empty where it is off.
    #[schema(recomputed_by = &["admin_enabled"])]
    pub(crate) admin_username: Computed<String>,
    /// The first password of the admin user; empty where it is off.
    #[schema(sensitive, recomputed_by = &["admin_enabled"])]
    pub(crate) admin_password: Computed<Secret<String>>,
    /// The hosts of the dedicated data endpoints.
    #[schema(recomputed_by = &["data_endpoint_enabled", "georeplications"])]
    pub(crate) data_endpoint_host_names: Computed<BTreeSet<String>>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// No difference is one: the service ignores the setting.
fn always_same(_: &Value, _: &Value) -> bool {
    true
}

impl ContainerRegistry {
    pub(crate) fn ask<'a>(path: &'a str, operation: &'static str) -> Ask<'a> {
        Ask {
            path,
            version: VERSION,
            operation,
        }
    }

    fn remote_id(&self, client: &Client) -> RegistryId {
        RegistryId::new([
            client.subscription.as_str(),
            &self.resource_group_name,
            &self.name,
        ])
    }
}

impl Resource for ContainerRegistry {
    const TYPE: &'static str = "azurerm_container_registry";
    const VERSION: u64 = 2;
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(30);
    type Client = Client;
    type Id = RegistryId;

    fn id(object: &Self) -> Option<RegistryId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        observe::read(request.client, request.id, request.prior).await
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        observe::read_many(request.client, request.wanted).await
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let id = request.desired.remote_id(request.client);
        match request.step {
            None => advance::create(request.client, &id, request.desired).await,
            Some(step) => advance::advance(request.client, &id, step, request.desired).await,
        }
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let from = request.step.unwrap_or(request.prior);
        advance::advance(request.client, request.id, from, request.desired).await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let path = request.id.to_string();
        let deleted = request
            .client
            .arm
            .delete(Self::ask(&path, "delete the registry"))
            .await?;
        Ok(deleted.map_or(Deleted::Gone, |after| Deleted::Pending {
            reason: "Azure is deleting the registry".to_owned(),
            after,
        }))
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<RegistryId> {
        let (group, name) = (desired.text("resource_group_name")?, desired.text("name")?);
        Some(RegistryId::new([client.subscription.as_str(), group, name]))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Self::identify(client, desired);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        checks::plan(&request)
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        checks::preflight(&request).await
    }
}
