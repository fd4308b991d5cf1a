//! The OCI distribution API as a server, and its blobs on disk.

use std::path::PathBuf;

/// Content-addressed files of every registry of the sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// Blobs under `root`, which is made when the first one is written.
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder that holds them.
    pub(crate) fn root(&self) -> &std::path::Path {
        &self.root
    }
}
