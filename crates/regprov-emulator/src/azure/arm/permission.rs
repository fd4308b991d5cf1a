//! What the caller may do at a scope: one entry for each role that it holds there.

use super::authorization;
use super::context::{Arm, Reply, not_found};
use super::listing;
use super::resource_group::scope_exists;
use crate::answer::Answer;
use crate::azure::roles;
use serde_json::{Value, json};

/// Lists the caller's permissions at a scope that exists.
pub(super) fn list(arm: &mut Arm<'_>, scope: &str) -> Reply {
    if arm.call.method != "GET" {
        return Err(arm.no_such_method());
    }
    if !scope_exists(arm.tx, scope) {
        let last = scope.rsplit('/').next().unwrap_or_default();
        let group = listing::group_of(scope).unwrap_or_default();
        return Err(not_found(&format!("{}/{last}", listing::kind_of(scope)), group));
    }
    let caller = &arm.caller.object_id;
    let withheld = authorization::withheld(arm.tx, caller, scope);
    let held = authorization::roles_at(arm.tx, caller, scope);
    let rows = held.iter().filter_map(|role| roles::by_id(role)).map(|role| {
        let not: Vec<&str> = role
            .not_actions
            .iter()
            .copied()
            .chain(withheld.iter().map(String::as_str))
            .collect();
        json!({
            "actions": role.actions, "notActions": not,
            "dataActions": role.data_actions, "notDataActions": role.not_data_actions,
        })
    });
    let rows: Vec<Value> = rows.collect();
    Ok(Answer::json(200, &json!({ "value": rows })))
}
