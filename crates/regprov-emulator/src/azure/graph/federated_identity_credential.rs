//! Federated identity credentials of applications.

use http::Method;
use serde_json::{Value, json};

use super::body::{Fields, invalid, required};
use super::failure::Failure;
use super::route::{Key, split_key};
use super::{Visit, application, page};
use crate::answer::Answer;
use crate::azure::directory::{self, Application, FEDERATED_CREDENTIALS, FederatedCredential};
use crate::store::Transaction;

const TYPE: &str = "FederatedIdentityCredential";
const MOST: usize = 20;
const LONGEST: usize = 600;
const COLLECTION: &str = "federatedIdentityCredentials";

/// Answers a request under `applications/{id}/federatedIdentityCredentials`.
pub(super) fn handle(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    parent: &Application,
    segment: &str,
    rest: &[&str],
) -> Result<Answer, Failure> {
    let key = match (split_key(segment), rest) {
        ((COLLECTION, Some(key)), []) => Some(key),
        ((COLLECTION, None), []) => None,
        ((COLLECTION, None), [id]) => Some(Key::Id((*id).to_owned())),
        _ => {
            return Err(Failure::unsupported(&format!(
                "{} {}",
                visit.call.method, visit.call.path
            )));
        }
    };
    if visit.call.method == Method::GET {
        visit.visitor.may_read(application::COLLECTION)?;
    } else {
        visit.visitor.may_write(application::COLLECTION, &parent.owners)?;
    }
    match (&visit.call.method, key) {
        (&Method::GET, None) => {
            let shown = all(tx, parent).iter().map(wire).collect();
            page::list(tx, visit, &context(parent), shown)
        }
        (&Method::POST, None) => {
            let mut fields = Fields::of(visit.call)?;
            let name = fields.text("name")?.ok_or_else(|| required("name", TYPE))?;
            create(tx, visit, parent, name, fields)
        }
        (&Method::GET, Some(key)) => {
            let credential = find(tx, parent, &key).ok_or_else(|| missing(&key))?;
            page::object(visit, 200, &context(parent), wire(&credential))
        }
        (&Method::PATCH, Some(key)) => patch(tx, visit, parent, &key),
        (&Method::DELETE, Some(key)) => {
            let credential = find(tx, parent, &key).ok_or_else(|| missing(&key))?;
            tx.delete(FEDERATED_CREDENTIALS, &format!("{}/{}", parent.id, credential.id));
            Ok(Answer::empty(204))
        }
        _ => Err(Failure::method(visit.call)),
    }
}

fn context(parent: &Application) -> String {
    format!("applications('{}')/{COLLECTION}", parent.id)
}

fn missing(key: &Key) -> Failure {
    match key {
        Key::Id(id) => Failure::not_found(id),
        Key::Alternate { value, .. } => Failure::not_found(value),
    }
}

fn all(tx: &Transaction, parent: &Application) -> Vec<FederatedCredential> {
    tx.scan(FEDERATED_CREDENTIALS, &format!("{}/", parent.id))
        .into_iter()
        .map(|(_, credential)| credential)
        .collect()
}

/// By id, or by name either way.
fn find(tx: &Transaction, parent: &Application, key: &Key) -> Option<FederatedCredential> {
    all(tx, parent).into_iter().find(|credential| match key {
        Key::Id(id) => credential.id.eq_ignore_ascii_case(id) || credential.name == *id,
        Key::Alternate { field, value } => field == "name" && credential.name == *value,
    })
}

fn wire(credential: &FederatedCredential) -> Value {
    json!({
        "id": credential.id, "name": credential.name, "issuer": credential.issuer, "subject": credential.subject,
        "description": credential.description, "audiences": credential.audiences, "claimsMatchingExpression": null,
    })
}

