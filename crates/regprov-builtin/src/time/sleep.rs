//! `time_sleep`: what depends on it waits. The engine waits; this only says until when.

use super::{parse, text};
use crate::package::{Surroundings, TextId};
use jiff::{SignedDuration, Timestamp};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Observed, ReadRequest,
    Resource, UpdateRequest,
};
use regprov_schema::{Computed, Local, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::MutexGuard;
use std::time::Duration;

/// Manages a resource that delays creation of what depends on it.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct TimeSleep {
    /// Time duration to delay resource creation, such as `30s` or `5m`.
    #[schema(rules = &[Rule::Check(is_duration)])]
    pub(crate) create_duration: Option<String>,
    /// Time duration to delay resource destroy, such as `30s` or `5m`.
    #[schema(rules = &[Rule::Check(is_duration)])]
    pub(crate) destroy_duration: Option<String>,
    /// RFC3339 format of the instant at which the wait began.
    pub(crate) id: Computed<String>,
    /// Arbitrary map of values that, when changed, will run any creation or destroy delays again.
    #[schema(replaces)]
    pub(crate) triggers: Local<BTreeMap<String, String>>,
}

/// Reads a duration as Go writes it: `1h30m`, `1.5s`, `300ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "us" | "µs" => 0.000_001,
            "ns" => 0.000_000_001,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = after;
    }
    (!text.is_empty())
        .then(|| Duration::try_from_secs_f64(total).ok())
        .flatten()
}

fn is_duration(value: &Value) -> Result<(), String> {
    match value.as_str().and_then(duration) {
        Some(_) => Ok(()),
        None => Err("A duration is a number with a unit, such as \"30s\", \"5m\" or \"1h30m\".".to_owned()),
    }
}

fn waits(surroundings: &Surroundings) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
    surroundings.waits.lock().expect("no holder panics")
}

/// How long the delete of an object still waits; `None` where it is not being deleted.
fn waiting(surroundings: &Surroundings, id: &str) -> Option<Duration> {
    let end = *waits(surroundings).get(id)?;
    let left = end.duration_since((surroundings.now)());
    Some(Duration::try_from(left).unwrap_or(Duration::ZERO))
}

fn seconds_left(left: Duration) -> String {
    format!("{} seconds are left to wait", left.as_secs() + 1)
}

impl TimeSleep {
    /// From `CREATE,DESTROY`, of which one may be empty.
    fn imported(text: &str, now: Timestamp) -> Result<Self, Error> {
        let given = |text: &str| Some(text.to_owned()).filter(|text| duration(text).is_some());
        let parts = text
            .split_once(',')
            .map(|(create, destroy)| (given(create), given(destroy)));
        match parts {
            Some((create, destroy)) if create.is_some() || destroy.is_some() => Ok(Self {
                create_duration: create,
                destroy_duration: destroy,
                id: Computed::known(super::text(now)),
                triggers: Local(None),
            }),
            Some(_) | None => Err(Error::new(
                ErrorKind::Invalid(None),
                "the import id of a time_sleep is CREATE_DURATION,DESTROY_DURATION, of which one may be empty",
            )),
        }
    }

    /// How long is still to wait.
    fn left(&self, now: Timestamp) -> Result<Duration, Error> {
        let wait = self
            .create_duration
            .as_deref()
            .and_then(duration)
            .unwrap_or(Duration::ZERO);
        let Some(begun) = self.id.get() else {
            return Ok(wait);
        };
        let too_long = |_| Error::new(ErrorKind::Invalid(None), "`create_duration` is too long");
        let wait = SignedDuration::try_from(wait).map_err(too_long)?;
        let end = parse(begun)?
            .checked_add(wait)
            .map_err(|_| Error::new(ErrorKind::Invalid(None), "`create_duration` is too long"))?;
        Ok(Duration::try_from(end.duration_since(now)).unwrap_or(Duration::ZERO))
    }
}

impl Resource for TimeSleep {
    const TYPE: &'static str = "time_sleep";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let now = (request.client.now)();
        if let Some(left) = waiting(request.client, &request.id.0) {
            return Ok(match left.is_zero() {
                true => {
                    waits(request.client).remove(&request.id.0);
                    Observed::Absent
                }
                false => Observed::Settling(seconds_left(left)),
            });
        }
        let Some(prior) = request.prior else {
            return Self::imported(&request.id.0, now).map(Observed::Present);
        };
        let left = prior.left(now)?;
        Ok(if left.is_zero() {
            Observed::Present(prior.clone())
        } else {
            Observed::Settling(seconds_left(left))
        })
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut object = request.desired.clone();
        object.id = Computed::known(text((request.client.now)()));
        let left = object.left((request.client.now)())?;
        Ok(if left.is_zero() {
            Created::Done(object)
        } else {
            Created::Pending {
                object,
                reason: "the time to wait".to_owned(),
                after: Some(left),
            }
        })
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        Ok(Created::Done(request.desired.clone()))
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let given = request.prior.and_then(|prior| prior.destroy_duration.as_deref());
        let wait = given.and_then(duration).unwrap_or(Duration::ZERO);
        if wait.is_zero() {
            return Ok(Deleted::Gone);
        }
        let end = SignedDuration::try_from(wait)
            .ok()
            .and_then(|wait| (request.client.now)().checked_add(wait).ok())
            .unwrap_or(Timestamp::MAX);
        waits(request.client).insert(request.id.0.clone(), end);
        Ok(Deleted::Pending {
            reason: "the time to wait".to_owned(),
            after: Some(wait),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn durations_read_as_go_writes_them() {
        assert_eq!(duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("300ms"), Some(Duration::from_millis(300)));
        assert_eq!(duration("5"), None);
        assert_eq!(duration(""), None);
    }
}
