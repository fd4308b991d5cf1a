//! `null_resource`: does nothing, and is replaced when its triggers change; and `null_data_source`, which answers its inputs.

use crate::package::{Package, Surroundings, TextId};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DataSource, DeleteRequest, Deleted, Error, Mark, Observed, Provider,
    ReadDataRequest, ReadRequest, Resource,
};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("null", &["hashicorp/null"], surroundings);
    package.major = 3;
    package.resources = vec![regprov_provider::resource::<NullResource>()];
    package.data_sources = vec![regprov_provider::data_source::<NullDataSource>()];
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

/// Answers what it is given.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct NullDataSource {
    /// A text that is answered as it is; `default` where there is none.
    #[schema(optional)]
    has_computed_default: Computed<String>,
    /// A fixed text.
    #[schema(deprecated = "nothing: it tells nothing")]
    id: Computed<String>,
    /// Texts by name.
    inputs: Option<BTreeMap<String, String>>,
    /// The same texts.
    outputs: Computed<BTreeMap<String, String>>,
    /// A random number.
    random: Computed<String>,
}

impl DataSource for NullDataSource {
    const TYPE: &'static str = "null_data_source";
    type Client = Surroundings;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let mut bytes = [0; 8];
        (request.client.random)(&mut bytes);
        let given = request.config;
        let default = || "default".to_owned();
        Ok(Self {
            has_computed_default: Computed::known(given.has_computed_default.0.unwrap_or_else(default)),
            id: Computed::known("static".to_owned()),
            outputs: Computed(given.inputs.clone()),
            inputs: given.inputs,
            random: Computed::known((u64::from_be_bytes(bytes) >> 1).to_string()),
        })
    }
}
