//! The reference scenario, in parts that are small enough to be run thousands of times: every resource type that there is,
//! made, changed, rotated and destroyed.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use regprov_diag::Sources;
use regprov_engine::{Disk, PlanRequest};
use regprov_lang::{Configuration, Files, LoadOptions, load};
use regprov_plan::{Given, Mode, Realm, VariableInput, VariableOrigin};
use regprov_provider::CreateClass;
use regprov_value::Value;

use super::peril::Fate;
use super::weaken::Weakness;
use super::world::World;

/// How far a part has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Everything is made.
    Create,
    /// What can change in place changes.
    Update,
    /// Secrets are made anew.
    Rotate,
    /// Everything is destroyed.
    Destroy,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Rotate, Self::Destroy];

    const fn number(self) -> i64 {
        match self {
            Self::Create => 1,
            Self::Update => 2,
            Self::Rotate | Self::Destroy => 3,
        }
    }
}

/// A part of the reference scenario.
pub struct Program {
    /// Its name, for commands that run it alone.
    pub name: &'static str,
    configuration: Arc<Configuration>,
    sources: Sources,
    text: &'static str,
}

const PARTS: &[(&str, &str)] = &[
    ("pusher", include_str!("../../scenarios/pusher.tf")),
    ("parts", include_str!("../../scenarios/parts.tf")),
    ("identity", include_str!("../../scenarios/identity.tf")),
    ("application", include_str!("../../scenarios/application.tf")),
    ("secrets", include_str!("../../scenarios/secrets.tf")),
    ("builtin", include_str!("../../scenarios/builtin.tf")),
    (
        "managed_registry",
        include_str!("../../scenarios/managed_registry.tf"),
    ),
    ("managed_login", include_str!("../../scenarios/managed_login.tf")),
    ("bucket", include_str!("../../scenarios/bucket.tf")),
    ("robots", include_str!("../../scenarios/robots.tf")),
    ("project", include_str!("../../scenarios/project.tf")),
    ("harbor", include_str!("../../scenarios/harbor.tf")),
    ("copies", include_str!("../../scenarios/copies.tf")),
    ("binderhub", include_str!("../../scenarios/binderhub.tf")),
    ("hub", include_str!("../../scenarios/hub.tf")),
    ("teams", include_str!("../../scenarios/teams.tf")),
    ("organization", include_str!("../../scenarios/organization.tf")),
    ("google_keys", include_str!("../../scenarios/google_keys.tf")),
    ("google_images", include_str!("../../scenarios/google_images.tf")),
    (
        "google_accounts",
        include_str!("../../scenarios/google_accounts.tf"),
    ),
    (
        "google_project",
        include_str!("../../scenarios/google_project.tf"),
    ),
    ("google_owners", include_str!("../../scenarios/google_owners.tf")),
    (
        "google_federation",
        include_str!("../../scenarios/google_federation.tf"),
    ),
];

/// The parts whose requests to OVHcloud carry the token of a service account, where those of the others are signed.
const SERVICE_ACCOUNT: &[&str] = &["managed_login"];

impl Program {
    /// All parts.
    ///
    /// # Panics
    /// Where one is not valid.
    #[must_use]
    pub fn all() -> Vec<Self> {
        PARTS.iter().map(|(name, text)| Self::of(name, text)).collect()
    }

    /// A part of this text.
    ///
    /// # Panics
    /// Where it is not valid.
    #[must_use]
    pub fn of(name: &'static str, text: &'static str) -> Self {
        let loaded = load(Path::new("."), &OneFile(text), &LoadOptions::default());
        assert!(
            !loaded.diagnostics.has_errors(),
            "{name}: {:?}",
            loaded.diagnostics
        );
        Self {
            name,
            configuration: Arc::new(loaded.configuration),
            sources: loaded.sources,
            text,
        }
    }

    pub(crate) const fn configuration(&self) -> &Arc<Configuration> {
        &self.configuration
    }

    /// The resource types that it declares.
    #[must_use]
    pub fn resource_types(&self) -> Vec<String> {
        let declared = self.text.lines().filter_map(|line| {
            let rest = line.strip_prefix("resource \"")?;
            rest.split('"').next().map(str::to_owned)
        });
        declared.collect()
    }

    /// Whether it has resources whose types begin so.
    pub(crate) fn declares(&self, start: &str) -> bool {
        self.text.contains(&format!("resource \"{start}"))
    }

    /// Whether it signs in to OVHcloud as a service account.
    pub(crate) fn uses_service_account(&self) -> bool {
        SERVICE_ACCOUNT.contains(&self.name)
    }

    /// Whether it expects a Harbor to be there, of which the environment tells.
    pub(crate) fn needs_harbor(&self) -> bool {
        self.declares("harbor_") && !self.text.contains("provider \"harbor\"")
    }

    pub(crate) fn request(&self, stage: Stage) -> PlanRequest {
        let input = VariableInput {
            given: Given::Value(Value::from(stage.number())),
            origin: VariableOrigin::Environment,
            span: None,
        };
        PlanRequest {
            configuration: Arc::clone(&self.configuration),
            sources: self.sources.clone(),
            files: BTreeMap::from([(PathBuf::from("main.tf"), Arc::from(self.text.as_bytes()))]),
            variables: BTreeMap::from([("stage".to_owned(), input)]),
            mode: if stage == Stage::Destroy {
                Mode::Destroy
            } else {
                Mode::Normal
            },
            targets: Vec::new(),
            replace: Vec::new(),
            refresh: true,
            skip_unsupported: false,
            adopt: false,
            realm: Realm::Sandbox,
            workspace: "default".to_owned(),
            working_directory: PathBuf::from("/work"),
            home: None,
        }
    }
}

/// What a resource type says of itself.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What a repeated create would do.
    pub create_class: CreateClass,
    /// How long a committed object may stay invisible.
    pub visibility: Duration,
}

/// Every resource type that is registered.
#[must_use]
pub fn registered() -> Vec<Row> {
    let (engine, _) = World::new(Weakness::None).engine("reader", 0, &Fate::none());
    let resources = engine
        .schemas
        .providers()
        .iter()
        .flat_map(|provider| provider.resources());
    resources
        .map(|resource| Row {
            name: resource.type_name(),
            create_class: resource.create_class(),
            visibility: resource.visibility(),
        })
        .collect()
}

struct OneFile(&'static str);

impl Files for OneFile {
    fn read(&self, _path: &Path) -> io::Result<Arc<[u8]>> {
        Ok(Arc::from(self.0.as_bytes()))
    }

    fn list(&self, _directory: &Path) -> io::Result<Vec<String>> {
        Ok(vec!["main.tf".to_owned()])
    }

    fn is_dir(&self, _path: &Path) -> bool {
        true
    }
}

/// No files beside the configuration.
pub(crate) struct NoDisk;

impl Disk for NoDisk {
    fn read(&self, _path: &Path) -> io::Result<Arc<[u8]>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn kind(&self, _path: &Path) -> io::Result<Option<bool>> {
        Ok(None)
    }

    fn walk(&self, _directory: &Path) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}
