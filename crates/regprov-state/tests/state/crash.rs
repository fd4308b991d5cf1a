//! Real processes, really killed. The victim is this test program itself, running one test.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use regprov_state::{Action, Begin, FileKeys, FileKeysSettings, OpenOptions, Outcome, Session};

use crate::support::{CANARY, address, assert_nowhere, options, secret_object, store};

const DIRECTORY: &str = "REGPROV_STATE_TEST_VICTIM";
const VICTIM: &str = "crash::the_victim_records_and_says_what_was_acknowledged";
const ROUNDS: usize = 3;
const OBJECTS: usize = 4;

/// What the victim was told before it died.
#[derive(Default)]
struct Told {
    begun: BTreeSet<String>,
    ended: BTreeSet<String>,
    done: bool,
}

impl Told {
    fn hear(&mut self, line: &str) -> bool {
        // The test harness may have begun the line.
        if let Some((_, name)) = line.split_once("BEGUN ") {
            self.begun.insert(name.to_owned());
        } else if let Some((_, name)) = line.split_once("ENDED ") {
            self.ended.insert(name.to_owned());
        } else if line.contains("DONE") {
            self.done = true;
        } else {
            return false;
        }
        true
    }
}

/// Opens the state with an identity that the victim and its parent share, beside the state's directory.
async fn open(directory: &Path) -> Session {
    let keys = FileKeys::new(FileKeysSettings {
        identity: None,
        recipients: None,
        directory: directory.to_owned(),
        default_identity: directory
            .parent()
            .expect("below a directory of its own")
            .join("identity.txt"),
        created: "now".into(),
        ..FileKeysSettings::default()
    });
    let options = OpenOptions {
        keys: Arc::new(keys),
        ..options()
    };
    Session::open(store(directory), options)
        .await
        .unwrap_or_else(|error| panic!("{}", error.detail()))
}

fn project() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let project = directory.path().join("project");
    std::fs::create_dir(&project).expect("made");
    (directory, project)
}

/// Does nothing unless it is called as the victim.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the parent says where to work")]
async fn the_victim_records_and_says_what_was_acknowledged() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    for round in 0..ROUNDS {
        let session = open(Path::new(&directory)).await;
        for object in 0..OBJECTS {
            let name = format!("x.a[{}]", round * OBJECTS + object);
            let id = session
                .begin(Begin::new(address(&name), Action::Create))
                .await
                .expect("begun");
            println!("BEGUN {name}");
            session
                .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
                .await
                .expect("ended");
            println!("ENDED {name}");
        }
        session.finish().await.expect("finished");
    }
    println!("DONE");
}

fn victim(directory: &Path, wrapper: &[&str]) -> Child {
    let program = std::env::current_exe().expect("this program");
    let mut command = match wrapper {
        [] => Command::new(&program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(&program);
            command
        }
    };
    command
        .args(["--exact", VICTIM, "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs")
}

async fn assert_recovered(directory: &Path, told: &Told, when: &str) {
    if std::fs::read_dir(directory).expect("a directory").count() > 0 {
        assert_nowhere(directory, CANARY);
    }
    let session = open(directory).await;
    let open_begins: BTreeSet<_> = session
        .open_begins()
        .iter()
        .map(|open| open.begin.target.to_string())
        .collect();
    let recorded: BTreeSet<_> =
        session.read(|state| state.instances.keys().map(ToString::to_string).collect());
    for name in &told.ended {
        assert!(recorded.contains(name), "{when}: {name} was lost");
    }
    for name in &told.begun {
        assert!(
            recorded.contains(name) || open_begins.contains(name),
            "{when}: the intent for {name} was lost"
        );
    }
    assert!(open_begins.len() <= 1, "{when}: {open_begins:?}");
    session.finish().await.expect("finished");
    let left: Vec<_> = std::fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name != "terraform.tfstate" && name != ".terraform.tfstate.regprov.new")
        .collect();
    assert!(left.is_empty(), "{when}: {left:?}");
}

#[tokio::test]
async fn a_process_killed_after_any_acknowledgement_loses_nothing() {
    for acknowledgements in 1..=2 * OBJECTS * ROUNDS {
        let (_guard, directory) = project();
        let mut child = victim(&directory, &[]);
        let mut told = Told::default();
        let mut heard = 0;
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        while heard < acknowledgements {
            let line = lines.next().expect("it goes on").expect("a line");
            heard += usize::from(told.hear(&line));
        }
        child.kill().expect("killed");
        child.wait().expect("gone");
        for line in lines.map_while(Result::ok) {
            told.hear(&line);
        }
        assert_recovered(&directory, &told, &format!("after {acknowledgements}")).await;
    }
}

#[tokio::test]
async fn a_process_killed_at_any_call_that_makes_something_durable_loses_nothing() {
    let works = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    if !works.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: strace cannot trace here, so no process was killed at its system calls");
        return;
    }
    for call in ["fdatasync", "fsync", "rename", "unlink"] {
        let mut kills = 0;
        for number in 1.. {
            let (_guard, directory) = project();
            let inject = format!("inject={call}:signal=SIGKILL:when={number}");
            let child = victim(&directory, &["strace", "-f", "-o", "/dev/null", "-e", &inject]);
            let output = child.wait_with_output().expect("gone");
            let mut told = Told::default();
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                told.hear(line);
            }
            assert_recovered(&directory, &told, &format!("{call} {number}")).await;
            if told.done {
                break;
            }
            kills += 1;
        }
        assert!(kills >= ROUNDS, "{call} was hit {kills} times only");
    }
}
