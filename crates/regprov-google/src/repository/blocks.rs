//! The nested blocks of repositories, and what they are on the wire.

use super::wire;
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Declares a block.
macro_rules! block {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
        pub(crate) struct $name {
            $($(#[$field_meta])* pub(crate) $field: $ty,)*
        }
    };
}

block!(
    /// Settings of a Docker repository.
    Docker {
        /// Whether tags cannot be moved.
        immutable_tags: Option<bool>,
    }
);
block!(
    /// Settings of a Maven repository.
    Maven {
        /// Whether snapshots can be written again.
        #[schema(replaces)]
        allow_snapshot_overwrites: Option<bool>,
        /// Which versions it takes.
        #[schema(replaces, default = "VERSION_POLICY_UNSPECIFIED", rules = &[Rule::OneOf(&["VERSION_POLICY_UNSPECIFIED", "RELEASE", "SNAPSHOT"])])]
        version_policy: Option<String>,
    }
);
block!(
    /// A rule by which images are deleted or kept.
    Cleanup {
        /// Its id.
        id: String,
        /// What is done.
        #[schema(rules = &[Rule::OneOf(&["DELETE", "KEEP"])])]
        action: Option<String>,
        /// For which versions.
        #[schema(block, max = 1)]
        condition: Vec<CleanupCondition>,
        /// For how many of the latest versions.
        #[schema(block, max = 1)]
        most_recent_versions: Vec<MostRecent>,
    }
);
block!(
    /// Which versions a rule is about.
    CleanupCondition {
        /// Tagged ones, untagged ones, or any.
        #[schema(default = "ANY", rules = &[Rule::OneOf(&["TAGGED", "UNTAGGED", "ANY", "TAG_STATE_UNSPECIFIED"])])]
        tag_state: Option<String>,
        /// How their tags begin.
        tag_prefixes: Option<Vec<String>>,
        /// How their names begin.
        version_name_prefixes: Option<Vec<String>>,
        /// How the names of their packages begin.
        package_name_prefixes: Option<Vec<String>>,
        /// Older than a duration: `30d`, `12h`.
        #[schema(rules = &[Rule::Check(check_duration)], meaning = Meaning::By(same_duration))]
        older_than: Option<String>,
        /// Newer than a duration.
        #[schema(rules = &[Rule::Check(check_duration)], meaning = Meaning::By(same_duration))]
        newer_than: Option<String>,
    }
);
block!(
    /// How many of the latest versions are kept.
    MostRecent {
        /// How many.
        keep_count: Option<i64>,
        /// How the names of their packages begin.
        package_name_prefixes: Option<Vec<String>>,
    }
);
block!(
    /// The repositories that a virtual one joins.
    Virtual {
        /// One of them.
        #[schema(block)]
        upstream_policies: Vec<Upstream>,
    }
);
block!(
    /// A repository that a virtual one joins.
    Upstream {
        /// Its id.
        id: Option<String>,
        /// Which comes first.
        priority: Option<i64>,
        /// Its full name.
        repository: Option<String>,
    }
);
block!(
    /// What a remote repository stands before.
    Remote {
        /// A description.
        #[schema(replaces)]
        description: Option<String>,
        /// Whether what it stands before is not tried first.
        disable_upstream_validation: Option<bool>,
        /// Packages of Debian and Ubuntu.
        #[schema(block, max = 1, replaces)]
        apt_repository: Vec<Packages>,
        /// Any registry of the repository's format.
        #[schema(block, max = 1, replaces)]
        common_repository: Vec<Common>,
        /// A Docker registry.
        #[schema(block, max = 1, replaces)]
        docker_repository: Vec<Named<DockerHub>>,
        /// A Maven repository.
        #[schema(block, max = 1, replaces)]
        maven_repository: Vec<Named<MavenCentral>>,
        /// An npm registry.
        #[schema(block, max = 1, replaces)]
        npm_repository: Vec<Named<NpmJs>>,
        /// A Python index.
        #[schema(block, max = 1, replaces)]
        python_repository: Vec<Named<PyPi>>,
        /// Packages of CentOS, Rocky and others.
        #[schema(block, max = 1, replaces)]
        yum_repository: Vec<Packages>,
        /// Nothing is kept.
        #[schema(block, max = 1, replaces)]
        no_cache: Vec<NoCache>,
        /// Who asks there.
        #[schema(block, max = 1)]
        upstream_credentials: Vec<UpstreamCredentials>,
    }
);
block!(
    /// A registry by its address.
    Common {
        /// Its address, or the full name of a repository.
        #[schema(replaces)]
        uri: String,
    }
);
block!(
    /// A registry by its address.
    Custom {
        /// Its address.
        #[schema(replaces)]
        uri: Option<String>,
    }
);
block!(
    /// Packages of a distribution.
    Packages {
        /// A public archive.
        #[schema(block, max = 1, replaces)]
        public_repository: Vec<PublicPackages>,
    }
);
block!(
    /// A public archive of packages.
    PublicPackages {
        /// Which distribution.
        #[schema(replaces)]
        repository_base: String,
        /// Where in it.
        #[schema(replaces)]
        repository_path: String,
    }
);
block!(
    /// Nothing is kept.
    NoCache {}
);
block!(
    /// Who asks the registry that a remote repository stands before.
    UpstreamCredentials {
        /// A name and a password.
        #[schema(block, max = 1)]
        username_password_credentials: Vec<UsernamePassword>,
    }
);
block!(
    /// A name and a password.
    UsernamePassword {
        /// The name.
        username: Option<String>,
        /// The version of the secret that holds the password.
        password_secret_version: Option<String>,
    }
);
block!(
    /// Whether images are scanned.
    Scanning {
        /// Whether they are.
        #[schema(rules = &[Rule::OneOf(&["INHERITED", "DISABLED"])])]
        enablement_config: Option<String>,
        /// Whether they really are.
        #[schema(meaning = Meaning::By(crate::fields::whatever))]
        enablement_state: Computed<String>,
        /// Why.
        #[schema(meaning = Meaning::By(crate::fields::whatever))]
        enablement_state_reason: Computed<String>,
    }
);

/// The public registry of a format.
pub(crate) trait PublicRegistry: Send + Sync {
    /// What it is called.
    const NAME: &'static str;
}

macro_rules! public {
    ($($name:ident = $text:literal),*) => {
        $(
            #[doc = concat!("The public registry ", $text, ".")]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
            pub(crate) struct $name;
            impl PublicRegistry for $name {
                const NAME: &'static str = $text;
            }
        )*
    };
}
public!(
    DockerHub = "DOCKER_HUB",
    MavenCentral = "MAVEN_CENTRAL",
    NpmJs = "NPMJS",
    PyPi = "PYPI"
);

/// A registry by its name or its address.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Named<P: PublicRegistry> {
    /// The public registry of the format.
    pub(crate) public_repository: Option<String>,
    /// Another registry.
    pub(crate) custom_repository: Vec<Custom>,
    #[serde(skip)]
    public: std::marker::PhantomData<P>,
}

