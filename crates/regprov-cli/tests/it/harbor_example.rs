//! `examples/harbor`: a project and robots on a Harbor that is there, for which an instance of the sandbox stands.

use crate::stage::{directory, ends, says};
use regprov_testkit::fast;
use std::path::Path;

#[tokio::test]
async fn a_project_and_robots_on_a_harbor_push_pull_and_go() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/harbor");
    let environment = directory().with_files(&files);
    let cloud = environment.own_sandbox().await;
    cloud.turn(fast());
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
    let verified = environment.run(&["creds", "verify", "-sandbox"]).await.expect(0);
    says(
        &verified,
        &[
            "The credential pushes: localhost:",
            "push is refused, as it may only pull",
        ],
    );
    let builder = "harbor_robot_account.robots[\"builder\"]";
    let rendered = environment
        .run(&["creds", "render", "binderhub", "-sandbox", builder])
        .await
        .expect(0);
    says(&rendered, &["username: \"robot$binderhub+builder\""]);
    ends(&environment, &["destroy", "-sandbox", "-auto-approve"], 0).await;
    let inventory = cloud.sandbox().inventory();
    assert!(inventory.live().is_empty(), "{:?}", inventory.live());
}
