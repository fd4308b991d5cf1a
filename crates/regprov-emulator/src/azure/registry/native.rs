//! ACR's own API beside the distribution API: `/acr/v1/`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Plane, from_http};
use crate::answer::Answer;
use crate::oci::{self, Access, Blobs, Failure, Need, Rights as _};

/// The distribution API has the same data under other paths; only what it lacks is answered here.
pub(super) fn handle(plane: &mut Plane<'_>, _blobs: &Blobs) -> Result<Answer, Failure> {
    let rest = plane.call.path.trim_start_matches("/acr/v1/").to_owned();
    if rest == "_catalog" && plane.call.method == "GET" {
        let need = Need {
            repository: None,
            any_of: vec![Access::Catalog],
        };
        if let Some(refused) = refuse(plane, &need) {
            return Ok(refused);
        }
        let names = oci::repositories(plane.tx, &plane.key);
        let names = if names.is_empty() {
            Value::Null
        } else {
            json!(names)
        };
        return Ok(Answer::json(200, &json!({ "repositories": names })));
    }
    if plane.call.method == "DELETE" && !rest.contains("/_") {
        let need = Need {
            repository: Some(rest.clone()),
            any_of: vec![Access::Delete],
        };
        if let Some(refused) = refuse(plane, &need) {
            return Ok(refused);
        }
        return delete_repository(plane, &rest);
    }
    Ok(Answer::unsupported(&format!(
        "{} {} of the registry",
        plane.call.method, plane.call.path
    )))
}

fn refuse(plane: &Plane<'_>, need: &Need) -> Option<Answer> {
    match plane.granted(Some(need)) {
        None => Some(plane.challenge(Some(need), false)),
        Some(granted) => {
            let allowed = need
                .any_of
                .iter()
                .any(|access| granted.allows(need.repository.as_deref(), *access));
            (!allowed).then(|| plane.challenge(Some(need), true))
        }
    }
}

fn delete_repository(plane: &mut Plane<'_>, repository: &str) -> Result<Answer, Failure> {
    let (manifests, tags) = oci::forget_repository(plane.tx, &plane.key, repository);
    if manifests.is_empty() {
        let failure = Failure::new(
            StatusCode::NOT_FOUND,
            "NAME_UNKNOWN",
            "repository name not known to registry",
        );
        return Ok(from_http(failure.into_response()));
    }
    Ok(Answer::json(
        202,
        &json!({ "manifestsDeleted": manifests, "tagsDeleted": tags }),
    ))
}
