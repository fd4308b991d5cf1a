//! The backend `pg`: a table in a PostgreSQL database.
//!
//! States stand in the table that Terraform keeps, `states`, one row for each workspace. Our own objects, the head and the
//! journal, stand in a table beside it. A row is replaced only if it still is what was read; the advisory lock that
//! Terraform takes is held too, so that it waits.

mod advisory;
mod connection;
mod database;
mod parameters;
mod tls;

use std::sync::Arc;

use async_trait::async_trait;
use regprov_http::Clock;
use regprov_state::{StateError, StateStore};

use crate::backend::{Backend, DEFAULT, OpenError, Promise, Surroundings};
use crate::fenced::{Fenced, Layout, Terms};
use crate::objects::Objects as _;
use crate::probe::probe;
use crate::s3::{create, delete};
use crate::settings::{Argument, Settings, flag, secret, text};

use advisory::AdvisoryLock;
use database::{Database, Rows};

pub(crate) const ARGUMENTS: &[Argument] = &[
    secret("conn_str").or_from(&["PG_CONN_STR"]),
    text("schema_name").or_from(&["PG_SCHEMA_NAME"]),
    flag("skip_schema_creation").or_from(&["PG_SKIP_SCHEMA_CREATION"]),
    flag("skip_table_creation").or_from(&["PG_SKIP_TABLE_CREATION"]),
    flag("skip_index_creation").or_from(&["PG_SKIP_INDEX_CREATION"]),
];

struct Postgres {
    database: Arc<Database>,
    terms: Terms,
    clock: Arc<dyn Clock>,
}

pub(crate) async fn open(
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, OpenError> {
    let database = Database::open(settings, surroundings).await?;
    Ok(Arc::new(Postgres {
        database: Arc::new(database),
        terms: surroundings.terms,
        clock: Arc::clone(&surroundings.clock),
    }))
}

impl Postgres {
    fn rows(&self, workspace: &str) -> Rows {
        Rows::new(Arc::clone(&self.database), workspace)
    }
}

fn layout(workspace: &str) -> Layout {
    Layout::beside(workspace.to_owned())
}

#[async_trait]
impl Backend for Postgres {
    fn promise(&self) -> Promise {
        Promise::Fenced
    }

    async fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, StateError> {
        // A connection for each, as an advisory lock belongs to its connection.
        let database = Arc::new(self.database.again());
        Ok(Arc::new(Fenced::new(
            Arc::new(Rows::new(Arc::clone(&database), workspace)),
            Arc::new(AdvisoryLock::new(database, workspace)),
            layout(workspace),
            (self.terms, Arc::clone(&self.clock)),
        )))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StateError> {
        let names = self
            .database
            .workspaces()
            .await
            .map_err(|error| error.during("list the workspaces in", self.database.place()))?;
        let mut workspaces = vec![DEFAULT.to_owned()];
        workspaces.extend(names.into_iter().filter(|name| name != DEFAULT));
        Ok(workspaces)
    }

    async fn create_workspace(&self, name: &str) -> Result<(), StateError> {
        create(&self.rows(name), name).await
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), StateError> {
        delete(&self.rows(name), &layout(name), &[]).await
    }

    async fn probe(&self, id: &str) -> Result<(), StateError> {
        let rows = self.rows(DEFAULT);
        tracing::debug!(place = rows.place(DEFAULT), "probing");
        probe(&rows, &layout(DEFAULT).probe(id)).await
    }
}
