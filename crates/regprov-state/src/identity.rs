//! Age identities and recipients: who can open a state.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::error::StateError;
use crate::file::{Prepared, create_private_directory, directory_of};
use crate::seal::SealError;

/// The cost of trying one passphrase: the logarithm of scrypt's work factor. A guess then costs what it costs us, about a
/// quarter of a second.
const PASSPHRASE_WORK: u8 = 17;
/// The most that a state may ask of us before its passphrase is tried.
const MOST_PASSPHRASE_WORK: u8 = 22;

/// What opens states: a private key, or a passphrase. Has no `Debug` and is never written by accident.
#[derive(Clone)]
pub struct Identity(IdentityKind);

#[derive(Clone)]
enum IdentityKind {
    Key(Box<age::x25519::Identity>),
    Passphrase(Arc<age::scrypt::Identity>, Recipient),
}

impl Identity {
    /// The identity of those who know a passphrase.
    #[must_use]
    pub fn passphrase(recipient: &Recipient) -> Option<Self> {
        let RecipientKind::Passphrase { text, .. } = &recipient.0 else {
            return None;
        };
        let mut identity = age::scrypt::Identity::new(text.as_str().to_owned().into());
        identity.set_max_work_factor(MOST_PASSPHRASE_WORK);
        Some(Self(IdentityKind::Passphrase(
            Arc::new(identity),
            recipient.clone(),
        )))
    }

    /// Makes a new identity. The key comes from the randomness that the age library itself uses.
    #[must_use]
    pub fn generate() -> Self {
        Self(IdentityKind::Key(Box::new(age::x25519::Identity::generate())))
    }

    /// Reads all identities of a text in the form that `age-keygen` writes.
    ///
    /// # Errors
    /// When a line is neither an identity nor a comment, or there is none. `source_name` says where the text came from.
    pub fn parse_all(text: &str, source_name: &str) -> Result<Vec<Self>, SealError> {
        let bad = |problem: &str| SealError::BadKey {
            source_name: source_name.into(),
            problem: problem.into(),
        };
        if text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") {
            return Err(bad("it is encrypted; decrypt it with `age -d` first"));
        }
        if text.starts_with("-----BEGIN ") {
            return Err(bad("it is not an age identity; make one with `age-keygen`"));
        }
        let mut identities = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // The line is never quoted: it may be a key with a typing error in it.
            let identity = line.parse::<age::x25519::Identity>().map_err(|_| {
                bad(&format!(
                    "line {} is not an X25519 age identity (AGE-SECRET-KEY-1…)",
                    number + 1
                ))
            })?;
            identities.push(Self(IdentityKind::Key(Box::new(identity))));
        }
        if identities.is_empty() {
            Err(bad("it holds no identity"))
        } else {
            Ok(identities)
        }
    }

    /// Returns the public half, which states are sealed for.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        match &self.0 {
            IdentityKind::Key(key) => Recipient(RecipientKind::Key(key.to_public())),
            IdentityKind::Passphrase(_, recipient) => recipient.clone(),
        }
    }

    pub(crate) fn as_age(&self) -> &dyn age::Identity {
        match &self.0 {
            IdentityKind::Key(key) => key.as_ref(),
            IdentityKind::Passphrase(identity, _) => identity.as_ref(),
        }
    }

    /// The text of the private key, for a new identity file.
    fn secret_text(&self) -> Option<age::secrecy::SecretString> {
        match &self.0 {
            IdentityKind::Key(key) => Some(key.to_string()),
            IdentityKind::Passphrase(..) => None,
        }
    }
}

/// Whom states are sealed for: the holder of a private key, or those who know a passphrase.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(RecipientKind);

#[derive(Clone, PartialEq, Eq)]
enum RecipientKind {
    Key(age::x25519::Recipient),
    Passphrase { text: Zeroizing<String>, work: u8 },
}

/// What a recipient by passphrase is called, in messages and in the state.
pub(crate) const PASSPHRASE: &str = "passphrase";

impl Recipient {
    /// Those who know a passphrase.
    #[must_use]
    pub fn passphrase(text: Zeroizing<String>) -> Self {
        Self(RecipientKind::Passphrase {
            text,
            work: PASSPHRASE_WORK,
        })
    }

    /// The same with another cost of one guess, as the logarithm of scrypt's work factor: tests cannot wait.
    #[must_use]
    pub fn with_passphrase_work(self, work: u8) -> Self {
        match self.0 {
            RecipientKind::Passphrase { text, .. } => Self(RecipientKind::Passphrase { text, work }),
            RecipientKind::Key(_) => self,
        }
    }

    /// Whether it is a passphrase and no key.
    #[must_use]
    pub fn is_passphrase(&self) -> bool {
        matches!(self.0, RecipientKind::Passphrase { .. })
    }

    /// Reads recipients: separated by commas or blanks, each `age1…` or the path of a file with one per line and `#`
    /// comments. Relative paths start at `directory`.
    ///
    /// # Errors
    /// When one of them is neither, or there is none at all.
    pub fn parse_all(text: &str, directory: &Path, source_name: &str) -> Result<Vec<Self>, SealError> {
        let mut recipients: Vec<Self> = Vec::new();
        for item in text.split(|character: char| character == ',' || character.is_whitespace()) {
            if item.is_empty() {
                continue;
            }
            let found = if item.starts_with("age1") {
                vec![Self::parse(item, source_name)?]
            } else {
                Self::parse_file(&directory.join(item))?
            };
            for recipient in found {
                if !recipients.contains(&recipient) {
                    recipients.push(recipient);
                }
            }
        }
        if recipients.is_empty() {
            return Err(SealError::BadKey {
                source_name: source_name.into(),
                problem: "it names no recipient".into(),
            });
        }
        Ok(recipients)
    }

