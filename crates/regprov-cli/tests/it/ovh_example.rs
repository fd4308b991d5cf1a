//! From no account to a robot that pushes: `examples/ovh`, where the Harbor provider is configured from a registry of the same
//! apply.

use crate::stage::{directory, ends, said, says};
use regprov_testkit::{Cloud, Finished, TestEnvironment, fast};
use std::path::Path;

const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];
const DESTROY: [&str; 3] = ["destroy", "-sandbox", "-auto-approve"];
const PLAN: [&str; 3] = ["plan", "-sandbox", "-detailed-exitcode"];

async fn example() -> (TestEnvironment, Cloud) {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ovh");
    let environment = directory().with_files(&files);
    let cloud = environment.own_sandbox().await;
    cloud.turn(fast());
    (environment, cloud)
}

/// What clients made and did not delete.
fn left(cloud: &Cloud) -> Vec<String> {
    let inventory = cloud.sandbox().inventory();
    let live = inventory.live().into_iter();
    live.map(|item| format!("{} {}", item.kind, item.id)).collect()
}

async fn nothing_changes(environment: &TestEnvironment) {
    let planned = environment.run(&PLAN).await.expect(0);
    says(&planned, &["No changes. What exists matches the configuration."]);
}

fn comes_before(finished: &Finished, first: &str, second: &str) {
    let text = said(finished);
    let at = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("`{words}` is not in {text}"))
    };
    assert!(at(first) < at(second), "`{first}` comes after `{second}`: {text}");
}

#[tokio::test]
async fn one_apply_makes_a_registry_and_robots_in_it_that_push_and_pull() {
    let (environment, cloud) = example().await;
    let applied = environment.run(&APPLY).await.expect(0);
    says(
        &applied,
        &[
            "harbor_project.images: It was not checked at the service: the configuration of goharbor/harbor is known only after apply.",
            "Apply complete: 5 added, 0 changed, 0 destroyed.",
        ],
    );
    comes_before(
        &applied,
        "ovh_cloud_project_containerregistry_user.admin: created",
        "harbor_project.images: creating",
    );
    nothing_changes(&environment).await;

    let verified = environment.run(&["creds", "verify", "-sandbox"]).await.expect(0);
    says(
        &verified,
        &[
            "harbor_robot_account.builder at localhost:",
            "/binderhub/regprov-probe/",
            "harbor_robot_account.puller at localhost:",
            "push is refused, as it may only pull",
            "and is not meant to push.",
        ],
    );
    let rendered = environment
        .run(&[
            "creds",
            "render",
            "binderhub",
            "-sandbox",
            "harbor_robot_account.builder",
        ])
        .await
        .expect(0);
    says(
        &rendered,
        &["username: \"robot$binderhub+builder\"", "/binderhub/binder-"],
    );

    let destroyed = environment.run(&DESTROY).await.expect(0);
    says(&destroyed, &["Destroy complete: 5 destroyed."]);
    comes_before(
        &destroyed,
        "harbor_project.images: deleted",
        "ovh_cloud_project_containerregistry.binderhub: deleting",
    );
    assert!(left(&cloud).is_empty(), "{:?}", left(&cloud));
}

#[tokio::test]
async fn a_registry_that_is_replaced_gets_its_project_and_robots_anew() {
    let (environment, cloud) = example().await;
    ends(&environment, &APPLY, 0).await;
    let replace = ["apply", "-sandbox", "-auto-approve", "-var", "region=BHS"];
    let applied = environment.run(&replace).await.expect(0);
    says(
        &applied,
        &[
            "because what it lives in is made anew, and it goes with it",
            "Apply complete: 5 added, 0 changed, 2 destroyed.",
            "3 objects of goharbor/harbor live in what this plan takes away (ovh_cloud_project_containerregistry.binderhub)",
        ],
    );
    assert_eq!(cloud.live("ovh/container_registries").len(), 1);
    assert_eq!(cloud.live("harbor/robots").len(), 2);
    ends(
        &environment,
        &["plan", "-sandbox", "-detailed-exitcode", "-var", "region=BHS"],
        0,
    )
    .await;
    ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
}

#[tokio::test]
async fn a_registry_that_was_deleted_elsewhere_comes_back_with_what_was_in_it() {
    let (environment, cloud) = example().await;
    ends(&environment, &APPLY, 0).await;
    let outside = environment.directory().join("terraform.tfstate");
    assert!(!outside.exists(), "the sandbox has a state of its own");
    ends(
        &environment,
        &["state", "rm", "-sandbox", "harbor_robot_account.puller"],
        0,
    )
    .await;
    ends(
        &environment,
        &[
            "destroy",
            "-sandbox",
            "-auto-approve",
            "-target",
            "ovh_cloud_project_containerregistry.binderhub",
        ],
        0,
    )
    .await;
    assert!(left(&cloud).is_empty(), "{:?}", left(&cloud));
    let applied = environment.run(&APPLY).await.expect(0);
    says(&applied, &["Apply complete: 5 added, 0 changed, 0 destroyed."]);
    nothing_changes(&environment).await;
}

#[tokio::test]
async fn a_run_that_was_killed_is_gone_on_with_wherever_it_was() {
    for moment in [
        "ovh_cloud_project_containerregistry.binderhub: creating",
        "ovh_cloud_project_containerregistry_user.admin: creating",
        "harbor_project.images: creating",
        "harbor_robot_account.builder: creating",
    ] {
        let (environment, cloud) = example().await;
        let mut child = environment.spawn(&APPLY);
        assert!(child.printed(moment, 1).await, "{moment}");
        let _ = child.kill().await;
        let applied = environment.run(&APPLY).await.expect(0);
        says(&applied, &["Apply complete"]);
        nothing_changes(&environment).await;
        assert_eq!(cloud.live("ovh/container_registries").len(), 1, "{moment}");
        assert_eq!(cloud.live("harbor/robots").len(), 2, "{moment}");
        ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
        ends(&environment, &DESTROY, 0).await;
        assert!(left(&cloud).is_empty(), "{moment}: {:?}", left(&cloud));
    }
}
