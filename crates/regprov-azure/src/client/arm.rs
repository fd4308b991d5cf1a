//! The resource manager (ARM).

use super::fault::{Area, Does, Fault, refused, unanswered, unreadable};
use http::{HeaderName, Method, StatusCode};
use regprov_http::{BaseUri, PagingError, Request, Response, Transport, collect_json, retry_after};
use regprov_provider::{Error, ErrorKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

const PROVIDERS_VERSION: &str = "2022-09-01";
/// How long the registration of a resource provider is left alone between two looks.
const REGISTERING: Duration = Duration::from_secs(5);

/// The resource manager, authorized.
pub(crate) struct Arm {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) base: BaseUri,
    /// Sent with every request, so that Azure's logs can be searched for one run.
    pub(crate) correlation: Option<String>,
    /// Where the service tells how a long operation goes, by the path that was written.
    pub(crate) operations: Mutex<BTreeMap<String, Url>>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// The path, as in the documentation.
    pub(crate) path: &'a str,
    /// The api-version.
    pub(crate) version: &'static str,
    /// What it is for: "create the registry".
    pub(crate) operation: &'static str,
}

/// A write that was accepted.
pub(crate) struct Accepted<T> {
    /// The object as the service has it now.
    pub(crate) body: T,
    /// When the service wants to be asked.
    pub(crate) after: Option<Duration>,
}

impl Arm {
    fn url(&self, ask: &Ask<'_>, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.path(ask.path);
        url.query_pairs_mut()
            .append_pair("api-version", ask.version)
            .extend_pairs(query);
        url
    }

    fn request(&self, method: Method, url: Url, operation: &'static str) -> Result<Request, Error> {
        let request = Request::new(method, url, operation);
        match &self.correlation {
            Some(id) => request
                .header(HeaderName::from_static("x-ms-correlation-request-id"), id)
                .map_err(|error| Error::new(ErrorKind::Failed, error.to_string())),
            None => Ok(request),
        }
    }

    /// Sends; an answer that is no success is an error, but for 404, which is `None`.
    async fn send(&self, request: Request) -> Result<Option<Response>, Error> {
        let (method, operation) = (request.method.clone(), request.operation);
        let path = request.url.path().to_owned();
        let response = self
            .transport
            .send(request)
            .await
            .map_err(|error| unanswered(&error, &method, operation))?;
        if response.status == StatusCode::NOT_FOUND
            && matches!(method, Method::GET | Method::DELETE | Method::HEAD)
        {
            return match Fault::of(&response).code.as_str() {
                "SubscriptionNotFound" => Err(refused(Area::Arm, &response, &method, operation)),
                _ => Ok(None),
            };
        }
        if !response.status.is_success() {
            return Err(self.explained(&response, &method, operation, &path).await);
        }
        if let Some(url) = response
            .header("azure-asyncoperation")
            .and_then(|text| Url::parse(text).ok())
            && self.base.owns(&url)
        {
            self.operations
                .lock()
                .expect("no holder of this lock panics")
                .insert(path.to_ascii_lowercase(), url);
        }
        Ok(Some(response))
    }

    /// The error of a refusal. A resource provider that is not registered is registered: this needs no other run.
    async fn explained(
        &self,
        response: &Response,
        method: &Method,
        operation: &'static str,
        path: &str,
    ) -> Error {
        let fault = Fault::of(response);
        let error = refused(Area::Arm, response, method, operation);
        if response.status != StatusCode::CONFLICT || fault.code != "MissingSubscriptionRegistration" {
            return error;
        }
        let mut segments = path
            .split('/')
            .skip_while(|segment| !segment.eq_ignore_ascii_case("subscriptions"));
        let (Some(subscription), Some(namespace)) = (segments.nth(1), namespace(&fault)) else {
            return error;
        };
        self.register(subscription, &namespace).await.err().unwrap_or_else(|| {
            let message = format!(
                "the resource provider {namespace} is being registered in the subscription; this takes a few minutes, once"
            );
            Error::new(ErrorKind::Throttled(Some(REGISTERING)), message).operation(operation)
        })
    }

    async fn register(&self, subscription: &str, namespace: &str) -> Result<(), Error> {
        let by_hand = format!(
            "Ask an owner of the subscription to run `az provider register --namespace {namespace} --wait`, or for the \
             permission {namespace}/register/action."
        );
        let base = format!("/subscriptions/{subscription}/providers/{namespace}");
        let ask = Ask {
            path: &base,
            version: PROVIDERS_VERSION,
            operation: "read the resource provider",
        };
        let known: Option<ResourceProvider> = self.get(ask).await?;
        if known.is_some_and(|known| known.state == "Registering") {
            return Ok(());
        }
        let path = format!("{base}/register");
        let ask = Ask {
            path: &path,
            version: PROVIDERS_VERSION,
            operation: "register the resource provider",
        };
        let request = self
            .request(Method::POST, self.url(&ask, &[]), ask.operation)?
            .idempotent();
        let request = request
            .json(&BTreeMap::<String, String>::new())
            .map_err(|error| unreadable(Does::Read, ask.operation, &error))?;
        // Not `send`: a refusal here must not lead back here.
        let response = self.transport.send(request).await;
        let response = response.map_err(|error| unanswered(&error, &Method::POST, ask.operation))?;
        if response.status.is_success() {
            return Ok(());
        }
        Err(refused(Area::Arm, &response, &Method::POST, ask.operation).remedy(by_hand))
    }

    /// Reads an object; `None` where it is absent.
    pub(crate) async fn get<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<Option<T>, Error> {
        self.get_with(ask, &[]).await
    }

