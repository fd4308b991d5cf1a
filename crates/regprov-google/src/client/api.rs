//! Requests and their answers.

use super::Operation;
use super::fault::{Does, Enabled, Fault, of_operation, refused, unanswered, unreadable};
use crate::endpoints::Product;
use http::{HeaderMap, Method, StatusCode};
use regprov_http::{Authorize, BaseUri, Request, Response, TokenCache, Transport};
use regprov_provider::{Error, ErrorKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The audience of all tokens: one token serves every product.
pub(crate) const AUDIENCE: &str = "google";

/// Google's services, with whoever we are.
pub(crate) struct Api {
    products: BTreeMap<Product, (BaseUri, Arc<dyn Transport>)>,
    headers: HeaderMap,
    enabled: Enabled,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) product: Product,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// What for, as a message says it: "create the repository".
    pub(crate) operation: &'static str,
}

impl<'a> Ask<'a> {
    /// A question without a query.
    pub(crate) const fn new(product: Product, path: &'a str, operation: &'static str) -> Self {
        Self {
            product,
            path,
            query: &[],
            operation,
        }
    }

    /// The same with a query.
    pub(crate) const fn query(mut self, query: &'a [(&'a str, &'a str)]) -> Self {
        self.query = query;
        self
    }
}

/// A long-running operation as services write it.
#[derive(Default, Deserialize)]
pub(crate) struct WireOperation {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) done: bool,
    #[serde(default)]
    pub(crate) error: Option<Fault>,
}

impl Api {
    /// The products at their addresses.
    pub(crate) fn new(
        transport: &Arc<dyn Transport>,
        tokens: &Arc<TokenCache>,
        endpoints: Vec<(Product, BaseUri)>,
        headers: HeaderMap,
    ) -> Self {
        let products = endpoints.into_iter().map(|(product, base)| {
            let origin = base.url().clone();
            let authorized = Authorize::new(Arc::clone(transport), Arc::clone(tokens), AUDIENCE, origin);
            let authorized: Arc<dyn Transport> = Arc::new(authorized);
            (product, (base, authorized))
        });
        Self {
            products: products.collect(),
            headers,
            enabled: Enabled::default(),
        }
    }

    /// Which services are known to be enabled.
    pub(crate) const fn enabled(&self) -> &Enabled {
        &self.enabled
    }

    fn request(&self, method: Method, ask: Ask<'_>) -> (Request, Arc<dyn Transport>) {
        let (base, transport) = &self.products[&ask.product];
        let mut url = base.path(ask.path);
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query);
        }
        let mut request = Request::new(method, url, ask.operation);
        request.headers = self.headers.clone();
        (request, Arc::clone(transport))
    }

    /// Sends; an answer that is no success is an error, but for 404 to a reading or deleting request, which is `None`.
    async fn send(
        &self,
        (request, transport): (Request, Arc<dyn Transport>),
        product: Product,
    ) -> Result<Option<Response>, Error> {
        let (method, operation, does) = (request.method.clone(), request.operation, Does::of(&request));
        let response = transport
            .send(request.sensitive())
            .await
            .map_err(|error| unanswered(&error, does, operation))?;
        if response.status == StatusCode::NOT_FOUND && matches!(method, Method::GET | Method::DELETE) {
            return Ok(None);
        }
        if !response.status.is_success() {
            return Err(refused(&response, (product, &self.enabled), (does, operation)));
        }
        Ok(Some(response))
    }

    /// Reads an object; `None` where it is absent.
    pub(crate) async fn get<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<Option<T>, Error> {
        let response = self.send(self.request(Method::GET, ask), ask.product).await?;
        response
            .map(|response| {
                response
                    .json()
                    .map_err(|error| unreadable(Does::Repeatable, ask.operation, &error))
            })
            .transpose()
    }

    /// Makes an object: a repeat would be refused, or make a second one.
    pub(crate) async fn create<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<T, Error> {
        let (request, transport) = self.request(Method::POST, ask);
        self.write((request.not_idempotent(), transport), ask, body).await
    }

    /// An action that may be repeated.
    pub(crate) async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<T, Error> {
        let (request, transport) = self.request(Method::POST, ask);
        self.write((request.idempotent(), transport), ask, body).await
    }

    /// An action that takes no body, and may be repeated.
    pub(crate) async fn act<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<T, Error> {
        let (request, transport) = self.request(Method::POST, ask);
        let response = self.send((request.idempotent(), transport), ask.product).await?;
        let response = response.ok_or_else(|| absent(ask.operation))?;
        response
            .json()
            .map_err(|error| unreadable(Does::Repeatable, ask.operation, &error))
    }

    /// Changes what the query's mask names.
    pub(crate) async fn patch<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<T, Error> {
        let (request, transport) = self.request(Method::PATCH, ask);
        self.write((request.idempotent(), transport), ask, body).await
    }

    /// Replaces.
    pub(crate) async fn put<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: &B,
    ) -> Result<T, Error> {
        self.write(self.request(Method::PUT, ask), ask, body).await
    }

    async fn write<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        (request, transport): (Request, Arc<dyn Transport>),
        ask: Ask<'_>,
        body: &B,
    ) -> Result<T, Error> {
        let does = Does::of(&request);
        let request = request
            .json(body)
            .map_err(|error| unreadable(does, ask.operation, &error))?;
        let response = self.send((request, transport), ask.product).await?;
        let response = response.ok_or_else(|| absent(ask.operation))?;
        response
            .json()
            .map_err(|error| unreadable(does, ask.operation, &error))
    }

    /// Deletes; `None` where it was gone.
    pub(crate) async fn delete<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<Option<T>, Error> {
        let response = self.send(self.request(Method::DELETE, ask), ask.product).await?;
        response
            .map(|response| {
                response
                    .json()
                    .map_err(|error| unreadable(Does::Repeatable, ask.operation, &error))
            })
            .transpose()
    }

    /// All pages of a list.
    pub(crate) async fn list<P: Paged>(&self, ask: Ask<'_>) -> Result<Option<Vec<P::Item>>, Error> {
        let mut items = Vec::new();
        let mut token = String::new();
        loop {
            let mut query = ask.query.to_vec();
            if !token.is_empty() {
                query.push(("pageToken", &token));
            }
            let Some(page) = self.get::<P>(Ask { query: &query, ..ask }).await? else {
                return Ok(None);
            };
            let (mut found, next) = page.open();
            items.append(&mut found);
            match next.filter(|next| !next.is_empty() && *next != token) {
                Some(next) => token = next,
                None => return Ok(Some(items)),
            }
        }
    }

    /// Whether an operation is done; an error where it failed. One that is forgotten is done.
    pub(crate) async fn is_done(&self, operation: &Operation) -> Result<bool, Error> {
        let ask = Ask::new(
            operation.product,
            &operation.name,
            "look at what Google is working on",
        );
        let Some(found) = self.get::<WireOperation>(ask).await? else {
            return Ok(true);
        };
        match (found.done, found.error) {
            (false, _) => Ok(false),
            (true, None) => Ok(true),
            (true, Some(fault)) => Err(of_operation(
                &fault,
                (operation.product, &self.enabled),
                "carry out what was asked",
            )),
        }
    }
}

/// A page of a list.
pub(crate) trait Paged: DeserializeOwned {
    /// What the list is of.
    type Item;
    /// The items, and the token of the next page.
    fn open(self) -> (Vec<Self::Item>, Option<String>);
}

/// What is written to is not there.
fn absent(operation: &str) -> Error {
    Error::new(
        ErrorKind::NotYetVisible,
        format!("failed to {operation}: it is not there"),
    )
}
