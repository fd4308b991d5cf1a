//! Where the state is kept: `init` with its flags, and what the commands after it find.

use crate::http_server::HttpServer;
use crate::stage::{directory, ends, says, with_main};
use regprov_testkit::TestEnvironment;
use serde_json::Value;

const MAIN: &str = "resource \"terraform_data\" \"a\" {\n  input = terraform.workspace\n}\n\noutput \"o\" {\n  value = terraform_data.a.output\n}\n";

fn block(kind: &str, body: &str) -> String {
    format!("terraform {{\n  backend \"{kind}\" {{\n    {body}\n  }}\n}}\n")
}

fn exists(environment: &TestEnvironment, path: &str) -> bool {
    environment.directory().join(path).exists()
}

fn json(environment: &TestEnvironment, path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(environment.directory().join(path)).unwrap()).unwrap()
}

async fn listed(environment: &TestEnvironment) -> String {
    let finished = environment.run(&["state", "list"]).await.expect(0);
    String::from_utf8(finished.stdout).unwrap()
}

async fn applied() -> TestEnvironment {
    let environment = with_main(MAIN);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    environment
}

#[tokio::test]
async fn a_local_state_goes_to_another_file_and_back() {
    let environment = applied().await;
    environment.write("backend.tf", &block("local", "path = \"states/app.tfstate\""));
    let refused = environment.run(&["plan"]).await.expect(1);
    says(
        &refused,
        &[
            "Backend initialization required",
            "There is a state in the default file",
            "regprov init",
        ],
    );

    let unasked = environment.run(&["init", "-input=false"]).await.expect(1);
    says(&unasked, &["-migrate-state -force-copy"]);
    assert!(!exists(&environment, "states/app.tfstate"));

    let moved = environment.run_reading("yes\n", &["init"]).await.expect(0);
    says(&moved, &["The state of the workspace `default` was copied"]);
    assert_eq!(listed(&environment).await, "terraform_data.a\n");
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
    assert_eq!(
        json(&environment, "states/app.tfstate"),
        json(&environment, "terraform.tfstate")
    );

    environment.write("backend.tf", "");
    let refused = environment.run(&["plan"]).await.expect(1);
    says(
        &refused,
        &["Backend configuration changed", "no `backend` block any more"],
    );
    ends(&environment, &["state", "list"], 1).await;
    std::fs::remove_file(environment.directory().join("terraform.tfstate")).unwrap();
    ends(&environment, &["init", "-migrate-state", "-force-copy"], 0).await;
    assert!(!exists(&environment, ".terraform/terraform.tfstate"));
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn an_answer_other_than_yes_copies_nothing() {
    let environment = applied().await;
    environment.write("backend.tf", &block("local", "path = \"other.tfstate\""));
    let declined = environment.run_reading("no\n", &["init"]).await.expect(0);
    says(&declined, &["Nothing was copied"]);
    assert!(!exists(&environment, "other.tfstate"));
    assert_eq!(listed(&environment).await, "");
}

#[tokio::test]
async fn what_flags_say_of_a_backend_is_recorded_and_counts_later() {
    let environment = with_main(MAIN).with_file("backend.tf", "terraform {\n  backend \"local\" {}\n}\n");
    environment.write("production.tfbackend", "path = \"production.tfstate\"\n");
    ends(&environment, &["init", "-backend-config=production.tfbackend"], 0).await;
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert!(exists(&environment, "production.tfstate"));
    ends(&environment, &["init"], 0).await;
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;

    let changed = environment
        .run(&["init", "-backend-config=path=staging.tfstate"])
        .await
        .expect(1);
    says(
        &changed,
        &["Backend configuration changed", "-migrate-state", "-reconfigure"],
    );
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
    ends(
        &environment,
        &["init", "-reconfigure", "-backend-config=path=staging.tfstate"],
        0,
    )
    .await;
    assert_eq!(listed(&environment).await, "");
    ends(&environment, &["plan", "-detailed-exitcode"], 2).await;

    let unknown = environment
        .run(&["init", "-reconfigure", "-backend-config=paths=x"])
        .await
        .expect(1);
    says(&unknown, &["There is no argument `paths` in this backend"]);
    let missing = environment
        .run(&["init", "-backend-config=absent.tfbackend"])
        .await
        .expect(1);
    says(
        &missing,
        &["Backend configuration cannot be read", "absent.tfbackend"],
    );
}

#[tokio::test]
async fn a_state_goes_to_a_server_and_back() {
    let (environment, server) = (applied().await, HttpServer::start());
    let local = json(&environment, "terraform.tfstate");
    environment.write("backend.tf", &server.block());
    let refused = environment.run(&["plan"]).await.expect(1);
    says(&refused, &["Backend initialization required"]);
    let moved = environment.run(&["init", "-force-copy"]).await.expect(0);
    says(
        &moved,
        &[
            "The state of the workspace `default` was copied from `local` to `http`",
            "has no conditional writes",
        ],
    );
    assert_eq!(server.state(), Some(local));

    environment.write("main.tf", &MAIN.replace("terraform.workspace", "\"next\""));
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let there = server.state().unwrap();
    assert_eq!(there["outputs"]["o"]["value"], "next");
    assert!(!server.is_locked() && server.asked("LOCK") == server.asked("UNLOCK"));
    let pulled = environment.run(&["state", "pull"]).await.expect(0);
    assert_eq!(serde_json::from_slice::<Value>(&pulled.stdout).unwrap(), there);

    environment.write("backend.tf", "");
    std::fs::remove_file(environment.directory().join("terraform.tfstate")).unwrap();
    let back = environment
        .run_reading("yes\n", &["init", "-migrate-state"])
        .await
        .expect(0);
    says(&back, &["was copied from `http` to `local`"]);
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
    assert_eq!(json(&environment, "terraform.tfstate"), there);
}

#[tokio::test]
async fn another_state_in_the_new_place_is_not_overwritten_unasked() {
    let (environment, server) = (applied().await, HttpServer::start());
    let mut other = json(&environment, "terraform.tfstate");
    other["lineage"] = "b5b1b3a8-0f3c-4c43-9c58-2f2d6f0d5f10".into();
    server.put(&other);
    environment.write("backend.tf", &server.block());
    let kept = environment.run_reading("yes\nno\n", &["init"]).await.expect(1);
    says(
        &kept,
        &[
            "has a state already",
            "b5b1b3a8-0f3c-4c43-9c58-2f2d6f0d5f10",
            "Both states were left as they are",
        ],
    );
    assert_eq!(server.state(), Some(other));
    assert!(!server.is_locked());
    ends(&environment, &["init", "-force-copy"], 0).await;
    assert_eq!(server.state(), Some(json(&environment, "terraform.tfstate")));
}

#[tokio::test]
async fn workspaces_that_the_new_place_cannot_have_are_told_before_anything_is_copied() {
    let (environment, server) = (applied().await, HttpServer::start());
    ends(&environment, &["workspace", "new", "staging"], 0).await;
    environment.write("backend.tf", &server.block());
    let refused = environment.run(&["init", "-force-copy"]).await.expect(1);
    says(&refused, &["the backend `http` has one state only"]);
    assert_eq!(server.state(), None);
}

#[tokio::test]
async fn a_lock_on_a_server_is_told_waited_for_and_broken() {
    let server = HttpServer::start();
    let environment = with_main(MAIN).with_file("backend.tf", &server.block());
    ends(&environment, &["init"], 0).await;
    server.hold(Some(
        r#"{"ID":"7d6b6f43-0c1e-4a3b-9d61-6f2b8a7a4c11","Operation":"OperationTypeApply","Info":"","Who":"ann@laptop","Version":"1.11.4","Created":"2026-03-04T05:06:07Z","Path":""}"#,
    ));
    let locked = environment.run(&["apply", "-auto-approve"]).await.expect(1);
    says(
        &locked,
        &[
            "ann@laptop",
            "2026-03-04T05:06:07Z",
            "regprov force-unlock 7d6b6f43-0c1e-4a3b-9d61-6f2b8a7a4c11",
        ],
    );
    assert_eq!(server.state(), None);

    let mut waiting = environment.spawn(&["apply", "-auto-approve", "-lock-timeout=2m"]);
    assert!(waiting.complained("Waiting up to 120 s").await);
    server.hold(None);
    let _ = waiting.wait(std::time::Duration::from_secs(120)).await.expect(0);
    assert!(server.state().is_some());

    server.hold(Some(r#"{"ID":"old"}"#));
    ends(&environment, &["force-unlock", "-force", "old"], 0).await;
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn an_address_without_a_server_is_told_as_such() {
    let environment = with_main(MAIN).with_file(
        "backend.tf",
        &block("http", "address = \"http://127.0.0.1:1/state\""),
    );
    let refused = environment.run(&["init"]).await.expect(1);
    says(&refused, &["http://127.0.0.1:1/state"]);
    assert!(!exists(&environment, ".terraform/terraform.tfstate"));
}

#[tokio::test]
async fn a_record_that_terraform_left_is_gone_on_from() {
    let environment = directory()
        .with_file("main.tf", MAIN)
        .with_file("backend.tf", "terraform {\n  backend \"local\" {}\n}\n")
        .with_file(
            ".terraform/terraform.tfstate",
            r#"{"version":3,"terraform_version":"1.11.4","backend":{"type":"local","config":{"path":"kept/x.tfstate","workspace_dir":null},"hash":666019178}}"#,
        );
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert!(exists(&environment, "kept/x.tfstate") && !exists(&environment, "terraform.tfstate"));
}

#[tokio::test]
async fn a_saved_plan_finds_its_backend_and_its_workspace_in_an_empty_checkout() {
    let environment = with_main(MAIN).with_file("backend.tf", "terraform {\n  backend \"local\" {}\n}\n");
    let states = environment.root().join("states").display().to_string();
    let path = format!("-backend-config=path={states}/app.tfstate");
    let folder = format!("-backend-config=workspace_dir={states}/others");
    ends(&environment, &["init", &path, &folder], 0).await;
    ends(&environment, &["workspace", "new", "staging"], 0).await;
    ends(&environment, &["plan", "-out=plan.out"], 0).await;
    let plan = std::fs::read_to_string(environment.directory().join("plan.out")).unwrap();
    assert!(
        !plan.contains("app.tfstate"),
        "arguments of a backend may be secret"
    );

    std::fs::create_dir(environment.directory().join("empty")).unwrap();
    std::fs::copy(
        environment.directory().join("plan.out"),
        environment.directory().join("empty/plan.out"),
    )
    .unwrap();
    ends(&environment, &["-chdir=empty", "apply", "plan.out"], 0).await;
    assert!(
        environment
            .root()
            .join("states/others/staging/terraform.tfstate")
            .is_file()
    );
    assert!(!exists(&environment, "empty/terraform.tfstate") && !exists(&environment, "empty/.terraform"));
    let told = environment.run(&["output", "-raw", "o"]).await.expect(0);
    assert_eq!(told.stdout, b"staging");
}
