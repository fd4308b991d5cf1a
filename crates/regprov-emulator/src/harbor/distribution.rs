//! The registry's data plane: `/v2/…` behind Harbor's rights, quotas and immutable tags.

use std::collections::BTreeSet;

use http::{Method, Response};

use super::api::Api;
use super::failure::Failure;
use super::immutable_tag::is_immutable;
use super::instance::content_key;
use super::project::{self, Project};
use super::token::{self, Claims};
use super::{READ_ONLY, artifact, configuration, quota, repository};
use crate::answer::Answer;
use crate::clock;
use crate::oci::{self, Access, Rights, Route, Visit};

/// Accesses to repositories that were found to be allowed.
struct Allowed(BTreeSet<(String, Access)>);

impl Rights for Allowed {
    fn allows(&self, repository: Option<&str>, access: Access) -> bool {
        let wanted = (repository.unwrap_or_default().to_owned(), access);
        self.0.contains(&wanted)
    }
}

/// A repository, and what is to be done with it.
struct Wanted {
    repository: String,
    access: Access,
}

/// Answers a request of the distribution API.
pub(super) fn answer(api: &mut Api<'_>) -> Answer {
    serve(api)
        .unwrap_or_else(Failure::into_answer)
        .header("docker-distribution-api-version", "registry/2.0")
}

fn serve(api: &mut Api<'_>) -> Result<Answer, Failure> {
    let route = match Route::parse(&api.call.path) {
        Ok(route) => route,
        Err(failure) => return Ok(from_http(failure.into_response())),
    };
    let claims = api.call.bearer().and_then(|bearer| token::claims(api, bearer));
    let wanted = wanted(api, &route);
    if let Some(refusal) = admit(api, &route, claims.as_ref(), &wanted) {
        return Ok(refusal);
    }
    if !matches!(api.call.method, Method::GET | Method::HEAD) && configuration::flag(&api.rows, "read_only") {
        return Err(Failure::denied(READ_ONLY));
    }
    let project = wanted
        .first()
        .and_then(|wanted| project_of(api, &wanted.repository));
    check_immutable(api, &route, project.as_ref())?;
    let before = project.as_ref().map(|project| quota::used(&api.rows, project));
    if let Route::Manifest {
        repository,
        reference,
    } = &route
        && api.call.method == Method::DELETE
    {
        return delete_manifest(api, repository, reference);
    }
    let allowed = wanted
        .into_iter()
        .map(|wanted| (wanted.repository, wanted.access));
    let answer = of_registry(api, &route, &Allowed(allowed.collect()));
    if !answer.status.is_success() {
        return Ok(answer);
    }
    if let (Some(project), Some(before)) = (&project, before) {
        if !matches!(api.call.method, Method::GET | Method::HEAD) {
            quota::enforce(&api.rows, project, before)?;
        }
        note(api, &route, project, &answer);
    }
    Ok(answer)
}

/// The accesses that a request takes.
fn wanted(api: &Api<'_>, route: &Route) -> Vec<Wanted> {
    let access = match api.call.method {
        Method::GET | Method::HEAD => Access::Pull,
        Method::DELETE => Access::Delete,
        _ => Access::Push,
    };
    let Some(repository) = route.need(&api.call.method).and_then(|need| need.repository) else {
        return Vec::new();
    };
    let mut wanted = vec![Wanted { repository, access }];
    if let (Route::StartUpload { .. }, Some(from), Some(_)) =
        (route, api.call.query("from"), api.call.query("mount"))
    {
        wanted.push(Wanted {
            repository: from.to_owned(),
            access: Access::Pull,
        });
    }
    wanted
}

fn project_of(api: &Api<'_>, repository: &str) -> Option<Project> {
    project::by_name(&api.rows, repository.split('/').next()?)
}

/// Refuses those who may not do what they want.
fn admit(api: &Api<'_>, route: &Route, claims: Option<&Claims>, wanted: &[Wanted]) -> Option<Answer> {
    let refuse = |message: String| Some(challenge(api, wanted, &message));
    match route {
        Route::Base
            if !api.caller.is_authenticated() && claims.is_none_or(|claims| claims.sub.is_empty()) =>
        {
            return refuse("unauthorized".to_owned());
        }
        Route::Catalog if !api.may_system("catalog", "read") => {
            return refuse("unauthorized to list catalog".to_owned());
        }
        _ => {}
    }
    for wish in wanted {
        if api.call.header("authorization").is_none_or(str::is_empty) && wish.access == Access::Pull {
            return refuse("authorize header needed to send HEAD to repository".to_owned());
        }
        let Some(project) = project_of(api, &wish.repository) else {
            let name = wish.repository.split('/').next().unwrap_or_default();
            let failure = Failure::new(401, "UNAUTHORIZED", format!("project {name} not found"));
            return Some(failure.into_answer().header("www-authenticate", ""));
        };
        let allowed = match claims {
            Some(claims) => grants(claims, &project, wish.access),
            None => api.may_project(project.id, "repository", wish.access.word()),
        };
        if !allowed {
            return refuse(format!(
                "unauthorized to access repository: {}, action: {}",
                wish.repository,
                wish.access.word()
            ));
        }
    }
    None
}

