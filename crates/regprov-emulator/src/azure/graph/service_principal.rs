//! Service principals.

mod requests;

use http::Method;
use serde_json::{Map, Value, json};

use super::attributes::{Kind, SERVICE_PRINCIPAL, application_default, shown};
use super::failure::Failure;
use super::route::{Key, Rest};
use super::{Visit, application, owner, page, password};
use crate::answer::Answer;
use crate::azure::directory::{self, PasswordCredential, SERVICE_PRINCIPALS, ServicePrincipal};
use crate::clock;
use crate::store::Transaction;

/// The collection's name in paths and permissions.
pub(super) const COLLECTION: &str = "servicePrincipals";
pub(super) const TYPE: &str = "ServicePrincipal";

/// Answers a request under `servicePrincipals`.
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
            let principal = find(tx, key)?;
            match (&visit.call.method, parts.as_slice()) {
                (&Method::GET, []) => {
                    visit.visitor.may_read(COLLECTION)?;
                    page::object(visit, 200, COLLECTION, wire(tx, &principal))
                }
                (&Method::DELETE, []) => delete(tx, visit, principal),
                (_, ["owners", rest @ ..]) => {
                    owner::handle(tx, visit, owner::Owned::ServicePrincipal(principal), rest)
                }
                (&Method::POST, ["addPassword"]) => write_password(tx, visit, principal, password::add),
                (&Method::POST, ["removePassword"]) => write_password(tx, visit, principal, password::remove),
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
    mut principal: ServicePrincipal,
    action: PasswordAction,
) -> Result<Answer, Failure> {
    visit.visitor.may_write(COLLECTION, &owners_of(tx, &principal))?;
    if principal.managed_identity {
        return Err(Failure::bad_request(
            "Credentials of a managed identity cannot be changed.",
        ));
    }
    let answer = action(tx, visit, &mut principal.passwords)?;
    directory::save_service_principal(tx, &principal);
    Ok(answer)
}

/// Who owns a service principal: its own owners and those of its application.
fn owners_of(tx: &Transaction, principal: &ServicePrincipal) -> Vec<String> {
    let application = directory::application_by_app_id(tx, &principal.app_id);
    [
        principal.owners.clone(),
        application
            .map(|application| application.owners)
            .unwrap_or_default(),
    ]
    .concat()
}

/// The visible service principal of a key.
fn find(tx: &Transaction, key: &Key) -> Result<ServicePrincipal, Failure> {
    let (principal, named): (Option<ServicePrincipal>, &String) = match key {
        Key::Id(id) => (tx.get(SERVICE_PRINCIPALS, &id.to_lowercase()), id),
        Key::Alternate { field, value } if field == "appId" => {
            (directory::service_principal_by_app_id(tx, value), value)
        }
        Key::Alternate { field, .. } => {
            return Err(Failure::bad_request(format!(
                "The key '{field}' does not identify resources of type '{TYPE}'."
            )));
        }
    };
    principal
        .filter(|principal| directory::visible(tx, principal.visible_from, principal.soft_deleted_at))
        .ok_or_else(|| Failure::not_found(named))
}

fn list(tx: &Transaction, visit: &Visit<'_>) -> Result<Answer, Failure> {
    visit.visitor.may_read(COLLECTION)?;
    let visible: Vec<Value> = tx
        .scan::<ServicePrincipal>(SERVICE_PRINCIPALS, "")
        .into_iter()
        .filter(|(_, principal)| directory::visible(tx, principal.visible_from, principal.soft_deleted_at))
        .map(|(_, principal)| wire(tx, &principal))
        .collect();
    page::list(tx, visit, COLLECTION, visible)
}

fn delete(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    mut principal: ServicePrincipal,
) -> Result<Answer, Failure> {
    visit.visitor.may_write(COLLECTION, &owners_of(tx, &principal))?;
    if principal.soft_deleted_at.is_some() {
        return Err(Failure::not_found(&principal.id));
    }
    if principal.managed_identity {
        return Err(Failure::bad_request(
            "A managed identity is deleted with its Azure resource, not through the directory.",
        ));
    }
    principal.soft_deleted_at = Some(tx.now());
    directory::save_service_principal(tx, &principal);
    Ok(Answer::empty(204))
}

/// A service principal as Graph shows it; much of it is its application's.
pub(super) fn wire(tx: &Transaction, principal: &ServicePrincipal) -> Value {
    let application = directory::application_by_app_id(tx, &principal.app_id);
    let of_application = |path: &str| -> Value {
        let Some(application) = &application else {
            return Value::Null;
        };
        let mut steps = path.split('/');
        let first = steps.next().unwrap_or_default();
        let value = shown(&application.attributes, first, application_default(first));
        steps.fold(value, |value, step| value.get(step).cloned().unwrap_or_default())
    };
    let list = |value: Value| if value.is_array() { value } else { json!([]) };
    let name = application
        .as_ref()
        .map_or(&principal.display_name, |application| &application.display_name);
    let mut object = Map::new();
    let mut insert = |name: &str, value: Value| object.insert(name.to_owned(), value);
    insert("id", json!(principal.id));
    insert(
        "deletedDateTime",
        json!(principal.soft_deleted_at.map(clock::seconds)),
    );
    insert("accountEnabled", json!(principal.account_enabled));
    insert("appDescription", of_application("description"));
    insert("appDisplayName", json!(name));
    insert("appId", json!(principal.app_id));
    insert("applicationTemplateId", Value::Null);
    insert("createdDateTime", json!(clock::seconds(principal.created)));
    insert("displayName", json!(principal.display_name));
    insert(
        "servicePrincipalType",
        json!(if principal.managed_identity {
            "ManagedIdentity"
        } else {
            "Application"
        }),
    );
    insert("signInAudience", of_application("signInAudience"));
    insert(
        "oauth2PermissionScopes",
        list(of_application("api/oauth2PermissionScopes")),
    );
    insert("appRoles", list(of_application("appRoles")));
    insert("info", of_application("info"));
    for attribute in SERVICE_PRINCIPAL {
        let default = match attribute.name {
            "appOwnerOrganizationId" => json!(directory::tenant(tx).id),
            "appRoleAssignmentRequired" => json!(false),
            "homepage" => of_application("web/homePageUrl"),
            "logoutUrl" => of_application("web/logoutUrl"),
            "replyUrls" => list(of_application("web/redirectUris")),
            "servicePrincipalNames" => {
                service_principal_names(principal, list(of_application("identifierUris")))
            }
            "verifiedPublisher" => application_default("verifiedPublisher"),
            _ => match attribute.kind {
                Kind::Texts | Kind::Objects => json!([]),
                Kind::Text | Kind::Flag | Kind::Object | Kind::ReadOnly => Value::Null,
            },
        };
        insert(
            attribute.name,
            shown(&principal.attributes, attribute.name, default),
        );
    }
    application::credentials(tx, &mut object, &principal.keys, &principal.passwords);
    Value::Object(object)
}

fn service_principal_names(principal: &ServicePrincipal, uris: Value) -> Value {
    let mut names = uris.as_array().cloned().unwrap_or_default();
    names.push(json!(principal.app_id));
    Value::Array(names)
}
