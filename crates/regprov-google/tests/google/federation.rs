//! Workload identity pools and their providers.

use crate::harness::World;
use regprov_laws::Law;
use serde_json::json;

const POOL: &str = "google_iam_workload_identity_pool";
const PROVIDER: &str = "google_iam_workload_identity_pool_provider";

#[tokio::test]
async fn a_pool_keeps_the_laws_and_is_had_back() {
    let world = World::new().await;
    let law = Law::new(&world, POOL);
    let configs = [
        json!({ "workload_identity_pool_id": "github", "display_name": "GitHub" }),
        json!({ "workload_identity_pool_id": "github", "display_name": "Actions", "description": "CI", "disabled": true }),
    ];
    law.holds(&configs).await;
    law.holds(&configs).await;
}

#[tokio::test]
async fn a_provider_keeps_the_laws_and_is_had_back() {
    let world = World::new().await;
    world
        .make(POOL, &json!({ "workload_identity_pool_id": "github" }))
        .await;
    let config = |condition: &str| {
        json!({
            "workload_identity_pool_id": "github", "workload_identity_pool_provider_id": "actions",
            "attribute_mapping": { "google.subject": "assertion.sub", "attribute.repository": "assertion.repository" },
            "attribute_condition": condition,
            "oidc": [{ "issuer_uri": "https://token.actions.githubusercontent.com" }],
        })
    };
    let law = Law::new(&world, PROVIDER);
    let configs = [
        config("assertion.repository == 'a/b'"),
        config("assertion.repository == 'a/c'"),
    ];
    law.holds(&configs).await;
    law.holds(&configs).await;
}

#[tokio::test]
async fn a_github_that_nothing_narrows_down_is_warned_of() {
    let world = World::new().await;
    let law = Law::new(&world, PROVIDER);
    let desired = law.desired(&json!({
        "workload_identity_pool_id": "github", "workload_identity_pool_provider_id": "actions",
        "oidc": [{ "issuer_uri": "https://token.actions.githubusercontent.com" }],
    }));
    let found = world.findings(PROVIDER, None, &desired).await;
    assert!(
        found.iter().any(|(_, text)| text.contains("repository_owner")),
        "{found:?}"
    );
}
