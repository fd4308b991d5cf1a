//! One of several writers that count in one state: each round takes the lock, adds one, and writes.
//!
//! Arguments: the backend, its settings as JSON, the number of rounds, the length of a lease in milliseconds, the name of the
//! writer, a folder that the writers share. Ends with one line of JSON: how many rounds were written, and how often
//! someone else was found inside. `count` in place of a number prints the counter.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use regprov_backends::{
    AzureSignIn, Network, Settings, SignedIn, Surroundings, Terms, TlsNeeds, open, schema,
};
use regprov_http::{
    Clock, Reach, ReqwestOptions, ReqwestTransport, RetryPolicy, SystemClock, SystemRandomness, Transport,
    standard_stack,
};
use regprov_state::{
    FirstSealing, Identity, KeySource, LockInfo, OpenOptions as SessionOptions, OutputState, Randomness,
    Recipient, Rollback, SealError, Session, StateError, StateStore,
};
use serde_json::{Map, Value, json};

/// With a shorter lease than this, writers are to be stopped while they are inside.
const SHORT: Duration = Duration::from_secs(10);
const LINGERS: Duration = Duration::from_millis(30);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Nothing here is secret.
struct NoKeys;

impl KeySource for NoKeys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        Ok(Vec::new())
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        Ok(Vec::new())
    }
}

struct SystemBytes;

#[async_trait::async_trait]
impl Network for NoSignIn {
    fn connect(&self, _needs: &TlsNeeds) -> Result<Arc<dyn Transport>, String> {
        Err("there is one network".into())
    }

    async fn run(
        &self,
        program: &str,
        _arguments: &[String],
        _environment: &[(String, String)],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, String> {
        Err(format!("{program} is not run"))
    }
}

/// Keys only.
struct NoSignIn;

#[async_trait::async_trait]
impl AzureSignIn for NoSignIn {
    async fn sign_in(&self, _environment: &BTreeMap<String, String>) -> Result<SignedIn, String> {
        Err("there is nobody to sign in".into())
    }
}

impl Randomness for SystemBytes {
    fn fill(&self, buffer: &mut [u8]) {
        regprov_http::Randomness::fill(&SystemRandomness, buffer);
    }
}

#[expect(clippy::disallowed_methods, reason = "this program is a shell of its own")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, settings, rounds, lease, name, folder] = arguments.as_slice() else {
        return Err("usage: lock_writer KIND SETTINGS ROUNDS LEASE_MS NAME FOLDER".into());
    };
    let environment = std::env::vars()
        .filter(|(name, _)| name.starts_with("REGPROV_"))
        .collect();
    let lease = Duration::from_millis(lease.parse()?);
    let store = store((kind, settings), lease, environment).await?;
    if rounds == "count" {
        let session = Session::open(store, options(None)).await?;
        #[expect(clippy::print_stdout, reason = "it is what the program is for")]
        {
            println!("{}", counter(&session));
        }
        return Ok(());
    }
    let mut writer = Writer {
        store,
        name: name.clone(),
        folder: folder.clone(),
        written: 0,
        refused: 0,
        doubled: 0,
        lingers: if lease < SHORT { LINGERS } else { Duration::ZERO },
    };
    for round in 0..rounds.parse::<u64>()? {
        writer.round(round).await?;
    }
    let outcome = json!({"written": writer.written, "refused": writer.refused, "doubled": writer.doubled});
    #[expect(clippy::print_stdout, reason = "it is what the program is for")]
    {
        println!("{outcome}");
    }
    Ok(())
}

async fn store(
    (kind, settings): (&str, &str),
    lease: Duration,
    environment: BTreeMap<String, String>,
) -> Result<Arc<dyn StateStore>, Failure> {
    let given: Map<String, Value> = serde_json::from_str(settings)?;
    let arguments = schema(kind).ok_or("no such backend")?;
    let (settings, _) =
        Settings::check(arguments, &given, &environment).map_err(|problems| format!("{problems:?}"))?;
    let real = ReqwestTransport::new(ReqwestOptions::new("lock_writer", Reach::LoopbackOnly))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let randomness: Arc<dyn regprov_http::Randomness> = Arc::new(SystemRandomness);
    let surroundings = Surroundings {
        directory: std::env::current_dir()?,
        environment,
        transport: standard_stack(Arc::new(real), RetryPolicy::default(), &clock, &randomness),
        clock,
        network: Arc::new(NoSignIn),
        azure: Arc::new(NoSignIn),
        terms: Terms::of(lease),
    };
    let backend = open(kind, &settings, &surroundings)
        .await
        .map_err(|error| format!("{error:?}"))?;
    Ok(backend.store("default").await?)
}

