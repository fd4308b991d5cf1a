//! The nested blocks of repositories.

use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};

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
    pub(super) public: std::marker::PhantomData<P>,
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
pub(super) fn duration(text: Option<&String>) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    Some(seconds(text).map_or_else(|| text.clone(), |seconds| format!("{seconds}s")))
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
}
