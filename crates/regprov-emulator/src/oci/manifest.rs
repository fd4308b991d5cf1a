//! Manifests: images, indexes, artifacts; by tag or by digest.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::digest::Digest;
use super::failure::Failure;
use super::route::is_tag;
use super::rows::{self, BLOBS, MANIFESTS, TAGS, Tag};
use super::serve::{CONTENT_DIGEST, Visit, empty_answer, set};
use crate::store::Transaction;

/// The largest manifest that is taken.
const LIMIT: usize = 4 * 1024 * 1024;

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// What the rows keep of a manifest; its bytes are content like any other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) media_type: String,
    pub(crate) size: u64,
    pub(crate) subject: Option<String>,
    pub(crate) artifact_type: Option<String>,
    pub(crate) annotations: Option<Value>,
    pub(crate) created: String,
}

/// Answers with a manifest.
pub(super) fn get(
    tx: &Transaction,
    visit: &Visit<'_>,
    repository: &str,
    reference: &str,
) -> Result<Response<Bytes>, Failure> {
    let (digest, kept) = find(tx, visit, repository, reference)?;
    if !accepts(visit, &kept.media_type) {
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "MANIFEST_UNKNOWN",
            format!(
                "manifest found with media type {}, but accept header does not support it",
                kept.media_type
            ),
        ));
    }
    let bytes = visit
        .content
        .get(&digest)
        .map_err(|error| Failure::storage(&error))?;
    let length = bytes.len().to_string();
    let mut response = Response::new(bytes);
    set(&mut response, header::CONTENT_LENGTH, &length);
    set(&mut response, header::CONTENT_TYPE, &kept.media_type);
    set(&mut response, header::ETAG, &format!("\"{digest}\""));
    set(&mut response, CONTENT_DIGEST, &digest.to_string());
    Ok(response)
}

fn accepts(visit: &Visit<'_>, media_type: &str) -> bool {
    let accepted: Vec<String> = visit
        .request
        .headers()
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(|item| item.split(';').next().unwrap_or_default().trim().to_owned())
        .collect();
    accepted.is_empty()
        || accepted
            .iter()
            .any(|item| item == media_type || item == "*/*" || item == "application/*")
}

fn find(
    tx: &Transaction,
    visit: &Visit<'_>,
    repository: &str,
    reference: &str,
) -> Result<(Digest, Kept), Failure> {
    let unknown = || Failure::manifest_unknown(repository, reference);
    let digest: Digest = match reference.parse() {
        Ok(digest) => digest,
        Err(()) => {
            let key = rows::by_tag(visit.registry, repository, reference);
            tx.get::<Tag>(TAGS, &key)
                .and_then(|tag| tag.digest.parse().ok())
                .ok_or_else(unknown)?
        }
    };
    let kept = tx
        .get(MANIFESTS, &rows::by_digest(visit.registry, repository, &digest))
        .ok_or_else(unknown)?;
    Ok((digest, kept))
}

/// Takes a manifest, and points a tag at it.
pub(super) fn put(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
    reference: &str,
) -> Result<Response<Bytes>, Failure> {
    let body = visit.request.body();
    if body.len() > LIMIT {
        let message = "manifest exceeds the maximum size of 4 MiB";
        return Err(Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "SIZE_INVALID",
            message,
        ));
    }
    let digest = Digest::of(body);
    let by_digest = reference.contains(':');
    if by_digest && reference.parse() != Ok(digest.clone()) {
        return Err(Failure::digest_invalid(
            json!({ "digest": reference, "computed": digest.to_string() }),
        ));
    }
    if !by_digest && !is_tag(reference) {
        return Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "TAG_INVALID",
            "manifest tag did not match URI",
        ));
    }
    let manifest: Value = serde_json::from_slice(body).map_err(|error| invalid(&error.to_string()))?;
    let media_type = media_type(visit, &manifest)?;
    check_references(tx, visit, repository, (&manifest, &media_type))?;
    visit
        .content
        .put(&digest, body)
        .map_err(|error| Failure::storage(&error))?;
    let kept = describe(&manifest, media_type, body.len() as u64, visit.now.clone());
    tx.put(
        MANIFESTS,
        &rows::by_digest(visit.registry, repository, &digest),
        &kept,
    );
    if !by_digest {
        let tag = Tag {
            digest: digest.to_string(),
            updated: visit.now.clone(),
        };
        tx.put(TAGS, &rows::by_tag(visit.registry, repository, reference), &tag);
    }
    let mut response = empty_answer(StatusCode::CREATED);
    set(
        &mut response,
        header::LOCATION,
        &format!("/v2/{repository}/manifests/{digest}"),
    );
    set(&mut response, CONTENT_DIGEST, &digest.to_string());
    if let Some(subject) = &kept.subject {
        set(
            &mut response,
            header::HeaderName::from_static("oci-subject"),
            subject,
        );
    }
    Ok(response)
}

