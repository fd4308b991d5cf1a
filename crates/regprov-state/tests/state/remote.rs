//! The contract of stores, held by one with nothing but conditional writes and create-only names.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use regprov_state::{
    Action, Begin, Lease, LockInfo, OpenOptions, Outcome, SegmentId, Session, StateError, StateStore, Stored,
    Version, Write,
};

use crate::support::{CANARY, address, lock_info, options, secret_object};

/// An object store: each key has bytes and a generation; every write is conditional.
#[derive(Default)]
struct Bucket {
    state: Option<(Vec<u8>, u64)>,
    head: Head,
    segments: BTreeMap<SegmentId, Vec<u8>>,
    /// What was removed of the journal, in that order.
    removed: Vec<(SegmentId, Vec<u8>)>,
}

#[derive(Clone, Default)]
struct Head {
    epoch: u64,
    holder: Option<LockInfo>,
}

/// One client of the bucket.
struct Client {
    bucket: Arc<Mutex<Bucket>>,
    /// Whether it takes over a held lock, as after the end of a lease.
    takes_over: bool,
}

impl Client {
    fn new(bucket: &Arc<Mutex<Bucket>>, takes_over: bool) -> Arc<Self> {
        Arc::new(Self {
            bucket: Arc::clone(bucket),
            takes_over,
        })
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().expect("no holder panics")
    }

    fn exists(&self, segment: SegmentId) -> StateError {
        StateError::SegmentExists {
            location: self.location(),
            segment: segment.to_string(),
        }
    }
}

#[async_trait]
impl StateStore for Client {
    fn location(&self) -> String {
        "bucket/terraform.tfstate".into()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        let mut bucket = self.bucket();
        if let (Some(holder), false) = (&bucket.head.holder, self.takes_over) {
            let holder = Some(Box::new(holder.clone()));
            return Err(StateError::Locked {
                location: self.location(),
                holder,
            });
        }
        let taken_over = bucket.head.holder.replace(info.clone());
        if taken_over.is_some() {
            // The next name of the writer that was superseded is taken, so its next write fails by itself.
            let epoch = bucket.head.epoch;
            let written = bucket
                .segments
                .range(SegmentId { epoch, sequence: 0 }..)
                .next_back();
            let next = written.map_or(0, |(segment, bytes)| {
                let parsed = regprov_state::Segment::parse(bytes, epoch, "bucket");
                segment.sequence + parsed.map_or(1, |parsed| parsed.frames.len() as u64)
            });
            bucket.segments.insert(
                SegmentId {
                    epoch,
                    sequence: next,
                },
                Vec::new(),
            );
            // And so is the version of the state that it would replace.
            let (bytes, generation) = bucket.state.take().unwrap_or_default();
            bucket.state = Some((bytes, generation + 1));
        }
        bucket.head.epoch += 1;
        Ok(Lease {
            id: info.id.clone(),
            epoch: bucket.head.epoch,
            taken_over,
        })
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        let mut bucket = self.bucket();
        if bucket.head.epoch != lease.epoch {
            return Err(StateError::NotHeld {
                location: self.location(),
            });
        }
        bucket.head.holder = None;
        Ok(())
    }

    async fn force_unlock(&self, _id: &str) -> Result<(), StateError> {
        self.bucket().head.holder = None;
        Ok(())
    }

    async fn read(&self) -> Result<Stored, StateError> {
        let bucket = self.bucket();
        let generation = bucket.state.as_ref().map_or(0, |(_, generation)| *generation);
        let bytes = bucket.state.as_ref().map(|(bytes, _)| bytes.clone());
        Ok(Stored {
            bytes,
            version: Version::new(generation.to_string()),
        })
    }

    async fn write(&self, _lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        let mut bucket = self.bucket();
        let generation = bucket.state.as_ref().map_or(0, |(_, generation)| *generation);
        if write.expected.as_str() != generation.to_string() {
            return Err(StateError::Moved {
                location: self.location(),
            });
        }
        bucket.state = Some((write.bytes.to_vec(), generation + 1));
        Ok(Version::new((generation + 1).to_string()))
    }

    async fn back_up(&self, _lease: &Lease, _bytes: &[u8]) -> Result<String, StateError> {
        Ok("bucket/terraform.tfstate.backup".into())
    }

    async fn append(&self, _lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        let mut bucket = self.bucket();
        if bucket.segments.contains_key(&segment) {
            return Err(self.exists(segment));
        }
        bucket.segments.insert(segment, bytes.to_vec());
        Ok(())
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        Ok(self.bucket().segments.keys().copied().collect())
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        Ok(self.bucket().segments.get(&segment).cloned().unwrap_or_default())
    }

    async fn delete_segment(&self, _lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        let mut bucket = self.bucket();
        if let Some(bytes) = bucket.segments.remove(&segment) {
            bucket.removed.push((segment, bytes));
        }
        Ok(())
    }
}

async fn session(bucket: &Arc<Mutex<Bucket>>, id: &str, takes_over: bool) -> Result<Session, StateError> {
    let options = OpenOptions {
        lock: Some(lock_info(id)),
        ..options()
    };
    Session::open(Client::new(bucket, takes_over), options).await
}

