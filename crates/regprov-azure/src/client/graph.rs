//! Microsoft Graph.

use super::fault::{Area, refused, unanswered};
use http::{HeaderName, Method, StatusCode};
use regprov_http::{BaseUri, PagingError, Request, Response, Transport, collect_json};
use regprov_provider::{Error, ErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
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
            .map_err(|error| undecodable(operation, &error))
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
            .map_err(|error| undecodable(operation, &error))
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
            Err(PagingError::Status { response, .. }) if response.status == StatusCode::NOT_FOUND => Ok(None),
            Err(PagingError::Status { response, .. }) => {
                Err(refused(Area::Graph, &response, &Method::GET, operation))
            }
            Err(error) => Err(Error::new(ErrorKind::Failed, error.to_string()).operation(operation)),
        }
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
            .map_err(|error| undecodable(operation, &error))?;
        self.send(request)
            .await?
            .json()
            .map_err(|error| undecodable(operation, &error))
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
            .map_err(|error| undecodable(operation, &error))?;
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
            .map_err(|error| undecodable(operation, &error))?;
        self.send(request)
            .await?
            .json()
            .map_err(|error| undecodable(operation, &error))
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
            .map_err(|error| undecodable(operation, &error))?;
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
            .map_err(|error| undecodable(operation, &error))?;
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
        let request = request.map_err(|error| undecodable(operation, &error))?;
        let response = self.send(request).await?;
        if response.status == StatusCode::CREATED {
            let made = response.json().map_err(|error| undecodable(operation, &error))?;
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

/// A text inside an OData filter or key.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn undecodable(operation: &'static str, error: &regprov_http::BodyError) -> Error {
    Error::new(ErrorKind::Failed, format!("failed to {operation}: {error}")).operation(operation)
}
