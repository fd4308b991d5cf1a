//! A disk that is full or fails: the real binary, its system calls refused one after the other.

use crate::stage::{ends, said, with_main};
use regprov_testkit::{Finished, TestEnvironment};
use serde_json::Value;
use std::process::{Command, Output};

const MAIN: &str = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.output\n}\n";

/// What is refused, with which error, and how the system words it.
const FAULTS: &[(&str, &str, &str)] = &[
    ("fdatasync", "EIO", "Input/output error"),
    ("fsync", "ENOSPC", "No space left on device"),
    ("rename", "EIO", "Input/output error"),
];

fn works() -> bool {
    let status = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    status.is_ok_and(|status| status.success())
}

/// Applies with the call refused at its `number`th time.
fn refused(environment: &TestEnvironment, (call, error): (&str, &str), number: usize) -> Output {
    let inject = format!("inject={call}:error={error}:when={number}");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &inject])
        .arg(env!("CARGO_BIN_EXE_regprov"))
        .args(["apply", "-auto-approve"])
        .current_dir(environment.directory())
        .env_clear()
        .envs(environment.variables().iter().filter(|(name, _)| *name != "PATH"));
    command.output().unwrap()
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_of_and_tears_nothing() {
    if !works() {
        eprintln!("SKIPPED: strace cannot trace here, so no system call was refused");
        return;
    }
    for (call, error, words) in FAULTS {
        let mut failures = 0;
        for number in 1..=20 {
            let environment = with_main(MAIN);
            let output = refused(&environment, (call, error), number);
            let told = said(&Finished {
                code: output.status.code(),
                stdout: Vec::new(),
                stderr: output.stderr.clone(),
            });
            let state = environment.directory().join("terraform.tfstate");
            if let Ok(bytes) = std::fs::read(&state)
                && !bytes.is_empty()
            {
                let whole = serde_json::from_slice::<Value>(&bytes);
                assert!(whole.is_ok(), "{call} {number} left a torn state: {told}");
            }
            if !output.status.success() {
                failures += 1;
                assert_eq!(output.status.code(), Some(1), "{call} {number}: {told}");
                assert!(told.contains(words), "{call} {number}: {told}");
            }
            ends(&environment, &["apply", "-auto-approve"], 0).await;
            let plan = environment.run(&["plan", "-detailed-exitcode"]).await;
            assert_eq!(plan.code, Some(0), "{call} {number}: {}", said(&plan));
            let listed = environment.run(&["state", "list"]).await.expect(0);
            assert_eq!(
                String::from_utf8_lossy(&listed.stdout).lines().count(),
                2,
                "{call} {number}: {told}"
            );
            if output.status.success() {
                break;
            }
        }
        assert!(failures > 0, "{call} was never refused");
    }
}
