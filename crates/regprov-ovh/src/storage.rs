//! `ovh_cloud_project_storage`: a bucket of the object storage. Its name is unique in the world, and it is never emptied by us.

pub(crate) mod parts;
pub(crate) mod wire;

use crate::client::{Client, attribute};
use crate::id::BucketId;
use crate::rights;
use http::Method;
use parts::{Encryption, Object, ObjectLock, Replication, Versioning, agree};
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, Finding, Observed,
    Partial, PlanRequest, PreflightRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// A bucket of the object storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Storage {
    /// The Public Cloud project.
    #[schema(replaces)]
    pub(crate) service_name: Option<String>,
    /// Its region.
    #[schema(replaces)]
    pub(crate) region_name: String,
    /// Its name.
    #[schema(replaces, rules = &[Rule::Check(check_name)])]
    pub(crate) name: String,
    /// The user that owns it.
    #[schema(optional)]
    pub(crate) owner_id: Computed<i64>,
    /// How its content is encrypted.
    #[schema(optional, meaning = Meaning::By(agree))]
    pub(crate) encryption: Computed<Encryption>,
    /// Whether earlier versions of objects are kept.
    #[schema(optional, meaning = Meaning::By(agree))]
    pub(crate) versioning: Computed<Versioning>,
    /// Whether objects can be held.
    #[schema(optional, meaning = Meaning::By(agree))]
    pub(crate) object_lock: Computed<ObjectLock>,
    /// Where its objects are copied to.
    #[schema(optional, meaning = Meaning::By(agree))]
    pub(crate) replication: Computed<Replication>,
    /// Tags.
    #[schema(optional)]
    pub(crate) tags: Computed<BTreeMap<String, String>>,
    /// Whether its objects are not listed.
    #[schema(meaning = Meaning::ZeroIsNull)]
    pub(crate) hide_objects: Option<bool>,
    /// How many objects are listed.
    #[schema(optional)]
    pub(crate) limit: Computed<u64>,
    /// After which key objects are listed.
    #[schema(optional)]
    pub(crate) marker: Computed<String>,
    /// How the keys of listed objects begin.
    #[schema(optional)]
    pub(crate) prefix: Computed<String>,
    /// When it was made.
    pub(crate) created_at: Computed<String>,
    /// Its objects. They come and go without being a change.
    #[schema(meaning = Meaning::By(whatever))]
    pub(crate) objects: Computed<Vec<Object>>,
    /// How many objects it has.
    #[schema(meaning = Meaning::By(whatever))]
    pub(crate) objects_count: Computed<u64>,
    /// How much they take, in bytes.
    #[schema(meaning = Meaning::By(whatever))]
    pub(crate) objects_size: Computed<u64>,
    /// Its region.
    pub(crate) region: Computed<String>,
    /// Its address.
    pub(crate) virtual_host: Computed<String>,
    /// Its id.
    pub(crate) id: Computed<String>,
}

fn whatever(_: &Value, _: &Value) -> bool {
    true
}

fn check_name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    let edge = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let allowed = |letter: char| edge(letter) || letter == '-' || letter == '.';
    if (3..=63).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(edge)
        && name.ends_with(edge)
        && !name.contains("..")
    {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no name of a bucket: it has 3 to 63 lower-case letters, digits, dots and hyphens, and begins and ends with \
         a letter or digit"
    ))
}

/// What of a bucket's content is listed.
pub(crate) struct Listing<'a> {
    pub(crate) hide: bool,
    pub(crate) limit: Option<u64>,
    pub(crate) marker: Option<&'a str>,
    pub(crate) prefix: Option<&'a str>,
}

