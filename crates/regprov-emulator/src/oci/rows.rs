//! What the registry asks of a store, and the shape of its rows.
//!
//! Keys start with the registry's own key and end with a repository and what it holds:
//! `myreg/team/app@sha256:…` and `myreg/team/app:v1`. Neither `@` nor `:` may be part of a repository's name.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest::Digest;
use super::manifest::Kept;
use crate::store::Transaction;

/// Blobs linked to a repository.
pub(super) const BLOBS: &str = "oci/blobs";
/// Manifests of a repository.
pub(super) const MANIFESTS: &str = "oci/manifests";
/// Tags of a repository.
pub(super) const TAGS: &str = "oci/tags";
/// Uploads under way.
pub(super) const UPLOADS: &str = "_oci_uploads";

/// A blob as a repository holds it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Blob {
    pub(super) size: u64,
}

/// Where a tag points.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) digest: String,
    pub(crate) updated: String,
}

/// Key of something held by digest.
pub(super) fn by_digest(registry: &str, repository: &str, digest: &Digest) -> String {
    format!("{registry}/{repository}@{digest}")
}

/// Key of a tag.
pub(super) fn by_tag(registry: &str, repository: &str, tag: &str) -> String {
    format!("{registry}/{repository}:{tag}")
}

/// The repositories of a registry that hold at least one manifest, in order.
pub(crate) fn repositories(tx: &Transaction, registry: &str) -> BTreeSet<String> {
    let prefix = format!("{registry}/");
    tx.scan::<Value>(MANIFESTS, &prefix)
        .into_iter()
        .filter_map(|(key, _)| {
            let rest = key.strip_prefix(&prefix)?;
            rest.split_once('@').map(|(repository, _)| repository.to_owned())
        })
        .collect()
}

/// How many bytes the content of a registry takes, each content counted once.
pub(crate) fn size_of_registry(tx: &Transaction, registry: &str) -> u64 {
    let mut seen = BTreeSet::new();
    let mut total = 0;
    for table in [BLOBS, MANIFESTS] {
        for (key, row) in tx.scan::<Value>(table, &format!("{registry}/")) {
            let digest = key.rsplit('@').next().unwrap_or_default().to_owned();
            if seen.insert(digest) {
                total += row["size"].as_u64().unwrap_or_default();
            }
        }
    }
    total
}

/// Deletes everything that a registry holds, when the registry itself is deleted.
pub(crate) fn forget_registry(tx: &mut Transaction, registry: &str) {
    for table in [BLOBS, MANIFESTS, TAGS] {
        for (key, _) in tx.scan::<Value>(table, &format!("{registry}/")) {
            tx.delete(table, &key);
        }
    }
    for (key, row) in tx.scan::<Value>(UPLOADS, "") {
        if row["registry"] == registry {
            tx.delete(UPLOADS, &key);
        }
    }
}

/// Deletes everything that a repository holds; says which manifests and tags these were.
pub(crate) fn forget_repository(
    tx: &mut Transaction,
    registry: &str,
    repository: &str,
) -> (Vec<String>, Vec<String>) {
    let mut forget = |table: &str, prefix: &str| {
        let keys: Vec<String> = tx
            .scan::<Value>(table, prefix)
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        for key in &keys {
            tx.delete(table, key);
        }
        keys.iter()
            .map(|key| key[prefix.len()..].to_owned())
            .collect::<Vec<_>>()
    };
    let held = format!("{registry}/{repository}@");
    forget(BLOBS, &held);
    (
        forget(MANIFESTS, &held),
        forget(TAGS, &by_tag(registry, repository, "")),
    )
}

/// Deletes a tag; says whether there was one.
pub(crate) fn forget_tag(tx: &mut Transaction, registry: &str, repository: &str, tag: &str) -> bool {
    tx.delete(TAGS, &by_tag(registry, repository, tag))
}

/// Points a tag at a manifest.
pub(crate) fn put_tag(tx: &mut Transaction, registry: &str, repository: &str, name: &str, tag: &Tag) {
    tx.put(TAGS, &by_tag(registry, repository, name), tag);
}

/// Deletes a manifest with all tags that point at it; the last one takes the repository's blobs along.
pub(crate) fn forget_manifest(tx: &mut Transaction, registry: &str, repository: &str, digest: &Digest) {
    tx.delete(MANIFESTS, &by_digest(registry, repository, digest));
    for (key, tag) in tx.scan::<Tag>(TAGS, &by_tag(registry, repository, "")) {
        if tag.digest == digest.to_string() {
            tx.delete(TAGS, &key);
        }
    }
    let prefix = format!("{registry}/{repository}@");
    if tx.scan::<Kept>(MANIFESTS, &prefix).is_empty() {
        for (key, _) in tx.scan::<Value>(BLOBS, &prefix) {
            tx.delete(BLOBS, &key);
        }
    }
}

/// Keeps of a repository's blobs those that `is_wanted` takes.
pub(crate) fn keep_blobs(
    tx: &mut Transaction,
    registry: &str,
    repository: &str,
    is_wanted: impl Fn(&str) -> bool,
) {
    let prefix = format!("{registry}/{repository}@");
    for (key, _) in tx.scan::<Value>(BLOBS, &prefix) {
        if !is_wanted(&key[prefix.len()..]) {
            tx.delete(BLOBS, &key);
        }
    }
}

/// The tags of a repository, by name.
pub(crate) fn tags_of(tx: &Transaction, registry: &str, repository: &str) -> Vec<(String, Tag)> {
    let prefix = by_tag(registry, repository, "");
    tx.scan::<Tag>(TAGS, &prefix)
        .into_iter()
        .map(|(key, tag)| (key[prefix.len()..].to_owned(), tag))
        .collect()
}

/// The manifests of a repository, by digest.
pub(crate) fn manifests_of(tx: &Transaction, registry: &str, repository: &str) -> Vec<(String, Kept)> {
    let prefix = format!("{registry}/{repository}@");
    tx.scan::<Kept>(MANIFESTS, &prefix)
        .into_iter()
        .map(|(key, kept)| (key[prefix.len()..].to_owned(), kept))
        .collect()
}

/// The digests, in hexadecimal, of everything that any repository holds.
pub(super) fn held_content(tx: &Transaction) -> BTreeSet<String> {
    let keys = [BLOBS, MANIFESTS]
        .into_iter()
        .flat_map(|table| tx.scan::<Value>(table, ""));
    keys.filter_map(|(key, _)| key.rsplit_once("@sha256:").map(|(_, hex)| hex.to_owned()))
        .collect()
}

/// Lets a second repository hold a manifest of a first one, with the blobs of that one.
pub(crate) fn copy_manifest(tx: &mut Transaction, registry: &str, (from, to): (&str, &str), digest: &str) {
    for table in [BLOBS, MANIFESTS] {
        let prefix = format!("{registry}/{from}@");
        for (key, row) in tx.scan::<Value>(table, &prefix) {
            let held = &key[prefix.len()..];
            if table == BLOBS || held == digest {
                tx.put(table, &format!("{registry}/{to}@{held}"), &row);
            }
        }
    }
}
