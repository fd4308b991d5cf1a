//! What can go wrong with keys and sealed values.

/// A failure to seal or to open. Never holds secret material.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// No identity at hand opens the state's key.
    #[error(
        "none of the {tried} identities at hand opens the key of this state, which is sealed for {recipients}"
    )]
    NoIdentity {
        /// How many identities were tried.
        tried: usize,
        /// The recipients it is sealed for.
        recipients: String,
    },
    /// A new key would be sealed for others only.
    #[error(
        "none of the {tried} identities at hand is among the recipients, so that this state could not be opened again"
    )]
    NotRecipient {
        /// How many identities were tried.
        tried: usize,
    },
    /// No recipient was given.
    #[error("there is no recipient to seal the state for")]
    NoRecipient,
    /// The wrapped key cannot be understood.
    #[error("the key of this state is damaged: {problem}")]
    DamagedKey {
        /// What is wrong with it.
        problem: String,
    },
    /// A sealed value was sealed with another key.
    #[error(
        "the sealed value of {place} was sealed with key {found}, but the key of this state is {expected}"
    )]
    OtherKey {
        /// Where the value stands.
        place: String,
        /// The key that it names.
        found: String,
        /// The key of the state.
        expected: String,
    },
    /// A sealed value does not belong where it stands, or was changed.
    #[error(
        "the sealed value of {place} was altered, or moved there from another attribute, resource or state"
    )]
    Foreign {
        /// Where the value stands.
        place: String,
    },
    /// A sealed value is not in the form that this version writes.
    #[error("the sealed value of {place} is not in a form that this version reads")]
    Form {
        /// Where the value stands.
        place: String,
    },
    /// An identity or recipient cannot be understood.
    #[error("{source_name} is not usable: {problem}")]
    BadKey {
        /// Where it came from.
        source_name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A key file could not be read or written.
    #[error("failed to {operation} {}", path.display())]
    KeyFile {
        /// What was attempted.
        operation: &'static str,
        /// The file.
        path: std::path::PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A key file can be read by others.
    #[error("the identity file {} can be read by others (mode {mode:03o})", path.display())]
    Exposed {
        /// The file.
        path: std::path::PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Encryption itself failed.
    #[error("the encryption library failed: {problem}")]
    Library {
        /// Its words.
        problem: String,
    },
}

impl SealError {
    pub(crate) fn summary(&self) -> &'static str {
        match self {
            Self::NoIdentity { .. } | Self::NotRecipient { .. } => "No identity opens this state",
            Self::NoRecipient => "No recipient for sealing",
            Self::DamagedKey { .. } => "State key is damaged",
            Self::OtherKey { .. } | Self::Foreign { .. } | Self::Form { .. } => "Sealed value was altered",
            Self::BadKey { .. } | Self::KeyFile { .. } => "Sealing key is not usable",
            Self::Exposed { .. } => "Identity file is readable by others",
            Self::Library { .. } => "Sealing failed",
        }
    }

    pub(crate) fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::NoIdentity { .. } => Some(
                "Set REGPROV_IDENTITY to the identity file (or the AGE-SECRET-KEY text) of one of these recipients.",
            ),
            Self::NotRecipient { .. } => Some(
                "Add the recipient of your own identity to REGPROV_RECIPIENTS, or set REGPROV_IDENTITY to an identity \
                 whose recipient is listed there.",
            ),
            Self::NoRecipient => Some("List at least one age recipient (age1…) in REGPROV_RECIPIENTS."),
            Self::DamagedKey { .. } | Self::OtherKey { .. } | Self::Foreign { .. } | Self::Form { .. } => {
                Some(
                    "The state was edited or damaged outside of regprov. Restore it from a backup with `regprov state restore`.",
                )
            }
            Self::Exposed { .. } => {
                Some("Take the permissions away with `chmod 600`, and consider the key known.")
            }
            Self::BadKey { .. } | Self::KeyFile { .. } | Self::Library { .. } => None,
        }
    }
}
