//! The contract of a resource type.

use crate::{Error, ErrorKind, Partial};
use jiff::Timestamp;
use regprov_addr::AttributePath;
use regprov_schema::{Schematic, Timeouts};
use regprov_value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

/// One resource type. The implementing struct *is* the object as it stands in configuration and state: each field is the
/// argument's public name, once.
///
/// Laws: an operation asks its service and returns; it neither sleeps nor retries nor compares. Absence is a value.
/// Deleting what is gone is success. A resource is called only when its object is wholly known.
pub trait Resource: Schematic + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The resource type: `azurerm_container_registry`.
    const TYPE: &'static str;
    /// The version of the form in state.
    const VERSION: u64 = 0;
    /// What a repeated create would do.
    const CREATE: CreateClass;
    /// How long a committed object may stay invisible to reads.
    const VISIBILITY: Duration = Duration::from_secs(0);
    /// Whether the object is made in several requests, all but the first of which may be repeated: a create or update that
    /// was cut short is then carried on from the object that is found, and never revoked.
    const CARRIED_ON: bool = false;
    /// Whether the type joins the writes of many objects in one request. They then take no places of their own, so that all
    /// that are ready can be joined.
    const GATHERED: bool = false;
    /// Default limits of the operations.
    const TIMEOUTS: Timeouts = Timeouts {
        create: Duration::from_secs(30 * 60),
        read: Duration::from_secs(5 * 60),
        update: Duration::from_secs(30 * 60),
        delete: Duration::from_secs(30 * 60),
    };
    /// What it asks through.
    type Client: Send + Sync + 'static;
    /// The remote's own name of an object.
    type Id: FromStr<Err = Error> + Display + Clone + Send + Sync;

    /// The identity of an object; `None` where the object does not tell it.
    fn id(object: &Self) -> Option<Self::Id>;

    /// Reads an object. Attributes that are told once or are ours alone are filled in by the engine.
    ///
    /// # Errors
    /// Where the service fails; absence is [`Observed::Absent`].
    fn read(request: ReadRequest<'_, Self>) -> impl Future<Output = Result<Observed<Self>, Error>> + Send;

    /// Creates the object. Called again with the object of the last [`Created::Step`].
    ///
    /// # Errors
    /// Where the service refuses or fails.
    fn create(request: CreateRequest<'_, Self>) -> impl Future<Output = Result<Created<Self>, Error>> + Send;

    /// Changes the object in place.
    ///
    /// # Errors
    /// Where the service refuses or fails.
    fn update(request: UpdateRequest<'_, Self>) -> impl Future<Output = Result<Created<Self>, Error>> + Send {
        let _ = request;
        async {
            Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} has no argument that can change in place", Self::TYPE),
            ))
        }
    }

    /// Deletes the object; deleting what is gone is success.
    ///
    /// # Errors
    /// Where the service refuses or fails.
    fn delete(request: DeleteRequest<'_, Self>) -> impl Future<Output = Result<Deleted, Error>> + Send;

    /// Fills in what we choose ourselves (derived names, client-chosen secrets) before the journal's begin record is made
    /// durable. Deterministic in the object and the mark.
    #[must_use]
    fn prepare(desired: Self, mark: &Mark) -> Self {
        let _ = mark;
        desired
    }

    /// The identity that a desired object would have, where it follows from its arguments.
    fn identify(client: &Self::Client, desired: Partial<'_>) -> Option<Self::Id> {
        let _ = (client, desired);
        None
    }

    /// Attributes whose value follows from known arguments before the object exists: ARM ids, derived names.
    fn foresee(client: &Self::Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let _ = (client, desired);
        Vec::new()
    }

    /// Finds what an earlier create with this mark made, where its answer was lost. The default asks for the identity that
    /// the object would have.
    ///
    /// # Errors
    /// Where the service fails.
    fn find(request: FindRequest<'_, Self>) -> impl Future<Output = Result<Vec<Self::Id>, Error>> + Send {
        async move {
            let Ok(value) = crate::erased::to_value(request.desired) else {
                return Ok(Vec::new());
            };
            let Some(id) = Self::identify(request.client, Partial(&value)) else {
                return Ok(Vec::new());
            };
            match Self::read(ReadRequest {
                client: request.client,
                id: &id,
                prior: None,
            })
            .await?
            {
                Observed::Absent => Ok(Vec::new()),
                Observed::Settling(_) | Observed::Present(_) => Ok(vec![id]),
            }
        }
    }

    /// Takes away what an attempt with this mark made *within* an object and was not told of: a secret of a block. What is
    /// found by [`Resource::find`] is a whole object.
    ///
    /// # Errors
    /// Where the service fails.
    fn revoke(request: RevokeRequest<'_, Self>) -> impl Future<Output = Result<Revoked, Error>> + Send {
        let _ = request;
        async { Ok(Revoked::Never) }
    }

    /// Reads many objects in fewer requests than one each, in the order asked; `None` where that is not possible.
    fn read_many(
        request: ReadManyRequest<'_, Self>,
    ) -> impl Future<Output = Option<Result<Vec<Observed<Self>>, Error>>> + Send {
        let _ = request;
        async { None }
    }

    /// Checks at the service, while planning, whether creating or changing the object would be refused: names, regions,
    /// SKUs, permissions, quotas, existing objects.
    fn preflight(request: PreflightRequest<'_, Self>) -> impl Future<Output = Vec<Finding>> + Send {
        let _ = request;
        async { Vec::new() }
    }

    /// Advice to the planner that the schema cannot express. Pure.
    fn plan(request: PlanRequest<'_>) -> Advice {
        let _ = request;
        Advice::default()
    }

    /// Rewrites a stored object of an older version of the form.
    ///
    /// # Errors
    /// With a sentence, where the old form cannot be understood.
    fn upgrade(version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        let _ = version;
        Ok(attributes)
    }

    /// Reads an import id.
    ///
    /// # Errors
    /// Where the text is not an id of this type; the message shows its form.
    fn parse_import(client: &Self::Client, text: &str) -> Result<Self::Id, Error> {
        let _ = client;
        text.parse()
    }
}

