//! `time_static`

use super::{parse, text};
use crate::package::{Surroundings, TextId};
use jiff::tz::TimeZone;
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Observed, ReadRequest, Resource,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Manages a static time resource, which keeps a locally sourced UTC timestamp stored in the state.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct TimeStatic {
    /// Number day of timestamp.
    pub(crate) day: Computed<i64>,
    /// Number hour of timestamp.
    pub(crate) hour: Computed<i64>,
    /// RFC3339 format of the timestamp.
    pub(crate) id: Computed<String>,
    /// Number minute of timestamp.
    pub(crate) minute: Computed<i64>,
    /// Number month of timestamp.
    pub(crate) month: Computed<i64>,
    /// Base timestamp in RFC3339 format. Defaults to the current time.
    #[schema(optional, replaces, meaning = Meaning::Instant, rules = &[Rule::Instant])]
    pub(crate) rfc3339: Computed<String>,
    /// Number second of timestamp.
    pub(crate) second: Computed<i64>,
    /// Arbitrary map of values that, when changed, will trigger a new base timestamp value to be saved.
    #[schema(replaces)]
    pub(crate) triggers: Local<BTreeMap<String, String>>,
    /// Number of seconds since epoch time.
    pub(crate) unix: Computed<i64>,
    /// Number year of timestamp.
    pub(crate) year: Computed<i64>,
}

impl TimeStatic {
    fn at(rfc3339: String, triggers: Local<BTreeMap<String, String>>) -> Result<Self, Error> {
        let instant = parse(&rfc3339)?;
        let zoned = instant.to_zoned(TimeZone::UTC);
        Ok(Self {
            day: Computed::known(zoned.day().into()),
            hour: Computed::known(zoned.hour().into()),
            id: Computed::known(rfc3339.clone()),
            minute: Computed::known(zoned.minute().into()),
            month: Computed::known(zoned.month().into()),
            rfc3339: Computed::known(rfc3339),
            second: Computed::known(zoned.second().into()),
            triggers,
            unix: Computed::known(instant.as_second()),
            year: Computed::known(zoned.year().into()),
        })
    }
}

impl Resource for TimeStatic {
    const TYPE: &'static str = "time_static";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        match request.prior {
            Some(prior) => Ok(Observed::Present(prior.clone())),
            None => Self::at(request.id.0.clone(), Local(None)).map(Observed::Present),
        }
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let given = request.desired.rfc3339.get().cloned();
        let instant = given.unwrap_or_else(|| text((request.client.now)()));
        Self::at(instant, request.desired.triggers.clone()).map(Created::Done)
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
