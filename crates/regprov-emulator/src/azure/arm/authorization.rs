//! Who may do what: role assignments at, above and below a scope, roles, conditions, and what a scene forbids.

use super::action::covers;
use super::condition::{Condition as RoleCondition, Question};
use crate::azure::records::{ROLE_ASSIGNMENTS, RoleAssignment};
use crate::azure::roles;
use crate::scene::Condition;
use crate::store::Transaction;

/// Whether a scope is the same as another or lies above it.
pub(crate) fn contains(above: &str, scope: &str) -> bool {
    let above = above.trim_end_matches('/').to_ascii_lowercase();
    let scope = scope.trim_end_matches('/').to_ascii_lowercase();
    scope
        .strip_prefix(&above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The role assignments of a principal that count at a scope.
fn assignments(tx: &Transaction, principal: &str, scope: &str) -> impl Iterator<Item = RoleAssignment> {
    let all = tx.scan::<RoleAssignment>(ROLE_ASSIGNMENTS, "");
    let (principal, scope) = (principal.to_owned(), scope.to_owned());
    all.into_iter()
        .map(|(_, assignment)| assignment)
        .filter(move |held| {
            held.principal_id.eq_ignore_ascii_case(&principal) && contains(&held.scope, &scope)
        })
}

/// Whether a principal may do a control-plane action at a scope.
pub(crate) fn allows(tx: &Transaction, principal: &str, action: &str, scope: &str) -> bool {
    if forbidden(tx, principal, action, scope) {
        return false;
    }
    assignments(tx, principal, scope).any(|assignment| {
        roles::by_id(&assignment.role).is_some_and(|role| {
            role.actions.iter().any(|pattern| covers(pattern, action))
                && !role.not_actions.iter().any(|pattern| covers(pattern, action))
        })
    })
}

/// The roles that a principal holds at a scope.
pub(super) fn roles_at(tx: &Transaction, principal: &str, scope: &str) -> Vec<String> {
    assignments(tx, principal, scope)
        .map(|assignment| assignment.role)
        .collect()
}

/// The actions that a scene withholds from a principal at a scope.
pub(super) fn withheld(tx: &Transaction, principal: &str, scope: &str) -> Vec<String> {
    let withheld = tx
        .conditions()
        .into_iter()
        .filter_map(|condition| match condition {
            Condition::NoPermission {
                principal: whom,
                action,
                scope: above,
            } if whom.eq_ignore_ascii_case(principal) && contains(&above, scope) => Some(action),
            _ => None,
        });
    withheld.collect()
}

/// Whether a principal may do a data action at a scope, on a repository where the action is about one.
pub(crate) fn allows_data(
    tx: &Transaction,
    principal: &str,
    action: &str,
    (scope, repository): (&str, Option<&str>),
) -> bool {
    if forbidden(tx, principal, action, scope) {
        return false;
    }
    assignments(tx, principal, scope).any(|assignment| {
        let granted = roles::by_id(&assignment.role).is_some_and(|role| {
            role.data_actions.iter().any(|pattern| covers(pattern, action))
                && !role
                    .not_data_actions
                    .iter()
                    .any(|pattern| covers(pattern, action))
        });
        granted && holds(assignment.condition.as_deref(), action, repository)
    })
}

fn holds(condition: Option<&str>, action: &str, repository: Option<&str>) -> bool {
    match condition {
        None => true,
        Some(text) => {
            RoleCondition::parse(text).is_ok_and(|read| read.holds(Question { action, repository }))
        }
    }
}

/// Whether a condition of a role assignment can be read; the error says what was not understood.
pub(crate) fn check_condition(text: &str) -> Result<(), String> {
    RoleCondition::parse(text).map(|_| ())
}

/// Whether a scene says that the principal may not.
fn forbidden(tx: &Transaction, principal: &str, action: &str, scope: &str) -> bool {
    tx.conditions().iter().any(|condition| {
        let Condition::NoPermission {
            principal: whom,
            action: pattern,
            scope: above,
        } = condition
        else {
            return false;
        };
        whom.eq_ignore_ascii_case(principal) && covers(pattern, action) && contains(above, scope)
    })
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn a_scope_contains_itself_and_what_is_below_it() {
        assert!(contains("/", "/subscriptions/s"));
        assert!(contains("/subscriptions/S", "/subscriptions/s/resourceGroups/g"));
        assert!(!contains(
            "/subscriptions/s/resourceGroups/g",
            "/subscriptions/s/resourceGroups/group"
        ));
        assert!(!contains("/subscriptions/s/resourceGroups/g", "/subscriptions/s"));
    }
}
