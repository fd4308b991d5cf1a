//! The nested blocks of repositories as the API writes them, and back.

use super::blocks::{
    Cleanup, CleanupCondition, Common, Custom, Docker, Maven, MostRecent, Named, NoCache, Packages,
    PublicPackages, PublicRegistry, Remote, Scanning, Upstream, UpstreamCredentials, UsernamePassword,
    Virtual, duration,
};
use super::wire;
use regprov_schema::Computed;
use std::collections::{BTreeMap, BTreeSet};

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
