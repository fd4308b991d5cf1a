//! Following an answer to its next page, only within the hosts that were configured.

use crate::base::BaseUri;
use crate::message::shown;
use crate::{BodyError, Request, Response, Transport, TransportError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use url::Url;

/// A page in the shape that Azure's services share.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub struct Page<T> {
    /// The items.
    #[serde(default = "Vec::new")]
    pub value: Vec<T>,
    /// Where the next page is.
    #[serde(default, rename = "nextLink", alias = "@odata.nextLink")]
    pub next: Option<String>,
}

/// A list that could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum PagingError {
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An answer that is no page.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// An answer that is no success; it comes with it, for the caller to read.
    #[error("failed to {operation}: status {}", .response.status)]
    Status {
        /// What was asked.
        operation: &'static str,
        /// The answer.
        response: Box<Response>,
    },
    /// The next page is elsewhere.
    #[error(
        "failed to {operation}: the next page is said to be at {target}, which is not the service that was asked"
    )]
    Elsewhere {
        /// What was asked.
        operation: &'static str,
        /// Where it is said to be.
        target: String,
    },
    /// The list does not end.
    #[error(
        "failed to {operation}: the list comes back to a page it gave before, or has more than {limit} pages"
    )]
    Endless {
        /// What was asked.
        operation: &'static str,
        /// Most pages.
        limit: usize,
    },
}

const LIMIT: usize = 10_000;

/// Reads all pages. `next` reads from an answer where the next page is, `None` at the end; a relative address is
/// resolved. Pages are asked of the hosts of `bases` only.
///
/// # Errors
///
/// A page is missing, unreadable, elsewhere, or the list does not end.
pub async fn follow<N>(
    transport: &dyn Transport,
    first: Request,
    bases: &[&BaseUri],
    mut next: N,
) -> Result<(), PagingError>
where
    N: FnMut(&Response) -> Result<Option<String>, BodyError> + Send,
{
    let operation = first.operation;
    let mut seen = BTreeSet::new();
    let mut request = first;
    loop {
        if !seen.insert(request.url.to_string()) || seen.len() > LIMIT {
            return Err(PagingError::Endless {
                operation,
                limit: LIMIT,
            });
        }
        let response = transport.send(request.clone()).await?;
        if !response.status.is_success() {
            return Err(PagingError::Status {
                operation,
                response: Box::new(response),
            });
        }
        let Some(link) = next(&response)? else {
            return Ok(());
        };
        let elsewhere = |target: String| PagingError::Elsewhere { operation, target };
        let url: Url = request
            .url
            .join(&link)
            .map_err(|_| elsewhere(crate::sanitize(&link)))?;
        if !bases.iter().any(|base| base.owns(&url)) {
            return Err(elsewhere(shown(&url)));
        }
        request.url = url;
    }
}

/// Reads all pages of a list in the shape of [`Page`].
///
/// # Errors
///
/// As [`follow`].
pub async fn collect_json<T: DeserializeOwned + Send>(
    transport: &dyn Transport,
    first: Request,
    bases: &[&BaseUri],
) -> Result<Vec<T>, PagingError> {
    let mut items = Vec::new();
    follow(transport, first, bases, |response| {
        let page: Page<T> = response.json()?;
        items.extend(page.value);
        Ok(page.next.filter(|link| !link.is_empty()))
    })
    .await?;
    Ok(items)
}

/// The target of `Link: <…>; rel="next"`.
#[must_use]
pub fn link_next(response: &Response) -> Option<String> {
    let links = response.headers.get_all(http::header::LINK);
    links
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(split_links)
        .find_map(|link| {
            let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
            let is_next = parameters.split(';').any(|parameter| {
                let (name, value) = parameter.trim().split_once('=').unwrap_or_default();
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
            });
            is_next.then(|| target.to_owned())
        })
}

/// Splits at commas that are outside `<…>`.
fn split_links(header: &str) -> Vec<&str> {
    let (mut links, mut start, mut inside) = (Vec::new(), 0, false);
    for (index, character) in header.char_indices() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            ',' if !inside => {
                links.push(&header[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    links.push(&header[start..]);
    links
}
