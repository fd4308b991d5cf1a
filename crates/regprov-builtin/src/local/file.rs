//! `local_file`

use super::{Checksums, Given, is_mode, mode};
use crate::files::Modes;
use crate::package::{Surroundings, TextId, not_importable};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Observed, ReadRequest, Resource,
};
use regprov_schema::{Computed, Rule, Schema, Secret};
use serde::{Deserialize, Serialize};

const CONTENTS: &[&str] = &["content", "content_base64", "sensitive_content", "source"];

/// Writes a file with a content.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct LocalFile {
    /// The content as text.
    #[schema(replaces, exactly_one_of = CONTENTS)]
    pub(crate) content: Option<String>,
    /// The content in Base64, for bytes that are no text.
    #[schema(replaces, exactly_one_of = CONTENTS)]
    pub(crate) content_base64: Option<String>,
    /// The SHA-256 of the content in Base64.
    pub(crate) content_base64sha256: Computed<String>,
    /// The SHA-512 of the content in Base64.
    pub(crate) content_base64sha512: Computed<String>,
    /// The MD5 of the content in hexadecimal digits.
    pub(crate) content_md5: Computed<String>,
    /// The SHA-1 of the content in hexadecimal digits.
    pub(crate) content_sha1: Computed<String>,
    /// The SHA-256 of the content in hexadecimal digits.
    pub(crate) content_sha256: Computed<String>,
    /// The SHA-512 of the content in hexadecimal digits.
    pub(crate) content_sha512: Computed<String>,
    /// The mode of directories that are made for the file, before the mask of the process.
    #[schema(optional, replaces, default = "0777", rules = &[Rule::Check(is_mode)])]
    pub(crate) directory_permission: Computed<String>,
    /// The mode of the file, before the mask of the process.
    #[schema(optional, replaces, default = "0777", rules = &[Rule::Check(is_mode)])]
    pub(crate) file_permission: Computed<String>,
    /// The path of the file.
    #[schema(replaces)]
    pub(crate) filename: String,
    /// The SHA-1 of the content in hexadecimal digits.
    pub(crate) id: Computed<String>,
    /// The content as text that is a secret.
    #[schema(replaces, exactly_one_of = CONTENTS, deprecated = "`local_sensitive_file`")]
    pub(crate) sensitive_content: Secret<String>,
    /// A file with the content.
    #[schema(replaces, exactly_one_of = CONTENTS)]
    pub(crate) source: Option<String>,
}

impl Resource for LocalFile {
    const TYPE: &'static str = "local_file";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    /// A file that is gone or has another content counts as absent, so that it is written anew.
    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let prior = request.prior.ok_or_else(|| not_importable(Self::TYPE))?;
        let content = request.client.files.written(&prior.filename)?;
        let sha1 = content.map(|content| Checksums::of(&content).sha1);
        Ok(match sha1 {
            Some(sha1) if Some(&sha1) == prior.id.get() => Observed::Present(prior.clone()),
            Some(_) | None => Observed::Absent,
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut object = request.desired.clone();
        let secret = object.sensitive_content.reveal().map(String::as_str);
        let given = Given {
            text: secret.or(object.content.as_deref()),
            base64: object.content_base64.as_deref(),
            source: object.source.as_deref(),
        };
        let content = given.content(request.client)?;
        let modes = Modes {
            file: mode(object.file_permission.get()),
            directory: mode(object.directory_permission.get()),
        };
        request.client.files.write(&object.filename, &content, modes)?;
        let sums = Checksums::of(&content);
        object.id = Computed::known(sums.sha1.clone());
        object.content_md5 = Computed::known(sums.md5);
        object.content_sha1 = Computed::known(sums.sha1);
        object.content_sha256 = Computed::known(sums.sha256);
        object.content_base64sha256 = Computed::known(sums.base64sha256);
        object.content_sha512 = Computed::known(sums.sha512);
        object.content_base64sha512 = Computed::known(sums.base64sha512);
        Ok(Created::Done(object))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        if let Some(prior) = request.prior {
            request.client.files.remove(&prior.filename)?;
        }
        Ok(Deleted::Gone)
    }
}
