//! Whole runs.

use std::sync::Arc;

use regprov_state::{
    Action, Begin, Edit, FirstSealing, LOCKED_VERSION, Notice, ObjectKey, OpenOptions, Outcome, Record,
    Session, StateError,
};
use serde_json::{Value, json};

use crate::support::{
    CANARY, address, assert_nowhere, lock_info, open, options, plain_object, secret_object, store,
};

fn file(directory: &std::path::Path) -> Value {
    let bytes = std::fs::read(directory.join("terraform.tfstate")).expect("a state");
    serde_json::from_slice(&bytes).expect("json")
}

fn names(directory: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

async fn create(session: &Session, name: &str) {
    let id = session
        .begin(Begin::new(address(name), Action::Create))
        .await
        .expect("begun");
    session
        .end(id, Outcome::Object(Box::new(plain_object(name))))
        .await
        .expect("ended");
}

#[tokio::test]
async fn a_state_without_secrets_is_plain_version_four() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = open(directory.path()).await;
    create(&session, "x.a").await;
    session.finish().await.expect("finished");
    let state = file(directory.path());
    assert_eq!(state["version"], 4);
    assert_eq!(state["serial"], 1);
    let fields: Vec<_> = state.as_object().expect("an object").keys().collect();
    assert_eq!(
        fields,
        [
            "version",
            "terraform_version",
            "serial",
            "lineage",
            "outputs",
            "resources",
            "check_results"
        ]
    );
    assert_eq!(
        names(directory.path()),
        ["terraform.tfstate"],
        "no journal, no note"
    );
}

#[tokio::test]
async fn a_state_is_locked_to_others_exactly_while_it_holds_a_secret() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = open(directory.path()).await;
    let id = session
        .begin(Begin::new(address("x.a"), Action::Create))
        .await
        .expect("begun");
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
        .expect("ended");
    session.finish().await.expect("finished");
    assert_eq!(file(directory.path())["version"], LOCKED_VERSION);
    let session = open(directory.path()).await;
    let id = session
        .begin(Begin::new(address("x.a"), Action::Delete))
        .await
        .expect("begun");
    session.end(id, Outcome::Deleted).await.expect("ended");
    session.finish().await.expect("finished");
    assert_eq!(file(directory.path())["version"], 4);
    assert!(file(directory.path()).get("regprov_sealing").is_none());
}

#[tokio::test]
async fn a_run_that_changes_nothing_writes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = open(directory.path()).await;
    let id = session
        .begin(Begin::new(address("x.a"), Action::Create))
        .await
        .expect("begun");
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
        .expect("ended");
    session.finish().await.expect("finished");
    let before = std::fs::read(directory.path().join("terraform.tfstate")).expect("a state");
    let session = open(directory.path()).await;
    let same = session
        .read(|state| state.current(&address("x.a")).cloned())
        .expect("it is there");
    let put = Edit::Put {
        key: ObjectKey::current(address("x.a")),
        object: Box::new(same),
    };
    session.edit(put).await.expect("recorded");
    let finished = session.finish().await.expect("finished");
    assert!(!finished.written);
    assert_eq!(finished.serial, 1);
    assert_eq!(
        std::fs::read(directory.path().join("terraform.tfstate")).expect("a state"),
        before
    );
    assert_eq!(names(directory.path()), ["terraform.tfstate"]);
}

#[tokio::test]
async fn a_change_elsewhere_keeps_the_ciphertext_of_what_did_not_change() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = open(directory.path()).await;
    let id = session
        .begin(Begin::new(address("x.a"), Action::Create))
        .await
        .expect("begun");
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
        .expect("ended");
    session.finish().await.expect("finished");
    let sealed = |state: &Value| state["resources"][0]["instances"][0]["attributes"]["password"].clone();
    let before = file(directory.path());
    let session = open(directory.path()).await;
    create(&session, "x.z").await;
    session.finish().await.expect("finished");
    let after = file(directory.path());
    assert_eq!(sealed(&before), sealed(&after));
    assert_eq!(after["serial"], 2);
}

