//! The real transport: reqwest over rustls with ring.

use crate::base::{is_loopback, is_safe};
use crate::{LoopbackOnly, Redirect, Request, Response, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;
use bytes::BytesMut;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, ClientBuilder, redirect, tls};
use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use zeroize::Zeroizing;

/// Which certificate authorities are believed.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The system's, and these PEM bundles.
    System(Vec<Vec<u8>>),
    /// These PEM bundles and no other.
    Only(Vec<Vec<u8>>),
    /// Whatever certificate comes: the connection is encrypted, and with whom is not known.
    Unverified,
}

/// Where requests may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Anywhere.
    Anywhere,
    /// Loopback only; redirects included, name resolution included.
    LoopbackOnly,
}

/// The certificate of a client and its key, as PEM.
#[derive(Clone)]
pub struct ClientIdentity(Zeroizing<Vec<u8>>);

impl ClientIdentity {
    /// Wraps PEM that holds both.
    #[must_use]
    pub fn new(pem: Zeroizing<Vec<u8>>) -> Self {
        Self(pem)
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientIdentity")
    }
}

/// How the real transport is set up.
#[derive(Clone, Debug)]
pub struct ReqwestOptions {
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// Which certificate authorities are believed.
    pub trust: Trust,
    /// Where requests may go.
    pub reach: Reach,
    /// Longest time for making a connection.
    pub connect_timeout: Duration,
    /// Longest time between two pieces of an answer.
    pub read_timeout: Duration,
    /// Longest time for a whole exchange.
    pub total_timeout: Duration,
    /// Largest answer in bytes.
    pub body_limit: usize,
    /// The certificate of the client and its key, as PEM.
    pub identity: Option<ClientIdentity>,
}

impl ReqwestOptions {
    /// The usual limits: 10 s to connect, 60 s of silence, 5 minutes in all, 32 MiB.
    pub fn new(user_agent: impl Into<String>, reach: Reach) -> Self {
        Self {
            user_agent: user_agent.into(),
            trust: Trust::System(Vec::new()),
            reach,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(300),
            body_limit: 32 * 1024 * 1024,
            identity: None,
        }
    }
}

/// The transport could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TransportSetupError {
    /// The client could not be made.
    #[error("failed to set up HTTPS")]
    Client(#[source] reqwest::Error),
}

/// Sends requests over the network.
///
/// Guarantees: TLS 1.2 or newer with certificates verified as [`Trust`] says, plain HTTP on loopback only, no cookies, redirects by
/// the rules of [`Redirect`], answers within the size limit. Loopback never goes through a proxy.
pub struct ReqwestTransport {
    stack: Box<dyn Transport>,
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}

impl ReqwestTransport {
    /// Sets the transport up. The system's certificates are first read when they are first needed.
    ///
    /// # Errors
    ///
    /// The client cannot be made. A certificate bundle that is not PEM is told by the first request that needs it.
    pub fn new(options: ReqwestOptions) -> Result<Self, TransportSetupError> {
        // Another part of the process may have installed it before: the outcome is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plain = builder(&options)
            .tls_certs_only([])
            .no_proxy()
            .dns_resolver(Arc::new(LoopbackNames));
        let plain = plain.build().map_err(TransportSetupError::Client)?;
        let reach = options.reach;
        let exchange = Exchange {
            options,
            plain,
            local: OnceLock::new(),
            remote: OnceLock::new(),
        };
        let stack: Box<dyn Transport> = match reach {
            Reach::Anywhere => Box::new(Redirect::new(exchange)),
            Reach::LoopbackOnly => Box::new(Redirect::new(LoopbackOnly::new(exchange))),
        };
        Ok(Self { stack })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.stack.send(request).await
    }
}

fn builder(options: &ReqwestOptions) -> ClientBuilder {
    Client::builder()
        .user_agent(&options.user_agent)
        .redirect(redirect::Policy::none())
        .tls_version_min(tls::Version::TLS_1_2)
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .timeout(options.total_timeout)
        .tcp_nodelay(true)
        .pool_idle_timeout(Duration::from_secs(60))
}

/// One exchange, no redirects. Three clients, because loopback must see no proxy and no foreign resolver, and
/// plain HTTP needs no certificates.
struct Exchange {
    options: ReqwestOptions,
    plain: Client,
    local: OnceLock<Client>,
    remote: OnceLock<Client>,
}

impl Exchange {
    /// The authorities of the bundles; most commands send nothing and need none.
    fn authorities(&self) -> Result<Vec<Certificate>, TransportError> {
        let bundles = match &self.options.trust {
            Trust::System(bundles) | Trust::Only(bundles) => bundles.as_slice(),
            Trust::Unverified => &[],
        };
        let mut authorities = Vec::new();
        for bundle in bundles {
            authorities.extend(Certificate::from_pem_bundle(bundle).map_err(|error| {
                let message = "a file of certificate authorities is not readable PEM";
                TransportError::new(TransportErrorKind::Tls, message).with_source(error)
            })?);
        }
        Ok(authorities)
    }

