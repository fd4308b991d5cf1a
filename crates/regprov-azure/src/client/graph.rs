//! Microsoft Graph.

use super::fault::{Area, Does, refused, unanswered, unreadable};
use http::header::{HeaderValue, RETRY_AFTER};
use http::{HeaderName, Method, StatusCode};
use regprov_http::{BaseUri, PagingError, Request, Response, Transport, collect_json};
use regprov_provider::{Error, ErrorKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;

/// Microsoft Graph, authorized.
pub(crate) struct Graph {
    pub(crate) transport: Arc<dyn Transport>,
    /// Without the version.
    pub(crate) base: BaseUri,
}

/// How a write went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrote {
    /// A new object was made.
    Created,
    /// An object was changed.
    Changed,
}

impl Graph {
    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.path(&format!("/v1.0{path}"));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    async fn send(&self, request: Request) -> Result<Response, Error> {
        let (method, operation) = (request.method.clone(), request.operation);
        let response = self
            .transport
            .send(request)
            .await
            .map_err(|error| unanswered(&error, &method, operation))?;
        let absent =
            response.status == StatusCode::NOT_FOUND && matches!(method, Method::GET | Method::DELETE);
        if response.status.is_success() || absent {
            return Ok(response);
        }
        Err(refused(Area::Graph, &response, &method, operation))
    }

    /// Reads an object; `None` where it is absent.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<T>, Error> {
        let response = self.send(Request::get(self.url(path, query), operation)).await?;
        if response.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        response
            .json()
            .map(Some)
            .map_err(|error| unreadable(Does::Read, operation, &error))
    }

    /// Reads a part of an object that only the beta version has.
    pub(crate) async fn get_beta<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<T>, Error> {
        let mut url = self.base.path(&format!("/beta{path}"));
        url.query_pairs_mut().extend_pairs(query);
        let response = self.send(Request::get(url, operation)).await?;
        if response.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        response
            .json()
            .map(Some)
            .map_err(|error| unreadable(Does::Read, operation, &error))
    }

    /// Reads a list, all pages; `None` where its parent is absent.
    pub(crate) async fn list<T: DeserializeOwned + Send>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<Vec<T>>, Error> {
        let request = Request::get(self.url(path, query), operation);
        match collect_json(&*self.transport, request, &[&self.base]).await {
            Ok(items) => Ok(Some(items)),
            Err(PagingError::Transport(error)) => Err(unanswered(&error, &Method::GET, operation)),
            Err(PagingError::Body(error)) => Err(unreadable(Does::Read, operation, &error)),
            Err(PagingError::Status { response, .. }) if response.status == StatusCode::NOT_FOUND => Ok(None),
            Err(PagingError::Status { response, .. }) => {
                Err(refused(Area::Graph, &response, &Method::GET, operation))
            }
            Err(error) => Err(Error::new(ErrorKind::Failed, error.to_string()).operation(operation)),
        }
    }

    /// Reads many objects, twenty by one request; `None` where one is absent.
    pub(crate) async fn get_many<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        paths: &[String],
    ) -> Result<Vec<Option<T>>, Error> {
        let mut found = Vec::with_capacity(paths.len());
        for paths in paths.chunks(MOST_IN_A_BATCH) {
            let parts = paths.iter().enumerate();
            let requests = parts
                .map(|(index, url)| Part {
                    id: index.to_string(),
                    method: "GET",
                    url,
                })
                .collect();
            let answer: BatchAnswer = self.query(operation, "/$batch", &Batch { requests }).await?;
            let mut answers: BTreeMap<String, PartAnswer> = answer
                .responses
                .into_iter()
                .map(|part| (part.id.clone(), part))
                .collect();
            for index in 0..paths.len() {
                let part = answers.remove(&index.to_string());
                found.push(part.map_or_else(|| Err(incomplete(operation)), |part| part.object(operation))?);
            }
        }
        Ok(found)
    }

    /// Makes an object: another one each time it is asked.
    pub(crate) async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        body: &B,
    ) -> Result<T, Error> {
        let request = Request::new(Method::POST, self.url(path, &[]), operation)
            .not_idempotent()
            .sensitive();
        let request = request
            .json(body)
            .map_err(|error| unreadable(Does::Write, operation, &error))?;
        self.send(request)
            .await?
            .json()
            .map_err(|error| unreadable(Does::Write, operation, &error))
    }

    /// An action without an answer.
    pub(crate) async fn act<B: Serialize + Sync>(
        &self,
        operation: &'static str,
        path: &str,
        body: &B,
    ) -> Result<(), Error> {
        let request = Request::new(Method::POST, self.url(path, &[]), operation).not_idempotent();
        let request = request
            .json(body)
            .map_err(|error| unreadable(Does::Write, operation, &error))?;
        self.send(request).await.map(drop)
    }

    /// Asks a question by POST.
    pub(crate) async fn query<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        body: &B,
    ) -> Result<T, Error> {
        let request = Request::new(Method::POST, self.url(path, &[]), operation).idempotent();
        let request = request
            .json(body)
            .map_err(|error| unreadable(Does::Read, operation, &error))?;
        self.send(request)
            .await?
            .json()
            .map_err(|error| unreadable(Does::Read, operation, &error))
    }

    /// Changes an object.
    pub(crate) async fn patch<B: Serialize + Sync>(
        &self,
        operation: &'static str,
        path: &str,
        body: &B,
    ) -> Result<(), Error> {
        let request = Request::new(Method::PATCH, self.url(path, &[]), operation).idempotent();
        let request = request
            .json(body)
            .map_err(|error| unreadable(Does::Write, operation, &error))?;
        self.send(request).await.map(drop)
    }

    /// Changes a part of an object that only the beta version has.
    pub(crate) async fn patch_beta<B: Serialize + Sync>(
        &self,
        operation: &'static str,
        path: &str,
        body: &B,
    ) -> Result<(), Error> {
        let url = self.base.path(&format!("/beta{path}"));
        let request = Request::new(Method::PATCH, url, operation).idempotent();
        let request = request
            .json(body)
            .map_err(|error| unreadable(Does::Write, operation, &error))?;
        self.send(request).await.map(drop)
    }

    /// Makes or changes the object that a key names (`/applications(uniqueName='…')`); the made object comes back.
    pub(crate) async fn upsert<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        body: &B,
    ) -> Result<(Wrote, Option<T>), Error> {
        let request = Request::new(Method::PATCH, self.url(path, &[]), operation).idempotent();
        let request = request.header(HeaderName::from_static("prefer"), "create-if-missing");
        let request = request.and_then(|request| request.json(body));
        let request = request.map_err(|error| unreadable(Does::Write, operation, &error))?;
        let response = self.send(request).await?;
        if response.status == StatusCode::CREATED {
            let made = response
                .json()
                .map_err(|error| unreadable(Does::Write, operation, &error))?;
            return Ok((Wrote::Created, Some(made)));
        }
        Ok((Wrote::Changed, None))
    }

    /// Replaces a picture.
    pub(crate) async fn put_bytes(
        &self,
        operation: &'static str,
        path: &str,
        bytes: Vec<u8>,
        media_type: &'static str,
    ) -> Result<(), Error> {
        let request = Request::new(Method::PUT, self.url(path, &[]), operation).bytes(bytes, media_type);
        self.send(request).await.map(drop)
    }

    /// Deletes; what is gone is success.
    pub(crate) async fn delete(&self, operation: &'static str, path: &str) -> Result<(), Error> {
        self.send(Request::new(Method::DELETE, self.url(path, &[]), operation))
            .await
            .map(drop)
    }

    /// The address of a directory object, as `$ref` wants it.
    pub(crate) fn reference(&self, object: &str) -> String {
        self.base
            .path(&format!("/v1.0/directoryObjects/{object}"))
            .to_string()
    }
}

