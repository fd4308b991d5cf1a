//! ACR's own API beside the distribution API: `/acr/v1/`.

use http::Method;
use serde_json::{Value, json};

use super::{Plane, from_http};
use crate::answer::Answer;
use crate::oci::{self, Access, Blobs, Digest, Failure, Kept, Need, Rights as _, Route, Tag};

/// What a path of this API is about.
enum Subject<'a> {
    Catalog,
    Repository(&'a str),
    Tags(&'a str),
    Tag(&'a str, &'a str),
    Manifests(&'a str),
    Manifest(&'a str, &'a str),
}

impl<'a> Subject<'a> {
    fn parse(rest: &'a str) -> Self {
        if rest == "_catalog" {
            return Self::Catalog;
        }
        for (infix, list) in [("/_tags", true), ("/_manifests", false)] {
            let Some((repository, last)) = rest.split_once(infix) else {
                continue;
            };
            return match (last.strip_prefix('/'), list) {
                (Some(tag), true) => Self::Tag(repository, tag),
                (None, true) => Self::Tags(repository),
                (Some(digest), false) => Self::Manifest(repository, digest),
                (None, false) => Self::Manifests(repository),
            };
        }
        Self::Repository(rest)
    }

    fn repository(&self) -> Option<&'a str> {
        match self {
            Self::Catalog => None,
            Self::Repository(name)
            | Self::Tags(name)
            | Self::Tag(name, _)
            | Self::Manifests(name)
            | Self::Manifest(name, _) => Some(name),
        }
    }
}

/// Answers a request.
pub(super) fn handle(plane: &mut Plane<'_>, blobs: &Blobs) -> Result<Answer, Failure> {
    let path = plane.call.path.clone();
    let subject = Subject::parse(path.trim_start_matches("/acr/v1/"));
    let (reads, deletes) = (
        plane.call.method == Method::GET,
        plane.call.method == Method::DELETE,
    );
    let any_of = match subject {
        Subject::Catalog => vec![Access::Catalog],
        _ if deletes => vec![Access::Delete],
        _ => vec![Access::MetadataRead, Access::Pull],
    };
    let need = Need {
        repository: subject.repository().map(str::to_owned),
        any_of,
    };
    let granted = match plane.granted(Some(&need)) {
        Some(granted) => granted,
        None => return Ok(plane.challenge(Some(&need), false)),
    };
    if !need
        .any_of
        .iter()
        .any(|access| granted.allows(need.repository.as_deref(), *access))
    {
        return Ok(plane.challenge(Some(&need), true));
    }
    match subject {
        Subject::Tag(repository, tag) if deletes => {
            let (repository, reference) = (repository.to_owned(), tag.to_owned());
            Ok(plane.serve(
                &Route::Manifest {
                    repository,
                    reference,
                },
                &granted,
                blobs,
            ))
        }
        Subject::Repository(repository) if deletes => delete_repository(plane, repository),
        _ if reads => read(plane, &subject, blobs).map(|body| Answer::json(200, &body)),
        _ => Ok(Answer::unsupported(&format!(
            "{} {path} of the registry",
            plane.call.method
        ))),
    }
}

fn delete_repository(plane: &mut Plane<'_>, repository: &str) -> Result<Answer, Failure> {
    let (manifests, tags) = oci::forget_repository(plane.tx, &plane.key, repository);
    if manifests.is_empty() {
        return Ok(from_http(Failure::name_unknown(repository).into_response()));
    }
    Ok(Answer::json(
        202,
        &json!({ "manifestsDeleted": manifests, "tagsDeleted": tags }),
    ))
}

fn read(plane: &Plane<'_>, subject: &Subject<'_>, blobs: &Blobs) -> Result<Value, Failure> {
    let Some(repository) = subject.repository() else {
        let names = oci::repositories(plane.tx, &plane.key);
        return Ok(json!({ "repositories": if names.is_empty() { Value::Null } else { json!(names) } }));
    };
    let tags = oci::tags_of(plane.tx, &plane.key, repository);
    let manifests = oci::manifests_of(plane.tx, &plane.key, repository);
    if manifests.is_empty() {
        return Err(Failure::name_unknown(repository));
    }
    let mut body = json!({ "registry": plane.login_server(), "imageName": repository });
    match subject {
        Subject::Tags(_) => {
            let list: Vec<Value> = tags.iter().map(|(name, tag)| describe_tag(name, tag)).collect();
            body["tags"] = list.into();
        }
        Subject::Tag(_, wanted) => {
            let found = tags.iter().find(|(name, _)| name == wanted);
            let (name, tag) = found.ok_or_else(|| Failure::manifest_unknown(repository, wanted))?;
            body["tag"] = describe_tag(name, tag);
        }
        Subject::Manifests(_) => {
            let list: Vec<Value> = manifests
                .iter()
                .map(|(digest, kept)| describe_manifest((digest, kept), &tags, blobs))
                .collect();
            body["manifests"] = list.into();
        }
        Subject::Manifest(_, wanted) => {
            let found = manifests.iter().find(|(digest, _)| digest == wanted);
            let (digest, kept) = found.ok_or_else(|| Failure::manifest_unknown(repository, wanted))?;
            body["manifest"] = describe_manifest((digest, kept), &tags, blobs);
        }
        Subject::Repository(_) | Subject::Catalog => {
            let created = manifests.iter().map(|(_, kept)| &kept.created);
            let updated = tags.iter().map(|(_, tag)| &tag.updated);
            body["createdTime"] = json!(created.clone().min());
            body["lastUpdateTime"] = json!(created.chain(updated).max());
            body["manifestCount"] = manifests.len().into();
            body["tagCount"] = tags.len().into();
            body["changeableAttributes"] = changeable();
        }
    }
    Ok(body)
}

fn changeable() -> Value {
    json!({ "deleteEnabled": true, "writeEnabled": true, "readEnabled": true, "listEnabled": true })
}

fn describe_tag(name: &str, tag: &Tag) -> Value {
    json!({
        "name": name, "digest": tag.digest, "createdTime": tag.updated, "lastUpdateTime": tag.updated,
        "signed": false, "changeableAttributes": changeable(),
    })
}

fn describe_manifest((digest, kept): (&str, &Kept), tags: &[(String, Tag)], blobs: &Blobs) -> Value {
    let pointing: Vec<&str> = tags
        .iter()
        .filter(|(_, tag)| tag.digest == digest)
        .map(|(name, _)| name.as_str())
        .collect();
    let mut body = json!({
        "digest": digest, "createdTime": kept.created, "lastUpdateTime": kept.created, "mediaType": kept.media_type,
        "changeableAttributes": changeable(),
    });
    if !pointing.is_empty() {
        body["tags"] = json!(pointing);
    }
    let Some(manifest) = content(blobs, digest) else {
        return body;
    };
    let layers = manifest["layers"].as_array().into_iter().flatten();
    let parts = layers.chain(manifest.get("config"));
    body["imageSize"] = parts.filter_map(|part| part["size"].as_u64()).sum::<u64>().into();
    if let Some(config) = manifest["config"]["digest"]
        .as_str()
        .and_then(|digest| content(blobs, digest))
    {
        body["configMediaType"] = manifest["config"]["mediaType"].clone();
        body["architecture"] = config["architecture"].clone();
        body["os"] = config["os"].clone();
    }
    body
}

/// Content that is JSON.
fn content(blobs: &Blobs, digest: &str) -> Option<Value> {
    let digest: Digest = digest.parse().ok()?;
    serde_json::from_slice(&blobs.get(&digest).ok()?).ok()
}
