//! Blocks that belong to trust domains. States hold them; regprov does not set them.

use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which resources may have identities of the pool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Attestation {
    /// A resource of Google's.
    pub(crate) google_cloud_resource: String,
}

/// How certificates are issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Issuance {
    /// The pools of authorities, by region.
    pub(crate) ca_pools: Option<BTreeMap<String, String>>,
    /// The algorithm of keys.
    #[schema(optional)]
    pub(crate) key_algorithm: Computed<String>,
    /// How long a certificate lives.
    #[schema(optional)]
    pub(crate) lifetime: Computed<String>,
    /// When it is renewed.
    #[schema(optional)]
    pub(crate) rotation_window_percentage: Computed<i64>,
    /// Whether the shared authority issues them.
    pub(crate) use_default_shared_ca: Option<bool>,
}

/// Which other domains are trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Trust {
    /// One of them.
    #[schema(block)]
    pub(crate) additional_trust_bundles: BTreeSet<Bundle>,
}

/// A domain that is trusted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Bundle {
    /// Whether the shared authority is trusted.
    pub(crate) trust_default_shared_ca: Option<bool>,
    /// The domain.
    pub(crate) trust_domain: String,
    /// Its authorities.
    #[schema(block, min = 1)]
    pub(crate) trust_anchors: Vec<Anchor>,
}

/// An authority.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub(crate) struct Anchor {
    /// Its certificate in PEM.
    pub(crate) pem_certificate: String,
}
