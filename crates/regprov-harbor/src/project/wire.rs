//! Projects as Harbor writes them.

use serde::{Deserialize, Serialize};

/// A project, as it is read.
#[derive(Clone, Deserialize)]
pub(crate) struct Project {
    pub(crate) project_id: i64,
    pub(crate) name: String,
    pub(crate) registry_id: Option<i64>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    pub(super) cve_allowlist: Option<Allowlist>,
}

impl Project {
    /// Whether it is the one that was recorded: names do not change, so another one belongs to another Harbor.
    pub(super) fn is(&self, prior: Option<&super::Project>) -> bool {
        prior.is_none_or(|prior| prior.name == self.name)
    }
}

/// Settings of a project: all are texts.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auto_scan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auto_sbom_generation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enable_content_trust: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enable_content_trust_cosign: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prevent_vul: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) severity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reuse_sys_cve_allowlist: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proxy_speed_kb: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proxy_cache_local_on_not_found: Option<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Allowlist {
    pub(super) items: Option<Vec<AllowlistItem>>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AllowlistItem {
    pub(super) cve_id: String,
}

/// A POST or PUT.
#[derive(Serialize)]
pub(super) struct Write<'a> {
    project_name: &'a str,
    metadata: Metadata,
    cve_allowlist: Allowlist,
    storage_limit: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    registry_id: Option<i64>,
}

impl<'a> Write<'a> {
    pub(super) fn of(project: &'a super::Project) -> Self {
        let text = |flag: Option<bool>| Some(flag.unwrap_or(false).to_string());
        let severity = project
            .deployment_security
            .as_deref()
            .filter(|text| !text.is_empty());
        let registry_id = project.registry_id.get().copied().filter(|id| *id != 0);
        let items = project.allowlist().iter().map(|cve_id| AllowlistItem {
            cve_id: cve_id.clone(),
        });
        let metadata = Metadata {
            public: text(project.public),
            auto_scan: text(Some(project.vulnerability_scanning.unwrap_or(true))),
            auto_sbom_generation: text(project.auto_sbom_generation),
            enable_content_trust: text(project.enable_content_trust),
            enable_content_trust_cosign: text(project.enable_content_trust_cosign),
            prevent_vul: text(Some(severity.is_some())),
            severity: Some(severity.unwrap_or("low").to_owned()),
            reuse_sys_cve_allowlist: text(Some(project.allowlist().is_empty())),
            proxy_speed_kb: registry_id.map(|_| project.proxy_speed_kb.unwrap_or(-1).to_string()),
            proxy_cache_local_on_not_found: registry_id
                .and_then(|_| text(project.proxy_cache_local_on_not_found)),
        };
        Self {
            project_name: &project.name,
            metadata,
            cve_allowlist: Allowlist {
                items: Some(items.collect()),
            },
            storage_limit: project.quota_bytes(),
            registry_id,
        }
    }
}

/// What a project uses, and what it may.
#[derive(Deserialize)]
pub(super) struct Summary {
    pub(super) quota: Option<SummaryQuota>,
}

#[derive(Deserialize)]
pub(super) struct SummaryQuota {
    pub(super) hard: Option<Amounts>,
    pub(super) used: Option<Amounts>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Amounts {
    pub(super) storage: Option<i64>,
}

/// A quota.
#[derive(Deserialize)]
pub(super) struct Quota {
    pub(super) id: i64,
    #[serde(rename = "ref")]
    pub(super) reference: Option<Reference>,
    pub(super) hard: Option<Amounts>,
}

#[derive(Deserialize)]
pub(super) struct Reference {
    pub(super) id: i64,
}

#[derive(Serialize)]
pub(super) struct QuotaWrite {
    hard: Amounts,
}

impl QuotaWrite {
    pub(super) fn of(bytes: i64) -> Self {
        Self {
            hard: Amounts { storage: Some(bytes) },
        }
    }
}

/// A scanner.
#[derive(Deserialize)]
pub(crate) struct Scanner {
    #[serde(default)]
    pub(crate) uuid: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) is_default: bool,
}

#[derive(Serialize)]
pub(super) struct ScannerWrite<'a> {
    pub(super) uuid: &'a str,
}
