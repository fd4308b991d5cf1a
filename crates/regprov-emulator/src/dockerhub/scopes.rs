//! What tokens may be given, and what goes with it.

/// The scopes of personal access tokens, the mightiest first: each holds those after it.
pub(super) const PERSONAL: [&str; 4] = ["repo:admin", "repo:write", "repo:read", "repo:public_read"];

/// Scopes on repositories, each with those that it holds.
const REPOSITORY: &[(&str, &[&str])] = &[
    ("scope-image-pull", &[]),
    ("scope-image-push", &["scope-image-pull"]),
    ("scope-image-delete", &["scope-image-push", "scope-image-pull"]),
    ("scope-repository-read", &[]),
    ("scope-repository-edit", &["scope-repository-read"]),
    (
        "scope-repository-admin",
        &["scope-repository-edit", "scope-repository-read"],
    ),
    ("scope-tag-read", &[]),
    ("scope-tag-admin", &["scope-tag-read"]),
    ("scope-webhook-read", &[]),
    ("scope-webhook-edit", &["scope-webhook-read"]),
    (
        "scope-webhook-admin",
        &["scope-webhook-edit", "scope-webhook-read"],
    ),
    ("scope-repo-group-read", &[]),
    ("scope-repo-group-edit", &["scope-repo-group-read"]),
    (
        "scope-repo-group-admin",
        &["scope-repo-group-edit", "scope-repo-group-read"],
    ),
    ("scope-repository-settings-admin", &[]),
    ("scope-repository-list", &[]),
];

/// Scopes on an organization, each with those that it holds.
const ORGANIZATION: &[(&str, &[&str])] = &[
    ("scope-member-read", &[]),
    ("scope-member-edit", &["scope-member-read"]),
    ("scope-invite-read", &[]),
    ("scope-invite-edit", &["scope-invite-read"]),
    ("scope-group-read", &[]),
    ("scope-group-edit", &["scope-group-read"]),
    ("scope-activity-read", &[]),
    ("scope-siem_credentials-read", &[]),
    ("scope-ram-read", &[]),
    ("scope-ram-write", &["scope-ram-read"]),
    ("scope-report-read", &[]),
    ("scope-repository-create", &[]),
    ("scope-repository-list", &[]),
    ("scope-registry-usage-read", &[]),
];

fn of(kind: &str) -> &'static [(&'static str, &'static [&'static str])] {
    if kind == "TYPE_ORG" {
        ORGANIZATION
    } else {
        REPOSITORY
    }
}

/// Whether there is such a scope for a kind of resource.
pub(super) fn exists(kind: &str, scope: &str) -> bool {
    of(kind).iter().any(|(name, _)| *name == scope)
}

/// Whether a scope that was given holds one that is wanted.
pub(super) fn holds(given: &str, wanted: &str) -> bool {
    given == wanted
        || [REPOSITORY, ORGANIZATION]
            .into_iter()
            .flatten()
            .any(|(name, held)| *name == given && held.contains(&wanted))
}
