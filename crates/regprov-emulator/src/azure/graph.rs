//! Microsoft Graph: applications, service principals and what belongs to them.
//!
//! Reads see what has replicated, as the knobs say; writes see everything, as the service's master replica does.

mod application;
mod attributes;
mod batch;
mod body;
mod certificate;
mod deleted_item;
mod directory_object;
mod failure;
mod federated_identity_credential;
mod filter;
mod owner;
mod page;
mod password;
mod permission;
mod route;
mod service_principal;

use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;

use failure::Failure;
use permission::Visitor;
use route::Route;

const CONTENT_TYPE: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// One request, with its caller and its version of Graph.
pub(crate) struct Visit<'a> {
    call: &'a Call,
    visitor: Visitor,
    beta: bool,
}

impl Visit<'_> {
    /// `…/graph/v1.0`, the start of links in answers.
    fn root(&self) -> String {
        format!(
            "{}/graph/{}",
            self.call.base_url(),
            if self.beta { "beta" } else { "v1.0" }
        )
    }

    /// The context of an answer, such as `$metadata#applications/$entity`.
    fn context(&self, of: &str) -> String {
        format!("{}/$metadata#{of}", self.root())
    }
}

/// Answers a Graph request; the path starts with `/graph`.
pub(crate) fn handle(tx: &mut Transaction, call: &Call) -> Answer {
    let beta = match call
        .segments
        .get(1)
        .map(|version| version.to_lowercase())
        .as_deref()
    {
        Some("v1.0") => false,
        Some("beta") => true,
        Some(_) | None => {
            let text = "Invalid version. The path of a Graph request starts with /v1.0 or /beta.";
            let answer = Failure::new(400, "BadRequest", text).answer(tx, call);
            return decorate(tx, call, answer);
        }
    };
    let answer = match Visitor::of(tx, call) {
        Ok(visitor) => {
            let visit = Visit { call, visitor, beta };
            match Route::parse(&call.segments[2..]) {
                Route::Batch => batch::run(tx, &visit),
                route => dispatch(tx, &visit, &route),
            }
        }
        Err(failure) => failure.answer(tx, call),
    };
    decorate(tx, call, answer)
}

fn decorate(tx: &mut Transaction, call: &Call, answer: Answer) -> Answer {
    let id = tx.new_uuid().to_string();
    let client = call.header("client-request-id").unwrap_or(&id).to_owned();
    let answer = if answer.body.is_empty() {
        answer
    } else {
        answer.header("content-type", CONTENT_TYPE)
    };
    answer
        .header("request-id", &id)
        .header("client-request-id", &client)
        .header("x-ms-resource-unit", "1")
        .header("odata-version", "4.0")
        .header("cache-control", "no-cache")
}

/// Answers one request that is not a batch; its changes are taken back when it fails.
fn dispatch(tx: &mut Transaction, visit: &Visit<'_>, route: &Route) -> Answer {
    let savepoint = tx.savepoint();
    let result = match route {
        Route::Applications(rest) => application::handle(tx, visit, rest),
        Route::ServicePrincipals(rest) => service_principal::handle(tx, visit, rest),
        Route::DeletedItems(rest) => deleted_item::handle(tx, visit, rest),
        Route::DirectoryObjects(rest) => directory_object::handle(tx, visit, rest),
        Route::People { collection, rest } => directory_object::people(tx, visit, collection, rest),
        Route::Organization => directory_object::organization(tx, visit),
        Route::Me => directory_object::me(tx, visit),
        Route::Batch => Err(Failure::bad_request("A batch cannot hold a batch.")),
        Route::Unknown => Err(Failure::unsupported(&format!(
            "{} {}",
            visit.call.method, visit.call.path
        ))),
    };
    match result {
        Ok(answer) => answer,
        Err(failure) => {
            tx.roll_back(savepoint);
            failure.answer(tx, visit.call)
        }
    }
}
