//! Versions of Harbor.

use std::fmt;

/// A version of Harbor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// A version, for the tables of what came when.
    pub(crate) const fn new(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor,
            patch: 0,
        }
    }

    /// Reads `v2.13.2-436918f8`, as Harbor writes it. A build of the main branch (`dev`) has no number.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bare = text.trim().trim_start_matches('v');
        let numbers = bare.split(['-', '+']).next()?;
        let mut parts = numbers.split('.').map(str::parse);
        let mut next = || parts.next()?.ok();
        let (major, minor) = (next()?, next()?);
        Some(Self {
            major,
            minor,
            patch: next().unwrap_or(0),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.patch {
            0 => Ok(()),
            patch => write!(f, ".{patch}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_harbor_writes_them() {
        let read = |text| Version::read(text).map(|version| version.to_string());
        assert_eq!(read("v2.13.2-436918f8").unwrap(), "2.13.2");
        assert_eq!(read("2.9.0").unwrap(), "2.9");
        assert_eq!(read("dev"), None);
        assert!(Version::read("v2.9.4").unwrap() < Version::new(2, 10));
    }
}
