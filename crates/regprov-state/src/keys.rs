//! Where keys and randomness come from: given by the caller, asked for only when needed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use zeroize::Zeroizing;

use crate::identity::{Identity, IdentityFile, Recipient};
use crate::seal::{SealError, SealingHeader};

/// A source of unpredictable bytes. Tests give a seeded one, the shell the operating system's.
pub trait Randomness: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// Something the person at the terminal should be told, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A default identity was made, and must be kept.
    IdentityCreated {
        /// Where it is.
        path: PathBuf,
        /// Its public half.
        recipient: String,
    },
    /// A state that another tool wrote was sealed; the old one was left beside it, in clear.
    BackupLeft {
        /// Where it is.
        location: String,
    },
    /// A lock that a dead process left was taken over.
    LockTakenOver {
        /// Who had held it.
        who: String,
        /// Since when.
        created: String,
    },
    /// A run that was cut short left a journal, which was replayed.
    JournalReplayed {
        /// How many records.
        records: usize,
        /// How many writes have no known outcome, and are to be looked up.
        open: usize,
    },
    /// The last bytes of a journal were never written in full; they count as never written.
    TornJournal {
        /// How many bytes.
        bytes: usize,
    },
}

impl Notice {
    /// Returns the notice as sentences.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::IdentityCreated { path, recipient } => format!(
                "Secrets in state are sealed for a new identity in {}. Keep that file: without it they cannot be opened. Its \
                 recipient is {recipient}.",
                path.display()
            ),
            Self::BackupLeft { location } => format!(
                "The secrets of this state are sealed from now on. The state as it was, with its secrets in clear, is kept in \
                 {location}: remove it once it is no longer needed."
            ),
            Self::LockTakenOver { who, created } => {
                format!("Took over the lock of a run that is gone ({who}, since {created}).")
            }
            Self::JournalReplayed { records, open: 0 } => {
                format!("Recovered {records} records of a run that was cut short.")
            }
            Self::JournalReplayed { records, open } => format!(
                "Recovered {records} records of a run that was cut short; {open} writes have no known outcome and are looked up."
            ),
            Self::TornJournal { bytes } => {
                format!("The last {bytes} bytes of the journal were never written in full and are left out.")
            }
        }
    }
}

/// Gives the keys of a person or a machine, when they are needed.
pub trait KeySource: Send + Sync {
    /// Returns the identities at hand; none is not an error.
    ///
    /// # Errors
    /// When one that was named cannot be used.
    fn identities(&self) -> Result<Vec<Identity>, SealError>;

    /// Returns the identities for one state, whose header says which kinds open it: somebody may be asked for a passphrase.
    ///
    /// # Errors
    /// When one that was named cannot be used.
    fn identities_for(&self, header: &SealingHeader) -> Result<Vec<Identity>, SealError> {
        let _ = header;
        self.identities()
    }

    /// Returns whom to seal a new state for. May make a default identity on first need.
    ///
    /// # Errors
    /// When one that was named cannot be used.
    fn recipients(&self) -> Result<Vec<Recipient>, SealError>;

    /// Returns, once, what the person should be told.
    fn notices(&self) -> Vec<Notice> {
        Vec::new()
    }
}

/// The file of recipients that a team keeps beside its configuration.
pub const RECIPIENTS_FILE: &str = ".regprov-recipients";

/// Gives a secret text: asks somebody, or runs a command.
pub type GiveText = Arc<dyn Fn() -> Result<Zeroizing<String>, String> + Send + Sync>;

/// Where a passphrase comes from.
#[derive(Clone)]
pub enum Passphrase {
    /// `REGPROV_PASSPHRASE`: the passphrase itself.
    Text(Zeroizing<String>),
    /// `REGPROV_PASSPHRASE_FILE`: its first line. Nobody else may be able to read it.
    File(PathBuf),
    /// `REGPROV_PASSPHRASE_COMMAND`: the first line that the command prints.
    Command(GiveText),
}

/// Keys as the command line knows them: settings, and a default file made on first need.
pub struct FileKeys {
    settings: FileKeysSettings,
    notices: Mutex<Vec<Notice>>,
    /// What commands and people gave, so that each is asked once.
    command_identities: OnceLock<Vec<Identity>>,
    passphrase: OnceLock<Recipient>,
}

/// The settings of [`FileKeys`].
#[derive(Default)]
pub struct FileKeysSettings {
    /// `REGPROV_IDENTITY`: the path of an identity file, or the text of an identity.
    pub identity: Option<Zeroizing<String>>,
    /// `REGPROV_IDENTITY_COMMAND`: prints identities.
    pub identity_command: Option<GiveText>,
    /// Where a passphrase comes from.
    pub passphrase: Option<Passphrase>,
    /// Asks for the passphrase of a state that has one, where none is configured.
    pub ask_passphrase: Option<GiveText>,
    /// `REGPROV_RECIPIENTS`: recipients, or paths of files of them.
    pub recipients: Option<String>,
    /// Where relative paths start, and [`RECIPIENTS_FILE`] is looked for.
    pub directory: PathBuf,
    /// The identity file of this user.
    pub default_identity: PathBuf,
    /// The present time, for the comment in a new identity file.
    pub created: String,
}

impl FileKeys {
    /// Takes the settings; nothing is read yet.
    #[must_use]
    pub fn new(settings: FileKeysSettings) -> Self {
        Self {
            settings,
            notices: Mutex::new(Vec::new()),
            command_identities: OnceLock::new(),
            passphrase: OnceLock::new(),
        }
    }

