//! One of several writers that count in one state: each round takes the lock, adds one, and writes.
//!
//! Arguments: the backend, its settings as JSON, the number of rounds, the length of a lease in milliseconds, the name of the
//! writer, a folder that the writers share. `count` in place of a number prints what is in the state.
//!
//! What stands in the state is a tally: how many counts there are, and for each writer how many of them are its own and which round
//! was its last. A writer that is told that it was fenced out does as a user does: it opens the state and looks
//! whether its round is there, for an answer can be lost of what was done. So every round is counted once and no more, and
//! a writer that misses a round which it was told is there says so at once.
//!
//! Whoever finds a file `stop` in the shared folder takes it and stops itself inside, as often as there is one.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::PathBuf;
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
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

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
            println!("{}", serde_json::to_string(&tally(&session))?);
        }
        return Ok(());
    }
    let mut writer = Writer {
        store,
        name: name.clone(),
        folder: folder.into(),
        outcome: Outcome::default(),
    };
    for round in 0..rounds.parse::<u64>()? {
        writer.round(round).await?;
    }
    #[expect(clippy::print_stdout, reason = "it is what the program is for")]
    {
        println!("{}", serde_json::to_string(&writer.outcome)?);
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

/// What is counted.
#[derive(Clone, Default, Deserialize, Serialize)]
struct Tally {
    count: u64,
    writers: BTreeMap<String, Share>,
}

/// The part of one writer.
#[derive(Clone, Default, Deserialize, Serialize)]
struct Share {
    count: u64,
    last: u64,
}

fn tally(session: &Session) -> Tally {
    session.read(|snapshot| {
        let output = snapshot.outputs.get("tally");
        output
            .and_then(|output| serde_json::from_value(output.value.clone()).ok())
            .unwrap_or_default()
    })
}

/// What a writer tells at its end.
#[derive(Default, Serialize)]
struct Outcome {
    /// Rounds that ended well.
    written: u64,
    /// Rounds that were there although it had been told that it was fenced out.
    found: u64,
    /// How often it was fenced out.
    refused: u64,
    /// How often someone else was inside.
    doubled: u64,
    /// How often a round was missing that it had been told is there.
    lost: u64,
}

struct Writer {
    store: Arc<dyn StateStore>,
    name: String,
    folder: PathBuf,
    outcome: Outcome,
}

impl Writer {
    /// Counts one, however often the lock has to be asked for.
    async fn round(&mut self, round: u64) -> Result<(), Failure> {
        loop {
            let (id, pause) = drawn();
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
                    SystemClock.sleep(pause).await;
                    continue;
                }
                // Taken over before it could begin.
                Err(error) if is_fenced(&error) => {
                    self.outcome.refused += 1;
                    continue;
                }
                Err(error) => return Err(error.detail().into()),
            };
            let last = tally(&session).writers.get(&self.name).map(|share| share.last);
            if last == Some(round) {
                self.outcome.found += 1;
                return session.abandon().await.or_else(only_fenced);
            }
            if last != round.checked_sub(1) {
                self.outcome.lost += 1;
            }
            let counted = self.count(&session, round).await;
            if counted.is_err() {
                // Whatever is still held is given back.
                let _ = session.abandon().await;
            }
            match counted {
                Ok(()) => {
                    self.outcome.written += 1;
                    return Ok(());
                }
                Err(error) if is_fenced(&error) => self.outcome.refused += 1,
                Err(error) => return Err(error.detail().into()),
            }
        }
    }

    async fn count(&mut self, session: &Session, round: u64) -> Result<(), StateError> {
        let inside = self.folder.join("inside");
        let entered = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&inside)
            .is_ok();
        if !entered {
            self.outcome.doubled += 1;
        }
        self.stop_where_told();
        let mut tally = tally(session);
        tally.count += 1;
        let share = tally.writers.entry(self.name.clone()).or_default();
        share.count += 1;
        share.last = round;
        let next: OutputState =
            serde_json::from_value(json!({"value": tally, "type": "dynamic"})).expect("an output");
        // Sometimes by way of the journal, sometimes by the state alone.
        if round.is_multiple_of(4) {
            session.output("tally", Some(next)).await?;
            self.stop_where_told();
        } else {
            session.update(|snapshot| snapshot.outputs.insert("tally".into(), next));
        }
        if entered {
            // Before the lock is given back.
            let _ = std::fs::remove_file(&inside);
        }
        session.finish().await.map(drop)
    }

    /// Stops this process, with all that it holds, if it is the one to take the order.
    fn stop_where_told(&self) {
        let own = std::process::id().to_string();
        let stopped = self.folder.join(format!("stopped-{own}"));
        if std::fs::rename(self.folder.join("stop"), stopped).is_ok() {
            let _ = std::process::Command::new("kill").args(["-STOP", &own]).status();
        }
    }
}

/// Whether a writer was told that someone else took over.
fn is_fenced(error: &StateError) -> bool {
    matches!(
        error,
        StateError::NotHeld { .. } | StateError::Moved { .. } | StateError::SegmentExists { .. }
    )
}

fn only_fenced(error: StateError) -> Result<(), Failure> {
    if is_fenced(&error) {
        Ok(())
    } else {
        Err(error.detail().into())
    }
}

/// A name for a lock, and how long to wait for another's.
fn drawn() -> (String, Duration) {
    let mut bytes = [0; 16];
    SystemBytes.fill(&mut bytes);
    let id = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let id = [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");
    (id, Duration::from_millis(5 + u64::from(bytes[0]) / 3))
}
