//! Data sources `local_file` and `local_sensitive_file`

use super::Checksums;
use crate::package::Surroundings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, Schema, Secret};
use serde::{Deserialize, Serialize};

macro_rules! file_data {
    ($(#[$doc:meta])* $name:ident, $type_name:literal, $content:ty, $wrap:expr $(, $flag:ident)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, Schema)]
        pub(crate) struct $name {
            /// The content as text; bytes that are none are replaced.
            $(#[schema($flag)])?
            content: Computed<$content>,
            /// The content in Base64.
            $(#[schema($flag)])?
            content_base64: Computed<$content>,
            /// The SHA-256 of the content in Base64.
            content_base64sha256: Computed<String>,
            /// The SHA-512 of the content in Base64.
            content_base64sha512: Computed<String>,
            /// The MD5 of the content in hexadecimal digits.
            content_md5: Computed<String>,
            /// The SHA-1 of the content in hexadecimal digits.
            content_sha1: Computed<String>,
            /// The SHA-256 of the content in hexadecimal digits.
            content_sha256: Computed<String>,
            /// The SHA-512 of the content in hexadecimal digits.
            content_sha512: Computed<String>,
            /// The path of the file.
            filename: String,
            /// The SHA-1 of the content in hexadecimal digits.
            id: Computed<String>,
        }

        impl DataSource for $name {
            const TYPE: &'static str = $type_name;
            type Client = Surroundings;

            async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
                let filename = request.config.filename;
                let content = request.client.files.read(&filename)?;
                let content = content.ok_or_else(|| missing(&filename))?;
                let sums = Checksums::of(&content);
                Ok(Self {
                    content: Computed::known($wrap(String::from_utf8_lossy(&content).into_owned())),
                    content_base64: Computed::known($wrap(STANDARD.encode(&content))),
                    content_base64sha256: Computed::known(sums.base64sha256),
                    content_base64sha512: Computed::known(sums.base64sha512),
                    content_md5: Computed::known(sums.md5),
                    content_sha1: Computed::known(sums.sha1.clone()),
                    content_sha256: Computed::known(sums.sha256),
                    content_sha512: Computed::known(sums.sha512),
                    filename,
                    id: Computed::known(sums.sha1),
                })
            }
        }
    };
}

file_data!(
    /// Reads a file.
    LocalFileData,
    "local_file",
    String,
    std::convert::identity
);
file_data!(
    /// Reads a file that is a secret.
    LocalSensitiveFileData,
    "local_sensitive_file",
    Secret<String>,
    Secret::new,
    sensitive
);

fn missing(filename: &str) -> Error {
    Error::new(ErrorKind::Failed, format!("there is no file {filename:?}")).remedy(
        "Relative paths start in the working directory; use \"${path.module}/…\" for a file of the module.",
    )
}
