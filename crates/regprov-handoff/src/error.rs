//! Why a credential cannot be written in a form.

/// A credential that cannot be written in a form. No text of it holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum HandoffError {
    /// There is no secret to hand over.
    #[error("the credential of `{0}` has no secret; it was lost, or is not made yet")]
    NoSecret(String),
    /// A value holds a character that its consumers break.
    #[error(
        "the {what} holds the control character {character}, which Helm charts and shells break; make a new one without it"
    )]
    ControlCharacter {
        /// Which value.
        what: &'static str,
        /// The character, in its Unicode notation.
        character: String,
    },
    /// Docker's form ends a user name at the first colon.
    #[error("the username holds a colon, where docker's form of a login ends the username")]
    ColonInUsername,
    /// The host is no host.
    #[error(
        "`{0}` is not the host of a registry: letters, digits, dots, dashes, and a port after a colon are wanted"
    )]
    Host(String),
    /// An image prefix needs to know more.
    #[error(
        "image names on this registry begin with {wanted}, which the credential does not tell; name it with `--project`"
    )]
    ProjectNeeded {
        /// What is wanted.
        wanted: &'static str,
    },
    /// The image names would not be accepted.
    #[error(
        "`{0}` cannot begin an image name: lower-case letters and digits are wanted, and between them single `.`, `_`, `/`, or dashes"
    )]
    ImagePrefix(String),
    /// The image names would be where the credential may not push.
    #[error("images named `{prefix}…` are outside `{allowed}`, where alone the credential may push")]
    OutsideScope {
        /// The prefix of their names.
        prefix: String,
        /// Where the credential may push.
        allowed: String,
    },
    /// A Kubernetes name is none.
    #[error(
        "`{0}` is not a name that Kubernetes accepts: lower-case letters, digits and dashes, beginning and ending with a letter or digit"
    )]
    KubernetesName(String),
    /// The file to merge into is not docker's.
    #[error("the existing docker configuration is not what docker writes: {0}")]
    ExistingConfig(&'static str),
}
