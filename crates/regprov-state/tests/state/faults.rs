//! A run that is cut off at any of its writes, before or after the write took effect.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use regprov_state::{
    Action, Begin, BeginId, LocalStore, LockInfo, Outcome, SegmentId, Session, StateError, StateStore,
    Stored, Version, Write,
};
use regprov_state::{Lease, OpenOptions};

use crate::support::{CANARY, address, assert_nowhere, open, options, plain_object, secret_object};

/// Lets a number of writes through, then fails this one and all after it, as a dead process does.
struct CutOff {
    store: LocalStore,
    left: AtomicUsize,
    after_effect: bool,
}

impl CutOff {
    fn dead() -> StateError {
        StateError::Io {
            operation: "go on with",
            path: "a dead process".into(),
            source: std::io::ErrorKind::Other.into(),
        }
    }

    /// Says whether the write is still sent, and whether its answer arrives.
    fn next(&self) -> (bool, bool) {
        let left = self.left.load(Ordering::Relaxed);
        if left == usize::MAX {
            return (false, false);
        }
        if left > 0 {
            self.left.store(left - 1, Ordering::Relaxed);
            return (true, true);
        }
        self.left.store(usize::MAX, Ordering::Relaxed);
        (self.after_effect, false)
    }

    fn is_dead(&self) -> bool {
        self.left.load(Ordering::Relaxed) == usize::MAX
    }
}

macro_rules! cut_off {
    ($self:ident, $call:expr) => {{
        let (sent, answered) = $self.next();
        let result = if sent {
            $call.await?
        } else {
            return Err(CutOff::dead());
        };
        if answered { Ok(result) } else { Err(CutOff::dead()) }
    }};
}

