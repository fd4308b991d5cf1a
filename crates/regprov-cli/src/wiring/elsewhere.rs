//! Secrets in states of types that this program does not have: a state passes through unchanged, but not in clear.

use regprov_addr::{AttributePath, ResourceMode};
use regprov_state::Snapshot;

/// Attributes of credentials for registries that their public schemas call sensitive.
const SECRETS: &[(&str, &str)] = &[
    ("aws_iam_access_key", "secret"),
    ("aws_iam_access_key", "ses_smtp_password_v4"),
    ("docker_access_token", "token"),
    ("docker_org_access_token", "token"),
    ("google_service_account_key", "private_key"),
    ("harbor_registry", "access_secret"),
    ("harbor_robot_account", "secret"),
    ("harbor_user", "password"),
    ("kubernetes_secret", "data"),
    ("kubernetes_secret_v1", "data"),
    ("ovh_cloud_project_containerregistry_user", "password"),
];

/// Adds these places to what a state calls secret.
pub(super) fn declare(snapshot: &mut Snapshot) {
    for (key, state) in &mut snapshot.instances {
        let resource = &key.address.resource;
        if resource.mode != ResourceMode::Managed {
            continue;
        }
        let named = SECRETS.iter().filter(|(kind, _)| *kind == resource.resource_type);
        for (_, attribute) in named {
            if state
                .attributes
                .get(*attribute)
                .is_some_and(|value| !value.is_null())
            {
                state.sensitive_paths.push(AttributePath::root().name(*attribute));
            }
        }
        state.sensitive_paths.sort();
        state.sensitive_paths.dedup();
    }
}
