//! What a client may do with images: the permissions of Artifact Registry, asked at every request.

use std::collections::BTreeMap;

use http::StatusCode;

use super::{Image, Plane};
use crate::google::authorization;
use crate::google::caller::Caller;
use crate::oci::{Access, Failure, Rights};

/// Accesses by the name of an image.
#[derive(Clone, Debug, Default)]
pub(super) struct Held(BTreeMap<String, Vec<Access>>);

impl Held {
    /// Adds what is held elsewhere.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The same, with the first name's accesses for another one too.
    pub(super) fn also(&self, name: &str) -> Self {
        let mut all = self.clone();
        if let Some(first) = self.0.values().next() {
            all.0.insert(name.to_owned(), first.clone());
        }
        all
    }
}

impl Rights for Held {
    fn allows(&self, repository: Option<&str>, access: Access) -> bool {
        repository.is_some_and(|name| self.0.get(name).is_some_and(|held| held.contains(&access)))
    }
}

fn permission(access: Access) -> &'static str {
    match access {
        Access::Pull | Access::MetadataRead | Access::Catalog => {
            "artifactregistry.repositories.downloadArtifacts"
        }
        Access::Push | Access::MetadataWrite => "artifactregistry.repositories.uploadArtifacts",
        Access::Delete => "artifactregistry.repositories.deleteArtifacts",
    }
}

/// What a caller may do with an image now.
pub(super) fn of(plane: &Plane<'_>, caller: &Caller, image: &Image) -> Held {
    let all = [
        Access::Pull,
        Access::MetadataRead,
        Access::Push,
        Access::MetadataWrite,
        Access::Delete,
    ];
    let held = all
        .into_iter()
        .filter(|access| authorization::may(plane.tx, caller, permission(*access), &image.repository))
        .collect();
    Held(BTreeMap::from([(image.path.clone(), held)]))
}

/// The refusal of a caller without a right.
pub(super) fn denied(caller: &Caller, access: Access, repository: &str) -> Failure {
    let permission = permission(access);
    let message = match caller {
        Caller::Nobody => format!(
            "Unauthenticated request. Unauthenticated requests do not have permission \"{permission}\" on resource \"{repository}\" (or it may not exist)"
        ),
        _ => format!("Permission \"{permission}\" denied on resource \"{repository}\" (or it may not exist)"),
    };
    Failure::new(StatusCode::FORBIDDEN, "DENIED", message)
}
