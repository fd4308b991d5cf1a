//! What journal and sealing cost: time, processor time and writes a resource on the local disk, and round trips to a store that is
//! far away. `cargo xtask bench state` is the way to call it.

#![expect(clippy::print_stdout, reason = "it is a program of its own")]

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use regprov_state::{
    Action, Begin, FirstSealing, Identity, InstanceState, KeySource, Lease, LocalStore, LockInfo,
    OpenOptions, Outcome, Randomness, Recipient, Rollback, SealError, SegmentId, Session, StateError,
    StateStore, Stored, Version, Write,
};
use serde_json::json;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many resources are recorded, each with a begin and an end.
const RESOURCES: u64 = 2000;
/// How long a round trip to the store that is far away takes.
const FAR: Duration = Duration::from_millis(20);
/// How long the service works on a request.
const SERVICE: Duration = Duration::from_millis(60);
/// How often each row is measured; the middle one of the times counts.
const ROUNDS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!(
        "| store | secrets | at once | ms a resource | of it processor | with the snapshot | writes a resource |"
    );
    println!("|---|---|---|---|---|---|---|");
    for at_once in [1, 10, 100] {
        for secrets in [false, true] {
            let row = Row {
                at_once,
                secrets,
                away: Duration::ZERO,
            };
            println!("{}", runtime.block_on(row.measure())?);
        }
    }
    for at_once in [10, 100] {
        let row = Row {
            at_once,
            secrets: true,
            away: FAR,
        };
        println!("{}", runtime.block_on(row.measure())?);
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Row {
    at_once: usize,
    /// Whether each object holds a secret, which is sealed.
    secrets: bool,
    away: Duration,
}

/// What recording all resources took.
struct Took {
    recording: Duration,
    processor: Duration,
    whole: Duration,
    appends: u64,
}

impl Row {
    async fn measure(self) -> Result<String, Box<dyn Error>> {
        let mut rounds = Vec::new();
        for _ in 0..if self.away.is_zero() { ROUNDS } else { 1 } {
            rounds.push(self.round().await?);
        }
        rounds.sort_by_key(|took| took.whole);
        let took = rounds.swap_remove(rounds.len() / 2);
        let each = |time: Duration| time.as_secs_f64() * 1000.0 / RESOURCES as f64;
        let writes = took.appends as f64 / RESOURCES as f64;
        let secrets = if self.secrets { "one each" } else { "none" };
        Ok(if self.away.is_zero() {
            format!(
                "| local disk | {secrets} | {} | {:.3} | {:.3} | {:.3} | {writes:.3} |",
                self.at_once,
                each(took.recording),
                each(took.processor),
                each(took.whole)
            )
        } else {
            // What the service alone takes is no cost of ours.
            let waves = (RESOURCES as f64 / self.at_once as f64).ceil();
            let service = SERVICE.mul_f64(waves);
            let trips = took.recording.saturating_sub(service).as_secs_f64() / FAR.as_secs_f64() / waves;
            format!(
                "| 20 ms away | {secrets} | {} | {trips:.2} round trips for {} resources | {:.3} | - | {writes:.3} |",
                self.at_once,
                self.at_once,
                each(took.processor)
            )
        })
    }

    async fn round(self) -> Result<Took, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let store = Arc::new(Counted {
            inner: LocalStore::new(folder.path().join("terraform.tfstate")),
            away: self.away,
            appends: AtomicU64::new(0),
        });
        let session = Session::open(Arc::clone(&store) as _, opening()).await?;
        let (begun, before) = (Instant::now(), processor()?);
        let work = stream::iter(0..RESOURCES).map(|number| self.record(&session, number));
        let mut work = work.buffer_unordered(self.at_once);
        while let Some(done) = work.next().await {
            done?;
        }
        drop(work);
        let recording = begun.elapsed();
        let appends = store.appends.load(Ordering::Relaxed);
        session.finish().await?;
        Ok(Took {
            recording,
            processor: processor()?.saturating_sub(before),
            whole: begun.elapsed(),
            appends,
        })
    }

    /// The begin and the end of one resource.
    async fn record(self, session: &Session, number: u64) -> Result<(), StateError> {
        let address = format!("azurerm_container_registry.hub[{number}]");
        let object = self.object(number);
        let begin = Begin {
            identity: Some(format!("/subscriptions/0/resourceGroups/hub/registries/{number}")),
            desired: Some(Box::new(object.clone())),
            ..Begin::new(address.parse().expect("it is an address"), Action::Create)
        };
        let id = session.begin(begin).await?;
        if !self.away.is_zero() {
            tokio::time::sleep(SERVICE).await;
        }
        session.end(id, Outcome::Object(Box::new(object))).await
    }

    fn object(self, number: u64) -> InstanceState {
        let attributes = json!({
            "id": format!("/subscriptions/0/resourceGroups/hub/registries/{number}"),
            "name": format!("hub{number}"), "location": "westeurope", "sku": "Premium", "admin_enabled": true,
            "login_server": format!("hub{number}.azurecr.io"), "tags": { "stage": "test", "owner": "hub" },
            "admin_username": format!("hub{number}"), "admin_password": format!("{number:032}"),
        });
        let provider = "provider[\"registry.terraform.io/hashicorp/azurerm\"]";
        let mut object = InstanceState::new(
            provider.parse().expect("it is a provider"),
            attributes.as_object().cloned().unwrap_or_default(),
        );
        if self.secrets {
            object.sensitive_paths = vec!["admin_password".parse().expect("it is a path")];
        }
        object
    }
}

