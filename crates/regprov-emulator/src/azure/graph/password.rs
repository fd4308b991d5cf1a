//! Passwords of applications and service principals: told once, when they are made.

use serde_json::json;

use super::Visit;
use super::body::{Fields, invalid, required};
use super::failure::Failure;
use crate::answer::Answer;
use crate::azure::directory::{PasswordCredential, credential};
use crate::clock;
use crate::store::Transaction;

const TWO_YEARS_MS: i64 = 2 * 365 * 24 * 3600 * 1000;
const TYPE: &str = "PasswordCredential";

/// `addPassword`.
pub(super) fn add(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    passwords: &mut Vec<PasswordCredential>,
) -> Result<Answer, Failure> {
    let mut fields = if visit.call.body.is_empty() {
        Fields(serde_json::Map::new())
    } else {
        Fields::of(visit.call)?
    };
    let wanted = fields
        .object("passwordCredential")?
        .unwrap_or_else(|| Fields(serde_json::Map::new()));
    fields.nothing_left("addPassword")?;
    let (password, secret) = make(tx, wanted)?;
    let mut body = json!({ "@odata.context": visit.context("microsoft.graph.passwordCredential") });
    if let (Some(body), Some(shown)) = (body.as_object_mut(), password.wire(Some(&secret)).as_object()) {
        body.extend(shown.clone());
    }
    passwords.push(password);
    Ok(Answer::json(200, &body))
}

/// A new password as a request describes it, and its text.
pub(super) fn make(
    tx: &mut Transaction,
    mut wanted: Fields,
) -> Result<(PasswordCredential, String), Failure> {
    let display_name = wanted.text("displayName")?;
    let start = wanted.instant("startDateTime")?.unwrap_or_else(|| tx.now());
    let end = wanted
        .instant("endDateTime")?
        .unwrap_or_else(|| clock::add(start, TWO_YEARS_MS));
    for ignored in ["customKeyIdentifier", "hint", "keyId", "secretText"] {
        if wanted.0.remove(ignored).is_some_and(|value| !value.is_null()) {
            return Err(Failure::bad_request(format!(
                "Property '{ignored}' is read-only and cannot be set."
            )));
        }
    }
    wanted.nothing_left(TYPE)?;
    if end <= start {
        return Err(invalid("endDateTime"));
    }
    Ok(credential::new_password(tx, display_name, start, end))
}

/// `removePassword`.
pub(super) fn remove(
    _tx: &mut Transaction,
    visit: &Visit<'_>,
    passwords: &mut Vec<PasswordCredential>,
) -> Result<Answer, Failure> {
    let mut fields = Fields::of(visit.call)?;
    let key_id = fields.text("keyId")?.ok_or_else(|| required("keyId", TYPE))?;
    fields.nothing_left("removePassword")?;
    let before = passwords.len();
    passwords.retain(|password| !password.key_id.eq_ignore_ascii_case(&key_id));
    if passwords.len() == before {
        return Err(Failure::bad_request(format!(
            "No password credential found with keyId. keyId: '{key_id}'."
        )));
    }
    Ok(Answer::empty(204))
}

/// A `PATCH` may drop passwords; it cannot make them.
pub(super) fn keep_only(passwords: &mut Vec<PasswordCredential>, kept: Vec<Fields>) -> Result<(), Failure> {
    let mut ids = Vec::new();
    for mut credential in kept {
        let id = credential.text("keyId")?.unwrap_or_default();
        if !passwords
            .iter()
            .any(|password| password.key_id.eq_ignore_ascii_case(&id))
        {
            let text = "New password credentials must be generated with service actions (addPassword). Updating or adding them through PATCH is not allowed.";
            return Err(Failure::bad_request(text));
        }
        ids.push(id.to_lowercase());
    }
    passwords.retain(|password| ids.contains(&password.key_id.to_lowercase()));
    Ok(())
}
