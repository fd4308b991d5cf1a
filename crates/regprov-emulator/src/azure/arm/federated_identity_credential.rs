//! Federated credentials of user-assigned identities.

use serde_json::{Value, json};

use super::context::{Arm, Reply, invalid};
use super::resource::Resource;
use super::user_assigned_identity::KIND;
use super::{fields, listing};
use crate::answer::Answer;
use crate::azure::directory::{self, FEDERATED_CREDENTIALS, FederatedCredential};

/// The most that one identity may have.
const LIMIT: usize = 20;

fn body(identity: &Resource, credential: &FederatedCredential) -> Value {
    json!({
        "id": format!("{}/federatedIdentityCredentials/{}", identity.id, credential.name),
        "name": credential.name,
        "type": format!("{KIND}/federatedIdentityCredentials"),
        "properties": {
            "issuer": credential.issuer, "subject": credential.subject, "audiences": credential.audiences,
        },
    })
}

fn all(arm: &Arm<'_>, identity: &Resource) -> Vec<(String, FederatedCredential)> {
    arm.tx.scan(
        FEDERATED_CREDENTIALS,
        &format!("{}/", identity.text("principalId")),
    )
}

/// Lists the federated credentials of an identity, or reads and writes one.
pub(super) fn handle(
    arm: &mut Arm<'_>,
    (key, identity): (&str, Result<Resource, Answer>),
    rest: &[&str],
) -> Reply {
    let action = |verb: &str| format!("{KIND}/federatedIdentityCredentials/{verb}");
    match (arm.call.method.as_str(), rest) {
        ("GET", []) => {
            arm.require(&action("read"), key)?;
            let identity = identity?;
            let items = all(arm, &identity)
                .iter()
                .map(|(_, credential)| body(&identity, credential))
                .collect();
            Ok(Answer::json(200, &listing::page(arm, items)))
        }
        ("GET", [name]) => {
            arm.require(&action("read"), key)?;
            let identity = identity?;
            match find(arm, &identity, name) {
                Some((_, credential)) => Ok(Answer::json(200, &body(&identity, &credential))),
                None => Err(missing(name)),
            }
        }
        ("PUT", [name]) => {
            arm.require(&action("write"), key)?;
            put(arm, &identity?, name)
        }
        ("DELETE", [name]) => {
            arm.require(&action("delete"), key)?;
            let identity = identity?;
            match find(arm, &identity, name) {
                Some((row, _)) => {
                    arm.tx.delete(FEDERATED_CREDENTIALS, &row);
                    Ok(Answer::empty(200))
                }
                None => Ok(Answer::empty(204)),
            }
        }
        _ => Err(arm.no_such_method()),
    }
}

fn find(arm: &Arm<'_>, identity: &Resource, name: &str) -> Option<(String, FederatedCredential)> {
    all(arm, identity)
        .into_iter()
        .find(|(_, credential)| credential.name.eq_ignore_ascii_case(name))
}

fn missing(name: &str) -> Answer {
    let message = format!("The federated identity credential '{name}' was not found.");
    Answer::arm_error(404, "NotFound", &message)
}

fn put(arm: &mut Arm<'_>, identity: &Resource, lower_name: &str) -> Reply {
    let object = arm.object()?;
    fields::check(&object, "", &["properties"], &[])?;
    let properties = fields::object(&object, "properties")?;
    fields::check(
        &properties,
        "properties",
        &["issuer", "subject", "audiences"],
        &[],
    )?;
    let issuer = fields::required(&properties, "issuer")?.to_owned();
    let subject = fields::required(&properties, "subject")?.to_owned();
    let audiences = fields::texts(&properties, "audiences")?.unwrap_or_default();
    check(&issuer, &subject, &audiences)?;
    let old = find(arm, identity, lower_name);
    let others = all(arm, identity);
    let own = old.as_ref().map(|(row, _)| row.clone());
    let twin = others
        .iter()
        .any(|(row, other)| Some(row) != own.as_ref() && other.issuer == issuer && other.subject == subject);
    if twin {
        let message = "Issuer and subject combination already exists for this Managed Identity.";
        return Err(Answer::arm_error(409, "Conflict", message));
    }
    if old.is_none() && others.len() >= LIMIT {
        let message = "Too many Federated Identity Credentials. The limit is 20 for a Managed Identity.";
        return Err(invalid("BadRequest", message));
    }
    let new = old.is_none();
    let (effective_from, _) = directory::replication(arm.tx);
    let (row, credential) = match old {
        Some((row, old)) => (
            row,
            FederatedCredential {
                issuer,
                subject,
                audiences,
                effective_from,
                ..old
            },
        ),
        None => {
            let id = arm.tx.new_uuid().to_string();
            let name = arm.call.segments.last().cloned().unwrap_or_default();
            let row = format!("{}/{id}", identity.text("principalId"));
            let description = None;
            (
                row,
                FederatedCredential {
                    id,
                    name,
                    issuer,
                    subject,
                    description,
                    audiences,
                    effective_from,
                },
            )
        }
    };
    arm.tx.put(FEDERATED_CREDENTIALS, &row, &credential);
    Ok(Answer::json(
        if new { 201 } else { 200 },
        &body(identity, &credential),
    ))
}

fn check(issuer: &str, subject: &str, audiences: &[String]) -> Result<(), Answer> {
    if issuer.len() > 600 || subject.len() > 600 || audiences.iter().any(|audience| audience.len() > 600) {
        return Err(invalid(
            "BadRequest",
            "Issuer, subject and audience may have at most 600 characters each.",
        ));
    }
    if audiences.len() != 1 {
        return Err(invalid(
            "BadRequest",
            "A federated identity credential has exactly one audience.",
        ));
    }
    Ok(())
}
