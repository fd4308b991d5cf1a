//! Which operation of the distribution API a request asks for, and what right it takes.

use http::{Method, StatusCode};

use super::failure::Failure;

/// An operation, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/v2/`
    Base,
    /// `/v2/_catalog`
    Catalog,
    /// `/v2/<name>/tags/list`
    Tags {
        /// The repository.
        repository: String,
    },
    /// `/v2/<name>/referrers/<digest>`
    Referrers {
        /// The repository.
        repository: String,
        /// Digest of the subject.
        digest: String,
    },
    /// `/v2/<name>/manifests/<reference>`
    Manifest {
        /// The repository.
        repository: String,
        /// A tag or a digest.
        reference: String,
    },
    /// `/v2/<name>/blobs/<digest>`
    Blob {
        /// The repository.
        repository: String,
        /// The digest.
        digest: String,
    },
    /// `/v2/<name>/blobs/uploads/`
    StartUpload {
        /// The repository.
        repository: String,
    },
    /// `/v2/<name>/blobs/uploads/<id>`
    Upload {
        /// The repository.
        repository: String,
        /// The upload.
        id: String,
    },
}

/// What may be done with a repository, or with the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// Read manifests and blobs.
    Pull,
    /// Write manifests and blobs.
    Push,
    /// Delete manifests, tags and blobs.
    Delete,
    /// Read tags and other metadata.
    MetadataRead,
    /// Write metadata.
    MetadataWrite,
    /// List the repositories.
    Catalog,
}

impl Access {
    /// The action as token scopes write it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::MetadataRead => "metadata_read",
            Self::MetadataWrite => "metadata_write",
            Self::Catalog => "*",
        }
    }
}

/// The right that an operation takes: any one of the accesses, on a repository or on the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// The repository; none for the catalogue.
    pub(crate) repository: Option<String>,
    /// Any one of these is enough; the first is what a challenge asks for.
    pub(crate) any_of: Vec<Access>,
}

impl Route {
    /// Reads the operation out of a path under `/v2`.
    pub(crate) fn parse(path: &str) -> Result<Self, Failure> {
        let unknown = || {
            Failure::new(
                StatusCode::NOT_FOUND,
                "UNSUPPORTED",
                format!("no operation at {path}"),
            )
        };
        let rest = path.strip_prefix("/v2").ok_or_else(unknown)?;
        if rest.is_empty() || rest == "/" {
            return Ok(Self::Base);
        }
        let rest = rest.strip_prefix('/').ok_or_else(unknown)?;
        if rest == "_catalog" {
            return Ok(Self::Catalog);
        }
        let (repository, route) = Self::in_repository(rest).ok_or_else(unknown)?;
        if !is_repository_name(&repository) {
            return Err(
                Failure::new(StatusCode::BAD_REQUEST, "NAME_INVALID", "invalid repository name")
                    .with_detail(serde_json::json!({ "name": repository })),
            );
        }
        Ok(route)
    }

    fn in_repository(rest: &str) -> Option<(String, Self)> {
        if let Some(name) = rest.strip_suffix("/tags/list") {
            let repository = name.to_owned();
            return Some((repository.clone(), Self::Tags { repository }));
        }
        for suffix in ["/blobs/uploads/", "/blobs/uploads"] {
            if let Some(name) = rest.strip_suffix(suffix) {
                let repository = name.to_owned();
                return Some((repository.clone(), Self::StartUpload { repository }));
            }
        }
        let (head, last) = rest.rsplit_once('/')?;
        let last = last.to_owned();
        if let Some(name) = head.strip_suffix("/blobs/uploads") {
            let repository = name.to_owned();
            return Some((repository.clone(), Self::Upload { repository, id: last }));
        }
        let (name, kind) = head.rsplit_once('/')?;
        let repository = name.to_owned();
        let route = match kind {
            "manifests" => Self::Manifest {
                repository: repository.clone(),
                reference: last,
            },
            "blobs" => Self::Blob {
                repository: repository.clone(),
                digest: last,
            },
            "referrers" => Self::Referrers {
                repository: repository.clone(),
                digest: last,
            },
            _ => return None,
        };
        Some((repository, route))
    }

    /// The right that a request for this operation takes; none where being somebody is enough.
    pub(crate) fn need(&self, method: &Method) -> Option<Need> {
        let reading = method == Method::GET || method == Method::HEAD;
        let (repository, any_of) = match self {
            Self::Base => return None,
            Self::Catalog => {
                return Some(Need {
                    repository: None,
                    any_of: vec![Access::Catalog],
                });
            }
            Self::Tags { repository } | Self::Referrers { repository, .. } => {
                (repository, vec![Access::Pull, Access::MetadataRead])
            }
            Self::Manifest { repository, .. } | Self::Blob { repository, .. } => {
                if reading {
                    (repository, vec![Access::Pull])
                } else if method == Method::DELETE {
                    (repository, vec![Access::Delete])
                } else {
                    (repository, vec![Access::Push])
                }
            }
            Self::StartUpload { repository } | Self::Upload { repository, .. } => {
                (repository, vec![Access::Push])
            }
        };
        Some(Need {
            repository: Some(repository.clone()),
            any_of,
        })
    }
}

/// Whether a name is one that the distribution API allows for a repository.
fn is_repository_name(name: &str) -> bool {
    name.len() <= 255 && name.split('/').all(is_name_component)
}

fn is_name_component(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let edges = text.starts_with(alphanumeric) && text.ends_with(alphanumeric);
    edges
        && text.split(alphanumeric).all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
        })
}

/// Whether a text may be a tag.
pub(super) fn is_tag(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    first
        && text.len() <= 128
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}
