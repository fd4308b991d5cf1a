//! The layers over a scripted transport: no socket, no sleep.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_trait::async_trait;
use http::{Method, StatusCode};
use jiff::Timestamp;
use regprov_http::{
    Authorize, BaseUri, Clock, LoopbackOnly, ManualClock, PagingError, Redirect, Request, Response, Retry,
    RetryPolicy, SeededRandomness, Throttle, ThrottlePolicy, Token, TokenCache, TokenError, TokenErrorKind,
    TokenSource, Transport, TransportError, TransportErrorKind, collect_json, link_next, retry_after,
};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

type Outcome = Result<Response, TransportErrorKind>;

/// Answers from a list, in order, and remembers what was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Outcome>>,
    asked: Mutex<Vec<Request>>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Outcome>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.asked.lock().unwrap().push(request);
        let answer = self
            .answers
            .lock()
            .unwrap()
            .pop_front()
            .expect("the script has an answer for every request");
        answer.map_err(|kind| TransportError::new(kind, "scripted"))
    }
}

fn status(code: u16) -> Outcome {
    Ok(Response::new(StatusCode::from_u16(code).unwrap(), ""))
}

fn with(code: u16, name: &'static str, value: &str) -> Outcome {
    let mut response = status(code).unwrap();
    response.headers.append(name, value.parse().unwrap());
    Ok(response)
}

fn get(url: &str) -> Request {
    Request::get(Url::parse(url).unwrap(), "read the thing")
}

fn post(url: &str) -> Request {
    Request::new(Method::POST, Url::parse(url).unwrap(), "make the thing")
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap()))
}

fn retry(script: &Arc<Script>, clock: &Arc<ManualClock>) -> Retry<Arc<Script>> {
    Retry::new(
        Arc::clone(script),
        RetryPolicy::default(),
        clock.clone(),
        Arc::new(SeededRandomness::new(7)),
    )
}

const URL: &str = "https://api.example/x?sig=secret";

#[tokio::test]
async fn a_read_is_repeated_until_it_succeeds() {
    let (script, clock) = (Script::new([status(500), status(502), status(200)]), clock());
    let response = retry(&script, &clock).send(get(URL)).await.unwrap();
    assert_eq!((response.status.as_u16(), script.asked().len()), (200, 3));
    let slept = clock.slept();
    assert!(
        slept[0] < Duration::from_secs(1) && slept[1] < Duration::from_secs(2),
        "{slept:?}"
    );
    assert_ne!(slept[0], slept[1], "pauses are jittered");
}

#[tokio::test]
async fn attempts_are_bounded_and_the_last_answer_is_given() {
    let (script, clock) = (Script::new((0..6).map(|_| status(503))), clock());
    assert_eq!(
        retry(&script, &clock)
            .send(get(URL))
            .await
            .unwrap()
            .status
            .as_u16(),
        503
    );
    assert_eq!(script.asked().len(), 6);
}

#[tokio::test]
async fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    let date = "Thu, 01 Jan 2026 00:01:00 GMT";
    let (script, clock) = (
        Script::new([
            with(429, "retry-after", "17"),
            with(429, "retry-after", date),
            status(200),
        ]),
        clock(),
    );
    retry(&script, &clock).send(post(URL)).await.unwrap();
    assert_eq!(clock.slept(), [Duration::from_secs(17), Duration::from_secs(43)]);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let (script, clock) = (Script::new([with(429, "retry-after", "601")]), clock());
    assert_eq!(
        retry(&script, &clock)
            .send(get(URL))
            .await
            .unwrap()
            .status
            .as_u16(),
        429
    );
    assert!(clock.slept().is_empty());
}

