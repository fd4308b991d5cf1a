//! The tenant's directory as records: applications, service principals, federated credentials, people.
//!
//! Graph shows it, login authenticates against it, Resource Manager asks it who a principal is.

pub(crate) mod credential;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use credential::{FederatedCredential, KeyCredential, PasswordCredential};

use crate::clock;
use crate::store::Transaction;

/// Applications by object id.
pub(crate) const APPLICATIONS: &str = "azure/applications";
/// Service principals by object id.
pub(crate) const SERVICE_PRINCIPALS: &str = "azure/service_principals";
/// Federated credentials by `{parent}/{id}`; the parent is an application's object id or a managed identity's principal id.
pub(crate) const FEDERATED_CREDENTIALS: &str = "azure/federated_identity_credentials";
/// People by object id.
pub(crate) const USERS: &str = "azure/users";
/// Groups by object id.
pub(crate) const GROUPS: &str = "azure/groups";
/// The tenant, as one record `tenant`.
pub(crate) const TENANT: &str = "azure/tenant";

/// Application permissions for Graph (`Application.ReadWrite.All`) by the object id of the service principal that has them.
pub(crate) const GRAPH_PERMISSIONS: &str = "_azure_graph_permissions";

const INDEX: &str = "_azure_directory_index";

/// The one tenant of the sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) domain: String,
}

/// An application registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) display_name: String,
    pub(crate) unique_name: Option<String>,
    /// Every other attribute, as Graph writes it.
    pub(crate) attributes: Map<String, Value>,
    pub(crate) passwords: Vec<PasswordCredential>,
    pub(crate) keys: Vec<KeyCredential>,
    pub(crate) owners: Vec<String>,
    pub(crate) created: Timestamp,
    /// From when reads see it.
    pub(crate) visible_from: Timestamp,
    pub(crate) soft_deleted_at: Option<Timestamp>,
}

/// A service principal: of an application, or of a managed identity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ServicePrincipal {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) display_name: String,
    pub(crate) managed_identity: bool,
    pub(crate) account_enabled: bool,
    /// Every other attribute, as Graph writes it.
    pub(crate) attributes: Map<String, Value>,
    pub(crate) passwords: Vec<PasswordCredential>,
    pub(crate) keys: Vec<KeyCredential>,
    pub(crate) owners: Vec<String>,
    pub(crate) created: Timestamp,
    /// From when reads see it.
    pub(crate) visible_from: Timestamp,
    /// From when role assignments know it.
    pub(crate) assignable_from: Timestamp,
    pub(crate) soft_deleted_at: Option<Timestamp>,
}

/// A person or a group; only scenes make them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) display_name: String,
    /// Of a person; a group has none.
    pub(crate) user_principal_name: Option<String>,
}

/// What a new managed identity is in the directory.
pub(crate) struct ManagedIdentityPrincipal {
    pub(crate) principal_id: String,
    pub(crate) client_id: String,
}

/// The tenant.
pub(crate) fn tenant(tx: &Transaction) -> Tenant {
    tx.get(TENANT, "tenant").expect("the default world has a tenant")
}

/// Whether reads at `now` see an object: it has replicated, and its deletion, if any, has not.
pub(crate) fn visible(tx: &Transaction, from: Timestamp, deleted: Option<Timestamp>) -> bool {
    let lag = i64::try_from(tx.knobs().replication_read_after_delete_ms).unwrap_or(i64::MAX);
    tx.now() >= from && deleted.is_none_or(|at| lag > 0 && tx.now() < clock::add(at, lag))
}

/// Writes an application and its look-up keys.
pub(crate) fn save_application(tx: &mut Transaction, application: &Application) {
    if let Some(name) = &application.unique_name {
        tx.put(INDEX, &unique_name_key(name), &application.id);
    }
    tx.put(
        INDEX,
        &format!("application/app_id/{}", application.app_id),
        &application.id,
    );
    tx.put(APPLICATIONS, &application.id, application);
}

/// Writes a service principal and its look-up keys.
pub(crate) fn save_service_principal(tx: &mut Transaction, principal: &ServicePrincipal) {
    tx.put(
        INDEX,
        &format!("service_principal/app_id/{}", principal.app_id),
        &principal.id,
    );
    tx.put(SERVICE_PRINCIPALS, &principal.id, principal);
}

