//! States that cannot be worked on: locked, from a newer version, not a state at all.

use crate::stage::{cloud, says, transcript, with_main};
use regprov_testkit::{Child, Finished, TestEnvironment};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// A configuration whose apply holds the lock for some seconds.
const SLOW: &str = "resource \"time_sleep\" \"a\" {\n  create_duration = \"4s\"\n}\n";
const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];

fn state(environment: &TestEnvironment) -> PathBuf {
    environment.directory().join(".regprov/sandbox/terraform.tfstate")
}

/// Waits until a run is in the middle of its work, and gives the id of the lock that it holds.
async fn locked(environment: &TestEnvironment, run: &mut Child) -> String {
    assert!(
        run.printed("time_sleep.a: creating", 1).await,
        "no run takes the lock"
    );
    let note = environment
        .directory()
        .join(".regprov/sandbox/.terraform.tfstate.lock.info");
    let info: serde_json::Value = serde_json::from_slice(&std::fs::read(note).unwrap()).unwrap();
    info["ID"].as_str().unwrap().to_owned()
}

fn ended(finished: &Finished) {
    assert_eq!(finished.code, Some(0), "{}", finished.text());
}

#[tokio::test]
async fn a_locked_state_names_its_holder_since_when_and_how_to_break_it() {
    let environment = with_main(SLOW).with("USER", "ada");
    let cloud = cloud(&environment, json!({})).await;
    let mut first = environment.spawn(&APPLY);
    let id = locked(&environment, &mut first).await;
    let second = environment
        .run(&["apply", "-sandbox", "-auto-approve", "-lock-timeout=0s"])
        .await
        .expect(1);
    let text = transcript(&environment, &[], &second);
    says(
        &second,
        &[
            "State is locked",
            "It is held by ada@",
            "for `apply` since 20",
            &format!("regprov force-unlock -sandbox {id}"),
        ],
    );
    assert!(!text.contains("Plan:"), "{text}");
    ended(&first.wait(Duration::from_secs(60)).await);
    drop(cloud);
}

#[tokio::test]
async fn a_lock_timeout_waits_for_the_holder_and_says_for_whom() {
    let environment = with_main(SLOW).with("USER", "ada");
    let cloud = cloud(&environment, json!({})).await;
    let mut first = environment.spawn(&APPLY);
    locked(&environment, &mut first).await;
    let second = environment
        .run(&["plan", "-sandbox", "-detailed-exitcode", "-lock-timeout=90s"])
        .await
        .expect(0);
    says(
        &second,
        &[
            "The state is in use: ada@",
            "holds its lock for `apply`",
            "Waiting up to 90 s for it.",
            "No changes.",
        ],
    );
    ended(&first.wait(Duration::from_secs(60)).await);
    drop(cloud);
}

#[tokio::test]
async fn a_state_of_a_newer_version_is_left_as_it_is() {
    for (sandbox, path) in [
        (true, ".regprov/sandbox/terraform.tfstate"),
        (false, "terraform.tfstate"),
    ] {
        let environment = with_main("resource \"terraform_data\" \"a\" {}\n");
        let text = r#"{"version":5,"terraform_version":"9.0.0","serial":3,"lineage":"x","resources":[]}"#;
        environment.write(path, text);
        let mut arguments = vec!["apply", "-auto-approve"];
        arguments.extend(sandbox.then_some("-sandbox"));
        let finished = environment.run(&arguments).await.expect(1);
        let place = environment.directory().join(path);
        says(
            &finished,
            &[
                "State from a newer version",
                &place.display().to_string(),
                "format version 5",
                "Use the newer version",
            ],
        );
        assert_eq!(std::fs::read_to_string(place).unwrap(), text);
    }
}

#[tokio::test]
async fn a_state_that_is_none_is_left_as_it_is() {
    let environment = with_main("resource \"terraform_data\" \"a\" {}\n");
    environment.write(".regprov/sandbox/terraform.tfstate", "{\"version\": 4, ");
    let finished = environment.run(&APPLY).await.expect(1);
    says(&finished, &["State cannot be read", "is not valid JSON"]);
    assert_eq!(
        std::fs::read_to_string(state(&environment)).unwrap(),
        "{\"version\": 4, "
    );
}
