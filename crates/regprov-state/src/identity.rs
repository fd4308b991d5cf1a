//! Age identities and recipients: who can open a state.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::error::StateError;
use crate::file::{Prepared, create_private_directory, directory_of};
use crate::seal::SealError;

/// A private key that opens states. Has no `Debug` and is never written by accident.
#[derive(Clone)]
pub struct Identity(age::x25519::Identity);

impl Identity {
    /// Makes a new identity. The key comes from the randomness that the age library itself uses.
    #[must_use]
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
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
            identities.push(Self(identity));
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
        Recipient(self.0.to_public())
    }

    pub(crate) fn as_age(&self) -> &dyn age::Identity {
        &self.0
    }
}

/// A public key that states are sealed for.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(age::x25519::Recipient);

impl Recipient {
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
            .map(Self)
            .map_err(|reason| SealError::BadKey {
                source_name: source_name.into(),
                problem: format!("`{text}` is not an X25519 age recipient ({reason})"),
            })
    }

    fn parse_file(path: &Path) -> Result<Vec<Self>, SealError> {
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

    pub(crate) fn as_age(&self) -> &dyn age::Recipient {
        &self.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
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
        Identity::parse_all(&text, &self.path.display().to_string()).map(Some)
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
        let secret = identity.0.to_string();
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
