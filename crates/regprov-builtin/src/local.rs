//! `local_*`: files of this machine.

mod data;
mod file;
mod functions;
mod sensitive_file;

use crate::package::{Package, Surroundings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use regprov_provider::{Error, ErrorKind, Provider};
use regprov_value::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::sync::Arc;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("local", &["hashicorp/local"], surroundings);
    package.major = 2;
    package.resources = vec![
        regprov_provider::resource::<file::LocalFile>(),
        regprov_provider::resource::<sensitive_file::LocalSensitiveFile>(),
    ];
    package.data_sources = vec![
        regprov_provider::data_source::<data::LocalFileData>(),
        regprov_provider::data_source::<data::LocalSensitiveFileData>(),
    ];
    package.functions = functions::functions;
    package.left_out = &[("local_command", "Run the command before or after regprov.")];
    Arc::new(package)
}

/// The digests of a content.
struct Checksums {
    md5: String,
    sha1: String,
    sha256: String,
    base64sha256: String,
    sha512: String,
    base64sha512: String,
}

impl Checksums {
    fn of(content: &[u8]) -> Self {
        let (sha256, sha512) = (Sha256::digest(content), Sha512::digest(content));
        Self {
            md5: hex::encode(Md5::digest(content)),
            sha1: hex::encode(Sha1::digest(content)),
            sha256: hex::encode(sha256),
            base64sha256: STANDARD.encode(sha256),
            sha512: hex::encode(sha512),
            base64sha512: STANDARD.encode(sha512),
        }
    }
}

/// Where a content comes from: the arguments of a resource.
struct Given<'a> {
    text: Option<&'a str>,
    base64: Option<&'a str>,
    source: Option<&'a str>,
}

impl Given<'_> {
    fn content(&self, surroundings: &Surroundings) -> Result<Vec<u8>, Error> {
        if let Some(text) = self.text {
            return Ok(text.as_bytes().to_vec());
        }
        if let Some(text) = self.base64 {
            let wrong = |_| Error::new(ErrorKind::Invalid(None), "`content_base64` is not Base64");
            return STANDARD.decode(text).map_err(wrong);
        }
        let source = self.source.unwrap_or_default();
        surroundings.files.read(source)?.ok_or_else(|| {
            let message = format!("the file {source:?} that `source` names does not exist");
            Error::new(ErrorKind::Invalid(None), message)
        })
    }
}

/// A mode in octal digits; checked before.
fn mode(text: Option<&String>) -> u32 {
    text.and_then(|text| u32::from_str_radix(text, 8).ok())
        .unwrap_or(0o777)
}

fn is_mode(value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    let digits = (3..=4).contains(&text.len()) && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    if digits {
        Ok(())
    } else {
        Err("A file mode has three or four octal digits, such as \"0644\".".to_owned())
    }
}