#[tokio::test]
async fn a_run_that_was_cut_short_is_replayed_and_its_open_writes_are_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = open(directory.path()).await;
    create(&session, "x.a").await;
    let mut begin = Begin::new(address("x.b"), Action::Create);
    begin.identity = Some("/subscriptions/1".into());
    begin.desired = Some(Box::new(secret_object(CANARY)));
    let id = session.begin(begin.clone()).await.expect("begun");
    session
        .step(id, None, json!({ "poll": "https://somewhere" }))
        .await
        .expect("recorded");
    drop(session);

    let session = open(directory.path()).await;
    assert!(
        session
            .notices()
            .contains(&Notice::JournalReplayed { records: 4, open: 1 })
    );
    let open_begins = session.open_begins();
    assert_eq!((open_begins[0].id, &open_begins[0].begin), (id, &begin));
    assert_eq!(
        open_begins[0].steps[0].data,
        json!({ "poll": "https://somewhere" })
    );
    assert!(session.read(|state| state.current(&address("x.a")).is_some()));
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
        .expect("ended");
    session.finish().await.expect("finished");

    let session = open(directory.path()).await;
    assert!(session.open_begins().is_empty());
    assert_eq!(session.read(|state| state.instances.len()), 2);
    assert!(session.notices().is_empty());
    session.abandon().await.expect("unlocked");
    assert_nowhere(directory.path(), CANARY);
}

#[tokio::test]
async fn a_write_without_an_outcome_survives_the_end_of_the_run_in_the_state_itself() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = open(directory.path()).await;
    let id = session
        .begin(Begin::new(address("x.a"), Action::Create))
        .await
        .expect("begun");
    session.finish().await.expect("finished");
    assert_eq!(
        file(directory.path())["version"],
        LOCKED_VERSION,
        "no other tool may go on from here"
    );
    assert_eq!(names(directory.path()), ["terraform.tfstate"]);
    let session = open(directory.path()).await;
    assert_eq!(session.open_begins()[0].id, id);
    let other = session
        .begin(Begin::new(address("x.b"), Action::Create))
        .await
        .expect("begun");
    assert_ne!(other, id);
    session.end(id, Outcome::Failed(None)).await.expect("ended");
    session.end(other, Outcome::Failed(None)).await.expect("ended");
    session.finish().await.expect("finished");
    assert_eq!(file(directory.path())["version"], 4);
}

#[tokio::test]
async fn concurrent_records_share_one_write() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = Arc::new(open(directory.path()).await);
    let begins = (0..200).map(|number| {
        let session = Arc::clone(&session);
        let address = address(&format!("x.a[{number}]"));
        async move { session.begin(Begin::new(address, Action::Create)).await }
    });
    for begun in futures::future::join_all(begins).await {
        begun.expect("begun");
    }
    let bytes = std::fs::read(directory.path().join("terraform.tfstate.journal-1")).expect("a journal");
    let parsed = regprov_state::Segment::parse(&bytes, 1, "journal").expect("whole");
    assert!(
        parsed.frames.len() <= 4,
        "{} frames for 200 records",
        parsed.frames.len()
    );
    session.abandon().await.expect("unlocked");
    assert_eq!(open(directory.path()).await.open_begins().len(), 200);
}

#[tokio::test]
async fn a_state_of_terraform_is_sealed_only_with_consent_and_leaves_a_backup() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    let foreign = include_bytes!("full.tfstate.json");
    std::fs::write(&path, foreign).expect("written");

    let session = open(directory.path()).await;
    assert!(session.needs_consent());
    let error = session
        .begin(Begin::new(address("x.a"), Action::Create))
        .await
        .expect_err("refused");
    assert!(matches!(error, StateError::ConsentNeeded { .. }), "{error}");
    session.update(|state| state.outputs.remove("list"));
    let error = session.finish().await.expect_err("refused");
    assert!(matches!(error, StateError::ConsentNeeded { .. }), "{error}");
    assert_eq!(std::fs::read(&path).expect("untouched"), foreign);

    let agreed = OpenOptions {
        first_sealing: FirstSealing::Agreed,
        ..options()
    };
    let session = Session::open(store(directory.path()), agreed)
        .await
        .expect("opens");
    create(&session, "x.a").await;
    session.finish().await.expect("finished");
    let backup = directory.path().join("terraform.tfstate.backup");
    assert_eq!(
        session.notices(),
        [Notice::BackupLeft {
            location: backup.display().to_string()
        }]
    );
    assert_eq!(std::fs::read(&backup).expect("a backup"), foreign);
    let sealed = std::fs::read_to_string(&path).expect("a state");
    assert!(!sealed.contains("s3cr3t"), "{sealed}");
    assert!(sealed.contains("a_later_top_level_field"));
}

#[tokio::test]
async fn a_secret_that_was_already_issued_is_kept_even_where_consent_was_not_asked_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    let mut foreign: Value = serde_json::from_str(include_str!("full.tfstate.json")).expect("json");
    foreign["outputs"] = json!({});
    foreign["resources"] = json!([foreign["resources"][0]]);
    std::fs::write(&path, foreign.to_string()).expect("written");
    let session = open(directory.path()).await;
    let id = session
        .begin(Begin::new(address("x.a"), Action::Create))
        .await
        .expect("nothing secret yet");
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
        .expect("sealed and kept");
    session.finish().await.expect("finished");
    assert!(matches!(
        session.notices().as_slice(),
        [Notice::BackupLeft { .. }]
    ));
    assert_nowhere(directory.path(), CANARY);
}

