//! What robot accounts may do.

use super::wire;
use crate::fields::filled;
use regprov_provider::Partial;
use regprov_schema::{Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What an account may do in one project, in all of them, or in the system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Permission {
    /// `project` or `system`.
    #[schema(rules = &[Rule::OneOf(&["project", "system"])])]
    pub(crate) kind: String,
    /// The name of the project, `*` for all of them, or `/` for the system.
    pub(crate) namespace: String,
    /// What may be done.
    #[schema(block, min = 1)]
    pub(crate) access: BTreeSet<Access>,
}

/// One thing that may be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Access {
    /// What is done: `push`.
    pub(crate) action: String,
    /// To what: `repository`.
    pub(crate) resource: String,
    /// `allow`, which is also meant where it is not written.
    pub(crate) effect: Option<String>,
}

/// Whether an effect is the one that is also meant where none is written; the public provider records it as empty.
fn is_allowed(effect: &str) -> bool {
    effect.is_empty() || effect == "allow"
}

/// The permissions as they were read, each effect in the spelling of what was recorded.
pub(super) fn observed(
    read: Option<Vec<wire::Permission>>,
    recorded: Option<&BTreeSet<Permission>>,
) -> BTreeSet<Permission> {
    let spelled: BTreeMap<(&str, &str, &str, &str), &str> = recorded
        .into_iter()
        .flatten()
        .flat_map(|permission| {
            let (kind, namespace) = (permission.kind.as_str(), permission.namespace.as_str());
            permission.access.iter().filter_map(move |access| {
                let effect = access.effect.as_deref().filter(|effect| is_allowed(effect))?;
                let key = (kind, namespace, access.resource.as_str(), access.action.as_str());
                Some((key, effect))
            })
        })
        .collect();
    let permissions = read.into_iter().flatten().map(|permission| {
        let (kind, namespace) = (permission.kind, permission.namespace);
        let access = permission.access.into_iter().flatten().map(|access| {
            let key = (
                kind.as_str(),
                namespace.as_str(),
                access.resource.as_str(),
                access.action.as_str(),
            );
            let effect = match filled(access.effect).filter(|effect| !is_allowed(effect)) {
                Some(other) => Some(other),
                None => spelled.get(&key).map(|effect| (*effect).to_owned()),
            };
            Access {
                action: access.action,
                resource: access.resource,
                effect,
            }
        });
        let access = access.collect();
        Permission {
            kind,
            namespace,
            access,
        }
    });
    permissions.collect()
}

/// A permission as what it means.
type Meant = (String, String, BTreeSet<(String, String, String)>);

fn meant(object: Partial<'_>) -> Option<BTreeSet<Meant>> {
    let permissions = object
        .known("permissions")
        .filter(|value| value.is_wholly_known())?;
    let text = |value: &Value, name: &str| Partial(value).text(name).unwrap_or_default().to_owned();
    let meant = permissions.as_items()?.iter().map(|permission| {
        let access = permission
            .get("access")
            .and_then(Value::as_items)
            .unwrap_or_default();
        let access = access.iter().map(|access| {
            let effect = Partial(access).text("effect").filter(|effect| !effect.is_empty());
            let effect = effect.unwrap_or("allow").to_owned();
            (text(access, "resource"), text(access, "action"), effect)
        });
        (
            text(permission, "kind"),
            text(permission, "namespace"),
            access.collect(),
        )
    });
    Some(meant.collect())
}

/// Whether two objects have the same permissions, however they spell what is allowed.
pub(super) fn are_same(prior: Partial<'_>, desired: Partial<'_>) -> bool {
    match (meant(prior), meant(desired)) {
        (Some(prior), Some(desired)) => prior == desired,
        (_, _) => false,
    }
}
