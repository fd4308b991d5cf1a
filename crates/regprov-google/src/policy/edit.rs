//! Changes of a policy.

use super::members::{is_same_member, living};
use super::wire::{AuditConfig, Binding, Condition, Policy};

/// A role under a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) role: String,
    pub(crate) condition: Option<Condition>,
}

/// One change.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// A member has the role.
    Add(Grant, String),
    /// A member does not have it.
    Remove(Grant, String),
    /// These have the role, and nobody else.
    Set(Grant, Vec<String>),
    /// These are the roles, and no others.
    Replace {
        bindings: Vec<Binding>,
        audit_configs: Vec<AuditConfig>,
    },
}

impl Edit {
    /// Makes the change.
    pub(super) fn apply(&self, policy: &mut Policy) {
        match self {
            Self::Add(grant, member) => {
                forget_deleted(policy, member);
                if !grant.binding(policy).has(member) {
                    grant.binding(policy).members.push(member.clone());
                }
            }
            Self::Remove(grant, member) => {
                let binding = grant.binding(policy);
                binding.members.retain(|other| !is_same_member(other, member));
            }
            Self::Set(grant, members) => {
                members.iter().for_each(|member| forget_deleted(policy, member));
                grant.binding(policy).members.clone_from(members);
            }
            Self::Replace {
                bindings,
                audit_configs,
            } => {
                policy.bindings.clone_from(bindings);
                policy.audit_configs.clone_from(audit_configs);
            }
        }
    }

    /// Whether a refusal names what this change is about.
    pub(super) fn is_named_in(&self, message: &str) -> bool {
        let named = |member: &str| {
            let name = member.split_once(':').map_or(member, |(_, name)| name);
            !name.is_empty() && message.to_lowercase().contains(&name.to_lowercase())
        };
        match self {
            Self::Add(grant, member) => named(member) || message.contains(&grant.role),
            Self::Remove(..) => false,
            Self::Set(grant, members) => {
                members.iter().any(|member| named(member)) || message.contains(&grant.role)
            }
            Self::Replace { bindings, .. } => bindings
                .iter()
                .any(|binding| binding.members.iter().any(|member| named(member))),
        }
    }
}

impl Grant {
    /// The binding in a policy; it is made where there is none.
    fn binding<'p>(&self, policy: &'p mut Policy) -> &'p mut Binding {
        let known = policy
            .bindings
            .iter()
            .position(|binding| binding.is_of(&self.role, self.condition.as_ref()));
        let index = known.unwrap_or_else(|| {
            policy.bindings.push(Binding {
                role: self.role.clone(),
                members: Vec::new(),
                condition: self.condition.clone(),
            });
            policy.bindings.len() - 1
        });
        &mut policy.bindings[index]
    }
}

/// A policy with both a member and the deleted one of the same name is refused: the dead one goes, it can do nothing anyway.
fn forget_deleted(policy: &mut Policy, member: &str) {
    for binding in &mut policy.bindings {
        binding
            .members
            .retain(|other| !living(other).is_some_and(|living| is_same_member(living, member)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: &str) -> Grant {
        Grant {
            role: role.to_owned(),
            condition: None,
        }
    }

    fn policy(members: &[&str]) -> Policy {
        Policy {
            bindings: vec![Binding {
                role: "roles/a".to_owned(),
                members: members.iter().map(|member| (*member).to_owned()).collect(),
                condition: None,
            }],
            ..Policy::default()
        }
    }

    #[test]
    fn a_new_member_takes_the_place_of_the_deleted_one_of_its_name() {
        let mut policy = policy(&["deleted:serviceAccount:x@p.iam?uid=1", "user:u@e.c"]);
        Edit::Add(grant("roles/b"), "serviceAccount:x@p.iam".to_owned()).apply(&mut policy);
        assert_eq!(policy.bindings[0].members, ["user:u@e.c"]);
        assert_eq!(policy.bindings[1].members, ["serviceAccount:x@p.iam"]);
    }

    #[test]
    fn a_binding_without_members_goes() {
        let mut policy = policy(&["user:u@e.c"]);
        Edit::Remove(grant("roles/a"), "user:U@e.c".to_owned()).apply(&mut policy);
        policy.tidy();
        assert!(policy.bindings.is_empty());
    }

    #[test]
    fn a_condition_makes_another_binding() {
        let mut policy = policy(&["user:u@e.c"]);
        let under = Grant {
            condition: Some(Condition {
                title: "t".to_owned(),
                expression: "true".to_owned(),
                ..Condition::default()
            }),
            ..grant("roles/a")
        };
        Edit::Set(under, vec!["user:v@e.c".to_owned()]).apply(&mut policy);
        assert_eq!(policy.bindings.len(), 2);
        assert_eq!(policy.bindings[0].members, ["user:u@e.c"]);
    }
}
