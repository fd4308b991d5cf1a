//! Subscriptions and the locations they may use.

use serde_json::{Value, json};

use super::authorization;
use super::context::{Arm, Reply};
use super::listing;
use crate::answer::Answer;
use crate::azure::locations::LOCATIONS;
use crate::azure::records::{ROLE_ASSIGNMENTS, RoleAssignment, SUBSCRIPTIONS, Subscription};

/// The subscriptions in which the caller has any role.
pub(super) fn list(arm: &mut Arm<'_>) -> Reply {
    let assignments = arm.tx.scan::<RoleAssignment>(ROLE_ASSIGNMENTS, "");
    let visible = |id: &str| {
        let scope = format!("/subscriptions/{id}");
        assignments.iter().any(|(_, held)| {
            held.principal_id.eq_ignore_ascii_case(&arm.caller.object_id)
                && (authorization::contains(&held.scope, &scope)
                    || authorization::contains(&scope, &held.scope))
        })
    };
    let items: Vec<Value> = arm
        .tx
        .scan::<Subscription>(SUBSCRIPTIONS, "")
        .iter()
        .filter(|(_, subscription)| visible(&subscription.subscription_id))
        .map(|(_, subscription)| body(subscription))
        .collect();
    let count = items.len();
    let mut page = listing::page(arm, items);
    page["count"] = json!({ "type": "Total", "value": count });
    Ok(Answer::json(200, &page))
}

/// One subscription.
pub(super) fn get(arm: &mut Arm<'_>, id: &str) -> Reply {
    let subscription = arm.subscription(id)?;
    arm.require(
        "Microsoft.Resources/subscriptions/read",
        &format!("/subscriptions/{id}"),
    )?;
    Ok(Answer::json(200, &body(&subscription)))
}

fn body(subscription: &Subscription) -> Value {
    let id = &subscription.subscription_id;
    json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": subscription.tenant_id,
        "displayName": subscription.display_name,
        "state": subscription.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off",
        },
        "tags": {},
    })
}

/// The locations of a subscription.
pub(super) fn locations(arm: &mut Arm<'_>, id: &str) -> Reply {
    arm.require(
        "Microsoft.Resources/subscriptions/locations/read",
        &format!("/subscriptions/{id}"),
    )?;
    let items: Vec<Value> = LOCATIONS
        .iter()
        .map(|location| {
            json!({
                "id": format!("/subscriptions/{id}/locations/{}", location.name),
                "name": location.name,
                "type": "Region",
                "displayName": location.display_name,
                "regionalDisplayName": format!("({}) {}", location.geography_group, location.display_name),
                "metadata": {
                    "regionType": "Physical", "regionCategory": "Recommended",
                    "geographyGroup": location.geography_group,
                },
            })
        })
        .collect();
    Ok(Answer::json(200, &json!({ "value": items })))
}
