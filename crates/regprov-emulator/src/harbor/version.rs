//! Which release of Harbor an instance runs, and what that release knows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A release, such as `v2.13.2-436918f8`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Version {
    text: String,
    major: u32,
    minor: u32,
}

impl Version {
    /// The release of instances that nobody chose one for.
    pub(crate) const NEWEST: &'static str = "v2.15.0-c6b2b2d1";

    /// Whether this release is `major.minor` or a later one.
    pub(crate) fn has(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

/// Why a text is no release.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a release of Harbor; write it as v2.13.2")]
pub(crate) struct NoVersion(String);

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let wrong = || NoVersion(text.to_owned());
        let mut parts = text.strip_prefix('v').unwrap_or(text).split(['.', '-']);
        let mut number = || parts.next()?.parse().ok();
        let (major, minor) = (number().ok_or_else(wrong)?, number().ok_or_else(wrong)?);
        let text = if text.starts_with('v') {
            text.to_owned()
        } else {
            format!("v{text}")
        };
        Ok(Self { text, major, minor })
    }
}

impl TryFrom<String> for Version {
    type Error = NoVersion;

    fn try_from(text: String) -> Result<Self, NoVersion> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.text
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_by_number_and_not_by_text() {
        let version: Version = "2.9.1".parse().unwrap();
        assert_eq!(version.to_string(), "v2.9.1");
        assert!(version.has(2, 2) && version.has(2, 9) && !version.has(2, 10));
        assert!(Version::NEWEST.parse::<Version>().is_ok());
        assert!("latest".parse::<Version>().is_err());
    }
}
