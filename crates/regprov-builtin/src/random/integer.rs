//! `random_integer`

use super::{draw, seeded::Seeded};
use crate::package::{Surroundings, TextId};
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    PlanRequest, ReadRequest, Resource,
};
use regprov_schema::{Computed, Local, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Draws a whole number from a range.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RandomInteger {
    /// The number as text.
    pub(crate) id: Computed<String>,
    /// A change of these values draws anew.
    #[schema(replaces)]
    pub(crate) keepers: Local<BTreeMap<String, String>>,
    /// The greatest number of the range.
    #[schema(replaces)]
    pub(crate) max: i64,
    /// The least number of the range.
    #[schema(replaces)]
    pub(crate) min: i64,
    /// The number.
    pub(crate) result: Computed<i64>,
    /// A text that always gives the same number.
    #[schema(replaces)]
    pub(crate) seed: Option<String>,
}

const RANGE: &str = "`min` must not be greater than `max`";

impl RandomInteger {
    fn of(result: i64, (min, max): (i64, i64), seed: Option<String>) -> Self {
        Self {
            id: Computed::known(result.to_string()),
            keepers: Local(None),
            max,
            min,
            result: Computed::known(result),
            seed,
        }
    }

    /// From `RESULT,MIN,MAX` or `RESULT,MIN,MAX,SEED`.
    fn imported(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(',').collect();
        let (numbers, seed) = match parts.as_slice() {
            [result, min, max] => ([result, min, max], None),
            [result, min, max, seed] => ([result, min, max], Some((*seed).to_owned())),
            _ => return None,
        };
        let [result, min, max] = numbers.map(|number| number.parse().ok());
        Some(Self::of(result?, (min?, max?), seed))
    }
}

impl Resource for RandomInteger {
    const TYPE: &'static str = "random_integer";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let imported = || {
            Self::imported(&request.id.0).ok_or_else(|| {
                Error::new(
                    ErrorKind::Invalid(None),
                    "the import id of a random_integer is RESULT,MIN,MAX or RESULT,MIN,MAX,SEED, such as 7,1,10",
                )
            })
        };
        request
            .prior
            .cloned()
            .map_or_else(imported, Ok)
            .map(Observed::Present)
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut object = request.desired.clone();
        let span = i128::from(object.max) - i128::from(object.min) + 1;
        let span = u64::try_from(span).map_err(|_| Error::new(ErrorKind::Invalid(None), RANGE))?;
        if span == 0 {
            return Err(Error::new(ErrorKind::Invalid(None), RANGE));
        }
        let drawn = match object.seed.as_deref().filter(|seed| !seed.is_empty()) {
            Some(seed) => Seeded::from_text(seed).below(span),
            None => draw::number_below(request.client, span),
        };
        let result = object.min.wrapping_add_unsigned(drawn);
        object.id = Computed::known(result.to_string());
        object.result = Computed::known(result);
        Ok(Created::Done(object))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        let bound = |name: &str| request.desired.number(name);
        let findings = match (bound("min"), bound("max")) {
            (Some(min), Some(max)) if min > max => vec![Finding {
                fatal: true,
                path: None,
                summary: "Empty range".to_owned(),
                detail: format!("{RANGE}: no number lies between {min} and {max}."),
                remedy: None,
            }],
            _ => Vec::new(),
        };
        Advice {
            findings,
            ..Advice::default()
        }
    }
}
