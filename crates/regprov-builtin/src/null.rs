//! `null_resource`: does nothing, and is replaced when its triggers change.

use crate::package::{Package, Surroundings, TextId};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Mark, Observed, Provider,
    ReadRequest, Resource,
};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("null", &["hashicorp/null"], surroundings);
    package.major = 3;
    package.resources = vec![regprov_provider::resource::<NullResource>()];
    package.left_out = &[("null_data_source", "Use a `locals` block.")];
    Arc::new(package)
}

/// The `null_resource` resource implements the standard resource lifecycle but takes no further action.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct NullResource {
    /// This is set to a random value at create time.
    pub(crate) id: Computed<String>,
    /// A map of arbitrary strings that, when changed, will force the null resource to be replaced.
    #[schema(replaces)]
    pub(crate) triggers: Option<BTreeMap<String, String>>,
}

impl Resource for NullResource {
    const TYPE: &'static str = "null_resource";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    fn prepare(mut desired: Self, mark: &Mark) -> Self {
        let digits = u64::from_be_bytes(mark.nonce[..8].try_into().expect("a nonce has 16 bytes"));
        desired.id = Computed::known((digits >> 1).to_string());
        desired
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        match request.prior {
            Some(prior) => Ok(Observed::Present(prior.clone())),
            None => Err(crate::package::not_importable(Self::TYPE)),
        }
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        Ok(Created::Done(request.desired.clone()))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
