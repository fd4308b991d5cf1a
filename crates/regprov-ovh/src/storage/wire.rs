//! Buckets as the API writes them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bucket {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) region: String,
    pub(crate) owner_id: Option<i64>,
    pub(crate) created_at: Option<String>,
    pub(crate) virtual_host: Option<String>,
    #[serde(default)]
    pub(crate) objects: Option<Vec<Object>>,
    pub(crate) objects_count: Option<u64>,
    pub(crate) objects_size: Option<u64>,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) versioning: Option<Versioning>,
    pub(crate) object_lock: Option<ObjectLock>,
    pub(crate) replication: Option<Replication>,
    pub(crate) tags: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object {
    pub(crate) key: String,
    pub(crate) etag: Option<String>,
    pub(crate) is_delete_marker: Option<bool>,
    pub(crate) is_latest: Option<bool>,
    pub(crate) last_modified: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) storage_class: Option<String>,
    pub(crate) version_id: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Encryption {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sse_algorithm: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Versioning {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct ObjectLock {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<LockRule>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct LockRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) period: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Replication {
    #[serde(default)]
    pub(crate) rules: Option<Vec<Rule>>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<Filter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination: Option<Destination>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delete_marker_replication: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Destination {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) region: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) storage_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remove_on_main_bucket_deletion: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct New<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner_id: Option<i64>,
    #[serde(flatten)]
    pub(super) settings: Settings,
}

#[derive(Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encryption: Option<Encryption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) versioning: Option<Versioning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) object_lock: Option<ObjectLock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replication: Option<Replication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<BTreeMap<String, String>>,
}
