//! Listeners on loopback: the main port, and one per registry and Harbor instance. TLS and plain HTTP share each port.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::answer::Answer;
use crate::call::Call;
use crate::gate::{Cut, Gate};
use crate::service::Service;

const LARGEST_BODY: usize = 1 << 30;

/// Why a sandbox cannot listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// No loopback port can be had.
    #[error("failed to listen on loopback")]
    Bind(#[source] std::io::Error),
    /// The endpoints file cannot be written.
    #[error("failed to write the sandbox's endpoints file")]
    Publish(#[source] std::io::Error),
    /// The ports in use cannot be kept.
    #[error("failed to keep the sandbox's ports")]
    Store(#[source] std::io::Error),
}

/// The running listeners, by service.
pub(crate) struct Listeners {
    tls: Arc<ServerConfig>,
    running: BTreeMap<Service, JoinHandle<()>>,
}

impl Listeners {
    pub(crate) fn new(tls: Arc<ServerConfig>) -> Self {
        Self {
            tls,
            running: BTreeMap::new(),
        }
    }

    /// No listeners, which would serve with the same certificate.
    pub(crate) fn none(&self) -> Self {
        Self::new(Arc::clone(&self.tls))
    }

    /// Serves `service` on a bound port, until stopped.
    pub(crate) fn start(&mut self, gate: &Gate, service: &Service, listener: std::net::TcpListener) {
        let port = listener
            .local_addr()
            .map(|address| address.port())
            .unwrap_or_default();
        let listener = match listener
            .set_nonblocking(true)
            .and_then(|()| TcpListener::from_std(listener))
        {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, %service, "a listener could not be started");
                return;
            }
        };
        tracing::debug!(%service, port, "listening");
        let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
        let task = tokio::spawn(accept(
            listener,
            acceptor,
            gate.clone(),
            service.clone(),
            format!("localhost:{port}"),
        ));
        if let Some(earlier) = self.running.insert(service.clone(), task) {
            earlier.abort();
        }
    }

    /// Stops the listeners of services that have their own port and are not among `doors`.
    pub(crate) fn keep_only(&mut self, doors: &[Service]) {
        self.running.retain(|service, task| {
            let keep = *service == Service::AzureMain || doors.contains(service);
            if !keep {
                task.abort();
            }
            keep
        });
    }

    /// Stops all listeners and their connections; their ports are free once the tasks have ended.
    pub(crate) fn stop(&mut self) -> Vec<JoinHandle<()>> {
        let tasks: Vec<_> = std::mem::take(&mut self.running).into_values().collect();
        for task in &tasks {
            task.abort();
        }
        tasks
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, gate: Gate, service: Service, host: String) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let door = Door { gate: gate.clone(), service: service.clone(), host: host.clone() };
                    connections.spawn(connection(stream, acceptor.clone(), door));
                }
                Err(error) => tracing::debug!(%error, "a connection could not be accepted"),
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

#[derive(Clone)]
struct Door {
    gate: Gate,
    service: Service,
    host: String,
}

/// Serves one connection; a TLS handshake starts with the byte 0x16, no HTTP method does.
async fn connection(stream: TcpStream, acceptor: TlsAcceptor, door: Door) {
    let mut first = [0; 1];
    match stream.peek(&mut first).await {
        Ok(1) => {}
        Ok(_) | Err(_) => return,
    }
    if stream.set_nodelay(true).is_err() {
        return;
    }
    if first[0] == 0x16 {
        match acceptor.accept(stream).await {
            Ok(stream) => serve(stream, door, "https").await,
            Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
        }
    } else {
        serve(stream, door, "http").await;
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    door: Door,
    scheme: &'static str,
) {
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { respond(&door, scheme, request).await }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().keep_alive(true);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn respond(door: &Door, scheme: &str, request: Request<Incoming>) -> Result<Response<Payload>, Cut> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            tracing::debug!(%error, "a request body did not come whole");
            let answer = Answer::arm_error(
                413,
                "RequestEntityTooLarge",
                "The body did not come whole, or is too large.",
            );
            return Ok(answer.into_http().map(Payload::whole));
        }
    };
    let head = parts.method == http::Method::HEAD;
    let call = Call::from_http(Request::from_parts(parts, body), scheme, &door.host);
    match door.gate.pass(&door.service, &call).await {
        Ok(response) => Ok(sized(response, head)),
        Err(Cut::Dropped) => Err(Cut::Dropped),
        Err(Cut::Truncated(response)) => Ok(response.map(Payload::cut)),
    }
}

/// An answer to HEAD has the length of the body that it does not carry.
fn sized(mut response: Response<Bytes>, head: bool) -> Response<Payload> {
    if head {
        let length = response.body().len();
        if length > 0 && !response.headers().contains_key(http::header::CONTENT_LENGTH) {
            response
                .headers_mut()
                .insert(http::header::CONTENT_LENGTH, length.into());
        }
        return response.map(|_| Payload::whole(Bytes::new()));
    }
    response.map(Payload::whole)
}

/// The body of an answer: whole, or cut off in the middle.
struct Payload {
    data: Option<Bytes>,
    promised: u64,
    cut: bool,
}

impl Payload {
    fn whole(data: Bytes) -> Self {
        Self {
            promised: data.len() as u64,
            data: Some(data).filter(|data| !data.is_empty()),
            cut: false,
        }
    }

    fn cut(data: Bytes) -> Self {
        let half = data.slice(..data.len() / 2);
        Self {
            promised: data.len() as u64,
            data: Some(half).filter(|half| !half.is_empty()),
            cut: true,
        }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match self.data.take() {
            Some(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
            None if self.cut => {
                self.cut = false;
                Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionAborted.into())))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
