//! Owners of applications and service principals.

use http::Method;
use serde_json::{Value, json};

use super::body::{Fields, invalid, required};
use super::failure::Failure;
use super::{Visit, application, directory_object, page, service_principal};
use crate::answer::Answer;
use crate::azure::directory::{self, Application, ServicePrincipal};
use crate::store::Transaction;

/// What has owners.
pub(super) enum Owned {
    Application(Application),
    ServicePrincipal(ServicePrincipal),
}

impl Owned {
    fn owners(&mut self) -> &mut Vec<String> {
        match self {
            Self::Application(application) => &mut application.owners,
            Self::ServicePrincipal(principal) => &mut principal.owners,
        }
    }

    fn collection(&self) -> &'static str {
        match self {
            Self::Application(_) => application::COLLECTION,
            Self::ServicePrincipal(_) => service_principal::COLLECTION,
        }
    }

    fn save(&self, tx: &mut Transaction) {
        match self {
            Self::Application(application) => directory::save_application(tx, application),
            Self::ServicePrincipal(principal) => directory::save_service_principal(tx, principal),
        }
    }
}

/// Answers a request under `…/owners`.
pub(super) fn handle(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    mut owned: Owned,
    rest: &[&str],
) -> Result<Answer, Failure> {
    let collection = owned.collection();
    if visit.call.method == Method::GET {
        visit.visitor.may_read(collection)?;
    } else {
        visit.visitor.may_write(collection, &owned.owners().clone())?;
    }
    match (&visit.call.method, rest) {
        (&Method::GET, []) => {
            let mut owners = owned.owners().clone();
            owners.sort();
            let shown: Vec<Value> = owners
                .iter()
                .filter_map(|id| directory_object::wire(tx, visit, id))
                .collect();
            page::list(tx, visit, "directoryObjects", shown)
        }
        (&Method::GET, ["$ref"]) => {
            let links: Vec<Value> = owned
                .owners()
                .iter()
                .map(|id| json!({ "@odata.id": format!("{}/directoryObjects/{id}", visit.root()) }))
                .collect();
            Ok(Answer::json(
                200,
                &json!({ "@odata.context": visit.context("Collection($ref)"), "value": links }),
            ))
        }
        (&Method::POST, ["$ref"]) => {
            let mut fields = Fields::of(visit.call)?;
            let link = fields
                .text("@odata.id")?
                .ok_or_else(|| required("@odata.id", "Owner"))?;
            let id = linked(tx, &link)?;
            if owned.owners().contains(&id) {
                let text = "One or more added object references already exist for the following modified properties: 'owners'.";
                return Err(Failure::bad_request(text));
            }
            owned.owners().push(id);
            owned.save(tx);
            Ok(Answer::empty(204))
        }
        (&Method::DELETE, [id, "$ref"]) => {
            let id = id.to_lowercase();
            if !owned.owners().contains(&id) {
                return Err(Failure::not_found(&id));
            }
            owned.owners().retain(|owner| *owner != id);
            owned.save(tx);
            Ok(Answer::empty(204))
        }
        _ => Err(Failure::unsupported(&format!(
            "{} {}",
            visit.call.method, visit.call.path
        ))),
    }
}

/// The object that a link such as `…/directoryObjects/{id}` names.
fn linked(tx: &Transaction, link: &str) -> Result<String, Failure> {
    let id = link.rsplit('/').next().unwrap_or_default().to_lowercase();
    if directory_object::exists(tx, &id) {
        Ok(id)
    } else {
        Err(Failure::not_found(&id))
    }
}

/// The owners of a new object: those that the request binds, else its caller.
pub(super) fn bound(
    tx: &Transaction,
    visit: &Visit<'_>,
    fields: &mut Fields,
) -> Result<Vec<String>, Failure> {
    match fields.0.remove("owners@odata.bind") {
        None => Ok(vec![visit.visitor.caller.object_id.clone()]),
        Some(Value::Array(links)) => {
            let mut owners: Vec<String> = Vec::new();
            for link in links {
                let id = linked(tx, link.as_str().ok_or_else(|| invalid("owners@odata.bind"))?)?;
                if !owners.contains(&id) {
                    owners.push(id);
                }
            }
            if owners.len() > 20 {
                return Err(Failure::bad_request(
                    "A create request can bind up to 20 references.",
                ));
            }
            Ok(owners)
        }
        Some(_) => Err(invalid("owners@odata.bind")),
    }
}
