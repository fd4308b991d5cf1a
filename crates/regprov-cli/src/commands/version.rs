//! `version`: print the version.

use super::Result;
use crate::arguments::VersionArguments;
use crate::context::{Context, TERRAFORM_VERSION};
use crate::outcome::Outcome;
use serde_json::json;
use std::env::consts::{ARCH, OS};

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &VersionArguments) -> Result {
    let version = env!("CARGO_PKG_VERSION");
    if arguments.json {
        let report = json!({
            "terraform_version": TERRAFORM_VERSION,
            "regprov_version": version,
            "platform": platform(),
            "provider_selections": {},
            "terraform_outdated": false,
        });
        context.shell.line(format!("{report:#}"));
    } else {
        context
            .shell
            .line(format!("regprov {version}\non {}", platform()));
    }
    Ok(Outcome::Done)
}

/// The platform as Terraform names it: `linux_amd64`.
fn platform() -> String {
    let system = match OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{machine}")
}
