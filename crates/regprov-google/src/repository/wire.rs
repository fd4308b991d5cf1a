//! Repositories as the API writes them. What is unset is left away, as the service does.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! wire {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(crate) struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(crate) $field: Option<$ty>,
            )*
        }
    };
}

wire!(
    /// A repository.
    Repository {
        name: String,
        format: String,
        mode: String,
        description: String,
        labels: BTreeMap<String, String>,
        kms_key_name: String,
        docker_config: DockerConfig,
        maven_config: MavenConfig,
        cleanup_policies: BTreeMap<String, CleanupPolicy>,
        cleanup_policy_dry_run: bool,
        virtual_repository_config: VirtualConfig,
        remote_repository_config: RemoteConfig,
        vulnerability_scanning_config: ScanningConfig,
        create_time: String,
        update_time: String,
        registry_uri: String,
    }
);
wire!(DockerConfig { immutable_tags: bool });
wire!(MavenConfig {
    allow_snapshot_overwrites: bool,
    version_policy: String,
});
wire!(CleanupPolicy {
    id: String,
    action: String,
    condition: CleanupCondition,
    most_recent_versions: MostRecent,
});
wire!(CleanupCondition {
    tag_state: String,
    tag_prefixes: Vec<String>,
    version_name_prefixes: Vec<String>,
    package_name_prefixes: Vec<String>,
    older_than: String,
    newer_than: String,
});
wire!(MostRecent {
    keep_count: i64,
    package_name_prefixes: Vec<String>,
});
wire!(VirtualConfig {
    upstream_policies: Vec<Upstream>,
});
wire!(Upstream {
    id: String,
    priority: i64,
    repository: String,
});
wire!(RemoteConfig {
    description: String,
    disable_upstream_validation: bool,
    apt_repository: PackageUpstream,
    common_repository: CommonUpstream,
    docker_repository: NamedUpstream,
    maven_repository: NamedUpstream,
    npm_repository: NamedUpstream,
    python_repository: NamedUpstream,
    yum_repository: PackageUpstream,
    upstream_credentials: UpstreamCredentials,
    no_cache: Nothing,
});
wire!(CommonUpstream { uri: String });
wire!(NamedUpstream {
    public_repository: String,
    custom_repository: CommonUpstream,
});
wire!(PackageUpstream {
    public_repository: PublicPackages,
});
wire!(PublicPackages {
    repository_base: String,
    repository_path: String,
});
wire!(UpstreamCredentials {
    username_password_credentials: UsernamePassword,
});
wire!(UsernamePassword {
    username: String,
    password_secret_version: String,
});
wire!(ScanningConfig {
    enablement_config: String,
    enablement_state: String,
    enablement_state_reason: String,
});

/// A message without members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Nothing {}

/// A page of locations.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LocationPage {
    pub(crate) locations: Vec<Location>,
    pub(crate) next_page_token: Option<String>,
}

/// A location.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Location {
    pub(crate) location_id: String,
}
