//! Uploads: in one request, in chunks, or by mounting what another repository holds.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::digest::Digest;
use super::failure::Failure;
use super::route::Access;
use super::rows::{self, BLOBS, Blob, UPLOADS};
use super::serve::{CONTENT_DIGEST, Visit, empty_answer, set};
use crate::store::Transaction;

/// An upload under way. The offset in this row is the truth: bytes in the file beyond it were never acknowledged.
#[derive(Debug, Serialize, Deserialize)]
struct Upload {
    registry: String,
    repository: String,
    offset: u64,
    started: String,
}

/// Starts an upload, mounts a blob, or takes a whole blob in one request.
pub(super) fn start(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
) -> Result<Response<Bytes>, Failure> {
    sweep(tx, visit).map_err(|error| Failure::storage(&error))?;
    let query = visit.query();
    if let Some(response) = mount(tx, visit, repository)? {
        return Ok(response);
    }
    if let Some(digest) = query.get("digest") {
        let parsed: Digest = digest
            .parse()
            .map_err(|()| Failure::digest_invalid(digest.clone().into()))?;
        let body = visit.request.body();
        if Digest::of(body) != parsed {
            return Err(Failure::digest_invalid(json!({ "digest": digest })));
        }
        visit
            .content
            .put(&parsed, body)
            .map_err(|error| Failure::storage(&error))?;
        return Ok(link(tx, visit, repository, &parsed, body.len() as u64));
    }
    let id = visit.fresh_id.clone();
    let upload = Upload {
        registry: visit.registry.to_owned(),
        repository: repository.to_owned(),
        offset: 0,
        started: visit.now.clone(),
    };
    tx.put(UPLOADS, &id, &upload);
    Ok(progress(StatusCode::ACCEPTED, &id, &upload))
}

/// Clears away what earlier uploads and deleted registries left: uploads that are over, always; content that nobody
/// holds, when a registry gets its first blob. Nothing that is under way can be hit, for requests are processed in turn.
fn sweep(tx: &Transaction, visit: &Visit<'_>) -> std::io::Result<()> {
    visit.content.sweep_uploads(|id| tx.contains(UPLOADS, id))?;
    let registry = format!("{}/", visit.registry);
    if tx.scan::<Blob>(BLOBS, &registry).is_empty() {
        let held = rows::held_content(tx);
        visit.content.sweep_content(|hex| held.contains(hex))?;
    }
    Ok(())
}

fn mount(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
) -> Result<Option<Response<Bytes>>, Failure> {
    let query = visit.query();
    let (Some(digest), Some(from)) = (query.get("mount"), query.get("from")) else {
        return Ok(None);
    };
    let parsed: Digest = digest
        .parse()
        .map_err(|()| Failure::digest_invalid(digest.clone().into()))?;
    match tx.get::<Blob>(BLOBS, &rows::by_digest(visit.registry, from, &parsed)) {
        Some(blob) if visit.rights.allows(Some(from), Access::Pull) => {
            Ok(Some(link(tx, visit, repository, &parsed, blob.size)))
        }
        _ => Ok(None),
    }
}

/// How far an upload is.
pub(super) fn status(
    tx: &Transaction,
    visit: &Visit<'_>,
    repository: &str,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let upload = load(tx, visit, repository, id)?;
    Ok(progress(StatusCode::NO_CONTENT, id, &upload))
}

/// Takes a chunk.
pub(super) fn append(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let mut upload = load(tx, visit, repository, id)?;
    take_chunk(visit, id, &mut upload)?;
    tx.put(UPLOADS, id, &upload);
    Ok(progress(StatusCode::ACCEPTED, id, &upload))
}

/// Takes the last chunk, if there is one, and makes the upload a blob.
pub(super) fn finish(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let mut upload = load(tx, visit, repository, id)?;
    let digest = visit.query().remove("digest").unwrap_or_default();
    let parsed: Digest = digest
        .parse()
        .map_err(|()| Failure::digest_invalid(digest.clone().into()))?;
    take_chunk(visit, id, &mut upload)?;
    let found = visit
        .content
        .digest_of_upload(id, upload.offset)
        .map_err(|error| Failure::storage(&error))?;
    if found != parsed {
        return Err(Failure::digest_invalid(
            json!({ "digest": digest, "computed": found.to_string() }),
        ));
    }
    visit
        .content
        .finish(id, upload.offset, &parsed)
        .map_err(|error| Failure::storage(&error))?;
    tx.delete(UPLOADS, id);
    Ok(link(tx, visit, repository, &parsed, upload.offset))
}

/// Gives an upload up.
pub(super) fn cancel(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    load(tx, visit, repository, id)?;
    visit
        .content
        .discard(id)
        .map_err(|error| Failure::storage(&error))?;
    tx.delete(UPLOADS, id);
    Ok(empty_answer(StatusCode::NO_CONTENT))
}

fn take_chunk(visit: &Visit<'_>, id: &str, upload: &mut Upload) -> Result<(), Failure> {
    let body = visit.request.body();
    if let Some(range) = visit.header(header::CONTENT_RANGE) {
        let first = range
            .trim_start_matches("bytes ")
            .split('-')
            .next()
            .and_then(|text| text.parse().ok());
        if first != Some(upload.offset) {
            return Err(Failure::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "BLOB_UPLOAD_INVALID",
                format!("the upload holds {} bytes; the chunk says {range}", upload.offset),
            ));
        }
    }
    if !body.is_empty() {
        upload.offset = visit
            .content
            .append(id, upload.offset, body)
            .map_err(|error| Failure::storage(&error))?;
    }
    Ok(())
}

fn load(tx: &Transaction, visit: &Visit<'_>, repository: &str, id: &str) -> Result<Upload, Failure> {
    tx.get::<Upload>(UPLOADS, id)
        .filter(|upload| upload.registry == visit.registry && upload.repository == repository)
        .ok_or_else(|| {
            Failure::new(
                StatusCode::NOT_FOUND,
                "BLOB_UPLOAD_UNKNOWN",
                "blob upload unknown to registry",
            )
        })
}

fn progress(status: StatusCode, id: &str, upload: &Upload) -> Response<Bytes> {
    let mut response = empty_answer(status);
    set(
        &mut response,
        header::LOCATION,
        &format!("/v2/{}/blobs/uploads/{id}", upload.repository),
    );
    set(
        &mut response,
        header::RANGE,
        &format!("0-{}", upload.offset.saturating_sub(1)),
    );
    set(
        &mut response,
        header::HeaderName::from_static("docker-upload-uuid"),
        id,
    );
    response
}

fn link(
    tx: &mut Transaction,
    visit: &Visit<'_>,
    repository: &str,
    digest: &Digest,
    size: u64,
) -> Response<Bytes> {
    tx.put(
        BLOBS,
        &rows::by_digest(visit.registry, repository, digest),
        &Blob { size },
    );
    let mut response = empty_answer(StatusCode::CREATED);
    set(
        &mut response,
        header::LOCATION,
        &format!("/v2/{repository}/blobs/{digest}"),
    );
    set(&mut response, CONTENT_DIGEST, &digest.to_string());
    response
}
