//! The registries that Artifact Registry serves: `LOCATION-docker.pkg.dev`, and `gcr.io` with its sisters.

mod rights;
mod token;

use bytes::Bytes;
use http::{Method, StatusCode};

use super::repository::{self, Repository};
use super::{locations, project, service};
use crate::answer::Answer;
use crate::call::Call;
use crate::clock;
use crate::oci::{self, Access, Blobs, Failure, Need, Rights as _, Route, Visit};
use crate::store::Transaction;

use rights::Held;

/// The hosts of Container Registry, with the location that has their repositories.
const GCR: [(&str, &str); 4] = [
    ("gcr.io", "us"),
    ("us.gcr.io", "us"),
    ("eu.gcr.io", "europe"),
    ("asia.gcr.io", "asia"),
];

/// The location of the repository that stands for a host of Container Registry.
pub(super) fn home_of_gcr(host: &str) -> Option<&'static str> {
    GCR.iter()
        .find(|(known, _)| *known == host)
        .map(|(_, location)| *location)
}

/// The key of a repository's content.
pub(super) fn content_key(location: &str, project: &str, id: &str) -> String {
    format!("{location}-docker.pkg.dev/{}/{id}", project.replace(':', "/"))
}

/// A registry.
pub(super) struct Place {
    host: String,
    location: String,
    /// The repository that the whole host stands for.
    gcr: Option<String>,
}

impl Place {
    /// The registry of a host.
    pub(super) fn of_host(host: &str) -> Option<Self> {
        if let Some(location) = home_of_gcr(host) {
            return Some(Self {
                host: host.to_owned(),
                location: location.to_owned(),
                gcr: Some(host.to_owned()),
            });
        }
        let location = host
            .strip_suffix("-docker.pkg.dev")
            .filter(|location| locations::exists(location))?;
        Some(Self {
            host: host.to_owned(),
            location: location.to_owned(),
            gcr: None,
        })
    }
}

/// The image of a request: its repository, and its name there.
struct Image {
    project: String,
    /// The repository's name in Artifact Registry.
    repository: String,
    /// The name of project, repository and image on the host of the repository's location.
    path: String,
}

impl Image {
    /// Finds the repository in the name that a client uses.
    fn of(place: &Place, name: &str) -> Option<Self> {
        let mut parts: Vec<&str> = name.split('/').collect();
        let domain = parts[0].contains('.');
        let taken = if domain { 2 } else { 1 };
        if parts.len() <= taken {
            return None;
        }
        let rest = parts.split_off(taken);
        let (project, in_path) = (parts.join(":"), parts.join("/"));
        let (id, image) = match &place.gcr {
            Some(host) => (host.as_str(), rest.join("/")),
            None => {
                let (id, image) = rest.split_first()?;
                (*id, image.join("/"))
            }
        };
        if image.is_empty() {
            return None;
        }
        Some(Self {
            repository: format!(
                "projects/{project}/locations/{}/repositories/{id}",
                place.location
            ),
            path: format!("{in_path}/{id}/{image}"),
            project,
        })
    }
}

/// A request to a registry.
struct Plane<'a> {
    tx: &'a mut Transaction,
    call: &'a Call,
    place: &'a Place,
}

/// Answers a request to a registry.
pub(super) fn handle(tx: &mut Transaction, call: &Call, place: &Place, blobs: &Blobs) -> Answer {
    let mut plane = Plane { tx, call, place };
    let answer = match call.path.as_str() {
        "/v2/token" => token::answer(&mut plane),
        path if path == "/v2" || path.starts_with("/v2/") => plane.distribution(blobs),
        _ => Err(Failure::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "404 page not found",
        )),
    };
    answer.unwrap_or_else(|failure| from_http(failure.into_response()))
}

fn from_http(response: http::Response<Bytes>) -> Answer {
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: Box::new(parts.headers),
        body,
        keeps_changes: false,
    }
}

fn name_invalid() -> Failure {
    let message =
        "Missing image name. Pushes should be of the form docker push HOST-NAME/PROJECT-ID/REPOSITORY/IMAGE";
    Failure::new(StatusCode::BAD_REQUEST, "NAME_INVALID", message)
}

