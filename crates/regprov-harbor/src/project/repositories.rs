//! The repositories of a project that is deleted with them.

use crate::client::{Ask, Client};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regprov_provider::Error;
use serde::Deserialize;

#[derive(Deserialize)]
struct Repository {
    name: String,
}

/// Deletes all repositories of the project of this name: these are not to be had by its number.
pub(super) async fn delete_all(client: &Client, project: &str) -> Result<(), Error> {
    let path = format!("/projects/{project}/repositories");
    let ask = Ask::new(&path, "list the repositories of the project");
    let repositories: Vec<Repository> = match client.api.list(ask).await {
        Err(error) if error.status == Some(404) => return Ok(()),
        listed => listed?,
    };
    for repository in repositories {
        // The name of the project is the first part.
        let name = repository.name.split_once('/').map_or("", |(_, name)| name);
        // A slash in the name is escaped twice: here, and where the path is made.
        let name = utf8_percent_encode(name, ESCAPED).to_string();
        let path = format!("{path}/{name}");
        client
            .api
            .delete(Ask::new(&path, "delete the repository"))
            .await?;
    }
    Ok(())
}

const ESCAPED: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
