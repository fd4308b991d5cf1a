//! Principals: what kind of object an object id names.

use crate::client::{Client, quoted};
use regprov_http::Page;
use regprov_provider::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The principals that this process made or saw, shared by the two providers: what `azuread` makes, `azurerm` may give a role
/// to before the directory can be asked about it.
#[derive(Clone, Default)]
pub(crate) struct Known(Arc<Mutex<BTreeMap<String, &'static str>>>);

impl Known {
    /// Remembers that an object id is a service principal's.
    pub(crate) fn service_principal(&self, object_id: &str) {
        self.insert(object_id, "ServicePrincipal");
    }

    fn insert(&self, object_id: &str, kind: &'static str) {
        let mut known = self.0.lock().expect("no holder of this lock panics");
        known.insert(object_id.to_ascii_lowercase(), kind);
    }

    fn get(&self, object_id: &str) -> Option<&'static str> {
        self.0
            .lock()
            .expect("no holder of this lock panics")
            .get(&object_id.to_ascii_lowercase())
            .copied()
    }
}

/// What the directory knows of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// A principal; the text is its ARM principal type.
    Is(&'static str),
    /// The client id of an application whose service principal has this object id.
    ClientIdOf(String),
    /// The object id of an application, which is no principal; its service principal has this object id.
    ApplicationOf(Option<String>),
    /// Nothing; it may be too new.
    Unknown,
}

#[derive(Serialize)]
struct ByIds<'a> {
    ids: [&'a str; 1],
    types: [&'static str; 4],
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "@odata.type", default)]
    kind: String,
    #[serde(default)]
    id: String,
    #[serde(rename = "appId")]
    app_id: Option<String>,
}

impl Client {
    /// What an id names in the directory.
    pub(crate) async fn principal(&self, id: &str) -> Result<Principal, Error> {
        if let Some(kind) = self.known.get(id) {
            return Ok(Principal::Is(kind));
        }
        let body = ByIds {
            ids: [id],
            types: ["servicePrincipal", "user", "group", "application"],
        };
        let page: Page<Object> = self
            .graph
            .query("look the principal up", "/directoryObjects/getByIds", &body)
            .await?;
        let kind = match page.value.first() {
            None => return self.by_client_id(id).await,
            Some(object) => match object.kind.rsplit('.').next().unwrap_or_default() {
                "servicePrincipal" => "ServicePrincipal",
                "group" => "Group",
                "user" => "User",
                "application" => {
                    let principal = self
                        .service_principal_of(object.app_id.as_deref().unwrap_or_default())
                        .await?;
                    return Ok(Principal::ApplicationOf(principal));
                }
                _ => return Ok(Principal::Unknown),
            },
        };
        self.known.insert(id, kind);
        Ok(Principal::Is(kind))
    }

    async fn by_client_id(&self, id: &str) -> Result<Principal, Error> {
        Ok(self
            .service_principal_of(id)
            .await?
            .map_or(Principal::Unknown, Principal::ClientIdOf))
    }

    /// The object id of the service principal of a client id.
    pub(crate) async fn service_principal_of(&self, client_id: &str) -> Result<Option<String>, Error> {
        let filter = format!("appId eq {}", quoted(client_id));
        let query = [("$filter", filter.as_str()), ("$select", "id,appId")];
        let found: Option<Vec<Object>> = self
            .graph
            .list("look the service principal up", "/servicePrincipals", &query)
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .next()
            .map(|object| object.id))
    }
}