#[tokio::test]
async fn a_creating_request_is_never_repeated_where_it_may_have_been_carried_out() {
    let ambiguous: [Outcome; 7] = [
        Err(TransportErrorKind::Timeout { sent: true }),
        Err(TransportErrorKind::Reset { sent: true }),
        Err(TransportErrorKind::BodyTooLarge),
        status(500),
        status(502),
        status(503),
        status(504),
    ];
    for outcome in ambiguous {
        let script = Script::new([outcome]);
        let _ = retry(&script, &clock()).send(post(URL)).await;
        assert_eq!(script.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_creating_request_is_repeated_where_it_cannot_have_been_carried_out() {
    let harmless: [Outcome; 5] = [
        Err(TransportErrorKind::Connect),
        Err(TransportErrorKind::Timeout { sent: false }),
        Err(TransportErrorKind::Reset { sent: false }),
        status(429),
        with(503, "retry-after", "1"),
    ];
    for outcome in harmless {
        let script = Script::new([outcome, status(201)]);
        assert_eq!(
            retry(&script, &clock())
                .send(post(URL))
                .await
                .unwrap()
                .status
                .as_u16(),
            201
        );
    }
}

#[tokio::test]
async fn refusals_are_final() {
    for kind in [
        TransportErrorKind::Tls,
        TransportErrorKind::Refused,
        TransportErrorKind::Unauthenticated,
    ] {
        let script = Script::new([Err(kind)]);
        assert_eq!(
            retry(&script, &clock()).send(get(URL)).await.unwrap_err().kind,
            kind
        );
    }
}

#[test]
fn a_retry_date_in_the_past_is_no_wait() {
    let response = with(429, "retry-after", "Thu, 01 Jan 2026 00:00:00 GMT").unwrap();
    assert_eq!(
        retry_after(&response, "2026-01-01T00:00:09Z".parse().unwrap()),
        Some(Duration::ZERO)
    );
    let response = with(429, "retry-after", "soon").unwrap();
    assert_eq!(retry_after(&response, Timestamp::UNIX_EPOCH), None);
}

#[tokio::test]
async fn isolation_refuses_what_is_not_loopback() {
    let script = Script::new([status(200), status(200)]);
    let isolated = LoopbackOnly::new(Arc::clone(&script));
    for url in [
        "https://management.azure.com/",
        "https://127.0.0.1.example.com/",
        "https://10.0.0.1/",
        "https://[::2]/",
    ] {
        let error = isolated.send(get(url)).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::Refused, "{url}");
    }
    assert!(script.asked().is_empty());
    isolated.send(get("https://127.0.0.1:9/")).await.unwrap();
    isolated.send(get("http://login.localhost:9/")).await.unwrap();
}

#[tokio::test]
async fn a_redirect_to_another_host_loses_every_credential() {
    let script = Script::new([
        with(307, "location", "https://blobs.example/b?sig=1"),
        status(200),
    ]);
    let mut request = get("https://api.example/v2/blob");
    for name in ["authorization", "cookie", "x-api-key"] {
        request.headers.insert(name, "secret".parse().unwrap());
    }
    request.headers.insert("accept", "a/b".parse().unwrap());
    Redirect::new(Arc::clone(&script)).send(request).await.unwrap();
    let headers = &script.asked()[1].headers;
    assert_eq!(headers.len(), 1);
    assert_eq!(headers["accept"], "a/b");
}

#[tokio::test]
async fn a_redirect_within_a_host_keeps_credentials() {
    let script = Script::new([with(302, "location", "/y"), status(200)]);
    let mut request = get("https://api.example/x");
    request.headers.insert("authorization", "secret".parse().unwrap());
    Redirect::new(Arc::clone(&script)).send(request).await.unwrap();
    assert_eq!(script.asked()[1].url.as_str(), "https://api.example/y");
    assert!(script.asked()[1].headers.contains_key("authorization"));
}

#[tokio::test]
async fn dangerous_redirects_are_refused() {
    for target in [
        "http://api.example/",
        "http://127.0.0.1/",
        "https://localhost/",
        "file:///etc/passwd",
        "https://",
    ] {
        let script = Script::new([with(301, "location", target)]);
        let error = Redirect::new(Arc::clone(&script))
            .send(get(URL))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind, script.asked().len()),
            (TransportErrorKind::Refused, 1),
            "{target}"
        );
    }
    let script = Script::new((0..6).map(|_| with(302, "location", "/again")));
    let error = Redirect::new(Arc::clone(&script))
        .send(get(URL))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Refused);
}

#[tokio::test]
async fn a_redirected_write_is_handed_to_the_caller() {
    let script = Script::new([with(307, "location", "/y")]);
    assert_eq!(
        Redirect::new(Arc::clone(&script))
            .send(post(URL))
            .await
            .unwrap()
            .status
            .as_u16(),
        307
    );
}

