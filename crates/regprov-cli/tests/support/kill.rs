//! Runs that are killed, and what must hold after the next.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use regprov_emulator::{Action, Entry, Fault, Item, Knobs, Phase};
use regprov_testkit::{Child, Cloud, Finished, TestEnvironment};

/// Runs at once. They wait more than they work: a request is held, a service is at work.
const AT_ONCE: usize = 40;
/// When a command is taken to hang: the longest that a lost secret may stay invisible, many times over, as the machine may
/// be busy.
const LIMIT: Duration = Duration::from_secs(900);
/// What a run of the example must leave: one object of each kind.
const KINDS: [&str; 5] = [
    "azure/resource_groups",
    "azure/registries",
    "azure/applications",
    "azure/service_principals",
    "azure/role_assignments",
];
/// Every so many runs the credential is proven with a push, beside the login that every run makes.
const PUSH_EVERY: u64 = 4;

/// The command that is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// `apply`, on nothing.
    Apply,
    /// `destroy`, of all.
    Destroy,
}

impl Command {
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Apply => &["apply", "-sandbox", "-auto-approve"],
            Self::Destroy => &["destroy", "-sandbox", "-auto-approve"],
        }
    }
}

/// Beside the example: an object that takes several requests, one of which tells a secret.
const STEPS: &str = r#"
data "azuread_client_config" "current" {}

resource "azuread_application" "second" {
  display_name = "second"
  owners       = [data.azuread_client_config.current.object_id]
  password {
    display_name = "inner"
  }
}
"#;

/// What is swept.
pub(crate) struct Case {
    /// The command that is killed.
    pub(crate) command: Command,
    /// How the clouds behave.
    pub(crate) knobs: Knobs,
    /// When the kill comes.
    pub(crate) phases: &'static [Phase],
}

/// One kill.
#[derive(Clone, Copy, Debug)]
struct Point {
    nth: u64,
    phase: Phase,
}

/// Kills at every request and panics with all that went wrong.
pub(crate) fn sweep(case: &Case) {
    let begun = Instant::now();
    let requests = block_on(count(case));
    assert!(requests > 10, "a clean run makes {requests} requests");
    let points: Vec<Point> = (1..=requests)
        .flat_map(|nth| case.phases.iter().map(move |phase| Point { nth, phase: *phase }))
        .collect();
    let committed = AtomicU64::new(0);
    let faults = in_parallel(&points, |point| block_on(run(case, *point, &committed)));
    let (runs, committed) = (points.len(), committed.into_inner());
    println!(
        "{runs} kills at {requests} requests in {} s; {committed} of the requests had committed",
        begun.elapsed().as_secs()
    );
    assert!(
        faults.is_empty(),
        "{} of {runs} runs went wrong:\n{}",
        faults.len(),
        faults.join("\n\n")
    );
    // Every object is made or removed by a request of its own at least.
    assert!(
        committed >= KINDS.len() as u64,
        "only {committed} kills came after a commit"
    );
}

/// How many requests a clean run makes.
async fn count(case: &Case) -> u64 {
    let (environment, cloud) = prepared(case).await;
    let before = cloud.requests();
    let _ = environment.run(case.command.arguments()).await.expect(0);
    cloud.requests() - before
}

async fn prepared(case: &Case) -> (TestEnvironment, Cloud) {
    let environment = example().with_file("steps.tf", STEPS);
    let cloud = environment.own_sandbox().await;
    cloud.turn(case.knobs.clone());
    if case.command == Command::Destroy {
        let _ = environment.run(Command::Apply.arguments()).await.expect(0);
    }
    (environment, cloud)
}

fn example() -> TestEnvironment {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/azure");
    TestEnvironment::new(env!("CARGO_BIN_EXE_regprov")).with_files(&files)
}

