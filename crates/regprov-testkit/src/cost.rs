//! What journal and sealing cost: time a resource on a real disk, and round trips to a store that is far away.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream;
use regprov_state::{
    Action, Begin, InstanceState, Lease, LocalStore, LockInfo, Outcome, SegmentId, Session, StateError,
    StateStore, Stored, Version, Write,
};
use serde_json::json;

use crate::faults::opening;

/// How long a round trip to the store that is far away takes.
const FAR: Duration = Duration::from_millis(20);
/// How long the service works on a request.
const SERVICE: Duration = Duration::from_millis(60);

/// Records so many resources, each with a secret, and tells what that takes.
///
/// # Errors
/// Where the disk fails.
pub fn cost(resources: u64, tell: &mut dyn FnMut(&str)) -> Result<(), StateError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made")
        .block_on(async {
            let mut table = String::from(
                "| store | at once | ms a resource | writes a resource | resources a write |\n|---|---|---|---|---|\n",
            );
            for at_once in [1, 10, 100] {
                row(&mut table, "local disk", (resources, at_once, Duration::ZERO)).await?;
            }
            for at_once in [10, 100] {
                row(&mut table, "20 ms away", (resources, at_once, FAR)).await?;
            }
            tell(&table);
            Ok(())
        })
}

/// Records resources on a new state, and adds what it took. Where the store is far away, the service works between begin
/// and end as it does in life: what is ready at the same time shares a write.
async fn row(table: &mut String, name: &str, how: (u64, usize, Duration)) -> Result<(), StateError> {
    let (resources, at_once, away) = how;
    let folder = tempfile::tempdir().expect("a folder for temporary files can be made");
    let store = Arc::new(Counted {
        inner: LocalStore::new(folder.path().join("terraform.tfstate")),
        away,
        appends: AtomicU64::new(0),
    });
    let session = Session::open(Arc::clone(&store) as _, opening("cost", true, 1)).await?;
    let begun = Instant::now();
    let work = stream::iter(0..resources).map(|number| record(&session, number, away));
    let mut work = work.buffer_unordered(at_once);
    while let Some(done) = work.next().await {
        done?;
    }
    drop(work);
    let took = begun.elapsed();
    let appends = store.appends.load(Ordering::Relaxed);
    session.finish().await?;
    let each = if away.is_zero() {
        format!("{:.3}", took.as_secs_f64() * 1000.0 / resources as f64)
    } else {
        "-".to_owned()
    };
    let _ = writeln!(
        table,
        "| {name} | {at_once} | {each} | {:.3} | {:.1} |",
        appends as f64 / resources as f64,
        // A begin and an end.
        2.0 * resources as f64 / appends as f64,
    );
    Ok(())
}

/// The begin and the end of one resource.
async fn record(session: &Session, number: u64, away: Duration) -> Result<(), StateError> {
    let address = format!("azurerm_container_registry.hub[{number}]");
    let object = object(number);
    let begin = Begin {
        identity: Some(format!("/subscriptions/0/resourceGroups/hub/registries/{number}")),
        desired: Some(Box::new(object.clone())),
        ..Begin::new(address.parse().expect("it is an address"), Action::Create)
    };
    let id = session.begin(begin).await?;
    if !away.is_zero() {
        tokio::time::sleep(SERVICE).await;
    }
    session.end(id, Outcome::Object(Box::new(object))).await
}

fn object(number: u64) -> InstanceState {
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
    object.sensitive_paths = vec!["admin_password".parse().expect("it is a path")];
    object
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
