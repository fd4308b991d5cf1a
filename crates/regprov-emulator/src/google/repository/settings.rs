//! What a request may say of a repository.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::google::failure::Failure;

const FORMATS: [&str; 12] = [
    "DOCKER", "MAVEN", "NPM", "APT", "YUM", "GOOGET", "PYTHON", "KFP", "GO", "GENERIC", "RUBY", "CONDA",
];
const MODES: [&str; 3] = ["STANDARD_REPOSITORY", "VIRTUAL_REPOSITORY", "REMOTE_REPOSITORY"];

/// What an update may change.
const MUTABLE: [&str; 10] = [
    "description",
    "labels",
    "dockerConfig",
    "mavenConfig",
    "virtualRepositoryConfig",
    "remoteRepositoryConfig",
    "cleanupPolicies",
    "cleanupPolicyDryRun",
    "vulnerabilityScanningConfig",
    "platformLogsConfig",
];

/// A repository as a request writes it. What the service decides may stand there and is ignored.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Settings {
    #[serde(skip_serializing_if = "String::is_empty")]
    format: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mode: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    kms_key_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    docker_config: Option<DockerConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maven_config: Option<MavenConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    virtual_repository_config: Option<VirtualConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_repository_config: Option<RemoteConfig>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    cleanup_policies: BTreeMap<String, CleanupPolicy>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cleanup_policy_dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    vulnerability_scanning_config: Option<ScanningConfig>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disallow_unspecified_mode: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_logs_config: Option<LogsConfig>,
    #[serde(skip_serializing)]
    name: String,
    #[serde(skip_serializing)]
    create_time: String,
    #[serde(skip_serializing)]
    update_time: String,
    #[serde(skip_serializing)]
    size_bytes: Value,
    #[serde(skip_serializing)]
    satisfies_pzi: bool,
    #[serde(skip_serializing)]
    satisfies_pzs: bool,
    #[serde(skip_serializing)]
    registry_uri: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DockerConfig {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    immutable_tags: bool,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct MavenConfig {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    allow_snapshot_overwrites: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    version_policy: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VirtualConfig {
    #[serde(default)]
    upstream_policies: Vec<Upstream>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Upstream {
    id: String,
    priority: i64,
    repository: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct RemoteConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing)]
    disable_upstream_validation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_cache: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_credentials: Option<Credentials>,
    #[serde(skip_serializing_if = "Option::is_none")]
    docker_repository: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    common_repository: Option<Uri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    apt_repository: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maven_repository: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    npm_repository: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    python_repository: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    yum_repository: Option<Source>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Source {
    #[serde(skip_serializing_if = "Option::is_none")]
    public_repository: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_repository: Option<Uri>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Uri {
    #[serde(default)]
    uri: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Credentials {
    username_password_credentials: UsernamePassword,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct UsernamePassword {
    username: String,
    password_secret_version: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct CleanupPolicy {
    id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<CleanupCondition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    most_recent_versions: Option<MostRecent>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct CleanupCondition {
    #[serde(skip_serializing_if = "String::is_empty")]
    tag_state: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tag_prefixes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    version_name_prefixes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    package_name_prefixes: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    older_than: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    newer_than: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct MostRecent {
    #[serde(skip_serializing_if = "is_zero")]
    keep_count: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    package_name_prefixes: Vec<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct ScanningConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    enablement_config: String,
    #[serde(skip_serializing)]
    enablement_state: String,
    #[serde(skip_serializing)]
    enablement_state_reason: String,
    #[serde(skip_serializing)]
    last_enable_time: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct LogsConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    logging_state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    severity_level: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn invalid() -> Failure {
    Failure::invalid("Request contains an invalid argument.")
}

fn one_of(field: &str, value: &str, known: &[&str]) -> Result<(), Failure> {
    if value.is_empty() || known.contains(&value) {
        return Ok(());
    }
    Err(Failure::invalid_field(
        field,
        &format!("Invalid value at '{field}' (TYPE_ENUM), \"{value}\""),
    ))
}

fn is_duration(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_suffix('s')
            .is_some_and(|number| number.parse::<f64>().is_ok_and(|seconds| seconds >= 0.0))
}

fn is_label(text: &str) -> bool {
    let plain = |letter: char| {
        letter.is_lowercase()
            || letter.is_ascii_digit()
            || letter == '-'
            || letter == '_'
            || (letter.is_alphabetic() && !letter.is_uppercase())
    };
    text.chars().count() <= 63 && text.chars().all(plain)
}

impl Settings {
    /// The settings of a new repository.
    pub(super) fn checked(mut self) -> Result<Map<String, Value>, Failure> {
        if self.format.is_empty() {
            return Err(invalid());
        }
        if self.mode.is_empty() || self.mode == "MODE_UNSPECIFIED" {
            "STANDARD_REPOSITORY".clone_into(&mut self.mode);
        }
        self.check()?;
        let remote = self.mode == "REMOTE_REPOSITORY";
        if remote != self.remote_repository_config.is_some() {
            return Err(invalid());
        }
        if self.virtual_repository_config.is_some() && self.mode != "VIRTUAL_REPOSITORY" {
            return Err(invalid());
        }
        Ok(self.into_map())
    }

    fn check(&self) -> Result<(), Failure> {
        one_of("repository.format", &self.format, &FORMATS)?;
        one_of("repository.mode", &self.mode, &MODES)?;
        if self.labels.len() > 64
            || !self
                .labels
                .iter()
                .all(|(key, value)| is_label(key) && is_label(value))
        {
            return Err(invalid());
        }
        for (id, policy) in &self.cleanup_policies {
            one_of(
                "repository.cleanup_policies.action",
                &policy.action,
                &["DELETE", "KEEP"],
            )?;
            if policy.id != *id || policy.condition.is_some() == policy.most_recent_versions.is_some() {
                return Err(invalid());
            }
            let Some(condition) = &policy.condition else {
                continue;
            };
            one_of(
                "repository.cleanup_policies.condition.tag_state",
                &condition.tag_state,
                &["TAGGED", "UNTAGGED", "ANY"],
            )?;
            if !is_duration(&condition.older_than) || !is_duration(&condition.newer_than) {
                return Err(invalid());
            }
        }
        if let Some(config) = &self.vulnerability_scanning_config {
            let known = ["INHERITED", "DISABLED", "ENABLEMENT_CONFIG_UNSPECIFIED"];
            one_of(
                "repository.vulnerability_scanning_config.enablement_config",
                &config.enablement_config,
                &known,
            )?;
        }
        let upstreams = self
            .virtual_repository_config
            .iter()
            .flat_map(|config| &config.upstream_policies);
        for upstream in upstreams {
            if !upstream.repository.starts_with("projects/") || upstream.id.is_empty() {
                return Err(invalid());
            }
        }
        Ok(())
    }

    fn into_map(self) -> Map<String, Value> {
        match json!(self) {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// Changes what a mask names; everything that may be changed where there is no mask.
    pub(super) fn change(
        self,
        settings: &mut Map<String, Value>,
        mask: Option<Vec<String>>,
    ) -> Result<(), Failure> {
        self.check()?;
        let written = self.into_map();
        let mask = mask.filter(|mask| mask.iter().all(|path| path != "*"));
        let paths = mask.unwrap_or_else(|| MUTABLE.iter().map(|path| (*path).to_owned()).collect());
        for path in paths {
            let (top, rest) = path.split_once('.').unwrap_or((&path, ""));
            if !MUTABLE.contains(&top) {
                return Err(invalid());
            }
            if rest.is_empty() {
                match written.get(top) {
                    Some(value) => settings.insert(top.to_owned(), value.clone()),
                    None => settings.remove(top),
                };
                continue;
            }
            let pointer = format!("/{}", rest.replace('.', "/"));
            let value = written
                .get(top)
                .and_then(|value| value.pointer(&pointer))
                .cloned();
            set(settings.entry(top).or_insert_with(|| json!({})), rest, value);
        }
        Ok(())
    }
}

/// Sets a member by its path, or removes it.
fn set(within: &mut Value, path: &str, value: Option<Value>) {
    match path.split_once('.') {
        Some((first, rest)) => {
            if within.get(first).is_none_or(|inner| !inner.is_object()) {
                within[first] = json!({});
            }
            set(&mut within[first], rest, value);
        }
        None => match value {
            Some(value) => within[path] = value,
            None => {
                within.as_object_mut().map(|members| members.remove(path));
            }
        },
    }
}
