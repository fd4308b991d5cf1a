//! Ctrl-C while changes are made.

use regprov_emulator::{Knobs, LroMode};
use regprov_testkit::{Child, Cloud, Finished, TestEnvironment};
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(200);
const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];
/// The registry is the one that takes its time; the role assignment waits for it.
const IN_FLIGHT: &str = "azurerm_container_registry.binderhub: creating";

async fn slow(ms: u64) -> (TestEnvironment, Cloud) {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/azure");
    let environment = TestEnvironment::new(env!("CARGO_BIN_EXE_regprov")).with_files(&files);
    let cloud = environment.own_sandbox().await;
    cloud.turn(Knobs {
        lro_mode: LroMode::Async,
        lro_duration_ms: ms,
        ..Knobs::default()
    });
    (environment, cloud)
}

async fn in_flight(environment: &TestEnvironment) -> Child {
    let mut child = environment.spawn(&APPLY);
    assert!(child.printed(IN_FLIGHT, 1).await);
    child
}

fn said(finished: &Finished) -> String {
    String::from_utf8_lossy(&finished.stdout).into_owned()
}

#[tokio::test]
async fn the_first_ends_what_is_in_flight_and_begins_nothing_further() {
    let (environment, cloud) = slow(1500).await;
    let child = in_flight(&environment).await;
    child.interrupt();
    let stopped = child.wait(LIMIT).await.expect(1);
    let said = said(&stopped);
    assert!(
        said.contains("done      azurerm_container_registry.binderhub"),
        "{}",
        stopped.text()
    );
    assert!(
        said.contains("not begun azurerm_role_assignment.push"),
        "{}",
        stopped.text()
    );
    assert!(stopped.text().contains("RP0510"), "{}", stopped.text());
    assert_eq!(cloud.live("azure/registries").len(), 1);
    assert_eq!(cloud.live("azure/role_assignments").len(), 0);
    let again = environment.run(&APPLY).await.expect(0);
    assert!(!again.text().contains("cut short"), "{}", again.text());
    let _ = environment
        .run(&["plan", "-sandbox", "-detailed-exitcode"])
        .await
        .expect(0);
}

#[tokio::test]
async fn the_second_ends_at_once_and_the_next_run_looks_up_what_was_in_flight() {
    let (environment, cloud) = slow(20_000).await;
    let mut child = in_flight(&environment).await;
    child.interrupt();
    assert!(child.complained("Press Ctrl-C again").await);
    child.interrupt();
    let stopped = child.wait(Duration::from_secs(15)).await.expect(1);
    let said = said(&stopped);
    assert!(
        said.contains("in flight azurerm_container_registry.binderhub"),
        "{}",
        stopped.text()
    );
    let again = environment.spawn(&APPLY).wait(LIMIT).await.expect(0);
    let told = "azurerm_container_registry.binderhub: an earlier run was cut short: its creation";
    assert!(again.text().contains(told), "{}", again.text());
    assert_eq!(cloud.live("azure/registries").len(), 1);
    let _ = environment
        .run(&["plan", "-sandbox", "-detailed-exitcode"])
        .await
        .expect(0);
}
