//! Two commands at once on one sandbox.

use crate::stage::{directory, ends, registry, says, with_main};
use regprov_testkit::{Child, Finished, TestEnvironment};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(90);
const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];

async fn both(first: Child, second: Child) -> (Finished, Finished) {
    let (first, second) = tokio::join!(first.wait(LIMIT), second.wait(LIMIT));
    for finished in [&first, &second] {
        assert_eq!(finished.code, Some(0), "{}\n{}", first.text(), second.text());
    }
    (first, second)
}

#[tokio::test]
async fn two_plans_at_once_both_end_well() {
    let environment = with_main(&registry("images", ""));
    let (first, second) = (
        environment.spawn(&["plan", "-sandbox"]),
        environment.spawn(&["plan", "-sandbox"]),
    );
    let (first, second) = both(first, second).await;
    for finished in [first, second] {
        says(&finished, &["Plan: 2 to add"]);
    }
}

#[tokio::test]
async fn two_applies_at_once_make_every_object_once() {
    let environment = with_main(&registry("images", ""));
    let (first, second) = both(environment.spawn(&APPLY), environment.spawn(&APPLY)).await;
    let text = format!("{}{}", first.text(), second.text());
    assert!(
        text.contains("Apply complete: 2 added") && text.contains("Apply complete: 0 added"),
        "{text}"
    );
    let inventory = environment
        .run(&["sandbox", "ledger", "-inventory"])
        .await
        .expect(0);
    let listed = String::from_utf8_lossy(&inventory.stdout).into_owned();
    let made: Vec<&str> = listed
        .lines()
        .filter(|line| !line.contains("(surrounding)"))
        .collect();
    assert_eq!(made.len(), 2, "{listed}");
}

#[tokio::test]
async fn commands_use_the_sandbox_that_is_served() {
    let environment = with_main(&registry("images", ""));
    let mut server = environment.spawn(&["sandbox", "serve"]);
    assert!(server.printed("Serving.", 1).await, "nobody listens");
    let (first, second) = both(
        environment.spawn(&APPLY),
        environment.spawn(&["plan", "-sandbox"]),
    )
    .await;
    says(&first, &["Apply complete: 2 added"]);
    let text = second.text();
    assert!(
        text.contains("Plan: 2 to add") || text.contains("No changes."),
        "{text}"
    );
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
    let said = server.kill().await;
    says(&said, &["Serving. Press Ctrl-C to end"]);
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn a_command_that_holds_the_sandbox_waits_for_another_that_uses_it() {
    let environment = directory();
    environment.write(
        "main.tf",
        "resource \"time_sleep\" \"a\" {\n  create_duration = \"4s\"\n}\n",
    );
    environment.write(
        "other/main.tf",
        "resource \"time_sleep\" \"a\" {\n  create_duration = \"9s\"\n}\n",
    );
    link(&environment);
    let mut owner = environment.spawn(&APPLY);
    assert!(owner.printed("time_sleep.a: creating", 1).await, "nobody listens");
    let user = environment.spawn(&["-chdir=other", "apply", "-sandbox", "-auto-approve"]);
    let (owner, user) = both(owner, user).await;
    says(
        &owner,
        &["The sandbox runs in this command, and another one still uses it. Waiting for that one to end."],
    );
    says(&user, &["Apply complete: 1 added"]);
}

/// Lets a second working directory, with a state of its own, use the clouds of the first.
fn link(environment: &TestEnvironment) {
    let (own, other) = (
        environment.clouds(),
        environment.directory().join("other/.regprov/sandbox"),
    );
    std::fs::create_dir_all(&own).unwrap();
    std::fs::create_dir_all(&other).unwrap();
    std::os::unix::fs::symlink(own, other.join("clouds")).unwrap();
}