fn invalid(why: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", "manifest invalid").with_detail(why.into())
}

fn media_type(visit: &Visit<'_>, manifest: &Value) -> Result<String, Failure> {
    let declared = visit
        .header(header::CONTENT_TYPE)
        .map(|text| text.split(';').next().unwrap_or_default().trim().to_owned());
    let inside = manifest["mediaType"].as_str().map(str::to_owned);
    let media_type = match (declared, inside) {
        (Some(declared), Some(inside)) if declared != inside => {
            return Err(invalid(&format!(
                "Content-Type is {declared}, mediaType is {inside}"
            )));
        }
        (Some(declared), _) => declared,
        (None, Some(inside)) => inside,
        (None, None) => {
            return Err(invalid(
                "the media type is neither in Content-Type nor in the manifest",
            ));
        }
    };
    match media_type.as_str() {
        OCI_MANIFEST | OCI_INDEX | DOCKER_MANIFEST | DOCKER_LIST => Ok(media_type),
        other => Err(invalid(&format!("media type {other} is not supported"))),
    }
}

fn check_references(
    tx: &Transaction,
    visit: &Visit<'_>,
    repository: &str,
    (manifest, media_type): (&Value, &str),
) -> Result<(), Failure> {
    if manifest["schemaVersion"] != json!(2) {
        return Err(invalid("schemaVersion is not 2"));
    }
    let index = matches!(media_type, OCI_INDEX | DOCKER_LIST);
    let (table, descriptors): (_, Vec<&Value>) = if index {
        let list = manifest["manifests"]
            .as_array()
            .ok_or_else(|| invalid("manifests is missing"))?;
        (MANIFESTS, list.iter().collect())
    } else {
        let layers = manifest["layers"]
            .as_array()
            .ok_or_else(|| invalid("layers is missing"))?;
        let own = layers.iter().filter(|layer| layer.get("urls").is_none());
        (BLOBS, std::iter::once(&manifest["config"]).chain(own).collect())
    };
    for descriptor in descriptors {
        let text = descriptor["digest"]
            .as_str()
            .ok_or_else(|| invalid("a descriptor has no digest"))?;
        let digest: Digest = text
            .parse()
            .map_err(|()| invalid(&format!("bad digest {text}")))?;
        if !tx.contains(table, &rows::by_digest(visit.registry, repository, &digest)) {
            let code = if index {
                "MANIFEST_UNKNOWN"
            } else {
                "MANIFEST_BLOB_UNKNOWN"
            };
            let message = if index {
                "manifest unknown to registry"
            } else {
                "blob unknown to registry"
            };
            return Err(Failure::new(StatusCode::BAD_REQUEST, code, message).with_detail(text.into()));
        }
    }
    Ok(())
}

fn describe(manifest: &Value, media_type: String, size: u64, created: String) -> Kept {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Kept {
        media_type,
        size,
        subject: text(&manifest["subject"]["digest"]),
        artifact_type: text(&manifest["artifactType"]).or_else(|| text(&manifest["config"]["mediaType"])),
        annotations: manifest.get("annotations").cloned(),
        created,
    }
}

/// Deletes a tag, or a manifest with all tags that point at it.
pub(super) fn delete(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
    reference: &str,
) -> Result<Response<Bytes>, Failure> {
    let (digest, _) = find(tx, visit, repository, reference)?;
    if reference.contains(':') {
        rows::forget_manifest(tx, visit.registry, repository, &digest);
    } else {
        rows::forget_tag(tx, visit.registry, repository, reference);
    }
    Ok(empty_answer(StatusCode::ACCEPTED))
}
