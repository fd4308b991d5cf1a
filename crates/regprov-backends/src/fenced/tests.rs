//! The lease against a store in memory whose faults can be switched on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use regprov_http::Clock;
use regprov_state::{
    ErrorKind, FirstSealing, Identity, KeySource, LockInfo, OpenOptions, OutputState, Randomness, Recipient,
    Rollback, SealError, Session, StateError, StateStore, Version,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Fenced, Layout, Terms};
use crate::objects::{Condition, Found, ObjectError, Objects, Written};
use crate::probe::probe;
use crate::terraform_lock::{LockObject, TerraformLock};

/// Names and bytes. The version of bytes is their digest, as in Amazon's store: the same bytes are the same version.
#[derive(Default)]
struct Memory {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    ignores_absent: AtomicBool,
    ignores_versions: AtomicBool,
    /// The next write is done, and nobody is told.
    loses_an_answer: AtomicBool,
}

fn version(bytes: &[u8]) -> Version {
    Version::new(hex::encode(Sha256::digest(bytes)))
}

#[async_trait]
impl Objects for Memory {
    fn place(&self, name: &str) -> String {
        format!("memory/{name}")
    }

    async fn get(&self, name: &str) -> Result<Option<Found>, ObjectError> {
        let objects = self.objects.lock().expect("no holder panics");
        Ok(objects.get(name).map(|bytes| Found {
            bytes: bytes.clone(),
            version: version(bytes),
            age: None,
        }))
    }

    async fn put(&self, name: &str, bytes: &[u8], condition: Condition<'_>) -> Result<Written, ObjectError> {
        let mut objects = self.objects.lock().expect("no holder panics");
        let present = objects.get(name).map(|bytes| version(bytes));
        let holds = match condition {
            Condition::Absent => present.is_none() || self.ignores_absent.load(Ordering::Relaxed),
            Condition::Is(expected) => {
                present.as_ref() == Some(expected) || self.ignores_versions.load(Ordering::Relaxed)
            }
        };
        if !holds {
            return Ok(Written::Refused);
        }
        objects.insert(name.to_owned(), bytes.to_vec());
        if self.loses_an_answer.swap(false, Ordering::Relaxed) {
            return Err(ObjectError::ambiguous("the connection was reset"));
        }
        Ok(Written::Done(version(bytes)))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let objects = self.objects.lock().expect("no holder panics");
        Ok(objects
            .keys()
            .filter(|name| name.starts_with(prefix))
            .cloned()
            .collect())
    }

    async fn delete(&self, name: &str) -> Result<(), ObjectError> {
        self.objects.lock().expect("no holder panics").remove(name);
        Ok(())
    }
}

/// A clock that is moved by hand; nothing ever wakes up by it, so that no lease is renewed by itself.
struct Hand(Mutex<Timestamp>);

impl Hand {
    fn advance(&self, time: Duration) {
        let mut now = self.0.lock().expect("no holder panics");
        *now = now.checked_add(time).expect("within time");
    }
}

#[async_trait]
impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no holder panics")
    }

    async fn sleep(&self, _duration: Duration) {
        std::future::pending::<()>().await;
    }
}

struct World {
    memory: Arc<Memory>,
    clock: Arc<Hand>,
}

const LEASE: Duration = Duration::from_secs(60);

impl World {
    fn new() -> Self {
        Self {
            memory: Arc::default(),
            clock: Arc::new(Hand(Mutex::new("2026-11-23T12:00:00Z".parse().expect("a time")))),
        }
    }

    /// Another client of the same place.
    fn client(&self) -> Arc<Fenced> {
        let objects = Arc::clone(&self.memory) as Arc<dyn Objects>;
        let lock = LockObject::new(Arc::clone(&objects), "app.tflock".into());
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Arc::new(Fenced::new(
            objects,
            Arc::new(lock),
            Layout::beside("app".into()),
            (Terms::of(LEASE), clock),
        ))
    }

    fn names(&self) -> Vec<String> {
        let objects = self.memory.objects.lock().expect("no holder panics");
        objects.keys().cloned().collect()
    }
}

struct NoKeys;

impl KeySource for NoKeys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        Ok(Vec::new())
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        Ok(Vec::new())
    }
}

struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

