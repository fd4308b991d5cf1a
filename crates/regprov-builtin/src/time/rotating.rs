//! `time_rotating`

use super::{after, later, moment, parse, shown};
use crate::package::{Surroundings, TextId};
use jiff::Zoned;
use jiff::tz::TimeZone;
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
#[derive(Clone, Debug, Default, Serialize, Deserialize, Schema)]
pub(crate) struct TimeRotating {
    /// Number day of timestamp.
    #[schema(recomputed_by = PERIODS)]
    pub(crate) day: Computed<i64>,
    /// Number hour of timestamp.
    #[schema(recomputed_by = PERIODS)]
    pub(crate) hour: Computed<i64>,
    /// RFC3339 format of the timestamp.
    pub(crate) id: Computed<String>,
    /// Number minute of timestamp.
    #[schema(recomputed_by = PERIODS)]
    pub(crate) minute: Computed<i64>,
    /// Number month of timestamp.
    #[schema(recomputed_by = PERIODS)]
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
    #[schema(recomputed_by = PERIODS)]
    pub(crate) second: Computed<i64>,
    /// Arbitrary map of values that, when changed, will trigger a new base timestamp value to be saved.
    #[schema(replaces)]
    pub(crate) triggers: Local<BTreeMap<String, String>>,
    /// Number of seconds since epoch time.
    #[schema(recomputed_by = PERIODS)]
    pub(crate) unix: Computed<i64>,
    /// Number year of timestamp.
    #[schema(recomputed_by = PERIODS)]
    pub(crate) year: Computed<i64>,
}

impl TimeRotating {
    /// The moment of the rotation: each period counts from the base, and the last one that is set decides.
    fn rotation(&self, base: &Zoned) -> Result<Option<Zoned>, Error> {
        let date = |years, months, days| later(base, years, months, days);
        let periods = [
            self.rotation_days.map(|days| date(0, 0, days)),
            self.rotation_hours.map(|hours| after(base, hours, 3600)),
            self.rotation_minutes.map(|minutes| after(base, minutes, 60)),
            self.rotation_months.map(|months| date(0, months, 0)),
            match self.rotation_rfc3339.get() {
                Some(text) => Some(Some(moment(text)?)),
                None => None,
            },
            self.rotation_years.map(|years| date(years, 0, 0)),
        ];
        let beyond = || Error::new(ErrorKind::Invalid(None), "the rotation lies beyond the year 9999");
        periods
            .into_iter()
            .flatten()
            .next_back()
            .map(|rotation| rotation.ok_or_else(beyond))
            .transpose()
    }

    fn based(mut self, base: &Zoned) -> Result<Self, Error> {
        let rotation = self.rotation(base)?.ok_or_else(|| {
            let message = "one of `rotation_years`, `rotation_months`, `rotation_days`, `rotation_hours`, `rotation_minutes` and `rotation_rfc3339` must be set";
            Error::new(ErrorKind::Invalid(None), message)
        })?;
        self.rotation_rfc3339 = Computed::known(shown(&rotation));
        self.day = Computed::known(rotation.day().into());
        self.hour = Computed::known(rotation.hour().into());
        self.minute = Computed::known(rotation.minute().into());
        self.month = Computed::known(rotation.month().into());
        self.second = Computed::known(rotation.second().into());
        self.year = Computed::known(rotation.year().into());
        self.unix = Computed::known(rotation.timestamp().as_second());
        self.id = Computed::known(shown(base));
        self.rfc3339 = Computed::known(shown(base));
        Ok(self)
    }

    /// From `BASE,ROTATION` or `BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES`.
    fn imported(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split(',').collect();
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0);
        let mut object = Self::default();
        match parts.as_slice() {
            [_, rotation] => object.rotation_rfc3339 = Computed::known((*rotation).to_owned()),
            [_, years, months, days, hours, minutes] => {
                object.rotation_years = number(years);
                object.rotation_months = number(months);
                object.rotation_days = number(days);
                object.rotation_hours = number(hours);
                object.rotation_minutes = number(minutes);
            }
            _ => {
                let message = "the import id of a time_rotating is BASE,ROTATION or BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES";
                return Err(Error::new(ErrorKind::Invalid(None), message));
            }
        }
        object.based(&moment(parts[0])?)
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
        let Some(prior) = request.prior else {
            return Self::imported(&request.id.0).map(Observed::Present);
        };
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
            Some(base) => moment(base)?,
            None => (request.client.now)().to_zoned(TimeZone::UTC),
        };
        request.desired.clone().based(&base).map(Created::Done)
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let base = moment(&request.id.0)?;
        request.desired.clone().based(&base).map(Created::Done)
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