impl Plane<'_> {
    fn distribution(&mut self, blobs: &Blobs) -> Result<Answer, Failure> {
        let route = Route::parse(&self.call.path)?;
        let need = route.need(&self.call.method);
        let Some(holder) = token::holder(self) else {
            return Ok(self.challenge(need.as_ref()));
        };
        let Some(need) = need else {
            return match holder.caller {
                super::caller::Caller::Nobody => Ok(self.challenge(None)),
                _ => Ok(self.serve(&route, &Held::default(), blobs)),
            };
        };
        let Some(name) = &need.repository else {
            return Err(Failure::new(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "the catalogue is not served: list repositories with Artifact Registry",
            ));
        };
        let image = Image::of(self.place, name).ok_or_else(name_invalid)?;
        self.check_api(&image)?;
        if !holder.covers(name, &need) {
            return Ok(self.challenge(Some(&need)));
        }
        let access = need.any_of[0];
        let mut held = rights::of(self, &holder.caller, &image);
        if !need
            .any_of
            .iter()
            .any(|access| held.allows(Some(&image.path), *access))
        {
            if self.call.header("authorization").is_none() {
                return Ok(self.challenge(Some(&need)));
            }
            return Err(rights::denied(&holder.caller, access, &image.repository));
        }
        let repository = self.repository(&image, access, &holder.caller)?;
        if let Some(from) = self
            .call
            .query("from")
            .and_then(|from| Image::of(self.place, from))
        {
            held.extend(rights::of(self, &holder.caller, &from));
        }
        let route = renamed(route, &image.path);
        self.check_content(&repository, &route)?;
        if repository.text("mode") == "VIRTUAL_REPOSITORY" {
            return Ok(self.virtually(&repository, (&route, &image), &held, blobs));
        }
        let answer = self.serve(&route, &held, blobs);
        Ok(self.told(answer, (&image.path, name)))
    }

    fn check_api(&mut self, image: &Image) -> Result<(), Failure> {
        let known = project::named(self.tx, &image.project);
        let on = known
            .as_ref()
            .is_none_or(|project| service::answers(self.tx, &project.id, "artifactregistry.googleapis.com"));
        if on {
            return Ok(());
        }
        let number = known.map(|project| project.number).unwrap_or_default();
        let message = format!(
            "Artifact Registry API has not been used in project {number} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/artifactregistry.googleapis.com/overview?project={number} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
        );
        Err(Failure::new(StatusCode::FORBIDDEN, "DENIED", message))
    }

    /// The repository; of a host of Container Registry the first push makes it, where the caller may do that.
    fn repository(
        &mut self,
        image: &Image,
        access: Access,
        caller: &super::caller::Caller,
    ) -> Result<Repository, Failure> {
        if let Some(repository) = repository::named(self.tx, &image.repository) {
            return Ok(repository);
        }
        let id = image.repository.rsplit('/').next().unwrap_or_default().to_owned();
        let project = project::named(self.tx, &image.project);
        if let (Some(_), Access::Push, Some(project)) = (&self.place.gcr, access, project) {
            let permission = "artifactregistry.repositories.createOnPush";
            let resource = format!("projects/{}", project.id);
            if super::authorization::may(self.tx, caller, permission, &resource) {
                return Ok(repository::create_on_push(self.tx, &image.repository));
            }
            let message = format!(
                "{} repository does not exist. Creating on push requires the {permission} permission",
                self.place.host
            );
            return Err(Failure::new(StatusCode::FORBIDDEN, "DENIED", message));
        }
        let message = format!("Repository \"{id}\" not found");
        Err(Failure::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message))
    }

    /// That a repository takes what a request does with it.
    fn check_content(&self, repository: &Repository, route: &Route) -> Result<(), Failure> {
        let refuse = |message: String| Err(Failure::new(StatusCode::BAD_REQUEST, "UNSUPPORTED", message));
        let reads = matches!(self.call.method, Method::GET | Method::HEAD);
        let format = repository.text("format");
        if format != "DOCKER" {
            return refuse(format!(
                "This repository has the format {format}, and takes no images."
            ));
        }
        match (repository.text("mode"), reads) {
            ("STANDARD_REPOSITORY", _) | ("VIRTUAL_REPOSITORY", true) => {}
            ("REMOTE_REPOSITORY", true) => {
                return refuse(
                    "The sandbox fetches nothing from the upstream of a remote repository.".to_owned(),
                );
            }
            (mode, _) => {
                return refuse(format!(
                    "Pushing to a repository of the mode {mode} is not supported."
                ));
            }
        }
        if let Route::Manifest {
            repository: name,
            reference,
        } = route
            && self.call.method == Method::PUT
            && repository.has_immutable_tags()
        {
            let sent = {
                use sha2::Digest as _;
                format!("sha256:{}", hex::encode(sha2::Sha256::digest(&self.call.body)))
            };
            let tags = oci::tags_of(self.tx, &self.key(), name);
            if tags.iter().any(|(tag, at)| tag == reference && at.digest != sent) {
                let message =
                    format!("cannot update tag {reference}. The repository has enabled tag immutability");
                return Err(Failure::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message));
            }
        }
        Ok(())
    }

    /// The registry's key in the content tables: the host of its location.
    fn key(&self) -> String {
        format!("{}-docker.pkg.dev", self.place.location)
    }

    /// What the first upstream with an answer has.
    fn virtually(
        &mut self,
        repository: &Repository,
        (route, image): (&Route, &Image),
        held: &Held,
        blobs: &Blobs,
    ) -> Answer {
        let config = repository.settings.get("virtualRepositoryConfig");
        let mut upstreams: Vec<(i64, String)> = config
            .and_then(|config| config["upstreamPolicies"].as_array())
            .into_iter()
            .flatten()
            .filter_map(|policy| {
                Some((
                    policy["priority"].as_i64().unwrap_or(0),
                    policy["repository"].as_str()?.to_owned(),
                ))
            })
            .collect();
        upstreams.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
        let inner = image.path.splitn(3, '/').nth(2).unwrap_or_default();
        for (_, upstream) in upstreams {
            let parts: Vec<&str> = upstream.split('/').collect();
            let [_, project, _, location, _, id] = parts.as_slice() else {
                continue;
            };
            if *location != self.place.location {
                continue;
            }
            let path = format!("{}/{id}/{inner}", project.replace(':', "/"));
            let answer = self.serve(&renamed(route.clone(), &path), &held.also(&path), blobs);
            if answer.status.is_success() {
                return answer;
            }
        }
        self.serve(route, held, blobs)
    }

    fn serve(&mut self, route: &Route, held: &Held, blobs: &Blobs) -> Answer {
        let mut query = self.call.raw_query.clone();
        if let Some(from) = self
            .call
            .query("from")
            .and_then(|from| Image::of(self.place, from))
        {
            let pairs = self.call.query.iter().map(|(name, value)| match name.as_str() {
                "from" => (name.as_str(), from.path.as_str()),
                _ => (name.as_str(), value.as_str()),
            });
            query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish();
        }
        let target = if query.is_empty() {
            self.call.path.clone()
        } else {
            format!("{}?{query}", self.call.path)
        };
        let mut request = http::Request::new(self.call.body.clone());
        *request.method_mut() = self.call.method.clone();
        *request.headers_mut() = self.call.headers.clone();
        match target.parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return Answer::empty(400),
        }
        let starts = matches!(route, Route::StartUpload { .. });
        let key = self.key();
        let visit = Visit {
            registry: &key,
            request: &request,
            content: blobs,
            rights: held,
            fresh_id: if starts {
                self.tx.new_uuid().to_string()
            } else {
                String::new()
            },
            now: clock::ticks(self.tx.now()),
        };
        from_http(oci::serve(self.tx, route, &visit))
    }

    /// The answer with the name that the client used.
    fn told(&self, mut answer: Answer, (inner, outer): (&str, &str)) -> Answer {
        if inner == outer {
            return answer;
        }
        let location = answer
            .headers
            .get(http::header::LOCATION)
            .and_then(|value| value.to_str().ok());
        if let Some(told) =
            location.map(|text| text.replacen(&format!("/v2/{inner}/"), &format!("/v2/{outer}/"), 1))
            && let Ok(value) = told.parse()
        {
            answer.headers.insert(http::header::LOCATION, value);
        }
        if self.call.path.ends_with("/tags/list") {
            let text = String::from_utf8_lossy(&answer.body).replacen(
                &format!("\"{inner}\""),
                &format!("\"{outer}\""),
                1,
            );
            answer.body = text.into_bytes().into();
        }
        answer
    }

    /// Asks for a token.
    fn challenge(&self, need: Option<&Need>) -> Answer {
        let host = &self.place.host;
        let realm = format!("{}/v2/token", self.call.base_url());
        let mut challenge = format!("Bearer realm=\"{realm}\"");
        let scope = need.and_then(|need| {
            let action = match need.any_of[0] {
                Access::Push => "push,pull",
                Access::Delete => "delete",
                _ => "pull",
            };
            Some(format!("repository:{}:{action}", need.repository.as_ref()?))
        });
        match (&self.place.gcr, scope) {
            (Some(_), scope) => {
                challenge.push_str(&format!(",service={host}"));
                if let Some(scope) = scope {
                    challenge.push_str(&format!(",scope=\"{scope}\""));
                }
            }
            (None, Some(scope)) => challenge.push_str(&format!(",service=\"{host}\",scope=\"{scope}\"")),
            (None, None) => {}
        }
        let failure = Failure::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "authentication failed");
        from_http(failure.into_response()).header("www-authenticate", &challenge)
    }
}

