//! Arguments of `creds`.

use super::{Output, Realm};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with push credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum CredsCommand {
    /// List the push credentials that the state holds
    List(ListArguments),
    /// Prove with a real push and pull that a credential works
    Verify(VerifyArguments),
    /// Write a credential in the form of its consumer
    Render(RenderArguments),
}

/// Arguments of `creds list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `creds verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// How long to wait for a new credential to be accepted everywhere
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub(crate) timeout: String,
    /// The address of one credential, or its registry's host
    pub(crate) address: Option<String>,
}

/// Arguments of `creds render`.
#[derive(Debug, Args)]
pub(crate) struct RenderArguments {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) realm: Realm,
    /// The consumer
    pub(crate) format: RenderFormat,
    /// The address of one credential, or its registry's host
    pub(crate) address: Option<String>,
    /// Write the files into this directory, with mode 0600 where they hold a secret
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Print secrets on a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
    /// The prefix of image names
    #[arg(long, value_name = "PREFIX", default_value = "binder-")]
    pub(crate) prefix: String,
    /// The project, the level of image names before the prefix
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// The form that BinderHub's guide shows, for charts of before 2022
    #[arg(long, value_name = "COMPAT")]
    pub(crate) compat: Option<Compatibility>,
    /// The name of the Kubernetes secret
    #[arg(long, value_name = "NAME", default_value = "regprov-pull-secret")]
    pub(crate) name: String,
    /// The namespace of the Kubernetes secret
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
}

/// Forms for older consumers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compatibility {
    /// As BinderHub's documentation shows it, with `token_url`
    Docs,
}

/// The consumers that a credential can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RenderFormat {
    /// BinderHub's Helm values: `secret.yaml` and `config.yaml`
    Binderhub,
    /// docker's `config.json`
    Docker,
    /// A Kubernetes pull secret
    Kubernetes,
    /// A file of `NAME=VALUE`
    Env,
    /// Commands of PowerShell that set variables
    Powershell,
    /// Shell commands that export variables
    Shell,
    /// JSON
    Json,
}
