//! From no account to a token that pushes: `examples/dockerhub` and `examples/dockerhub-org`.

use crate::stage::{directory, ends, says};
use regprov_emulator::Fault;
use regprov_testkit::{Cloud, TestEnvironment, fast};
use std::path::Path;

const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];
const DESTROY: [&str; 3] = ["destroy", "-sandbox", "-auto-approve"];
const PLAN: [&str; 3] = ["plan", "-sandbox", "-detailed-exitcode"];

async fn example(name: &str) -> (TestEnvironment, Cloud) {
    let files = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    let environment = directory().with_files(&files);
    let cloud = environment.own_sandbox().await;
    cloud.turn(fast());
    (environment, cloud)
}

/// What clients made and did not delete, but for what a registry holds.
fn left(cloud: &Cloud) -> Vec<String> {
    let inventory = cloud.sandbox().inventory();
    let live = inventory.live().into_iter();
    live.map(|item| format!("{} {}", item.kind, item.id)).collect()
}

#[tokio::test]
async fn a_token_in_place_of_the_password_pushes_and_is_gone_with_its_repository() {
    let (environment, cloud) = example("dockerhub").await;
    let applied = environment.run(&APPLY).await.expect(0);
    says(&applied, &["Apply complete: 2 added, 0 changed, 0 destroyed."]);
    let verified = environment.run(&["creds", "verify", "-sandbox"]).await.expect(0);
    says(
        &verified,
        &[
            "docker_access_token.builder at localhost:",
            "/operator/binder-base",
        ],
    );
    let planned = environment.run(&PLAN).await.expect(0);
    says(&planned, &["No changes."]);
    let rendered = environment
        .run(&["creds", "render", "binderhub", "-sandbox"])
        .await
        .expect(0);
    says(
        &rendered,
        &[
            "url: \"https://index.docker.io/v1/\"",
            "username: \"operator\"",
            "image_prefix: \"docker.io/operator/binder-\"",
        ],
    );
    let destroyed = environment.run(&DESTROY).await.expect(0);
    says(&destroyed, &["Destroy complete: 2 destroyed."]);
    assert!(left(&cloud).is_empty(), "{:?}", left(&cloud));
}

#[tokio::test]
async fn an_organization_with_a_hyphen_has_a_token_that_pushes_and_one_that_pulls() {
    let (environment, cloud) = example("dockerhub-org").await;
    let applied = environment.run(&APPLY).await.expect(0);
    says(&applied, &["Apply complete: 5 added, 0 changed, 0 destroyed."]);
    let verified = environment.run(&["creds", "verify", "-sandbox"]).await.expect(0);
    says(
        &verified,
        &[
            "docker_org_access_token.builder at localhost:",
            "docker_org_access_token.puller at localhost:",
            "push is refused, as it may only pull",
        ],
    );
    ends(&environment, &PLAN, 0).await;
    let rendered = environment
        .run(&[
            "creds",
            "render",
            "binderhub",
            "-sandbox",
            "docker_org_access_token.builder",
        ])
        .await
        .expect(0);
    says(
        &rendered,
        &[
            "username: \"my-hub-org\"",
            "image_prefix: \"docker.io/my-hub-org/binder-\"",
        ],
    );
    let destroyed = environment.run(&DESTROY).await.expect(0);
    says(&destroyed, &["Destroy complete: 5 destroyed."]);
    assert!(left(&cloud).is_empty(), "{:?}", left(&cloud));
}

#[tokio::test]
async fn a_lost_answer_to_the_create_of_a_token_leaves_one_token_that_is_known() {
    let (environment, cloud) = example("dockerhub").await;
    let lost = r#"{ "name": "lost", "method": "POST", "path": "/access-tokens$", "phase": "after_commit", "action": "drop" }"#;
    cloud.schedule(serde_json::from_str::<Fault>(lost).unwrap());
    let applied = environment.run(&APPLY).await.expect(0);
    says(&applied, &["Apply complete: 2 added, 0 changed, 0 destroyed."]);
    assert_eq!(cloud.live("dockerhub/access_tokens").len(), 1);
    ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
}
