//! The contract of a data source: something read, never managed.

use crate::Error;
use regprov_schema::Schematic;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// One data source. The struct is its configuration and, filled, its result.
pub trait DataSource: Schematic + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its type: `azurerm_client_config`.
    const TYPE: &'static str;
    /// What it asks through.
    type Client: Send + Sync + 'static;

    /// Reads what the configuration names.
    ///
    /// # Errors
    /// Where nothing or more than one thing matches, or the service fails.
    fn read(request: ReadDataRequest<'_, Self>) -> impl Future<Output = Result<Self, Error>> + Send;
}

/// What reading a data source needs.
pub struct ReadDataRequest<'a, D: DataSource> {
    /// What to ask through.
    pub client: &'a D::Client,
    /// The configuration, wholly known.
    pub config: D,
    /// The computed attributes that the configuration refers to; `None`: any. Costly ones outside it may stay unread.
    pub wanted: Option<&'a [String]>,
}
