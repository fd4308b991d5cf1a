//! Artifacts and their tags: `/projects/{project_name}/repositories/{repository_name}/artifacts`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Reply, done, told};
use super::failure::Failure;
use super::immutable_tag::is_immutable;
use super::instance::content_key;
use super::label::{self, Label};
use super::listing::list;
use super::project::Project;
use super::repository::{self, Repository};
use super::route::{Route, route};
use super::rows::Rows;
use super::{instant, project};
use crate::answer::Answer;
use crate::oci::{self, Blobs, Digest, Kept, Tag};

/// What Harbor knows of artifacts beside their content, by `{instance}/{repository}@{digest}`.
pub(super) const ARTIFACTS: &str = "_harbor_artifacts";

/// What Harbor knows of an artifact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Artifact {
    pub(super) id: u64,
    pub(super) pushed: Timestamp,
    pub(super) pulled: Option<Timestamp>,
    labels: Vec<u64>,
}

const NEVER: &str = "0001-01-01T00:00:00.000Z";

fn key_of(rows: &Rows<'_>, repository: &str, digest: &str) -> String {
    rows.key(format!("{repository}@{digest}"))
}

/// What Harbor knows of an artifact.
pub(super) fn known(rows: &Rows<'_>, repository: &str, digest: &str) -> Option<Artifact> {
    rows.tx.get(ARTIFACTS, &key_of(rows, repository, digest))
}

/// Notes that an artifact was pushed.
pub(super) fn note_push(rows: &mut Rows<'_>, repository: &str, digest: &str) {
    let now = rows.tx.now();
    let artifact = match known(rows, repository, digest) {
        Some(artifact) => artifact,
        None => Artifact {
            id: rows.count_up(ARTIFACTS),
            pushed: now,
            pulled: None,
            labels: Vec::new(),
        },
    };
    let key = key_of(rows, repository, digest);
    rows.tx.put(ARTIFACTS, &key, &artifact);
}

/// Notes that an artifact was pulled.
pub(super) fn note_pull(rows: &mut Rows<'_>, repository: &str, digest: &str) {
    let now = rows.tx.now();
    if let Some(mut artifact) = known(rows, repository, digest) {
        artifact.pulled = Some(now);
        let key = key_of(rows, repository, digest);
        rows.tx.put(ARTIFACTS, &key, &artifact);
    }
    if let Some(mut found) = rows.find::<Repository>(|known| known.name == repository) {
        found.pull_count += 1;
        rows.save(&found);
    }
}

/// Forgets what was known of a repository's artifacts.
pub(super) fn forget_all(rows: &mut Rows<'_>, repository: &str) {
    let prefix = key_of(rows, repository, "");
    for (key, _) in rows.tx.scan::<Artifact>(ARTIFACTS, &prefix) {
        rows.tx.delete(ARTIFACTS, &key);
    }
}

/// Takes a label off every artifact.
pub(super) fn forget_label(rows: &mut Rows<'_>, label: u64) {
    let all = rows.key("");
    for (key, mut artifact) in rows.tx.scan::<Artifact>(ARTIFACTS, &all) {
        if artifact.labels.contains(&label) {
            artifact.labels.retain(|known| *known != label);
            rows.tx.put(ARTIFACTS, &key, &artifact);
        }
    }
}

/// Deletes an artifact, its tags, and the blobs that no other artifact of the repository needs.
pub(super) fn remove(rows: &mut Rows<'_>, blobs: &Blobs, repository: &str, digest: &Digest) {
    let registry = content_key(&rows.name);
    oci::forget_manifest(rows.tx, &registry, repository, digest);
    let key = key_of(rows, repository, &digest.to_string());
    rows.tx.delete(ARTIFACTS, &key);
    let mut needed = BTreeSet::new();
    for (digest, _) in oci::manifests_of(rows.tx, &registry, repository) {
        let bytes = digest.parse().ok().and_then(|digest| blobs.get(&digest).ok());
        let manifest: Value = bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let layers = manifest["layers"].as_array().into_iter().flatten();
        let used = layers.chain(std::iter::once(&manifest["config"]));
        needed.extend(used.filter_map(|part| part["digest"].as_str().map(str::to_owned)));
    }
    oci::keep_blobs(rows.tx, &registry, repository, |digest| needed.contains(digest));
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project}/artifacts", list_of_project),
    route(
        "GET",
        "/projects/{project}/repositories/{repository_name}/artifacts",
        list_artifacts,
    ),
    route(
        "POST",
        "/projects/{project}/repositories/{repository_name}/artifacts",
        copy,
    ),
    route(
        "GET",
        "/projects/{project}/repositories/{repository_name}/artifacts/{reference}",
        get,
    ),
    route(
        "DELETE",
        "/projects/{project}/repositories/{repository_name}/artifacts/{reference}",
        delete,
    ),
    route(
        "GET",
        "/projects/{project}/repositories/{repository_name}/artifacts/{reference}/tags",
        list_tags,
    ),
    route(
        "POST",
        "/projects/{project}/repositories/{repository_name}/artifacts/{reference}/tags",
        create_tag,
    ),
    route(
        "DELETE",
        "/projects/{project}/repositories/{repository_name}/artifacts/{reference}/tags/{tag_name}",
        delete_tag,
    ),
    route(
        "GET",
        "/projects/{project}/repositories/{repository_name}/artifacts/{reference}/accessories",
        accessories,
    ),
    route(
        "POST",
        "/projects/{project}/repositories/{repository_name}/artifacts/{reference}/labels",
        add_label,
    ),
    route(
        "DELETE",
        "/projects/{project}/repositories/{repository_name}/artifacts/{reference}/labels/{label_id}",
        remove_label,
    ),
];