    fn default_file(&self) -> IdentityFile {
        IdentityFile::at(&self.settings.default_identity)
    }

    /// The identities that are keys.
    fn keys(&self) -> Result<Vec<Identity>, SealError> {
        if let Some(setting) = text_of(self.settings.identity.as_deref().map(String::as_str)) {
            return self.named_keys(setting);
        }
        if let Some(command) = &self.settings.identity_command {
            if let Some(known) = self.command_identities.get() {
                return Ok(known.clone());
            }
            let setting = "REGPROV_IDENTITY_COMMAND";
            let text = command().map_err(|problem| SealError::KeyCommand { setting, problem })?;
            let identities = Identity::parse_all(text.trim(), setting)?;
            return Ok(self.command_identities.get_or_init(|| identities).clone());
        }
        Ok(self.default_file().load()?.unwrap_or_default())
    }

    fn named_keys(&self, setting: &str) -> Result<Vec<Identity>, SealError> {
        if setting.starts_with("AGE-SECRET-KEY-") || setting.starts_with('#') {
            return Identity::parse_all(setting, "REGPROV_IDENTITY");
        }
        let path = self.settings.directory.join(setting);
        IdentityFile::at(&path).load()?.ok_or_else(|| SealError::KeyFile {
            operation: "read the identity file",
            path,
            source: std::io::ErrorKind::NotFound.into(),
        })
    }

    /// The configured passphrase.
    fn passphrase(&self) -> Result<Option<Recipient>, SealError> {
        if let Some(known) = self.passphrase.get() {
            return Ok(Some(known.clone()));
        }
        let Some(source) = &self.settings.passphrase else {
            return Ok(None);
        };
        let (setting, text) = match source {
            Passphrase::Text(text) => ("REGPROV_PASSPHRASE", text.clone()),
            Passphrase::File(path) => {
                let path = self.settings.directory.join(path);
                ("REGPROV_PASSPHRASE_FILE", IdentityFile::at(path).text()?)
            }
            Passphrase::Command(command) => {
                let setting = "REGPROV_PASSPHRASE_COMMAND";
                let text = command().map_err(|problem| SealError::KeyCommand { setting, problem })?;
                (setting, text)
            }
        };
        Ok(Some(self.remember(setting, &text)?))
    }

    fn remember(&self, setting: &'static str, text: &str) -> Result<Recipient, SealError> {
        let line = text.lines().next().unwrap_or_default();
        if line.trim().is_empty() {
            return Err(SealError::BadKey {
                source_name: setting.into(),
                problem: "it is empty".into(),
            });
        }
        let recipient = Recipient::passphrase(Zeroizing::new(line.to_owned()));
        Ok(self.passphrase.get_or_init(|| recipient).clone())
    }

    /// The recipients that are named by a setting or by the team's file.
    fn named_recipients(&self) -> Result<Option<Vec<Recipient>>, SealError> {
        let directory = &self.settings.directory;
        if let Some(text) = text_of(self.settings.recipients.as_deref()) {
            return Recipient::parse_all(text, directory, "REGPROV_RECIPIENTS").map(Some);
        }
        let file = directory.join(RECIPIENTS_FILE);
        match file.is_file() {
            true => Recipient::parse_file(&file).map(Some),
            false => Ok(None),
        }
    }

    /// The recipients of this user's own keys; makes the default identity where there is none.
    fn own_recipients(&self) -> Result<Vec<Recipient>, SealError> {
        let keys = self.keys()?;
        if !keys.is_empty() {
            return Ok(keys.iter().map(Identity::recipient).collect());
        }
        let file = self.default_file();
        let (identities, created) = file.load_or_create(&self.settings.created)?;
        let recipients: Vec<_> = identities.iter().map(Identity::recipient).collect();
        if let (true, Some(recipient)) = (created, recipients.first()) {
            self.notices
                .lock()
                .expect("no holder panics")
                .push(Notice::IdentityCreated {
                    path: file.path().to_owned(),
                    recipient: recipient.to_string(),
                });
        }
        Ok(recipients)
    }
}

fn text_of(setting: Option<&str>) -> Option<&str> {
    setting.map(str::trim).filter(|text| !text.is_empty())
}

impl KeySource for FileKeys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        let mut identities = self.keys()?;
        identities.extend(self.passphrase()?.as_ref().and_then(Identity::passphrase));
        Ok(identities)
    }

    fn identities_for(&self, header: &SealingHeader) -> Result<Vec<Identity>, SealError> {
        let mut identities = self.identities()?;
        let opens = |identity: &Identity| header.recipients.contains(&identity.recipient().to_string());
        if identities.iter().any(opens) || header.passphrase.is_none() {
            return Ok(identities);
        }
        if let Some(ask) = &self.settings.ask_passphrase {
            let setting = "the passphrase that was asked for";
            let text = ask().map_err(|problem| SealError::BadKey {
                source_name: setting.into(),
                problem,
            })?;
            let recipient = self.remember(setting, &text)?;
            identities.extend(Identity::passphrase(&recipient));
        }
        Ok(identities)
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        let passphrase = self.passphrase()?;
        let mut recipients = match (self.named_recipients()?, &passphrase) {
            (Some(named), _) => named,
            (None, Some(_)) if self.keys()?.is_empty() => Vec::new(),
            (None, _) => self.own_recipients()?,
        };
        recipients.extend(passphrase);
        Ok(recipients)
    }

    fn notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().expect("no holder panics"))
    }
}
