//! Where keys and randomness come from: given by the caller, asked for only when needed.

use std::path::PathBuf;
use std::sync::Mutex;

use crate::identity::{Identity, IdentityFile, Recipient};
use crate::seal::SealError;

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

/// Keys as the command line knows them: two settings, and a default file made on first need.
pub struct FileKeys {
    settings: FileKeysSettings,
    notices: Mutex<Vec<Notice>>,
}

/// The settings of [`FileKeys`].
pub struct FileKeysSettings {
    /// `REGPROV_IDENTITY`: the path of an identity file, or the text of an identity.
    pub identity: Option<zeroize::Zeroizing<String>>,
    /// `REGPROV_RECIPIENTS`: recipients, or paths of files of them.
    pub recipients: Option<String>,
    /// Where relative paths start.
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
        }
    }

    fn default_file(&self) -> IdentityFile {
        IdentityFile::at(&self.settings.default_identity)
    }
}

impl KeySource for FileKeys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        let Some(setting) = self
            .settings
            .identity
            .as_deref()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
        else {
            return Ok(self.default_file().load()?.unwrap_or_default());
        };
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

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        if let Some(text) = self
            .settings
            .recipients
            .as_deref()
            .filter(|text| !text.trim().is_empty())
        {
            return Recipient::parse_all(text, &self.settings.directory, "REGPROV_RECIPIENTS");
        }
        let identities = self.identities()?;
        if !identities.is_empty() {
            return Ok(identities.iter().map(Identity::recipient).collect());
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

    fn notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().expect("no holder panics"))
    }
}
