//! Requests and their answers.

use super::fault::{Does, refused, unanswered, unreadable};
use super::{Kind, attribute};
use http::{Method, StatusCode};
use regprov_http::{BaseUri, Clock, Request, Response, Transport};
use regprov_provider::{Error, ErrorKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Entries of a page.
const PAGE: usize = 100;

/// The API, with whoever we are.
pub(crate) struct Api {
    transport: Arc<dyn Transport>,
    base: BaseUri,
    clock: Arc<dyn Clock>,
    kind: Kind,
    /// The most pages of a list; 0: all.
    max_pages: u64,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Page<T> {
    #[serde(default = "Vec::new")]
    results: Vec<T>,
    #[serde(default)]
    next: Option<String>,
}

impl Api {
    /// The API behind a transport that proves who we are.
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        base: BaseUri,
        clock: Arc<dyn Clock>,
        (kind, max_pages): (Kind, u64),
    ) -> Self {
        Self {
            transport,
            base,
            clock,
            kind,
            max_pages,
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// `slash`: older routes are asked with a slash at their end, as working clients do.
    fn request(&self, method: Method, (path, slash): (&[&str], bool), operation: &'static str) -> Request {
        let mut segments = vec!["v2"];
        segments.extend(path);
        if slash {
            segments.push("");
        }
        let url = self.base.segments(segments);
        Request::new(method, url, operation)
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
            let now = self.clock.now();
            return Err(refused(&response, (self.kind, path), (does, operation, now)));
        }
        Ok(Some(response))
    }

    /// Reads an object; `None` where it is absent.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        operation: &'static str,
    ) -> Result<Option<T>, Error> {
        let request = self.request(Method::GET, (path, legacy(path)), operation);
        let response = self.send(request, path).await?;
        response
            .map(|response| {
                response
                    .json()
                    .map_err(|error| unreadable(Does::Repeatable, operation, &error))
            })
            .transpose()
    }

    /// Reads all pages of a list; `None` where what it is a list of is absent.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        path: &[&str],
        operation: &'static str,
    ) -> Result<Option<Vec<T>>, Error> {
        let mut all = Vec::new();
        let mut number: u64 = 1;
        loop {
            let mut request = self.request(Method::GET, (path, legacy(path)), operation);
            request
                .url
                .query_pairs_mut()
                .append_pair("page", &number.to_string())
                .append_pair("page_size", &PAGE.to_string());
            let Some(response) = self.send(request, path).await? else {
                // A page beyond the end is absent; so is the first page of what is not there.
                return Ok((number > 1).then_some(all));
            };
            let page: Page<T> = response
                .json()
                .map_err(|error| unreadable(Does::Repeatable, operation, &error))?;
            let ended = page.next.is_none_or(|next| next.is_empty()) || page.results.is_empty();
            all.extend(page.results);
            if ended {
                return Ok(Some(all));
            }
            if self.max_pages == number {
                let message = format!(
                    "failed to {operation}: there are more than {number} pages of {PAGE}, and `max_page_results` allows no more"
                );
                let kind = ErrorKind::Invalid(attribute("max_page_results"));
                return Err(Error::new(kind, message)
                    .remedy("Raise `max_page_results` of the provider, or set it to 0 for no limit."));
            }
            number += 1;
        }
    }

    /// Makes an object: a repeat would make a second one, or be refused.
    pub(crate) async fn create<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<T, Error> {
        let request = self
            .request(Method::POST, (path, legacy(path)), operation)
            .not_idempotent();
        self.write(request, path, body)
            .await?
            .json()
            .map_err(|error| unreadable(Does::Once, operation, &error))
    }

    /// An action that may be repeated, and whose answer tells nothing of interest.
    pub(crate) async fn post<B: Serialize + Sync>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<(), Error> {
        let slash = legacy(path) && path.last() != Some(&"privacy");
        let request = self.request(Method::POST, (path, slash), operation).idempotent();
        self.write(request, path, body).await.map(drop)
    }

    /// Changes.
    pub(crate) async fn patch<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<T, Error> {
        let request = self
            .request(Method::PATCH, (path, legacy(path)), operation)
            .idempotent();
        self.write(request, path, body)
            .await?
            .json()
            .map_err(|error| unreadable(Does::Repeatable, operation, &error))
    }

    /// Replaces.
    pub(crate) async fn put<B: Serialize + Sync>(
        &self,
        path: &[&str],
        body: &B,
        operation: &'static str,
    ) -> Result<(), Error> {
        let request = self.request(Method::PUT, (path, legacy(path)), operation);
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
        let request = self.request(Method::DELETE, (path, legacy(path)), operation);
        self.send(request, path).await.map(drop)
    }
}

/// Whether a route is one of the older ones, and those of organizations, which working clients ask with a slash at its end.
fn legacy(path: &[&str]) -> bool {
    match path {
        ["repositories", ..] => true,
        ["orgs", _, rest @ ..] => match rest.first() {
            None => true,
            Some(&("groups" | "members")) => rest.len() > 1,
            Some(_) => false,
        },
        _ => false,
    }
}