/// Whether a token grants an access to the repositories of a project: it is for all of them, and for none of a project
/// that is younger than the token.
fn grants(claims: &Claims, project: &Project, access: Access) -> bool {
    const LEEWAY_SECONDS: i64 = 60;
    claims.iat + LEEWAY_SECONDS >= project.created.as_second()
        && claims
            .access
            .iter()
            .filter(|granted| granted.kind == "repository")
            .filter(|granted| granted.name.split('/').next() == Some(&project.name))
            .any(|granted| granted.actions.iter().any(|action| action == access.word()))
}

/// Asks for credentials: for a token where none were sent, for a password where those that were sent do not reach.
fn challenge(api: &Api<'_>, wanted: &[Wanted], message: &str) -> Answer {
    let basic = api
        .call
        .header("authorization")
        .is_some_and(|value| !value.is_empty())
        || api.call.path.starts_with("/v2/_catalog");
    let text = if basic {
        "Basic realm=\"harbor\"".to_owned()
    } else {
        let scopes: Vec<String> = wanted
            .iter()
            .map(|wish| {
                let actions = match wish.access {
                    Access::Push => "pull,push",
                    access => access.word(),
                };
                format!("repository:{}:{actions}", wish.repository)
            })
            .collect();
        let scope = match scopes.join(" ").as_str() {
            "" => String::new(),
            scope => format!(",scope=\"{scope}\""),
        };
        format!(
            "Bearer realm=\"{}/service/token\",service=\"{}\"{scope}",
            api.call.base_url(),
            token::SERVICE
        )
    };
    Failure::new(401, "UNAUTHORIZED", message)
        .into_answer()
        .header("www-authenticate", &text)
}

/// Refuses to move a tag that is to stay.
fn check_immutable(api: &Api<'_>, route: &Route, project: Option<&Project>) -> Result<(), Failure> {
    let (
        Route::Manifest {
            repository,
            reference,
        },
        Some(project),
        &Method::PUT,
    ) = (route, project, &api.call.method)
    else {
        return Ok(());
    };
    let short = repository.split_once('/').map_or("", |(_, short)| short);
    let exists = oci::tags_of(api.rows.tx, &content_key(&api.rows.name), repository)
        .iter()
        .any(|(name, _)| name == reference);
    if exists && is_immutable(&api.rows, project.id, short, reference) {
        return Err(Failure::precondition(format!(
            "Failed to process request due to '{short}:{reference}' configured as immutable."
        )));
    }
    Ok(())
}

fn delete_manifest(api: &mut Api<'_>, repository: &str, reference: &str) -> Result<Answer, Failure> {
    let Ok(digest) = reference.parse::<oci::Digest>() else {
        return Err(Failure::new(
            400,
            "UNSUPPORTED",
            format!("unsupported digest {reference}: invalid checksum digest format"),
        ));
    };
    let key = content_key(&api.rows.name);
    let missing = || Failure::not_found(format!("artifact {repository}@{reference} not found"));
    oci::manifests_of(api.rows.tx, &key, repository)
        .into_iter()
        .find(|(known, _)| known == reference)
        .ok_or_else(missing)?;
    let short = repository.split_once('/').map_or("", |(_, short)| short);
    if let Some(project) = project_of(api, repository) {
        for (name, tag) in oci::tags_of(api.rows.tx, &key, repository) {
            if tag.digest == reference && is_immutable(&api.rows, project.id, short, &name) {
                return Err(Failure::precondition(format!(
                    "the tag {name} configured as immutable, cannot be deleted"
                )));
            }
        }
    }
    artifact::remove(&mut api.rows, api.blobs, repository, &digest);
    Ok(Answer::empty(202))
}

/// Lets the registry answer.
fn of_registry(api: &mut Api<'_>, route: &Route, allowed: &Allowed) -> Answer {
    let target = match api.call.raw_query.as_str() {
        "" => api.call.path.clone(),
        query => format!("{}?{query}", api.call.path),
    };
    let mut request = http::Request::new(api.call.body.clone());
    *request.method_mut() = api.call.method.clone();
    *request.headers_mut() = api.call.headers.clone();
    match target.parse() {
        Ok(uri) => *request.uri_mut() = uri,
        Err(_) => return Answer::empty(400),
    }
    let key = content_key(&api.rows.name);
    let visit = Visit {
        registry: &key,
        request: &request,
        content: api.blobs,
        rights: allowed,
        fresh_id: if matches!(route, Route::StartUpload { .. }) {
            api.rows.tx.new_uuid().to_string()
        } else {
            String::new()
        },
        now: clock::seconds(api.rows.tx.now()),
    };
    from_http(oci::serve(api.rows.tx, route, &visit))
}

/// Notes what a request did to artifacts.
fn note(api: &mut Api<'_>, route: &Route, project: &Project, answer: &Answer) {
    let Route::Manifest { repository: name, .. } = route else {
        return;
    };
    let digest = answer.headers.get("docker-content-digest").cloned();
    let Some(digest) = digest.as_ref().and_then(|digest| digest.to_str().ok()) else {
        return;
    };
    match api.call.method {
        Method::PUT => {
            repository::ensure(&mut api.rows, project, name);
            artifact::note_push(&mut api.rows, name, digest);
        }
        Method::GET => artifact::note_pull(&mut api.rows, name, digest),
        _ => {}
    }
}

fn from_http(response: Response<bytes::Bytes>) -> Answer {
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: Box::new(parts.headers),
        body,
        keeps_changes: false,
    }
}
