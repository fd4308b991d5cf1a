//! Keeps to the rate that the service tells in its headers: where nothing is left of a minute, the next one is waited for.

use super::fault::wait;
use async_trait::async_trait;
use jiff::Timestamp;
use regprov_http::{Clock, Request, Response, Transport, TransportError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The longest wait: the service counts by the minute.
const LONGEST: Duration = Duration::from_secs(60);

/// Waits where the service says that nothing is left.
pub(crate) struct Paced {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    resumes: Mutex<Option<Timestamp>>,
}

impl Paced {
    /// Puts the pace before a transport.
    pub(crate) fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner,
            clock,
            resumes: Mutex::default(),
        }
    }

    fn pause(&self) -> Option<Duration> {
        let at = (*self.resumes.lock().expect("no holder of this lock panics"))?;
        let left = Duration::try_from(at.duration_since(self.clock.now())).ok()?;
        Some(left.min(LONGEST)).filter(|left| !left.is_zero())
    }
}

#[async_trait]
impl Transport for Paced {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if let Some(pause) = self.pause() {
            self.clock.sleep(pause).await;
        }
        let response = self.inner.send(request).await?;
        if response.header("x-ratelimit-remaining").map(str::trim) == Some("0") {
            let now = self.clock.now();
            let until = wait(&response, now).and_then(|wait| now.checked_add(wait).ok());
            let mut resumes = self.resumes.lock().expect("no holder of this lock panics");
            *resumes = until.max(*resumes);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, Method, StatusCode};
    use regprov_http::ManualClock;

    struct Exhausted(Timestamp);

    #[async_trait]
    impl Transport for Exhausted {
        async fn send(&self, _request: Request) -> Result<Response, TransportError> {
            let mut response = Response::new(StatusCode::OK, "");
            let reset = self.0.as_second() + 20;
            response
                .headers
                .insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
            response
                .headers
                .insert("x-ratelimit-reset", HeaderValue::from(reset));
            Ok(response)
        }
    }

    #[tokio::test]
    async fn where_nothing_is_left_of_a_minute_the_next_one_is_waited_for() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let paced = Paced::new(Arc::new(Exhausted(start)), Arc::clone(&clock) as Arc<dyn Clock>);
        let url: url::Url = "https://hub.docker.com/v2/".parse().unwrap();
        paced.send(Request::new(Method::GET, url, "look")).await.unwrap();
        assert_eq!(paced.pause(), Some(Duration::from_secs(20)));
        assert_eq!(paced.pause(), Some(Duration::from_secs(20)), "whoever asks waits");
        clock.sleep(Duration::from_secs(20)).await;
        assert_eq!(paced.pause(), None, "the next minute has begun");
    }
}
