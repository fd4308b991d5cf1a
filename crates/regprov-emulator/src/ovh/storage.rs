//! Buckets (S3 containers) of a region. Their names are unique in the world.

mod period;
mod settings;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::{Ovh, Reply, nothing};
use super::{failure, user};
use crate::answer::Answer;
use crate::clock;
use crate::store::Transaction;

use settings::{Change, Kept, New};

/// Buckets by name.
const BUCKETS: &str = "ovh/buckets";
/// Objects by `{bucket}/{key}`.
const OBJECTS: &str = "_ovh_objects";
/// Where buckets can be.
const REGIONS: &[&str] = &[
    "BHS",
    "DE",
    "EU-WEST-PAR",
    "GRA",
    "RBX",
    "SBG",
    "SGP",
    "SYD",
    "UK",
    "US-EAST-VA",
    "US-WEST-OR",
    "WAW",
];

/// A bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Bucket {
    name: String,
    project: String,
    region: String,
    owner: u64,
    created_at: Timestamp,
    settings: Kept,
}

/// An object of a bucket, of which the sandbox knows no content.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Object {
    key: String,
    size: u64,
    version: String,
    modified_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bulk {
    objects: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    key: String,
    version_id: Option<String>,
}

/// Sends a request to who answers it.
pub(super) fn handle(ovh: &mut Ovh<'_>, (project, region): (&str, &str), rest: &[&str]) -> Reply {
    if !REGIONS.contains(&region) {
        return Err(failure::absent("regionName", region));
    }
    match (ovh.call.method.as_str(), rest) {
        ("GET", []) => Ok(list(ovh, project, region)),
        ("POST", []) => create(ovh, project, region),
        (_, [name, rest @ ..]) => {
            let bucket: Bucket = ovh
                .tx
                .get(BUCKETS, name)
                .filter(|bucket: &Bucket| bucket.project == project && bucket.region == region)
                .ok_or_else(|| failure::absent("name", name))?;
            one(ovh, bucket, rest)
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

/// The regions of a project.
pub(super) fn regions() -> Answer {
    Answer::json(200, &REGIONS)
}

fn one(ovh: &mut Ovh<'_>, mut bucket: Bucket, rest: &[&str]) -> Reply {
    match (ovh.call.method.as_str(), rest) {
        ("GET", []) => Ok(Answer::json(200, &body(ovh, &bucket, true))),
        ("PUT", []) => {
            let change: Change = ovh.body()?;
            bucket.settings.change(change)?;
            ovh.tx.put(BUCKETS, &bucket.name, &bucket);
            nothing()
        }
        ("DELETE", []) => {
            if !objects(ovh.tx, &bucket.name).is_empty() {
                return Err(failure::conflict("The bucket you tried to delete is not empty"));
            }
            ovh.tx.delete(BUCKETS, &bucket.name);
            nothing()
        }
        ("GET", ["object"]) => {
            let bodies: Vec<Value> = objects(ovh.tx, &bucket.name)
                .iter()
                .map(|object| object_body(object, true))
                .collect();
            Ok(Answer::json(200, &bodies))
        }
        ("POST", ["bulkDeleteObjects"]) => {
            let bulk: Bulk = ovh.body()?;
            for named in bulk.objects {
                let _ = named.version_id;
                ovh.tx.delete(OBJECTS, &format!("{}/{}", bucket.name, named.key));
            }
            nothing()
        }
        _ => Err(failure::unknown(ovh.call)),
    }
}

fn objects(tx: &Transaction, bucket: &str) -> Vec<Object> {
    let found: Vec<(String, Object)> = tx.scan(OBJECTS, &format!("{bucket}/"));
    found.into_iter().map(|(_, object)| object).collect()
}

fn list(ovh: &Ovh<'_>, project: &str, region: &str) -> Answer {
    let known: Vec<(String, Bucket)> = ovh.tx.scan(BUCKETS, "");
    let bodies: Vec<Value> = known
        .iter()
        .filter(|(_, bucket)| bucket.project == project && bucket.region == region)
        .map(|(_, bucket)| body(ovh, bucket, false))
        .collect();
    Answer::json(200, &bodies)
}

fn check_name(name: &str) -> Result<(), Answer> {
    let allowed =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter);
    let edge = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    if (3..=63).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(edge)
        && name.ends_with(edge)
        && !name.contains("..")
    {
        return Ok(());
    }
    Err(failure::invalid(&format!(
        "[name] Given data ({name}) is not the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens"
    )))
}

fn create(ovh: &mut Ovh<'_>, project: &str, region: &str) -> Reply {
    let new: New = ovh.body()?;
    check_name(&new.name)?;
    if ovh.tx.contains(BUCKETS, &new.name) {
        return Err(failure::conflict(
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system",
        ));
    }
    let owner = match new.owner_id {
        Some(id) => {
            user::find(ovh, project, &id.to_string()).map_err(|_| {
                failure::invalid(&format!(
                    "[ownerId] Given data ({id}) is not a user of the project"
                ))
            })?;
            id
        }
        None => 0,
    };
    let bucket = Bucket {
        name: new.name.clone(),
        project: project.to_owned(),
        region: region.to_owned(),
        owner,
        created_at: ovh.tx.now(),
        settings: Kept::of(new)?,
    };
    ovh.tx.put(BUCKETS, &bucket.name, &bucket);
    Ok(Answer::json(200, &body(ovh, &bucket, false)))
}

/// Puts a bucket with objects there, as somebody did long before.
pub(crate) fn add(tx: &mut Transaction, scene: &crate::scene::SceneOvhBucket) {
    if tx.contains(BUCKETS, &scene.name) {
        put_objects(tx, &scene.name, &scene.objects);
        return;
    }
    let now = tx.now();
    let bucket = Bucket {
        name: scene.name.clone(),
        project: scene.project.clone(),
        region: scene.region.clone(),
        owner: 0,
        created_at: now,
        settings: Kept::default(),
    };
    tx.put(BUCKETS, &bucket.name, &bucket);
    put_objects(tx, &scene.name, &scene.objects);
}

/// Puts objects into a bucket.
fn put_objects(tx: &mut Transaction, bucket: &str, keys: &[String]) {
    for key in keys {
        let object = Object {
            key: key.clone(),
            size: 1,
            version: tx.new_uuid().simple().to_string(),
            modified_at: tx.now(),
        };
        tx.put(OBJECTS, &format!("{bucket}/{key}"), &object);
    }
}

fn object_body(object: &Object, versions: bool) -> Value {
    let mut body = json!({
        "key": object.key, "size": object.size, "etag": "d41d8cd98f00b204e9800998ecf8427e",
        "lastModified": clock::seconds(object.modified_at), "storageClass": "STANDARD",
    });
    if versions {
        body["versionId"] = object.version.clone().into();
        body["isLatest"] = true.into();
        body["isDeleteMarker"] = false.into();
    }
    body
}

fn body(ovh: &Ovh<'_>, bucket: &Bucket, with_objects: bool) -> Value {
    let all = objects(ovh.tx, &bucket.name);
    let prefix = ovh.call.query("prefix").unwrap_or_default();
    let marker = ovh.call.query("marker").unwrap_or_default();
    let limit = ovh.call.query("limit").and_then(|limit| limit.parse().ok());
    let shown: Vec<Value> = all
        .iter()
        .filter(|object| with_objects && object.key.starts_with(prefix) && object.key.as_str() > marker)
        .take(limit.unwrap_or(1000))
        .map(|object| object_body(object, false))
        .collect();
    let place = bucket.region.to_ascii_lowercase();
    let top = if place.starts_with("us-") { "us" } else { "net" };
    let mut body = json!({
        "name": bucket.name, "region": bucket.region, "ownerId": bucket.owner,
        "createdAt": clock::seconds(bucket.created_at),
        "virtualHost": format!("https://{}.s3.{place}.io.cloud.ovh.{top}/", bucket.name),
        "objects": shown, "objectsCount": all.len(), "objectsSize": all.iter().map(|object| object.size).sum::<u64>(),
    });
    bucket.settings.write(&mut body);
    body
}
