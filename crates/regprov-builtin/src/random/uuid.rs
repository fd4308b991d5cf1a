//! `random_uuid`

use crate::package::{Surroundings, TextId};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Mark, Observed, ReadRequest, Resource,
};
use regprov_schema::{Computed, Local, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Generates a random uuid string that is intended to be used as a unique identifier for other resources.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RandomUuid {
    /// The generated uuid.
    pub(crate) id: Computed<String>,
    /// Arbitrary map of values that, when changed, will trigger recreation of resource.
    #[schema(replaces)]
    pub(crate) keepers: Local<BTreeMap<String, String>>,
    /// The generated uuid.
    pub(crate) result: Computed<String>,
}

impl Resource for RandomUuid {
    const TYPE: &'static str = "random_uuid";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    fn prepare(mut desired: Self, mark: &Mark) -> Self {
        let drawn = uuid::Builder::from_random_bytes(mark.nonce)
            .into_uuid()
            .to_string();
        desired.id = Computed::known(drawn.clone());
        desired.result = Computed::known(drawn);
        desired
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let imported = || Self {
            id: Computed::known(request.id.0.clone()),
            keepers: Local(None),
            result: Computed::known(request.id.0.clone()),
        };
        Ok(Observed::Present(request.prior.cloned().unwrap_or_else(imported)))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        Ok(Created::Done(request.desired.clone()))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