/// The same operation on another name.
fn renamed(route: Route, name: &str) -> Route {
    let repository = name.to_owned();
    match route {
        Route::Base | Route::Catalog => route,
        Route::Tags { .. } => Route::Tags { repository },
        Route::Referrers { digest, .. } => Route::Referrers { repository, digest },
        Route::Manifest { reference, .. } => Route::Manifest {
            repository,
            reference,
        },
        Route::Blob { digest, .. } => Route::Blob { repository, digest },
        Route::StartUpload { .. } => Route::StartUpload { repository },
        Route::Upload { id, .. } => Route::Upload { repository, id },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_image_tells_its_repository() {
        let of = |host: &str, name: &str| {
            let image = Image::of(&Place::of_host(host).unwrap(), name)?;
            Some((image.repository, image.path))
        };
        assert_eq!(
            of("europe-docker.pkg.dev", "p-1/base/a/b"),
            Some((
                "projects/p-1/locations/europe/repositories/base".to_owned(),
                "p-1/base/a/b".to_owned()
            ))
        );
        assert_eq!(
            of("eu.gcr.io", "example.com/p-1/a"),
            Some((
                "projects/example.com:p-1/locations/europe/repositories/eu.gcr.io".to_owned(),
                "example.com/p-1/eu.gcr.io/a".to_owned()
            ))
        );
        assert_eq!(of("us-docker.pkg.dev", "p-1/base"), None);
        assert!(Place::of_host("nowhere-docker.pkg.dev").is_none());
    }
}
