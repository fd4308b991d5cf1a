//! The tables: Terraform's, and ours beside it.

use std::sync::Arc;

use async_trait::async_trait;
use regprov_state::Version;
use sha2::{Digest, Sha256};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::connection::{Connection, failed, is_lost};
use super::parameters::Parameters;
use crate::backend::{OpenError, Surroundings};
use crate::objects::{Condition, Found, ObjectError, Objects, Written};
use crate::settings::Settings;

const SCHEMA: &str = "terraform_remote_state";

/// A schema in a database.
pub(super) struct Database {
    connection: Connection,
    /// The name in quotes.
    schema: String,
    place: String,
}

impl Database {
    pub(super) async fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let _ = surroundings;
        let parameters = Parameters::parse(settings.text("conn_str").unwrap_or_default(), settings)
            .map_err(|reason| OpenError::Settings(format!("`conn_str` cannot be used: {reason}.")))?;
        let name = settings.text_or("schema_name", SCHEMA);
        let database = parameters.config.get_dbname().unwrap_or_default();
        let place = format!("pg://{database}/{name}");
        let database = Self {
            connection: Connection::new(Arc::new(parameters)),
            schema: quoted(name),
            place,
        };
        let skip = |name| settings.flag(name).unwrap_or(false);
        let prepared = database
            .prepare(
                name,
                [
                    skip("skip_schema_creation"),
                    skip("skip_table_creation"),
                    skip("skip_index_creation"),
                ],
            )
            .await;
        prepared.map_err(|error| error.during("prepare the tables in", database.place()))?;
        Ok(database)
    }

    /// Returns the same with a connection of its own.
    pub(super) fn again(&self) -> Self {
        Self {
            connection: self.connection.again(),
            schema: self.schema.clone(),
            place: self.place.clone(),
        }
    }

    pub(super) fn place(&self) -> String {
        self.place.clone()
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) async fn client(&self) -> Result<Arc<Client>, ObjectError> {
        self.connection.client().await
    }

    /// Makes what is not there yet, as Terraform makes it. Nothing is asked for that is there: the right to make it may be
    /// missing.
    async fn prepare(&self, name: &str, skip: [bool; 3]) -> Result<(), ObjectError> {
        let [skip_schema, skip_table, skip_index] = skip;
        let schema = &self.schema;
        let has = self
            .rows(
                "SELECT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = $1), \
                 to_regclass($2) IS NOT NULL, to_regclass($3) IS NOT NULL, to_regclass($4) IS NOT NULL",
                &[
                    (&name, Type::TEXT),
                    (&format!("{schema}.states"), Type::TEXT),
                    (&format!("{schema}.states_by_name"), Type::TEXT),
                    (&format!("{schema}.regprov_objects"), Type::TEXT),
                ],
            )
            .await?;
        let has = |at: usize| has.first().is_some_and(|row| row.get::<_, bool>(at));
        let mut statements = Vec::new();
        if !has(0) && !skip_schema {
            statements.push(format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
        }
        if !has(1) && !skip_table {
            statements.push("CREATE SEQUENCE IF NOT EXISTS public.global_states_id_seq AS bigint".into());
            statements.push(format!(
                "CREATE TABLE IF NOT EXISTS {schema}.states (id bigint NOT NULL DEFAULT \
                 nextval('public.global_states_id_seq') PRIMARY KEY, name text UNIQUE, data text)"
            ));
        }
        if !has(2) && !skip_index {
            statements.push(format!(
                "CREATE UNIQUE INDEX IF NOT EXISTS states_by_name ON {schema}.states (name)"
            ));
        }
        if !has(3) && !skip_table {
            statements.push(format!(
                "CREATE SEQUENCE IF NOT EXISTS {schema}.regprov_versions AS bigint"
            ));
            statements.push(format!(
                "CREATE TABLE IF NOT EXISTS {schema}.regprov_objects (name text PRIMARY KEY, version bigint NOT NULL \
                 DEFAULT nextval('{}.regprov_versions'), written timestamptz NOT NULL DEFAULT clock_timestamp(), \
                 data bytea NOT NULL)",
                schema.replace('\'', "''")
            ));
        }
        let client = self.client().await?;
        for statement in statements {
            // Two clients may make the same at once, and one of them is told that it exists: it is asked once more.
            if client.batch_execute(&statement).await.is_err() {
                client
                    .batch_execute(&statement)
                    .await
                    .map_err(|error| failed(&error))?;
            }
        }
        Ok(())
    }

    pub(super) async fn rows(
        &self,
        statement: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, ObjectError> {
        // What only reads can be asked again where the connection broke.
        let mut again = statement.starts_with("SELECT");
        loop {
            let client = self.client().await?;
            let error = match client.query_typed(statement, parameters).await {
                Ok(rows) => return Ok(rows),
                Err(error) => error,
            };
            if is_lost(&error) {
                self.connection.forget(&client).await;
            }
            if !(is_lost(&error) && std::mem::take(&mut again)) {
                return Err(failed(&error));
            }
        }
    }

    pub(super) async fn workspaces(&self) -> Result<Vec<String>, ObjectError> {
        let statement = format!("SELECT name FROM {}.states ORDER BY name", self.schema);
        let rows = self.rows(&statement, &[]).await?;
        Ok(rows
            .iter()
            .filter_map(|row| row.get::<_, Option<String>>(0))
            .collect())
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The rows of one workspace.
pub(super) struct Rows {
    database: Arc<Database>,
    workspace: String,
}

impl Rows {
    pub(super) fn new(database: Arc<Database>, workspace: &str) -> Self {
        Self {
            database,
            workspace: workspace.to_owned(),
        }
    }

    async fn put_state(&self, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError> {
        let schema = &self.database.schema;
        let text = std::str::from_utf8(bytes).map_err(|_| ObjectError::new("the state is not text"))?;
        let version = digest(bytes);
        let rows = match condition {
            Condition::Absent => {
                let statement = format!(
                    "INSERT INTO {schema}.states (name, data) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING 1"
                );
                let parameters: [(&(dyn ToSql + Sync), Type); 2] =
                    [(&self.workspace, Type::TEXT), (&text, Type::TEXT)];
                self.database.rows(&statement, &parameters).await?
            }
            Condition::Is(expected) => {
                let statement = format!(
                    "UPDATE {schema}.states SET data = $2 WHERE name = $1 AND \
                     encode(sha256(convert_to(coalesce(data, ''), 'UTF8')), 'hex') = $3 RETURNING 1"
                );
                let parameters: [(&(dyn ToSql + Sync), Type); 3] = [
                    (&self.workspace, Type::TEXT),
                    (&text, Type::TEXT),
                    (&expected.as_str(), Type::TEXT),
                ];
                self.database.rows(&statement, &parameters).await?
            }
        };
        Ok(if rows.is_empty() {
            Written::Refused
        } else {
            Written::Done(version)
        })
    }
}

fn digest(bytes: &[u8]) -> Version {
    Version::new(hex::encode(Sha256::digest(bytes)))
}

#[async_trait]
impl Objects for Rows {
    fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.database.place)
    }

    async fn get(&self, name: &str) -> Result<Option<Found>, ObjectError> {
        let schema = &self.database.schema;
        if name == self.workspace {
            let statement = format!("SELECT coalesce(data, '') FROM {schema}.states WHERE name = $1");
            let rows = self.database.rows(&statement, &[(&name, Type::TEXT)]).await?;
            return Ok(rows.first().map(|row| {
                let bytes = row.get::<_, String>(0).into_bytes();
                Found {
                    version: digest(&bytes),
                    bytes,
                    age: None,
                }
            }));
        }
        let statement = format!(
            "SELECT data, version, (extract(epoch FROM clock_timestamp() - written) * 1000)::bigint \
             FROM {schema}.regprov_objects WHERE name = $1"
        );
        let rows = self.database.rows(&statement, &[(&name, Type::TEXT)]).await?;
        Ok(rows.first().map(|row| Found {
            bytes: row.get(0),
            version: Version::new(row.get::<_, i64>(1).to_string()),
            age: u64::try_from(row.get::<_, i64>(2))
                .ok()
                .map(std::time::Duration::from_millis),
        }))
    }

    async fn put(&self, name: &str, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError> {
        if name == self.workspace {
            return self.put_state(bytes, condition).await;
        }
        let schema = &self.database.schema;
        let rows = match condition {
            Condition::Absent => {
                let statement = format!(
                    "INSERT INTO {schema}.regprov_objects (name, data) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING \
                     RETURNING version"
                );
                let parameters: [(&(dyn ToSql + Sync), Type); 2] =
                    [(&name, Type::TEXT), (&bytes, Type::BYTEA)];
                self.database.rows(&statement, &parameters).await?
            }
            Condition::Is(expected) => {
                let Ok(expected) = expected.as_str().parse::<i64>() else {
                    return Ok(Written::Refused);
                };
                let statement = format!(
                    "UPDATE {schema}.regprov_objects SET data = $2, version = DEFAULT, written = DEFAULT \
                     WHERE name = $1 AND version = $3 RETURNING version"
                );
                let parameters: [(&(dyn ToSql + Sync), Type); 3] = [
                    (&name, Type::TEXT),
                    (&bytes, Type::BYTEA),
                    (&expected, Type::INT8),
                ];
                self.database.rows(&statement, &parameters).await?
            }
        };
        Ok(rows.first().map_or(Written::Refused, |row| {
            Written::Done(Version::new(row.get::<_, i64>(0).to_string()))
        }))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let statement = format!(
            "SELECT name FROM {}.regprov_objects WHERE starts_with(name, $1) ORDER BY name",
            self.database.schema
        );
        let rows = self.database.rows(&statement, &[(&prefix, Type::TEXT)]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    async fn delete(&self, name: &str) -> Result<(), ObjectError> {
        let table = if name == self.workspace {
            "states"
        } else {
            "regprov_objects"
        };
        let statement = format!("DELETE FROM {}.{table} WHERE name = $1", self.database.schema);
        self.database
            .rows(&statement, &[(&name, Type::TEXT)])
            .await
            .map(drop)
    }
}
