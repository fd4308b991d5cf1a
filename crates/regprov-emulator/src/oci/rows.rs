//! What the registry asks of a store, and the shape of its rows.
//!
//! Keys start with the registry's own key and end with a repository and what it holds:
//! `myreg/team/app@sha256:…` and `myreg/team/app:v1`. Neither `@` nor `:` may be part of a repository's name.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::digest::Digest;

/// Rows of JSON by table and key, all changes of a request committed as one.
pub(crate) trait Rows {
    /// The row, if there is one.
    fn row(&self, table: &str, key: &str) -> Option<Value>;
    /// All rows whose key starts with a prefix, in the order of their keys.
    fn rows(&self, table: &str, prefix: &str) -> Vec<(String, Value)>;
    /// Writes a row.
    fn put_row(&mut self, table: &str, key: &str, row: Value);
    /// Deletes a row.
    fn delete_row(&mut self, table: &str, key: &str);
}

/// Blobs linked to a repository.
pub(super) const BLOBS: &str = "oci.blob";
/// Manifests of a repository.
pub(super) const MANIFESTS: &str = "oci.manifest";
/// Tags of a repository.
pub(super) const TAGS: &str = "oci.tag";
/// Uploads under way.
pub(super) const UPLOADS: &str = "oci.upload";

/// Key of something held by digest.
pub(super) fn by_digest(registry: &str, repository: &str, digest: &Digest) -> String {
    format!("{registry}/{repository}@{digest}")
}

/// Key of a tag.
pub(super) fn by_tag(registry: &str, repository: &str, tag: &str) -> String {
    format!("{registry}/{repository}:{tag}")
}

/// Links a blob to a repository.
pub(super) fn link_blob(rows: &mut dyn Rows, key: &str, size: u64) {
    rows.put_row(BLOBS, key, json!({ "size": size }));
}

/// The repositories of a registry that hold at least one manifest, in order.
pub(crate) fn repositories(rows: &dyn Rows, registry: &str) -> BTreeSet<String> {
    let prefix = format!("{registry}/");
    rows.rows(MANIFESTS, &prefix)
        .into_iter()
        .filter_map(|(key, _)| {
            let rest = key.strip_prefix(&prefix)?;
            rest.split_once('@').map(|(repository, _)| repository.to_owned())
        })
        .collect()
}

/// How many bytes the content of a registry takes, each content counted once.
pub(crate) fn size_of_registry(rows: &dyn Rows, registry: &str) -> u64 {
    let mut seen = BTreeSet::new();
    let mut total = 0;
    for table in [BLOBS, MANIFESTS] {
        for (key, row) in rows.rows(table, &format!("{registry}/")) {
            let digest = key.rsplit('@').next().unwrap_or_default().to_owned();
            if seen.insert(digest) {
                total += row["size"].as_u64().unwrap_or_default();
            }
        }
    }
    total
}

/// Deletes everything that a registry holds, when the registry itself is deleted.
pub(crate) fn forget_registry(rows: &mut dyn Rows, registry: &str) {
    for table in [BLOBS, MANIFESTS, TAGS] {
        for (key, _) in rows.rows(table, &format!("{registry}/")) {
            rows.delete_row(table, &key);
        }
    }
    for (key, row) in rows.rows(UPLOADS, "") {
        if row["registry"] == registry {
            rows.delete_row(UPLOADS, &key);
        }
    }
}