/// Reads a bucket.
pub(crate) async fn get(
    client: &Client,
    id: &BucketId,
    listing: &Listing<'_>,
) -> Result<Option<wire::Bucket>, Error> {
    let path = path(id);
    let limit = if listing.hide { Some(0) } else { listing.limit };
    let limit = limit.map(|limit| limit.to_string());
    let query: Vec<(&str, &str)> = [
        ("limit", limit.as_deref()),
        ("marker", listing.marker),
        ("prefix", listing.prefix),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    client.api()?.get_with(&path, &query, "read the bucket").await
}

fn path(id: &BucketId) -> [&str; 7] {
    [
        "cloud",
        "project",
        id.part(0),
        "region",
        id.part(1),
        "storage",
        id.part(2),
    ]
}

impl Storage {
    fn of(id: &BucketId, wire: wire::Bucket, like: Option<&Self>) -> Self {
        let hide = like.and_then(|like| like.hide_objects);
        let objects = wire.objects.unwrap_or_default().into_iter().map(Object::from);
        Self {
            service_name: Some(id.part(0).to_owned()),
            region_name: id.part(1).to_owned(),
            name: wire.name,
            owner_id: Computed(wire.owner_id),
            encryption: Computed(wire.encryption.map(Encryption::from)),
            versioning: Computed(wire.versioning.map(Versioning::from)),
            object_lock: Computed(wire.object_lock.map(ObjectLock::from)),
            replication: Computed(wire.replication.map(Replication::from)),
            tags: Computed::known(wire.tags.unwrap_or_default()),
            hide_objects: hide,
            limit: like.map(|like| like.limit.clone()).unwrap_or_default(),
            marker: like.map(|like| like.marker.clone()).unwrap_or_default(),
            prefix: like.map(|like| like.prefix.clone()).unwrap_or_default(),
            created_at: Computed(wire.created_at),
            objects: Computed::known(if hide == Some(true) {
                Vec::new()
            } else {
                objects.collect()
            }),
            objects_count: Computed::known(wire.objects_count.unwrap_or(0)),
            objects_size: Computed::known(wire.objects_size.unwrap_or(0)),
            region: Computed::known(wire.region),
            virtual_host: Computed(wire.virtual_host),
            id: Computed::known(id.to_string()),
        }
    }

    fn listing(like: Option<&Self>) -> Listing<'_> {
        Listing {
            hide: like.and_then(|like| like.hide_objects) == Some(true),
            limit: like.and_then(|like| like.limit.0),
            marker: like.and_then(|like| like.marker.get()).map(String::as_str),
            prefix: like.and_then(|like| like.prefix.get()).map(String::as_str),
        }
    }

    fn settings(&self) -> wire::Settings {
        wire::Settings {
            encryption: self.encryption.get().map(wire::Encryption::from),
            versioning: self.versioning.get().map(wire::Versioning::from),
            object_lock: self.object_lock.get().map(wire::ObjectLock::from),
            replication: self.replication.get().map(wire::Replication::from),
            tags: self.tags.0.clone(),
        }
    }

    async fn present(client: &Client, id: &BucketId, like: &Self) -> Result<Created<Self>, Error> {
        let wire = get(client, id, &Self::listing(Some(like)))
            .await?
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::NotYetVisible,
                    "failed to read the bucket: it is not there",
                )
            })?;
        Ok(Created::Done(Self::of(id, wire, Some(like))))
    }
}

impl Resource for Storage {
    const TYPE: &'static str = "ovh_cloud_project_storage";
    const CREATE: CreateClass = CreateClass::UniqueName;
    const VISIBILITY: Duration = Duration::from_secs(15);
    type Client = Client;
    type Id = BucketId;

