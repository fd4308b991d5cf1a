//! Installing: what is wanted is fetched, checked against its pin, and put in its place.

mod list;

use crate::git::Git;
use crate::registry::Registries;
use crate::web::{Found, Web, join};
use crate::{Credentials, InstallError, Limits, Lock, Pin, archive, codes, tree};
use futures::StreamExt as _;
pub use list::{changed, write_list};
use regprov_diag::Diagnostics;
use regprov_http::Transport;
use regprov_lang::{InstalledModule, InstalledModules, Method, ModuleSource, RemoteSource, WantedModule};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many packages are fetched at a time.
const AT_ONCE: usize = 4;

/// How often one address may point to another.
const HOPS: usize = 5;

/// What an installer works with.
pub struct Settings {
    /// The working directory.
    pub root: PathBuf,
    /// The data directory, from the working directory: `.terraform`.
    pub data: PathBuf,
    /// Carries requests.
    pub transport: Arc<dyn Transport>,
    /// Tokens and services of registries.
    pub credentials: Credentials,
    /// How much an archive may hold.
    pub limits: Limits,
    /// Whether git may ask for passwords at the terminal.
    pub may_ask: bool,
    /// How many settings the environment gives git (`GIT_CONFIG_COUNT`).
    pub git_settings: usize,
    /// Whether pins are taken anew.
    pub upgrade: bool,
}

/// Installs modules in rounds: each round brings what loading the configuration found wanting.
pub struct Installer {
    settings: Settings,
    registries: Registries,
    /// What was pinned before.
    pinned: Lock,
    /// What is pinned now.
    lock: Lock,
}

/// A package that was fetched.
struct Package {
    /// The directory of the module within it.
    directory: PathBuf,
    /// What it is pinned to; `None` for a directory of this machine.
    pin: Option<Pin>,
    /// Where it lies.
    place: PathBuf,
}

impl Installer {
    /// Begins with what is pinned.
    pub fn new(settings: Settings, pinned: Lock) -> Self {
        Self {
            settings,
            registries: Registries::default(),
            pinned,
            lock: Lock::default(),
        }
    }

    /// What is pinned in the end. Where not everything could be installed, what was pinned before stays.
    pub fn finish(self, complete: bool) -> Lock {
        if complete {
            return self.lock;
        }
        let mut lock = self.pinned;
        lock.0.extend(self.lock.0);
        lock
    }

    /// Keeps what is installed and pinned as it is; what is not pinned yet, such as what Terraform installed, is pinned now.
    /// What differs from its pin is taken out of the list, so that it is installed anew.
    ///
    /// # Errors
    /// What is installed cannot be read.
    pub fn adopt(&mut self, installed: &mut InstalledModules) -> Result<(), InstallError> {
        let downloaded: Vec<String> = installed
            .0
            .iter()
            .filter(|(_, module)| is_pinned(&module.source))
            .map(|(key, _)| key.clone())
            .collect();
        for key in downloaded {
            let place = self
                .settings
                .root
                .join(package_directory(&self.settings.data, &key));
            let module = &installed.0[&key];
            let digest = match tree::digest(&place) {
                Ok(digest) if !self.settings.upgrade => digest,
                Ok(_) => {
                    installed.0.remove(&key);
                    continue;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    installed.0.remove(&key);
                    continue;
                }
                Err(error) => return Err(InstallError::disk(&place, &error)),
            };
            let source = package_of(&module.source);
            let pin = match self.pinned.0.get(&key) {
                Some(pin) if pin.source == source && pin.version == module.version => {
                    if pin.digest != digest {
                        installed.0.remove(&key);
                        continue;
                    }
                    pin.clone()
                }
                Some(_) | None => Pin {
                    source,
                    version: module.version.clone(),
                    commit: None,
                    digest,
                },
            };
            self.lock.0.insert(key, pin);
        }
        Ok(())
    }

    /// Fetches what is wanted and puts it in its place. What could not be is told in diagnostics.
    pub async fn install(
        &mut self,
        wanted: &[WantedModule],
        tell: &dyn Fn(String),
    ) -> (Vec<(String, InstalledModule)>, Diagnostics) {
        let mut groups: BTreeMap<String, Vec<&WantedModule>> = BTreeMap::new();
        for module in wanted {
            groups.entry(self.identity(module)).or_default().push(module);
        }
        let this = &*self;
        let fetches = groups.into_values().map(|group| async move {
            let first = group[0];
            tell(format!(
                "Downloading {} for {}...",
                first.source,
                first.path.join(".")
            ));
            (this.fetch(first).await, group)
        });
        let fetched: Vec<_> = futures::stream::iter(fetches)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let (mut installed, mut found) = (Vec::new(), Diagnostics::new());
        for (package, group) in fetched {
            let placed = package.and_then(|package| self.place(&package, &group));
            match placed {
                Ok(rows) => installed.extend(rows),
                Err(error) => found.extend(
                    group
                        .iter()
                        .map(|module| error.diagnostic(&module.path.join("."), Some(module.span))),
                ),
            }
        }
        installed.sort_by(|(left, _), (right, _)| left.cmp(right));
        for (key, module) in &installed {
            let version = module
                .version
                .as_ref()
                .map_or(String::new(), |version| format!(" {version}"));
            tell(format!("- {key}{version} in {}", module.directory.display()));
        }
        (installed, found)
    }