fn tag_shown(
    rows: &Rows<'_>,
    repository: &Repository,
    (name, tag): &(String, Tag),
    immutable: bool,
) -> Value {
    let artifact = known(rows, &repository.name, &tag.digest);
    let pulled = artifact.as_ref().and_then(|artifact| artifact.pulled);
    let mut value = json!({
        "id": 0, "repository_id": repository.id, "artifact_id": artifact.map(|artifact| artifact.id),
        "name": name, "push_time": tag.updated, "pull_time": pulled.map_or_else(|| NEVER.to_owned(), instant),
        "immutable": false,
    });
    if immutable {
        value["immutable"] = json!(is_immutable(
            rows,
            repository.project_id,
            repository.short_name(),
            name
        ));
    }
    told(value, &["immutable"])
}

fn shown(api: &Api<'_>, repository: &Repository, (digest, kept): &(String, Kept)) -> Value {
    let rows = &api.rows;
    let artifact = known(rows, &repository.name, digest);
    let with = |name: &str| !matches!(api.call.query(name), Some("false" | "0"));
    let wants = |name: &str| matches!(api.call.query(name), Some("true" | "1"));
    let tags: Vec<Value> = oci::tags_of(rows.tx, &content_key(&rows.name), &repository.name)
        .iter()
        .filter(|(_, tag)| tag.digest == *digest && with("with_tag"))
        .map(|tag| tag_shown(rows, repository, tag, wants("with_immutable_status")))
        .collect();
    let held = artifact.iter().flat_map(|artifact| &artifact.labels);
    let labels: Vec<Value> = held
        .filter(|_| wants("with_label"))
        .filter_map(|id| Some(label::shown(&rows.row::<Label>(*id)?)))
        .collect();
    let parse = digest.parse::<Digest>().ok();
    let manifest: Value = parse
        .and_then(|digest| api.blobs.get(&digest).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let layers = manifest["layers"].as_array().into_iter().flatten();
    let size: u64 = layers
        .chain(std::iter::once(&manifest["config"]))
        .filter_map(|part| part["size"].as_u64())
        .sum();
    let mut value = told(
        json!({
            "id": artifact.as_ref().map(|artifact| artifact.id), "type": kind(kept), "digest": digest,
            "media_type": manifest["config"]["mediaType"], "manifest_media_type": kept.media_type,
            "artifact_type": kept.artifact_type, "project_id": repository.project_id,
            "repository_id": repository.id, "repository_name": repository.name, "size": size + kept.size,
            "push_time": artifact.as_ref().map(|artifact| instant(artifact.pushed)),
            "pull_time": artifact.as_ref().and_then(|artifact| artifact.pulled).map_or_else(|| NEVER.to_owned(), instant),
            "labels": labels,
        }),
        &[],
    );
    value["tags"] = if tags.is_empty() { Value::Null } else { json!(tags) };
    value["references"] = Value::Null;
    value["accessories"] = Value::Null;
    value["addition_links"] = json!({});
    value
}

/// What Harbor calls an artifact, by the media type of its configuration.
fn kind(kept: &Kept) -> &'static str {
    match kept.artifact_type.as_deref() {
        Some(text) if text.contains("helm") => "CHART",
        _ if kept.subject.is_some() => "UNKNOWN",
        _ => "IMAGE",
    }
}

fn artifacts_of(api: &Api<'_>, repository: &Repository) -> Vec<Value> {
    oci::manifests_of(api.rows.tx, &content_key(&api.rows.name), &repository.name)
        .iter()
        .map(|artifact| shown(api, repository, artifact))
        .collect()
}