fn create(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    parent: &Application,
    name: String,
    mut fields: Fields,
) -> Result<Answer, Failure> {
    let url_friendly = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'));
    if name.is_empty() || name.len() > 120 || !url_friendly {
        return Err(invalid("name"));
    }
    if all(tx, parent).len() >= MOST {
        let text = format!(
            "The maximum number of Federated Identity Credentials ({MOST}) has been reached for this object."
        );
        return Err(Failure::bad_request(text));
    }
    let issuer = fields.text("issuer")?.ok_or_else(|| required("issuer", TYPE))?;
    let subject = fields.text("subject")?.ok_or_else(|| required("subject", TYPE))?;
    let (effective_from, _) = directory::replication(tx);
    let mut credential = FederatedCredential {
        id: tx.new_uuid().to_string(),
        name,
        issuer,
        subject,
        description: None,
        audiences: Vec::new(),
        effective_from,
    };
    apply(&mut credential, fields)?;
    if find(
        tx,
        parent,
        &Key::Alternate {
            field: "name".to_owned(),
            value: credential.name.clone(),
        },
    )
    .is_some()
    {
        let text = format!(
            "FederatedIdentityCredential with name {} already exists.",
            credential.name
        );
        return Err(Failure::same_key(text));
    }
    save(tx, parent, &credential)?;
    let location = format!(
        "{}/applications/{}/{COLLECTION}/{}",
        visit.root(),
        parent.id,
        credential.id
    );
    Ok(page::object(visit, 201, &context(parent), wire(&credential))?.header("location", &location))
}

fn patch(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    parent: &Application,
    key: &Key,
) -> Result<Answer, Failure> {
    let mut fields = Fields::of(visit.call)?;
    let name = fields.text("name")?;
    let Some(mut credential) = find(tx, parent, key) else {
        return match key {
            Key::Alternate { field, value } if field == "name" && application::prefers_creation(visit) => {
                create(tx, visit, parent, value.clone(), fields)
            }
            Key::Alternate { .. } | Key::Id(_) => Err(missing(key)),
        };
    };
    if name.is_some_and(|name| name != credential.name) {
        return Err(Failure::bad_request("Property 'name' is immutable."));
    }
    if let Some(issuer) = fields.text("issuer")? {
        credential.issuer = issuer;
    }
    if let Some(subject) = fields.text("subject")? {
        credential.subject = subject;
    }
    apply(&mut credential, fields)?;
    save(tx, parent, &credential)?;
    Ok(Answer::empty(204))
}

fn apply(credential: &mut FederatedCredential, mut fields: Fields) -> Result<(), Failure> {
    if fields.0.contains_key("description") {
        credential.description = fields.text("description")?;
    }
    if let Some(audiences) = fields.texts("audiences")? {
        credential.audiences = audiences;
    }
    if fields
        .0
        .remove("claimsMatchingExpression")
        .is_some_and(|value| !value.is_null())
    {
        return Err(Failure::unsupported(
            "claimsMatchingExpression of federated identity credentials",
        ));
    }
    fields.0.remove("id");
    fields.nothing_left(TYPE)
}

fn save(tx: &mut Transaction, parent: &Application, credential: &FederatedCredential) -> Result<(), Failure> {
    let too_long = |text: &str| text.is_empty() || text.chars().count() > LONGEST;
    if credential.audiences.len() != 1 || credential.audiences.iter().any(|audience| too_long(audience)) {
        return Err(Failure::bad_request(
            "Federated Identity Credential must have exactly one audience.",
        ));
    }
    if too_long(&credential.issuer) || url::Url::parse(&credential.issuer).is_err() {
        return Err(invalid("issuer"));
    }
    if too_long(&credential.subject) {
        return Err(invalid("subject"));
    }
    if credential
        .description
        .as_ref()
        .is_some_and(|text| text.chars().count() > LONGEST)
    {
        return Err(invalid("description"));
    }
    let twin = all(tx, parent).into_iter().any(|other| {
        other.id != credential.id && other.issuer == credential.issuer && other.subject == credential.subject
    });
    if twin {
        let text = "FederatedIdentityCredential with the same issuer and subject already exists on this application.";
        return Err(Failure::same_key(text));
    }
    tx.put(
        FEDERATED_CREDENTIALS,
        &format!("{}/{}", parent.id, credential.id),
        credential,
    );
    Ok(())
}