const MOST_IN_A_BATCH: usize = 20;

#[derive(Serialize)]
struct Batch<'a> {
    requests: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    id: String,
    method: &'static str,
    url: &'a str,
}

#[derive(Deserialize)]
struct BatchAnswer {
    responses: Vec<PartAnswer>,
}

#[derive(Deserialize)]
struct PartAnswer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// An object, or an error.
    #[serde(default)]
    body: serde_json::Value,
}

impl PartAnswer {
    /// The object; each part fails or is throttled by itself.
    fn object<T: DeserializeOwned>(self, operation: &'static str) -> Result<Option<T>, Error> {
        let status = StatusCode::from_u16(self.status).map_err(|_| incomplete(operation))?;
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let mut response = Response::new(status, self.body.to_string());
        let wait = self
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
        if let Some(value) = wait.and_then(|(_, seconds)| HeaderValue::from_str(seconds).ok()) {
            response.headers.insert(RETRY_AFTER, value);
        }
        if !status.is_success() {
            return Err(refused(Area::Graph, &response, &Method::GET, operation));
        }
        response
            .json()
            .map(Some)
            .map_err(|error| unreadable(Does::Read, operation, &error))
    }
}

fn incomplete(operation: &'static str) -> Error {
    let message = format!("failed to {operation}: the answer to a batch lacks a part");
    Error::new(ErrorKind::Transient, message).operation(operation)
}

/// A text inside an OData filter or key.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
