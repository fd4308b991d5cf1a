//! Creating and changing service principals.

use super::{COLLECTION, TYPE, find, owners_of, wire};
use crate::answer::Answer;
use crate::azure::directory::{self, ServicePrincipal};
use crate::azure::graph::attributes::{SERVICE_PRINCIPAL, merge};
use crate::azure::graph::body::{Fields, required};
use crate::azure::graph::failure::Failure;
use crate::azure::graph::route::Key;
use crate::azure::graph::{Visit, application, certificate, owner, page, password};
use crate::store::Transaction;

/// `POST /servicePrincipals`.
pub(super) fn create(tx: &mut Transaction, visit: &Visit<'_>) -> Result<Answer, Failure> {
    let mut fields = Fields::of(visit.call)?;
    let app_id = fields.text("appId")?.ok_or_else(|| required("appId", TYPE))?;
    make(tx, visit, fields, &app_id)
}

/// `PATCH` of one service principal; with `Prefer: create-if-missing` and its appId it creates.
pub(super) fn patch(tx: &mut Transaction, visit: &Visit<'_>, key: &Key) -> Result<Answer, Failure> {
    let mut fields = Fields::of(visit.call)?;
    let principal = match key {
        Key::Alternate { field, value } if field == "appId" && application::prefers_creation(visit) => {
            if fields.0.contains_key("passwordCredentials") {
                return Err(Failure::bad_request(
                    "Property 'passwordCredentials' cannot be set in an upsert; use addPassword.",
                ));
            }
            match alive(tx, value) {
                Some(principal) => principal,
                None => return make(tx, visit, fields, value),
            }
        }
        Key::Alternate { .. } | Key::Id(_) => find(tx, key)?,
    };
    visit.visitor.may_write(COLLECTION, &owners_of(tx, &principal))?;
    let mut principal = principal;
    if fields
        .text("appId")?
        .is_some_and(|app_id| !app_id.eq_ignore_ascii_case(&principal.app_id))
    {
        return Err(Failure::bad_request("Property 'appId' is immutable."));
    }
    if let Some(name) = fields.text("displayName")? {
        principal.display_name = name;
    }
    if let Some(kept) = fields.objects("passwordCredentials")? {
        password::keep_only(&mut principal.passwords, kept)?;
    }
    set(tx, &mut principal, fields)?;
    directory::save_service_principal(tx, &principal);
    Ok(Answer::empty(204))
}

/// The service principal of a client id that is not soft-deleted, as the master replica knows it.
fn alive(tx: &Transaction, app_id: &str) -> Option<ServicePrincipal> {
    directory::service_principal_by_app_id(tx, app_id).filter(|principal| principal.soft_deleted_at.is_none())
}

fn make(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    mut fields: Fields,
    app_id: &str,
) -> Result<Answer, Failure> {
    visit.visitor.may_create(COLLECTION)?;
    application::within_quota(tx)?;
    fields.text("appId")?;
    let application = directory::application_by_app_id(tx, app_id)
        .filter(|application| application.soft_deleted_at.is_none() && application.visible_from <= tx.now());
    let Some(application) = application else {
        if visit.visitor.owned_only() {
            let text = "When using this permission, the backing application of the service principal being created must in the local tenant";
            return Err(Failure::new(403, "Authorization_RequestDenied", text));
        }
        let text = format!(
            "The appId '{app_id}' of the service principal does not reference a valid application object."
        );
        return Err(Failure::new(400, "Request_BadRequest", text));
    };
    if visit.visitor.owned_only() {
        visit.visitor.may_write(COLLECTION, &application.owners)?;
    }
    if alive(tx, &application.app_id).is_some() {
        let text = format!(
            "The service principal cannot be created, updated, or restored because the service principal name {} is already in use.",
            application.app_id
        );
        return Err(Failure::same_key(text));
    }
    let mut principal = directory::new_service_principal(tx, &application.app_id, &application.display_name);
    if let Some(name) = fields.text("displayName")? {
        principal.display_name = name;
    }
    principal.owners = owner::bound(tx, visit, &mut fields)?;
    set(tx, &mut principal, fields)?;
    directory::save_service_principal(tx, &principal);
    let location = format!("{}/servicePrincipals/{}", visit.root(), principal.id);
    let shown = wire(tx, &principal);
    Ok(page::object(visit, 201, COLLECTION, shown)?.header("location", &location))
}

fn set(tx: &mut Transaction, principal: &mut ServicePrincipal, mut fields: Fields) -> Result<(), Failure> {
    if let Some(enabled) = fields.flag("accountEnabled")? {
        principal.account_enabled = enabled;
    }
    if fields
        .text("servicePrincipalType")?
        .is_some_and(|kind| kind != "Application")
    {
        return Err(Failure::bad_request(
            "Property 'servicePrincipalType' is read-only and cannot be set.",
        ));
    }
    if let Some(keys) = fields.objects("keyCredentials")? {
        principal.keys = certificate::replace(tx, &principal.keys, keys)?;
    }
    merge(&mut principal.attributes, SERVICE_PRINCIPAL, fields.0, TYPE)
}