fn info(id: &str) -> LockInfo {
    LockInfo {
        id: id.into(),
        who: format!("{id}@host"),
        ..LockInfo::default()
    }
}

async fn open(client: &Arc<Fenced>, id: &str) -> Result<Session, StateError> {
    let options = OpenOptions {
        lock: Some(info(id)),
        keys: Arc::new(NoKeys),
        randomness: Arc::new(Zeros),
        terraform_version: "1.11.4".into(),
        marks: None,
        rollback: Rollback::Refuse,
        first_sealing: FirstSealing::Agreed,
    };
    Session::open(Arc::clone(client) as Arc<dyn StateStore>, options).await
}

fn output(value: u64) -> OutputState {
    serde_json::from_value(json!({"value": value, "type": "number"})).expect("an output")
}

fn counter(session: &Session) -> Option<u64> {
    session.read(|snapshot| snapshot.outputs.get("counter")?.value.as_u64())
}

/// Counts by way of the journal, and ends as it should.
async fn count(client: &Arc<Fenced>, id: &str) -> Result<(), StateError> {
    let session = open(client, id).await?;
    let next = counter(&session).unwrap_or(0) + 1;
    session.output("counter", Some(output(next))).await?;
    session.finish().await.map(drop)
}

async fn counted(world: &World) -> Option<u64> {
    let session = open(&world.client(), "reader").await.expect("opens");
    let counted = counter(&session);
    session.abandon().await.expect("unlocked");
    counted
}

#[tokio::test]
async fn runs_follow_each_other_and_leave_nothing_but_the_state_and_its_head() {
    let world = World::new();
    count(&world.client(), "one").await.expect("counted");
    count(&world.client(), "two").await.expect("counted");
    assert_eq!(counted(&world).await, Some(2));
    assert_eq!(world.names(), ["app", "app.regprov/head"]);
}

#[tokio::test]
async fn a_living_holder_is_named_and_waited_for() {
    let world = World::new();
    let first = open(&world.client(), "first").await.expect("opens");
    let second = world.client();
    for _ in 0..2 {
        let Err(StateError::Locked { holder, .. }) = open(&second, "second").await else {
            panic!("it is held");
        };
        assert_eq!(holder.expect("it left a note").who, "first@host");
        world.clock.advance(LEASE / 3);
    }
    first.finish().await.expect("finished");
    count(&second, "second").await.expect("free");
}

#[tokio::test]
async fn a_paused_holder_is_fenced_out_even_where_equal_bytes_are_one_version() {
    let world = World::new();
    count(&world.client(), "before").await.expect("counted");
    let paused = open(&world.client(), "paused").await.expect("opens");
    paused
        .output("counter", Some(output(10)))
        .await
        .expect("recorded");
    let second = world.client();
    assert!(open(&second, "second").await.is_err(), "the lease lives");
    world.clock.advance(LEASE + Duration::from_secs(1));
    let session = open(&second, "second").await.expect("takes over");
    assert_eq!(counter(&session), Some(10), "what was recorded counts");

    let late = paused.output("counter", Some(output(99))).await;
    assert_eq!(late.expect_err("fenced out").kind(), ErrorKind::Moved);
    assert_eq!(
        paused.finish().await.expect_err("fenced out").kind(),
        ErrorKind::Moved
    );
    session.finish().await.expect("finished");
    assert_eq!(counted(&world).await, Some(10));
}

#[tokio::test]
async fn a_paused_holder_without_a_journal_cannot_write_the_state_either() {
    for existed in [true, false] {
        let world = World::new();
        if existed {
            count(&world.client(), "before").await.expect("counted");
        }
        let client = world.client();
        let paused = open(&client, "paused").await.expect("opens");
        let stored = client.read().await.expect("read");
        let second = world.client();
        assert!(open(&second, "second").await.is_err());
        world.clock.advance(LEASE + Duration::from_secs(1));
        let session = open(&second, "second").await.expect("takes over");
        // By the conditions of the store alone, whatever the writer believes of its lease.
        let condition = if existed {
            Condition::Is(&stored.version)
        } else {
            Condition::Absent
        };
        let late = world.memory.put("app", b"{\"late\":true}", condition).await;
        assert!(matches!(late, Ok(Written::Refused)), "existed: {existed}");
        let late = world
            .memory
            .put(
                "app.regprov/journal-0000000001-0000000000",
                b"late",
                Condition::Absent,
            )
            .await;
        assert!(existed || matches!(late, Ok(Written::Refused)));
        assert!(paused.finish().await.is_err() || existed, "it changed nothing");
        session.finish().await.expect("finished");
    }
}

