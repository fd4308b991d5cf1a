//! `google_iam_policy`, which is pure, and the policy of a repository.

use super::missing;
use crate::client::Client;
use crate::iam::{ConditionBlock, printed};
use crate::policy::{
    AuditConfig, AuditLogConfig, Binding, Condition, Holder, Policy, check_member, normal_member,
};
use regprov_provider::{DataSource, Error, ReadDataRequest};
use regprov_schema::{Computed, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A policy as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct IamPolicy {
    /// Who has a role.
    #[schema(block)]
    pub(crate) binding: BTreeSet<BindingBlock>,
    /// What is written to the audit log.
    #[schema(block)]
    pub(crate) audit_config: BTreeSet<AuditBlock>,
    /// The policy.
    pub(crate) policy_data: Computed<String>,
    /// A number that follows from it.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// Who has a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct BindingBlock {
    /// The role.
    pub(crate) role: String,
    /// Who has it.
    #[schema(rules = &[Rule::Check(check_members)])]
    pub(crate) members: BTreeSet<String>,
    /// When it counts.
    #[schema(block, max = 1)]
    pub(crate) condition: Vec<ConditionBlock>,
}

/// What is written to the audit log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct AuditBlock {
    /// Of which service.
    pub(crate) service: String,
    /// Which kinds of access.
    #[schema(block, min = 1)]
    pub(crate) audit_log_configs: BTreeSet<AuditLogBlock>,
}

/// One kind of access in the audit log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct AuditLogBlock {
    /// Which kind.
    pub(crate) log_type: String,
    /// Whose access is left out.
    pub(crate) exempted_members: Option<BTreeSet<String>>,
}

fn check_members(value: &Value) -> Result<(), String> {
    value
        .as_items()
        .unwrap_or_default()
        .iter()
        .try_for_each(check_member)
}

/// The number that Terraform names a policy by: the CRC 32 of its text.
fn crc32(text: &str) -> u32 {
    !text.bytes().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (!(sum & 1)).wrapping_add(1))
        })
    })
}

impl DataSource for IamPolicy {
    const TYPE: &'static str = "google_iam_policy";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let bindings = config.binding.iter().map(|block| Binding {
            role: block.role.clone(),
            members: block.members.iter().map(|member| normal_member(member)).collect(),
            condition: block.condition.first().map(Condition::from),
        });
        let audit_configs = config.audit_config.iter().map(|block| AuditConfig {
            service: block.service.clone(),
            audit_log_configs: block
                .audit_log_configs
                .iter()
                .map(|block| AuditLogConfig {
                    log_type: block.log_type.clone(),
                    exempted_members: block.exempted_members.iter().flatten().cloned().collect(),
                })
                .collect(),
        });
        let policy_data = printed(&Policy {
            bindings: bindings.collect(),
            audit_configs: audit_configs.collect(),
            ..Policy::default()
        });
        Ok(Self {
            id: Computed::known(crc32(&policy_data).to_string()),
            policy_data: Computed::known(policy_data),
            ..config
        })
    }
}

/// The policy of a repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct RepositoryIamPolicy {
    /// The repository, by its id or its full name.
    pub(crate) repository: String,
    /// Its location.
    #[schema(optional)]
    pub(crate) location: Computed<String>,
    /// Its project.
    #[schema(optional)]
    pub(crate) project: Computed<String>,
    /// The policy as JSON.
    pub(crate) policy_data: Computed<String>,
    /// Its version.
    pub(crate) etag: Computed<String>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

impl DataSource for RepositoryIamPolicy {
    const TYPE: &'static str = "google_artifact_registry_repository_iam_policy";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let (client, config) = (request.client, request.config);
        let holder = match Holder::parse(crate::policy::HolderKind::Repository, &config.repository) {
            Some(holder) => holder,
            None => Holder::Repository {
                project: client.project_or(config.project.get().map(String::as_str))?,
                location: match config.location.get() {
                    Some(location) => location.clone(),
                    None => client.location()?,
                },
                repository: config.repository.clone(),
            },
        };
        let policy = holder.read(&client.api).await?;
        let policy = policy.ok_or_else(|| missing(&holder.to_string()))?;
        Ok(Self {
            location: Computed::known(holder.field("location").to_owned()),
            project: Computed::known(holder.field("project").to_owned()),
            policy_data: Computed::known(printed(&policy)),
            etag: Computed(policy.etag),
            id: Computed::known(holder.path()),
            ..config
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_text_is_its_crc32() {
        assert_eq!(crc32("123456789"), 0xCBF4_3926);
    }
}
