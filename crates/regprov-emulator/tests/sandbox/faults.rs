use bytes::Bytes;
use http::{Method, Request};
use regprov_emulator::{Action, CallError, Fault, Phase, Service};
use serde_json::json;

use crate::support::{Bench, Reply};

async fn create(bench: &Bench, token: &str) -> Result<Reply, CallError> {
    let request = Request::post("/graph/v1.0/applications")
        .header("authorization", format!("Bearer {token}"))
        .header("x-regprov-run", "run-1")
        .body(Bytes::from(json!({ "displayName": "x" }).to_string()))
        .unwrap();
    bench
        .sandbox
        .try_call(Service::AzureMain, request)
        .await
        .map(Reply::from)
}

fn at(nth: u64, phase: Phase, action: Action) -> Fault {
    Fault::at_request(nth, phase, action).on("POST", "^/graph/v1.0/applications$")
}

#[tokio::test]
async fn a_drop_before_leaves_nothing_and_a_drop_after_commit_leaves_the_object() {
    let bench = Bench::new().await;
    let token = bench.token(&[]).await;
    bench.sandbox.schedule(vec![
        at(1, Phase::Before, Action::Drop),
        at(2, Phase::AfterCommit, Action::Drop),
    ]);
    assert_eq!(create(&bench, &token).await.unwrap_err(), CallError::Dropped);
    assert_eq!(bench.sandbox.inventory().live().len(), 0);
    assert_eq!(create(&bench, &token).await.unwrap_err(), CallError::Dropped);
    assert_eq!(bench.sandbox.inventory().live().len(), 1);
    assert_eq!(create(&bench, &token).await.unwrap().status, 201);
    let ledger = bench.sandbox.ledger();
    let told: Vec<_> = ledger[1..]
        .iter()
        .map(|e| (e.status, e.committed, e.fault.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            (None, false, true),
            (Some(201), true, true),
            (Some(201), true, false)
        ]
    );
    assert_eq!(ledger[2].run.as_deref(), Some("run-1"));
    assert!(
        ledger[2].mutations[0].starts_with("created azure/applications/"),
        "{:?}",
        ledger[2].mutations
    );
}

#[tokio::test]
async fn a_held_request_is_committed_and_counted_and_never_answered() {
    let bench = Bench::new().await;
    let token = bench.token(&[]).await;
    bench
        .sandbox
        .schedule(vec![at(1, Phase::AfterCommit, Action::Hold)]);
    let mut held = bench.sandbox.held();
    let waiting = async {
        held.wait_for(|count| *count == 1).await.unwrap();
    };
    tokio::select! {
        answer = create(&bench, &token) => panic!("no answer may come: {answer:?}"),
        () = waiting => {}
    }
    assert_eq!(bench.sandbox.inventory().live().len(), 1);
}

#[tokio::test]
async fn a_status_is_answered_as_scheduled_and_a_cut_answer_is_told_apart() {
    let bench = Bench::new().await;
    let token = bench.token(&[]).await;
    let throttled = Action::Status {
        code: 429,
        body: json!({ "error": {} }).to_string(),
        retry_after: Some(3),
    };
    bench.sandbox.schedule(vec![
        at(1, Phase::Before, throttled),
        at(2, Phase::AfterCommit, Action::Truncate),
    ]);
    let reply = create(&bench, &token).await.unwrap();
    assert_eq!(
        (reply.status, reply.headers["retry-after"].to_str().unwrap()),
        (429, "3")
    );
    assert_eq!(create(&bench, &token).await.unwrap_err(), CallError::Truncated);
    assert_eq!(bench.sandbox.inventory().live().len(), 1);
}

#[tokio::test]
async fn the_ledger_keeps_no_secret_of_a_query() {
    let bench = Bench::new().await;
    let request = Request::builder()
        .method(Method::GET)
        .uri("/x?password=hunter2&a=b")
        .body(Bytes::new())
        .unwrap();
    bench.send(request).await;
    assert_eq!(bench.sandbox.ledger()[0].target, "/x?password=(redacted)&a=b");
}

async fn names(bench: &Bench, token: &str) -> usize {
    let request = Request::get("/graph/v1.0/applications")
        .header("authorization", format!("Bearer {token}"))
        .body(Bytes::new())
        .unwrap();
    let reply = bench.send(request).await;
    reply.body["value"].as_array().unwrap().len()
}

#[tokio::test]
async fn reads_lag_for_as_many_as_the_fault_says_and_writes_do_not() {
    let bench = Bench::new().await;
    let token = bench.token(&[]).await;
    let before = names(&bench, &token).await;
    bench
        .sandbox
        .schedule(vec![at(1, Phase::AfterCommit, Action::Stale { reads: 2 })]);
    assert_eq!(create(&bench, &token).await.unwrap().status, 201);
    assert_eq!(names(&bench, &token).await, before);
    assert_eq!(create(&bench, &token).await.unwrap().status, 201);
    assert_eq!(names(&bench, &token).await, before);
    assert_eq!(names(&bench, &token).await, before + 2);
    let ledger = bench.sandbox.ledger();
    let lagging = ledger.iter().filter(|entry| {
        entry
            .fault
            .as_ref()
            .is_some_and(|fault| fault.ends_with("stale read"))
    });
    assert_eq!(lagging.count(), 2);
}

#[tokio::test]
async fn a_garbled_answer_is_whole_as_http_and_no_json() {
    let bench = Bench::new().await;
    let token = bench.token(&[]).await;
    bench
        .sandbox
        .schedule(vec![at(1, Phase::AfterCommit, Action::Garble)]);
    let reply = create(&bench, &token).await.unwrap();
    assert_eq!((reply.status, &reply.body), (201, &serde_json::Value::Null));
    assert_eq!(bench.sandbox.inventory().live().len(), 1);
}

#[tokio::test]
async fn a_fork_goes_its_own_way() {
    let bench = Bench::new().await;
    let token = bench.token(&[]).await;
    let fork = bench.sandbox.fork();
    create(&bench, &token).await.unwrap();
    assert_eq!(bench.sandbox.inventory().live().len(), 1);
    assert_eq!(fork.inventory().live().len(), 0);
    assert_eq!(fork.ledger().len() + 1, bench.sandbox.ledger().len());
}