impl<P: PublicRegistry> regprov_schema::Schematic for Named<P> {
    fn block() -> regprov_schema::Block {
        #[derive(Schema)]
        #[expect(dead_code, reason = "only its schema is used")]
        struct Shape {
            /// The public registry of the format.
            #[schema(replaces)]
            public_repository: Option<String>,
            /// Another registry.
            #[schema(block, max = 1, replaces)]
            custom_repository: Vec<Custom>,
        }
        <Shape as regprov_schema::Schematic>::block()
    }
}

/// The seconds of a duration: `30d`, `12h`, `60m`, `90s`, `2592000s`.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let number: f64 = text[..unit].parse().ok()?;
    let factor = match &text[unit..] {
        "d" => 86_400.0,
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        _ => return None,
    };
    Some(number * factor)
}

fn check_duration(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if !text.is_empty() && seconds(text).is_none() => Err(format!(
            "`{text}` is no duration: write a number with d, h, m or s, such as 30d"
        )),
        Some(_) | None => Ok(()),
    }
}

fn same_duration(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => {
            left == right || (seconds(left).is_some() && seconds(left) == seconds(right))
        }
        (left, right) => left.unwrap_or_default() == right.unwrap_or_default(),
    }
}

/// A duration as the API writes it.
fn duration(text: Option<&String>) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    Some(seconds(text).map_or_else(|| text.clone(), |seconds| format!("{seconds}s")))
}