    fn id(object: &Self) -> Option<BucketId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let listing = Self::listing(request.prior);
        let read = get(request.client, request.id, &listing).await?;
        Ok(read.map_or(Observed::Absent, |wire| {
            Observed::Present(Self::of(request.id, wire, request.prior))
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let project = desired.service_name.as_deref().filter(|name| !name.is_empty());
        let project = project.ok_or_else(|| {
            let kind = ErrorKind::Invalid(attribute("service_name"));
            Error::new(kind, "Missing service_name").remedy(MISSING)
        })?;
        let id = BucketId::new([project, &desired.region_name, &desired.name]);
        let new = wire::New {
            name: &desired.name,
            owner_id: desired.owner_id.0,
            settings: desired.settings(),
        };
        let [a, b, c, d, e, f, _] = path(&id);
        let made: Result<wire::Bucket, Error> = client
            .api()?
            .create(&[a, b, c, d, e, f], &new, "make the bucket")
            .await;
        match made {
            // It is not read again: what was made a moment ago may not be seen yet, and a second request would be refused.
            Ok(wire) => Ok(Created::Done(Self::of(&id, wire, Some(desired)))),
            Err(error) if error.status == Some(409) => Err(taken(client, &id, error).await),
            Err(error) => Err(error),
        }
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, prior, desired) = (request.client, request.prior, request.desired);
        let (before, after) = (prior.settings(), desired.settings());
        if before != after {
            // What is as it was is not sent: the service refuses some of it.
            let changed = wire::Settings {
                encryption: after
                    .encryption
                    .filter(|now| before.encryption.as_ref() != Some(now)),
                versioning: after
                    .versioning
                    .filter(|now| before.versioning.as_ref() != Some(now)),
                object_lock: after
                    .object_lock
                    .filter(|now| before.object_lock.as_ref() != Some(now)),
                replication: after
                    .replication
                    .filter(|now| before.replication.as_ref() != Some(now)),
                tags: after.tags.filter(|now| before.tags.as_ref() != Some(now)),
            };
            client
                .api()?
                .put(&path(request.id), &changed, "change the bucket")
                .await?;
        }
        Self::present(client, request.id, desired).await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let deleted = request
            .client
            .api()?
            .delete(&path(request.id), "delete the bucket")
            .await;
        match deleted {
            Ok(()) => Ok(Deleted::Gone),
            Err(error) if matches!(error.status, Some(400 | 409)) && error.message.contains("empty") => {
                let remedy = format!(
                    "regprov never empties a bucket. Empty it first (all versions, with `aws s3api` or the Control Panel), or \
                     take it out of the state and keep it: `regprov state rm ADDRESS`. It is {}.",
                    request.id
                );
                Err(Error {
                    kind: ErrorKind::Failed,
                    ..error
                }
                .remedy(remedy))
            }
            Err(error) => Err(error),
        }
    }

    fn identify(client: &Client, desired: Partial<'_>) -> Option<BucketId> {
        let project = desired.text("service_name").or(client.project.as_deref());
        BucketId::known([project, desired.text("region_name"), desired.text("name")])
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Self::identify(client, desired);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }

    async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
        let Some(id) = Self::identify(request.client, request.desired) else {
            return Vec::new();
        };
        let path = format!("/{}", path(&id).join("/"));
        let (method, path) = match request.prior {
            Some(_) => (Method::PUT, path.as_str()),
            None => (
                Method::POST,
                path.rsplit_once('/').map_or("", |(parent, _)| parent),
            ),
        };
        let missing = rights::missing(request.client, &method, path).await;
        let full = match request.replaced {
            Some(replaced) => replaced.not_empty(request.client).await,
            None => None,
        };
        missing.into_iter().chain(full).collect()
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        advice(&request)
    }

    fn parse_import(client: &Client, text: &str) -> Result<BucketId, Error> {
        BucketId::imported(text, client.project.as_deref())
    }
}

impl Storage {
    /// What is told of a bucket that has to be deleted for another one to take its place, and holds objects.
    async fn not_empty(&self, client: &Client) -> Option<Finding> {
        // What was recorded of objects is old: they come and go without being a change.
        let id: BucketId = self.id.get()?.parse().ok()?;
        let bucket = get(client, &id, &Self::listing(None)).await.ok()??;
        let count = bucket.objects_count?;
        (count > 0).then(|| Finding {
            fatal: true,
            path: None,
            summary: "Bucket is not empty".to_owned(),
            detail: format!(
                "The bucket `{}` in {} is to be replaced, and holds objects ({count} are listed). OVHcloud deletes empty \
                 buckets only, and regprov never empties one.",
                self.name, self.region_name
            ),
            remedy: Some(
                "Keep what stands, or declare a second bucket, copy the objects, then empty and remove this one."
                    .to_owned(),
            ),
        })
    }
}