    /// Calls with the same identity get the same package.
    fn identity(&self, module: &WantedModule) -> String {
        let pin = self
            .pin_of(module)
            .map(|pin| (&pin.commit, &pin.version, &pin.digest));
        match &module.source {
            ModuleSource::Local(path) => path.clone(),
            ModuleSource::Registry(registry) => {
                format!("{} {:?} {pin:?}", registry.package(), module.version)
            }
            ModuleSource::Remote(remote) => format!("{} {pin:?}", remote.package()),
        }
    }

    /// What a call was pinned to, where that still fits it.
    fn pin_of(&self, module: &WantedModule) -> Option<&Pin> {
        let pin = self.pinned.0.get(&module.path.join("."))?;
        let fits = pin.source == package_of(&module.source.to_string())
            && match (&module.source, &pin.version) {
                (ModuleSource::Registry(_), Some(version)) => version
                    .parse()
                    .is_ok_and(|version| module.version.allow(&version)),
                (ModuleSource::Registry(_), None) => false,
                (ModuleSource::Remote(_) | ModuleSource::Local(_), _) => true,
            };
        (fits && !self.settings.upgrade).then_some(pin)
    }

    async fn fetch(&self, module: &WantedModule) -> Result<Package, InstallError> {
        let key = module.path.join(".");
        let modules = self.settings.root.join(&self.settings.data).join("modules");
        std::fs::create_dir_all(&modules).map_err(|error| InstallError::disk(&modules, &error))?;
        let place = modules.join(format!(".new-{key}"));
        tree::remove(&place)?;
        let fetched = self.fetch_to(module, &place).await;
        if fetched.is_err() {
            tree::remove(&place)?;
        }
        fetched
    }

    async fn fetch_to(&self, module: &WantedModule, place: &Path) -> Result<Package, InstallError> {
        let web = Web {
            transport: &*self.settings.transport,
            credentials: &self.settings.credentials,
        };
        let pin = self.pin_of(module);
        let (mut source, inner, version) = match &module.source {
            ModuleSource::Remote(remote) => (remote.clone(), "", None),
            ModuleSource::Registry(registry) => {
                let version = match pin.and_then(|pin| pin.version.as_ref()?.parse().ok()) {
                    Some(version) => version,
                    None => self.registries.newest(&web, registry, &module.version).await?,
                };
                let location = self.registries.location(&web, registry, &version).await?;
                (location, registry.directory.as_str(), Some(version.to_string()))
            }
            ModuleSource::Local(path) => {
                return Err(InstallError::fetch(format!(
                    "{path} stands beside the configuration"
                )));
            }
        };
        source.directory = join(&source.directory, inner);
        let commit = pin.and_then(|pin| pin.commit.as_deref());
        let brought = self.bring(&web, source, commit, place).await?;
        let directory = tree::find(place, &brought.directory)?;
        if brought.is_own {
            return Ok(Package {
                directory,
                pin: None,
                place: place.to_owned(),
            });
        }
        let digest = tree::digest(place).map_err(|error| InstallError::disk(place, &error))?;
        if let Some(pin) = pin.filter(|pin| pin.digest != digest) {
            return Err(changed_content(pin, &digest));
        }
        let pin = Pin {
            source: package_of(&module.source.to_string()),
            version,
            commit: brought.commit,
            digest,
        };
        Ok(Package {
            directory,
            pin: Some(pin),
            place: place.to_owned(),
        })
    }

    async fn bring(
        &self,
        web: &Web<'_>,
        mut source: RemoteSource,
        commit: Option<&str>,
        place: &Path,
    ) -> Result<Brought, InstallError> {
        for _ in 0..=HOPS {
            match source.method {
                Method::Git => {
                    let git = Git {
                        may_ask: self.settings.may_ask,
                        settings: self.settings.git_settings,
                    };
                    let commit = git.fetch(&source, commit, place).await?;
                    return Ok(Brought::new(source.directory, Some(commit)));
                }
                Method::File => return self.own_or_packed(&source, place),
                Method::Http => match web.get(&source).await? {
                    Found::Archive(kind, bytes) => {
                        archive::unpack(kind, &bytes, place, self.settings.limits)?;
                        return Ok(Brought::new(source.directory, None));
                    }
                    Found::Elsewhere(next) => source = next,
                },
            }
        }
        Err(InstallError::fetch(format!(
            "{} points on to yet another address, {HOPS} times",
            source.package()
        )))
    }

