//! `time_rotating`

use super::{parse, text};
use crate::package::{Surroundings, TextId, not_importable};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, ReadRequest,
    Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const PERIODS: &[&str] = &[
    "rotation_days",
    "rotation_hours",
    "rotation_minutes",
    "rotation_months",
    "rotation_rfc3339",
    "rotation_years",
];

/// Manages a rotating time resource, which keeps a rotating UTC timestamp stored in the state and proposes resource
/// recreation when the locally sourced current time is beyond the rotation time.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct TimeRotating {
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
    /// Number of days to add to the base timestamp.
    #[schema(rules = &[Rule::Between(1, 1_000_000)])]
    pub(crate) rotation_days: Option<i64>,
    /// Number of hours to add to the base timestamp.
    #[schema(rules = &[Rule::Between(1, 1_000_000)])]
    pub(crate) rotation_hours: Option<i64>,
    /// Number of minutes to add to the base timestamp.
    #[schema(rules = &[Rule::Between(1, 1_000_000)])]
    pub(crate) rotation_minutes: Option<i64>,
    /// Number of months to add to the base timestamp.
    #[schema(rules = &[Rule::Between(1, 1_000_000)])]
    pub(crate) rotation_months: Option<i64>,
    /// The instant of the rotation in RFC3339 format.
    #[schema(optional, meaning = Meaning::Instant, rules = &[Rule::Instant], recomputed_by = PERIODS)]
    pub(crate) rotation_rfc3339: Computed<String>,
    /// Number of years to add to the base timestamp.
    #[schema(rules = &[Rule::Between(1, 10_000)])]
    pub(crate) rotation_years: Option<i64>,
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

impl TimeRotating {
    fn based(mut self, base: Timestamp) -> Result<Self, Error> {
        let zoned = base.to_zoned(TimeZone::UTC);
        let invalid = |_| Error::new(ErrorKind::Invalid(None), "the rotation lies beyond the year 9999");
        let span = Span::new()
            .try_years(self.rotation_years.unwrap_or(0))
            .and_then(|span| span.try_months(self.rotation_months.unwrap_or(0)))
            .and_then(|span| span.try_days(self.rotation_days.unwrap_or(0)))
            .and_then(|span| span.try_hours(self.rotation_hours.unwrap_or(0)))
            .and_then(|span| span.try_minutes(self.rotation_minutes.unwrap_or(0)))
            .map_err(invalid)?;
        if !span.is_zero() {
            let rotation = zoned.checked_add(span).map_err(invalid)?;
            self.rotation_rfc3339 = Computed::known(text(rotation.timestamp()));
        } else if self.rotation_rfc3339.get().is_none() {
            let message = "one of `rotation_years`, `rotation_months`, `rotation_days`, `rotation_hours`, `rotation_minutes` and `rotation_rfc3339` must be set";
            return Err(Error::new(ErrorKind::Invalid(None), message));
        }
        self.day = Computed::known(zoned.day().into());
        self.hour = Computed::known(zoned.hour().into());
        self.minute = Computed::known(zoned.minute().into());
        self.month = Computed::known(zoned.month().into());
        self.second = Computed::known(zoned.second().into());
        self.year = Computed::known(zoned.year().into());
        self.unix = Computed::known(base.as_second());
        let base = self.rfc3339.get().cloned().unwrap_or_else(|| text(base));
        self.id = Computed::known(base.clone());
        self.rfc3339 = Computed::known(base);
        Ok(self)
    }
}

impl Resource for TimeRotating {
    const TYPE: &'static str = "time_rotating";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    /// Once its time has come it counts as gone, so that it is made anew.
    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let prior = request.prior.ok_or_else(|| not_importable(Self::TYPE))?;
        let rotation = prior
            .rotation_rfc3339
            .get()
            .map(|rotation| parse(rotation))
            .transpose()?;
        let due = rotation.is_some_and(|rotation| (request.client.now)() >= rotation);
        Ok(if due {
            Observed::Absent
        } else {
            Observed::Present(prior.clone())
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let base = match request.desired.rfc3339.get() {
            Some(base) => parse(base)?,
            None => (request.client.now)(),
        };
        request.desired.clone().based(base).map(Created::Done)
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let base = parse(&request.id.0)?;
        request.desired.clone().based(base).map(Created::Done)
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
