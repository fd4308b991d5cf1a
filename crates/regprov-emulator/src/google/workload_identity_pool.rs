//! Workload identity pools.

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::federation::Written;

/// A pool as a request writes it.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WrittenPool {
    display_name: String,
    description: String,
    disabled: bool,
    mode: String,
    #[serde(skip_serializing)]
    name: String,
    #[serde(skip_serializing)]
    state: String,
    #[serde(skip_serializing)]
    expire_time: String,
}

impl Written for WrittenPool {
    const MUTABLE: &'static [&'static str] = &["displayName", "description", "disabled"];

    fn check(&self, _new: bool) -> Result<(), Failure> {
        if self.display_name.chars().count() > 32 {
            return Err(Failure::invalid_field(
                "display_name",
                "The display name cannot exceed 32 characters.",
            ));
        }
        if self.description.chars().count() > 256 {
            return Err(Failure::invalid_field(
                "description",
                "The description cannot exceed 256 characters.",
            ));
        }
        match self.mode.as_str() {
            "" | "MODE_UNSPECIFIED" | "FEDERATION_ONLY" => Ok(()),
            other => Err(Failure::unsupported(&format!(
                "workload identity pools of the mode {other}"
            ))),
        }
    }
}
