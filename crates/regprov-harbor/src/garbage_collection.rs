//! `harbor_garbage_collection`: when the storage of what was deleted is reclaimed.

use crate::client::{Client, Version};
use crate::cron::{self, Schedule};
use crate::gates::Gate;
use crate::id::shape;
use crate::schedules::{self, Body, GARBAGE, single_resource};
use regprov_provider::{Deleted, Error, Finding, Partial};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use serde::{Deserialize, Serialize};

shape!(
    /// `harbor_garbage_collection`.
    GarbageCollectionShape,
    "the garbage collection",
    "/system/gc/schedule"
);

/// When the storage of what was deleted is reclaimed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct GarbageCollection {
    /// `hourly`, `daily`, `weekly`, or six fields.
    #[schema(meaning = Meaning::By(cron::same), rules = &[Rule::Check(cron::check)])]
    pub(crate) schedule: String,
    /// Whether artifacts without a tag are deleted.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) delete_untagged: Option<bool>,
    /// How many jobs share the work.
    #[schema(default = 1, rules = &[Rule::Between(1, 10)])]
    pub(crate) workers: Option<i64>,
    /// Its id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Parameters {
    #[serde(default)]
    delete_untagged: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workers: Option<i64>,
}

impl GarbageCollection {
    const GATES: &'static [Gate] = &[Gate {
        argument: "workers",
        since: Version::new(2, 9),
        idle: |value| crate::fields::whole(value).is_none_or(|workers| workers <= 1),
    }];

    fn checks(_desired: Partial<'_>) -> Vec<Finding> {
        Vec::new()
    }

    async fn observe(client: &Client, like: Option<&Self>) -> Result<Option<Self>, Error> {
        let Some(wire) = schedules::read(client, GARBAGE, "read the garbage collection").await? else {
            return Ok(None);
        };
        let parameters: Parameters = wire.parameters();
        let spelled = like.map(|like| like.schedule.as_str());
        let schedule = wire.schedule.and_then(|schedule| schedule.text(spelled));
        Ok(Some(Self {
            schedule: schedule.unwrap_or_default(),
            delete_untagged: Some(parameters.delete_untagged)
                .filter(|told| *told || like.is_none_or(|like| like.delete_untagged.is_some())),
            workers: Some(parameters.workers.filter(|workers| *workers > 0).unwrap_or(1)),
            id: Computed::known(GARBAGE.to_owned()),
        }))
    }

    async fn write(&self, client: &Client, _prior: Option<&Self>) -> Result<Self, Error> {
        let parameters = Parameters {
            delete_untagged: self.delete_untagged.unwrap_or(false),
            workers: self.workers,
        };
        let schedule = Schedule::of(&self.schedule);
        schedules::set(
            client,
            GARBAGE,
            "schedule the garbage collection",
            &Body { schedule, parameters },
        )
        .await?;
        Ok(Self {
            id: Computed::known(GARBAGE.to_owned()),
            ..self.clone()
        })
    }

    async fn end(client: &Client) -> Result<Deleted, Error> {
        schedules::end(
            client,
            GARBAGE,
            "end the garbage collection",
            Parameters::default(),
        )
        .await
    }
}

single_resource!(
    GarbageCollection,
    GarbageCollectionShape,
    "harbor_garbage_collection"
);