#[tokio::test]
async fn who_finds_terraform_at_work_leaves_and_the_next_one_fences_all_the_same() {
    let world = World::new();
    let paused = open(&world.client(), "paused").await.expect("opens");
    let second = world.client();
    assert!(open(&second, "second").await.is_err());
    world.clock.advance(LEASE + Duration::from_secs(1));
    // Terraform broke our lock and took its own.
    let theirs = serde_json::to_vec(&info("terraform")).expect("JSON");
    world
        .memory
        .objects
        .lock()
        .expect("no holder panics")
        .insert("app.tflock".into(), theirs);
    let Err(StateError::Locked { holder, .. }) = open(&second, "second").await else {
        panic!("Terraform holds it");
    };
    assert_eq!(holder.expect("a note").id, "terraform");
    second.force_unlock("terraform").await.expect("broken");
    let third = open(&world.client(), "third").await.expect("opens");
    let late = paused.output("counter", Some(output(99))).await;
    assert!(late.is_err(), "fenced out");
    third.finish().await.expect("finished");
    assert_eq!(counted(&world).await, None);
}

#[tokio::test]
async fn while_ours_is_held_terraform_sees_a_lock() {
    let world = World::new();
    let session = open(&world.client(), "ours").await.expect("opens");
    let objects = Arc::clone(&world.memory) as Arc<dyn Objects>;
    let terraform = LockObject::new(objects, "app.tflock".into());
    let taken = terraform.take(&info("theirs"), &[]).await.expect("asked");
    assert!(matches!(taken, crate::terraform_lock::Taken::Theirs(Some(note)) if note.id == "ours"));
    session.finish().await.expect("finished");
    let taken = terraform.take(&info("theirs"), &[]).await.expect("asked");
    assert!(matches!(taken, crate::terraform_lock::Taken::Ours));
}

#[tokio::test]
async fn a_broken_lock_is_free_at_once_and_its_holder_is_fenced_out() {
    let world = World::new();
    let stuck = open(&world.client(), "stuck").await.expect("opens");
    let other = world.client();
    let wrong = other.force_unlock("nobody").await;
    assert!(matches!(wrong, Err(StateError::Unbreakable { .. })), "{wrong:?}");
    other.force_unlock("stuck").await.expect("broken");
    count(&other, "next").await.expect("free");
    assert!(stuck.output("counter", Some(output(99))).await.is_err());
    assert_eq!(counted(&world).await, Some(1));
}

#[tokio::test]
async fn an_answer_that_is_lost_is_found_out_at_any_write() {
    for write in 0..8 {
        let world = World::new();
        count(&world.client(), "before").await.expect("counted");
        let client = world.client();
        let lose = |at: u32| {
            world.memory.loses_an_answer.store(at == write, Ordering::Relaxed);
        };
        lose(0);
        let session = open(&client, "unlucky").await.expect("opens");
        lose(1);
        session
            .output("counter", Some(output(2)))
            .await
            .expect("recorded");
        lose(2);
        session.finish().await.expect("finished");
        lose(8);
        assert_eq!(counted(&world).await, Some(2), "write {write}");
    }
}

#[tokio::test]
async fn a_store_that_breaks_its_promises_is_refused_by_name_before_anything_is_written() {
    let world = World::new();
    probe(world.memory.as_ref(), "probe").await.expect("it is fit");
    assert_eq!(world.names(), Vec::<String>::new(), "the probe cleans up");
    for (switch, fault) in [
        (&world.memory.ignores_absent, "create-only"),
        (&world.memory.ignores_versions, "same version"),
    ] {
        switch.store(true, Ordering::Relaxed);
        let error = open(&world.client(), "one").await.err().expect("it is unfit");
        assert!(matches!(error, StateError::Unfit { .. }), "{error:?}");
        assert!(error.detail().contains(fault), "{}", error.detail());
        assert_eq!(world.names(), Vec::<String>::new());
        switch.store(false, Ordering::Relaxed);
    }
}