/// Deletes an application for good, its federated credentials included.
pub(crate) fn purge_application(tx: &mut Transaction, application: &Application) {
    if let Some(name) = &application.unique_name {
        remove_index(tx, &unique_name_key(name), &application.id);
    }
    remove_index(
        tx,
        &format!("application/app_id/{}", application.app_id),
        &application.id,
    );
    purge_federated_credentials(tx, &application.id);
    tx.delete(APPLICATIONS, &application.id);
}

/// Deletes a service principal for good.
pub(crate) fn purge_service_principal(tx: &mut Transaction, principal: &ServicePrincipal) {
    remove_index(
        tx,
        &format!("service_principal/app_id/{}", principal.app_id),
        &principal.id,
    );
    tx.delete(SERVICE_PRINCIPALS, &principal.id);
}

/// Deletes the federated credentials of an application or a managed identity.
pub(crate) fn purge_federated_credentials(tx: &mut Transaction, parent: &str) {
    for (key, _) in tx.scan::<Value>(FEDERATED_CREDENTIALS, &format!("{parent}/")) {
        tx.delete(FEDERATED_CREDENTIALS, &key);
    }
}

fn remove_index(tx: &mut Transaction, key: &str, id: &str) {
    if tx.get::<String>(INDEX, key).as_deref() == Some(id) {
        tx.delete(INDEX, key);
    }
}

/// The application of this client id, soft-deleted or not yet visible ones included.
pub(crate) fn application_by_app_id(tx: &Transaction, app_id: &str) -> Option<Application> {
    let id: String = tx.get(INDEX, &format!("application/app_id/{}", app_id.to_lowercase()))?;
    tx.get(APPLICATIONS, &id)
}

/// The application of this unique name that is not soft-deleted, not yet visible ones included.
pub(crate) fn application_by_unique_name(tx: &Transaction, name: &str) -> Option<Application> {
    let id: String = tx.get(INDEX, &unique_name_key(name))?;
    tx.get(APPLICATIONS, &id)
        .filter(|application: &Application| application.soft_deleted_at.is_none())
}

fn unique_name_key(name: &str) -> String {
    format!("application/unique_name/{}", name.to_lowercase())
}

/// The service principal of this client id, soft-deleted or not yet visible ones included.
pub(crate) fn service_principal_by_app_id(tx: &Transaction, app_id: &str) -> Option<ServicePrincipal> {
    let id: String = tx.get(
        INDEX,
        &format!("service_principal/app_id/{}", app_id.to_lowercase()),
    )?;
    tx.get(SERVICE_PRINCIPALS, &id)
}

/// Whether a principal may still act: it exists, is enabled, and neither it nor its application was deleted.
pub(crate) fn principal_is_active(tx: &Transaction, object_id: &str) -> bool {
    match tx.get::<ServicePrincipal>(SERVICE_PRINCIPALS, object_id) {
        Some(principal) => {
            let application = application_by_app_id(tx, &principal.app_id);
            principal.soft_deleted_at.is_none()
                && principal.account_enabled
                && application.is_none_or(|application| application.soft_deleted_at.is_none())
        }
        None => tx.contains(USERS, object_id),
    }
}

/// What role assignments call the principal (`ServicePrincipal`, `User`, `Group`); `None` while the directory's replica
/// that they ask does not know it.
pub(crate) fn principal_type(tx: &Transaction, object_id: &str) -> Option<&'static str> {
    if let Some(principal) = tx.get::<ServicePrincipal>(SERVICE_PRINCIPALS, object_id) {
        let known = principal.soft_deleted_at.is_none() && tx.now() >= principal.assignable_from;
        return known.then_some("ServicePrincipal");
    }
    if tx.contains(USERS, object_id) {
        return Some("User");
    }
    tx.contains(GROUPS, object_id).then_some("Group")
}

/// The instants from which Graph and role assignments see something made now.
pub(crate) fn replication(tx: &Transaction) -> (Timestamp, Timestamp) {
    let knobs = tx.knobs();
    let after = |ms: u64| clock::add(tx.now(), i64::try_from(ms).unwrap_or(i64::MAX));
    (
        after(knobs.replication_graph_ms),
        after(knobs.replication_rbac_ms),
    )
}

