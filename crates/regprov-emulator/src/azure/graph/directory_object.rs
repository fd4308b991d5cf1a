//! Objects of whatever type: by id, by ids, people, the organization.

use http::Method;
use serde_json::{Value, json};

use super::body::{Fields, required};
use super::failure::Failure;
use super::route::{Key, Rest};
use super::{Visit, application, page, service_principal};
use crate::answer::Answer;
use crate::azure::caller::CallerKind;
use crate::azure::directory::{
    self, APPLICATIONS, Application, GROUPS, Person, SERVICE_PRINCIPALS, ServicePrincipal, USERS,
};
use crate::store::Transaction;

const MOST_IDS: usize = 1000;

/// Whether there is an object of this id, as the master replica knows it.
pub(super) fn exists(tx: &Transaction, id: &str) -> bool {
    let principal = tx.get::<ServicePrincipal>(SERVICE_PRINCIPALS, id);
    principal.is_some_and(|principal| principal.soft_deleted_at.is_none())
        || tx.contains(USERS, id)
        || tx.contains(GROUPS, id)
}

/// An object with its type, when reads see it.
pub(super) fn wire(tx: &Transaction, visit: &Visit<'_>, id: &str) -> Option<Value> {
    let id = id.to_lowercase();
    let typed = |kind: &str, mut object: Value| {
        object["@odata.type"] = json!(format!("#microsoft.graph.{kind}"));
        object
    };
    if let Some(principal) = tx.get::<ServicePrincipal>(SERVICE_PRINCIPALS, &id) {
        let visible = directory::visible(tx, principal.visible_from, principal.soft_deleted_at);
        return visible.then(|| typed("servicePrincipal", service_principal::wire(tx, &principal)));
    }
    if let Some(application) = tx.get::<Application>(APPLICATIONS, &id) {
        let visible = directory::visible(tx, application.visible_from, application.soft_deleted_at);
        return visible.then(|| typed("application", application::wire(tx, visit, &application)));
    }
    if let Some(user) = tx.get::<Person>(USERS, &id) {
        return Some(typed("user", person(&user)));
    }
    tx.get::<Person>(GROUPS, &id)
        .map(|group| typed("group", self::group(&group)))
}

fn person(user: &Person) -> Value {
    json!({
        "id": user.id, "displayName": user.display_name, "userPrincipalName": user.user_principal_name,
        "mail": user.user_principal_name, "givenName": null, "surname": null, "jobTitle": null, "mobilePhone": null,
        "businessPhones": [], "officeLocation": null, "preferredLanguage": null,
    })
}

fn group(group: &Person) -> Value {
    json!({
        "id": group.id, "displayName": group.display_name, "description": null, "mailEnabled": false,
        "securityEnabled": true, "mailNickname": group.display_name, "groupTypes": [],
    })
}

/// Answers a request under `directoryObjects`.
pub(super) fn handle(tx: &Transaction, visit: &Visit<'_>, rest: &[String]) -> Result<Answer, Failure> {
    visit.visitor.may_read("directoryObjects")?;
    let parts: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (&visit.call.method, parts.as_slice()) {
        (&Method::POST, ["getByIds"]) => by_ids(tx, visit),
        (&Method::GET, [id]) => {
            let object = wire(tx, visit, id).ok_or_else(|| Failure::not_found(id))?;
            page::object(visit, 200, "directoryObjects", object)
        }
        _ => Err(Failure::unsupported(&format!(
            "{} {}",
            visit.call.method, visit.call.path
        ))),
    }
}

/// Ids that name nothing are simply absent from the answer.
fn by_ids(tx: &Transaction, visit: &Visit<'_>) -> Result<Answer, Failure> {
    let mut fields = Fields::of(visit.call)?;
    let ids = fields.texts("ids")?.ok_or_else(|| required("ids", "getByIds"))?;
    let types = fields.texts("types")?;
    fields.nothing_left("getByIds")?;
    if ids.len() > MOST_IDS {
        return Err(Failure::bad_request(format!(
            "The request exceeds the limit of {MOST_IDS} ids."
        )));
    }
    let wanted = |object: &Value| {
        let kind = object["@odata.type"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("#microsoft.graph.");
        types.as_ref().is_none_or(|types| {
            types.is_empty()
                || types
                    .iter()
                    .any(|t| t.eq_ignore_ascii_case(kind) || t.eq_ignore_ascii_case("directoryObject"))
        })
    };
    let found: Vec<Value> = ids
        .iter()
        .filter_map(|id| wire(tx, visit, id))
        .filter(wanted)
        .collect();
    Ok(Answer::json(
        200,
        &json!({ "@odata.context": visit.context("directoryObjects"), "value": found }),
    ))
}

/// Answers a request under `users` or `groups`; only scenes make either.
pub(super) fn people(
    tx: &Transaction,
    visit: &Visit<'_>,
    collection: &str,
    rest: &Rest,
) -> Result<Answer, Failure> {
    visit.visitor.may_read(collection)?;
    if visit.call.method != Method::GET {
        return Err(Failure::unsupported(&format!(
            "changing {collection}; a scene can seed them"
        )));
    }
    let (table, show): (&str, fn(&Person) -> Value) = if collection == "users" {
        (USERS, person)
    } else {
        (GROUPS, group)
    };
    match rest {
        Rest::Collection => {
            let all = tx
                .scan::<Person>(table, "")
                .iter()
                .map(|(_, someone)| show(someone))
                .collect();
            page::list(tx, visit, collection, all)
        }
        Rest::Object(Key::Id(id), rest) if rest.is_empty() => {
            let found = tx
                .scan::<Person>(table, "")
                .into_iter()
                .map(|(_, someone)| someone)
                .find(|someone| {
                    someone.id.eq_ignore_ascii_case(id)
                        || someone
                            .user_principal_name
                            .as_ref()
                            .is_some_and(|name| name.eq_ignore_ascii_case(id))
                });
            let someone = found.ok_or_else(|| Failure::not_found(id))?;
            page::object(visit, 200, collection, show(&someone))
        }
        Rest::Object(..) => Err(Failure::unsupported(&format!("GET {}", visit.call.path))),
    }
}

/// `GET /organization`.
pub(super) fn organization(tx: &Transaction, visit: &Visit<'_>) -> Result<Answer, Failure> {
    visit.visitor.may_read("organization")?;
    if visit.call.method != Method::GET {
        return Err(Failure::method(visit.call));
    }
    let tenant = directory::tenant(tx);
    let organization = json!({
        "id": tenant.id, "displayName": tenant.display_name, "tenantType": "AAD", "verifiedDomains": [{
            "capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": true,
            "name": tenant.domain, "type": "Managed",
        }],
    });
    page::list(tx, visit, "organization", vec![organization])
}

/// `GET /me`: only people have it.
pub(super) fn me(tx: &Transaction, visit: &Visit<'_>) -> Result<Answer, Failure> {
    if visit.visitor.caller.kind != CallerKind::User {
        return Err(Failure::new(
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        ));
    }
    let user: Person = tx
        .get(USERS, &visit.visitor.caller.object_id)
        .ok_or_else(|| Failure::not_found(&visit.visitor.caller.object_id))?;
    page::object(visit, 200, "users", person(&user))
}
