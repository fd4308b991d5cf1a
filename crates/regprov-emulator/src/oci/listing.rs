//! Lists: the catalogue, the tags of a repository, the referrers of a manifest.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::digest::Digest;
use super::failure::Failure;
use super::manifest::Kept;
use super::rows::{self, MANIFESTS, TAGS};
use super::serve::{Visit, json_answer, set};
use crate::store::Transaction;

/// The longest page of a list.
const PAGE: usize = 100;

/// The repositories.
pub(super) fn catalog(tx: &Transaction, visit: &Visit<'_>) -> Response<Bytes> {
    let names = rows::repositories(tx, visit.registry).into_iter().collect();
    let (page, next) = page(names, visit);
    let mut response = json_answer(StatusCode::OK, &json!({ "repositories": page }));
    link_next(&mut response, "/v2/_catalog", next);
    response
}

/// The tags of a repository.
pub(super) fn tags(
    tx: &Transaction,
    visit: &Visit<'_>,
    repository: &str,
) -> Result<Response<Bytes>, Failure> {
    let prefix = format!("{}/{repository}@", visit.registry);
    if tx.scan::<Value>(MANIFESTS, &prefix).is_empty() {
        return Err(Failure::name_unknown(repository));
    }
    let prefix = rows::by_tag(visit.registry, repository, "");
    let names = tx
        .scan::<Value>(TAGS, &prefix)
        .into_iter()
        .filter_map(|(key, _)| key.strip_prefix(&prefix).map(str::to_owned))
        .collect();
    let (page, next) = page(names, visit);
    let mut response = json_answer(StatusCode::OK, &json!({ "name": repository, "tags": page }));
    link_next(&mut response, &format!("/v2/{repository}/tags/list"), next);
    Ok(response)
}

/// The manifests whose subject is a digest.
pub(super) fn referrers(
    tx: &Transaction,
    visit: &Visit<'_>,
    repository: &str,
    digest: &str,
) -> Result<Response<Bytes>, Failure> {
    let subject: Digest = digest
        .parse()
        .map_err(|()| Failure::digest_invalid(digest.into()))?;
    let wanted = visit.query().remove("artifactType");
    let prefix = format!("{}/{repository}@", visit.registry);
    let manifests: Vec<Value> = tx
        .scan::<Kept>(MANIFESTS, &prefix)
        .into_iter()
        .filter_map(|(key, kept)| {
            let refers = kept.subject.as_deref() == Some(&subject.to_string());
            let matches = wanted.is_none() || kept.artifact_type == wanted;
            (refers && matches).then(|| descriptor(key.strip_prefix(&prefix).unwrap_or_default(), &kept))
        })
        .collect();
    let body = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    });
    let mut response = json_answer(StatusCode::OK, &body);
    set(
        &mut response,
        header::CONTENT_TYPE,
        "application/vnd.oci.image.index.v1+json",
    );
    if wanted.is_some() {
        set(
            &mut response,
            header::HeaderName::from_static("oci-filters-applied"),
            "artifactType",
        );
    }
    Ok(response)
}

fn descriptor(digest: &str, kept: &Kept) -> Value {
    let mut value = json!({ "mediaType": kept.media_type, "digest": digest, "size": kept.size });
    if let Some(artifact_type) = &kept.artifact_type {
        value["artifactType"] = artifact_type.clone().into();
    }
    if let Some(annotations) = &kept.annotations {
        value["annotations"] = annotations.clone();
    }
    value
}

fn page(names: Vec<String>, visit: &Visit<'_>) -> (Vec<String>, Option<String>) {
    let query = visit.query();
    let size = query
        .get("n")
        .and_then(|text| text.parse().ok())
        .unwrap_or(PAGE)
        .clamp(1, 1000);
    let after = query.get("last").cloned().unwrap_or_default();
    let mut names: Vec<String> = names.into_iter().filter(|name| *name > after).collect();
    let more = names.len() > size;
    names.truncate(size);
    let last = names.last().cloned().unwrap_or_default();
    let next = more.then(|| {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("last", &last)
            .append_pair("n", &size.to_string())
            .finish()
    });
    (names, next)
}

fn link_next(response: &mut Response<Bytes>, path: &str, next: Option<String>) {
    if let Some(next) = next {
        set(response, header::LINK, &format!("<{path}?{next}>; rel=\"next\""));
    }
}
