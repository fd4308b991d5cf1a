//! Policies as services write them.

use super::members::{is_same_member, normal_member};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Policy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    pub(crate) bindings: Vec<Binding>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) audit_configs: Vec<AuditConfig>,
}

/// Who has a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Binding {
    pub(crate) role: String,
    pub(crate) members: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<Condition>,
}

/// When a role counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Condition {
    pub(crate) title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    pub(crate) expression: String,
}

/// What is written to the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AuditConfig {
    pub(crate) service: String,
    pub(crate) audit_log_configs: Vec<AuditLogConfig>,
}

/// One kind of access in the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AuditLogConfig {
    pub(crate) log_type: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) exempted_members: Vec<String>,
}

impl Policy {
    /// The binding of a role under a condition.
    pub(crate) fn binding(&self, role: &str, condition: Option<&Condition>) -> Option<&Binding> {
        self.bindings
            .iter()
            .find(|binding| binding.is_of(role, condition))
    }

    /// One binding for each role and condition, each member once, none empty.
    pub(super) fn tidy(&mut self) {
        let mut tidied: Vec<Binding> = Vec::new();
        for binding in self.bindings.drain(..) {
            let known = tidied
                .iter()
                .position(|other| other.is_of(&binding.role, binding.condition.as_ref()));
            let slot = match known {
                Some(index) => &mut tidied[index],
                None => {
                    tidied.push(Binding {
                        members: Vec::new(),
                        ..binding.clone()
                    });
                    tidied.last_mut().expect("one was pushed")
                }
            };
            for member in binding.members {
                if !slot.members.iter().any(|other| is_same_member(other, &member)) {
                    slot.members.push(member);
                }
            }
        }
        tidied.retain(|binding| !binding.members.is_empty());
        self.bindings = tidied;
    }

    /// What the policy says, whatever the order and spelling.
    pub(crate) fn meaning(&self) -> (Vec<Binding>, Vec<AuditConfig>) {
        let mut policy = self.clone();
        policy.tidy();
        for binding in &mut policy.bindings {
            let members: BTreeSet<String> = binding
                .members
                .iter()
                .map(|member| normal_member(member))
                .collect();
            binding.members = members.into_iter().collect();
        }
        policy.bindings.sort();
        for config in &mut policy.audit_configs {
            config
                .audit_log_configs
                .iter_mut()
                .for_each(|log| log.exempted_members.sort());
            config.audit_log_configs.sort();
        }
        policy.audit_configs.sort();
        (policy.bindings, policy.audit_configs)
    }

    /// Whether two policies say the same.
    pub(super) fn says_as(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Binding {
    /// Whether it is of a role under a condition.
    pub(crate) fn is_of(&self, role: &str, condition: Option<&Condition>) -> bool {
        self.role == role && self.condition.as_ref() == condition
    }

    /// Whether it has a member.
    pub(crate) fn has(&self, member: &str) -> bool {
        self.members.iter().any(|other| is_same_member(other, member))
    }
}
