//! What every command works with: where it is, and what it may print to.

use crate::arguments::{Locking, Realm as RealmFlags};
use crate::backend;
use crate::codes::NOT_FOUND;
use crate::environment::Environment;
use crate::plan_file::SavedBackend;
use crate::shell::Shell;
use crate::wiring;
use regprov_backends::Backend;
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use regprov_engine::{parse_duration, state_failure};
use regprov_http::{Clock, Randomness, SystemClock, SystemRandomness};
use regprov_plan::Realm;
use regprov_state::{
    FileKeys, FirstSealing, HighWaterMarks, LocalStore, LockInfo, OpenOptions, Rollback, Session, StateError,
    StateStore,
};
use regprov_value::Value;
use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The version of Terraform whose state format is written.
pub(crate) const TERRAFORM_VERSION: &str = regprov_lang::TERRAFORM_VERSION;

/// Shorter secrets are not looked for in texts.
pub(crate) const SHORTEST_SECRET: usize = 6;

/// What every command works with.
pub(crate) struct Context {
    /// What the process was started with.
    pub(crate) environment: Environment,
    /// Where it prints.
    pub(crate) shell: Arc<Shell>,
    /// The working directory, after `-chdir`.
    pub(crate) directory: PathBuf,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub(crate) randomness: Arc<dyn Randomness>,
    /// The arguments as they were given, with two dashes.
    pub(crate) command_line: Vec<String>,
    /// The backend of the working directory, once it was opened.
    pub(crate) backend: OnceCell<Arc<dyn Backend>>,
    /// What it was opened with, where a configuration was planned.
    pub(crate) chosen_backend: OnceCell<SavedBackend>,
    /// The workspace that a saved plan was made for, which counts while it is applied.
    pub(crate) planned_workspace: OnceCell<String>,
}

/// How the lock on the state is taken.
pub(crate) enum Access<'a> {
    /// To write: with the lock, and the words for its note.
    Write(&'a Locking, &'static str),
    /// To look: without the lock.
    Read,
}

impl Context {
    pub(crate) fn new(
        environment: Environment,
        chdir: Option<&Path>,
        written: (bool, &[OsString]),
    ) -> Result<Self, Diagnostic> {
        let (no_color, written) = written;
        let directory = chdir.map_or_else(
            || environment.working_directory.clone(),
            |chdir| environment.working_directory.join(chdir),
        );
        if !directory.is_dir() {
            return Err(Diagnostic::error(None, "No such directory")
                .detail(format!(
                    "The directory {} that -chdir names does not exist, or is no directory.",
                    directory.display()
                ))
                .help("-chdir takes a path from the current directory."));
        }
        let shell = Arc::new(Shell::new(&environment, no_color));
        let command_line = written
            .iter()
            .filter_map(|argument| argument.to_str())
            .map(str::to_owned)
            .collect();
        Ok(Self {
            environment,
            shell,
            directory,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            command_line,
            backend: OnceCell::new(),
            chosen_backend: OnceCell::new(),
            planned_workspace: OnceCell::new(),
        })
    }

    /// The realm that the flags name.
    pub(crate) const fn realm(flags: &RealmFlags) -> Realm {
        if flags.sandbox {
            Realm::Sandbox
        } else {
            Realm::Live
        }
    }

    /// The folder of the sandbox of this working directory.
    pub(crate) fn sandbox_directory(&self) -> PathBuf {
        self.directory.join(".regprov").join("sandbox")
    }

