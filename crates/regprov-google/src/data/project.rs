//! `google_project`: a project that exists.

use crate::client::{Ask, Client};
use crate::endpoints::Product;
use crate::labels::Labels;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A project that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Project {
    /// Its id; without one the provider's.
    pub(crate) project_id: Option<String>,
    /// Its number.
    pub(crate) number: Computed<String>,
    /// What it is called.
    pub(crate) name: Computed<String>,
    /// The organization that it is of.
    pub(crate) org_id: Computed<String>,
    /// The folder that it is in.
    pub(crate) folder_id: Computed<String>,
    /// The billing account that pays for it.
    pub(crate) billing_account: Computed<String>,
    /// Its labels.
    pub(crate) labels: Computed<Labels>,
    /// Its labels.
    pub(crate) effective_labels: Computed<Labels>,
    /// Its labels.
    pub(crate) terraform_labels: Computed<Labels>,
    /// Its tags; they are not read.
    pub(crate) tags: Computed<BTreeMap<String, String>>,
    /// Whether it was made with a network; it is not told.
    pub(crate) auto_create_network: Computed<bool>,
    /// It is never deleted here.
    pub(crate) deletion_policy: Computed<String>,
    /// Its full name.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    project_number: Option<String>,
    project_id: String,
    lifecycle_state: String,
    name: Option<String>,
    labels: Labels,
    parent: Parent,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parent {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Billing {
    billing_account_name: String,
}

async fn billing(client: &Client, project: &str) -> String {
    let path = format!("projects/{project}/billingInfo");
    let ask = Ask::new(Product::Billing, &path, "read the billing account of the project");
    let read: Result<Option<Billing>, Error> = client.api.get(ask).await;
    match read {
        Ok(Some(billing)) => billing
            .billing_account_name
            .trim_start_matches("billingAccounts/")
            .to_owned(),
        // Who may read the project may not always read who pays for it.
        Ok(None) | Err(_) => String::new(),
    }
}

impl DataSource for Project {
    const TYPE: &'static str = "google_project";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let project = client.project_or(config.project_id.as_deref())?;
        let path = format!("projects/{project}");
        let ask = Ask::new(Product::ResourceManager, &path, "read the project");
        let wire: Option<Wire> = client.api.get(ask).await?;
        let wire = wire
            .filter(|wire| wire.lifecycle_state == "ACTIVE")
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Invalid(crate::client::attribute("project_id")),
                    format!("projects/{project} not found or not in ACTIVE state"),
                )
            })?;
        let wants_billing = request
            .wanted
            .is_none_or(|wanted| wanted.iter().any(|name| name == "billing_account"));
        let billing_account = if wants_billing {
            billing(client, &project).await
        } else {
            String::new()
        };
        let of = |kind: &str| {
            let is = wire.parent.kind == kind;
            Computed::known(if is { wire.parent.id.clone() } else { String::new() })
        };
        Ok(Self {
            project_id: Some(wire.project_id.clone()),
            number: Computed(wire.project_number.clone()),
            name: Computed(wire.name.clone()),
            org_id: of("organization"),
            folder_id: of("folder"),
            billing_account: Computed::known(billing_account),
            labels: Computed::known(wire.labels.clone()),
            effective_labels: Computed::known(wire.labels.clone()),
            terraform_labels: Computed::known(wire.labels.clone()),
            tags: Computed(None),
            auto_create_network: Computed(None),
            deletion_policy: Computed::known("PREVENT".to_owned()),
            id: Computed::known(format!("projects/{}", wire.project_id)),
        })
    }
}
