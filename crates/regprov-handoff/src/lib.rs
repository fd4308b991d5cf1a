//! Push credentials in the form of those who consume them.
//!
//! [`binderhub`] gives Helm values, [`docker_config`] docker's `config.json`, [`kubernetes_secret`] a pull secret,
//! [`dotenv`], [`shell`] and [`powershell`] variables, [`json`] plain JSON. All are pure: a credential in, text out.
//! What holds a secret is a [`SecretText`], which nothing prints by accident.
//!
//! Deliberately absent: files, terminals, and any choice of where a text goes.

mod binderhub;
mod docker;
mod error;
mod json;
mod kubernetes;
mod login;
mod secret_text;
mod variables;
mod yaml;

pub use binderhub::{BinderHubOptions, BinderHubValues, Compatibility, PullSecret, binderhub};
pub use docker::{DockerConfig, docker_config};
pub use error::HandoffError;
pub use json::json;
pub use kubernetes::{KubernetesOptions, kubernetes_secret};
pub use secret_text::SecretText;
pub use variables::{dotenv, powershell, shell};
