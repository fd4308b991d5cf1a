//! Beside the real Terraform: what it reads, what it refuses, whose lock it sees.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use regprov_state::{Action, Begin, FirstSealing, OpenOptions, Outcome, Session, StateError, StateStore};

use crate::support::{CANARY, address, lock_info, options, secret_object, store};

const CONFIGURATION: &str = r#"
resource "terraform_data" "one" {
  input = { text = "<b> & more", number = 12345678901234567890 }
}
resource "terraform_data" "many" {
  count = 3
  input = sensitive("of terraform ${count.index}")
}
output "list" { value = [1, "two", null] }
"#;

fn terraform(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("terraform");
    command.args(arguments).current_dir(directory);
    command
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1")
        .env_remove("TF_CLI_CONFIG_FILE");
    command
}

fn run(directory: &Path, arguments: &[&str]) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = terraform(directory, arguments).output().expect("it runs");
    (
        status.success(),
        format!(
            "{}{}",
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr)
        ),
    )
}

/// Applies the configuration with Terraform; `None`, said aloud, where there is no Terraform.
#[expect(clippy::print_stderr, reason = "a skipped comparison is said aloud")]
fn applied() -> Option<tempfile::TempDir> {
    if Command::new("terraform").arg("version").output().is_err() {
        eprintln!("SKIPPED: there is no terraform on this machine, so nothing was compared with it");
        return None;
    }
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("main.tf"), CONFIGURATION).expect("written");
    for arguments in [
        &["init", "-no-color"][..],
        &["apply", "-auto-approve", "-no-color"],
    ] {
        let (success, output) = run(directory.path(), arguments);
        assert!(success, "{output}");
    }
    Some(directory)
}

#[tokio::test]
async fn a_state_of_terraform_is_written_back_byte_for_byte() {
    let Some(directory) = applied() else { return };
    let bytes = std::fs::read(directory.path().join("terraform.tfstate")).expect("a state");
    let snapshot = regprov_state::Snapshot::parse(&bytes, "terraform.tfstate")
        .expect("read")
        .expect("not empty");
    let written = snapshot.to_clear_bytes().expect("written");
    assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&bytes));
}

#[tokio::test]
async fn terraform_goes_on_from_a_plain_state_and_refuses_a_sealed_one() {
    let Some(directory) = applied() else { return };
    let path = directory.path();
    let agreed = || OpenOptions {
        first_sealing: FirstSealing::Agreed,
        ..options()
    };
    let session = Session::open(store(path), agreed()).await.expect("opens");
    assert_eq!(session.read(|state| state.instances.len()), 4);
    let clear = session.snapshot().to_clear_bytes().expect("exported");
    let id = session
        .begin(Begin::new(address("x_secret.a"), Action::Create))
        .await
        .expect("begun");
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
        .expect("ended");
    session.finish().await.expect("finished");

    for arguments in [
        &["show", "-no-color"][..],
        &["plan", "-no-color"],
        &["output", "-no-color"],
        &["state", "list"],
    ] {
        let (success, output) = run(path, arguments);
        assert!(!success, "{arguments:?} took a sealed state: {output}");
        assert!(output.contains("1004") || output.contains("version"), "{output}");
        assert!(!output.contains("$sealed"), "{output}");
    }
    let (success, output) = run(path, &["apply", "-auto-approve", "-no-color"]);
    assert!(!success, "{output}");

    std::fs::write(path.join("terraform.tfstate"), clear).expect("exported");
    let (success, output) = run(path, &["plan", "-detailed-exitcode", "-no-color"]);
    assert!(success, "an exported state plans empty: {output}");
}

#[tokio::test]
async fn terraform_reads_a_plain_state_that_was_written_here() {
    let Some(directory) = applied() else { return };
    let path = directory.path();
    // Nothing secret is left in it, so it stays plain.
    let session = Session::open(store(path), options()).await.expect("opens");
    session.update(|state| state.instances.retain(|key, _| key.address.key.is_none()));
    session.finish().await.expect("finished");
    let (success, output) = run(path, &["state", "list", "-no-color"]);
    assert!(success && output.trim() == "terraform_data.one", "{output}");
    let (_, output) = run(path, &["plan", "-no-color"]);
    assert!(output.contains("3 to add, 0 to change, 0 to destroy"), "{output}");
}

#[tokio::test]
async fn terraform_sees_our_lock_and_we_see_its_lock() {
    let Some(directory) = applied() else { return };
    let path = directory.path();
    let session = Session::open(store(path), options()).await.expect("opens");
    let (success, output) = run(path, &["plan", "-no-color"]);
    assert!(
        !success && output.contains("Error acquiring the state lock"),
        "{output}"
    );
    assert!(
        output.contains("lock-1") && output.contains("tester@host"),
        "{output}"
    );
    session.abandon().await.expect("unlocked");
    assert!(run(path, &["plan", "-no-color"]).0, "free again");

    // The console holds the lock for as long as it is asked nothing more.
    let mut console = console(path);
    let error = wait_until_locked(path, &mut console).await;
    let StateError::Locked {
        holder: Some(holder), ..
    } = &error
    else {
        panic!("{error}")
    };
    assert!(
        !holder.id.is_empty() && error.detail().contains(&holder.who),
        "{}",
        error.detail()
    );
    drop(console.stdin.take());
    console.wait().expect("ended");
    Session::open(store(path), options())
        .await
        .expect("free again")
        .abandon()
        .await
        .expect("unlocked");
}

fn console(path: &Path) -> Child {
    terraform(path, &["console"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs")
}

async fn wait_until_locked(path: &Path, console: &mut Child) -> StateError {
    console
        .stdin
        .as_mut()
        .expect("piped")
        .write_all(b"1\n")
        .expect("asked");
    let started = std::time::Instant::now();
    // Trying the lock before it is taken would keep the console from taking it.
    while !path.join(".terraform.tfstate.lock.info").exists() {
        assert!(
            started.elapsed().as_secs() < 60,
            "the console never took the lock"
        );
        assert!(
            console.try_wait().expect("alive").is_none(),
            "the console ended early"
        );
        std::thread::yield_now();
    }
    store(path)
        .lock(&lock_info("ours"))
        .await
        .expect_err("the console holds it")
}

#[tokio::test]
async fn a_replaced_state_is_still_locked_for_terraform() {
    let Some(directory) = applied() else { return };
    let path = directory.path();
    let store = store(path);
    let lease = store.lock(&lock_info("ours")).await.expect("locked");
    let stored = store.read().await.expect("read");
    let bytes = stored.bytes.clone().expect("a state");
    let facts = regprov_state::HeadFacts {
        lineage: String::new(),
        serial: 1,
        epoch: 1,
        digest: String::new(),
    };
    let write = regprov_state::Write {
        bytes: &bytes,
        expected: &stored.version,
        facts: &facts,
    };
    store.write(&lease, write).await.expect("written");
    let (success, output) = run(path, &["plan", "-no-color"]);
    assert!(
        !success && output.contains("Error acquiring the state lock"),
        "{output}"
    );
    store.unlock(&lease).await.expect("unlocked");
    assert!(run(path, &["plan", "-no-color"]).0);
}
