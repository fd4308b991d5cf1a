//! The schedules of the system: one object each, which is there once a schedule is set.

use crate::client::{Ask, Client};
use crate::cron::Schedule;
use regprov_provider::{Deleted, Error};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Collecting garbage.
pub(crate) const GARBAGE: &str = "/system/gc/schedule";
/// Purging the audit log.
pub(crate) const AUDIT_LOG: &str = "/system/purgeaudit/schedule";
/// Scanning all artifacts.
pub(crate) const SCANS: &str = "/system/scanAll/schedule";

/// A schedule as Harbor writes it; the parameters are JSON in a text.
#[derive(Deserialize)]
pub(crate) struct Wire {
    #[serde(default)]
    pub(crate) schedule: Option<Schedule>,
    #[serde(default)]
    job_parameters: String,
}

impl Wire {
    /// The parameters of the job.
    pub(crate) fn parameters<T: DeserializeOwned + Default>(&self) -> T {
        serde_json::from_str(&self.job_parameters).unwrap_or_default()
    }
}

/// A POST or PUT.
#[derive(Serialize)]
pub(crate) struct Body<T> {
    pub(crate) schedule: Schedule,
    pub(crate) parameters: T,
}

/// Reads a schedule; `None` where none is set, which older Harbors tell by the type `None`.
pub(crate) async fn read(
    client: &Client,
    path: &str,
    operation: &'static str,
) -> Result<Option<Wire>, Error> {
    let wire: Option<Wire> = client.api.get(Ask::new(path, operation)).await?;
    Ok(wire.filter(|wire| {
        wire.schedule
            .as_ref()
            .is_some_and(|schedule| schedule.text(None).is_some())
    }))
}

/// Sets a schedule, be there one already or not.
pub(crate) async fn set<T: Serialize + Sync>(
    client: &Client,
    path: &str,
    operation: &'static str,
    body: &Body<T>,
) -> Result<(), Error> {
    let stands: Option<Wire> = client.api.get(Ask::new(path, operation)).await?;
    let ask = Ask::new(path, operation);
    match stands {
        Some(_) => client.api.put(ask, body).await,
        None => client.api.act(ask, body).await,
    }
}

/// Ends a schedule.
pub(crate) async fn end<T: Serialize + Sync>(
    client: &Client,
    path: &str,
    operation: &'static str,
    parameters: T,
) -> Result<Deleted, Error> {
    if read(client, path, operation).await?.is_none() {
        return Ok(Deleted::Gone);
    }
    let schedule = Schedule::never();
    client
        .api
        .put(Ask::new(path, operation), &Body { schedule, parameters })
        .await?;
    Ok(Deleted::Gone)
}

/// Makes a type with one object a resource type: it has `path`, `observe`, `write` and `end`.
macro_rules! single_resource {
    ($type:ty, $shape:ty, $name:literal) => {
        impl ::regprov_provider::Resource for $type {
            const TYPE: &'static str = $name;
            const CREATE: ::regprov_provider::CreateClass = ::regprov_provider::CreateClass::Upsert;
            type Client = $crate::client::Client;
            type Id = $crate::id::Id<$shape>;

            fn id(object: &Self) -> Option<Self::Id> {
                object.id.get()?.parse().ok()
            }

            async fn read(
                request: ::regprov_provider::ReadRequest<'_, Self>,
            ) -> Result<::regprov_provider::Observed<Self>, ::regprov_provider::Error> {
                let found = Self::observe(request.client, request.prior).await?;
                Ok(
                    found.map_or(::regprov_provider::Observed::Absent, |object| {
                        ::regprov_provider::Observed::Present(object)
                    }),
                )
            }

            async fn create(
                request: ::regprov_provider::CreateRequest<'_, Self>,
            ) -> Result<::regprov_provider::Created<Self>, ::regprov_provider::Error> {
                let object = request.desired.write(request.client, None).await?;
                Ok(::regprov_provider::Created::Done(object))
            }

            async fn update(
                request: ::regprov_provider::UpdateRequest<'_, Self>,
            ) -> Result<::regprov_provider::Created<Self>, ::regprov_provider::Error> {
                let object = request
                    .desired
                    .write(request.client, Some(request.prior))
                    .await?;
                Ok(::regprov_provider::Created::Done(object))
            }

            async fn delete(
                request: ::regprov_provider::DeleteRequest<'_, Self>,
            ) -> Result<::regprov_provider::Deleted, ::regprov_provider::Error> {
                Self::end(request.client).await
            }

            fn plan(request: ::regprov_provider::PlanRequest<'_>) -> ::regprov_provider::Advice {
                ::regprov_provider::Advice {
                    findings: Self::checks(request.desired),
                    ..::regprov_provider::Advice::default()
                }
            }

            async fn preflight(
                request: ::regprov_provider::PreflightRequest<'_, Self>,
            ) -> Vec<::regprov_provider::Finding> {
                $crate::gates::too_old(request.client, request.desired, Self::GATES)
            }
        }
    };
}
pub(crate) use single_resource;
