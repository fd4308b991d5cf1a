//! The directory's recycle bin: objects stay for thirty days, can be restored, or purged for good.

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::failure::Failure;
use super::{Visit, application, page, service_principal};
use crate::answer::Answer;
use crate::azure::directory::{self, APPLICATIONS, Application, SERVICE_PRINCIPALS, ServicePrincipal};
use crate::clock;
use crate::store::Transaction;

const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

enum Deleted {
    Application(Application),
    ServicePrincipal(ServicePrincipal),
}

impl Deleted {
    fn of(tx: &Transaction, id: &str) -> Option<Self> {
        let id = id.to_lowercase();
        let application = tx
            .get::<Application>(APPLICATIONS, &id)
            .filter(|a| kept(tx, a.soft_deleted_at));
        let principal = || {
            tx.get::<ServicePrincipal>(SERVICE_PRINCIPALS, &id)
                .filter(|p| kept(tx, p.soft_deleted_at))
        };
        application
            .map(Self::Application)
            .or_else(|| principal().map(Self::ServicePrincipal))
    }

    fn permitted(&self, visit: &Visit<'_>) -> Result<(), Failure> {
        match self {
            Self::Application(application) => visit
                .visitor
                .may_write(application::COLLECTION, &application.owners),
            Self::ServicePrincipal(principal) => visit
                .visitor
                .may_write(service_principal::COLLECTION, &principal.owners),
        }
    }

    fn wire(&self, tx: &Transaction, visit: &Visit<'_>) -> Value {
        let (kind, mut object) = match self {
            Self::Application(application) => ("application", application::wire(tx, visit, application)),
            Self::ServicePrincipal(principal) => ("servicePrincipal", service_principal::wire(tx, principal)),
        };
        object["@odata.type"] = json!(format!("#microsoft.graph.{kind}"));
        object
    }
}

fn kept(tx: &Transaction, deleted: Option<Timestamp>) -> bool {
    deleted.is_some_and(|at| tx.now() < clock::add(at, KEPT_MS))
}

/// Answers a request under `directory/deletedItems`.
pub(super) fn handle(tx: &mut Transaction, visit: &Visit<'_>, rest: &[String]) -> Result<Answer, Failure> {
    expire(tx);
    let parts: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (&visit.call.method, parts.as_slice()) {
        (&Method::GET, [cast]) if cast.to_lowercase().starts_with("microsoft.graph.") => {
            list(tx, visit, cast)
        }
        (&Method::GET, []) => Err(Failure::bad_request(
            "The request must cast the collection, such as /directory/deletedItems/microsoft.graph.application.",
        )),
        (method, [id]) => {
            let item = Deleted::of(tx, id).ok_or_else(|| Failure::not_found(id))?;
            match *method {
                Method::GET => {
                    visit.visitor.may_read(application::COLLECTION)?;
                    page::object(visit, 200, "directoryObjects", item.wire(tx, visit))
                }
                Method::DELETE => {
                    item.permitted(visit)?;
                    match item {
                        Deleted::Application(application) => directory::purge_application(tx, &application),
                        Deleted::ServicePrincipal(principal) => {
                            directory::purge_service_principal(tx, &principal)
                        }
                    }
                    Ok(Answer::empty(204))
                }
                _ => Err(Failure::method(visit.call)),
            }
        }
        (&Method::POST, [id, "restore" | "microsoft.graph.restore"]) => {
            let item = Deleted::of(tx, id).ok_or_else(|| Failure::not_found(id))?;
            item.permitted(visit)?;
            restore(tx, visit, item)
        }
        _ => Err(Failure::unsupported(&format!(
            "{} {}",
            visit.call.method, visit.call.path
        ))),
    }
}

fn list(tx: &Transaction, visit: &Visit<'_>, cast: &str) -> Result<Answer, Failure> {
    let shown: Vec<Value> = match cast.to_lowercase().as_str() {
        "microsoft.graph.application" => {
            visit.visitor.may_read(application::COLLECTION)?;
            let deleted = tx
                .scan::<Application>(APPLICATIONS, "")
                .into_iter()
                .map(|(_, item)| item);
            deleted
                .filter(|a| kept(tx, a.soft_deleted_at))
                .map(|a| application::wire(tx, visit, &a))
                .collect()
        }
        "microsoft.graph.serviceprincipal" => {
            visit.visitor.may_read(service_principal::COLLECTION)?;
            let deleted = tx
                .scan::<ServicePrincipal>(SERVICE_PRINCIPALS, "")
                .into_iter()
                .map(|(_, item)| item);
            deleted
                .filter(|p| kept(tx, p.soft_deleted_at))
                .map(|p| service_principal::wire(tx, &p))
                .collect()
        }
        "microsoft.graph.user" | "microsoft.graph.group" => Vec::new(),
        _ => return Err(Failure::unsupported(&format!("deleted items of the type {cast}"))),
    };
    page::list(tx, visit, "directoryObjects", shown)
}

/// Takes an object out of the bin. Restoring an application does not restore its service principal.
fn restore(tx: &mut Transaction, visit: &Visit<'_>, item: Deleted) -> Result<Answer, Failure> {
    let restored = match item {
        Deleted::Application(mut application) => {
            let taken = application
                .unique_name
                .as_deref()
                .and_then(|name| directory::application_by_unique_name(tx, name));
            if taken.is_some() {
                return Err(Failure::same_key(
                    "Another object with the same value for property uniqueName already exists.",
                ));
            }
            application.soft_deleted_at = None;
            directory::save_application(tx, &application);
            Deleted::Application(application)
        }
        Deleted::ServicePrincipal(mut principal) => {
            let twin = directory::service_principal_by_app_id(tx, &principal.app_id);
            if twin.is_some_and(|twin| twin.id != principal.id && twin.soft_deleted_at.is_none()) {
                let text = format!(
                    "The service principal cannot be created, updated, or restored because the service principal name {} is already in use.",
                    principal.app_id
                );
                return Err(Failure::same_key(text));
            }
            principal.soft_deleted_at = None;
            directory::save_service_principal(tx, &principal);
            Deleted::ServicePrincipal(principal)
        }
    };
    let shown = restored.wire(tx, visit);
    page::object(visit, 200, "directoryObjects", shown)
}

/// Purges what has been in the bin for thirty days.
fn expire(tx: &mut Transaction) {
    for (_, application) in tx.scan::<Application>(APPLICATIONS, "") {
        if application.soft_deleted_at.is_some() && !kept(tx, application.soft_deleted_at) {
            directory::purge_application(tx, &application);
        }
    }
    for (_, principal) in tx.scan::<ServicePrincipal>(SERVICE_PRINCIPALS, "") {
        if principal.soft_deleted_at.is_some() && !kept(tx, principal.soft_deleted_at) {
            directory::purge_service_principal(tx, &principal);
        }
    }
}
