//! One effective writer on one machine.

use std::sync::Arc;

use regprov_state::{ErrorKind, LocalStore, LockInfo, Notice, OpenOptions, Session, StateError, StateStore};

use crate::support::{lock_info, options, store};

#[tokio::test]
async fn a_held_lock_names_its_holder_and_how_to_break_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = store(directory.path());
    let lease = first.lock(&lock_info("lock-1")).await.expect("locked");
    let error = store(directory.path())
        .lock(&lock_info("lock-2"))
        .await
        .expect_err("held");
    assert_eq!(error.kind(), ErrorKind::Locked);
    let detail = error.detail();
    for words in ["tester@host", "`apply`", "2026-11-23T12:00:00Z", "lock ID lock-1"] {
        assert!(detail.contains(words), "{detail}");
    }
    first.unlock(&lease).await.expect("unlocked");
    let second = store(directory.path());
    let lease = second.lock(&lock_info("lock-2")).await.expect("free again");
    second.unlock(&lease).await.expect("unlocked");
    assert_eq!(
        std::fs::read_dir(directory.path()).expect("a directory").count(),
        0,
        "nothing is left"
    );
}

#[tokio::test]
async fn the_note_is_terraforms() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    let _lease = store.lock(&lock_info("lock-1")).await.expect("locked");
    let note =
        std::fs::read_to_string(directory.path().join(".terraform.tfstate.lock.info")).expect("a note");
    let note: serde_json::Value = serde_json::from_str(&note).expect("json");
    let fields: Vec<_> = note
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"]
    );
}

#[tokio::test]
async fn the_lock_outlives_the_replacement_of_the_file_it_is_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = store(directory.path());
    let lease = first.lock(&lock_info("lock-1")).await.expect("locked");
    let stored = first.read().await.expect("read");
    let facts = regprov_state::HeadFacts {
        lineage: String::new(),
        serial: 1,
        epoch: 1,
        digest: String::new(),
    };
    let write = regprov_state::Write {
        bytes: b"{}",
        expected: &stored.version,
        facts: &facts,
    };
    first.write(&lease, write).await.expect("written");
    assert!(
        store(directory.path()).lock(&lock_info("lock-2")).await.is_err(),
        "still held"
    );
    first.unlock(&lease).await.expect("unlocked");
    assert!(store(directory.path()).lock(&lock_info("lock-2")).await.is_ok());
}

#[tokio::test]
async fn the_lock_of_a_dead_holder_is_taken_over_with_a_notice() {
    let directory = tempfile::tempdir().expect("a directory");
    let note = serde_json::to_string(&LockInfo {
        who: "gone@host".into(),
        ..lock_info("dead")
    })
    .expect("json");
    std::fs::write(directory.path().join(".terraform.tfstate.lock.info"), note).expect("written");
    let session = Session::open(store(directory.path()), options())
        .await
        .expect("opens");
    let notices = session.notices();
    assert!(
        matches!(&notices[..], [Notice::LockTakenOver { who, .. }] if who == "gone@host"),
        "{notices:?}"
    );
    session.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn breaking_a_lock_takes_the_right_name_and_a_holder_that_is_gone() {
    let directory = tempfile::tempdir().expect("a directory");
    let other = store(directory.path());
    let refused = other.force_unlock("lock-1").await.expect_err("no lock");
    assert!(matches!(refused, StateError::Unbreakable { .. }), "{refused}");
    let holder = store(directory.path());
    let lease = holder.lock(&lock_info("lock-1")).await.expect("locked");
    for (id, words) in [("lock-9", "Its ID is lock-1"), ("lock-1", "still running")] {
        let refused = other.force_unlock(id).await.expect_err("refused");
        assert!(refused.detail().contains(words), "{}", refused.detail());
    }
    holder.unlock(&lease).await.expect("unlocked");
    let note = serde_json::to_string(&lock_info("dead")).expect("json");
    std::fs::write(directory.path().join(".terraform.tfstate.lock.info"), note).expect("written");
    other.force_unlock("dead").await.expect("broken");
    assert_eq!(
        std::fs::read_dir(directory.path()).expect("a directory").count(),
        0
    );
}

#[tokio::test]
async fn nothing_is_written_without_the_lock() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store(directory.path());
    let lease = store.lock(&lock_info("lock-1")).await.expect("locked");
    store.unlock(&lease).await.expect("unlocked");
    let segment = regprov_state::SegmentId {
        epoch: 1,
        sequence: 0,
    };
    assert!(matches!(
        store.append(&lease, segment, b"x").await,
        Err(StateError::NotHeld { .. })
    ));
    assert!(matches!(
        store.unlock(&lease).await,
        Err(StateError::NotHeld { .. })
    ));
}

#[test]
fn of_many_that_race_one_holds_the_lock_at_a_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    let counter = directory.path().join("counter");
    std::fs::write(&counter, "0").expect("written");
    let rounds = 200u32;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (path, counter) = (&path, &counter);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .expect("a runtime");
                let mut done = 0;
                while done < rounds {
                    let store = LocalStore::new(path);
                    let info = lock_info(&format!("thread-{thread}"));
                    let Ok(lease) = runtime.block_on(store.lock(&info)) else {
                        std::thread::yield_now();
                        continue;
                    };
                    let text = std::fs::read_to_string(counter).expect("read");
                    let number: u32 = text.parse().expect("whole");
                    std::fs::write(counter, (number + 1).to_string()).expect("written");
                    runtime.block_on(store.unlock(&lease)).expect("unlocked");
                    done += 1;
                }
            });
        }
    });
    assert_eq!(
        std::fs::read_to_string(&counter).expect("read"),
        (4 * rounds).to_string()
    );
}

#[tokio::test]
async fn a_failed_start_gives_the_lock_back() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("terraform.tfstate"), "nonsense").expect("written");
    let store = store(directory.path());
    assert!(
        Session::open(Arc::clone(&store) as _, OpenOptions { ..options() })
            .await
            .is_err()
    );
    let lease = store.lock(&lock_info("lock-2")).await.expect("free");
    store.unlock(&lease).await.expect("unlocked");
}
