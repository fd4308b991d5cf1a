//! The permissions that robot accounts can have.

use super::permissions_finding;
use crate::client::{Ask, Client, Version};
use regprov_http::sanitize;
use regprov_provider::Finding;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A resource, its actions, and the first version that lets robot accounts have them.
type Row = (&'static str, &'static str, Version);

const FIRST: Version = Version::new(2, 2);
const LATER: Version = Version::new(2, 12);

const IN_PROJECTS: &[Row] = &[
    ("repository", "read update delete list pull push", FIRST),
    ("artifact", "read create list delete", FIRST),
    ("tag", "create list delete", FIRST),
    ("artifact-label", "create delete", FIRST),
    ("artifact-addition", "read", FIRST),
    ("accessory", "list", FIRST),
    ("scan", "create read stop", FIRST),
    ("sbom", "create stop read", FIRST),
    ("scanner", "create read", FIRST),
    ("tag-retention", "read create delete list update", FIRST),
    ("immutable-tag", "create delete list update", FIRST),
    ("notification-policy", "read create delete list update", FIRST),
    ("preheat-policy", "read create delete list update", FIRST),
    ("label", "read create delete list update", FIRST),
    ("metadata", "read create delete list update", FIRST),
    ("project", "read delete update", FIRST),
    ("log", "list", FIRST),
    ("quota", "read", FIRST),
    ("robot", "create read list delete", LATER),
    ("export-cve", "create read", LATER),
    ("member", "create read update list delete", LATER),
];

const IN_THE_SYSTEM: &[Row] = &[
    ("project", "list create", FIRST),
    ("registry", "read create delete list update", FIRST),
    ("replication", "read create list", FIRST),
    ("replication-policy", "read create delete list update", FIRST),
    ("replication-adapter", "list", FIRST),
    ("scan-all", "read update stop create", FIRST),
    ("garbage-collection", "read create list update stop", FIRST),
    ("purge-audit", "read create list update stop", FIRST),
    ("audit-log", "list", FIRST),
    ("preheat-instance", "read create delete list update", FIRST),
    ("scanner", "read create delete list update", FIRST),
    ("label", "read create delete update", FIRST),
    ("system-volumes", "read", FIRST),
    ("jobservice-monitor", "list stop", FIRST),
    ("security-hub", "read list", FIRST),
    ("catalog", "read", FIRST),
    ("quota", "read list", FIRST),
    ("quota", "update", LATER),
    ("robot", "create read list delete", LATER),
    ("user", "create read update list delete", LATER),
    ("user-group", "create read update list delete", LATER),
    ("ldap-user", "create list", LATER),
];

#[derive(Deserialize)]
struct Told {
    project: Option<Vec<Permission>>,
    system: Option<Vec<Permission>>,
}

#[derive(Deserialize)]
struct Permission {
    #[serde(default)]
    resource: String,
    #[serde(default)]
    action: String,
}

type Actions = BTreeMap<String, BTreeSet<String>>;

/// The permissions that there are, in projects and in the system.
pub(super) struct Table {
    projects: Actions,
    system: Actions,
}

fn known(rows: &[Row], version: Option<Version>) -> Actions {
    let mut actions = Actions::new();
    for (resource, names, since) in rows {
        if version.is_none_or(|version| version >= *since) {
            let entry = actions.entry((*resource).to_owned()).or_default();
            entry.extend(names.split(' ').map(str::to_owned));
        }
    }
    actions
}

fn told(permissions: Option<Vec<Permission>>) -> Actions {
    let mut actions = Actions::new();
    for permission in permissions.into_iter().flatten() {
        actions
            .entry(permission.resource)
            .or_default()
            .insert(permission.action);
    }
    actions
}

impl Table {
    /// What the Harbor tells to administrators since 2.10; for others what is known of its version.
    pub(super) async fn of(client: &Client) -> Self {
        let ask = Ask::new("/permissions", "list the permissions of robot accounts");
        let answer: Option<Told> = client.api.get(ask).await.ok().flatten();
        let (projects, system) = match answer {
            Some(answer) => (told(answer.project), told(answer.system)),
            None => (Actions::new(), Actions::new()),
        };
        let or_known = |told: Actions, rows| {
            if told.is_empty() {
                known(rows, client.version)
            } else {
                told
            }
        };
        Self {
            projects: or_known(projects, IN_PROJECTS),
            system: or_known(system, IN_THE_SYSTEM),
        }
    }

    /// The finding for a permission that there is not, with those that there are.
    pub(super) fn unknown(&self, kind: &str, resource: &str, action: &str) -> Option<Finding> {
        let (actions, place) = match kind {
            "project" => (&self.projects, "in a project"),
            "system" => (&self.system, "in the system"),
            _ => return None,
        };
        let (detail, remedy) = match actions.get(resource) {
            Some(known) if known.contains(action) => return None,
            Some(known) => (
                format!(
                    "A robot account cannot have `{}` on `{resource}` {place}.",
                    sanitize(action)
                ),
                format!("The actions of `{resource}` are {}.", listed(known.iter())),
            ),
            None => (
                format!(
                    "A robot account can have no permission on `{}` {place}.{}",
                    sanitize(resource),
                    meant(resource, actions)
                ),
                format!("The resources are {}.", listed(actions.keys())),
            ),
        };
        Some(permissions_finding(
            true,
            "Permission does not exist",
            detail,
            &remedy,
        ))
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{}`", sanitize(name))).collect();
    names.join(", ")
}

fn meant(resource: &str, actions: &Actions) -> String {
    let close = actions
        .keys()
        .map(|name| (strsim::damerau_levenshtein(name, resource), name))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    close.map_or_else(String::new, |(_, name)| format!(" Did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(version: Option<Version>) -> Table {
        Table {
            projects: known(IN_PROJECTS, version),
            system: known(IN_THE_SYSTEM, version),
        }
    }

    #[test]
    fn a_permission_that_does_not_exist_is_told_with_those_that_do() {
        let finding = table(None).unknown("project", "repository", "create").unwrap();
        assert_eq!(
            finding.detail,
            "A robot account cannot have `create` on `repository` in a project."
        );
        assert_eq!(
            finding.remedy.unwrap(),
            "The actions of `repository` are `delete`, `list`, `pull`, `push`, `read`, `update`."
        );
        let finding = table(None).unknown("project", "repositry", "push").unwrap();
        assert!(
            finding.detail.ends_with("Did you mean `repository`?"),
            "{}",
            finding.detail
        );
        assert!(table(None).unknown("project", "repository", "push").is_none());
    }

    #[test]
    fn older_harbors_have_fewer_permissions() {
        let old = table(Version::read("v2.11.0"));
        assert!(old.unknown("project", "robot", "create").is_some());
        assert!(old.unknown("system", "quota", "update").is_some());
        assert!(old.unknown("system", "quota", "read").is_none());
        assert!(
            table(Version::read("v2.12.0"))
                .unknown("system", "quota", "update")
                .is_none()
        );
    }
}