#[tokio::test]
async fn a_list_is_read_over_all_its_pages() {
    let page = |body: &'static str| Ok(Response::new(StatusCode::OK, body));
    let script = Script::new([
        page(r#"{"value":[1,2],"nextLink":"https://api.example/x?page=2"}"#),
        page(r#"{"value":[3],"@odata.nextLink":"/x?page=3"}"#),
        page(r#"{"value":[]}"#),
    ]);
    let base = BaseUri::parse("https://api.example").unwrap();
    let numbers: Vec<u32> = collect_json(&*script, get(URL), &[&base]).await.unwrap();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(script.asked()[2].url.as_str(), "https://api.example/x?page=3");
}

#[tokio::test]
async fn a_next_page_elsewhere_is_refused_and_its_query_is_not_shown() {
    for link in [
        "https://evil.example/?t=k",
        "http://api.example/x",
        "https://api.example:444/x",
        "//evil.example/x",
    ] {
        let body = format!(r#"{{"value":[1],"nextLink":"{link}"}}"#);
        let script = Script::new([Ok(Response::new(StatusCode::OK, body))]);
        let base = BaseUri::parse("https://api.example").unwrap();
        let error = collect_json::<u32>(&*script, get(URL), &[&base])
            .await
            .unwrap_err();
        assert!(matches!(error, PagingError::Elsewhere { .. }), "{link}: {error}");
        assert!(!error.to_string().contains("t=k"));
        assert_eq!(script.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_list_that_comes_back_to_itself_ends_in_an_error() {
    let script = Script::new([Ok(Response::new(
        StatusCode::OK,
        r#"{"value":[1],"nextLink":"/x?sig=secret"}"#,
    ))]);
    let base = BaseUri::parse("https://api.example").unwrap();
    let error = collect_json::<u32>(&*script, get(URL), &[&base])
        .await
        .unwrap_err();
    assert!(matches!(error, PagingError::Endless { .. }));
}

#[test]
fn the_next_link_is_found_among_others() {
    let response = with(
        200,
        "link",
        r#"</v2/_catalog?n=1&last=a,b>; title="x"; rel="next", </p>; rel=prev"#,
    )
    .unwrap();
    assert_eq!(link_next(&response).as_deref(), Some("/v2/_catalog?n=1&last=a,b"));
    assert_eq!(link_next(&with(200, "link", "</p>; rel=prev").unwrap()), None);
}

/// Gives numbered tokens, or errors.
struct Issuer {
    clock: Arc<ManualClock>,
    fetched: AtomicU32,
    fails: bool,
}

impl Issuer {
    fn new(clock: &Arc<ManualClock>, fails: bool) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(clock),
            fetched: AtomicU32::new(0),
            fails,
        })
    }

    fn fetched(&self) -> u32 {
        self.fetched.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenSource for Issuer {
    async fn fetch(&self, audience: &str) -> Result<Token, TokenError> {
        let number = self.fetched.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::task::yield_now().await;
        if self.fails {
            return Err(TokenError::new(
                TokenErrorKind::Rejected,
                "the client secret has expired",
            ));
        }
        let expires_at = self.clock.now().checked_add(Duration::from_secs(3600)).unwrap();
        Ok(Token::new(format!("{audience}-{number}"), expires_at))
    }
}

#[tokio::test]
async fn many_who_want_a_token_cause_one_request() {
    let clock = clock();
    let issuer = Issuer::new(&clock, false);
    let cache = TokenCache::new(issuer.clone(), clock);
    let (a, b, c) = tokio::join!(cache.get("arm"), cache.get("arm"), cache.get("graph"));
    assert_eq!((a.unwrap().reveal(), b.unwrap().reveal()), ("arm-1", "arm-1"));
    assert!(c.unwrap().reveal().starts_with("graph-"));
    assert_eq!(issuer.fetched(), 2);
}

#[tokio::test]
async fn who_waits_shares_an_error_and_who_comes_later_asks_again() {
    let clock = clock();
    let issuer = Issuer::new(&clock, true);
    let cache = TokenCache::new(issuer.clone(), clock);
    let (a, b) = tokio::join!(cache.get("arm"), cache.get("arm"));
    assert!(a.is_err() && b.is_err());
    assert_eq!(issuer.fetched(), 1);
    assert!(cache.get("arm").await.is_err());
    assert_eq!(issuer.fetched(), 2);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let clock = clock();
    let issuer = Issuer::new(&clock, false);
    let cache = TokenCache::new(issuer.clone(), clock.clone());
    cache.get("arm").await.unwrap();
    clock.advance(Duration::from_secs(3299));
    cache.get("arm").await.unwrap();
    assert_eq!(issuer.fetched(), 1);
    clock.advance(Duration::from_secs(1));
    cache.get("arm").await.unwrap();
    assert_eq!(issuer.fetched(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_tokens_stay_with_their_origin() {
    let clock = clock();
    let tokens = Arc::new(TokenCache::new(Issuer::new(&clock, false), clock.clone()));
    let script = Script::new([status(401), status(200), status(401), status(401), status(200)]);
    let origin = Url::parse("https://api.example").unwrap();
    let authorized = Authorize::new(Arc::clone(&script), tokens, "arm", origin);
    assert_eq!(authorized.send(get(URL)).await.unwrap().status.as_u16(), 200);
    assert_eq!(authorized.send(get(URL)).await.unwrap().status.as_u16(), 401);
    authorized.send(get("https://other.example/")).await.unwrap();
    let sent: Vec<_> = script
        .asked()
        .iter()
        .map(|request| {
            request
                .headers
                .get("authorization")
                .map(|value| value.to_str().unwrap().to_owned())
        })
        .collect();
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    assert_eq!(
        sent,
        [
            bearer("arm-1"),
            bearer("arm-2"),
            bearer("arm-2"),
            bearer("arm-3"),
            None
        ]
    );
    assert!(!format!("{:?}", script.asked()).contains("arm-1"));
}

/// Counts how many requests are under way at once.
struct Gauge {
    running: AtomicUsize,
    peak: AtomicUsize,
    status: u16,
}

#[async_trait]
impl Transport for Gauge {
    async fn send(&self, _request: Request) -> Result<Response, TransportError> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(running, Ordering::SeqCst);
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        status(self.status).map_err(|kind| TransportError::new(kind, "scripted"))
    }
}

#[tokio::test]
async fn no_more_requests_run_at_once_than_a_lane_has_room_for() {
    let gauge = Arc::new(Gauge {
        running: AtomicUsize::new(0),
        peak: AtomicUsize::new(0),
        status: 409,
    });
    let throttle = Arc::new(Throttle::new(
        Arc::clone(&gauge),
        ThrottlePolicy::default(),
        clock(),
    ));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let throttle = Arc::clone(&throttle);
            tokio::spawn(async move { throttle.send(post(URL)).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(gauge.peak.load(Ordering::SeqCst), 8);
}

#[tokio::test]
async fn a_refusal_holds_back_all_requests_of_its_kind() {
    let clock = clock();
    let script = Script::new([with(429, "retry-after", "30"), status(200), status(200)]);
    let throttle = Throttle::new(Arc::clone(&script), ThrottlePolicy::default(), clock.clone());
    throttle.send(get(URL)).await.unwrap();
    throttle.send(post(URL)).await.unwrap();
    assert!(clock.slept().is_empty(), "writes have their own lane");
    throttle.send(get(URL)).await.unwrap();
    assert_eq!(clock.slept(), [Duration::from_secs(30)]);
}

#[tokio::test]
async fn a_budget_that_is_used_up_slows_requests_down() {
    let clock = clock();
    let remaining = "x-ms-ratelimit-remaining-subscription-reads";
    let script = Script::new([with(200, remaining, "1"), status(200), status(200)]);
    let throttle = Throttle::new(Arc::clone(&script), ThrottlePolicy::default(), clock.clone());
    for _ in 0..3 {
        throttle.send(get(URL)).await.unwrap();
    }
    assert_eq!(clock.slept(), [Duration::from_millis(100)]);
}

#[test]
fn neither_a_request_nor_an_error_shows_a_query_or_a_body() {
    let request = post("https://user:pw@api.example/x?sig=canary#canary").bytes("canary", "text/plain");
    let shown = format!("{request:?} {}", request.shown_url());
    assert!(!shown.contains("canary") && !shown.contains("pw@"), "{shown}");
    let response = Response::new(StatusCode::OK, r#"{"password": "canary"}"#);
    let error = response.json::<Vec<u8>>().unwrap_err();
    assert!(!format!("{response:?} {error} {error:?}").contains("canary"));
}

#[test]
fn json_nested_too_deeply_is_an_error() {
    let response = Response::new(StatusCode::OK, "[".repeat(1_000_000));
    assert!(response.json::<serde_json::Value>().is_err());
}

/// Everything that is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_tells_of_an_exchange_without_its_query_and_bodies() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let mut answer = Response::new(StatusCode::CREATED, "canary");
    answer.headers.insert("x-ms-request-id", "id-1".parse().unwrap());
    let script = Script::new([Ok(answer), Err(TransportErrorKind::Connect), status(200)]);
    let clock = clock();
    let traced = regprov_http::Trace::new(Arc::clone(&script), clock.clone());
    let stack = Retry::new(
        traced,
        RetryPolicy::default(),
        clock,
        Arc::new(SeededRandomness::new(1)),
    );
    let request = post("https://api.example/x?sig=canary").bytes("canary", "text/plain");
    stack
        .send(
            request
                .secret_header(http::header::AUTHORIZATION, "canary")
                .unwrap(),
        )
        .await
        .unwrap();
    stack.send(get("https://api.example/x?sig=canary")).await.unwrap();
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("https://api.example/x") && text.contains("status=201") && text.contains("id-1"),
        "{text}"
    );
    assert!(
        text.contains("asking again") && !text.contains("canary"),
        "{text}"
    );
}
