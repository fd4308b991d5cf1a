//! `harbor_config_security`: vulnerabilities that do not count anywhere.

use crate::client::{Ask, Client};
use crate::fields::same_texts;
use crate::gates::Gate;
use crate::id::shape;
use crate::schedules::single_resource;
use regprov_provider::{Deleted, Error, Finding, Partial};
use regprov_schema::{Computed, Meaning, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_config_security`.
    ConfigSecurityShape,
    "the CVE allowlist",
    "/system/CVEAllowlist"
);

const PATH: &str = "/system/CVEAllowlist";

/// Vulnerabilities that do not count anywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ConfigSecurity {
    /// The vulnerabilities: `CVE-2024-1234`.
    #[schema(meaning = Meaning::By(same_texts))]
    pub(crate) cve_allowlist: Vec<String>,
    /// When it ends, in seconds since 1970.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) expires_at: Option<i64>,
    /// When it was made.
    pub(crate) creation_time: Computed<String>,
    /// When it was changed last.
    #[schema(recomputed_by = &["cve_allowlist", "expires_at"])]
    pub(crate) update_time: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// The list as Harbor writes it, and as it is written.
#[derive(Default, Serialize, Deserialize)]
struct Wire {
    items: Option<Vec<Item>>,
    #[serde(default)]
    expires_at: Option<i64>,
    #[serde(default, skip_serializing)]
    creation_time: Option<String>,
    #[serde(default, skip_serializing)]
    update_time: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    cve_id: String,
}

impl ConfigSecurity {
    const GATES: &'static [Gate] = &[];

    fn checks(_desired: Partial<'_>) -> Vec<Finding> {
        Vec::new()
    }

    async fn observe(client: &Client, _like: Option<&Self>) -> Result<Option<Self>, Error> {
        let wire: Option<Wire> = client.api.get(Ask::new(PATH, "read the CVE allowlist")).await?;
        let wire = wire.unwrap_or_default();
        let items = wire.items.into_iter().flatten().map(|item| item.cve_id);
        Ok(Some(Self {
            cve_allowlist: items.collect(),
            expires_at: wire.expires_at,
            creation_time: Computed(wire.creation_time),
            update_time: Computed(wire.update_time),
            id: Computed::known(PATH.to_owned()),
        }))
    }

    async fn write(&self, client: &Client, _prior: Option<&Self>) -> Result<Self, Error> {
        let items = self.cve_allowlist.iter().map(|cve_id| Item {
            cve_id: cve_id.clone(),
        });
        let body = Wire {
            items: Some(items.collect()),
            expires_at: self.expires_at.filter(|instant| *instant != 0),
            ..Wire::default()
        };
        client
            .api
            .put(Ask::new(PATH, "set the CVE allowlist"), &body)
            .await?;
        let told = Self::observe(client, Some(self)).await?;
        Ok(told.map_or_else(
            || self.clone(),
            |told| Self {
                cve_allowlist: self.cve_allowlist.clone(),
                ..told
            },
        ))
    }

    async fn end(client: &Client) -> Result<Deleted, Error> {
        let body = Wire {
            items: Some(Vec::new()),
            ..Wire::default()
        };
        client
            .api
            .put(Ask::new(PATH, "empty the CVE allowlist"), &body)
            .await?;
        Ok(Deleted::Gone)
    }
}

single_resource!(ConfigSecurity, ConfigSecurityShape, "harbor_config_security");
