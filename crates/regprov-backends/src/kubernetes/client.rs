//! The few requests to a cluster that states need.

use std::sync::Arc;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;
use regprov_http::{BaseUri, Request, Response, Transport};
use serde_json::Value;
use url::Url;

use super::kubeconfig::{Access, Identity};
use crate::backend::{OpenError, Surroundings};
use crate::objects::ObjectError;
use crate::s3::{ESCAPED, lost, unfit};
use crate::settings::Settings;

/// A namespace of a cluster.
pub(super) struct Cluster {
    base: BaseUri,
    namespace: String,
    identity: Identity,
    transport: Arc<dyn Transport>,
}

/// What became of a write.
pub(super) enum Wrote {
    /// It is done; this is there now.
    Done(Value),
    /// It exists already, or is not what was read.
    Refused,
}

impl Cluster {
    pub(super) async fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let access = Access::find(settings, surroundings).await?;
        let base = BaseUri::parse(&access.server).map_err(|error| {
            OpenError::Settings(format!(
                "The cluster's address `{}` cannot be used: {error}.",
                access.server
            ))
        })?;
        let transport = surroundings
            .network
            .connect(&access.trust)
            .map_err(|reason| OpenError::Settings(format!("The cluster cannot be reached: {reason}.")))?;
        Ok(Self {
            base,
            namespace: settings.text_or("namespace", "default").to_owned(),
            identity: access.identity,
            transport,
        })
    }

    pub(super) fn place(&self) -> String {
        let host = self.base.url().host_str().unwrap_or_default();
        format!("kubernetes://{host}/{}", self.namespace)
    }

    fn url(&self, kind: &str, name: Option<&str>) -> Url {
        let group: &[&str] = if kind == "leases" {
            &["apis", "coordination.k8s.io", "v1"]
        } else {
            &["api", "v1"]
        };
        let path = group
            .iter()
            .copied()
            .chain(["namespaces", self.namespace.as_str(), kind])
            .chain(name);
        self.base.segments(path)
    }

    async fn send(&self, mut request: Request) -> Result<Response, ObjectError> {
        if let Some(text) = self.identity.authorization() {
            request = request.secret_header(AUTHORIZATION, &text).map_err(unfit)?;
        }
        let response = self
            .transport
            .send(request.sensitive())
            .await
            .map_err(|error| lost(&error))?;
        if response.status == StatusCode::UNAUTHORIZED || response.status == StatusCode::FORBIDDEN {
            return Err(self.failure(&response).remedy(
                "The identity needs get, list, create, update, patch and delete on secrets, and on leases of coordination.k8s.io, in \
                 the namespace.",
            ));
        }
        Ok(response)
    }

    fn failure(&self, response: &Response) -> ObjectError {
        let said = response
            .json::<Value>()
            .ok()
            .and_then(|status| status["message"].as_str().map(regprov_http::sanitize));
        let problem = said.unwrap_or_else(|| format!("the cluster answered with status {}", response.status));
        if response.status.is_server_error() {
            ObjectError::ambiguous(problem)
        } else {
            ObjectError::new(problem)
        }
    }

    pub(super) async fn get(&self, kind: &str, name: &str) -> Result<Option<Value>, ObjectError> {
        Ok(self.get_at(kind, name).await?.map(|(object, _)| object))
    }

    /// Reads an object, and the cluster's time.
    pub(super) async fn get_at(
        &self,
        kind: &str,
        name: &str,
    ) -> Result<Option<(Value, Option<Timestamp>)>, ObjectError> {
        let request = Request::get(
            self.url(kind, Some(name)),
            "read an object of the state's namespace",
        );
        let response = self.send(request).await?;
        match response.status {
            StatusCode::OK => {
                let parser = jiff::fmt::rfc2822::DateTimeParser::new();
                let now = response
                    .header("date")
                    .and_then(|text| parser.parse_timestamp(text).ok());
                Ok(Some((body(&response)?, now)))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(self.failure(&response)),
        }
    }

    pub(super) async fn list(&self, kind: &str, selector: &str) -> Result<Vec<Value>, ObjectError> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let mut url = self.url(kind, None);
            url.set_query(Some(&format!(
                "labelSelector={}&limit=200&continue={}",
                utf8_percent_encode(selector, ESCAPED),
                utf8_percent_encode(&next, ESCAPED)
            )));
            let response = self
                .send(Request::get(url, "list the objects of the state's namespace"))
                .await?;
            if response.status != StatusCode::OK {
                return Err(self.failure(&response));
            }
            let mut list = body(&response)?;
            if let Value::Array(found) = list["items"].take() {
                items.extend(found);
            }
            next = list["metadata"]["continue"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if next.is_empty() {
                return Ok(items);
            }
        }
    }

    pub(super) async fn create(&self, kind: &str, object: &Value) -> Result<Wrote, ObjectError> {
        let request = Request::new(
            Method::POST,
            self.url(kind, None),
            "create an object in the state's namespace",
        );
        self.write(request, object).await
    }

    /// Replaces an object; the version in it must be the present one.
    pub(super) async fn replace(&self, kind: &str, object: &Value) -> Result<Wrote, ObjectError> {
        let name = object["metadata"]["name"].as_str();
        let request = Request::new(
            Method::PUT,
            self.url(kind, name),
            "replace an object of the state's namespace",
        );
        self.write(request.not_idempotent(), object).await
    }

    /// Changes parts of an object; where a version is among them, it must be the present one.
    pub(super) async fn change(&self, kind: &str, name: &str, change: &Value) -> Result<Wrote, ObjectError> {
        let request = Request::new(
            Method::PATCH,
            self.url(kind, Some(name)),
            "change an object of the state's namespace",
        );
        self.write(request, change).await
    }

    /// Creates or replaces an object, whatever is there.
    pub(super) async fn put_anyway(&self, kind: &str, object: &Value) -> Result<(), ObjectError> {
        if let Wrote::Done(_) = self.create(kind, object).await? {
            return Ok(());
        }
        match self.replace(kind, object).await? {
            Wrote::Done(_) => Ok(()),
            Wrote::Refused => Err(ObjectError::new("a part of the state is written by someone else")),
        }
    }

    async fn write(&self, request: Request, object: &Value) -> Result<Wrote, ObjectError> {
        let is_patch = request.method == Method::PATCH;
        let mut request = request.json(object).map_err(unfit)?;
        if is_patch {
            let patch = HeaderValue::from_static("application/merge-patch+json");
            request.headers.insert(CONTENT_TYPE, patch);
        }
        let response = self.send(request).await?;
        match response.status {
            StatusCode::OK | StatusCode::CREATED => Ok(Wrote::Done(body(&response)?)),
            StatusCode::CONFLICT | StatusCode::NOT_FOUND => Ok(Wrote::Refused),
            _ => Err(self.failure(&response)),
        }
    }

    pub(super) async fn delete(&self, kind: &str, name: &str) -> Result<(), ObjectError> {
        let request = Request::new(
            Method::DELETE,
            self.url(kind, Some(name)),
            "remove an object of the state's namespace",
        );
        let response = self.send(request).await?;
        match response.status {
            StatusCode::OK | StatusCode::ACCEPTED | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(self.failure(&response)),
        }
    }
}

fn body(response: &Response) -> Result<Value, ObjectError> {
    response
        .json()
        .map_err(|error| ObjectError::ambiguous(error.to_string()))
}