#[async_trait]
impl StateStore for CutOff {
    fn location(&self) -> String {
        self.store.location()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        self.store.lock(info).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        // The kernel does it for the dead.
        self.store.unlock(lease).await
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StateError> {
        self.store.force_unlock(id).await
    }

    async fn read(&self) -> Result<Stored, StateError> {
        self.store.read().await
    }

    async fn write(&self, lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        cut_off!(self, self.store.write(lease, write))
    }

    async fn back_up(&self, lease: &Lease, bytes: &[u8]) -> Result<String, StateError> {
        cut_off!(self, self.store.back_up(lease, bytes))
    }

    async fn append(&self, lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        cut_off!(self, self.store.append(lease, segment, bytes))
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        self.store.segments().await
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        self.store.read_segment(segment).await
    }

    async fn delete_segment(&self, lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        cut_off!(self, self.store.delete_segment(lease, segment))
    }
}

/// What the run was told: these must hold whatever happens after.
#[derive(Default)]
struct Told {
    begun: Vec<BeginId>,
    created: Vec<String>,
    finished: bool,
}

async fn run(session: &Session, told: &mut Told) -> Result<(), StateError> {
    for name in ["x.a", "x.b"] {
        let id = session.begin(Begin::new(address(name), Action::Create)).await?;
        told.begun.push(id);
        let object = if name == "x.a" {
            secret_object(CANARY)
        } else {
            plain_object(name)
        };
        session.end(id, Outcome::Object(Box::new(object))).await?;
        told.begun.retain(|begun| *begun != id);
        told.created.push(name.to_owned());
    }
    let id = session
        .begin(Begin::new(address("x.open"), Action::Create))
        .await?;
    told.begun.push(id);
    session.finish().await?;
    told.finished = true;
    Ok(())
}

async fn cut_off_at(writes: usize, after_effect: bool, cut_earlier: bool) -> bool {
    let directory = tempfile::tempdir().expect("a directory");
    if cut_earlier {
        // A journal of an earlier run is there already.
        let session = open(directory.path()).await;
        let id = session
            .begin(Begin::new(address("x.early"), Action::Create))
            .await
            .expect("begun");
        session
            .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
            .await
            .expect("ended");
        session.abandon().await.expect("unlocked");
    }
    let store = Arc::new(CutOff {
        store: LocalStore::for_workspace(directory.path(), "default"),
        left: AtomicUsize::new(writes),
        after_effect,
    });
    let session = Session::open(Arc::clone(&store) as _, options())
        .await
        .expect("opens");
    let mut told = Told::default();
    let result = run(&session, &mut told).await;
    assert_eq!(result.is_err(), store.is_dead(), "{result:?}");
    drop(session);
    let fired = store.is_dead();
    drop(store);
    if std::fs::read_dir(directory.path()).expect("a directory").count() > 0 {
        assert_nowhere(directory.path(), CANARY);
    }

    for round in 0..2 {
        let session = Session::open(
            Arc::new(LocalStore::for_workspace(directory.path(), "default")),
            OpenOptions { ..options() },
        )
        .await
        .unwrap_or_else(|error| panic!("{writes} {after_effect} {round}: {}", error.detail()));
        for name in &told.created {
            assert!(
                session.read(|state| state.current(&address(name)).is_some()),
                "{writes}: {name} was lost"
            );
        }
        if cut_earlier {
            assert!(
                session.read(|state| state.current(&address("x.early")).is_some()),
                "{writes}: the earlier run"
            );
        }
        let open: Vec<_> = session.open_begins().iter().map(|open| open.id).collect();
        for id in &told.begun {
            let ended =
                session.read(|state| state.instances.len()) > told.created.len() + usize::from(cut_earlier);
            assert!(open.contains(id) || ended, "{writes}: an intent was lost");
        }
        session.finish().await.expect("finished");
    }
    let names = std::fs::read_dir(directory.path()).expect("a directory").count();
    assert!(
        names <= 1,
        "only the state is left, if there ever was anything to record"
    );
    fired
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_wherever_the_run_is_cut_off() {
    for cut_earlier in [false, true] {
        for after_effect in [false, true] {
            let mut writes = 0;
            while cut_off_at(writes, after_effect, cut_earlier).await {
                writes += 1;
            }
            assert!(writes >= 8, "only {writes} writes were cut off");
        }
    }
}

#[tokio::test]
async fn what_could_not_be_begun_was_not_sent_and_nobody_has_to_look_for_it() {
    for after_effect in [false, true] {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Arc::new(CutOff {
            store: LocalStore::for_workspace(directory.path(), "default"),
            left: AtomicUsize::new(0),
            after_effect,
        });
        let session = Session::open(Arc::clone(&store) as _, options())
            .await
            .expect("opens");
        let begun = session.begin(Begin::new(address("x.a"), Action::Create)).await;
        begun.expect_err("it cannot be written");
        // There is room again.
        store.left.store(100, Ordering::Relaxed);
        session.finish().await.expect("finished");
        drop(session);
        let session = open(directory.path()).await;
        assert!(session.open_begins().is_empty(), "{after_effect}");
    }
}

/// Begins writes that come to nothing, so that the state stays as it is, and is cut off.
async fn idle_run_cut_off_at(writes: usize, after_effect: bool, with_state: bool) -> bool {
    let directory = tempfile::tempdir().expect("a directory");
    if with_state {
        let session = open(directory.path()).await;
        let begin = Begin::new(address("x.early"), Action::Create);
        let id = session.begin(begin).await.expect("begun");
        let object = Outcome::Object(Box::new(secret_object(CANARY)));
        session.end(id, object).await.expect("ended");
        session.finish().await.expect("finished");
    }
    let store = Arc::new(CutOff {
        store: LocalStore::for_workspace(directory.path(), "default"),
        left: AtomicUsize::new(writes),
        after_effect,
    });
    let session = Session::open(Arc::clone(&store) as _, options())
        .await
        .expect("opens");
    let run = async {
        for name in ["x.a", "x.b"] {
            let id = session.begin(Begin::new(address(name), Action::Create)).await?;
            session.end(id, Outcome::Failed(None)).await?;
        }
        session.finish().await
    };
    let result = run.await;
    let fired = store.is_dead();
    assert_eq!(result.is_err(), fired, "{result:?}");
    drop(session);
    drop(store);
    let session = open(directory.path()).await;
    let known = session.read(|state| state.current(&address("x.early")).is_some());
    assert_eq!(known, with_state, "{writes} {after_effect}");
    session.finish().await.expect("finished");
    fired
}

#[tokio::test]
async fn a_run_that_changed_nothing_leaves_a_state_that_opens_wherever_it_is_cut_off() {
    for with_state in [false, true] {
        for after_effect in [false, true] {
            let mut writes = 0;
            while idle_run_cut_off_at(writes, after_effect, with_state).await {
                writes += 1;
            }
            assert!(writes >= 5, "only {writes} writes were cut off");
        }
    }
}

/// Rotates the key of a sealed state that has a journal of an earlier run beside it, and is cut off.
async fn rotation_cut_off_at(writes: usize, after_effect: bool) -> bool {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, finish) in [("x.early", true), ("x.late", false)] {
        let session = open(directory.path()).await;
        let id = session
            .begin(Begin::new(address(name), Action::Create))
            .await
            .expect("begun");
        let object = Outcome::Object(Box::new(secret_object(CANARY)));
        session.end(id, object).await.expect("ended");
        if finish {
            session.finish().await.expect("finished");
        } else {
            session.abandon().await.expect("unlocked");
        }
    }
    let store = Arc::new(CutOff {
        store: LocalStore::for_workspace(directory.path(), "default"),
        left: AtomicUsize::new(writes),
        after_effect,
    });
    let session = Session::open(Arc::clone(&store) as _, options())
        .await
        .expect("opens");
    session.replace_key().expect("a new key");
    let result = session.finish().await;
    assert_eq!(result.is_err(), store.is_dead(), "{result:?}");
    drop(session);
    assert_nowhere(directory.path(), CANARY);
    let session = open(directory.path()).await;
    for name in ["x.early", "x.late"] {
        let password = session.read(|state| {
            state
                .current(&address(name))
                .map(|object| object.attributes["password"].clone())
        });
        assert_eq!(password, Some(CANARY.into()), "{writes} {after_effect}: {name}");
    }
    session.finish().await.expect("finished");
    store.is_dead()
}

#[tokio::test]
async fn a_rotation_of_the_key_loses_nothing_wherever_it_is_cut_off() {
    for after_effect in [false, true] {
        let mut writes = 0;
        while rotation_cut_off_at(writes, after_effect).await {
            writes += 1;
        }
        assert!(writes >= 3, "only {writes} writes were cut off");
    }
}