/// A new application with no attributes but its name; not saved yet.
pub(crate) fn new_application(tx: &mut Transaction, display_name: &str) -> Application {
    let (visible_from, _) = replication(tx);
    Application {
        id: tx.new_uuid().to_string(),
        app_id: tx.new_uuid().to_string(),
        display_name: display_name.to_owned(),
        unique_name: None,
        attributes: Map::new(),
        passwords: Vec::new(),
        keys: Vec::new(),
        owners: Vec::new(),
        created: tx.now(),
        visible_from,
        soft_deleted_at: None,
    }
}

/// A new service principal of an application; not saved yet.
pub(crate) fn new_service_principal(
    tx: &mut Transaction,
    app_id: &str,
    display_name: &str,
) -> ServicePrincipal {
    let (visible_from, assignable_from) = replication(tx);
    ServicePrincipal {
        id: tx.new_uuid().to_string(),
        app_id: app_id.to_owned(),
        display_name: display_name.to_owned(),
        managed_identity: false,
        account_enabled: true,
        attributes: Map::new(),
        passwords: Vec::new(),
        keys: Vec::new(),
        owners: Vec::new(),
        created: tx.now(),
        visible_from,
        assignable_from,
        soft_deleted_at: None,
    }
}

/// Makes the service principal of a new managed identity; `resource_id` is the identity's ARM id.
pub(crate) fn create_managed_identity(
    tx: &mut Transaction,
    name: &str,
    resource_id: &str,
) -> ManagedIdentityPrincipal {
    let client_id = tx.new_uuid().to_string();
    let mut principal = new_service_principal(tx, &client_id, name);
    principal.managed_identity = true;
    let principal_id = principal.id.clone();
    principal.attributes.insert(
        "alternativeNames".to_owned(),
        json!(["isExplicit=True", resource_id]),
    );
    save_service_principal(tx, &principal);
    ManagedIdentityPrincipal {
        principal_id,
        client_id,
    }
}

/// Deletes the service principal of a managed identity, with its federated credentials; it does not pass the recycle bin.
pub(crate) fn delete_managed_identity(tx: &mut Transaction, principal_id: &str) {
    purge_federated_credentials(tx, principal_id);
    if let Some(principal) = tx.get::<ServicePrincipal>(SERVICE_PRINCIPALS, principal_id) {
        purge_service_principal(tx, &principal);
    }
}

/// Why a client secret does not authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretProblem {
    /// No such application, or it has not replicated yet.
    UnknownClient,
    /// The application has no service principal in the tenant.
    NoPrincipal,
    /// The service principal is disabled.
    Disabled,
    /// The secret is wrong.
    Wrong,
    /// The secret was right once.
    Expired,
}

/// The service principal that may act for a client id.
pub(crate) fn acting_principal(tx: &Transaction, client_id: &str) -> Result<ServicePrincipal, SecretProblem> {
    let application = application_by_app_id(tx, client_id).ok_or(SecretProblem::UnknownClient)?;
    if application.soft_deleted_at.is_some() || tx.now() < application.visible_from {
        return Err(SecretProblem::UnknownClient);
    }
    let principal = service_principal_by_app_id(tx, client_id)
        .filter(|principal| principal.soft_deleted_at.is_none() && tx.now() >= principal.visible_from)
        .ok_or(SecretProblem::NoPrincipal)?;
    if principal.account_enabled {
        Ok(principal)
    } else {
        Err(SecretProblem::Disabled)
    }
}

/// Authenticates a client id and secret; a password of the application and one of the service principal count alike.
pub(crate) fn authenticate(
    tx: &Transaction,
    client_id: &str,
    secret: &str,
) -> Result<ServicePrincipal, SecretProblem> {
    let principal = acting_principal(tx, client_id)?;
    let application = application_by_app_id(tx, client_id).ok_or(SecretProblem::UnknownClient)?;
    let mut matching = application
        .passwords
        .iter()
        .chain(&principal.passwords)
        .filter(|p| p.hash.matches(secret))
        .peekable();
    if matching.peek().is_none() {
        return Err(SecretProblem::Wrong);
    }
    if matching.any(|password| password.is_valid_at(tx.now())) {
        Ok(principal)
    } else {
        Err(SecretProblem::Expired)
    }
}
