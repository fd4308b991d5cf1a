//! The default world: one tenant, one subscription, and an operator who may do everything in them.

use serde_json::json;

use super::directory::{self, GRAPH_PERMISSIONS, TENANT, Tenant, credential};
use super::records::{ROLE_ASSIGNMENTS, RoleAssignment, SUBSCRIPTIONS, Subscription};
use super::roles;
use crate::clock;
use crate::owner::Operator;
use crate::store::{SETTINGS, Transaction};

/// Under this key of the settings: the operator's object id.
pub(crate) const OPERATOR: &str = "azure_operator";
/// Under this key of the settings: the default subscription's id.
pub(crate) const DEFAULT_SUBSCRIPTION: &str = "azure_default_subscription";

const CENTURY_MS: i64 = 100 * 365 * 24 * 3600 * 1000;

/// Creates the default world; what it makes are surroundings.
pub(crate) fn create(tx: &mut Transaction) -> Operator {
    let tenant_id = tx.new_uuid().to_string();
    let tenant = Tenant {
        id: tenant_id.clone(),
        display_name: "Sandbox".to_owned(),
        domain: "sandbox.onmicrosoft.com".to_owned(),
    };
    tx.put(TENANT, "tenant", &tenant);
    let subscription_id = tx.new_uuid().to_string();
    add_subscription(tx, &subscription_id, "Sandbox", "Enabled");
    tx.put(SETTINGS, DEFAULT_SUBSCRIPTION, &subscription_id);

    let mut application = directory::new_application(tx, "Sandbox operator");
    let (start, end) = (
        clock::add(tx.now(), -24 * 3600 * 1000),
        clock::add(tx.now(), CENTURY_MS),
    );
    let (password, client_secret) = credential::new_password(tx, Some("sandbox".to_owned()), start, end);
    application.passwords.push(password);
    directory::save_application(tx, &application);
    let client_id = application.app_id.clone();
    let principal = directory::new_service_principal(tx, &client_id, &application.display_name);
    directory::save_service_principal(tx, &principal);
    tx.put(
        GRAPH_PERMISSIONS,
        &principal.id,
        &json!(["Application.ReadWrite.All", "Directory.Read.All"]),
    );
    tx.put(SETTINGS, OPERATOR, &principal.id);
    assign_role(
        tx,
        &principal.id,
        "ServicePrincipal",
        roles::OWNER,
        &format!("/subscriptions/{subscription_id}"),
    );
    first_party(tx);
    tx.mark_all_surrounding();
    Operator {
        tenant_id,
        subscription_id,
        client_id,
        client_secret,
    }
}

/// Microsoft's own service principals that every tenant has.
fn first_party(tx: &mut Transaction) {
    let known = [
        ("00000003-0000-0000-c000-000000000000", "Microsoft Graph"),
        (
            "797f4846-ba00-4fd7-ba43-dac1f8f63013",
            "Windows Azure Service Management API",
        ),
        ("6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26", "Azure Container Registry"),
    ];
    for (app_id, name) in known {
        let mut principal = directory::new_service_principal(tx, app_id, name);
        principal.attributes.insert(
            "appOwnerOrganizationId".to_owned(),
            json!("f8cdef31-a31e-4b4a-93e4-5f571e91255a"),
        );
        directory::save_service_principal(tx, &principal);
    }
}

/// Adds a subscription of the sandbox's tenant.
pub(crate) fn add_subscription(tx: &mut Transaction, id: &str, name: &str, state: &str) {
    let subscription = Subscription {
        subscription_id: id.to_lowercase(),
        tenant_id: directory::tenant(tx).id,
        display_name: name.to_owned(),
        state: state.to_owned(),
    };
    tx.put(SUBSCRIPTIONS, &id.to_lowercase(), &subscription);
}

/// Assigns a role, as somebody did long before.
pub(crate) fn assign_role(
    tx: &mut Transaction,
    principal_id: &str,
    principal_type: &str,
    role: &str,
    scope: &str,
) {
    let name = tx.new_uuid().to_string();
    let now = tx.now();
    let assignment = RoleAssignment {
        name: name.clone(),
        scope: scope.to_owned(),
        role: role.to_owned(),
        principal_id: principal_id.to_owned(),
        principal_type: principal_type.to_owned(),
        description: None,
        condition: None,
        condition_version: None,
        delegated_managed_identity_resource_id: None,
        created_on: now,
        updated_on: now,
        created_by: None,
        updated_by: None,
    };
    let id = format!(
        "{}/providers/microsoft.authorization/roleassignments/{name}",
        scope.trim_end_matches('/')
    );
    tx.put(ROLE_ASSIGNMENTS, &id.to_lowercase(), &assignment);
}
