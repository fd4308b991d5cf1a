//! What befalls one operator: which of its requests and which of its writes to the state go wrong, and how.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{Either, select};
use regprov_emulator::{CallError, Sandbox, Service};
use regprov_http::{Clock as _, Request, Response, Transport, TransportError, TransportErrorKind};
use regprov_state::{Lease, LockInfo, SegmentId, StateError, StateStore, Stored, Version, Write};

use super::bucket::Bucket;
use super::time::VirtualTime;
use super::world::Witness;

/// After how long a client gives a request up.
const GIVEN_UP: Duration = Duration::from_secs(100);
/// The header by which a client names its run.
const RUN: &str = "x-regprov-run";

/// What goes wrong at a write to the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StorePeril {
    /// The process dies before anything is written.
    KillBefore,
    /// The process dies once it is written, and does not learn of it.
    KillAfter,
    /// The machine dies in the middle: half of it is there.
    Tear,
    /// The store fails, and wrote nothing.
    Fail,
    /// The store wrote it and says that it failed.
    LoseAnswer,
}

impl StorePeril {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::KillBefore,
        Self::KillAfter,
        Self::Tear,
        Self::Fail,
        Self::LoseAnswer,
    ];
}

/// One operator's fate. It counts what the operator does.
#[derive(Default)]
pub(crate) struct Fate {
    /// The operator's process is gone.
    killed: AtomicBool,
    requests: AtomicU64,
    writes: AtomicU64,
    /// At which request the process dies, once the sandbox holds it.
    kill_at_request: Option<u64>,
    /// At which write to the state, and how.
    store: Option<(u64, StorePeril)>,
    struck: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Fate {
    pub(crate) fn none() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn killed_at_request(nth: u64) -> Self {
        Self {
            kill_at_request: Some(nth),
            ..Self::default()
        }
    }

    pub(crate) fn with_store(self, store: Option<(u64, StorePeril)>) -> Self {
        Self { store, ..self }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// Whether what was to befall its writes did.
    pub(crate) fn struck(&self) -> bool {
        self.struck.load(Ordering::Relaxed)
    }

    fn kill(&self) {
        self.killed.store(true, Ordering::Relaxed);
        if let Some(waker) = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }

    /// Runs the operator until its end or its death; `None` is death, after which nothing of it is left.
    pub(crate) async fn live<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        std::future::poll_fn(|context| {
            if self.killed.load(Ordering::Relaxed) {
                return Poll::Ready(None);
            }
            *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
            match work.as_mut().poll(context) {
                _ if self.killed.load(Ordering::Relaxed) => Poll::Ready(None),
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

/// The port of the clouds that have none of their own.
const MAIN_PORT: u16 = 7000;

/// Calls the sandbox's router as one operator.
pub(crate) struct Wire {
    pub(crate) sandbox: Sandbox,
    pub(crate) time: Arc<VirtualTime>,
    pub(crate) run: String,
    pub(crate) fate: Arc<Fate>,
    pub(crate) witness: Witness,
}

impl Wire {
    /// Who listens where a request goes.
    fn service(&self, request: &Request) -> Option<Service> {
        if let Some(service) = request.url.host_str().and_then(Service::of_host) {
            return Some(service);
        }
        match request.url.port_or_known_default()? {
            MAIN_PORT => Some(Service::AzureMain),
            port => self.sandbox.service_at(port),
        }
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let nth = self.fate.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let of = (&request.method, request.url.path());
        self.witness.tell(|| format!("request {nth}: {} {}", of.0, of.1));
        let mut call = http::Request::new(request.body.clone());
        *call.method_mut() = request.method.clone();
        *call.uri_mut() = request.url.as_str().parse().expect("a URL is a URI");
        *call.headers_mut() = request.headers.clone();
        call.headers_mut().insert(
            RUN,
            self.run.parse().expect("the name of a run is a header's value"),
        );
        let Some(service) = self.service(&request) else {
            let text = "nobody listens there";
            return Err(TransportError::new(TransportErrorKind::Connect, text));
        };
        let mut answer = Box::pin(self.sandbox.try_call(service, call));
        if self.fate.kill_at_request == Some(nth) {
            // The sandbox has it and holds it; the process dies before anything comes back.
            let held = answer
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending();
            if held {
                self.fate.kill();
                return std::future::pending().await;
            }
        }
        let given_up = self.time.sleep(GIVEN_UP);
        let answered = select(answer, given_up).await;
        self.witness.tell(|| match &answered {
            Either::Left((Ok(answer), _)) => format!("request {nth}: {}", answer.status()),
            Either::Left((Err(error), _)) => format!("request {nth}: {error}"),
            Either::Right(_) => format!("request {nth}: no answer"),
        });
        match answered {
            Either::Left((Ok(answer), _)) => {
                let (parts, body) = answer.into_parts();
                let mut response = Response::new(parts.status, body);
                response.headers = parts.headers;
                Ok(response)
            }
            Either::Left((Err(CallError::Dropped | CallError::Truncated | _), _)) => Err(
                TransportError::new(TransportErrorKind::Reset { sent: true }, "the connection broke"),
            ),
            Either::Right(_) => Err(TransportError::new(
                TransportErrorKind::Timeout { sent: true },
                "no answer came in time",
            )),
        }
    }
}

/// The bucket as one operator sees it.
pub(crate) struct Shelf {
    pub(crate) bucket: Bucket,
    pub(crate) fate: Arc<Fate>,
    pub(crate) witness: Witness,
}

/// What a write meets.
enum Met {
    Nothing,
    KillAfter,
    Tear,
    LoseAnswer,
}

impl Shelf {
    /// Counts a write, and lets befall it what is to befall it before it is done.
    async fn meets(&self, place: &str) -> Result<Met, StateError> {
        let nth = self.fate.writes.fetch_add(1, Ordering::Relaxed) + 1;
        let met = self.fate.store.filter(|(at, _)| *at == nth);
        self.witness
            .tell(|| format!("write {nth}, {place}, meets {:?}", met.map(|(_, peril)| peril)));
        let Some((_, peril)) = met else {
            return Ok(Met::Nothing);
        };
        self.fate.struck.store(true, Ordering::Relaxed);
        match peril {
            StorePeril::KillBefore => {
                self.fate.kill();
                std::future::pending().await
            }
            StorePeril::Fail => Err(failure(place)),
            StorePeril::KillAfter => Ok(Met::KillAfter),
            StorePeril::Tear => Ok(Met::Tear),
            StorePeril::LoseAnswer => Ok(Met::LoseAnswer),
        }
    }

    async fn after<T>(&self, met: Met, place: &str, result: Result<T, StateError>) -> Result<T, StateError> {
        match met {
            Met::Nothing => result,
            Met::LoseAnswer => Err(failure(place)),
            Met::KillAfter | Met::Tear => {
                self.fate.kill();
                std::future::pending().await
            }
        }
    }
}

fn failure(place: &str) -> StateError {
    StateError::Io {
        path: place.into(),
        operation: "write",
        source: std::io::ErrorKind::StorageFull.into(),
    }
}

#[async_trait]
impl StateStore for Shelf {
    fn location(&self) -> String {
        self.bucket.location()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        self.bucket.lock(info).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        self.bucket.unlock(lease).await
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StateError> {
        self.bucket.force_unlock(id).await
    }

    async fn read(&self) -> Result<Stored, StateError> {
        self.bucket.read().await
    }

    async fn write(&self, lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        let met = self.meets("the state").await?;
        if matches!(met, Met::Tear) {
            // A state is replaced whole or not at all.
            self.fate.kill();
            return std::future::pending().await;
        }
        let result = self.bucket.write(lease, write).await;
        self.after(met, "the state", result).await
    }

    async fn back_up(&self, lease: &Lease, bytes: &[u8]) -> Result<String, StateError> {
        self.bucket.back_up(lease, bytes).await
    }

    async fn append(&self, lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        let met = self.meets("the journal").await?;
        if matches!(met, Met::Tear) {
            self.bucket.tear(segment, bytes);
            self.fate.kill();
            return std::future::pending().await;
        }
        let result = self.bucket.append(lease, segment, bytes).await;
        self.after(met, "the journal", result).await
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        self.bucket.segments().await
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        self.bucket.read_segment(segment).await
    }

    async fn delete_segment(&self, lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        let met = self.meets("the journal").await?;
        let result = self.bucket.delete_segment(lease, segment).await;
        self.after(met, "the journal", result).await
    }
}
