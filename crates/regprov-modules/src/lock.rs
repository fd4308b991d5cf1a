//! The lock file: what was downloaded for each module call, pinned by version or commit and by content.

use crate::{InstallError, codes};
use hcl_edit::structure::Body;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// The name of the lock file, in the working directory.
pub const LOCK_FILE: &str = ".regprov.lock.hcl";

const HEADER: &str = "# Written by `regprov init`: the modules that were downloaded, pinned by version or commit and by content.
# Commit this file. `regprov init -upgrade` pins what is newest.
";

/// Pins by the calls that lead to a module: `network.subnets`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock(pub BTreeMap<String, Pin>);

/// What one downloaded module is pinned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The package that it came from, without directory and password.
    pub source: String,
    /// Its version, where it came from a registry.
    pub version: Option<String>,
    /// Its commit, where it came from a git repository.
    pub commit: Option<String>,
    /// The digest of its files.
    pub digest: String,
}

impl Lock {
    /// Reads the lock file of a working directory; there need not be one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(directory: &Path) -> Result<Self, InstallError> {
        let path = directory.join(LOCK_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(broken(error.to_string())),
        }
    }

    /// Reads the text of a lock file.
    ///
    /// # Errors
    /// It is not one.
    pub fn parse(text: &str) -> Result<Self, InstallError> {
        let body: Body = text
            .parse()
            .map_err(|error: hcl_edit::parser::Error| broken(error.to_string()))?;
        let mut pins = BTreeMap::new();
        for block in body.get_blocks("module") {
            let [label] = block.labels.as_slice() else {
                return Err(broken("a `module` block has one label"));
            };
            let key = label.as_str().to_owned();
            let text = |name: &str| {
                let value = block.body.get_attribute(name).map(|attribute| &attribute.value);
                value.and_then(|value| value.as_str()).map(str::to_owned)
            };
            let needed =
                |name: &str| text(name).ok_or_else(|| broken(format!("the module `{key}` has no `{name}`")));
            let pin = Pin {
                source: needed("source")?,
                version: text("version"),
                commit: text("commit"),
                digest: needed("digest")?,
            };
            if pins.insert(key.clone(), pin).is_some() {
                return Err(broken(format!("the module `{key}` stands in it twice")));
            }
        }
        Ok(Self(pins))
    }

    /// Writes the lock file of a working directory; without pins there is none.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), InstallError> {
        let path = directory.join(LOCK_FILE);
        if self.0.is_empty() {
            return crate::tree::remove(&path);
        }
        let new = directory.join(format!("{LOCK_FILE}.new"));
        std::fs::write(&new, self.to_string())
            .and_then(|()| std::fs::rename(&new, &path))
            .map_err(|error| InstallError::disk(&path, &error))
    }
}

impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HEADER)?;
        for (key, pin) in &self.0 {
            let settings = [
                ("source", Some(&pin.source)),
                ("version", pin.version.as_ref()),
                ("commit", pin.commit.as_ref()),
                ("digest", Some(&pin.digest)),
            ];
            let settings: Vec<(&str, &String)> = settings
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect();
            let width = settings.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            writeln!(f, "\nmodule {} {{", quoted(key))?;
            for (name, value) in settings {
                writeln!(f, "  {name:width$} = {}", quoted(value))?;
            }
            writeln!(f, "}}")?;
        }
        Ok(())
    }
}

/// A string of HCL that stands for a text.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a text does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}

fn broken(message: impl std::fmt::Display) -> InstallError {
    InstallError::new(&codes::LOCK, format!("{LOCK_FILE} cannot be read: {message}"))
        .help("Put the last good version back, or delete it and run: regprov init -upgrade")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_reads_as_it_was_written() {
        let pin = |source: &str, version: Option<&str>| Pin {
            source: source.to_owned(),
            version: version.map(str::to_owned),
            commit: Some("abc".to_owned()),
            digest: "sha256:00".to_owned(),
        };
        let pins = [
            ("a".to_owned(), pin("registry.terraform.io/a/b/c", Some("1.0.0"))),
            (
                "a.b".to_owned(),
                pin("git::https://h.example/${x}\"%{y}\\z", None),
            ),
        ];
        let lock = Lock(pins.into());
        let text = lock.to_string();
        assert!(
            text.contains("  version = \"1.0.0\"\n  commit  = \"abc\"\n"),
            "{text}"
        );
        assert_eq!(Lock::parse(&text).unwrap(), lock);
    }

    #[test]
    fn a_broken_lock_file_is_refused_with_the_remedy() {
        for text in [
            "module {",
            "module \"a\" {}",
            "module {\n  source = \"x\"\n  digest = \"y\"\n}\n",
        ] {
            let error = Lock::parse(text).unwrap_err();
            assert!(error.to_string().contains(LOCK_FILE), "{error}");
        }
    }
}
