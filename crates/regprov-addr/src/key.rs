//! The key that tells instances of one block apart.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::AddressError;
use crate::scan::{Scanner, write_quoted};

/// What `count` or `for_each` gives an instance. Numbers order before strings.
///
/// Printed as in an address, `[0]` or `["key"]`; serialized as a JSON number or string, as in state files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum InstanceKey {
    /// From `count`.
    Int(u64),
    /// From `for_each`.
    String(String),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::Int(index) => write!(f, "[{index}]"),
            InstanceKey::String(key) => {
                f.write_str("[")?;
                write_quoted(f, key)?;
                f.write_str("]")
            }
        }
    }
}

impl FromStr for InstanceKey {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text, "an instance key");
        let key = scanner.key()?.ok_or_else(|| scanner.error("expected `[`"))?;
        scanner.end("the key")?;
        Ok(key)
    }
}

impl From<u64> for InstanceKey {
    fn from(index: u64) -> Self {
        InstanceKey::Int(index)
    }
}

impl From<&str> for InstanceKey {
    fn from(key: &str) -> Self {
        InstanceKey::String(key.to_owned())
    }
}

impl From<String> for InstanceKey {
    fn from(key: String) -> Self {
        InstanceKey::String(key)
    }
}

/// Writes a key if there is one.
pub(crate) fn write_key(f: &mut fmt::Formatter<'_>, key: Option<&InstanceKey>) -> fmt::Result {
    match key {
        Some(key) => write!(f, "{key}"),
        None => Ok(()),
    }
}
