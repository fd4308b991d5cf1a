//! Whether a role of Google's exists, asked while planning.

use crate::client::{Ask, Client, Paged, attribute};
use crate::endpoints::Product;
use regprov_http::sanitize;
use regprov_provider::{Error, Finding, Partial};
use serde::Deserialize;

#[derive(Deserialize)]
struct Role {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    roles: Vec<Role>,
    next_page_token: Option<String>,
}

impl Paged for Page {
    type Item = Role;

    fn open(self) -> (Vec<Role>, Option<String>) {
        (self.roles, self.next_page_token)
    }
}

/// The finding of a role that Google does not have. Roles of a project may be made in the same run.
pub(super) async fn unknown(client: &Client, desired: Partial<'_>) -> Option<Finding> {
    let role = desired.text("role")?;
    if !role.starts_with("roles/") || exists(client, role).await.unwrap_or(true) {
        return None;
    }
    let near = near(client, role).await;
    Some(Finding {
        fatal: true,
        path: attribute("role"),
        summary: "Unknown role".to_owned(),
        detail: format!("Google has no role `{}`.", sanitize(role)),
        remedy: Some(match near.as_slice() {
            [] => "List the roles that there are: gcloud iam roles list".to_owned(),
            near => format!("Did you mean {}?", near.join(", ")),
        }),
    })
}

/// Whether a role exists; each is asked for once.
async fn exists(client: &Client, role: &str) -> Result<bool, Error> {
    let mut roles = client.roles.lock().await;
    if let Some(known) = roles.get(role) {
        return Ok(*known);
    }
    let ask = Ask::new(Product::Iam, role, "read the role");
    let found = client.api.get::<Role>(ask).await?.is_some();
    roles.insert(role.to_owned(), found);
    Ok(found)
}

/// The roles whose names are near to one.
async fn near(client: &Client, role: &str) -> Vec<String> {
    let query = [("pageSize", "1000")];
    let ask = Ask::new(Product::Iam, "roles", "list the roles").query(&query);
    let all = client
        .api
        .list::<Page>(ask)
        .await
        .ok()
        .flatten()
        .unwrap_or_default();
    let names: Vec<String> = all.into_iter().map(|role| role.name).collect();
    crate::fields::near(role, &names)
}
