//! `azurerm_subscription`: a subscription.

use super::absent;
use crate::client::{Ask, Client};
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct SubscriptionData {
    /// Which one; the provider's where nothing is said.
    #[schema(optional)]
    subscription_id: Computed<String>,
    /// Its name.
    display_name: Computed<String>,
    /// Its tenant.
    tenant_id: Computed<String>,
    /// Whether it can be used.
    state: Computed<String>,
    /// Where its resources may live.
    location_placement_id: Computed<String>,
    /// What it may use.
    quota_id: Computed<String>,
    /// Whether its spending is limited.
    spending_limit: Computed<String>,
    /// Tags.
    tags: Computed<BTreeMap<String, String>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

mod wire {
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Subscription {
        pub(super) id: String,
        pub(super) subscription_id: String,
        #[serde(default)]
        pub(super) tenant_id: String,
        #[serde(default)]
        pub(super) display_name: String,
        #[serde(default)]
        pub(super) state: String,
        pub(super) tags: Option<BTreeMap<String, String>>,
        #[serde(default)]
        pub(super) subscription_policies: Policies,
    }

    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    pub(super) struct Policies {
        pub(super) location_placement_id: String,
        pub(super) quota_id: String,
        pub(super) spending_limit: String,
    }
}

impl DataSource for SubscriptionData {
    const TYPE: &'static str = "azurerm_subscription";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let asked = request.config.subscription_id.0.filter(|id| !id.is_empty());
        let id = asked.unwrap_or_else(|| request.client.subscription.clone());
        let path = format!("/subscriptions/{id}");
        let ask = Ask {
            path: &path,
            version: "2022-12-01",
            operation: "read the subscription",
        };
        let read: Option<wire::Subscription> = request.client.arm.get(ask).await?;
        let read = read.ok_or_else(|| absent("subscription", &id, "subscription_id"))?;
        Ok(Self {
            subscription_id: Computed::known(read.subscription_id),
            display_name: Computed::known(read.display_name),
            tenant_id: Computed::known(read.tenant_id),
            state: Computed::known(read.state),
            location_placement_id: Computed::known(read.subscription_policies.location_placement_id),
            quota_id: Computed::known(read.subscription_policies.quota_id),
            spending_limit: Computed::known(read.subscription_policies.spending_limit),
            tags: Computed::known(read.tags.unwrap_or_default()),
            id: Computed::known(read.id),
        })
    }
}
