//! The distribution API as a client: log in, push, pull and delete a probe image.
//!
//! [`RegistryClient`] speaks to one registry with one credential, over any [`regprov_http::Transport`].
//! [`RegistryClient::probe`] proves that the credential pushes and pulls, and says what it did, step by step.
//!
//! Deliberately absent: image formats beyond the one tiny probe image, and any knowledge of clouds.

mod authentication;
mod challenge;
mod client;
mod content;
mod credential;
mod error;
mod grant;
mod host;
mod image;
mod probe;

pub use challenge::{Challenge, parse_challenges};
pub use client::RegistryClient;
pub use credential::Credential;
pub use error::{RegistryError, RegistryErrorKind};
pub use host::{RegistryHost, RegistryHostError};
pub use image::{Digest, ProbeImage};
pub use probe::{ProbeOptions, ProbeReport, Step, StepName, StepOutcome, probe_repository};
