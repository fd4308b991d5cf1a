//! Types whose objects are made by one request in a collection, and read, changed and deleted by their path.

use crate::client::{Ask, Client, attribute};
use crate::gates::{self, Gate};
use crate::id::{Id, Shape};
use regprov_http::sanitize;
use regprov_provider::{Created, Deleted, Error, Finding, Observed, Partial};
use regprov_schema::{Computed, Schematic};
use regprov_value::{Value, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// What the requests of a type are for, as messages say it.
pub(crate) struct Words {
    pub(crate) what: &'static str,
    pub(crate) create: &'static str,
    pub(crate) read: &'static str,
    pub(crate) change: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) list: &'static str,
}

/// The words of a type: `words!("label", "labels")`.
macro_rules! words {
    ($one:literal, $many:literal) => {
        $crate::plain::Words {
            what: $one,
            create: concat!("create the ", $one),
            read: concat!("read the ", $one),
            change: concat!("change the ", $one),
            delete: concat!("delete the ", $one),
            list: concat!("list the ", $many),
        }
    };
}
pub(crate) use words;

/// Where objects are listed: path and query.
pub(crate) type Listing = (String, Vec<(&'static str, String)>);

/// A type whose objects are made by one request in a collection. Harbor refuses a second one of the same name.
pub(crate) trait Plain:
    Schematic + Serialize + DeserializeOwned + Clone + Send + Sync + 'static
{
    /// What its requests are for.
    const WORDS: Words;
    /// The argument that makes it unique.
    const NAME: &'static str = "name";
    /// Whether more requests follow the first one.
    const COMPLETED: bool = false;
    /// Whether Harbor decides something that only a read tells.
    const READ_BACK: bool = false;
    /// Whether requests hold a secret.
    const SECRET: bool = false;
    /// Where all objects of the type are listed, each as whole as where it is read alone.
    const SHELF: Option<&'static str> = None;
    /// Arguments that older Harbors do not know.
    const GATES: &'static [Gate] = &[];
    /// The form of its identity.
    type Shape: Shape;
    /// An object as Harbor writes it.
    type Wire: DeserializeOwned + Send + Sync;
    /// What is sent.
    type Body<'a>: Serialize + Sync + Send
    where
        Self: 'a;

    /// The identity.
    fn identity(&self) -> &Computed<String>;
    /// Where it is made.
    fn collection(&self) -> String;
    /// What makes or changes it; `number` is 0 before it is made.
    fn body(&self, number: i64) -> Self::Body<'_>;
    /// The object with the identity that the service gave.
    fn identified(&self, path: &str) -> Self;
    /// The object as it was read; `None` where it is another one than was recorded, of another Harbor.
    fn observed(wire: Self::Wire, path: &str, like: Option<&Self>) -> Option<Self>;
    /// Where it is looked for.
    fn listing(&self) -> Listing;
    /// The identity of an object of the listing, where it is the wanted one.
    fn found(&self, wire: &Self::Wire) -> Option<String>;

    /// Reads an object.
    fn wire(
        client: &Client,
        path: &str,
        like: Option<&Self>,
    ) -> impl Future<Output = Result<Option<Self::Wire>, Error>> + Send {
        let _ = like;
        client.api.get(asked::<Self>(path, Self::WORDS.read))
    }

    /// What follows the first request; may be repeated.
    fn complete(&self, client: &Client, path: &str) -> impl Future<Output = Result<Self, Error>> + Send {
        let _ = client;
        let done = self.identified(path);
        async move { Ok(done) }
    }

    /// Changes an object; may be repeated.
    fn change(
        &self,
        client: &Client,
        path: &str,
        prior: &Self,
    ) -> impl Future<Output = Result<Self, Error>> + Send {
        let _ = prior;
        async move {
            let ask = asked::<Self>(path, Self::WORDS.change);
            client.api.put(ask, &self.body(crate::id::number(path))).await?;
            Ok(self.identified(path))
        }
    }

    /// What a refused create means, where the type knows more of it than the answer says.
    fn explained(&self, client: &Client, error: Error) -> impl Future<Output = Error> + Send {
        let _ = client;
        async move { error }
    }

    /// Checks that need no service.
    fn checks(desired: Partial<'_>) -> Vec<Finding> {
        let _ = desired;
        Vec::new()
    }
}

fn asked<'a, T: Plain>(path: &'a str, operation: &'static str) -> Ask<'a> {
    let ask = Ask::new(path, operation);
    if T::SECRET { ask.secret() } else { ask }
}

/// Reads an object.
pub(crate) async fn read<T: Plain>(
    client: &Client,
    path: &str,
    prior: Option<&T>,
) -> Result<Observed<T>, Error> {
    let wire = T::wire(client, path, prior).await?;
    let object = wire.and_then(|wire| T::observed(wire, path, prior));
    Ok(object.map_or(Observed::Absent, Observed::Present))
}

/// From how many objects on a list is asked for.
const SEVERAL: usize = 3;

/// Reads many objects by one list; `None` where there is none, or it may not be asked for. What is not found in it by
/// its recorded name is read by itself.
pub(crate) async fn read_many<T: Plain>(
    client: &Client,
    wanted: &[(Id<T::Shape>, Option<T>)],
) -> Option<Result<Vec<Observed<T>>, Error>> {
    let shelf = T::SHELF.filter(|_| wanted.len() >= SEVERAL)?;
    let listed: Vec<T::Wire> = client.api.list(asked::<T>(shelf, T::WORDS.list)).await.ok()?;
    Some(observe_many(client, wanted, listed).await)
}

async fn observe_many<T: Plain>(
    client: &Client,
    wanted: &[(Id<T::Shape>, Option<T>)],
    mut listed: Vec<T::Wire>,
) -> Result<Vec<Observed<T>>, Error> {
    let mut found = Vec::with_capacity(wanted.len());
    for (id, prior) in wanted {
        let (path, prior) = (id.path(), prior.as_ref());
        let at = prior.and_then(|prior| {
            let mut rows = listed.iter();
            rows.position(|wire| prior.found(wire).as_deref() == Some(path))
        });
        found.push(match at {
            Some(at) => {
                let object = T::observed(listed.swap_remove(at), path, prior);
                object.map_or(Observed::Absent, Observed::Present)
            }
            None => read(client, path, prior).await?,
        });
    }
    Ok(found)
}

/// The object as it is told, where Harbor decides something of it.
async fn told<T: Plain>(client: &Client, path: &str, object: T) -> Result<T, Error> {
    if !T::READ_BACK {
        return Ok(object);
    }
    match read(client, path, Some(&object)).await? {
        Observed::Present(object) => Ok(object),
        Observed::Absent | Observed::Settling(_) => Ok(object),
    }
}

/// Makes an object, from the identity of what stands where something does.
pub(crate) async fn create<T: Plain>(
    client: &Client,
    desired: &T,
    stands: Option<&String>,
) -> Result<Created<T>, Error> {
    if let Some(path) = stands {
        let done = desired.complete(client, path).await?;
        return Ok(Created::Done(told(client, path, done).await?));
    }
    let collection = desired.collection();
    let ask = asked::<T>(&collection, T::WORDS.create);
    let made = match client.api.create(ask, &desired.body(0)).await {
        Ok(path) => desired.identified(&path),
        Err(error) => return Err(desired.explained(client, error).await),
    };
    if T::COMPLETED || T::READ_BACK {
        return Ok(Created::Step(made));
    }
    Ok(Created::Done(made))
}

/// Changes an object.
pub(crate) async fn update<T: Plain>(
    client: &Client,
    path: &str,
    prior: &T,
    desired: &T,
) -> Result<Created<T>, Error> {
    let done = desired.change(client, path, prior).await?;
    Ok(Created::Done(told(client, path, done).await?))
}

/// Deletes an object.
pub(crate) async fn delete<T: Plain>(client: &Client, path: &str) -> Result<Deleted, Error> {
    let ask = Ask::new(path, T::WORDS.delete);
    client.api.delete(ask).await.map(|()| Deleted::Gone)
}

/// The identity of the object of a name.
pub(crate) async fn find<T: Plain>(client: &Client, desired: &T) -> Result<Option<String>, Error> {
    let (path, query) = desired.listing();
    let query: Vec<(&str, &str)> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let ask = asked::<T>(&path, T::WORDS.list).query(&query);
    let listed: Vec<T::Wire> = match client.api.list(ask).await {
        Err(error) if error.status == Some(404) => return Ok(None),
        listed => listed?,
    };
    Ok(listed.iter().find_map(|wire| desired.found(wire)))
}

/// The planned object, where all that is written of it is known.
pub(crate) fn settled<T: Schematic + DeserializeOwned>(desired: Partial<'_>) -> Option<T> {
    let block = T::block();
    let mut known = Vec::new();
    for (name, value) in desired.0.as_entries()? {
        let decided = block
            .attributes
            .get(name.as_ref())
            .is_some_and(|attribute| attribute.computed);
        let value = match value.is_wholly_known() {
            true => value.clone(),
            false if decided => Value::null(value.ty()),
            false => return None,
        };
        known.push((name.clone(), value));
    }
    serde_json::from_value(to_json(&Value::object(known).unmark_deep().0).ok()?).ok()
}

/// Checks at the service.
pub(crate) async fn preflight<T: Plain>(
    client: &Client,
    desired: Partial<'_>,
    known: (Option<&T>, Option<&T>),
) -> Vec<Finding> {
    let (prior, replaced) = known;
    let mut findings = gates::too_old(client, desired, T::GATES);
    let (None, Some(object)) = (prior, settled::<T>(desired)) else {
        return findings;
    };
    let found = find(client, &object).await.ok().flatten();
    let replaced = replaced.and_then(|replaced| replaced.identity().get());
    if let Some(id) = found.filter(|id| replaced != Some(id)) {
        findings.push(taken(T::NAME, T::WORDS.what, &id));
    }
    findings
}

fn taken(argument: &str, what: &str, id: &str) -> Finding {
    Finding {
        fatal: true,
        path: attribute(argument),
        summary: "Object already exists".to_owned(),
        detail: format!(
            "This Harbor has such a {what} already; its id is `{}`.",
            sanitize(id)
        ),
        remedy: Some(format!(
            "If it is yours, take it over with an `import` block: `id = {id:?}`. Or choose another name."
        )),
    }
}

/// Makes a plain type a resource type.
macro_rules! plain_resource {
    ($type:ty, $shape:ty, $name:literal) => {
        impl ::regprov_provider::Resource for $type {
            const TYPE: &'static str = $name;
            const CREATE: ::regprov_provider::CreateClass = ::regprov_provider::CreateClass::UniqueName;
            const VISIBILITY: ::std::time::Duration = $crate::client::VISIBILITY;
            const CARRIED_ON: bool =
                <$type as $crate::plain::Plain>::COMPLETED || <$type as $crate::plain::Plain>::READ_BACK;
            type Client = $crate::client::Client;
            type Id = $crate::id::Id<$shape>;

            fn id(object: &Self) -> Option<Self::Id> {
                $crate::plain::Plain::identity(object).get()?.parse().ok()
            }

            async fn read(
                request: ::regprov_provider::ReadRequest<'_, Self>,
            ) -> Result<::regprov_provider::Observed<Self>, ::regprov_provider::Error> {
                $crate::plain::read(request.client, request.id.path(), request.prior).await
            }

            async fn read_many(
                request: ::regprov_provider::ReadManyRequest<'_, Self>,
            ) -> Option<Result<Vec<::regprov_provider::Observed<Self>>, ::regprov_provider::Error>> {
                $crate::plain::read_many(request.client, request.wanted).await
            }

            async fn create(
                request: ::regprov_provider::CreateRequest<'_, Self>,
            ) -> Result<::regprov_provider::Created<Self>, ::regprov_provider::Error> {
                let stands = request
                    .step
                    .and_then(|step| $crate::plain::Plain::identity(step).get());
                $crate::plain::create(request.client, request.desired, stands).await
            }

            async fn update(
                request: ::regprov_provider::UpdateRequest<'_, Self>,
            ) -> Result<::regprov_provider::Created<Self>, ::regprov_provider::Error> {
                $crate::plain::update(
                    request.client,
                    request.id.path(),
                    request.prior,
                    request.desired,
                )
                .await
            }

            async fn delete(
                request: ::regprov_provider::DeleteRequest<'_, Self>,
            ) -> Result<::regprov_provider::Deleted, ::regprov_provider::Error> {
                $crate::plain::delete::<Self>(request.client, request.id.path()).await
            }

            async fn find(
                request: ::regprov_provider::FindRequest<'_, Self>,
            ) -> Result<Vec<Self::Id>, ::regprov_provider::Error> {
                let found = $crate::plain::find(request.client, request.desired).await?;
                Ok(found
                    .and_then(|path| path.parse().ok())
                    .into_iter()
                    .collect())
            }

            fn plan(request: ::regprov_provider::PlanRequest<'_>) -> ::regprov_provider::Advice {
                ::regprov_provider::Advice {
                    findings: <Self as $crate::plain::Plain>::checks(request.desired),
                    ..::regprov_provider::Advice::default()
                }
            }

            async fn preflight(
                request: ::regprov_provider::PreflightRequest<'_, Self>,
            ) -> Vec<::regprov_provider::Finding> {
                let known = (request.prior, request.replaced);
                $crate::plain::preflight(request.client, request.desired, known).await
            }
        }
    };
}
pub(crate) use plain_resource;