/// One kill and what comes after it.
async fn run(case: &Case, point: Point, committed: &AtomicU64) {
    let (environment, cloud) = prepared(case).await;
    let before = cloud.requests();
    cloud.schedule(Fault::at_request(point.nth, point.phase, Action::Hold));
    let child = environment.spawn(case.command.arguments());
    let killed = kill_when_held(&cloud, child).await;
    let struck: Vec<Entry> = cloud
        .requests_after(before)
        .into_iter()
        .filter(|entry| entry.fault.is_some())
        .collect();
    let [struck] = struck.as_slice() else {
        panic!("the fault struck {} times\n{}", struck.len(), killed.text());
    };
    assert_eq!(struck.sequence, before + point.nth);
    assert_eq!(
        struck.status.is_some(),
        point.phase == Phase::AfterCommit,
        "{struck:?}"
    );
    assert!(
        point.phase == Phase::AfterCommit || !struck.committed,
        "{struck:?}"
    );
    if writes(struck) && point.phase == Phase::AfterCommit {
        assert!(struck.committed, "the service did not commit {struck:?}");
        committed.fetch_add(1, Ordering::Relaxed);
    }
    let again = environment.spawn(case.command.arguments()).wait(LIMIT).await;
    assert_eq!(again.code, Some(0), "killed at {struck:?}\n{}", again.text());
    let context = format!("killed at {struck:?}\n{}\n{}", killed.text(), again.text());
    match case.command {
        Command::Apply => {
            whole(
                &environment,
                &cloud,
                (point.nth.is_multiple_of(PUSH_EVERY), &context),
            )
            .await
        }
        Command::Destroy => {
            let left: Vec<Item> = cloud.sandbox().inventory().live().into_iter().cloned().collect();
            assert_eq!(left, [], "{context}");
        }
    }
}

/// Whether a request changes something at the service: the requests for tokens and the checks of names do not.
fn writes(entry: &Entry) -> bool {
    let asks = [
        "/token",
        "checkNameAvailability",
        "checkMemberObjects",
        "getMemberObjects",
        "/$batch",
    ];
    let written = matches!(entry.method.as_str(), "PUT" | "POST" | "PATCH" | "DELETE");
    // A delete of what is gone already changes nothing, as does a request that is refused.
    let accepted = entry
        .status
        .is_none_or(|status| (200..300).contains(&status) && status != 204 || entry.committed);
    written && accepted && !asks.iter().any(|part| entry.target.contains(part))
}

async fn kill_when_held(cloud: &Cloud, mut child: Child) -> Finished {
    let mut held = cloud.sandbox().held();
    let reached = tokio::select! {
        reached = tokio::time::timeout(LIMIT, held.wait_for(|count| *count > 0)) => reached.is_ok_and(|held| held.is_ok()),
        () = child.ended() => false,
    };
    let killed = child.kill().await;
    assert!(reached, "the request was never made\n{}", killed.text());
    assert_eq!(killed.code, None, "a signal ended it\n{}", killed.text());
    killed
}

/// One object per declaration, one secret, and it works; and the next plan is empty.
async fn whole(environment: &TestEnvironment, cloud: &Cloud, how: (bool, &str)) {
    let (push, context) = how;
    objects(environment, cloud, context).await;
    login(environment, cloud, context).await;
    if push {
        let verified = environment.run(&["creds", "verify", "-sandbox"]).await;
        assert_eq!(verified.code, Some(0), "{context}\n{}", verified.text());
    }
    let planned = environment.run(&["plan", "-sandbox", "-detailed-exitcode"]).await;
    assert_eq!(planned.code, Some(0), "{context}\n{}", planned.text());
}

async fn objects(environment: &TestEnvironment, cloud: &Cloud, context: &str) {
    let steps = environment.directory().join("steps.tf").exists();
    for kind in KINDS {
        let live = cloud.live(kind);
        let declared = if steps && kind == "azure/applications" {
            2
        } else {
            1
        };
        assert_eq!(live.len(), declared, "{kind}: {live:?}\n{context}");
    }
    let inventory = cloud.sandbox().inventory();
    let others: Vec<&Item> = inventory
        .live()
        .into_iter()
        .filter(|item| !KINDS.contains(&item.kind.as_str()))
        .collect();
    assert_eq!(others, Vec::<&Item>::new(), "{context}");
    for (kind, path) in [
        ("azure/service_principals", "servicePrincipals"),
        ("azure/applications", "applications"),
    ] {
        for item in cloud.live(kind) {
            let secrets = cloud.passwords(&format!("/{path}/{}", item.id)).await;
            let declared = usize::from(path == "servicePrincipals" || item.name.as_deref() == Some("second"));
            assert_eq!(
                secrets.len(),
                declared,
                "secrets of {item:?}: {secrets:?}\n{context}"
            );
        }
    }
}

