//! `random_shuffle`

use super::{draw, seeded::Seeded};
use crate::package::{Surroundings, TextId, not_importable};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Observed, ReadRequest, Resource,
};
use regprov_schema::{Computed, Local, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Puts the elements of a list into another order.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RandomShuffle {
    /// A fixed text.
    pub(crate) id: Computed<String>,
    /// The list.
    #[schema(replaces)]
    pub(crate) input: Vec<String>,
    /// A change of these values draws anew.
    #[schema(replaces)]
    pub(crate) keepers: Local<BTreeMap<String, String>>,
    /// The elements in their new order.
    pub(crate) result: Computed<Vec<String>>,
    /// How many elements to give; more than there are repeats them.
    #[schema(replaces)]
    pub(crate) result_count: Option<u64>,
    /// A text that always gives the same order.
    #[schema(replaces)]
    pub(crate) seed: Option<String>,
}

impl Resource for RandomShuffle {
    const TYPE: &'static str = "random_shuffle";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let prior = request.prior.cloned().map(Observed::Present);
        prior.ok_or_else(|| not_importable(Self::TYPE))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut object = request.desired.clone();
        let seed = object.seed.as_deref().filter(|seed| !seed.is_empty());
        let mut seeded = seed.map(Seeded::from_text);
        let count = object.result_count.map_or(object.input.len(), |count| {
            usize::try_from(count).unwrap_or(usize::MAX)
        });
        let mut result = Vec::new();
        while result.len() < count && !object.input.is_empty() {
            let order = match &mut seeded {
                Some(seeded) => seeded.permutation(object.input.len()),
                None => {
                    let mut order: Vec<usize> = (0..object.input.len()).collect();
                    draw::shuffle(request.client, &mut order);
                    order
                }
            };
            let left = count - result.len();
            result.extend(order.into_iter().take(left).map(|at| object.input[at].clone()));
        }
        object.id = Computed::known("-".to_owned());
        object.result = Computed::known(result);
        Ok(Created::Done(object))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