const MISSING: &str = "Set `service_name`, the id of the Public Cloud project, or OVH_CLOUD_PROJECT_SERVICE.";

/// A name that is taken: by a bucket of this project, or by somebody else.
async fn taken(client: &Client, id: &BucketId, error: Error) -> Error {
    let listing = Storage::listing(None);
    match get(client, id, &listing).await {
        Ok(Some(_)) => Error {
            kind: ErrorKind::Exists(Some(id.to_string())),
            ..error
        },
        Ok(None) | Err(_) => Error {
            kind: ErrorKind::Exists(None),
            ..error
        }
        .remedy("Names of buckets are unique among all customers: choose another `name`."),
    }
}

/// The status in a part of an object.
fn status<'a>(object: &Partial<'a>, part: &str) -> Option<&'a str> {
    object.known(part)?.get("status")?.as_str()
}

/// What a changed place means.
fn moved(name: &str, before: &str, after: &str) -> Finding {
    Finding {
        fatal: false,
        path: attribute(name),
        summary: "Objects will be lost".to_owned(),
        detail: format!(
            "A bucket cannot move from {before} to {after}: it is deleted, and a new one is made, which holds nothing."
        ),
        remedy: Some(format!(
            "Keep `{name} = \"{before}\"`, or declare a second bucket, copy the objects, then remove this one."
        )),
    }
}

fn advice(request: &PlanRequest<'_>) -> Advice {
    let mut advice = Advice::default();
    if request.desired.is_unset("service_name") {
        advice.findings.push(Finding {
            fatal: true,
            path: attribute("service_name"),
            summary: "Missing service_name".to_owned(),
            detail: "The bucket does not say in which Public Cloud project it is.".to_owned(),
            remedy: Some(MISSING.to_owned()),
        });
    }
    let Some(prior) = request.prior else {
        return advice;
    };
    for name in ["region_name", "service_name"] {
        let places = prior.text(name).zip(request.desired.text(name));
        if let Some((before, after)) = places.filter(|(before, after)| before != after) {
            advice.findings.push(moved(name, before, after));
        }
    }
    let lock = |object: &Partial<'_>| status(object, "object_lock").unwrap_or("disabled") == "enabled";
    if lock(&prior) != lock(&request.desired) && !request.desired.is_open("object_lock") {
        advice.replace.extend(attribute("object_lock"));
    }
    let (before, after) = (
        status(&prior, "versioning"),
        status(&request.desired, "versioning"),
    );
    if after == Some("disabled") && matches!(before, Some("enabled" | "suspended")) {
        advice.findings.push(Finding {
            fatal: true,
            path: attribute("versioning"),
            summary: "Versioning cannot be disabled".to_owned(),
            detail: "Versioning that was enabled once can be suspended, and not disabled again.".to_owned(),
            remedy: Some("Write `versioning = { status = \"suspended\" }`.".to_owned()),
        });
    }
    let owners = prior.number("owner_id").zip(request.desired.number("owner_id"));
    if let Some((before, after)) = owners.filter(|(before, after)| before != after) {
        advice.findings.push(Finding {
            fatal: true,
            path: attribute("owner_id"),
            summary: "Owner cannot change".to_owned(),
            detail: format!(
                "The bucket is owned by the user {before}, and OVHcloud cannot give it to {after}."
            ),
            remedy: Some(format!(
                "Keep `owner_id = {before}`, and let the other user in by `ovh_cloud_project_user_s3_policy`."
            )),
        });
    }
    advice
}
