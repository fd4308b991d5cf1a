//! Configuration files: sections of `key=value`.

use std::collections::BTreeMap;
use std::path::Path;
use zeroize::Zeroizing;

/// Section → key → value.
pub(crate) type Sections = BTreeMap<String, BTreeMap<String, Zeroizing<String>>>;

/// Reads a file; one that is not there is empty.
pub(super) fn read(path: &Path) -> std::io::Result<Sections> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(parse(&Zeroizing::new(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Sections::new()),
        Err(error) => Err(error),
    }
}

/// Reads the text of a file. Lines that begin with `;` or `#` are comments.
fn parse(text: &str) -> Sections {
    let mut sections = Sections::new();
    let mut section = String::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim().clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim();
            let bare = value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .unwrap_or(value);
            sections
                .entry(section.clone())
                .or_default()
                .insert(key.trim().to_owned(), Zeroizing::new(bare.to_owned()));
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_hold_keys_and_comments_are_left_out() {
        let text = "[default]\nendpoint = ovh-us\n; no\n[ovh-us]\napplication_key=a=b\n#x=y\n";
        let sections = parse(text);
        assert_eq!(sections["default"]["endpoint"].as_str(), "ovh-us");
        assert_eq!(sections["ovh-us"]["application_key"].as_str(), "a=b");
        assert_eq!(sections["ovh-us"].len(), 1);
    }
}
