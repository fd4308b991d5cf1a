//! The tags of a repository.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::caller::Caller;
use super::context::{Hub, Reply};
use super::failure::{absent, denied, unknown};
use super::repository::Repository;
use super::rights::{self, Level};
use super::{page, registry};
use crate::answer::Answer;
use crate::oci;
use crate::store::Transaction;

/// Their names.
pub(super) fn names(tx: &Transaction, repository: &Repository) -> Vec<String> {
    let path = registry::path(repository);
    let tags = oci::tags_of(tx, registry::CONTENT, &path);
    tags.into_iter().map(|(name, _)| name).collect()
}

/// Sends a request to who answers it.
pub(super) fn handle(hub: &mut Hub<'_>, repository: &Repository, rest: &[&str]) -> Reply {
    let path = registry::path(repository);
    match (hub.call.method.as_str(), rest) {
        ("GET" | "HEAD", []) => {
            let mut tags = oci::tags_of(hub.tx, registry::CONTENT, &path);
            tags.sort_by(|a, b| (&b.1.updated, &a.0).cmp(&(&a.1.updated, &b.0)));
            let rows = tags
                .iter()
                .map(|(name, tag)| body(hub.tx, repository, (name, tag)))
                .collect();
            Ok(Answer::json(
                200,
                &page::answer(hub.call, page::Style::Usual, rows)?,
            ))
        }
        ("GET" | "HEAD", [name]) => {
            let tag = find(hub.tx, &path, name)?;
            Ok(Answer::json(200, &body(hub.tx, repository, (name, &tag))))
        }
        ("DELETE", [name]) => {
            let place = (repository.namespace.as_str(), repository.name.as_str());
            let allowed = match &hub.caller {
                Caller::Organization(token) => token.may(place, false, "scope-tag-admin"),
                caller => rights::on(hub.tx, caller, place) >= Level::Admin,
            };
            if !allowed {
                return Err(denied("access denied: insufficient scope"));
            }
            let tag = find(hub.tx, &path, name)?;
            if repository.is_immutable(name) {
                return Err(denied("immutable tags cannot be deleted"));
            }
            oci::forget_tag(hub.tx, registry::CONTENT, &path, name);
            let left = oci::tags_of(hub.tx, registry::CONTENT, &path);
            if let (false, Ok(digest)) = (
                left.iter().any(|(_, other)| other.digest == tag.digest),
                tag.digest.parse(),
            ) {
                oci::forget_manifest(hub.tx, registry::CONTENT, &path, &digest);
            }
            Ok(Answer::empty(204))
        }
        _ => Err(unknown(hub.call)),
    }
}

fn find(tx: &Transaction, path: &str, name: &str) -> Result<oci::Tag, Answer> {
    oci::tags_of(tx, registry::CONTENT, path)
        .into_iter()
        .find(|(known, _)| known == name)
        .map(|(_, tag)| tag)
        .ok_or_else(|| absent(&json!({ "tag": name })))
}

/// A number that follows from a text.
fn number(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest[..6]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn body(tx: &Transaction, repository: &Repository, (name, tag): (&str, &oci::Tag)) -> Value {
    let path = registry::path(repository);
    let kept = oci::manifests_of(tx, registry::CONTENT, &path)
        .into_iter()
        .find(|(digest, _)| *digest == tag.digest)
        .map(|(_, kept)| kept);
    let size = kept.as_ref().map_or(0, |kept| kept.size);
    let media_type = kept.map_or_else(String::new, |kept| kept.media_type);
    json!({
        "id": number(&format!("{path}:{name}")), "name": name, "creator": number(&repository.namespace),
        "image_id": null, "last_updated": tag.updated, "last_updater": number(&repository.namespace),
        "last_updater_username": repository.namespace, "repository": number(&path), "full_size": size, "v2": true,
        "tag_status": "active", "tag_last_pulled": null, "tag_last_pushed": tag.updated, "media_type": media_type,
        "content_type": "image", "digest": tag.digest,
        "images": [{
            "architecture": "amd64", "features": "", "variant": null, "digest": tag.digest, "os": "linux",
            "os_features": "", "os_version": null, "size": size, "status": "active", "last_pulled": null,
            "last_pushed": tag.updated,
        }],
    })
}