/// Loses the answer of one append: the piece is there, and the writer does not know.
struct Forgetful {
    client: Arc<Client>,
    forgets: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl StateStore for Forgetful {
    fn location(&self) -> String {
        self.client.location()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        self.client.lock(info).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        self.client.unlock(lease).await
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StateError> {
        self.client.force_unlock(id).await
    }

    async fn read(&self) -> Result<Stored, StateError> {
        self.client.read().await
    }

    async fn write(&self, lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        self.client.write(lease, write).await
    }

    async fn back_up(&self, lease: &Lease, bytes: &[u8]) -> Result<String, StateError> {
        self.client.back_up(lease, bytes).await
    }

    async fn append(&self, lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        self.client.append(lease, segment, bytes).await?;
        if self.forgets.swap(false, std::sync::atomic::Ordering::Relaxed) {
            // The task waits for an answer that never comes, and is dropped with it.
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        self.client.segments().await
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        self.client.read_segment(segment).await
    }

    async fn delete_segment(&self, lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        self.client.delete_segment(lease, segment).await
    }
}

#[tokio::test]
async fn a_commit_that_is_dropped_midway_loses_and_repeats_nothing() {
    let bucket = Arc::default();
    let store = Forgetful {
        client: Client::new(&bucket, false),
        forgets: true.into(),
    };
    let session = Session::open(Arc::new(store), options()).await.expect("opens");
    let begin = session.begin(Begin::new(address("x.a"), Action::Create));
    tokio::select! {
        biased;
        _ = begin => panic!("its answer was lost"),
        () = tokio::task::yield_now() => {}
    }
    create(&session, "x.b").await.expect("created");
    drop(session);
    let second = self::session(&bucket, "two", true).await.expect("takes over");
    assert_eq!(second.open_begins().len(), 1);
    assert_eq!(second.read(|state| state.instances.len()), 1);
    second.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn a_superseded_writer_that_recorded_nothing_cannot_write_the_state_either() {
    let bucket = Arc::default();
    let first = session(&bucket, "one", false).await.expect("opens");
    create(&first, "x.a").await.expect("created");
    first.finish().await.expect("finished");
    let paused = session(&bucket, "paused", false).await.expect("opens");
    let second = session(&bucket, "second", true).await.expect("takes over");
    paused.update(|state| state.instances.clear());
    let late = paused.finish().await;
    assert!(matches!(late, Err(StateError::Moved { .. })), "{late:?}");
    create(&second, "x.b").await.expect("created");
    second.finish().await.expect("finished");
    let third = session(&bucket, "third", false).await.expect("opens");
    assert_eq!(third.read(|state| state.instances.len()), 2);
    third.abandon().await.expect("unlocked");
}

async fn create(session: &Session, name: &str) -> Result<(), StateError> {
    let id = session.begin(Begin::new(address(name), Action::Create)).await?;
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
}

#[tokio::test]
async fn a_store_with_conditional_writes_only_carries_a_whole_run() {
    let bucket = Arc::default();
    let first = session(&bucket, "one", false).await.expect("opens");
    create(&first, "x.a").await.expect("created");
    create(&first, "x.b").await.expect("created");
    assert!(session(&bucket, "two", false).await.is_err(), "locked");
    first.finish().await.expect("finished");
    assert!(bucket.lock().expect("free").segments.is_empty());
    let second = session(&bucket, "two", false).await.expect("opens");
    assert_eq!(second.read(|state| state.instances.len()), 2);
    second.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn a_paused_writer_that_was_superseded_fails_by_itself_and_its_records_count() {
    let bucket = Arc::default();
    let paused = session(&bucket, "paused", false).await.expect("opens");
    create(&paused, "x.a").await.expect("created");
    let dangling = paused
        .begin(Begin::new(address("x.b"), Action::Create))
        .await
        .expect("begun");

    let second = session(&bucket, "second", true).await.expect("takes over");
    assert!(second.read(|state| state.current(&address("x.a")).is_some()));
    assert_eq!(second.open_begins()[0].id, dangling);

    let late = paused
        .end(dangling, Outcome::Object(Box::new(secret_object(CANARY))))
        .await;
    assert!(matches!(late, Err(StateError::SegmentExists { .. })), "{late:?}");
    assert!(paused.finish().await.is_err(), "it cannot write the state either");

    second.end(dangling, Outcome::Failed(None)).await.expect("ended");
    create(&second, "x.c").await.expect("created");
    second.finish().await.expect("finished");
    let third = session(&bucket, "third", false).await.expect("opens");
    let names = third.read(|state| {
        state
            .instances
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    });
    assert_eq!(names, ["x.a", "x.c"]);
    third.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn a_removal_of_the_journal_that_was_cut_short_anywhere_leaves_a_state_that_opens() {
    let bucket = Arc::default();
    // The journal of a run that was cut short, and that of the run after it.
    let first = session(&bucket, "first", false).await.expect("opens");
    create(&first, "x.a").await.expect("created");
    drop(first);
    let second = session(&bucket, "second", true).await.expect("takes over");
    create(&second, "x.b").await.expect("created");
    second.finish().await.expect("finished");
    let removed = std::mem::take(&mut bucket.lock().expect("free").removed);
    assert!(removed.len() > 4, "{}", removed.len());
    for gone in 0..=removed.len() {
        bucket.lock().expect("free").segments = removed[gone..].iter().cloned().collect();
        let next = session(&bucket, "next", false).await.expect("opens");
        assert_eq!(next.read(|state| state.instances.len()), 2, "{gone} are gone");
        assert!(!next.was_replayed(), "{gone} are gone");
        next.abandon().await.expect("unlocked");
    }
    // Without the piece that says that it is history, what is left of a journal is damage.
    let [_, middle @ .., _] = removed.as_slice() else {
        panic!("there are many");
    };
    bucket.lock().expect("free").segments = middle.iter().cloned().collect();
    assert!(session(&bucket, "next", false).await.is_err());
}
