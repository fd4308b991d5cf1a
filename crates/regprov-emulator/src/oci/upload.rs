//! Uploads: in one request, in chunks, or by mounting what another repository holds.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::digest::Digest;
use super::failure::Failure;
use super::route::Access;
use super::rows::{self, Rows, UPLOADS};
use super::serve::{CONTENT_DIGEST, Visit, empty_answer, set};

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
    rows: &mut dyn Rows,
    visit: &Visit<'_>,
    repository: &str,
) -> Result<Response<Bytes>, Failure> {
    let query = visit.query();
    if let Some(response) = mount(rows, visit, repository)? {
        return Ok(response);
    }
    if let Some(digest) = query.get("digest") {
        let parsed: Digest = digest.parse().map_err(|()| Failure::digest_invalid(digest.clone().into()))?;
        let body = visit.request.body();
        if Digest::of(body) != parsed {
            return Err(Failure::digest_invalid(json!({ "digest": digest })));
        }
        visit.content.put(&parsed, body).map_err(|error| Failure::storage(&error))?;
        return Ok(link(rows, visit, repository, &parsed, body.len() as u64));
    }
    let id = visit.fresh_id.clone();
    let upload = Upload {
        registry: visit.registry.to_owned(),
        repository: repository.to_owned(),
        offset: 0,
        started: visit.now.clone(),
    };
    save(rows, &id, &upload);
    Ok(progress(StatusCode::ACCEPTED, &id, &upload))
}

fn mount(rows: &mut dyn Rows, visit: &Visit<'_>, repository: &str) -> Result<Option<Response<Bytes>>, Failure> {
    let query = visit.query();
    let (Some(digest), Some(from)) = (query.get("mount"), query.get("from")) else { return Ok(None) };
    let parsed: Digest = digest.parse().map_err(|()| Failure::digest_invalid(digest.clone().into()))?;
    let source = rows.row(rows::BLOBS, &rows::by_digest(visit.registry, from, &parsed));
    match source {
        Some(row) if visit.rights.allows(Some(from), Access::Pull) => {
            let size = row["size"].as_u64().unwrap_or_default();
            Ok(Some(link(rows, visit, repository, &parsed, size)))
        }
        _ => Ok(None),
    }
}

/// How far an upload is.
pub(super) fn status(
    rows: &dyn Rows,
    visit: &Visit<'_>,
    repository: &str,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let upload = load(rows, visit, repository, id)?;
    Ok(progress(StatusCode::NO_CONTENT, id, &upload))
}

/// Takes a chunk.
pub(super) fn append(
    rows: &mut dyn Rows,
    visit: &Visit<'_>,
    repository: &str,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let mut upload = load(rows, visit, repository, id)?;
    take_chunk(visit, id, &mut upload)?;
    save(rows, id, &upload);
    Ok(progress(StatusCode::ACCEPTED, id, &upload))
}

/// Takes the last chunk, if there is one, and makes the upload a blob.
pub(super) fn finish(
    rows: &mut dyn Rows,
    visit: &Visit<'_>,
    repository: &str,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let mut upload = load(rows, visit, repository, id)?;
    let digest = visit.query().remove("digest").unwrap_or_default();
    let parsed: Digest = digest.parse().map_err(|()| Failure::digest_invalid(digest.clone().into()))?;
    take_chunk(visit, id, &mut upload)?;
    let found =
        visit.content.digest_of_upload(id, upload.offset).map_err(|error| Failure::storage(&error))?;
    if found != parsed {
        return Err(Failure::digest_invalid(json!({ "digest": digest, "computed": found.to_string() })));
    }
    visit.content.finish(id, upload.offset, &parsed).map_err(|error| Failure::storage(&error))?;
    rows.delete_row(UPLOADS, id);
    Ok(link(rows, visit, repository, &parsed, upload.offset))
}

/// Gives an upload up.
pub(super) fn cancel(
    rows: &mut dyn Rows,
    visit: &Visit<'_>,
    repository: &str,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    load(rows, visit, repository, id)?;
    visit.content.discard(id).map_err(|error| Failure::storage(&error))?;
    rows.delete_row(UPLOADS, id);
    Ok(empty_answer(StatusCode::NO_CONTENT))
}

fn take_chunk(visit: &Visit<'_>, id: &str, upload: &mut Upload) -> Result<(), Failure> {
    let body = visit.request.body();
    if let Some(range) = visit.header(header::CONTENT_RANGE) {
        let first = range.trim_start_matches("bytes ").split('-').next().and_then(|text| text.parse().ok());
        if first != Some(upload.offset) {
            return Err(Failure::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "BLOB_UPLOAD_INVALID",
                format!("the upload holds {} bytes; the chunk says {range}", upload.offset),
            ));
        }
    }
    if !body.is_empty() {
        upload.offset =
            visit.content.append(id, upload.offset, body).map_err(|error| Failure::storage(&error))?;
    }
    Ok(())
}

fn load(rows: &dyn Rows, visit: &Visit<'_>, repository: &str, id: &str) -> Result<Upload, Failure> {
    rows.row(UPLOADS, id)
        .and_then(|row| serde_json::from_value::<Upload>(row).ok())
        .filter(|upload| upload.registry == visit.registry && upload.repository == repository)
        .ok_or_else(|| {
            Failure::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        })
}

fn save(rows: &mut dyn Rows, id: &str, upload: &Upload) {
    let row = json!({
        "registry": upload.registry,
        "repository": upload.repository,
        "offset": upload.offset,
        "started": upload.started,
    });
    rows.put_row(UPLOADS, id, row);
}

fn progress(status: StatusCode, id: &str, upload: &Upload) -> Response<Bytes> {
    let mut response = empty_answer(status);
    set(&mut response, header::LOCATION, &format!("/v2/{}/blobs/uploads/{id}", upload.repository));
    set(&mut response, header::RANGE, &format!("0-{}", upload.offset.saturating_sub(1)));
    set(&mut response, header::HeaderName::from_static("docker-upload-uuid"), id);
    response
}

fn link(
    rows: &mut dyn Rows,
    visit: &Visit<'_>,
    repository: &str,
    digest: &Digest,
    size: u64,
) -> Response<Bytes> {
    rows::link_blob(rows, &rows::by_digest(visit.registry, repository, digest), size);
    let mut response = empty_answer(StatusCode::CREATED);
    set(&mut response, header::LOCATION, &format!("/v2/{repository}/blobs/{digest}"));
    set(&mut response, CONTENT_DIGEST, &digest.to_string());
    response
}