fn text(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn list(items: Option<&Vec<String>>) -> Option<Vec<String>> {
    items.filter(|items| !items.is_empty()).cloned()
}

/// The first block, as it is on the wire.
fn first<B, W>(blocks: &[B], wire: impl Fn(&B) -> W) -> Option<W> {
    blocks.first().map(wire)
}

/// A wire message as a list of one block.
fn one<W, B>(wire: Option<W>, block: impl Fn(W) -> B) -> Vec<B> {
    wire.map(block).into_iter().collect()
}

pub(super) fn docker(blocks: &[Docker]) -> Option<wire::DockerConfig> {
    first(blocks, |block| wire::DockerConfig {
        immutable_tags: block.immutable_tags.filter(|set| *set),
    })
}

pub(super) fn maven(blocks: &[Maven]) -> Option<wire::MavenConfig> {
    first(blocks, |block| wire::MavenConfig {
        allow_snapshot_overwrites: block.allow_snapshot_overwrites.filter(|set| *set),
        version_policy: text(block.version_policy.as_ref())
            .filter(|policy| policy != "VERSION_POLICY_UNSPECIFIED"),
    })
}

pub(super) fn cleanup(block: &Cleanup) -> wire::CleanupPolicy {
    wire::CleanupPolicy {
        id: Some(block.id.clone()),
        action: text(block.action.as_ref()),
        condition: first(&block.condition, |block| wire::CleanupCondition {
            tag_state: Some(text(block.tag_state.as_ref()).unwrap_or_else(|| "ANY".to_owned())),
            tag_prefixes: list(block.tag_prefixes.as_ref()),
            version_name_prefixes: list(block.version_name_prefixes.as_ref()),
            package_name_prefixes: list(block.package_name_prefixes.as_ref()),
            older_than: duration(block.older_than.as_ref()),
            newer_than: duration(block.newer_than.as_ref()),
        }),
        most_recent_versions: first(&block.most_recent_versions, |block| wire::MostRecent {
            keep_count: block.keep_count.filter(|count| *count != 0),
            package_name_prefixes: list(block.package_name_prefixes.as_ref()),
        }),
    }
}

/// Rules by their ids.
pub(super) fn cleanups(blocks: &BTreeSet<Cleanup>) -> BTreeMap<String, wire::CleanupPolicy> {
    blocks
        .iter()
        .map(|block| (block.id.clone(), cleanup(block)))
        .collect()
}

/// The rule that a wire message means; the spelling of `like` is kept where it means the same.
pub(super) fn cleanup_block(id: String, wire: wire::CleanupPolicy, like: &BTreeSet<Cleanup>) -> Cleanup {
    let mut wire = wire::CleanupPolicy {
        id: Some(id.clone()),
        ..wire
    };
    if let Some(condition) = &mut wire.condition {
        condition.tag_state.get_or_insert_with(|| "ANY".to_owned());
        condition.older_than = duration(condition.older_than.as_ref());
        condition.newer_than = duration(condition.newer_than.as_ref());
    }
    if let Some(like) = like.iter().find(|like| cleanup(like) == wire) {
        return like.clone();
    }
    Cleanup {
        id,
        action: wire.action,
        condition: one(wire.condition, |wire| CleanupCondition {
            tag_state: wire.tag_state,
            tag_prefixes: wire.tag_prefixes,
            version_name_prefixes: wire.version_name_prefixes,
            package_name_prefixes: wire.package_name_prefixes,
            older_than: wire.older_than,
            newer_than: wire.newer_than,
        }),
        most_recent_versions: one(wire.most_recent_versions, |wire| MostRecent {
            keep_count: wire.keep_count,
            package_name_prefixes: wire.package_name_prefixes,
        }),
    }
}

pub(super) fn joined(blocks: &[Virtual]) -> Option<wire::VirtualConfig> {
    first(blocks, |block| {
        let policies = block.upstream_policies.iter().map(|policy| wire::Upstream {
            id: text(policy.id.as_ref()),
            priority: policy.priority.filter(|priority| *priority != 0),
            repository: text(policy.repository.as_ref()),
        });
        wire::VirtualConfig {
            upstream_policies: Some(policies.collect::<Vec<_>>()).filter(|policies| !policies.is_empty()),
        }
    })
}

fn sorted(wire: Option<&wire::VirtualConfig>) -> Vec<wire::Upstream> {
    let mut policies = wire
        .and_then(|wire| wire.upstream_policies.clone())
        .unwrap_or_default();
    policies.sort_by(|left, right| left.id.cmp(&right.id));
    policies
}

/// The block that a wire message means; the order of `like` is kept where it says the same.
pub(super) fn joined_blocks(wire: Option<wire::VirtualConfig>, like: &[Virtual]) -> Vec<Virtual> {
    if sorted(wire.as_ref()) == sorted(joined(like).as_ref()) {
        return like.to_vec();
    }
    one(wire, |wire| Virtual {
        upstream_policies: wire
            .upstream_policies
            .unwrap_or_default()
            .into_iter()
            .map(|policy| Upstream {
                id: policy.id,
                priority: policy.priority,
                repository: policy.repository,
            })
            .collect(),
    })
}

fn named<P: PublicRegistry>(blocks: &[Named<P>]) -> Option<wire::NamedUpstream> {
    first(blocks, |block| {
        let custom_repository = first(&block.custom_repository, |custom| wire::CommonUpstream {
            uri: text(custom.uri.as_ref()),
        });
        let fallback = custom_repository.is_none().then(|| P::NAME.to_owned());
        wire::NamedUpstream {
            public_repository: text(block.public_repository.as_ref()).or(fallback),
            custom_repository,
        }
    })
}

fn named_blocks<P: PublicRegistry>(wire: Option<wire::NamedUpstream>) -> Vec<Named<P>> {
    one(wire, |wire| Named {
        public_repository: wire.public_repository,
        custom_repository: one(wire.custom_repository, |wire| Custom { uri: wire.uri }),
        public: std::marker::PhantomData,
    })
}

fn packages(blocks: &[Packages]) -> Option<wire::PackageUpstream> {
    first(blocks, |block| wire::PackageUpstream {
        public_repository: first(&block.public_repository, |public| wire::PublicPackages {
            repository_base: Some(public.repository_base.clone()),
            repository_path: Some(public.repository_path.clone()),
        }),
    })
}

fn package_blocks(wire: Option<wire::PackageUpstream>) -> Vec<Packages> {
    one(wire, |wire| Packages {
        public_repository: one(wire.public_repository, |wire| PublicPackages {
            repository_base: wire.repository_base.unwrap_or_default(),
            repository_path: wire.repository_path.unwrap_or_default(),
        }),
    })
}

pub(super) fn upstream_credentials(blocks: &[UpstreamCredentials]) -> Option<wire::UpstreamCredentials> {
    first(blocks, |block| wire::UpstreamCredentials {
        username_password_credentials: first(&block.username_password_credentials, |block| {
            wire::UsernamePassword {
                username: text(block.username.as_ref()),
                password_secret_version: text(block.password_secret_version.as_ref()),
            }
        }),
    })
}

pub(super) fn remote(blocks: &[Remote]) -> Option<wire::RemoteConfig> {
    first(blocks, |block| wire::RemoteConfig {
        description: text(block.description.as_ref()),
        disable_upstream_validation: block.disable_upstream_validation.filter(|set| *set),
        apt_repository: packages(&block.apt_repository),
        common_repository: first(&block.common_repository, |common| wire::CommonUpstream {
            uri: Some(common.uri.clone()),
        }),
        docker_repository: named(&block.docker_repository),
        maven_repository: named(&block.maven_repository),
        npm_repository: named(&block.npm_repository),
        python_repository: named(&block.python_repository),
        yum_repository: packages(&block.yum_repository),
        upstream_credentials: upstream_credentials(&block.upstream_credentials),
        no_cache: first(&block.no_cache, |_| wire::Nothing {}),
    })
}

/// The block that a wire message means. Whether what it stands before was tried is never told again.
pub(super) fn remote_blocks(wire: Option<wire::RemoteConfig>, like: &[Remote]) -> Vec<Remote> {
    let untold = like.first().and_then(|like| like.disable_upstream_validation);
    let told = wire.map(|wire| wire::RemoteConfig {
        disable_upstream_validation: untold.filter(|set| *set),
        ..wire
    });
    if told == remote(like) {
        return like.to_vec();
    }
    one(told, |wire| Remote {
        description: wire.description,
        disable_upstream_validation: untold,
        apt_repository: package_blocks(wire.apt_repository),
        common_repository: one(wire.common_repository, |wire| Common {
            uri: wire.uri.unwrap_or_default(),
        }),
        docker_repository: named_blocks(wire.docker_repository),
        maven_repository: named_blocks(wire.maven_repository),
        npm_repository: named_blocks(wire.npm_repository),
        python_repository: named_blocks(wire.python_repository),
        yum_repository: package_blocks(wire.yum_repository),
        no_cache: one(wire.no_cache, |_| NoCache {}),
        upstream_credentials: one(wire.upstream_credentials, |wire| UpstreamCredentials {
            username_password_credentials: one(wire.username_password_credentials, |wire| UsernamePassword {
                username: wire.username,
                password_secret_version: wire.password_secret_version,
            }),
        }),
    })
}

pub(super) fn scanning(blocks: &[Scanning]) -> Option<wire::ScanningConfig> {
    let block = blocks.first()?;
    let enablement_config = text(block.enablement_config.as_ref())?;
    Some(wire::ScanningConfig {
        enablement_config: Some(enablement_config),
        ..wire::ScanningConfig::default()
    })
}

pub(super) fn scanning_blocks(wire: Option<wire::ScanningConfig>) -> Vec<Scanning> {
    one(wire, |wire| Scanning {
        enablement_config: wire.enablement_config,
        enablement_state: Computed(wire.enablement_state),
        enablement_state_reason: Computed(wire.enablement_state_reason),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_the_same_by_value() {
        assert_eq!(duration(Some(&"30d".to_owned())).as_deref(), Some("2592000s"));
        assert!(same_duration(&Value::string("2592000s"), &Value::string("30d")));
        assert!(check_duration(&Value::string("a month")).is_err());
    }

    #[test]
    fn the_spelling_of_a_rule_is_kept_where_the_service_says_the_same() {
        let written = Cleanup {
            id: "old".to_owned(),
            action: Some("DELETE".to_owned()),
            condition: vec![CleanupCondition {
                tag_state: Some("ANY".to_owned()),
                older_than: Some("30d".to_owned()),
                ..CleanupCondition::default()
            }],
            most_recent_versions: Vec::new(),
        };
        let answered = wire::CleanupPolicy {
            condition: Some(wire::CleanupCondition {
                older_than: Some("2592000s".to_owned()),
                ..wire::CleanupCondition::default()
            }),
            ..cleanup(&written)
        };
        let like = BTreeSet::from([written.clone()]);
        assert_eq!(cleanup_block("old".to_owned(), answered, &like), written);
    }
}
