//! Garbage collection: what nobody names goes.

use serde_json::{Map, Value};

use super::artifact;
use super::instance::content_key;
use super::repository::Repository;
use super::rows::Rows;
use crate::oci::{self, Blobs, Digest};

/// Deletes artifacts without tags where the parameters say so; answers with what was deleted.
pub(super) fn collect(rows: &mut Rows<'_>, blobs: &Blobs, parameters: &Map<String, Value>) -> Vec<String> {
    let flag = |name: &str| parameters.get(name) == Some(&Value::Bool(true));
    if !flag("delete_untagged") {
        return Vec::new();
    }
    let mut log = Vec::new();
    for repository in rows.all::<Repository>() {
        for digest in untagged(rows, blobs, &repository.name) {
            log.push(format!("{}@{digest}", repository.name));
            if !flag("dry_run") {
                artifact::remove(rows, blobs, &repository.name, &digest);
            }
        }
    }
    log
}

/// The artifacts of a repository that no tag, no index and no subject holds.
fn untagged(rows: &Rows<'_>, blobs: &Blobs, repository: &str) -> Vec<Digest> {
    let registry = content_key(&rows.name);
    let manifests = oci::manifests_of(rows.tx, &registry, repository);
    let mut held: Vec<String> = oci::tags_of(rows.tx, &registry, repository)
        .into_iter()
        .map(|(_, tag)| tag.digest)
        .collect();
    for (digest, kept) in &manifests {
        let bytes = digest.parse().ok().and_then(|digest| blobs.get(&digest).ok());
        let manifest: Value = bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let children = manifest["manifests"].as_array().into_iter().flatten();
        held.extend(children.filter_map(|child| child["digest"].as_str().map(str::to_owned)));
        if kept.subject.is_some() {
            held.push(digest.clone());
        }
    }
    manifests
        .into_iter()
        .filter(|(digest, _)| !held.contains(digest))
        .filter_map(|(digest, _)| digest.parse().ok())
        .collect()
}
