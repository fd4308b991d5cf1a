//! Images of a repository, as Artifact Registry tells of them.

use serde_json::{Value, json};

use super::context::{Google, Reply, pruned};
use super::failure::Failure;
use super::registry;
use super::repository::Repository;
use crate::answer::Answer;
use crate::oci::{self, Kept, Tag};

/// Answers what stands below a repository.
pub(super) fn handle(
    google: &mut Google<'_>,
    repository: &Repository,
    (method, rest): (&str, &[&str]),
) -> Reply {
    let place = Place::of(repository);
    match (method, rest) {
        ("GET", ["dockerImages"]) => {
            let all = images(google, &place, repository);
            google.list("dockerImages", all, 1000)
        }
        ("GET", ["dockerImages", image]) => {
            let wanted = format!("{}/dockerImages/{image}", repository.name);
            let all = images(google, &place, repository);
            let decoded = |name: &Value| name.as_str().map(|name| name.replace("%2F", "/"));
            let found = all
                .into_iter()
                .find(|body| decoded(&body["name"]) == Some(wanted.replace("%2F", "/")));
            let body = found.ok_or_else(|| Failure::absent("Requested entity was not found."))?;
            Ok(Answer::json(200, &body))
        }
        ("GET", ["packages"]) => {
            let names = oci::repositories(google.tx, &place.key);
            let bodies = names
                .iter()
                .map(|name| json!({ "name": format!("{}/packages/{}", repository.name, name.replace('/', "%2F")) }))
                .collect();
            google.list("packages", bodies, 1000)
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

/// Where a repository's images are.
struct Place {
    key: String,
    uri: String,
}

impl Place {
    fn of(repository: &Repository) -> Self {
        let parts: Vec<&str> = repository.name.split('/').collect();
        let (project, location, id) = (parts[1], parts[3], parts[5]);
        Self {
            key: registry::content_key(location, project, id),
            uri: format!("{location}-docker.pkg.dev/{project}/{id}"),
        }
    }
}

fn images(google: &Google<'_>, place: &Place, repository: &Repository) -> Vec<Value> {
    let mut all = Vec::new();
    for image in oci::repositories(google.tx, &place.key) {
        let tags = oci::tags_of(google.tx, &place.key, &image);
        for (digest, kept) in oci::manifests_of(google.tx, &place.key, &image) {
            all.push(describe(
                google,
                (place, repository, &image),
                (&digest, &kept),
                &tags,
            ));
        }
    }
    all
}

fn describe(
    google: &Google<'_>,
    (place, repository, image): (&Place, &Repository, &str),
    (digest, kept): (&str, &Kept),
    tags: &[(String, Tag)],
) -> Value {
    let pointing: Vec<&(String, Tag)> = tags.iter().filter(|(_, tag)| tag.digest == digest).collect();
    let updated = pointing
        .iter()
        .map(|(_, tag)| tag.updated.as_str())
        .max()
        .unwrap_or(&kept.created);
    let manifest = digest
        .parse()
        .ok()
        .and_then(|digest| google.blobs.get(&digest).ok())
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let size: u64 = manifest
        .iter()
        .flat_map(|manifest| manifest["layers"].as_array().into_iter().flatten())
        .filter_map(|layer| layer["size"].as_u64())
        .sum();
    pruned(json!({
        "name": format!("{}/dockerImages/{}@{digest}", repository.name, image.replace('/', "%2F")),
        "uri": format!("{}/{image}@{digest}", place.uri),
        "tags": pointing.iter().map(|(name, _)| name.as_str()).collect::<Vec<&str>>(),
        "imageSizeBytes": if size > 0 { size.to_string() } else { String::new() },
        "uploadTime": kept.created, "updateTime": updated, "mediaType": kept.media_type,
        "buildTime": "1970-01-01T00:00:00Z",
        "artifactType": kept.artifact_type,
    }))
}
