//! Applications.

mod requests;

pub(super) use requests::{prefers_creation, within_quota};

use http::Method;
use serde_json::{Map, Value, json};

use super::attributes::{APPLICATION, application_default, shown};
use super::failure::Failure;
use super::route::{Key, Rest};
use super::{Visit, federated_identity_credential, owner, page, password};
use crate::answer::Answer;
use crate::azure::directory::{
    self, APPLICATIONS, Application, KeyCredential, PasswordCredential, SERVICE_PRINCIPALS, ServicePrincipal,
};
use crate::clock;
use crate::store::Transaction;

/// The collection's name in paths and permissions.
pub(super) const COLLECTION: &str = "applications";
pub(super) const TYPE: &str = "Application";

/// Answers a request under `applications`.
pub(super) fn handle(tx: &mut Transaction, visit: &Visit<'_>, rest: &Rest) -> Result<Answer, Failure> {
    match rest {
        Rest::Collection => match visit.call.method {
            Method::GET => list(tx, visit),
            Method::POST => requests::create(tx, visit),
            _ => Err(Failure::method(visit.call)),
        },
        Rest::Object(key, rest) => {
            let parts: Vec<&str> = rest.iter().map(String::as_str).collect();
            if parts.is_empty() && visit.call.method == Method::PATCH {
                return requests::patch(tx, visit, key);
            }
            let application = find(tx, key)?;
            match (&visit.call.method, parts.as_slice()) {
                (&Method::GET, []) => {
                    visit.visitor.may_read(COLLECTION)?;
                    page::object(visit, 200, COLLECTION, wire(tx, visit, &application))
                }
                (&Method::DELETE, []) => delete(tx, visit, application),
                (_, ["owners", rest @ ..]) => {
                    owner::handle(tx, visit, owner::Owned::Application(application), rest)
                }
                (_, [first, rest @ ..]) if first.starts_with("federatedIdentityCredentials") => {
                    federated_identity_credential::handle(tx, visit, &application, first, rest)
                }
                (&Method::POST, ["addPassword"]) => write_password(tx, visit, application, password::add),
                (&Method::POST, ["removePassword"]) => {
                    write_password(tx, visit, application, password::remove)
                }
                _ => Err(Failure::unsupported(&format!(
                    "{} {}",
                    visit.call.method, visit.call.path
                ))),
            }
        }
    }
}

type PasswordAction =
    fn(&mut Transaction, &Visit<'_>, &mut Vec<PasswordCredential>) -> Result<Answer, Failure>;

fn write_password(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    mut application: Application,
    action: PasswordAction,
) -> Result<Answer, Failure> {
    visit.visitor.may_write(COLLECTION, &application.owners)?;
    let answer = action(tx, visit, &mut application.passwords)?;
    directory::save_application(tx, &application);
    Ok(answer)
}

/// The visible application of a key.
pub(super) fn find(tx: &Transaction, key: &Key) -> Result<Application, Failure> {
    let (application, named) = look_up(tx, key)?;
    application
        .filter(|application| directory::visible(tx, application.visible_from, application.soft_deleted_at))
        .ok_or_else(|| Failure::not_found(&named))
}

fn look_up(tx: &Transaction, key: &Key) -> Result<(Option<Application>, String), Failure> {
    Ok(match key {
        Key::Id(id) => (tx.get(APPLICATIONS, &id.to_lowercase()), id.clone()),
        Key::Alternate { field, value } if field == "appId" => {
            (directory::application_by_app_id(tx, value), value.clone())
        }
        Key::Alternate { field, value } if field == "uniqueName" => {
            (directory::application_by_unique_name(tx, value), value.clone())
        }
        Key::Alternate { field, .. } => {
            return Err(Failure::bad_request(format!(
                "The key '{field}' does not identify resources of type '{TYPE}'."
            )));
        }
    })
}

fn list(tx: &Transaction, visit: &Visit<'_>) -> Result<Answer, Failure> {
    visit.visitor.may_read(COLLECTION)?;
    let visible: Vec<Value> = tx
        .scan::<Application>(APPLICATIONS, "")
        .into_iter()
        .filter(|(_, application)| {
            directory::visible(tx, application.visible_from, application.soft_deleted_at)
        })
        .map(|(_, application)| wire(tx, visit, &application))
        .collect();
    page::list(tx, visit, COLLECTION, visible)
}

/// Puts an application and its service principal into the recycle bin.
fn delete(tx: &mut Transaction, visit: &Visit<'_>, mut application: Application) -> Result<Answer, Failure> {
    visit.visitor.may_write(COLLECTION, &application.owners)?;
    if application.soft_deleted_at.is_some() {
        return Err(Failure::not_found(&application.id));
    }
    let now = tx.now();
    application.soft_deleted_at = Some(now);
    directory::save_application(tx, &application);
    let principal = directory::service_principal_by_app_id(tx, &application.app_id);
    if let Some(mut principal) = principal.filter(|principal| principal.soft_deleted_at.is_none()) {
        principal.soft_deleted_at = Some(now);
        tx.put::<ServicePrincipal>(SERVICE_PRINCIPALS, &principal.id.clone(), &principal);
    }
    Ok(Answer::empty(204))
}

/// An application as Graph shows it.
pub(super) fn wire(tx: &Transaction, visit: &Visit<'_>, application: &Application) -> Value {
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(application.id));
    object.insert(
        "deletedDateTime".to_owned(),
        json!(application.soft_deleted_at.map(clock::seconds)),
    );
    object.insert("appId".to_owned(), json!(application.app_id));
    object.insert(
        "createdDateTime".to_owned(),
        json!(clock::seconds(application.created)),
    );
    object.insert("displayName".to_owned(), json!(application.display_name));
    object.insert("uniqueName".to_owned(), json!(application.unique_name));
    for attribute in APPLICATION {
        let default = match attribute.name {
            "publisherDomain" => json!(directory::tenant(tx).domain),
            name => application_default(name),
        };
        object.insert(
            attribute.name.to_owned(),
            shown(&application.attributes, attribute.name, default),
        );
    }
    if visit.beta {
        let default = json!(false);
        let value = shown(&application.attributes, "oauth2RequirePostResponse", default);
        object.insert("oauth2RequirePostResponse".to_owned(), value);
    }
    credentials(tx, &mut object, &application.keys, &application.passwords);
    Value::Object(object)
}

/// Writes the credentials of an application or service principal, without their secrets.
pub(super) fn credentials(
    tx: &Transaction,
    object: &mut Map<String, Value>,
    keys: &[KeyCredential],
    passwords: &[PasswordCredential],
) {
    let keys: Vec<Value> = keys.iter().map(KeyCredential::wire).collect();
    let passwords: Vec<Value> = passwords
        .iter()
        .filter(|password| password.visible_from <= tx.now())
        .map(|p| p.wire(None))
        .collect();
    object.insert("keyCredentials".to_owned(), json!(keys));
    object.insert("passwordCredentials".to_owned(), json!(passwords));
}