/// Logs in at the directory with the secret that the state holds.
async fn login(environment: &TestEnvironment, cloud: &Cloud, context: &str) {
    let output = |name: &'static str| async move {
        let shown = environment
            .run(&["output", "-sandbox", "-raw", name])
            .await
            .expect(0);
        String::from_utf8(shown.stdout).unwrap()
    };
    let (username, password) = (output("username").await, output("password").await);
    assert!(!password.is_empty(), "{context}");
    let status = cloud.login(&username, &password).await;
    assert_eq!(status, 200, "the directory refuses the secret\n{context}");
}

/// A moment to kill the process that holds the sandbox.
#[derive(Clone, Copy, Debug)]
struct Moment {
    seed: u64,
    /// After so many lines that tell of a change.
    lines: usize,
    /// And so much later.
    later: Duration,
}

/// Kills the process that holds the sandbox at seeded moments; the next apply must bring everything in order.
pub(crate) fn embedded(kills: u64) {
    let begun = Instant::now();
    let clean = block_on(example().run(Command::Apply.arguments())).expect(0);
    let lines = String::from_utf8_lossy(&clean.stdout).matches(PROGRESS).count();
    assert!(lines >= 2 * 6, "{}", clean.text());
    let moments: Vec<Moment> = (0..kills).map(|seed| moment(seed, lines)).collect();
    let half_done = AtomicU64::new(0);
    let faults = in_parallel(&moments, |moment| block_on(run_embedded(*moment, &half_done)));
    let (seconds, half_done) = (begun.elapsed().as_secs(), half_done.into_inner());
    println!(
        "{kills} kills of a process with its sandbox in {seconds} s; {half_done} left something half done"
    );
    assert!(
        faults.is_empty(),
        "{} of {kills} runs went wrong:\n{}",
        faults.len(),
        faults.join("\n\n")
    );
    assert!(
        half_done >= kills / 4,
        "only {half_done} kills came in the middle"
    );
}

/// The words of the lines that tell of a change: `creating` and `created`.
const PROGRESS: &str = ": creat";

/// A moment within a run, spread by the golden ratio: seeded by its number, and never two alike.
fn moment(seed: u64, lines: usize) -> Moment {
    let spread = (seed as f64 + 0.5) * 0.618_033_988_75 % 1.0;
    Moment {
        seed,
        lines: (lines as f64 * spread) as usize,
        later: Duration::from_micros((spread * 1e6) as u64 % 20_000),
    }
}

async fn run_embedded(moment: Moment, half_done: &AtomicU64) {
    let environment = example().with_seed(moment.seed);
    let mut child = environment.spawn(Command::Apply.arguments());
    assert!(child.printed(PROGRESS, moment.lines).await);
    // It ends by itself where the moment comes too late.
    let _ = tokio::time::timeout(moment.later, child.ended()).await;
    let killed = child.kill().await;
    let cloud = environment.own_sandbox().await;
    let made: usize = KINDS.iter().map(|kind| cloud.live(kind).len()).sum();
    if killed.code.is_none() && (1..KINDS.len()).contains(&made) {
        half_done.fetch_add(1, Ordering::Relaxed);
    }
    cloud.close().await;
    let again = environment.spawn(Command::Apply.arguments()).wait(LIMIT).await;
    let context = format!("{moment:?}\n{}\n{}", killed.text(), again.text());
    assert_eq!(again.code, Some(0), "{context}");
    let cloud = environment.own_sandbox().await;
    let push = moment.seed.is_multiple_of(PUSH_EVERY);
    whole(&environment, &cloud, (push, &context)).await;
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

/// Runs them side by side; returns what went wrong, each with its name.
fn in_parallel<T: Sync + std::fmt::Debug>(items: &[T], work: impl Fn(&T) + Sync) -> Vec<String> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(item)));
                    if let Err(panic) = outcome {
                        let mut text = format!("{item:?}: ");
                        let said = panic
                            .downcast_ref::<String>()
                            .map(String::as_str)
                            .or(panic.downcast_ref::<&str>().copied());
                        write!(text, "{}", said.unwrap_or("it panicked")).unwrap();
                        faults.lock().unwrap_or_else(PoisonError::into_inner).push(text);
                    }
                }
            });
        }
    });
    faults.into_inner().unwrap_or_else(PoisonError::into_inner)
}