/// What a repeated create would do, and so how a lost answer is recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateClass {
    /// The client names the object; repeating the request leaves one object.
    ClientNamed,
    /// The service refuses a second object of the name.
    UniqueName,
    /// The service makes or changes the object that carries our key.
    Upsert,
    /// Every request makes another object; ours carries our mark.
    ServerNamed,
}

/// What a create attempt is known by. It is in the journal before the request is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// `regprov-` and 32 hexadecimal digits, unique to the attempt.
    pub text: String,
    /// 16 random bytes, unique to the attempt.
    pub nonce: [u8; 16],
    /// When the attempt began.
    pub begun: Timestamp,
}

/// What a read found.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed<R> {
    /// There is no such object.
    Absent,
    /// It is there and not ready; the text says what it waits for.
    Settling(String),
    /// It is there.
    Present(R),
}

/// How far a create or an update came.
#[derive(Clone, Debug, PartialEq)]
pub enum Created<R> {
    /// It is done; this is the object.
    Done(R),
    /// The service works on it: the engine records this object and polls read.
    Pending {
        /// The object as far as it is known; its identity is.
        object: R,
        /// What it waits for.
        reason: String,
        /// When the service wants to be asked.
        after: Option<Duration>,
    },
    /// Record this object, then call again.
    Step(R),
}

/// How far a delete came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// The service works on it: the engine polls read until the object is absent.
    Pending {
        /// What it waits for.
        reason: String,
        /// When the service wants to be asked.
        after: Option<Duration>,
    },
}

/// What became of a part of an object that a lost answer may have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The attempt makes nothing of the kind.
    Never,
    /// It is not there, or not to be seen yet.
    NotSeen,
    /// It was there and is gone.
    Gone,
}

