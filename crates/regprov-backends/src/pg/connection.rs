//! A connection that is made when it is first needed, and again when it broke.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::parameters::{Encryption, Parameters};
use super::tls::Tls;
use crate::objects::ObjectError;

/// One connection to the database.
pub(super) struct Connection {
    parameters: Arc<Parameters>,
    present: Mutex<Option<Arc<Client>>>,
}

impl Connection {
    pub(super) fn new(parameters: Arc<Parameters>) -> Self {
        Self {
            parameters,
            present: Mutex::new(None),
        }
    }

    /// Returns another connection to the same database, not made yet.
    pub(super) fn again(&self) -> Self {
        Self::new(Arc::clone(&self.parameters))
    }

    /// Returns the connection.
    pub(super) async fn client(&self) -> Result<Arc<Client>, ObjectError> {
        let mut present = self.present.lock().await;
        if let Some(client) = present.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.connect().await?);
        *present = Some(Arc::clone(&client));
        Ok(client)
    }

    /// Forgets a connection that broke, so that the next use makes another.
    pub(super) async fn forget(&self, broken: &Arc<Client>) {
        let mut present = self.present.lock().await;
        if present.as_ref().is_some_and(|client| Arc::ptr_eq(client, broken)) {
            *present = None;
        }
    }

    async fn connect(&self) -> Result<Client, ObjectError> {
        let unreachable = |error: tokio_postgres::Error| {
            failed(&error).remedy(
                "Check `conn_str` (or PG_CONN_STR and the PG… variables): host, port, user, password and `sslmode`. A server \
                 without encryption is reached with `sslmode=disable`.",
            )
        };
        let config = &self.parameters.config;
        if self.parameters.encryption == Encryption::Off {
            let (client, driver) = config.connect(tokio_postgres::NoTls).await.map_err(unreachable)?;
            tokio::spawn(async move {
                if let Err(error) = driver.await {
                    tracing::debug!(%error, "the connection to the database ended");
                }
            });
            return Ok(client);
        }
        let tls = Tls::new(&self.parameters)
            .map_err(|problem| ObjectError::new(format!("the connection cannot be encrypted: {problem}")))?;
        let (client, driver) = config.connect(tls).await.map_err(unreachable)?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "the connection to the database ended");
            }
        });
        Ok(client)
    }
}

/// Whether the connection is gone, and not just the statement: cut off, or ended by the server.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) => [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
        ]
        .contains(code),
        None => true,
    }
}

/// A statement that failed.
pub(super) fn failed(error: &tokio_postgres::Error) -> ObjectError {
    let mut problem = error.to_string();
    if let Some(said) = error.as_db_error() {
        problem = format!("{} (SQLSTATE {})", said.message(), said.code().code());
    } else if let Some(cause) = std::error::Error::source(error) {
        problem = format!("{problem}: {cause}");
    }
    let problem = regprov_http::sanitize(&problem);
    match error.code() {
        _ if is_lost(error) => ObjectError::ambiguous(problem),
        // The server said what is wrong: nothing was done.
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => ObjectError::new(problem).remedy(
            "The user needs to read and write the tables in the schema, and to create them once. Where that is not to be, let \
             an owner create them first: the documentation of the backend has the statements.",
        ),
        Some(_) | None => ObjectError::new(problem),
    }
}