fn list_of_project(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let project = project::admit(api, "artifact", "list")?;
    let repositories = api.rows.all::<Repository>();
    let rows = repositories
        .iter()
        .filter(|repository| repository.project_id == project.id)
        .flat_map(|repository| artifacts_of(api, repository))
        .collect();
    list(api, rows)
}

fn list_artifacts(api: &mut Api<'_>) -> Reply {
    repository::admit(api, "artifact", "list")?;
    let rows = match repository::named(api) {
        Ok(repository) => artifacts_of(api, &repository),
        Err(_) => Vec::new(),
    };
    list(api, rows)
}

/// The artifact of a tag or a digest in a repository.
fn find(rows: &Rows<'_>, repository: &str, reference: &str) -> Option<(String, Kept)> {
    let key = content_key(&rows.name);
    let digest = if reference.contains(':') {
        reference.to_owned()
    } else {
        let tags = oci::tags_of(rows.tx, &key, repository);
        tags.into_iter().find(|(name, _)| name == reference)?.1.digest
    };
    oci::manifests_of(rows.tx, &key, repository)
        .into_iter()
        .find(|(known, _)| *known == digest)
}

/// The artifact that the path names.
fn named(api: &Api<'_>) -> Result<(Repository, (String, Kept)), Failure> {
    let (name, reference) = (repository::full_name(api), api.path("reference"));
    let missing = || {
        Failure::not_found(format!(
            "artifact {name}{}{reference} not found",
            separator(reference)
        ))
    };
    let repository = repository::named(api).map_err(|_| missing())?;
    let artifact = find(&api.rows, &repository.name, reference).ok_or_else(missing)?;
    Ok((repository, artifact))
}

fn separator(reference: &str) -> &'static str {
    if reference.contains(':') { "@" } else { ":" }
}

fn get(api: &mut Api<'_>) -> Reply {
    repository::admit(api, "artifact", "read")?;
    let (repository, artifact) = named(api)?;
    Ok(Answer::json(200, &shown(api, &repository, &artifact)))
}

fn check_mutable(
    api: &Api<'_>,
    project: &Project,
    repository: &Repository,
    tag: &str,
) -> Result<(), Failure> {
    if is_immutable(&api.rows, project.id, repository.short_name(), tag) {
        return Err(Failure::precondition(format!(
            "the tag {tag} configured as immutable, cannot be deleted"
        )));
    }
    Ok(())
}

fn delete(api: &mut Api<'_>) -> Reply {
    let project = repository::admit(api, "artifact", "delete")?;
    let (repository, (digest, _)) = named(api)?;
    for (name, tag) in oci::tags_of(api.rows.tx, &content_key(&api.rows.name), &repository.name) {
        if tag.digest == digest {
            check_mutable(api, &project, &repository, &name)?;
        }
    }
    if let Ok(digest) = digest.parse() {
        remove(&mut api.rows, api.blobs, &repository.name, &digest);
    }
    Ok(done())
}

/// `POST …/artifacts?from=project/repository@digest` copies an artifact.
fn copy(api: &mut Api<'_>) -> Reply {
    let Some(from) = api
        .call
        .query("from")
        .filter(|from| !from.is_empty())
        .map(str::to_owned)
    else {
        return Err(Failure::invalid("from in query is required"));
    };
    let target_project = repository::admit(api, "artifact", "create")?;
    let wrong = || Failure::bad_request(format!("the from {from} is invalid"));
    let (source, reference) = from
        .split_once('@')
        .or_else(|| from.rsplit_once(':'))
        .filter(|(source, reference)| source.contains('/') && !reference.is_empty())
        .ok_or_else(wrong)?;
    let source_project = source
        .split_once('/')
        .and_then(|(project, _)| project::by_name(&api.rows, project));
    let source_id = source_project.map(|project| project.id);
    api.require_project(source_id, "artifact", "read")?;
    let (digest, _) = find(&api.rows, source, reference)
        .ok_or_else(|| Failure::not_found(format!("artifact {from} not found")))?;
    let name = repository::full_name(api);
    let key = content_key(&api.rows.name);
    oci::copy_manifest(api.rows.tx, &key, (source, &name), &digest);
    repository::ensure(&mut api.rows, &target_project, &name);
    note_push(&mut api.rows, &name, &digest);
    Ok(api.created(digest))
}