/// The processor time of this process so far.
fn processor() -> Result<Duration, Box<dyn Error>> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(microseconds)?))
}

fn opening() -> OpenOptions {
    OpenOptions {
        lock: Some(LockInfo {
            id: "cost".to_owned(),
            ..LockInfo::default()
        }),
        keys: Arc::new(Keys(Identity::generate())),
        randomness: Arc::new(Counting(AtomicU64::new(1))),
        terraform_version: "1.11.4".to_owned(),
        marks: None,
        rollback: Rollback::Refuse,
        first_sealing: FirstSealing::Ask,
    }
}

struct Keys(Identity);

impl KeySource for Keys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        Ok(vec![self.0.clone()])
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        Ok(vec![self.0.recipient()])
    }
}

/// Bytes that never repeat within a run: each sealing has a nonce of its own.
struct Counting(AtomicU64);

impl Randomness for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let next = self.0.fetch_add(1, Ordering::Relaxed);
            let mixed = next.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}

/// A store that counts its writes to the journal, and may be far away.
struct Counted {
    inner: LocalStore,
    away: Duration,
    appends: AtomicU64,
}

#[async_trait]
impl StateStore for Counted {
    fn location(&self) -> String {
        self.inner.location()
    }

    async fn lock(&self, info: &LockInfo) -> Result<Lease, StateError> {
        self.inner.lock(info).await
    }

    async fn unlock(&self, lease: &Lease) -> Result<(), StateError> {
        self.inner.unlock(lease).await
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StateError> {
        self.inner.force_unlock(id).await
    }

    async fn read(&self) -> Result<Stored, StateError> {
        self.inner.read().await
    }

    async fn write(&self, lease: &Lease, write: Write<'_>) -> Result<Version, StateError> {
        self.inner.write(lease, write).await
    }

    async fn back_up(&self, lease: &Lease, bytes: &[u8]) -> Result<String, StateError> {
        self.inner.back_up(lease, bytes).await
    }

    async fn append(&self, lease: &Lease, segment: SegmentId, bytes: &[u8]) -> Result<(), StateError> {
        self.appends.fetch_add(1, Ordering::Relaxed);
        if !self.away.is_zero() {
            tokio::time::sleep(self.away).await;
        }
        self.inner.append(lease, segment, bytes).await
    }

    async fn segments(&self) -> Result<Vec<SegmentId>, StateError> {
        self.inner.segments().await
    }

    async fn read_segment(&self, segment: SegmentId) -> Result<Vec<u8>, StateError> {
        self.inner.read_segment(segment).await
    }

    async fn delete_segment(&self, lease: &Lease, segment: SegmentId) -> Result<(), StateError> {
        self.inner.delete_segment(lease, segment).await
    }
}
