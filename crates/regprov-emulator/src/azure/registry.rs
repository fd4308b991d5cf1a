//! The data plane of a container registry: ACR's token flow in front of the OCI distribution API.

mod identity;
mod native;
mod network;
mod rights;
mod token;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::azure::arm::container_registry;
use crate::azure::arm::resource::Resource;
use crate::call::Call;
use crate::clock;
use crate::oci::{self, Blobs, Failure, Need, Rights as _, Route, Visit};
use crate::store::Transaction;

use identity::Identity;
use rights::Granted;

/// A request to a registry that is there.
struct Plane<'a> {
    tx: &'a mut Transaction,
    call: &'a Call,
    registry: Resource,
    /// The registry's name, lower-case: its key in the content tables.
    key: String,
}

/// Answers a request to the registry `registry_name`.
pub(crate) fn handle(tx: &mut Transaction, call: &Call, registry_name: &str, blobs: &Blobs) -> Answer {
    let key = registry_name.to_ascii_lowercase();
    let Some(registry) = container_registry::by_name(tx, &key) else {
        let failure = Failure::new(
            StatusCode::NOT_FOUND,
            "NAME_UNKNOWN",
            "the registry does not exist",
        );
        return from_http(failure.into_response());
    };
    let mut plane = Plane {
        tx,
        call,
        registry,
        key,
    };
    if let Err(denied) = network::admit(&plane.registry) {
        return from_http(denied.into_response());
    }
    let answer = match (call.method.as_str(), call.path.as_str()) {
        ("POST", "/oauth2/exchange") => token::exchange(&mut plane),
        ("GET" | "POST", "/oauth2/token") => token::token(&mut plane),
        (_, path) if path == "/v2" || path.starts_with("/v2/") => plane.distribution(blobs),
        (_, path) if path.starts_with("/acr/v1/") => native::handle(&mut plane, blobs),
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

impl Plane<'_> {
    /// The host by which clients know the registry.
    fn login_server(&self) -> String {
        self.tx
            .login_server(&self.key)
            .unwrap_or_else(|| self.call.host.clone())
    }

    /// A request of the distribution API: who asks, whether they may, then what they ask.
    fn distribution(&mut self, blobs: &Blobs) -> Result<Answer, Failure> {
        let route = Route::parse(&self.call.path)?;
        let need = route.need(&self.call.method);
        let granted = match self.granted(need.as_ref()) {
            Some(granted) => granted,
            None => return Ok(self.challenge(need.as_ref(), false)),
        };
        if let Some(wanted) = &need {
            let repository = wanted.repository.as_deref();
            if !wanted
                .any_of
                .iter()
                .any(|access| granted.allows(repository, *access))
            {
                return Ok(self.challenge(need.as_ref(), true));
            }
        }
        Ok(self.serve(&route, &granted, blobs))
    }

    /// The rights that the request's credentials give; none without credentials that hold.
    fn granted(&self, need: Option<&Need>) -> Option<Granted> {
        if let Some(bearer) = self.call.bearer() {
            return token::access_of(self, bearer);
        }
        let (user, password) = self.call.basic()?;
        let identity = Identity::log_in(self, &user, &password)?;
        let from = self.call.query("from");
        let repositories = need
            .and_then(|need| need.repository.as_deref())
            .into_iter()
            .chain(from);
        Some(rights::live(self, &identity, repositories))
    }

    fn serve(&mut self, route: &Route, granted: &Granted, blobs: &Blobs) -> Answer {
        let target = match self.call.raw_query.as_str() {
            "" => self.call.path.clone(),
            query => format!("{}?{query}", self.call.path),
        };
        let mut request = http::Request::new(self.call.body.clone());
        *request.method_mut() = self.call.method.clone();
        *request.headers_mut() = self.call.headers.clone();
        match target.parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return Answer::empty(400),
        }
        let starts = matches!(route, Route::StartUpload { .. });
        let visit = Visit {
            registry: &self.key,
            request: &request,
            content: blobs,
            rights: granted,
            fresh_id: if starts {
                self.tx.new_uuid().to_string()
            } else {
                String::new()
            },
            now: clock::ticks(self.tx.now()),
        };
        from_http(oci::serve(self.tx, route, &visit))
    }

    /// Asks for a token; `known` when there was one that does not reach.
    fn challenge(&self, need: Option<&Need>, known: bool) -> Answer {
        let server = self.login_server();
        let mut challenge = format!(
            "Bearer realm=\"{}/oauth2/token\",service=\"{server}\"",
            self.call.base_url()
        );
        let mut detail = Value::Null;
        if let Some(need) = need {
            let (kind, name) = match &need.repository {
                Some(repository) => ("repository", repository.as_str()),
                None => ("registry", "catalog"),
            };
            let mut action = need
                .any_of
                .first()
                .map_or("pull", |access| access.word())
                .to_owned();
            detail = json!([{ "Type": kind, "Name": name, "Action": action }]);
            if action == "push" {
                "pull,push".clone_into(&mut action);
            }
            challenge.push_str(&format!(",scope=\"{kind}:{name}:{action}\""));
        }
        if known {
            challenge.push_str(",error=\"insufficient_scope\"");
        }
        let message = if known {
            "authentication required, visit https://aka.ms/acr/authorization for more information."
        } else {
            "authentication required"
        };
        let body = json!({ "errors": [{ "code": "UNAUTHORIZED", "message": message, "detail": detail }] });
        Answer::json(401, &body)
            .header("www-authenticate", &challenge)
            .header("docker-distribution-api-version", "registry/2.0")
    }
}

/// The refusal of credentials.
fn unauthorized(message: &str) -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
}
