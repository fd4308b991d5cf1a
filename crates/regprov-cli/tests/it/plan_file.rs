//! Saved plans: applied once, where they were made for.

use crate::stage::{check, cloud, ends, registry, says, with_main};
use expect_test::expect;
use regprov_testkit::TestEnvironment;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

const MAIN: &str =
    "variable \"v\" {\n  default = 1\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n";

async fn planned(main: &str) -> TestEnvironment {
    let environment = with_main(main);
    ends(&environment, &["plan", "-sandbox", "-out", "the.plan"], 0).await;
    environment
}

#[tokio::test]
async fn a_saved_plan_is_applied_without_a_question_and_only_once() {
    let environment = planned(MAIN).await;
    let mode = std::fs::metadata(environment.directory().join("the.plan"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let applied = environment
        .run(&["apply", "-sandbox", "the.plan"])
        .await
        .expect(0);
    says(&applied, &["Apply complete: 1 added, 0 changed, 0 destroyed."]);
    check(
        &environment,
        &["apply", "-sandbox", "the.plan"],
        expect![[r#"
        $ regprov apply -sandbox the.plan
        error[RP0501]: Saved plan is stale
         │
         ├ note: The plan was made from serial 0 of the state; the state is at serial 1 now, so another run
         │       has changed it since.
         ╰ help: Nothing was done. Make a new plan: regprov plan -sandbox -out FILE
        [exit 1]
    "#]],
    )
    .await;
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn a_plan_is_refused_after_another_run_changed_the_state() {
    let environment = planned(MAIN).await;
    ends(
        &environment,
        &["apply", "-sandbox", "-auto-approve", "-var", "v=2"],
        0,
    )
    .await;
    let refused = environment
        .run(&["apply", "-sandbox", "the.plan"])
        .await
        .expect(1);
    says(
        &refused,
        &[
            "Saved plan is stale",
            "from serial 0",
            "at serial 1 now",
            "Make a new plan: regprov plan -sandbox -out FILE",
        ],
    );
    let output = environment
        .run(&["state", "show", "-sandbox", "terraform_data.a"])
        .await
        .expect(0);
    says(&output, &["= \"2\""]);
}

#[tokio::test]
async fn a_plan_for_the_sandbox_is_refused_outside_it() {
    let environment = planned(MAIN).await;
    check(
        &environment,
        &["apply", "the.plan"],
        expect![[r#"
        $ regprov apply the.plan
        error[RP0502]: Plan belongs to another realm
         │
         ├ note: The plan was made in the sandbox and cannot be applied outside it.
         ╰ help: Apply it with `-sandbox`, or make a plan for real clouds: regprov plan -out FILE
        [exit 1]
    "#]],
    )
    .await;
    assert!(!environment.directory().join("terraform.tfstate").exists());
}

#[tokio::test]
async fn a_plan_for_real_clouds_is_refused_in_the_sandbox() {
    let environment = with_main(MAIN);
    ends(&environment, &["plan", "-out", "the.plan"], 0).await;
    check(
        &environment,
        &["apply", "-sandbox", "the.plan"],
        expect![[r#"
        $ regprov apply -sandbox the.plan
        error[RP0502]: Plan belongs to another realm
         │
         ├ note: The plan was made for real clouds and cannot be applied in the sandbox.
         ╰ help: Make a plan for the sandbox: regprov plan -sandbox -out FILE
        [exit 1]
    "#]],
    )
    .await;
    let listed = environment.run(&["state", "list", "-sandbox"]).await.expect(0);
    assert!(listed.stdout.is_empty(), "{}", listed.text());
}

#[tokio::test]
async fn what_is_no_plan_is_refused() {
    let environment = planned(MAIN).await;
    for (name, reason, remedy) in [
        ("absent.plan", "No such file or directory", "Make a plan first"),
        (
            "main.tf",
            "it is not a plan of regprov",
            "plans of Terraform cannot be read",
        ),
    ] {
        let finished = environment.run(&["apply", "-sandbox", name]).await.expect(1);
        says(&finished, &["Plan file cannot be used", name, reason, remedy]);
    }
    let path = environment.directory().join("the.plan");
    let text = std::fs::read_to_string(&path).unwrap();
    let at = text.find("\"plan\": \"").unwrap() + 60;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    std::fs::write(&path, format!("{}{other}{}", &text[..at], &text[at + 1..])).unwrap();
    let finished = environment
        .run(&["apply", "-sandbox", "the.plan"])
        .await
        .expect(1);
    says(&finished, &["Plan file cannot be used", "the.plan"]);
}

#[tokio::test]
async fn a_plan_is_applied_from_a_checkout_without_its_files() {
    let environment = with_main(&registry("images", "")).with_file("data.txt", "x");
    let cloud = cloud(&environment, json!({})).await;
    ends(&environment, &["plan", "-sandbox", "-out", "the.plan"], 0).await;
    std::fs::remove_file(environment.directory().join("main.tf")).unwrap();
    ends(&environment, &["apply", "-sandbox", "the.plan"], 0).await;
    assert_eq!(cloud.live("azure/registries").len(), 1);
}
