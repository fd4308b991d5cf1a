//! The contract of an ephemeral resource: something opened for one run, never stored.

use crate::erased::{client, typed, value_of};
use crate::{Connection, Error};
use async_trait::async_trait;
use regprov_schema::{Schema, Schematic, Timeouts};
use regprov_value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// One type of ephemeral resource. The struct is its configuration and, filled, what it gives.
pub trait EphemeralResource: Schematic + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its type: `random_password`.
    const TYPE: &'static str;
    /// What it asks through.
    type Client: Send + Sync + 'static;

    /// Opens what the configuration, wholly known, describes.
    ///
    /// # Errors
    /// Where the service refuses it or fails.
    fn open(client: &Self::Client, config: Self) -> impl Future<Output = Result<Opened<Self>, Error>> + Send;

    /// Prolongs what was opened; answers after how long it must be prolonged again.
    ///
    /// # Errors
    /// Where it cannot be prolonged.
    fn renew(
        client: &Self::Client,
        opened: &Self,
    ) -> impl Future<Output = Result<Option<Duration>, Error>> + Send {
        let _ = (client, opened);
        async { Ok(None) }
    }

    /// Gives back what was opened.
    ///
    /// # Errors
    /// Where it cannot be given back.
    fn close(client: &Self::Client, opened: &Self) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (client, opened);
        async { Ok(()) }
    }
}

/// What opening gave.
#[derive(Clone)]
pub struct Opened<T> {
    /// The values.
    pub object: T,
    /// After how long it must be prolonged; `None`: never.
    pub renew_after: Option<Duration>,
}

/// A type of ephemeral resource as the engine sees it.
#[async_trait]
pub trait AnyEphemeral: Send + Sync {
    /// Its type.
    fn type_name(&self) -> &'static str;
    /// Its schema.
    fn schema(&self) -> &Schema;
    /// Opens what the configuration describes.
    async fn open(&self, connection: &Connection, config: &Value) -> Result<Opened<Value>, Error>;
    /// Prolongs what was opened.
    async fn renew(&self, connection: &Connection, opened: &Value) -> Result<Option<Duration>, Error>;
    /// Gives back what was opened.
    async fn close(&self, connection: &Connection, opened: &Value) -> Result<(), Error>;
}

/// Makes a type of ephemeral resource an object.
#[must_use]
pub fn ephemeral<E: EphemeralResource>() -> Arc<dyn AnyEphemeral> {
    let schema = Schema {
        version: 0,
        block: E::block(),
        timeouts: Timeouts::default(),
    };
    Arc::new(ErasedEphemeral::<E> {
        schema,
        marker: PhantomData,
    })
}

struct ErasedEphemeral<E> {
    schema: Schema,
    marker: PhantomData<fn() -> E>,
}

#[async_trait]
impl<E: EphemeralResource> AnyEphemeral for ErasedEphemeral<E> {
    fn type_name(&self) -> &'static str {
        E::TYPE
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn open(&self, connection: &Connection, config: &Value) -> Result<Opened<Value>, Error> {
        let opened = E::open(client(connection)?, typed(config)?).await?;
        Ok(Opened {
            object: value_of(&opened.object, &self.schema.block.implied_type())?,
            renew_after: opened.renew_after,
        })
    }

    async fn renew(&self, connection: &Connection, opened: &Value) -> Result<Option<Duration>, Error> {
        E::renew(client(connection)?, &typed::<E>(opened)?).await
    }

    async fn close(&self, connection: &Connection, opened: &Value) -> Result<(), Error> {
        E::close(client(connection)?, &typed::<E>(opened)?).await
    }
}
