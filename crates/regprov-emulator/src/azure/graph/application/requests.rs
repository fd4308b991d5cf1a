//! Creating and changing applications.

use serde_json::{Value, json};

use super::{COLLECTION, TYPE, find, look_up, wire};
use crate::answer::Answer;
use crate::azure::directory::{self, APPLICATIONS, Application, SERVICE_PRINCIPALS};
use crate::azure::graph::attributes::{APPLICATION, merge};
use crate::azure::graph::body::{Fields, invalid, required};
use crate::azure::graph::failure::Failure;
use crate::azure::graph::route::Key;
use crate::azure::graph::{Visit, certificate, owner, page, password};
use crate::store::Transaction;

const AUDIENCES: &[&str] = &[
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
];

/// `POST /applications`.
pub(super) fn create(tx: &mut Transaction, visit: &Visit<'_>) -> Result<Answer, Failure> {
    let mut fields = Fields::of(visit.call)?;
    let unique_name = fields.text("uniqueName")?;
    make(tx, visit, fields, unique_name)
}

/// `PATCH` of one application; with `Prefer: create-if-missing` and an alternate key it creates.
pub(super) fn patch(tx: &mut Transaction, visit: &Visit<'_>, key: &Key) -> Result<Answer, Failure> {
    let mut fields = Fields::of(visit.call)?;
    let create = prefers_creation(visit);
    let application = match key {
        Key::Alternate { field, value } if create && field == "uniqueName" => match look_up(tx, key)?.0 {
            Some(application) => application,
            None => return make(tx, visit, fields, Some(value.clone())),
        },
        Key::Alternate { .. } | Key::Id(_) => find(tx, key)?,
    };
    visit.visitor.may_write(COLLECTION, &application.owners)?;
    let mut application = application;
    match fields.0.remove("uniqueName") {
        None => {}
        Some(name) if name.as_str() == application.unique_name.as_deref() => {}
        Some(Value::String(name)) if application.unique_name.is_none() => {
            application.unique_name = Some(free_unique_name(tx, name)?);
        }
        Some(_) => {
            return Err(Failure::bad_request(
                "Property 'uniqueName' is immutable once it is set.",
            ));
        }
    }
    if let Some(name) = fields.text("displayName")? {
        application.display_name = display_name(name)?;
    }
    if let Some(kept) = fields.objects("passwordCredentials")? {
        password::keep_only(&mut application.passwords, kept)?;
    }
    if let Some(keys) = fields.objects("keyCredentials")? {
        application.keys = certificate::replace(tx, &application.keys, keys)?;
    }
    set_attributes(tx, visit, &mut application, fields)?;
    directory::save_application(tx, &application);
    Ok(Answer::empty(204))
}

/// Whether the request asks for creation when there is nothing to update.
pub(in crate::azure::graph) fn prefers_creation(visit: &Visit<'_>) -> bool {
    visit
        .call
        .headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value
                .split([',', ';'])
                .any(|preference| preference.trim().eq_ignore_ascii_case("create-if-missing"))
        })
}

fn make(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    mut fields: Fields,
    unique_name: Option<String>,
) -> Result<Answer, Failure> {
    visit.visitor.may_create(COLLECTION)?;
    within_quota(tx)?;
    let name = fields
        .text("displayName")?
        .ok_or_else(|| required("displayName", TYPE))?;
    let mut application = directory::new_application(tx, &display_name(name)?);
    application.unique_name = unique_name.map(|name| free_unique_name(tx, name)).transpose()?;
    application.owners = owner::bound(tx, visit, &mut fields)?;
    let mut told = Vec::new();
    for wanted in fields.objects("passwordCredentials")?.unwrap_or_default() {
        let (password, secret) = password::make(tx, wanted)?;
        told.push(password.wire(Some(&secret)));
        application.passwords.push(password);
    }
    if let Some(keys) = fields.objects("keyCredentials")? {
        application.keys = certificate::replace(tx, &[], keys)?;
    }
    set_attributes(tx, visit, &mut application, fields)?;
    directory::save_application(tx, &application);
    let mut shown = wire(tx, visit, &application);
    if !told.is_empty() {
        shown["passwordCredentials"] = json!(told);
    }
    let location = format!("{}/applications/{}", visit.root(), application.id);
    Ok(page::object(visit, 201, COLLECTION, shown)?.header("location", &location))
}