    fn parse(text: &str, source_name: &str) -> Result<Self, SealError> {
        text.parse::<age::x25519::Recipient>()
            .map(|key| Self(RecipientKind::Key(key)))
            .map_err(|reason| SealError::BadKey {
                source_name: source_name.into(),
                problem: format!("`{text}` is not an X25519 age recipient ({reason})"),
            })
    }

    /// Reads a file of recipients, one in each line, with `#` comments.
    ///
    /// # Errors
    /// When it cannot be read, or a line is something else.
    pub(crate) fn parse_file(path: &Path) -> Result<Vec<Self>, SealError> {
        let text = std::fs::read_to_string(path).map_err(|source| SealError::KeyFile {
            operation: "read the recipients file",
            path: path.to_owned(),
            source,
        })?;
        let name = path.display().to_string();
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| Self::parse(line, &name))
            .collect()
    }

    pub(crate) fn to_age(&self) -> Box<dyn age::Recipient> {
        match &self.0 {
            RecipientKind::Key(key) => Box::new(key.clone()),
            RecipientKind::Passphrase { text, work } => {
                let mut recipient = age::scrypt::Recipient::new(text.as_str().to_owned().into());
                recipient.set_work_factor(*work);
                Box::new(recipient)
            }
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RecipientKind::Key(key) => key.fmt(formatter),
            RecipientKind::Passphrase { .. } => formatter.write_str(PASSPHRASE),
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Recipient({self})")
    }
}

/// A file that holds identities, in the form of `age-keygen`, mode 0600.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFile {
    path: PathBuf,
}

impl IdentityFile {
    /// Names the file; nothing is read yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it; `None` where it does not exist.
    ///
    /// # Errors
    /// When it cannot be read, can be read by others, or holds something else.
    pub fn load(&self) -> Result<Option<Vec<Identity>>, SealError> {
        match self.read()? {
            Some(text) => Identity::parse_all(&text, &self.path.display().to_string()).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a file that holds another secret, under the same rules.
    pub(crate) fn text(&self) -> Result<Zeroizing<String>, SealError> {
        self.read()?.ok_or_else(|| SealError::KeyFile {
            operation: "read the passphrase file",
            path: self.path.clone(),
            source: std::io::ErrorKind::NotFound.into(),
        })
    }

    fn read(&self) -> Result<Option<Zeroizing<String>>, SealError> {
        // A link is allowed here: people keep keys elsewhere. What counts is the file that it leads to.
        let failed = |source| SealError::KeyFile {
            operation: "read the identity file",
            path: self.path.clone(),
            source,
        };
        let mut file = match std::fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        self.refuse_exposed(&file)?;
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(failed)?;
        Ok(Some(text))
    }

    /// Reads it, making it with one new identity where it does not exist; says whether it was made. `created` is the
    /// present time as text, for the comment in the file.
    ///
    /// # Errors
    /// As for [`IdentityFile::load`], and when it cannot be written.
    pub fn load_or_create(&self, created: &str) -> Result<(Vec<Identity>, bool), SealError> {
        if let Some(identities) = self.load()? {
            return Ok((identities, false));
        }
        let identity = Identity::generate();
        let secret = identity.secret_text().expect("a generated identity is a key");
        let text = Zeroizing::new(format!(
            "# created: {created}\n# public key: {}\n{}\n",
            identity.recipient(),
            secret.expose_secret()
        ));
        create_private_directory(&directory_of(&self.path)).map_err(key_file)?;
        let tag = format!("{}-identity", std::process::id());
        let placed = Prepared::write(&self.path, &tag, text.as_bytes())
            .and_then(|prepared| prepared.place_new(&self.path))
            .map_err(key_file)?;
        if placed {
            return Ok((vec![identity], true));
        }
        // Another run was faster: its identity is the one.
        let missing = || SealError::KeyFile {
            operation: "read the identity file",
            path: self.path.clone(),
            source: std::io::ErrorKind::NotFound.into(),
        };
        Ok((self.load()?.ok_or_else(missing)?, false))
    }

    #[cfg(unix)]
    fn refuse_exposed(&self, file: &std::fs::File) -> Result<(), SealError> {
        use std::os::unix::fs::PermissionsExt;
        let metadata = file.metadata().map_err(|source| SealError::KeyFile {
            operation: "look at the identity file",
            path: self.path.clone(),
            source,
        })?;
        let mode = metadata.permissions().mode() & 0o777;
        if metadata.is_file() && mode & 0o077 != 0 {
            return Err(SealError::Exposed {
                path: self.path.clone(),
                mode,
            });
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn refuse_exposed(&self, _file: &std::fs::File) -> Result<(), SealError> {
        Ok(())
    }
}

fn key_file(error: StateError) -> SealError {
    match error {
        StateError::Io {
            operation,
            path,
            source,
        } => SealError::KeyFile {
            operation,
            path,
            source,
        },
        other => SealError::Library {
            problem: other.to_string(),
        },
    }
}
