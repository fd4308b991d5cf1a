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
    /// More than one passphrase was given.
    #[error("a state is sealed for one passphrase at most")]
    TwoPassphrases,
    /// A command that should print a key failed.
    #[error("the command of {setting} gave no key: {problem}")]
    KeyCommand {
        /// The setting that names the command.
        setting: &'static str,
        /// What happened.
        problem: String,
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
            Self::TwoPassphrases | Self::KeyCommand { .. } => "Sealing key is not usable",
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
                "Set REGPROV_IDENTITY to the identity file (or the AGE-SECRET-KEY text) of one of these recipients, or \
                 REGPROV_PASSPHRASE where it is sealed for a passphrase.",
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
            Self::TwoPassphrases => {
                Some("Set one of REGPROV_PASSPHRASE, REGPROV_PASSPHRASE_FILE and REGPROV_PASSPHRASE_COMMAND.")
            }
            Self::KeyCommand { .. } => {
                Some("Run the command by hand: it must end with 0 and print nothing but the key.")
            }
            Self::BadKey { .. } | Self::KeyFile { .. } | Self::Library { .. } => None,
        }
    }
}