fn display_name(name: String) -> Result<String, Failure> {
    if name.trim().is_empty() || name.chars().count() > 256 {
        Err(invalid("displayName"))
    } else {
        Ok(name)
    }
}

fn free_unique_name(tx: &Transaction, name: String) -> Result<String, Failure> {
    if name.is_empty() || name.chars().count() > 128 {
        return Err(invalid("uniqueName"));
    }
    if directory::application_by_unique_name(tx, &name).is_some() {
        let text =
            format!("Another object with the same value for property uniqueName already exists: '{name}'.");
        return Err(Failure::same_key(text));
    }
    Ok(name)
}

/// Refuses a new directory object beyond the quota; what is soft-deleted counts.
pub(in crate::azure::graph) fn within_quota(tx: &Transaction) -> Result<(), Failure> {
    let count = tx.count(APPLICATIONS) + tx.count(SERVICE_PRINCIPALS);
    if (count as u64) < tx.knobs().quota_directory_objects {
        return Ok(());
    }
    let text = "The directory object quota limit for the Principal has been exceeded. Please ask your administrator to increase the quota limit or delete objects to reduce the used quota.";
    Err(Failure::new(403, "Directory_QuotaExceeded", text))
}

fn set_attributes(
    tx: &Transaction,
    visit: &Visit<'_>,
    application: &mut Application,
    mut fields: Fields,
) -> Result<(), Failure> {
    if visit.beta
        && let Some(flag) = fields.flag("oauth2RequirePostResponse")?
    {
        application
            .attributes
            .insert("oauth2RequirePostResponse".to_owned(), json!(flag));
    }
    merge(&mut application.attributes, APPLICATION, fields.0, TYPE)?;
    let audience = application
        .attributes
        .get("signInAudience")
        .and_then(Value::as_str);
    if audience.is_some_and(|audience| !AUDIENCES.contains(&audience)) {
        return Err(invalid("signInAudience"));
    }
    identifier_uris(tx, application)
}

/// Identifier URIs belong to the tenant, and to one application only.
fn identifier_uris(tx: &Transaction, application: &Application) -> Result<(), Failure> {
    let uris = uris(application);
    if uris.is_empty() {
        return Ok(());
    }
    let domain = directory::tenant(tx).domain;
    for uri in &uris {
        let parsed = url::Url::parse(uri).map_err(|_| invalid("identifierUris"))?;
        let host = parsed.host_str().unwrap_or_default();
        let verified = host == domain || host.ends_with(&format!(".{domain}"));
        if matches!(parsed.scheme(), "http" | "https") && !verified {
            let text = format!(
                "Values of identifierUris property must use a verified domain of the organization or its subdomain: '{uri}'"
            );
            return Err(Failure::new(400, "HostNameNotOnVerifiedDomain", text));
        }
    }
    let taken = tx
        .scan::<Application>(APPLICATIONS, "")
        .into_iter()
        .filter(|(id, other)| *id != application.id && other.soft_deleted_at.is_none())
        .any(|(_, other)| self::uris(&other).iter().any(|uri| uris.contains(uri)));
    if taken {
        let text = "Another object with the same value for property identifierUris already exists.";
        return Err(Failure::new(400, "Request_MultipleObjectsWithSameKeyValue", text));
    }
    Ok(())
}

fn uris(application: &Application) -> Vec<&str> {
    let uris = application
        .attributes
        .get("identifierUris")
        .and_then(Value::as_array);
    uris.into_iter().flatten().filter_map(Value::as_str).collect()
}