fn list_tags(api: &mut Api<'_>) -> Reply {
    repository::admit(api, "tag", "list")?;
    let (repository, (digest, _)) = named(api)?;
    let immutable = api.flag("with_immutable_status")?.unwrap_or(false);
    let rows = oci::tags_of(api.rows.tx, &content_key(&api.rows.name), &repository.name)
        .iter()
        .filter(|(_, tag)| tag.digest == digest)
        .map(|tag| tag_shown(&api.rows, &repository, tag, immutable))
        .collect();
    list(api, rows)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagWish {
    name: String,
}

fn create_tag(api: &mut Api<'_>) -> Reply {
    let wish: TagWish = api.body("tag")?;
    repository::admit(api, "tag", "create")?;
    let (repository, (digest, _)) = named(api)?;
    let pattern = regex::Regex::new(r"^[\w][\w.-]{0,127}$").expect("the pattern is fixed");
    if !pattern.is_match(&wish.name) {
        return Err(Failure::bad_request_because(format!(
            "invalid tag name: {}",
            wish.name
        )));
    }
    let key = content_key(&api.rows.name);
    let taken = oci::tags_of(api.rows.tx, &key, &repository.name)
        .iter()
        .any(|(name, _)| *name == wish.name);
    if taken {
        return Err(Failure::conflict(format!("tag {} already exists", wish.name)));
    }
    let tag = Tag {
        digest,
        updated: instant(api.rows.tx.now()),
    };
    oci::put_tag(api.rows.tx, &key, &repository.name, &wish.name, &tag);
    Ok(api.created(&wish.name))
}

fn delete_tag(api: &mut Api<'_>) -> Reply {
    let project = repository::admit(api, "tag", "delete")?;
    let (repository, (digest, _)) = named(api)?;
    let name = api.path("tag_name").to_owned();
    let key = content_key(&api.rows.name);
    let attached = oci::tags_of(api.rows.tx, &key, &repository.name)
        .iter()
        .any(|(known, tag)| *known == name && tag.digest == digest);
    if !attached {
        return Err(Failure::not_found(format!(
            "tag {name} attached to artifact {digest} not found"
        )));
    }
    check_mutable(api, &project, &repository, &name)?;
    oci::forget_tag(api.rows.tx, &key, &repository.name, &name);
    Ok(done())
}

fn accessories(api: &mut Api<'_>) -> Reply {
    repository::admit(api, "accessory", "list")?;
    let (repository, (digest, _)) = named(api)?;
    let subject = known(&api.rows, &repository.name, &digest).map(|artifact| artifact.id);
    let rows = oci::manifests_of(api.rows.tx, &content_key(&api.rows.name), &repository.name)
        .iter()
        .filter(|(_, kept)| kept.subject.as_deref() == Some(&digest))
        .filter_map(|(accessory, kept)| {
            let artifact = known(&api.rows, &repository.name, accessory)?;
            Some(json!({
                "id": artifact.id, "artifact_id": artifact.id, "subject_artifact_id": subject,
                "subject_artifact_digest": digest, "subject_artifact_repo": repository.name,
                "size": kept.size, "digest": accessory, "type": "subject.accessory", "icon": "",
                "creation_time": instant(artifact.pushed),
            }))
        })
        .collect();
    list(api, rows)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LabelWish {
    id: u64,
}

fn change_labels(
    api: &mut Api<'_>,
    action: &str,
    id: u64,
    change: impl FnOnce(&mut Vec<u64>, u64) -> Result<(), Failure>,
) -> Reply {
    let project = repository::admit(api, "artifact-label", action)?;
    let (repository, (digest, _)) = named(api)?;
    let label = api
        .rows
        .row::<Label>(id)
        .filter(|label| label.project_id.is_none_or(|known| known == project.id))
        .ok_or_else(|| Failure::not_found(format!("label {id} not found")))?;
    let mut artifact = known(&api.rows, &repository.name, &digest)
        .ok_or_else(|| Failure::not_found("artifact not found"))?;
    change(&mut artifact.labels, label.id)?;
    let key = key_of(&api.rows, &repository.name, &digest);
    api.rows.tx.put(ARTIFACTS, &key, &artifact);
    Ok(done())
}

fn add_label(api: &mut Api<'_>) -> Reply {
    let wish: LabelWish = api.body("label")?;
    change_labels(api, "create", wish.id, |labels, id| {
        if labels.contains(&id) {
            return Err(Failure::conflict(format!(
                "label {id} is already added to the artifact"
            )));
        }
        labels.push(id);
        Ok(())
    })
}

fn remove_label(api: &mut Api<'_>) -> Reply {
    let id = api.path_id("label_id")?;
    change_labels(api, "delete", id, |labels, id| {
        if !labels.contains(&id) {
            return Err(Failure::not_found(format!("reference with label {id} not found")));
        }
        labels.retain(|known| *known != id);
        Ok(())
    })
}
