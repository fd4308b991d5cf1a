//! A sweep for secrets: every byte of files and outputs, in every form in which a secret may stand there.
//!
//! It shares no code with what scrubs secrets: a form that is forgotten there must be found here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::directory::files;

/// What RFC 3986 never needs to escape.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The file, or the name of the output.
    pub place: String,
    /// Whose secret it is.
    pub secret: String,
    /// In what form.
    pub form: &'static str,
    /// Where.
    pub offset: usize,
}

impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}: {} as {} at byte {}",
            self.place, self.secret, self.form, self.offset
        )
    }
}

/// The secrets to look for. A name stands for each in what is found; the secrets themselves are not printed.
#[derive(Clone, Default)]
pub struct Sweep {
    needles: BTreeMap<Vec<u8>, (String, &'static str)>,
}

impl Sweep {
    /// Nothing to look for yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for a secret too, in all its forms.
    ///
    /// # Panics
    /// When the secret is too short to be told from other bytes.
    #[must_use]
    pub fn with(mut self, name: &str, secret: &str) -> Self {
        assert!(secret.len() >= 6, "{name} is too short to be swept for");
        for (form, needle) in forms(secret) {
            self.needles
                .entry(needle)
                .or_insert_with(|| (name.to_owned(), form));
        }
        self
    }

    /// Looks through bytes: an output, for one.
    #[must_use]
    pub fn bytes(&self, place: &str, bytes: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        for (needle, (secret, form)) in &self.needles {
            if let Some(offset) = position(bytes, needle) {
                found.push(Found {
                    place: place.to_owned(),
                    secret: secret.clone(),
                    form,
                    offset,
                });
            }
        }
        found
    }

    /// Looks through every file below a folder, their names included.
    ///
    /// # Panics
    /// When a file cannot be read.
    #[must_use]
    pub fn folder(&self, folder: &Path) -> Vec<Found> {
        let mut found = Vec::new();
        for path in files(folder) {
            let place = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            found.extend(self.bytes(&format!("the name of {place}"), place.as_bytes()));
            let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            found.extend(self.bytes(&place, &bytes));
        }
        found
    }
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, rest) = needle.split_first()?;
    let starts = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts
        .map(|(at, _)| at)
        .find(|at| bytes[at + 1..].starts_with(rest))
}

fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let json = serde_json::to_string(secret).expect("a text is JSON");
    let json = &json[1..json.len() - 1];
    let twice = serde_json::to_string(json).expect("a text is JSON");
    let angle = json
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    let url = percent_encode(secret.as_bytes(), UNRESERVED).to_string();
    let form = serde_urlencoded::to_string([("", secret)]).expect("a text can be written as a form");
    let strict = percent_encode(secret.as_bytes(), NON_ALPHANUMERIC).to_string();
    let mut forms: Vec<(&'static str, Vec<u8>)> = vec![
        ("plain text", secret.into()),
        ("JSON", json.into()),
        ("JSON within JSON", twice[1..twice.len() - 1].into()),
        ("JSON within HTML", angle.into()),
        ("a URL", url.to_lowercase().into()),
        ("a URL", url.into()),
        ("a form", form[1..].into()),
        ("a URL, all escaped", strict.into()),
        ("hex", hex::encode(secret).into()),
        ("capital hex", hex::encode_upper(secret).into()),
        (
            "UTF-16",
            secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
    ];
    for alignment in 0..3 {
        forms.push((
            "base64",
            aligned(secret, alignment, |bytes| STANDARD_NO_PAD.encode(bytes)),
        ));
        forms.push((
            "URL-safe base64",
            aligned(secret, alignment, |bytes| URL_SAFE_NO_PAD.encode(bytes)),
        ));
    }
    forms
}

/// The characters that the secret alone decides when it starts `alignment` bytes into a group of three.
fn aligned(secret: &str, alignment: usize, encode: impl Fn(&[u8]) -> String) -> Vec<u8> {
    let mut bytes = vec![0; alignment];
    bytes.extend_from_slice(secret.as_bytes());
    let (first, last) = (
        alignment * 4 / 3 + usize::from(alignment > 0),
        bytes.len() * 4 / 3,
    );
    encode(&bytes).as_bytes()[first..last].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a~b\"c/d+e&f=~9Zk";

    fn sweep() -> Sweep {
        Sweep::new().with("the secret", SECRET)
    }

    #[test]
    fn a_planted_secret_is_found_in_every_form() {
        let json = serde_json::json!({ "a": SECRET }).to_string();
        let planted = [
            format!("x{SECRET}y"),
            serde_json::json!({ "body": json }).to_string(),
            json,
            percent_encode(SECRET.as_bytes(), UNRESERVED).to_string(),
            serde_urlencoded::to_string([("a", SECRET)]).unwrap(),
            hex::encode(format!("ab{SECRET}")),
            hex::encode_upper(SECRET),
            STANDARD_NO_PAD.encode(format!("user:{SECRET}\n")),
            STANDARD_NO_PAD.encode(format!("users:{SECRET}\n")),
            URL_SAFE_NO_PAD.encode(format!("us:{SECRET}")),
            URL_SAFE_NO_PAD.encode(SECRET),
        ];
        for text in planted {
            assert!(!sweep().bytes("output", text.as_bytes()).is_empty(), "{text}");
        }
        assert_eq!(sweep().bytes("output", b"a~b\"c/d+e&f=~9Z"), []);
    }

    #[test]
    fn a_file_in_a_folder_is_found_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/.b")).unwrap();
        std::fs::write(
            folder.path().join("a/.b/c"),
            [b"\0\xff".as_slice(), SECRET.as_bytes()].concat(),
        )
        .unwrap();
        let found = sweep().folder(folder.path());
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["a/.b/c: the secret as plain text at byte 2"]
        );
    }
}
