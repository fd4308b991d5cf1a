//! The settings of the whole Harbor, as its API tells and takes them.

use crate::client::{Ask, Client};
use regprov_provider::Error;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where they are.
pub(crate) const PATH: &str = "/configurations";

/// A setting as it is told.
#[derive(Deserialize)]
pub(crate) struct Told<T> {
    value: Option<T>,
}

/// The value of a setting, where it is told.
pub(crate) fn value<T>(setting: Option<Told<T>>) -> Option<T> {
    setting.and_then(|setting| setting.value)
}

/// Reads settings.
pub(crate) async fn read<T: DeserializeOwned>(client: &Client) -> Result<Option<T>, Error> {
    client.api.get(Ask::new(PATH, "read the configuration")).await
}

/// Changes settings: those that are not sent stay.
pub(crate) async fn write<T: Serialize + Sync>(client: &Client, body: &T) -> Result<(), Error> {
    client
        .api
        .put(Ask::new(PATH, "change the configuration").secret(), body)
        .await
}
