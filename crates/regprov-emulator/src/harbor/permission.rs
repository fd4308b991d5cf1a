//! Who may do what: the rights of project roles, of everybody in public projects, and those that robots may be given.

use super::version::Version;

/// Resources and the actions on them, as `resource: action action; …`.
struct Table(&'static str);

impl Table {
    fn pairs(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0
            .split(';')
            .filter_map(|line| line.trim().split_once(':'))
            .flat_map(|(resource, actions)| actions.split_whitespace().map(move |action| (resource, action)))
    }

    fn has(&self, wanted: (&str, &str)) -> bool {
        self.pairs().any(|pair| pair == wanted)
    }
}

/// The project itself, as a resource of its own rights.
pub(super) const PROJECT: &str = "project";

const PUBLIC: Table = Table(
    "project: read; label: read list; repository: list pull; scan: read; scanner: read; tag: list;
     artifact: read list; artifact-addition: read; accessory: list",
);

const PROJECT_ADMIN: Table = Table(
    "project: read update delete; member: create read update delete list; metadata: create read update delete list;
     log: list; label: create read update delete list; quota: read;
     repository: create read update delete list pull push; tag-retention: create read update delete list operate;
     immutable-tag: create update delete list; configuration: read update; robot: create read update delete list;
     notification-policy: create update delete list read; scan: create read stop; sbom: create stop read;
     scanner: read create; artifact: create read delete list; artifact-addition: read; tag: list create delete;
     accessory: list; artifact-label: create delete; preheat-policy: create read update delete list;
     export-cve: create read list",
);

const MAINTAINER: Table = Table(
    "project: read; member: read list; metadata: read list; quota: read; label: create read update delete list;
     repository: create read update delete list push pull; tag-retention: create read update delete list operate;
     accessory: list; immutable-tag: create update delete list; configuration: read; robot: read list;
     notification-policy: read list; scan: create read stop; sbom: create stop read; scanner: read;
     artifact: create read delete list; artifact-addition: read; tag: list create delete;
     artifact-label: create delete; export-cve: create read list",
);

const DEVELOPER: Table = Table(
    "project: read; member: read list; label: read list; quota: read;
     repository: create read update list push pull; tag-retention: create read update delete list operate;
     configuration: read; robot: read list; scan: read; sbom: read; scanner: read; artifact: create read list;
     artifact-addition: read; tag: list create; accessory: list; artifact-label: create delete;
     export-cve: create read list",
);

const GUEST: Table = Table(
    "project: read; member: read list; label: read list; quota: read; repository: read list pull;
     configuration: read; robot: read list; scan: read; sbom: read; scanner: read; tag: list; accessory: list;
     artifact: read list; artifact-addition: read",
);

const LIMITED_GUEST: Table = Table(
    "project: read; quota: read; repository: list read pull; configuration: read; scan: read; sbom: read;
     scanner: read; tag: list; accessory: list; artifact: read list; artifact-addition: read",
);

const ROBOT_PROJECT: Table = Table(
    "log: list; project: read delete update; metadata: read create delete list update;
     repository: read update delete list pull push; artifact: read create list delete; scan: create read stop;
     sbom: create stop read; tag: create list delete; accessory: list; artifact-addition: read;
     artifact-label: create delete; scanner: create read; preheat-policy: read create delete list update;
     immutable-tag: create delete list update; notification-policy: read create delete list update;
     tag-retention: read create delete list update; label: read create delete list update; quota: read",
);

const ROBOT_PROJECT_2_12: Table =
    Table("robot: create read list delete; export-cve: create read; member: create read update list delete");

const ROBOT_SYSTEM: Table = Table(
    "audit-log: list; preheat-instance: read create delete list update; project: list create;
     replication-policy: read create delete list update; replication: read create list; replication-adapter: list;
     registry: read create delete list update; scan-all: read update stop create; system-volumes: read;
     garbage-collection: read create list update stop; purge-audit: read create list update stop;
     jobservice-monitor: list stop; scanner: read create delete list update; label: read create delete update;
     security-hub: read list; catalog: read; quota: read list",
);

const ROBOT_SYSTEM_2_12: Table = Table(
    "robot: create read list delete; user: create read update list delete; ldap-user: create list; quota: update;
     user-group: create read update list delete",
);

/// Where a robot's permission applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    System,
    Project,
}

/// What robots may be given, on a release that checks it.
pub(super) fn grantable(version: &Version, kind: Kind) -> Vec<(&'static str, &'static str)> {
    let (base, later) = match kind {
        Kind::System => (ROBOT_SYSTEM, ROBOT_SYSTEM_2_12),
        Kind::Project => (ROBOT_PROJECT, ROBOT_PROJECT_2_12),
    };
    let mut pairs: Vec<_> = base.pairs().collect();
    if version.has(2, 12) {
        pairs.extend(later.pairs());
    }
    pairs
}

/// Whether a role of a project has a right.
pub(super) fn role_has(role: u8, wanted: (&str, &str)) -> bool {
    match role {
        1 => PROJECT_ADMIN.has(wanted),
        2 => DEVELOPER.has(wanted),
        3 => GUEST.has(wanted),
        4 => MAINTAINER.has(wanted),
        5 => LIMITED_GUEST.has(wanted),
        _ => false,
    }
}

/// Whether everybody has a right in a public project.
pub(super) fn public_has(wanted: (&str, &str)) -> bool {
    PUBLIC.has(wanted)
}

/// The name of a role.
pub(super) fn role_name(role: u8) -> &'static str {
    match role {
        1 => "projectAdmin",
        2 => "developer",
        3 => "guest",
        4 => "maintainer",
        5 => "limitedGuest",
        _ => "",
    }
}

/// How much a role may, of several that somebody has.
pub(super) fn role_power(role: u8) -> u8 {
    match role {
        1 => 50,
        4 => 40,
        2 => 30,
        3 => 20,
        5 => 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_may_manage_robots_and_members_only_from_2_12_on() {
        let at = |text: &str, kind| grantable(&text.parse().unwrap(), kind);
        assert!(!at("v2.11.0", Kind::Project).contains(&("robot", "create")));
        assert!(at("v2.12.0", Kind::Project).contains(&("robot", "create")));
        assert!(at("v2.12.0", Kind::System).contains(&("quota", "update")));
        assert!(
            !at("v2.15.0", Kind::System).contains(&("robot", "update")),
            "no release knows that right"
        );
    }

    #[test]
    fn a_developer_pushes_and_a_guest_only_pulls() {
        assert!(role_has(2, ("repository", "push")) && !role_has(2, ("repository", "delete")));
        assert!(role_has(3, ("repository", "pull")) && !role_has(3, ("repository", "push")));
        assert!(public_has(("repository", "pull")) && !public_has(("member", "list")));
    }
}
