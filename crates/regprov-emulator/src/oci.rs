//! The distribution registry behind every cloud: blobs, uploads, manifests, tags, referrers, catalogue.
//!
//! Content lives in files named by digest; which repository holds what lives in rows of the store, so that a push is
//! as durable and as transactional as everything else. Who may do what is not decided here: each cloud turns its own
//! tokens into a [`Rights`] and passes it in.

mod blobs;
mod digest;
mod failure;
mod listing;
mod manifest;
mod route;
mod rows;
mod serve;
mod upload;

#[cfg(test)]
mod tests;

pub(crate) use blobs::Blobs;
pub(crate) use digest::Digest;
pub(crate) use failure::Failure;
pub(crate) use manifest::Kept;
pub(crate) use route::{Access, Need, Route};
pub(crate) use rows::{
    Tag, copy_manifest, forget_manifest, forget_registry, forget_repository, forget_tag, keep_blobs,
    manifests_of, put_tag, repositories, size_of_registry, tags_of,
};
pub(crate) use serve::{Rights, Visit, serve};