    fn client(&self, request: &Request) -> Result<&Client, TransportError> {
        if request.url.scheme() == "http" {
            return Ok(&self.plain);
        }
        let local = is_loopback(&request.url);
        let cell = if local { &self.local } else { &self.remote };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let mut builder = builder(&self.options);
        builder = match self.options.trust {
            Trust::System(_) => builder.tls_certs_merge(self.authorities()?),
            Trust::Only(_) => builder.tls_certs_only(self.authorities()?),
            Trust::Unverified => builder.tls_certs_only([]).tls_danger_accept_invalid_certs(true),
        };
        if let Some(ClientIdentity(pem)) = &self.options.identity {
            let identity = reqwest::Identity::from_pem(pem).map_err(|error| {
                let message = "the client's certificate and key are not readable PEM";
                TransportError::new(TransportErrorKind::Tls, message).with_source(error)
            })?;
            builder = builder.identity(identity);
        }
        if local {
            builder = builder.no_proxy().dns_resolver(Arc::new(LoopbackNames));
        }
        let client = builder.build().map_err(|error| {
            let message = "failed to set up HTTPS; are this system's CA certificates installed?";
            TransportError::new(TransportErrorKind::Tls, message).with_source(error)
        })?;
        Ok(cell.get_or_init(|| client))
    }

    async fn body(
        &self,
        mut answer: reqwest::Response,
        request: &Request,
    ) -> Result<Response, TransportError> {
        let limit = self.options.body_limit;
        let too_large = || {
            let message = format!(
                "failed to {}: the answer is larger than {limit} bytes",
                request.operation
            );
            TransportError::new(TransportErrorKind::BodyTooLarge, message)
        };
        let announced = answer.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > limit)
            && request.method != http::Method::HEAD
        {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| broken(request, error))? {
            if body.len() + piece.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(Response {
            status: answer.status(),
            headers: std::mem::take(answer.headers_mut()),
            body: body.freeze(),
        })
    }
}

#[async_trait]
impl Transport for Exchange {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if !is_safe(&request.url) {
            let message = format!(
                "refused to {}: {} is not HTTPS, and plain HTTP is for loopback only",
                request.operation,
                request.shown_url()
            );
            return Err(TransportError::new(TransportErrorKind::Refused, message));
        }
        let client = self.client(&request)?;
        let sent = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            .send()
            .await;
        match sent {
            Ok(answer) => self.body(answer, &request).await,
            Err(error) => Err(failed(&request, error)),
        }
    }
}

/// Resolves `localhost` and the names below it without asking anyone.
struct LoopbackNames;

impl Resolve for LoopbackNames {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        Box::pin(std::future::ready(Ok(Box::new(addresses.into_iter()) as Addrs)))
    }
}

fn failed(request: &Request, error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() {
        if chain_holds::<rustls::Error>(&error) {
            TransportErrorKind::Tls
        } else if error.is_timeout() {
            TransportErrorKind::Timeout { sent: false }
        } else {
            TransportErrorKind::Connect
        }
    } else if error.is_timeout() {
        TransportErrorKind::Timeout { sent: true }
    } else if error.is_builder() {
        TransportErrorKind::Refused
    } else {
        TransportErrorKind::Reset {
            sent: !never_dispatched(&error),
        }
    };
    let what = match kind {
        TransportErrorKind::Tls => "no trusted TLS connection could be made to",
        TransportErrorKind::Connect => "no connection could be made to",
        TransportErrorKind::Timeout { sent: false } => "no connection was made in time to",
        TransportErrorKind::Timeout { sent: true } => "no answer came in time from",
        TransportErrorKind::Refused => "this cannot be sent to",
        TransportErrorKind::Reset { .. }
        | TransportErrorKind::BodyTooLarge
        | TransportErrorKind::Unauthenticated
        | TransportErrorKind::Other => "the connection broke to",
    };
    let message = format!("failed to {}: {what} {}", request.operation, request.shown_url());
    TransportError::new(kind, message).with_source(error.without_url())
}

fn broken(request: &Request, error: reqwest::Error) -> TransportError {
    let kind = if error.is_timeout() {
        TransportErrorKind::Timeout { sent: true }
    } else {
        TransportErrorKind::Reset { sent: true }
    };
    let message = format!(
        "failed to {}: the answer of {} was cut short",
        request.operation,
        request.shown_url()
    );
    TransportError::new(kind, message).with_source(error.without_url())
}

/// Whether the request was still in our hands when the connection closed.
fn never_dispatched(error: &reqwest::Error) -> bool {
    find::<hyper::Error>(error).is_some_and(hyper::Error::is_canceled)
}

fn chain_holds<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    find::<E>(error).is_some()
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        // An I/O error gives its cause's cause as its own.
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