    /// The workspace in use.
    pub(crate) fn workspace(&self) -> String {
        if let Some(planned) = self.planned_workspace.get() {
            return planned.clone();
        }
        if let Some(name) = self.environment.get("TF_WORKSPACE") {
            return name.to_owned();
        }
        let data = self.data_directory();
        let chosen = std::fs::read_to_string(self.directory.join(data).join("environment")).ok();
        chosen
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "default".into())
    }

    /// The directory of what belongs to the working directory and is no configuration.
    pub(crate) fn data_directory(&self) -> &Path {
        Path::new(self.environment.get("TF_DATA_DIR").unwrap_or(".terraform"))
    }

    /// Makes the directory of what belongs to the working directory.
    pub(crate) fn make_data_directory(&self) -> Result<(), Diagnostic> {
        let path = self.directory.join(self.data_directory());
        std::fs::create_dir_all(&path).map_err(|error| {
            Diagnostic::error(&NOT_FOUND, "Directory cannot be made")
                .detail(format!("{}: {error}.", path.display()))
        })
    }

    /// The store of the state of a realm.
    pub(crate) async fn store(&self, realm: Realm) -> Result<Arc<dyn StateStore>, Diagnostics> {
        let workspace = self.workspace();
        match realm {
            Realm::Live => backend::present(self)
                .await?
                .store(&workspace)
                .await
                .map_err(|error| state_failure(&error).into()),
            Realm::Sandbox => Ok(Arc::new(LocalStore::for_workspace(
                &self.sandbox_directory(),
                &workspace,
            ))),
        }
    }

    /// The keys of this user, as environment and configuration directory give them.
    pub(crate) fn keys(&self) -> FileKeys {
        crate::keys::of(self, &self.user_directory())
    }

    fn user_directory(&self) -> PathBuf {
        self.environment
            .configuration_directory()
            .unwrap_or_else(|| self.directory.join(".regprov").join("user"))
    }

    /// Where the newest serials of sealed states are remembered.
    pub(crate) fn marks_directory(&self) -> PathBuf {
        self.user_directory().join("marks")
    }

    /// Opens the state of a realm; waits for its lock as long as the flags allow.
    pub(crate) async fn session(&self, realm: Realm, access: &Access<'_>) -> Result<Session, Diagnostics> {
        let store = self.store(realm).await?;
        self.session_in(realm, store, access).await
    }

    /// Opens a state that is in no realm's usual place.
    pub(crate) async fn session_on(
        &self,
        store: Arc<dyn StateStore>,
        access: &Access<'_>,
    ) -> Result<Session, Diagnostics> {
        self.session_in(Realm::Live, store, access).await
    }

    async fn session_in(
        &self,
        realm: Realm,
        store: Arc<dyn StateStore>,
        access: &Access<'_>,
    ) -> Result<Session, Diagnostics> {
        let (lock, patience) = match access {
            Access::Read => (None, Duration::ZERO),
            Access::Write(locking, _) if !locking.lock => {
                self.shell.note(
                    "warning: the state is locked all the same: every write to it is guarded by the lock",
                );
                (Some(*locking), Duration::ZERO)
            }
            Access::Write(locking, _) => (
                Some(*locking),
                self.patience(realm, locking.lock_timeout.as_deref())?,
            ),
        };
        let mut told = false;
        let deadline = self
            .clock
            .now()
            .checked_add(patience)
            .unwrap_or(jiff::Timestamp::MAX);
        loop {
            let options = self.options(realm, &store.location(), lock.and(Some(access)));
            match Session::open(Arc::clone(&store), options).await {
                Ok(mut session) => {
                    if matches!(access, Access::Write(..)) {
                        session.declare_secrets(|snapshot| wiring::declare_secrets(self, snapshot));
                    }
                    session.read(|snapshot| {
                        snapshot
                            .secret_texts()
                            .into_iter()
                            .for_each(|secret| self.guard(secret))
                    });
                    self.tell_notices(&session);
                    return Ok(session);
                }
                Err(StateError::Locked { holder, .. }) if self.clock.now() < deadline => {
                    if !std::mem::replace(&mut told, true) {
                        self.shell.note(waiting(holder.as_deref(), patience));
                    }
                    self.clock.sleep(Duration::from_millis(250)).await;
                }
                Err(StateError::Locked { location, holder }) => {
                    return Err(locked(realm, location, holder).into());
                }
                Err(error) => return Err(state_failure(&error).into()),
            }
        }
    }

    /// Opens the state of a file, to look.
    pub(crate) async fn session_of(&self, path: &Path) -> Result<Session, Diagnostics> {
        let store = LocalStore::new(path);
        let options = self.options(Realm::Live, &store.location(), None);
        let session = Session::open(Arc::new(store), options).await;
        let session = session.map_err(|error| state_failure(&error))?;
        session.read(|snapshot| {
            snapshot
                .secret_texts()
                .into_iter()
                .for_each(|secret| self.guard(secret))
        });
        Ok(session)
    }

    /// Opens the state to put a backup back: an older one is taken.
    pub(crate) async fn restoring_session(
        &self,
        realm: Realm,
        locking: &Locking,
    ) -> Result<Session, Diagnostics> {
        let access = Access::Write(locking, "state-restore");
        let store = self.store(realm).await?;
        let options = OpenOptions {
            rollback: Rollback::Accept,
            ..self.options(realm, &store.location(), Some(&access))
        };
        Session::open(store, options)
            .await
            .map_err(|error| state_failure(&error).into())
    }

    fn patience(&self, realm: Realm, text: Option<&str>) -> Result<Duration, Diagnostics> {
        let text = text.unwrap_or(match realm {
            Realm::Live => "0s",
            Realm::Sandbox => "1m",
        });
        parse_duration(text).ok_or_else(|| {
            Diagnostic::error(None, "Invalid duration")
                .detail(format!(
                    "`{text}` is not a duration. Write it as `30s`, `5m` or `1h30m`."
                ))
                .into()
        })
    }

    /// A new ID for a lock.
    pub(crate) fn new_id(&self) -> String {
        let mut id = [0; 16];
        self.randomness.fill(&mut id);
        uuid::Builder::from_random_bytes(id).into_uuid().to_string()
    }

    /// The note that a lock on a state is taken with.
    pub(crate) fn lock_info(&self, operation: &str, location: &str) -> LockInfo {
        LockInfo {
            id: self.new_id(),
            operation: operation.to_owned(),
            info: String::new(),
            who: self.environment.who(),
            version: TERRAFORM_VERSION.to_owned(),
            created: self.clock.now().to_string(),
            path: location.to_owned(),
        }
    }

    fn options(&self, realm: Realm, location: &str, access: Option<&Access<'_>>) -> OpenOptions {
        let mut agreed = realm == Realm::Sandbox;
        let lock = access.map(|access| {
            let operation = match access {
                Access::Write(_, operation) => *operation,
                Access::Read => "read",
            };
            agreed |= matches!(access, Access::Write(locking, _) if locking.seal_state);
            self.lock_info(operation, location)
        });
        OpenOptions {
            lock,
            keys: Arc::new(self.keys()),
            randomness: self.state_randomness(),
            terraform_version: TERRAFORM_VERSION.to_owned(),
            marks: Some(HighWaterMarks::new(self.marks_directory())),
            rollback: Rollback::Refuse,
            first_sealing: if agreed {
                FirstSealing::Agreed
            } else {
                FirstSealing::Ask
            },
        }
    }

    /// Unpredictable bytes for the state layer.
    pub(crate) fn state_randomness(&self) -> Arc<dyn regprov_state::Randomness> {
        Arc::new(StateRandomness(Arc::clone(&self.randomness)))
    }

    /// Keeps a text from being printed or logged, unless it was asked for by name. Short words are left alone: taking them out
    /// would make every text unreadable and tell what they are.
    pub(crate) fn guard(&self, secret: &str) {
        if secret.chars().count() >= SHORTEST_SECRET {
            self.shell.redactor.register(secret);
        }
    }

    /// Keeps every text within a value from being printed or logged.
    pub(crate) fn guard_value(&self, value: &Value) {
        if let Some(text) = value.as_str() {
            self.guard(text);
        }
        value.children().for_each(|child| self.guard_value(child));
    }

    /// Prints what the state layer has to tell.
    pub(crate) fn tell_notices(&self, session: &Session) {
        for notice in session.notices() {
            self.shell.note(format!("note: {}", notice.text()));
        }
    }

    /// Prints diagnostics that need no source excerpt.
    pub(crate) fn complain(&self, diagnostics: &Diagnostics) {
        self.shell.diagnostics(diagnostics, &Sources::new());
    }
}

/// Who is waited for, and how long.
fn waiting(holder: Option<&LockInfo>, patience: Duration) -> String {
    let holder = match holder {
        Some(holder) => format!(
            "{} holds its lock for {} since {}",
            holder.who,
            holder.operation_words(),
            holder.created
        ),
        None => "another process holds its lock".to_owned(),
    };
    format!(
        "The state is in use: {holder}. Waiting up to {} s for it.",
        patience.as_secs()
    )
}

/// A lock that is taken, with the command that breaks it.
fn locked(realm: Realm, location: String, holder: Option<Box<LockInfo>>) -> Diagnostic {
    let id = holder.as_ref().map(|holder| holder.id.clone());
    let diagnostic = state_failure(&StateError::Locked { location, holder });
    let sandbox = match realm {
        Realm::Sandbox => "-sandbox ",
        Realm::Live => "",
    };
    match id {
        Some(id) => diagnostic.help(format!(
            "If that run is certainly gone, break its lock:\n\n    regprov force-unlock {sandbox}{id}"
        )),
        None => diagnostic,
    }
}

/// The shell's randomness for the state layer.
pub(crate) struct StateRandomness(pub(crate) Arc<dyn Randomness>);

impl regprov_state::Randomness for StateRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer);
    }
}