fn options(lock: Option<LockInfo>) -> SessionOptions {
    SessionOptions {
        lock,
        keys: Arc::new(NoKeys),
        randomness: Arc::new(SystemBytes),
        terraform_version: "1.11.4".into(),
        marks: None,
        rollback: Rollback::Refuse,
        first_sealing: FirstSealing::Agreed,
    }
}

fn counter(session: &Session) -> u64 {
    session.read(|snapshot| {
        let output = snapshot.outputs.get("counter");
        output.and_then(|output| output.value.as_u64()).unwrap_or(0)
    })
}

struct Writer {
    store: Arc<dyn StateStore>,
    name: String,
    folder: String,
    written: u64,
    refused: u64,
    doubled: u64,
    /// How long it stays inside.
    lingers: Duration,
}

impl Writer {
    /// Counts one, however often the lock has to be asked for.
    async fn round(&mut self, round: u64) -> Result<(), Failure> {
        loop {
            let mut bytes = [0; 16];
            SystemBytes.fill(&mut bytes);
            let id = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let id = format!(
                "{}-{}-{}-{}-{}",
                &id[..8],
                &id[8..12],
                &id[12..16],
                &id[16..20],
                &id[20..]
            );
            let lock = LockInfo {
                id,
                operation: "count".into(),
                who: self.name.clone(),
                created: SystemClock.now().to_string(),
                ..LockInfo::default()
            };
            let session = match Session::open(Arc::clone(&self.store), options(Some(lock))).await {
                Ok(session) => session,
                Err(StateError::Locked { .. }) => {
                    let pause = 5 + u64::from(bytes[0]) / 3;
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    continue;
                }
                // Taken over before it could begin.
                Err(StateError::NotHeld { .. } | StateError::Moved { .. }) => {
                    self.refused += 1;
                    continue;
                }
                Err(error) => return Err(error.detail().into()),
            };
            let counted = self.count(&session, round).await;
            if counted.is_err() {
                // Whatever is still held is given back.
                let _ = session.abandon().await;
            }
            match counted {
                Ok(()) => {
                    self.written += 1;
                    return Ok(());
                }
                // Fenced out, as it should be: nothing of this attempt counts.
                Err(
                    StateError::NotHeld { .. } | StateError::Moved { .. } | StateError::SegmentExists { .. },
                ) => self.refused += 1,
                Err(error) => return Err(error.detail().into()),
            }
        }
    }

    async fn count(&mut self, session: &Session, round: u64) -> Result<(), StateError> {
        let inside = Path::new(&self.folder).join("inside");
        let entered = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&inside)
            .is_ok();
        if !entered {
            self.doubled += 1;
        }
        if !self.lingers.is_zero() {
            // Told to whoever wants to stop the holder, with time to do so.
            let _ = std::fs::write(
                Path::new(&self.folder).join("holder"),
                std::process::id().to_string(),
            );
            tokio::time::sleep(self.lingers).await;
        }
        let next = OutputState {
            value: json!(counter(session) + 1),
            ..output()
        };
        // Sometimes by way of the journal, sometimes by the state alone.
        if round.is_multiple_of(4) {
            session.output("counter", Some(next)).await?;
        } else {
            session.update(|snapshot| snapshot.outputs.insert("counter".into(), next));
        }
        if entered {
            // Before the lock is given back.
            let _ = std::fs::remove_file(&inside);
        }
        session.finish().await.map(drop)
    }
}

fn output() -> OutputState {
    serde_json::from_value(json!({"value": 0, "type": "number"})).expect("an output")
}