    /// A directory of this machine is linked to, as Terraform does; an archive is unpacked.
    fn own_or_packed(&self, source: &RemoteSource, place: &Path) -> Result<Brought, InstallError> {
        let url = crate::web::parse(&source.url)?;
        let path = url
            .to_file_path()
            .map_err(|()| InstallError::fetch(format!("{} is no path of this machine", source.package())))?;
        let kind = archive::Kind::of(source.parameter("archive").as_deref(), url.path());
        if path.is_dir() {
            tree::link(&path, place).map_err(|error| InstallError::disk(place, &error))?;
            return Ok(Brought {
                is_own: true,
                ..Brought::new(source.directory.clone(), None)
            });
        }
        let Some(kind) = kind? else {
            return Err(InstallError::fetch(format!(
                "{} is neither a directory nor an archive",
                path.display()
            )));
        };
        let bytes = std::fs::read(&path).map_err(|error| InstallError::disk(&path, &error))?;
        crate::web::check_parameter(source, &bytes)?;
        archive::unpack(kind, &bytes, place, self.settings.limits)?;
        Ok(Brought::new(source.directory.clone(), None))
    }

    /// Moves a fetched package to the place of its first call, and copies it to those of the others.
    fn place(
        &mut self,
        package: &Package,
        group: &[&WantedModule],
    ) -> Result<Vec<(String, InstalledModule)>, InstallError> {
        let mut rows = Vec::with_capacity(group.len());
        for (index, module) in group.iter().enumerate().rev() {
            let key = module.path.join(".");
            let directory = package_directory(&self.settings.data, &key);
            let target = self.settings.root.join(&directory);
            tree::remove(&target)?;
            if index > 0 && package.pin.is_some() {
                tree::copy(&package.place, &target)?;
            } else if index > 0 {
                let points_to = std::fs::read_link(&package.place)
                    .map_err(|error| InstallError::disk(&target, &error))?;
                tree::link(&points_to, &target).map_err(|error| InstallError::disk(&target, &error))?;
            } else {
                std::fs::rename(&package.place, &target)
                    .map_err(|error| InstallError::disk(&target, &error))?;
            }
            let row = InstalledModule {
                source: module.source.to_string(),
                version: package.pin.as_ref().and_then(|pin| pin.version.clone()),
                directory: directory
                    .components()
                    .chain(package.directory.components())
                    .collect(),
            };
            if let Some(pin) = &package.pin {
                self.lock.0.insert(key.clone(), pin.clone());
            }
            rows.push((key, row));
        }
        Ok(rows)
    }
}

/// What was brought.
struct Brought {
    directory: String,
    commit: Option<String>,
    /// Whether it is a directory of the user's, which is not ours to pin.
    is_own: bool,
}

impl Brought {
    fn new(directory: String, commit: Option<String>) -> Self {
        Self {
            directory,
            commit,
            is_own: false,
        }
    }
}

/// Where the package of a call lies, from the working directory.
fn package_directory(data: &Path, key: &str) -> PathBuf {
    // The list of modules lies beside the packages.
    let name = if key == "modules.json" {
        "modules.json.module"
    } else {
        key
    };
    data.join("modules").join(name)
}

/// Whether a module of this source is downloaded and pinned.
fn is_pinned(source: &str) -> bool {
    match ModuleSource::parse(source) {
        Ok(ModuleSource::Registry(_)) => true,
        Ok(ModuleSource::Remote(remote)) => {
            remote.method != Method::File
                || archive::Kind::of(
                    remote.parameter("archive").as_deref(),
                    remote.url.split('?').next().unwrap_or_default(),
                )
                .is_ok_and(|kind| kind.is_some())
        }
        Ok(ModuleSource::Local(_)) | Err(_) => false,
    }
}

/// The package of a source, without the directory.
fn package_of(source: &str) -> String {
    match ModuleSource::parse(source) {
        Ok(ModuleSource::Registry(registry)) => registry.package(),
        Ok(ModuleSource::Remote(remote)) => remote.package(),
        Ok(ModuleSource::Local(path)) => path,
        Err(_) => source.to_owned(),
    }
}

fn changed_content(pin: &Pin, digest: &str) -> InstallError {
    let pinned_as = match (&pin.version, &pin.commit) {
        (Some(version), _) => format!("{} {version}", pin.source),
        (None, Some(commit)) => format!("{} at {commit}", pin.source),
        (None, None) => pin.source.clone(),
    };
    let message = format!(
        "{pinned_as} is pinned with the digest {}, and what was found has {digest}",
        pin.digest
    );
    InstallError::new(&codes::CHANGED, message)
        .help("Find out why it changed. If the change is meant, pin what is there now: regprov init -upgrade")
}
