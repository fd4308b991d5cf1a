//! Modules that do not stand beside the configuration: fetched, checked, pinned, and laid out as Terraform lays them out.
//!
//! [`Installer`] takes what loading the configuration found wanting ([`regprov_lang::WantedModule`]) and brings it below the
//! data directory: from git repositories by the `git` program, from archives over https, from module registries.
//! [`Lock`] pins what was downloaded by version or commit and by the digest of its files; [`changed`] tells what is no longer
//! what was pinned. [`Credentials`] are read from where Terraform keeps them.
//!
//! What arrives is not trusted: paths and links that lead out of a package, devices and bombs are refused, and git is started
//! with an argument vector, never through a shell.
//!
//! Deliberately absent: what a module means, which is `regprov-lang`'s, and any terminal.

mod archive;
pub mod codes;
mod credentials;
mod error;
mod git;
mod install;
mod lock;
mod registry;
mod tree;
mod unpack;
mod web;

pub use credentials::{CredentialPlaces, Credentials, Netrc};
pub use error::InstallError;
pub use install::{Installer, Settings, changed, write_list};
pub use lock::{LOCK_FILE, Lock, Pin};
pub use tree::digest;
pub use unpack::Limits;