/// What a check while planning found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the plan must stop.
    pub fatal: bool,
    /// The argument it is about.
    pub path: Option<AttributePath>,
    /// A few constant words.
    pub summary: String,
    /// What is wrong and why.
    pub detail: String,
    /// What to do.
    pub remedy: Option<String>,
}

/// Advice to the planner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// Arguments whose change replaces the object, beyond those of the schema.
    pub replace: Vec<AttributePath>,
    /// Changes that are none; the prior value stays.
    pub suppress: Vec<AttributePath>,
    /// Computed attributes that this change opens again.
    pub recompute: Vec<&'static str>,
    /// Problems and warnings.
    pub findings: Vec<Finding>,
}

/// What a read needs.
pub struct ReadRequest<'a, R: Resource> {
    /// What to ask through.
    pub client: &'a R::Client,
    /// Which object.
    pub id: &'a R::Id,
    /// The object as last recorded.
    pub prior: Option<&'a R>,
}

/// What a read of many needs.
pub struct ReadManyRequest<'a, R: Resource> {
    /// What to ask through.
    pub client: &'a R::Client,
    /// Which objects, and how they were last recorded.
    pub wanted: &'a [(R::Id, Option<R>)],
}

/// What a create needs.
pub struct CreateRequest<'a, R: Resource> {
    /// What to ask through.
    pub client: &'a R::Client,
    /// The object to make, prepared.
    pub desired: &'a R,
    /// What the attempt is known by.
    pub mark: &'a Mark,
    /// The object of the last step, where there was one.
    pub step: Option<&'a R>,
}

/// What an update needs.
pub struct UpdateRequest<'a, R: Resource> {
    /// What to ask through.
    pub client: &'a R::Client,
    /// Which object.
    pub id: &'a R::Id,
    /// The object as it stands.
    pub prior: &'a R,
    /// The object as it shall stand.
    pub desired: &'a R,
    /// What the attempt is known by.
    pub mark: &'a Mark,
    /// The object of the last step, where there was one.
    pub step: Option<&'a R>,
}

/// What taking away a lost part needs.
pub struct RevokeRequest<'a, R: Resource> {
    /// What to ask through.
    pub client: &'a R::Client,
    /// Which object.
    pub id: &'a R::Id,
    /// The object that was to be made, prepared.
    pub desired: &'a R,
    /// What the attempt is known by.
    pub mark: &'a Mark,
    /// The object of the last step, where there was one: what is recorded in it is not lost.
    pub step: Option<&'a R>,
}

/// What a delete needs.
pub struct DeleteRequest<'a, R: Resource> {
    /// What to ask through.
    pub client: &'a R::Client,
    /// Which object.
    pub id: &'a R::Id,
    /// The object as last recorded.
    pub prior: Option<&'a R>,
}

/// What a search for a lost object needs.
pub struct FindRequest<'a, R: Resource> {
    /// What to ask through.
    pub client: &'a R::Client,
    /// The object that was to be made, prepared.
    pub desired: &'a R,
    /// What the attempt is known by.
    pub mark: &'a Mark,
    /// The object of the last step, where there was one. It has no identity: it is what the attempt noted before it wrote.
    pub step: Option<&'a R>,
}

/// What a check while planning needs.
pub struct PreflightRequest<'a, R: Resource> {
    /// What to ask through.
    pub client: &'a R::Client,
    /// The object as it stands; `None` for a create.
    pub prior: Option<&'a R>,
    /// The object that the new one replaces.
    pub replaced: Option<&'a R>,
    /// The planned object; some of it may be known only after apply.
    pub desired: Partial<'a>,
}

/// What advice is asked for.
pub struct PlanRequest<'a> {
    /// The object as it stands; `None` for a create.
    pub prior: Option<Partial<'a>>,
    /// The planned object; some of it may be known only after apply.
    pub desired: Partial<'a>,
    /// The arguments as written, before defaults and prior values.
    pub config: Partial<'a>,
}
