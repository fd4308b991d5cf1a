//! Terraform's lock in a database: an advisory lock on the number of the state's row. It belongs to a connection, and goes
//! with it.

use std::sync::Arc;

use async_trait::async_trait;
use regprov_state::LockInfo;
use tokio::sync::Mutex;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::connection::failed;
use super::database::{Database, Rows};
use crate::fenced::PLACEHOLDER;
use crate::objects::{Condition, ObjectError, Objects as _};
use crate::terraform_lock::{Taken, TerraformLock};

/// What our connections call themselves while they hold the lock, before the lock's ID.
const NAME: &str = "regprov ";

/// How often the lock is asked for while its holders go away.
const ATTEMPTS: usize = 4;

/// Whether the database waits for a lock that is held.
#[derive(Clone, Copy)]
enum Patience {
    None,
    /// A holder is being ended.
    Short,
}

/// Asks for the lock, and says whether it was given.
async fn acquired(client: &Client, row: i64, patience: Patience) -> Result<bool, ObjectError> {
    let asked = match patience {
        Patience::None => {
            client
                .query_typed("SELECT pg_try_advisory_lock($1)", &[(&row, Type::INT8)])
                .await
        }
        Patience::Short => {
            let waits = "SELECT set_config('lock_timeout', '2s', false)";
            client
                .query_typed(waits, &[])
                .await
                .map_err(|error| failed(&error))?;
            let waiting = "SELECT true FROM pg_advisory_lock($1)";
            match client.query_typed(waiting, &[(&row, Type::INT8)]).await {
                Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => return Ok(false),
                asked => asked,
            }
        }
    };
    let rows = asked.map_err(|error| failed(&error))?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

/// The advisory lock of one workspace.
pub(super) struct AdvisoryLock {
    database: Arc<Database>,
    workspace: String,
    /// The connection that holds it, and the row.
    held: Mutex<Option<(Arc<Client>, i64)>>,
}

impl AdvisoryLock {
    pub(super) fn new(database: Arc<Database>, workspace: &str) -> Self {
        Self {
            database,
            workspace: workspace.to_owned(),
            held: Mutex::new(None),
        }
    }

    /// The number of the row; the row is made where it is missing, as there is nothing to lock without it.
    async fn row(&self) -> Result<i64, ObjectError> {
        let statement = format!("SELECT id FROM {}.states WHERE name = $1", self.database.schema());
        for _ in 0..2 {
            let rows = self
                .database
                .rows(&statement, &[(&self.workspace, Type::TEXT)])
                .await?;
            if let Some(row) = rows.first() {
                return Ok(row.get(0));
            }
            let rows = Rows::new(Arc::clone(&self.database), &self.workspace);
            let state = PLACEHOLDER.as_bytes();
            rows.put(&self.workspace, state, Condition::Absent).await?;
        }
        Err(ObjectError::new(
            "the row of the state goes away while it is locked",
        ))
    }

    /// Who holds the lock: the connection's process, its name, its user, and since when.
    async fn holder(&self, row: i64) -> Result<Option<(i32, String, LockInfo)>, ObjectError> {
        let rows = self
            .database
            .rows(
                "SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, ''), \
                 coalesce(host(a.client_addr), 'a local socket'), coalesce(a.backend_start::text, '') \
                 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
                 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
                 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                 AND (l.classid::bigint << 32) | l.objid::bigint = $1",
                &[(&row, Type::INT8)],
            )
            .await?;
        Ok(rows.first().map(|found| {
            let (user, host): (String, String) = (found.get(2), found.get(3));
            let name: String = found.get(1);
            let id = name.strip_prefix(NAME).unwrap_or_default().to_owned();
            let info = LockInfo {
                id,
                who: format!("the database user {user} at {host}"),
                created: found.get(4),
                info: "The lock is that of a database connection, and goes with it.".into(),
                ..LockInfo::default()
            };
            (found.get(0), name, info)
        }))
    }
}

#[async_trait]
impl TerraformLock for AdvisoryLock {
    async fn take(&self, info: &LockInfo, gone: &[String]) -> Result<Taken, ObjectError> {
        let row = self.row().await?;
        let client = self.database.client().await?;
        // Said first, so that whoever finds the lock knows whose it is.
        let name = format!("{NAME}{}", info.id);
        client
            .query_typed(
                "SELECT set_config('application_name', $1, false)",
                &[(&name, Type::TEXT)],
            )
            .await
            .map_err(|error| failed(&error))?;
        let mut patience = Patience::None;
        for _ in 0..ATTEMPTS {
            if acquired(&client, row, patience).await? {
                *self.held.lock().await = Some((client, row));
                return Ok(Taken::Ours);
            }
            let Some((process, name, holder)) = self.holder(row).await? else {
                // Released meanwhile, or not visible to this user.
                continue;
            };
            let is_gone = name
                .strip_prefix(NAME)
                .is_some_and(|id| gone.iter().any(|gone| gone == id));
            if !is_gone {
                return Ok(Taken::Theirs(Some(Box::new(holder))));
            }
            // The connection of a run that is stopped, or of a machine that fell off the network. The lock is free a moment
            // later.
            self.database
                .rows("SELECT pg_terminate_backend($1)", &[(&process, Type::INT4)])
                .await?;
            patience = Patience::Short;
        }
        Ok(Taken::Theirs(None))
    }

    async fn release(&self, _id: &str) -> Result<(), ObjectError> {
        let Some((client, row)) = self.held.lock().await.take() else {
            return Ok(());
        };
        if client.is_closed() {
            return Ok(());
        }
        client
            .query_typed("SELECT pg_advisory_unlock($1)", &[(&row, Type::INT8)])
            .await
            .map(drop)
            .map_err(|error| failed(&error))
    }

    async fn break_lock(&self, id: &str) -> Result<bool, ObjectError> {
        let row = self.row().await?;
        let Some((process, name, _)) = self.holder(row).await? else {
            return Ok(false);
        };
        if name.strip_prefix(NAME) != Some(id) {
            return Ok(false);
        }
        self.database
            .rows("SELECT pg_terminate_backend($1)", &[(&process, Type::INT4)])
            .await?;
        Ok(true)
    }
}
