//! What can fail between a state and the disk it lives on.

use std::io;
use std::path::PathBuf;

use crate::lock::LockInfo;
use crate::seal::SealError;

/// What the caller can do about a [`StateError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Someone else holds the lock: wait and try again, or report the holder.
    Locked,
    /// The state moved under us: nothing was written; start again from a fresh read.
    Moved,
    /// The state is not what we last wrote, or was altered: a person must decide.
    Refused,
    /// A key is missing or does not fit.
    Key,
    /// The bytes cannot be understood.
    Malformed,
    /// The operating system, or the store across the network, failed us.
    Io,
}

/// A failure of the state layer.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// An operation on a file failed.
    #[error("failed to {operation} {}", path.display())]
    Io {
        /// What was attempted, as a verb phrase ("write the state file").
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// A symbolic link stands where a file of ours belongs.
    #[error("{} is a symbolic link, and state files are never written through one", path.display())]
    Symlink {
        /// Where the link is.
        path: PathBuf,
    },
    /// A file that should hold JSON does not.
    #[error("{location} is not valid JSON")]
    NotJson {
        /// Which file or object.
        location: String,
        /// Where the parser stopped.
        #[source]
        source: serde_json::Error,
    },
    /// The JSON is not a state.
    #[error("{location} is not a state that can be read: {problem}")]
    Malformed {
        /// Which file or object, and where in it.
        location: String,
        /// What is wrong there.
        problem: String,
    },
    /// A state of Terraform before 0.12.
    #[error("{location} has state format version {version}, from Terraform before 0.12")]
    OldVersion {
        /// Which file or object.
        location: String,
        /// The version found.
        version: u64,
    },
    /// A state of a later Terraform or regprov.
    #[error("{location} is a state from a newer version: it has format version {version}")]
    NewerVersion {
        /// Which file or object.
        location: String,
        /// The version found.
        version: u64,
    },
    /// The lock is taken.
    #[error("the state {location} is locked")]
    Locked {
        /// Which state.
        location: String,
        /// Who holds it, where that could be read.
        holder: Option<Box<LockInfo>>,
    },
    /// The lock is not, or no longer, ours.
    #[error("the lock on {location} is not held by this run")]
    NotHeld {
        /// Which state.
        location: String,
    },
    /// A live process of this machine holds the lock that was to be broken.
    #[error("the lock on {location} cannot be broken")]
    Unbreakable {
        /// Which state.
        location: String,
        /// Why not.
        reason: String,
    },
    /// A conditional write found something else than what had been read.
    #[error("the state {location} was changed by someone else since it was read")]
    Moved {
        /// Which state.
        location: String,
    },
    /// A create-only name exists already: another writer is at work, or took over.
    #[error("journal segment {segment} of {location} exists already")]
    SegmentExists {
        /// Which state.
        location: String,
        /// The segment's name.
        segment: String,
    },
    /// The authenticated head does not fit the content.
    #[error("the sealed state {location} was altered: {problem}")]
    Altered {
        /// Which state.
        location: String,
        /// What does not fit.
        problem: String,
    },
    /// An older state than one already seen here.
    #[error(
        "the state {location} was rolled back: it has serial {found}, but serial {seen} was already seen here"
    )]
    RolledBack {
        /// Which state.
        location: String,
        /// The serial found.
        found: u64,
        /// The highest serial seen.
        seen: u64,
    },
    /// A journal record fails its checks, and it is not the torn end of a write that was cut short.
    #[error("the journal {location} is damaged at byte {offset}: {problem}")]
    JournalDamaged {
        /// Which journal.
        location: String,
        /// Where in it.
        offset: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A journal is left over that was begun on another snapshot than the present one.
    #[error(
        "the journal beside {location} was begun on serial {base}, but the state is now at serial {found} with other content"
    )]
    JournalBase {
        /// Which state.
        location: String,
        /// The serial that the journal is based on.
        base: u64,
        /// The serial of the snapshot.
        found: u64,
    },
    /// The first sealing of a state that another tool wrote needs consent.
    #[error("the state {location} holds secrets in clear, and sealing them needs consent")]
    ConsentNeeded {
        /// Which state.
        location: String,
    },
    /// Writes without a known outcome stand in the way.
    #[error("{writes} writes to {location} have no known outcome yet")]
    Unfinished {
        /// Which state.
        location: String,
        /// How many.
        writes: usize,
    },
    /// A pushed state does not follow the present one.
    #[error("{location} cannot take the place of the state: {problem}")]
    NoSuccessor {
        /// Which file.
        location: String,
        /// Why not.
        problem: String,
    },
    /// A write was asked of a session that was opened for reading.
    #[error("the state {location} was opened without its lock, for reading only")]
    ReadOnly {
        /// Which state.
        location: String,
    },
    /// A store across the network failed, or refused us.
    #[error("failed to {operation} {location}: {problem}")]
    Remote {
        /// What was attempted, as a verb phrase ("write the state").
        operation: String,
        /// Which state or object.
        location: String,
        /// What the store or the network said.
        problem: String,
        /// What to do, in sentences, where that can be said.
        remedy: Option<String>,
    },
    /// A store does not keep the promises that a lock stands on.
    #[error("the store of {location} cannot be trusted with a state: {fault}")]
    Unfit {
        /// Which state.
        location: String,
        /// Which promise it broke, and how that was seen.
        fault: String,
    },
    /// Keys or sealed values failed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl StateError {
    /// Returns what the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } | Self::Remote { .. } => ErrorKind::Io,
            Self::Symlink { .. }
            | Self::Unbreakable { .. }
            | Self::Altered { .. }
            | Self::RolledBack { .. }
            | Self::JournalDamaged { .. }
            | Self::JournalBase { .. }
            | Self::ConsentNeeded { .. }
            | Self::Unfit { .. }
            | Self::NoSuccessor { .. }
            | Self::Unfinished { .. }
            | Self::ReadOnly { .. } => ErrorKind::Refused,
            Self::NotJson { .. }
            | Self::Malformed { .. }
            | Self::OldVersion { .. }
            | Self::NewerVersion { .. } => ErrorKind::Malformed,
            Self::Locked { .. } => ErrorKind::Locked,
            Self::NotHeld { .. } | Self::Moved { .. } | Self::SegmentExists { .. } => ErrorKind::Moved,
            Self::Seal(_) => ErrorKind::Key,
        }
    }

    /// Returns the constant words that name this failure in a diagnostic.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        match self {
            Self::Io { .. } => "State file operation failed",
            Self::Symlink { .. } => "State file is a symbolic link",
            Self::NotJson { .. } | Self::Malformed { .. } => "State cannot be read",
            Self::OldVersion { .. } => "State from an old version of Terraform",
            Self::NewerVersion { .. } => "State from a newer version",
            Self::Locked { .. } => "State is locked",
            Self::NotHeld { .. } => "State lock was lost",
            Self::Unbreakable { .. } => "State lock cannot be broken",
            Self::Moved { .. } | Self::SegmentExists { .. } => "State was changed by someone else",
            Self::Altered { .. } => "Sealed state was altered",
            Self::RolledBack { .. } => "State was rolled back",
            Self::JournalDamaged { .. } => "Journal is damaged",
            Self::JournalBase { .. } => "Journal does not belong to this state",
            Self::ConsentNeeded { .. } => "Sealing this state needs consent",
            Self::NoSuccessor { .. } => "State cannot be pushed",
            Self::Unfinished { .. } => "State has unfinished writes",
            Self::ReadOnly { .. } => "State is open for reading only",
            Self::Remote { .. } => "State store failed",
            Self::Unfit { .. } => "State store breaks its promises",
            Self::Seal(error) => error.summary(),
        }
    }

    /// Returns the sentences of a diagnostic: what is wrong, where, why, and what to do. The chain of sources is walked,
    /// so nothing needs to be added to it.
    #[must_use]
    pub fn detail(&self) -> String {
        let mut text = capitalized(&self.to_string());
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text.push('.');
        if let Some(remedy) = self.remedy() {
            text.push(' ');
            text.push_str(&remedy);
        }
        text
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull => {
                    Some("Free some space and run the command again; nothing recorded so far is lost.".into())
                }
                io::ErrorKind::PermissionDenied => {
                    Some("Check the owner and the permissions of the file and of its directory.".into())
                }
                _ => None,
            },
            Self::Symlink { .. } => {
                Some("Put the real file in its place, then run the command again.".into())
            }
            Self::OldVersion { .. } => Some(
                "Run `terraform apply` once with Terraform 0.12 or later (0.13 for a state of 0.12), which upgrades it, \
                 then come back."
                    .into(),
            ),
            Self::NewerVersion { .. } => Some("Use the newer version of the tool that wrote it.".into()),
            Self::Locked { holder, .. } => Some(locked_remedy(holder.as_deref())),
            Self::NotHeld { .. } => {
                Some("Another run took over; look at its outcome, then run the command again.".into())
            }
            Self::Unbreakable { reason, .. } => Some(reason.clone()),
            Self::Moved { .. } | Self::SegmentExists { .. } => {
                Some("Nothing was overwritten. Run the command again, and avoid -lock=false.".into())
            }
            Self::Altered { .. } => Some(
                "It was edited or damaged outside of regprov. Restore the file from a backup with \
                 `regprov state restore`."
                    .into(),
            ),
            Self::RolledBack { .. } => Some(
                "If an old copy was put back on purpose, say so with `regprov state restore`; otherwise find out who \
                 replaced it."
                    .into(),
            ),
            Self::JournalDamaged { .. } => Some(
                "Records up to that byte are intact. Restore the journal from a copy of the disk; or move it away to go on \
                 from the last snapshot, but then check for objects that were made after it."
                    .into(),
            ),
            Self::JournalBase { .. } => Some(
                "Another tool wrote the state after a run of regprov was cut short. Put that state back as it was, or \
                 move the journal away and check for objects that the interrupted run made."
                    .into(),
            ),
            Self::ConsentNeeded { .. } => Some(
                "Afterwards Terraform can no longer read the state (`regprov state export` gives it back), and a backup \
                 in clear is left beside it. Pass -seal-state to agree."
                    .into(),
            ),
            Self::Remote { remedy, .. } => remedy.clone(),
            Self::Unfit { .. } => Some(
                "Two runs at once could overwrite each other there. Nothing was written. Keep the state in a store with \
                 create-only and conditional writes, or update this one to a version that has them."
                    .into(),
            ),
            Self::Unfinished { .. } => {
                Some("Run `regprov plan` or `apply` first: it looks them up.".into())
            }
            Self::NoSuccessor { .. } => {
                Some("If that is meant, `state push -force` puts it in place; a backup of the present state is wise.".into())
            }
            Self::Seal(error) => error.remedy().map(str::to_owned),
            Self::NotJson { .. } | Self::Malformed { .. } | Self::ReadOnly { .. } => None,
        }
    }

    pub(crate) fn io(
        operation: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> StateError {
        let path = path.into();
        move |source| StateError::Io {
            operation,
            path,
            source,
        }
    }

    pub(crate) fn malformed(location: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Malformed {
            location: location.into(),
            problem: problem.into(),
        }
    }
}

fn locked_remedy(holder: Option<&LockInfo>) -> String {
    match holder {
        Some(info) => {
            let more = if info.info.is_empty() {
                String::new()
            } else {
                format!(" {}", info.info)
            };
            format!(
                "It is held by {} for {} since {} (lock ID {}).{more} Wait for that run to end, or wait longer with \
                 -lock-timeout.",
                info.who,
                info.operation_words(),
                info.created,
                info.id
            )
        }
        None => "Another process holds it and left no note about itself. Wait for that run to end, or wait longer with \
                 -lock-timeout."
            .into(),
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if first.is_ascii_lowercase() => {
            first.to_uppercase().collect::<String>() + characters.as_str()
        }
        Some(_) | None => text.to_owned(),
    }
}
