//! The registry and its token service: `registry-1.docker.io` and `auth.docker.io`.

mod pulls;
mod token;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::json;

use super::repository::{self, Repository};
use crate::answer::Answer;
use crate::call::Call;
use crate::clock;
use crate::oci::{self, Access, Blobs, Failure, Need, Rights, Route, Visit};
use crate::store::Transaction;

pub(super) use pulls::LIMIT;
use token::Granted;

/// The registry's key in the content tables.
pub(super) const CONTENT: &str = "dockerhub";

/// Where the content of a repository is.
pub(super) fn path(repository: &Repository) -> String {
    format!("{}/{}", repository.namespace, repository.name)
}

/// Deletes what a repository holds.
pub(super) fn forget(tx: &mut Transaction, repository: &Repository) {
    oci::forget_repository(tx, CONTENT, &path(repository));
}

/// Answers a request to the registry or to its token service.
pub(crate) fn handle(tx: &mut Transaction, call: &Call, blobs: &Blobs) -> Answer {
    match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/token") => token::by_query(tx, call),
        ("POST", "/token") => token::by_form(tx, call),
        (_, path) if path == "/v2" || path.starts_with("/v2/") => {
            serve(tx, call, blobs).unwrap_or_else(|failure| from_http(failure.into_response()))
        }
        _ => Answer::bytes(404, "text/plain; charset=utf-8", "404 page not found\n".into()),
    }
}

fn from_http(response: Response<Bytes>) -> Answer {
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: Box::new(parts.headers),
        body,
        keeps_changes: false,
    }
}

struct Allowed<'a>(&'a Granted);

impl Rights for Allowed<'_> {
    fn allows(&self, repository: Option<&str>, access: Access) -> bool {
        repository.is_some_and(|name| self.0.allows(name, access))
    }
}

fn serve(tx: &mut Transaction, call: &Call, blobs: &Blobs) -> Result<Answer, Failure> {
    let route = Route::parse(&call.path)?;
    let granted = call.bearer().and_then(|bearer| token::granted(tx, bearer));
    let need = route.need(&call.method);
    let Some(granted) = granted else {
        return Ok(challenge(call, need.as_ref()));
    };
    let Some(need) = need else {
        return Ok(content(tx, call, (&route, &granted, blobs)));
    };
    let Some(name) = need.repository.clone() else {
        return Ok(challenge(call, Some(&need)));
    };
    if !need.any_of.iter().any(|access| granted.allows(&name, *access)) {
        return Ok(challenge(call, Some(&need)));
    }
    let Some((namespace, short)) = name.split_once('/').filter(|(_, short)| !short.contains('/')) else {
        let failure = Failure::new(StatusCode::BAD_REQUEST, "NAME_INVALID", "invalid repository name");
        return Err(failure.with_detail(json!({ "name": name })));
    };
    let known = repository::get(tx, namespace, short);
    let reads = matches!(call.method, Method::GET | Method::HEAD) && !is_upload(&route);
    if known.is_none() && reads && !granted.allows(&name, Access::Push) {
        // A repository that is not there is not told apart from one that may not be seen; who may push is about to make it.
        return Ok(challenge(call, Some(&need)));
    }
    if let Some(refusal) = immutable(tx, (call, &route), known.as_ref()) {
        return Err(refusal);
    }
    let counted = match &route {
        Route::Manifest { .. } => pulls::count(tx, call, &granted)?,
        _ => None,
    };
    let mut answer = content(tx, call, (&route, &granted, blobs));
    if answer.status.is_success() {
        note(tx, call, (&route, namespace, short));
    }
    if let Some(counted) = counted {
        answer = counted.told(answer);
    }
    Ok(answer)
}

const fn is_upload(route: &Route) -> bool {
    matches!(route, Route::StartUpload { .. } | Route::Upload { .. })
}

