//! Requests and their answers.

use super::fault::{Does, refused, unanswered, unreadable};
use http::header::{HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};
use jiff::SignedDuration;
use regprov_http::{BaseUri, Request, Response, Transport};
use regprov_provider::{Error, ErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The API, with whoever we are.
pub(crate) struct Api {
    transport: Arc<dyn Transport>,
    base: BaseUri,
    headers: HeaderMap,
    offset: SignedDuration,
}

impl Api {
    /// The API behind a transport that proves who we are.
    pub(crate) fn new(transport: Arc<dyn Transport>, base: BaseUri) -> Self {
        Self {
            transport,
            base,
            headers: HeaderMap::new(),
            offset: SignedDuration::ZERO,
        }
    }

    /// The same, whose clock is behind ours by so much.
    pub(crate) fn behind_by(mut self, offset: SignedDuration) -> Self {
        self.offset = offset;
        self
    }

    /// The same, with more headers in every request.
    pub(crate) fn with_headers(
        mut self,
        headers: &[(String, String)],
        user_agent_extra: Option<&str>,
    ) -> Result<Self, Error> {
        for (name, value) in headers {
            let pair = HeaderName::try_from(name)
                .ok()
                .zip(HeaderValue::try_from(value).ok());
            let (name, value) = pair.ok_or_else(|| {
                let message = format!("`{}` is no header", regprov_http::sanitize(name));
                Error::new(ErrorKind::Invalid(super::attribute("http_headers")), message)
            })?;
            self.headers.insert(name, value);
        }
        if let Some(extra) = user_agent_extra {
            let text = format!("regprov/{} - {extra}", env!("CARGO_PKG_VERSION"));
            let value = HeaderValue::try_from(text).map_err(|_| {
                Error::new(
                    ErrorKind::Invalid(super::attribute("user_agent_extra")),
                    "`user_agent_extra` holds a character that a header cannot carry",
                )
            })?;
            self.headers.insert(USER_AGENT, value);
        }
        Ok(self)
    }

    /// How far our clock is ahead of the service's.
    pub(crate) const fn offset(&self) -> SignedDuration {
        self.offset
    }

    fn request(&self, method: Method, path: &[&str], operation: &'static str) -> Request {
        let url = self.base.segments(path.iter().copied());
        let mut request = Request::new(method, url, operation);
        request.headers = self.headers.clone();
        request
    }

    /// Sends; an answer that is no success is an error, but for 404 to a reading or deleting request, which is `None`.
    async fn send(&self, request: Request, path: &[&str]) -> Result<Option<Response>, Error> {
        let (method, operation, does) = (request.method.clone(), request.operation, Does::of(&request));
        let response = self
            .transport
            .send(request)
            .await
            .map_err(|error| unanswered(&error, does, operation))?;
        if response.status == StatusCode::NOT_FOUND && matches!(method, Method::GET | Method::DELETE) {
            return Ok(None);
        }
        if !response.status.is_success() {
            let path = format!("/{}", path.join("/"));
            return Err(refused(&response, (&method, &path), (does, operation)));
        }
        Ok(Some(response))
    }

    /// Reads an object; `None` where it is absent.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        operation: &'static str,
    ) -> Result<Option<T>, Error> {
        let request = self.request(Method::GET, path, operation).sensitive();
        let response = self.send(request, path).await?;
        response
            .map(|response| {
                response
                    .json()
                    .map_err(|error| unreadable(Does::Repeatable, operation, &error))
            })
            .transpose()
    }

    /// Reads an object with query parameters.
    pub(crate) async fn get_with<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        operation: &'static str,
    ) -> Result<Option<T>, Error> {
        let mut request = self.request(Method::GET, path, operation).sensitive();
        if !query.is_empty() {
            request.url.query_pairs_mut().extend_pairs(query);
        }
        let response = self.send(request, path).await?;
        response
            .map(|response| {
                response
                    .json()
                    .map_err(|error| unreadable(Does::Repeatable, operation, &error))
            })
            .transpose()
    }

    /// Makes an object: a repeat would make a second one.
    pub(crate) async fn create<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<T, Error> {
        let request = self.request(Method::POST, path, operation).not_idempotent();
        self.write(request, path, body)
            .await?
            .json()
            .map_err(|error| unreadable(Does::Once, operation, &error))
    }

    /// An action whose repeat would be refused, and whose answer tells nothing of interest.
    pub(crate) async fn do_once<B: Serialize + Sync>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<(), Error> {
        let request = self.request(Method::POST, path, operation).not_idempotent();
        self.write(request, path, body).await.map(drop)
    }

    /// An action that may be repeated and whose answer is read.
    pub(crate) async fn ask<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<T, Error> {
        let request = self.request(Method::POST, path, operation).idempotent();
        self.write(request, path, body)
            .await?
            .json()
            .map_err(|error| unreadable(Does::Repeatable, operation, &error))
    }

    /// An action that may be repeated and answers nothing of interest.
    pub(crate) async fn post<B: Serialize + Sync>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<(), Error> {
        let request = self.request(Method::POST, path, operation).idempotent();
        self.write(request, path, body).await.map(drop)
    }

    /// Replaces.
    pub(crate) async fn put<B: Serialize + Sync>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<(), Error> {
        let request = self.request(Method::PUT, path, operation);
        self.write(request, path, body).await.map(drop)
    }

    async fn write<B: Serialize + Sync>(
        &self,
        request: Request,
        path: &[&str],
        body: &B,
    ) -> Result<Response, Error> {
        let (operation, does) = (request.operation, Does::of(&request));
        let request = request
            .sensitive()
            .json(body)
            .map_err(|error| unreadable(does, operation, &error))?;
        self.send(request, path).await?.ok_or_else(|| {
            Error::new(
                ErrorKind::NotYetVisible,
                format!("failed to {operation}: it is not there"),
            )
        })
    }

    /// Deletes; what is gone is success.
    pub(crate) async fn delete(&self, path: &[&str], operation: &'static str) -> Result<(), Error> {
        let request = self.request(Method::DELETE, path, operation);
        self.send(request, path).await.map(drop)
    }
}