#[tokio::test]
async fn a_state_that_moved_under_us_is_not_overwritten() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    let session = open(directory.path()).await;
    create(&session, "x.a").await;
    // Someone who does not ask for locks.
    let other =
        json!({ "version": 4, "serial": 9, "lineage": "theirs", "outputs": {}, "resources": [] }).to_string();
    std::fs::write(&path, &other).expect("written");
    let error = session.finish().await.expect_err("refused");
    assert!(matches!(error, StateError::Moved { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).expect("theirs"), other);
    let error = Session::open(store(directory.path()), options())
        .await
        .err()
        .expect("the journal is left over");
    assert!(error.to_string().contains("lineage"), "{error}");
}

#[tokio::test]
async fn a_journal_on_another_snapshot_is_refused_and_nothing_is_lost() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    let session = open(directory.path()).await;
    create(&session, "x.a").await;
    session.finish().await.expect("finished");
    let session = open(directory.path()).await;
    create(&session, "x.b").await;
    drop(session);
    let mut state = file(directory.path());
    state["serial"] = json!(7);
    std::fs::write(&path, state.to_string()).expect("another tool wrote it");
    let error = Session::open(store(directory.path()), options())
        .await
        .err()
        .expect("refused");
    assert!(
        matches!(
            error,
            StateError::JournalBase {
                base: 1,
                found: 7,
                ..
            }
        ),
        "{error}"
    );
    assert!(directory.path().join("terraform.tfstate.journal-1").exists());
}

#[tokio::test]
async fn a_session_for_reading_takes_no_lock_and_records_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let writer = open(directory.path()).await;
    create(&writer, "x.a").await;
    let reader = Session::open(
        store(directory.path()),
        OpenOptions {
            lock: None,
            ..options()
        },
    )
    .await
    .expect("opens");
    assert_eq!(
        reader.read(|state| state.instances.len()),
        1,
        "it sees the journal too"
    );
    let error = reader
        .append(Record::Edit(Edit::Forget {
            key: ObjectKey::current(address("x.a")),
        }))
        .err();
    assert!(matches!(error, Some(StateError::ReadOnly { .. })), "{error:?}");
    assert!(reader.finish().await.is_err());
    writer.finish().await.expect("finished");
}

#[tokio::test]
async fn the_lock_of_a_finished_session_is_free_and_its_writes_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = open(directory.path()).await;
    create(&session, "x.a").await;
    session.finish().await.expect("finished");
    assert!(
        session
            .begin(Begin::new(address("x.b"), Action::Create))
            .await
            .is_err()
    );
    let again = OpenOptions {
        lock: Some(lock_info("lock-2")),
        ..options()
    };
    let session = Session::open(store(directory.path()), again)
        .await
        .expect("opens");
    session.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn the_first_run_keeps_its_lineage_when_it_is_cut_short() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = open(directory.path()).await;
    let lineage = session.base().0.to_owned();
    create(&session, "x.a").await;
    drop(session);
    let session = open(directory.path()).await;
    assert_eq!(session.base(), (lineage.as_str(), 0));
    session.finish().await.expect("finished");
    assert_eq!(file(directory.path())["lineage"], lineage);
}

#[test]
fn a_reader_without_the_lock_sees_whole_runs_only_while_a_writer_works() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    let rounds = 60;
    let done = std::sync::atomic::AtomicBool::new(false);
    let run = |work: &mut dyn FnMut(&tokio::runtime::Runtime)| {
        work(
            &tokio::runtime::Builder::new_current_thread()
                .build()
                .expect("a runtime"),
        );
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            run(&mut |runtime| {
                for round in 0..rounds {
                    runtime.block_on(async {
                        let session = open(path).await;
                        create(&session, &format!("x.a[{round}]")).await;
                        session.finish().await.expect("finished");
                    });
                }
            });
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        run(&mut |runtime| {
            let mut seen = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let options = OpenOptions {
                    lock: None,
                    ..options()
                };
                let session = runtime
                    .block_on(Session::open(store(path), options))
                    .expect("opens at any time");
                let count = session.read(|state| state.instances.len());
                assert!(count >= seen, "{count} after {seen}");
                seen = count;
            }
        });
    });
    let count = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(async {
            let session = open(path).await;
            session.read(|state| state.instances.len())
        });
    assert_eq!(count, rounds);
}