/// Asks for a token, or says that the one that was sent does not reach.
fn challenge(call: &Call, need: Option<&Need>) -> Answer {
    let actions: Vec<&str> = need
        .iter()
        .flat_map(|need| &need.any_of)
        .take(1)
        .flat_map(|access| match access {
            Access::Push => vec!["pull", "push"],
            other => vec![other.word()],
        })
        .collect();
    let name = need.and_then(|need| need.repository.clone());
    let scope = name.as_ref().map_or_else(String::new, |name| {
        format!(",scope=\"repository:{name}:{}\"", actions.join(","))
    });
    let detail: Vec<_> = actions
        .iter()
        .map(|action| json!({ "Type": "repository", "Class": "", "Name": name, "Action": action }))
        .collect();
    let insufficient = if call.bearer().is_some() {
        ",error=\"insufficient_scope\""
    } else {
        ""
    };
    let body = json!({ "errors": [{
        "code": "UNAUTHORIZED", "message": "authentication required",
        "detail": if detail.is_empty() { serde_json::Value::Null } else { detail.into() },
    }] });
    Answer::json(401, &body)
        .header("docker-distribution-api-version", "registry/2.0")
        .header(
            "www-authenticate",
            &format!(
                "Bearer realm=\"{}/token\",service=\"{}\"{scope}{insufficient}",
                call.base_url(),
                token::SERVICE
            ),
        )
}

/// Refuses to move a tag that is to stay, and to delete a manifest that tags point at.
fn immutable(
    tx: &Transaction,
    (call, route): (&Call, &Route),
    repository: Option<&Repository>,
) -> Option<Failure> {
    let (Route::Manifest { reference, .. }, Some(repository)) = (route, repository) else {
        return None;
    };
    let tags = oci::tags_of(tx, CONTENT, &path(repository));
    match call.method {
        Method::PUT => {
            let moves = tags.iter().any(|(name, tag)| {
                name == reference && tag.digest != oci::Digest::of(&call.body).to_string()
            });
            (moves && repository.is_immutable(reference)).then(|| {
                Failure::new(
                    StatusCode::BAD_REQUEST,
                    "TAG_INVALID",
                    format!("tag {reference} is immutable and cannot be overwritten"),
                )
            })
        }
        Method::DELETE => tags.iter().any(|(_, tag)| tag.digest == *reference).then(|| {
            Failure::new(
                StatusCode::FORBIDDEN,
                "DENIED",
                "the manifest is still referenced by a tag",
            )
        }),
        _ => None,
    }
}

/// Lets the registry answer.
fn content(tx: &mut Transaction, call: &Call, (route, granted, blobs): (&Route, &Granted, &Blobs)) -> Answer {
    let target = match call.raw_query.as_str() {
        "" => call.path.clone(),
        query => format!("{}?{query}", call.path),
    };
    let mut request = http::Request::new(call.body.clone());
    *request.method_mut() = call.method.clone();
    *request.headers_mut() = call.headers.clone();
    match target.parse() {
        Ok(uri) => *request.uri_mut() = uri,
        Err(_) => return Answer::empty(400),
    }
    let visit = Visit {
        registry: CONTENT,
        request: &request,
        content: blobs,
        rights: &Allowed(granted),
        fresh_id: if matches!(route, Route::StartUpload { .. }) {
            tx.new_uuid().to_string()
        } else {
            String::new()
        },
        now: clock::seconds(tx.now()),
    };
    from_http(oci::serve(tx, route, &visit))
}

/// Notes a push, which may have made the repository.
fn note(tx: &mut Transaction, call: &Call, (route, namespace, short): (&Route, &str, &str)) {
    if !matches!(route, Route::Manifest { .. }) {
        return;
    }
    match call.method {
        Method::PUT => repository::pushed(tx, namespace, short),
        Method::GET => {
            if let Some(mut repository) = repository::get(tx, namespace, short) {
                repository.pulls += 1;
                repository::save(tx, &repository);
            }
        }
        _ => {}
    }
}
