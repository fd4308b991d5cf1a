//! The erased boundary: resource types and data sources as objects, values in and out.

use crate::refusal::at_argument;
use crate::{
    Advice, Connection, CreateClass, CreateRequest, Created, DataSource, DeleteRequest, Deleted, Error,
    ErrorKind, FindRequest, Finding, Mark, Observed, Partial, PlanRequest, PreflightRequest, ReadDataRequest,
    ReadManyRequest, ReadRequest, Resource, RevokeRequest, Revoked, UpdateRequest,
};
use async_trait::async_trait;
use regprov_schema::{Block, Nesting, Schema, Schematic, Timeouts};
use regprov_value::{Type, Value, from_json, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// A resource type as the engine sees it. Values are objects of the schema's implied type, wholly known and unmarked.
#[async_trait]
pub trait AnyResource: Send + Sync {
    /// The resource type.
    fn type_name(&self) -> &'static str;
    /// Its schema.
    fn schema(&self) -> &Schema;
    /// What a repeated create would do.
    fn create_class(&self) -> CreateClass;
    /// How long a committed object may stay invisible.
    fn visibility(&self) -> Duration;
    /// Whether a create or update that was cut short is carried on from the object that is found.
    fn is_carried_on(&self) -> bool {
        false
    }
    /// Whether the writes of many objects are joined in one request, and take no places.
    fn is_gathered(&self) -> bool {
        false
    }
    /// The identity of an object.
    fn id(&self, object: &Value) -> Option<String>;
    /// Fills in what we choose ourselves.
    ///
    /// # Errors
    /// Where the value is not an object of the type.
    fn prepare(&self, desired: &Value, mark: &Mark) -> Result<Value, Error>;
    /// The identity that a desired object would have.
    fn identify(&self, connection: &Connection, desired: Partial<'_>) -> Option<String>;
    /// Attributes known before the object exists.
    fn foresee(&self, connection: &Connection, desired: Partial<'_>) -> Vec<(&'static str, Value)>;
    /// Advice to the planner.
    fn plan(&self, request: AnyPlan<'_>) -> Advice;
    /// Rewrites a stored object of an older version.
    ///
    /// # Errors
    /// Where the old form cannot be understood.
    fn upgrade(&self, version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String>;
    /// The object of another resource type as one of this type, for a move between types.
    fn moved_from(&self, resource_type: &str, object: &Value) -> Option<Value> {
        let _ = (resource_type, object);
        None
    }
    /// Reads an import id into an identity.
    ///
    /// # Errors
    /// Where the text is not an id of this type.
    fn parse_import(&self, connection: &Connection, text: &str) -> Result<String, Error>;
    /// Reads an object.
    async fn read(&self, request: AnyRead<'_>) -> Result<Observed<Value>, Error>;
    /// Reads many objects at once; `None` where that is not possible.
    async fn read_many(&self, request: AnyReadMany<'_>) -> Option<Result<Vec<Observed<Value>>, Error>>;
    /// Creates an object.
    async fn create(&self, request: AnyCreate<'_>) -> Result<Created<Value>, Error>;
    /// Changes an object in place.
    async fn update(&self, request: AnyUpdate<'_>) -> Result<Created<Value>, Error>;
    /// Deletes an object.
    async fn delete(&self, request: AnyDelete<'_>) -> Result<Deleted, Error>;
    /// Finds what a create with this mark made.
    async fn find(&self, request: AnyFind<'_>) -> Result<Vec<String>, Error>;
    /// Takes away what an attempt made within an object and was not told of.
    async fn revoke(&self, request: AnyRevoke<'_>) -> Result<Revoked, Error> {
        let _ = request;
        Ok(Revoked::Never)
    }
    /// Whether [`AnyResource::preflight`] may find anything; where not, it need not be asked.
    fn has_preflight(&self) -> bool {
        true
    }
    /// Checks at the service while planning.
    async fn preflight(&self, request: AnyPreflight<'_>) -> Vec<Finding>;
}

/// See [`PlanRequest`].
pub type AnyPlan<'a> = PlanRequest<'a>;

/// What an erased read needs.
pub struct AnyRead<'a> {
    /// The connected provider.
    pub connection: &'a Connection,
    /// Which object.
    pub id: &'a str,
    /// The object as last recorded.
    pub prior: Option<&'a Value>,
}

/// What an erased read of many needs.
pub struct AnyReadMany<'a> {
    /// The connected provider.
    pub connection: &'a Connection,
    /// Which objects, and how they were last recorded.
    pub wanted: &'a [(String, Option<Value>)],
}

/// What an erased create needs.
pub struct AnyCreate<'a> {
    /// The connected provider.
    pub connection: &'a Connection,
    /// The object to make, prepared.
    pub desired: &'a Value,
    /// What the attempt is known by.
    pub mark: &'a Mark,
    /// The object of the last step.
    pub step: Option<&'a Value>,
}

/// What an erased update needs.
pub struct AnyUpdate<'a> {
    /// The connected provider.
    pub connection: &'a Connection,
    /// Which object.
    pub id: &'a str,
    /// The object as it stands.
    pub prior: &'a Value,
    /// The object as it shall stand.
    pub desired: &'a Value,
    /// What the attempt is known by.
    pub mark: &'a Mark,
    /// The object of the last step.
    pub step: Option<&'a Value>,
}

/// What erased taking away of a lost part needs.
pub struct AnyRevoke<'a> {
    /// The connected provider.
    pub connection: &'a Connection,
    /// Which object.
    pub id: &'a str,
    /// The object that was to be made, prepared.
    pub desired: &'a Value,
    /// What the attempt is known by.
    pub mark: &'a Mark,
    /// The object of the last step.
    pub step: Option<&'a Value>,
}

/// What an erased delete needs.
pub struct AnyDelete<'a> {
    /// The connected provider.
    pub connection: &'a Connection,
    /// Which object.
    pub id: &'a str,
    /// The object as last recorded.
    pub prior: Option<&'a Value>,
}

/// What an erased search needs.
pub struct AnyFind<'a> {
    /// The connected provider.
    pub connection: &'a Connection,
    /// The object that was to be made, prepared.
    pub desired: &'a Value,
    /// What the attempt is known by.
    pub mark: &'a Mark,
    /// The object of the last step.
    pub step: Option<&'a Value>,
}

/// What an erased check needs.
pub struct AnyPreflight<'a> {
    /// The connected provider.
    pub connection: &'a Connection,
    /// The object as it stands.
    pub prior: Option<&'a Value>,
    /// The object that the new one replaces.
    pub replaced: Option<&'a Value>,
    /// The planned object.
    pub desired: Partial<'a>,
}

/// A data source as the engine sees it.
#[async_trait]
pub trait AnyDataSource: Send + Sync {
    /// Its type.
    fn type_name(&self) -> &'static str;
    /// Its schema.
    fn schema(&self) -> &Schema;
    /// Reads what the configuration names. `wanted`: the computed attributes that are referred to; `None`: any.
    async fn read(
        &self,
        connection: &Connection,
        config: &Value,
        wanted: Option<&[String]>,
    ) -> Result<Value, Error>;
}

/// Makes a resource type an object.
#[must_use]
pub fn resource<R: Resource>() -> Arc<dyn AnyResource> {
    resource_of::<R>(R::block())
}

/// Makes a resource type an object, one of a public provider that keeps no difference between null and the zero value.
#[must_use]
pub fn resource_with_zeros_as_null<R: Resource>() -> Arc<dyn AnyResource> {
    resource_of::<R>(R::block().with_zeros_as_null())
}

/// Makes a resource type an object whose block was changed: by a default that the environment gives. The type of its value is
/// the same.
#[must_use]
pub fn resource_of<R: Resource>(block: Block) -> Arc<dyn AnyResource> {
    let schema = Schema {
        version: R::VERSION,
        block,
        timeouts: R::TIMEOUTS,
    };
    Arc::new(ErasedResource::<R> {
        schema,
        marker: PhantomData,
    })
}

/// Makes a data source an object.
#[must_use]
pub fn data_source<D: DataSource>() -> Arc<dyn AnyDataSource> {
    data_source_of::<D>(D::block())
}

/// Makes a data source an object whose block was changed: by a default that the environment gives.
#[must_use]
pub fn data_source_of<D: DataSource>(block: Block) -> Arc<dyn AnyDataSource> {
    let schema = Schema {
        version: 0,
        block,
        timeouts: Timeouts::default(),
    };
    Arc::new(ErasedDataSource::<D> {
        schema,
        marker: PhantomData,
    })
}

/// A resource type behind the boundary.
pub struct ErasedResource<R> {
    schema: Schema,
    marker: PhantomData<fn() -> R>,
}

/// A data source behind the boundary.
pub struct ErasedDataSource<D> {
    schema: Schema,
    marker: PhantomData<fn() -> D>,
}

impl<R: Resource> ErasedResource<R> {
    fn value(&self, object: &R) -> Result<Value, Error> {
        value_of(object, &self.schema.block.implied_type())
    }

    fn created(&self, created: Created<R>) -> Result<Created<Value>, Error> {
        Ok(match created {
            Created::Done(object) => Created::Done(self.value(&object)?),
            Created::Step(object) => Created::Step(self.value(&object)?),
            Created::Pending {
                object,
                reason,
                after,
            } => Created::Pending {
                object: self.value(&object)?,
                reason,
                after,
            },
        })
    }

    fn observed(&self, observed: Observed<R>) -> Result<Observed<Value>, Error> {
        Ok(match observed {
            Observed::Absent => Observed::Absent,
            Observed::Settling(reason) => Observed::Settling(reason),
            Observed::Present(object) => Observed::Present(self.value(&object)?),
        })
    }
}

#[async_trait]
impl<R: Resource> AnyResource for ErasedResource<R> {
    fn type_name(&self) -> &'static str {
        R::TYPE
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn create_class(&self) -> CreateClass {
        R::CREATE
    }

    fn visibility(&self) -> Duration {
        R::VISIBILITY
    }

    fn is_carried_on(&self) -> bool {
        R::CARRIED_ON
    }

    fn is_gathered(&self) -> bool {
        R::GATHERED
    }

    fn id(&self, object: &Value) -> Option<String> {
        let object: R = typed(object).ok()?;
        R::id(&object).map(|id| id.to_string())
    }

    fn prepare(&self, desired: &Value, mark: &Mark) -> Result<Value, Error> {
        self.value(&R::prepare(typed(desired)?, mark))
    }

    fn identify(&self, connection: &Connection, desired: Partial<'_>) -> Option<String> {
        R::identify(client::<R::Client>(connection).ok()?, desired).map(|id| id.to_string())
    }

    fn foresee(&self, connection: &Connection, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        client::<R::Client>(connection)
            .map(|client| R::foresee(client, desired))
            .unwrap_or_default()
    }

    fn plan(&self, request: AnyPlan<'_>) -> Advice {
        R::plan(request)
    }

    fn upgrade(&self, version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        R::upgrade(version, attributes)
    }

    fn parse_import(&self, connection: &Connection, text: &str) -> Result<String, Error> {
        R::parse_import(client::<R::Client>(connection)?, text).map(|id| id.to_string())
    }

    async fn read(&self, request: AnyRead<'_>) -> Result<Observed<Value>, Error> {
        let prior: Option<R> = request.prior.map(typed).transpose()?;
        let id = request.id.parse()?;
        let client = client(request.connection)?;
        self.observed(
            R::read(ReadRequest {
                client,
                id: &id,
                prior: prior.as_ref(),
            })
            .await?,
        )
    }

    async fn read_many(&self, request: AnyReadMany<'_>) -> Option<Result<Vec<Observed<Value>>, Error>> {
        let mut wanted = Vec::with_capacity(request.wanted.len());
        for (id, prior) in request.wanted {
            match (id.parse::<R::Id>(), prior.as_ref().map(typed::<R>).transpose()) {
                (Ok(id), Ok(prior)) => wanted.push((id, prior)),
                (Err(error), _) | (_, Err(error)) => return Some(Err(error)),
            }
        }
        let client = match client::<R::Client>(request.connection) {
            Ok(client) => client,
            Err(error) => return Some(Err(error)),
        };
        let read = R::read_many(ReadManyRequest {
            client,
            wanted: &wanted,
        })
        .await?;
        Some(read.and_then(|found| {
            found
                .into_iter()
                .map(|observed| self.observed(observed))
                .collect()
        }))
    }

    async fn create(&self, request: AnyCreate<'_>) -> Result<Created<Value>, Error> {
        let (desired, step): (R, Option<R>) = (typed(request.desired)?, request.step.map(typed).transpose()?);
        let client = client(request.connection)?;
        let created = R::create(CreateRequest {
            client,
            desired: &desired,
            mark: request.mark,
            step: step.as_ref(),
        });
        let created = created.await;
        self.created(created.map_err(|error| at_argument(error, &self.schema.block))?)
    }

    async fn update(&self, request: AnyUpdate<'_>) -> Result<Created<Value>, Error> {
        let (prior, desired): (R, R) = (typed(request.prior)?, typed(request.desired)?);
        let step: Option<R> = request.step.map(typed).transpose()?;
        let (client, id) = (client(request.connection)?, request.id.parse()?);
        let update = UpdateRequest {
            client,
            id: &id,
            prior: &prior,
            desired: &desired,
            mark: request.mark,
            step: step.as_ref(),
        };
        let updated = R::update(update).await;
        self.created(updated.map_err(|error| at_argument(error, &self.schema.block))?)
    }

    async fn delete(&self, request: AnyDelete<'_>) -> Result<Deleted, Error> {
        let prior: Option<R> = request.prior.map(typed).transpose()?;
        let (client, id) = (client(request.connection)?, request.id.parse()?);
        R::delete(DeleteRequest {
            client,
            id: &id,
            prior: prior.as_ref(),
        })
        .await
    }

    async fn find(&self, request: AnyFind<'_>) -> Result<Vec<String>, Error> {
        let (desired, step): (R, Option<R>) = (typed(request.desired)?, request.step.map(typed).transpose()?);
        let client = client(request.connection)?;
        let found = R::find(FindRequest {
            client,
            desired: &desired,
            mark: request.mark,
            step: step.as_ref(),
        })
        .await?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    async fn revoke(&self, request: AnyRevoke<'_>) -> Result<Revoked, Error> {
        let desired: R = typed(request.desired)?;
        let step: Option<R> = request.step.map(typed).transpose()?;
        let id: R::Id = request.id.parse()?;
        let client = client(request.connection)?;
        R::revoke(RevokeRequest {
            client,
            id: &id,
            desired: &desired,
            mark: request.mark,
            step: step.as_ref(),
        })
        .await
    }

    async fn preflight(&self, request: AnyPreflight<'_>) -> Vec<Finding> {
        let Ok(client) = client(request.connection) else {
            return Vec::new();
        };
        let object = |value: Option<&Value>| -> Option<R> { value.and_then(|value| typed(value).ok()) };
        let (prior, replaced) = (object(request.prior), object(request.replaced));
        R::preflight(PreflightRequest {
            client,
            prior: prior.as_ref(),
            replaced: replaced.as_ref(),
            desired: request.desired,
        })
        .await
    }
}

#[async_trait]
impl<D: DataSource> AnyDataSource for ErasedDataSource<D> {
    fn type_name(&self) -> &'static str {
        D::TYPE
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn read(
        &self,
        connection: &Connection,
        config: &Value,
        wanted: Option<&[String]>,
    ) -> Result<Value, Error> {
        let config: D = typed(config)?;
        let read = D::read(ReadDataRequest {
            client: client(connection)?,
            config,
            wanted,
        })
        .await?;
        value_of(&read, &self.schema.block.implied_type())
    }
}

pub(crate) fn client<C: 'static>(connection: &Connection) -> Result<&C, Error> {
    connection.client.downcast_ref().ok_or_else(|| {
        Error::new(
            ErrorKind::Failed,
            "the connection belongs to another provider. This is a bug in regprov",
        )
    })
}

/// The typed object of a value; marks are dropped.
pub(crate) fn typed<T: Schematic + DeserializeOwned>(value: &Value) -> Result<T, Error> {
    let mut json = to_json(value).map_err(|error| bug(&error))?;
    fill_blocks(&mut json, &T::block());
    serde_json::from_value(json).map_err(|error| bug(&error))
}

/// No nested blocks are an empty list, also where the value says null: in an old state, or where the remote decides.
fn fill_blocks(json: &mut serde_json::Value, block: &Block) {
    let serde_json::Value::Object(object) = json else {
        return;
    };
    for (name, nested) in &block.blocks {
        let repeats = nested.nesting != Nesting::Single;
        let inner = object.entry(*name).or_insert(serde_json::Value::Null);
        match inner {
            serde_json::Value::Null if repeats => *inner = serde_json::Value::Array(Vec::new()),
            serde_json::Value::Array(items) => {
                items.iter_mut().for_each(|item| fill_blocks(item, &nested.block))
            }
            other => fill_blocks(other, &nested.block),
        }
    }
}

pub(crate) fn value_of<T: Serialize>(object: &T, ty: &Type) -> Result<Value, Error> {
    let json = serde_json::to_value(object).map_err(|error| bug(&error))?;
    from_json(&json, ty).map_err(|error| bug(&error))
}

/// The value of a typed object.
pub(crate) fn to_value<R: Resource>(object: &R) -> Result<Value, Error> {
    value_of(object, &R::block().implied_type())
}

/// The message holds no content of the value: of serde's text only what was expected is kept, as the rest may quote a
/// secret.
fn bug(error: &dyn std::fmt::Display) -> Error {
    let text = error.to_string();
    let expected = text.rfind("expected ").map_or("another form", |at| &text[at..]);
    Error::new(
        ErrorKind::Failed,
        format!("an object does not have the form of its schema ({expected}). This is a bug in regprov"),
    )
}

/// A block with nothing set: attributes null, no nested blocks.
#[must_use]
pub(crate) fn empty(block: &Block) -> Value {
    let attributes = block
        .attributes
        .iter()
        .map(|(name, attribute)| (*name, Value::null(attribute.ty.clone())));
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let object = nested.block.implied_type();
        let value = match nested.nesting {
            Nesting::Single => Value::null(object),
            Nesting::List => Value::list(object, Vec::new()),
            Nesting::Set => Value::set(object, Vec::new()),
        };
        (*name, value)
    });
    Value::object(attributes.chain(blocks))
}