    /// Reads an object with query parameters.
    pub(crate) async fn get_with<T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        query: &[(&str, &str)],
    ) -> Result<Option<T>, Error> {
        let request = self.request(Method::GET, self.url(&ask, query), ask.operation)?;
        let response = Box::pin(self.send(request)).await?;
        response
            .map(|response| {
                response
                    .json()
                    .map_err(|error| unreadable(Does::Read, ask.operation, &error))
            })
            .transpose()
    }

    /// Reads a list, all pages; empty where its parent is absent.
    pub(crate) async fn list<T: DeserializeOwned + Send>(
        &self,
        ask: Ask<'_>,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        let request = self.request(Method::GET, self.url(&ask, query), ask.operation)?;
        match collect_json(&*self.transport, request, &[&self.base]).await {
            Ok(items) => Ok(items),
            Err(PagingError::Transport(error)) => Err(unanswered(&error, &Method::GET, ask.operation)),
            Err(PagingError::Body(error)) => Err(unreadable(Does::Read, ask.operation, &error)),
            Err(PagingError::Status { response, .. }) if response.status == StatusCode::NOT_FOUND => {
                Ok(Vec::new())
            }
            Err(PagingError::Status { response, .. }) => {
                Err(refused(Area::Arm, &response, &Method::GET, ask.operation))
            }
            Err(error) => Err(Error::new(ErrorKind::Failed, error.to_string()).operation(ask.operation)),
        }
    }

    /// Creates or replaces.
    pub(crate) async fn put<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<Accepted<T>, Error> {
        self.write(Method::PUT, ask, body, false).await
    }

    /// Changes a part.
    pub(crate) async fn patch<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<Accepted<T>, Error> {
        self.write(Method::PATCH, ask, body, false).await
    }

    /// Creates or replaces with a body that holds a secret.
    pub(crate) async fn put_secret<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<Accepted<T>, Error> {
        self.write(Method::PUT, ask, body, true).await
    }

    /// An action whose answer holds a secret. It is not asked twice.
    pub(crate) async fn post_secret<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<T, Error> {
        self.write(Method::POST, ask, body, true)
            .await
            .map(|accepted| accepted.body)
    }

    /// An action that only reads, such as listing keys or checking a name.
    pub(crate) async fn query<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<T, Error> {
        let request = self
            .request(Method::POST, self.url(&ask, &[]), ask.operation)?
            .idempotent()
            .sensitive();
        let request = request
            .json(body)
            .map_err(|error| unreadable(Does::Read, ask.operation, &error))?;
        let response = self.send(request).await?.ok_or_else(|| gone(ask))?;
        response
            .json()
            .map_err(|error| unreadable(Does::Read, ask.operation, &error))
    }

    async fn write<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        method: Method,
        ask: Ask<'_>,
        body: &B,
        secret: bool,
    ) -> Result<Accepted<T>, Error> {
        let repeatable = method != Method::POST;
        let mut request = self.request(method, self.url(&ask, &[]), ask.operation)?;
        request = if repeatable {
            request.idempotent()
        } else {
            request.not_idempotent()
        };
        request = if secret { request.sensitive() } else { request };
        let request = request
            .json(body)
            .map_err(|error| unreadable(Does::Write, ask.operation, &error))?;
        let response = self.send(request).await?.ok_or_else(|| gone(ask))?;
        Ok(Accepted {
            after: retry_after(&response, jiff::Timestamp::UNIX_EPOCH),
            body: response
                .json()
                .map_err(|error| unreadable(Does::Write, ask.operation, &error))?,
        })
    }

    /// Deletes. `None`: it is gone; else when the service wants to be asked.
    pub(crate) async fn delete(&self, ask: Ask<'_>) -> Result<Option<Option<Duration>>, Error> {
        let request = self.request(Method::DELETE, self.url(&ask, &[]), ask.operation)?;
        let Some(response) = self.send(request).await? else {
            return Ok(None);
        };
        let accepted = response.status == StatusCode::ACCEPTED;
        Ok(accepted.then(|| retry_after(&response, jiff::Timestamp::UNIX_EPOCH)))
    }

    /// Why the last long operation on a path failed, where the service told where to ask.
    pub(crate) async fn failure(&self, path: &str) -> Option<Fault> {
        #[derive(Deserialize)]
        struct Status {
            error: Option<Fault>,
        }
        let url = {
            let operations = self.operations.lock().expect("no holder of this lock panics");
            operations
                .get(&self.base.path(path).path().to_ascii_lowercase())
                .cloned()
        }?;
        let request = self
            .request(Method::GET, url, "read how the operation ended")
            .ok()?;
        let response = self.transport.send(request).await.ok()?;
        response.json::<Status>().ok()?.error
    }
}

#[derive(Deserialize)]
struct ResourceProvider {
    #[serde(rename = "registrationState", default)]
    state: String,
}

/// The namespace that a fault is about.
fn namespace(fault: &Fault) -> Option<String> {
    let target = fault
        .details
        .iter()
        .flatten()
        .find_map(|detail| detail.target.clone());
    let quoted = || {
        fault
            .message
            .split_once("namespace '")?
            .1
            .split_once('\'')
            .map(|(name, _)| name.to_owned())
    };
    let plain = |name: &String| {
        name.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '.')
    };
    target.or_else(quoted).filter(plain)
}

fn gone(ask: Ask<'_>) -> Error {
    let message = format!("failed to {}: it is not there", ask.operation);
    Error::new(ErrorKind::NotYetVisible, message).operation(ask.operation)
}
