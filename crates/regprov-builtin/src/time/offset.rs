//! `time_offset`

use super::{after, later, moment, shown};
use crate::package::{Surroundings, TextId};
use jiff::Zoned;
use jiff::tz::TimeZone;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PlanRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const CAUSES: &[&str] = &[
    "base_rfc3339",
    "offset_days",
    "offset_hours",
    "offset_minutes",
    "offset_months",
    "offset_seconds",
    "offset_years",
];

/// Keeps an instant at a distance from a base.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Schema)]
pub(crate) struct TimeOffset {
    /// The base in RFC 3339; the time of creation where it is not set.
    #[schema(optional, meaning = Meaning::Instant, rules = &[Rule::Instant])]
    pub(crate) base_rfc3339: Computed<String>,
    /// The day of the instant.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) day: Computed<i64>,
    /// The hour of the instant.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) hour: Computed<i64>,
    /// The base in RFC 3339.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) id: Computed<String>,
    /// The minute of the instant.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) minute: Computed<i64>,
    /// The month of the instant.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) month: Computed<i64>,
    /// Days from the base.
    pub(crate) offset_days: Option<i64>,
    /// Hours from the base.
    pub(crate) offset_hours: Option<i64>,
    /// Minutes from the base.
    pub(crate) offset_minutes: Option<i64>,
    /// Months from the base.
    pub(crate) offset_months: Option<i64>,
    /// Seconds from the base.
    pub(crate) offset_seconds: Option<i64>,
    /// Years from the base.
    pub(crate) offset_years: Option<i64>,
    /// The instant in RFC 3339.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) rfc3339: Computed<String>,
    /// The second of the instant.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) second: Computed<i64>,
    /// A change of these values takes a new base.
    #[schema(replaces)]
    pub(crate) triggers: Local<BTreeMap<String, String>>,
    /// The instant in seconds since 1970.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) unix: Computed<i64>,
    /// The year of the instant.
    #[schema(recomputed_by = CAUSES)]
    pub(crate) year: Computed<i64>,
}

impl TimeOffset {
    fn moved(&self, base: &Zoned) -> Option<Zoned> {
        let moved = later(base, 0, 0, self.offset_days.unwrap_or(0))?;
        let moved = after(&moved, self.offset_hours.unwrap_or(0), 3600)?;
        let moved = after(&moved, self.offset_minutes.unwrap_or(0), 60)?;
        let moved = later(&moved, 0, self.offset_months.unwrap_or(0), 0)?;
        let moved = after(&moved, self.offset_seconds.unwrap_or(0), 1)?;
        later(&moved, self.offset_years.unwrap_or(0), 0, 0)
    }

    fn based(mut self, base: &Zoned) -> Result<Self, Error> {
        let moved = self.moved(base).ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid(None),
                "the instant lies outside the years 1 to 9999",
            )
        })?;
        self.base_rfc3339 = Computed::known(shown(base));
        self.id = Computed::known(shown(base));
        self.day = Computed::known(moved.day().into());
        self.hour = Computed::known(moved.hour().into());
        self.minute = Computed::known(moved.minute().into());
        self.month = Computed::known(moved.month().into());
        self.second = Computed::known(moved.second().into());
        self.year = Computed::known(moved.year().into());
        self.unix = Computed::known(moved.timestamp().as_second());
        self.rfc3339 = Computed::known(shown(&moved));
        Ok(self)
    }

    /// From `BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS`, of which numbers may be empty.
    fn imported(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split(',').collect();
        let [base, years, months, days, hours, minutes, seconds] = parts.as_slice() else {
            let message = "the import id of a time_offset is BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS";
            return Err(Error::new(ErrorKind::Invalid(None), message));
        };
        let number = |text: &str| text.parse::<i64>().ok();
        let object = Self {
            offset_days: number(days),
            offset_hours: number(hours),
            offset_minutes: number(minutes),
            offset_months: number(months),
            offset_seconds: number(seconds),
            offset_years: number(years),
            ..Self::default()
        };
        object.based(&moment(base)?)
    }
}

impl Resource for TimeOffset {
    const TYPE: &'static str = "time_offset";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let imported = || Self::imported(&request.id.0);
        request
            .prior
            .cloned()
            .map_or_else(imported, Ok)
            .map(Observed::Present)
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let base = match request.desired.base_rfc3339.get() {
            Some(base) => moment(base)?,
            None => (request.client.now)().to_zoned(TimeZone::UTC),
        };
        request.desired.clone().based(&base).map(Created::Done)
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let base = request.desired.base_rfc3339.get().unwrap_or(&request.id.0);
        request.desired.clone().based(&moment(base)?).map(Created::Done)
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }

    /// Once the base is known, so is the instant.
    fn foresee(_client: &Surroundings, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let offsets = || CAUSES.iter().filter(|name| name.starts_with("offset_"));
        if offsets().any(|name| desired.is_open(name)) {
            return Vec::new();
        }
        let Some(base) = desired.text("base_rfc3339").and_then(|text| moment(text).ok()) else {
            return Vec::new();
        };
        let number = |name: &str| desired.number(name).and_then(|number| number.to_i64());
        let object = Self {
            offset_days: number("offset_days"),
            offset_hours: number("offset_hours"),
            offset_minutes: number("offset_minutes"),
            offset_months: number("offset_months"),
            offset_seconds: number("offset_seconds"),
            offset_years: number("offset_years"),
            ..Self::default()
        };
        let Ok(known) = object.based(&base) else {
            return Vec::new();
        };
        let numbers = [
            ("day", known.day),
            ("hour", known.hour),
            ("minute", known.minute),
            ("month", known.month),
            ("second", known.second),
            ("unix", known.unix),
            ("year", known.year),
        ];
        let numbers = numbers
            .into_iter()
            .filter_map(|(name, number)| Some((name, Value::from(number.0?))));
        let texts = [("id", known.id), ("rfc3339", known.rfc3339)];
        let texts = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, Value::from(text.0?.as_str()))));
        numbers.chain(texts).collect()
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        let mut offsets = CAUSES.iter().filter(|name| name.starts_with("offset_"));
        if offsets.any(|name| !request.config.is_unset(name)) {
            return Advice::default();
        }
        Advice {
            findings: vec![Finding {
                fatal: true,
                path: None,
                summary: "Missing offset".to_owned(),
                detail: "One of `offset_years`, `offset_months`, `offset_days`, `offset_hours`, `offset_minutes` and `offset_seconds` must be set.".to_owned(),
                remedy: None,
            }],
            ..Advice::default()
        }
    }
}
