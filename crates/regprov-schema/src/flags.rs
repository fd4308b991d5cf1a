//! Wrappers of fields: who decides a value, who may see it, how long it lives.

use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroize;

/// A value that the remote decides, or may decide; `None` until it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Computed<T>(pub Option<T>);

impl<T> Computed<T> {
    /// A decided value.
    pub const fn known(value: T) -> Self {
        Self(Some(value))
    }

    /// The value, where it is decided.
    pub const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> From<Option<T>> for Computed<T> {
    fn from(value: Option<T>) -> Self {
        Self(value)
    }
}

/// A secret: withheld from every output, sealed at rest, wiped from memory when dropped. `None` where there is none.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret<T: Zeroize>(Option<T>);

impl<T: Zeroize> Secret<T> {
    /// Wraps a secret.
    pub const fn new(secret: T) -> Self {
        Self(Some(secret))
    }

    /// No secret.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// The secret, for the one place that sends it.
    pub const fn reveal(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        if let Some(secret) = &mut self.0 {
            secret.zeroize();
        }
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Secret(…)"
        } else {
            "Secret(none)"
        })
    }
}

/// A secret that the remote tells only when the object is created; reading keeps what was stored.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
#[serde(transparent)]
pub struct Once<T: Zeroize>(pub Secret<T>);

impl<T: Zeroize> Once<T> {
    /// Wraps a secret.
    pub const fn new(secret: T) -> Self {
        Self(Secret::new(secret))
    }

    /// The secret, for the one place that sends it.
    pub const fn reveal(&self) -> Option<&T> {
        self.0.reveal()
    }
}

/// A setting that is ours alone: never sent, never read back.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Local<T>(pub Option<T>);

/// A secret argument that is sent and never stored.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
#[serde(transparent)]
pub struct WriteOnly<T: Zeroize>(pub Secret<T>);
