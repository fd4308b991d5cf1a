use std::fs::OpenOptions;
use std::io::Write as _;

use http::Method;
use regprov_emulator::{Action, Client, ClockMode, Fault, OpenError, Opened, Options, Phase, open, reset};
use serde_json::Value;

use crate::support::{Bench, open_at};

#[tokio::test]
async fn what_was_answered_survives_an_owner_that_just_disappears() {
    let bench = Bench::new().await;
    let app = bench.application("kept").await;
    let token = bench.token(&[]).await;
    bench.sandbox.clock().advance(std::time::Duration::from_secs(60));
    let (clock, ledger, operator) = (
        bench.sandbox.clock().now(),
        bench.sandbox.ledger(),
        bench.sandbox.operator(),
    );
    let Bench { folder, sandbox } = bench;
    drop(sandbox);
    let sandbox = open_at(folder.path()).await;
    let bench = Bench { folder, sandbox };
    assert_eq!(
        (
            bench.sandbox.clock().now(),
            bench.sandbox.ledger(),
            bench.sandbox.operator()
        ),
        (clock, ledger, operator)
    );
    let path = format!("/applications/{}", app["id"].as_str().unwrap());
    let read = bench.graph_as(&token, Method::GET, &path, Value::Null, &[]).await;
    assert_eq!(
        (read.status, read.text("/displayName")),
        (200, "kept"),
        "old tokens go on too"
    );
    assert_ne!(
        bench.application("next").await["id"],
        app["id"],
        "ids go on where they stood"
    );
}

#[tokio::test]
async fn a_torn_tail_counts_as_never_committed() {
    let bench = Bench::new().await;
    bench.application("first").await;
    let log = bench.folder.path().join("events.log");
    let whole = std::fs::metadata(&log).unwrap().len();
    bench.application("second").await;
    let Bench { folder, sandbox } = bench;
    drop(sandbox);
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..bytes.len() - 3]).unwrap();
    let sandbox = open_at(folder.path()).await;
    let inventory = sandbox.inventory();
    assert_eq!(inventory.live_of("azure/applications").len(), 1, "{inventory:?}");
    assert!(sandbox.ledger().iter().filter(|entry| entry.committed).count() == 1);
    assert!(std::fs::metadata(&log).unwrap().len() >= whole);
}

#[tokio::test]
async fn damage_in_the_middle_is_reported_and_a_reset_helps() {
    let bench = Bench::new().await;
    bench.application("first").await;
    let root = bench.folder.path().to_owned();
    assert!(
        matches!(reset(&root), Err(OpenError::InUse(_))),
        "not while it is owned"
    );
    let Bench { folder, sandbox } = bench;
    drop(sandbox);
    let log = root.join("events.log");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[40] ^= 0xff;
    std::fs::write(&log, &bytes).unwrap();
    let options = || Options {
        root: root.clone(),
        clock: ClockMode::Wall,
        seed: 1,
        secret_marker: None,
        main_port: None,
    };
    assert!(matches!(open(options()).await, Err(OpenError::Damaged { .. })));
    reset(&root).unwrap();
    let Opened::Owner(sandbox) = open(options()).await.unwrap() else {
        panic!("nobody else is there")
    };
    assert!(sandbox.ledger().is_empty());
    drop((sandbox, folder));
}

#[tokio::test]
async fn ports_stay_and_the_schedule_of_faults_goes_on_after_a_restart() {
    let bench = Bench::new().await;
    let before = bench.sandbox.listen().await.unwrap();
    bench.sandbox.schedule(vec![
        Fault::at_request(2, Phase::Before, Action::Drop).on("GET", "/metadata/endpoints"),
    ]);
    let get = || {
        let request = http::Request::get("/metadata/endpoints?api-version=2022-09-01");
        request.body(bytes::Bytes::new()).unwrap()
    };
    assert!(
        bench
            .sandbox
            .try_call(regprov_emulator::Service::AzureMain, get())
            .await
            .is_ok()
    );
    let Bench { folder, sandbox } = bench;
    sandbox.shutdown().await;
    let sandbox = open_at(folder.path()).await;
    let after = sandbox.listen().await.unwrap();
    assert_eq!(after.main_https, before.main_https);
    assert!(
        sandbox
            .try_call(regprov_emulator::Service::AzureMain, get())
            .await
            .is_err(),
        "the second one is dropped"
    );
    assert!(
        sandbox
            .try_call(regprov_emulator::Service::AzureMain, get())
            .await
            .is_ok()
    );
    let struck: Vec<_> = sandbox
        .ledger()
        .into_iter()
        .filter(|entry| entry.fault.is_some())
        .collect();
    assert_eq!(struck.len(), 1);
    assert_eq!(struck[0].status, None);
}

#[tokio::test]
async fn a_second_opener_is_led_to_the_owner_and_the_owner_waits_for_it() {
    let bench = Bench::new().await;
    bench.sandbox.listen().await.unwrap();
    bench.application("shared").await;
    let options = Options {
        root: bench.folder.path().to_owned(),
        clock: ClockMode::Wall,
        seed: 1,
        secret_marker: None,
        main_port: None,
    };
    let Opened::Other(endpoints) = open(options).await.unwrap() else {
        panic!("the folder has an owner")
    };
    let client = Client::new(&endpoints);
    assert_eq!(client.ledger(0).await.unwrap(), bench.sandbox.ledger());
    assert_eq!(client.inventory().await.unwrap(), bench.sandbox.inventory());
    client.advance(std::time::Duration::from_secs(5)).await.unwrap();
    assert!(!format!("{endpoints:?}").contains(&endpoints.azure.client_secret));

    let waiting = bench.sandbox.clone();
    let mut wait = tokio::spawn(async move { waiting.wait_for_clients().await });
    let early = tokio::time::timeout(std::time::Duration::from_millis(100), &mut wait).await;
    assert!(early.is_err(), "the owner stays while somebody uses it");
    drop(endpoints);
    wait.await.unwrap();
}

#[tokio::test]
async fn something_else_in_place_of_the_log_is_refused() {
    let bench = Bench::new().await;
    let Bench { folder, sandbox } = bench;
    drop(sandbox);
    let mut file = OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(folder.path().join("events.log"))
        .unwrap();
    file.write_all(b"something else").unwrap();
    let options = Options {
        root: folder.path().to_owned(),
        clock: ClockMode::Wall,
        seed: 1,
        secret_marker: None,
        main_port: None,
    };
    let Err(error) = open(options).await else {
        panic!("it must not open")
    };
    assert!(error.to_string().contains("Reset the sandbox"), "{error}");
}
