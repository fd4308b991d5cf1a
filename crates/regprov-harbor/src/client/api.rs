//! The API of one Harbor: requests by path, answers by meaning.

use super::Authorization;
use super::fault::{Does, refused, unanswered, unreadable};
use http::{HeaderName, Method, StatusCode};
use regprov_http::{BaseUri, BodyError, Request, Response, Transport, link_next};
use regprov_provider::{Error, ErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use url::Url;
use zeroize::Zeroizing;

/// The most objects that one page holds.
const PAGE: &str = "100";
/// The most pages of a list.
const PAGES: usize = 10_000;

/// The API of one Harbor, authorized.
pub(crate) struct Api {
    pub(crate) transport: Arc<dyn Transport>,
    /// With the version of the API: `https://harbor.example/api/v2.0`.
    pub(crate) base: BaseUri,
    pub(crate) authorization: Authorization,
    /// Further headers that the configuration asks for.
    pub(crate) headers: Vec<(HeaderName, Zeroizing<String>)>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    operation: &'static str,
    sensitive: bool,
}

impl<'a> Ask<'a> {
    /// A path, as in the documentation, and what it is for: "create the project".
    pub(crate) const fn new(path: &'a str, operation: &'static str) -> Self {
        Self {
            path,
            query: &[],
            operation,
            sensitive: false,
        }
    }

    /// With a query.
    pub(crate) const fn query(self, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { query, ..self }
    }

    /// Body or answer holds a secret.
    pub(crate) const fn secret(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }
}

impl Api {
    fn request(&self, method: Method, ask: &Ask<'_>, body: Option<Vec<u8>>) -> Result<Request, BodyError> {
        let mut url = self.base.path(ask.path);
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query);
        }
        let mut request = Request::new(method, url, ask.operation);
        if let Some(body) = body {
            request = request.bytes(body, "application/json");
        }
        // What is changed is set to a value: twice is as good as once.
        if request.method == Method::PATCH {
            request = request.idempotent();
        }
        if ask.sensitive {
            request = request.sensitive();
        }
        for (name, value) in &self.headers {
            request = request.secret_header(name.clone(), value)?;
        }
        self.authorization.sign(request)
    }

    /// Sends and returns whatever answer comes.
    async fn exchange(&self, request: Request) -> Result<Response, Error> {
        let (method, operation) = (request.method.clone(), request.operation);
        let unanswered = |error| unanswered(&error, &method, operation);
        let response = self.transport.send(request.clone()).await.map_err(unanswered)?;
        if response.status == StatusCode::FORBIDDEN
            && let Some(proven) = self.authorization.proven(request, &response)
        {
            return self.transport.send(proven).await.map_err(unanswered);
        }
        Ok(response)
    }

    /// Sends; an answer that is no success is an error.
    async fn send(&self, method: Method, ask: Ask<'_>, body: Option<Vec<u8>>) -> Result<Response, Error> {
        let request = self
            .request(method.clone(), &ask, body)
            .map_err(|error| unreadable(Does::Read, ask.operation, &error))?;
        let response = Box::pin(self.exchange(request)).await?;
        if response.status.is_success() {
            Ok(response)
        } else {
            Err(refused(&response, &method, ask.operation))
        }
    }

    /// The body of an object; `None` where it is absent, and where there is nothing to tell of.
    async fn found(&self, ask: Ask<'_>) -> Result<Option<Response>, Error> {
        match self.send(Method::GET, ask, None).await {
            Ok(response) if response.body.trim_ascii().is_empty() => Ok(None),
            Ok(response) => Ok(Some(response)),
            Err(error) if error.status == Some(404) && error.kind != ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads an object; `None` where it is absent. A schedule that nobody set is an empty answer, and absent too.
    pub(crate) async fn get<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<Option<T>, Error> {
        let Some(response) = self.found(ask).await? else {
            return Ok(None);
        };
        response
            .json()
            .map_err(|error| unreadable(Does::Read, ask.operation, &error))
    }

    /// Reads a list, all pages. An empty one may be written as `null`.
    pub(crate) async fn list<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<Vec<T>, Error> {
        let pages = self.pages(ask).await?;
        let mut items = Vec::new();
        for page in pages {
            let page: Option<Vec<T>> = page
                .json()
                .map_err(|error| unreadable(Does::Read, ask.operation, &error))?;
            items.extend(page.into_iter().flatten());
        }
        Ok(items)
    }

    async fn pages(&self, ask: Ask<'_>) -> Result<Vec<Response>, Error> {
        let failed = |error: BodyError| unreadable(Does::Read, ask.operation, &error);
        let mut request = self.request(Method::GET, &ask, None).map_err(failed)?;
        request.url.query_pairs_mut().append_pair("page_size", PAGE);
        let mut pages = Vec::new();
        while pages.len() < PAGES {
            let response = Box::pin(self.exchange(request.clone())).await?;
            if !response.status.is_success() {
                return Err(refused(&response, &Method::GET, ask.operation));
            }
            let next = link_next(&response).and_then(|link| self.next_page(&request.url, &link));
            pages.push(response);
            match next {
                Some(url) if url != request.url => request.url = url,
                Some(_) | None => return Ok(pages),
            }
        }
        let message = format!("failed to {}: the list does not end", ask.operation);
        Err(Error::new(ErrorKind::Failed, message).operation(ask.operation))
    }

    /// The address of the next page: only its query is taken, for what a proxy makes of host and path is unknown.
    fn next_page(&self, url: &Url, link: &str) -> Option<Url> {
        let told = self.base.url().join(link).ok()?;
        let mut next = url.clone();
        next.set_query(told.query());
        Some(next)
    }

    /// Creates an object and gives its identity, which is the path that the service tells.
    pub(crate) async fn create<B: Serialize + Sync>(&self, ask: Ask<'_>, body: &B) -> Result<String, Error> {
        let body = encoded(ask.operation, body)?;
        let response = self.send(Method::POST, ask, Some(body)).await?;
        location(&response).ok_or_else(|| {
            let message = format!(
                "failed to {}: Harbor did not tell where the object is",
                ask.operation
            );
            Error::new(ErrorKind::Ambiguous, message).operation(ask.operation)
        })
    }

    /// Creates an object whose answer has a body that matters.
    pub(crate) async fn create_told<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<T, Error> {
        let body = encoded(ask.operation, body)?;
        let response = self.send(Method::POST, ask, Some(body)).await?;
        response
            .json()
            .map_err(|error| unreadable(Does::Write, ask.operation, &error))
    }

    /// Asks for something to be done that makes no object of ours.
    pub(crate) async fn act<B: Serialize + Sync>(&self, ask: Ask<'_>, body: &B) -> Result<(), Error> {
        let body = encoded(ask.operation, body)?;
        self.send(Method::POST, ask, Some(body)).await.map(drop)
    }

    /// Replaces an object.
    pub(crate) async fn put<B: Serialize + Sync>(&self, ask: Ask<'_>, body: &B) -> Result<(), Error> {
        let body = encoded(ask.operation, body)?;
        self.send(Method::PUT, ask, Some(body)).await.map(drop)
    }

    /// Changes a part of an object.
    pub(crate) async fn patch<B: Serialize + Sync>(&self, ask: Ask<'_>, body: &B) -> Result<(), Error> {
        let body = encoded(ask.operation, body)?;
        self.send(Method::PATCH, ask, Some(body)).await.map(drop)
    }

    /// Deletes an object; one that is gone is success.
    pub(crate) async fn delete(&self, ask: Ask<'_>) -> Result<(), Error> {
        match self.send(Method::DELETE, ask, None).await {
            Ok(_) => Ok(()),
            Err(error) if error.status == Some(404) && error.kind != ErrorKind::Unsupported => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn encoded(operation: &str, body: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body).map_err(|error| unreadable(Does::Read, operation, &BodyError::Encode(error)))
}

/// The path of a new object, without host, proxy path and API version: `/projects/7`.
fn location(response: &Response) -> Option<String> {
    let told = response.header("location")?;
    let path = told.split(['?', '#']).next().unwrap_or_default();
    let (_, path) = path.rsplit_once("/api/")?;
    let path = path.strip_prefix("v2.0/").unwrap_or(path).trim_matches('/');
    (!path.is_empty()).then(|| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_the_end_of_the_place_that_is_told() {
        let told = |text: &str| {
            let mut response = Response::new(StatusCode::CREATED, "");
            response.headers.insert("location", text.parse().unwrap());
            location(&response)
        };
        let id = Some("/projects/7".to_owned());
        assert_eq!(told("/api/v2.0/projects/7"), id);
        assert_eq!(told("https://harbor.example/proxied/api/v2.0/projects/7/"), id);
        assert_eq!(told("/api/projects/7"), id);
        assert_eq!(told("/somewhere"), None);
    }
}
