//! Authentication of a registry's users by OVHcloud's identity management.

use serde::Deserialize;

use super::record::{Registry, key};
use super::{require_ready, user};
use crate::answer::Answer;
use crate::ovh::context::{Ovh, Reply, nothing, soon};
use crate::ovh::failure;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Enable {
    delete_users: Option<bool>,
}

/// Enables or disables it.
pub(super) fn handle(ovh: &mut Ovh<'_>, mut registry: Registry) -> Reply {
    let enabled = match ovh.call.method.as_str() {
        "POST" => true,
        "DELETE" => false,
        _ => return Err(failure::unknown(ovh.call)),
    };
    require_ready(&registry, ovh.tx.now())?;
    if registry.iam_change.is_some() {
        return Err(failure::conflict("IAM of the registry is being changed"));
    }
    if enabled {
        let body: Enable = ovh.body()?;
        if registry.oidc.is_some() {
            return Err(failure::conflict(
                "IAM cannot be enabled: OIDC is configured on the registry",
            ));
        }
        free_of_users(ovh, &registry, body.delete_users.unwrap_or(false))?;
    }
    if registry.iam_enabled != enabled {
        let now = ovh.tx.now();
        registry.iam_change = Some((enabled, soon(ovh.tx)));
        registry.updated_at = now;
        registry.save(ovh.tx);
    } else if enabled {
        return Err(failure::conflict("IAM is already enabled on the registry"));
    }
    nothing()
}

/// Another way to authenticate is possible only where there are no users.
pub(super) fn free_of_users(
    ovh: &mut Ovh<'_>,
    registry: &Registry,
    delete_users: bool,
) -> Result<(), Answer> {
    let users = user::all(ovh, &key(&registry.project, &registry.id));
    if users.is_empty() {
        return Ok(());
    }
    if !delete_users {
        return Err(failure::conflict(
            "The authentication cannot be changed while the registry has users: delete them, or set deleteUsers",
        ));
    }
    user::forget_all(ovh, registry);
    Ok(())
}
