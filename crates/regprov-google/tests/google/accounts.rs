//! Service accounts, their keys, custom roles.

use crate::harness::{World, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_laws::Law;
use regprov_provider::{AnyCreate, AnyFind, Created};
use regprov_value::Value;
use serde_json::{Value as Json, json};

const ACCOUNT: &str = "google_service_account";
const KEY: &str = "google_service_account_key";

async fn account(world: &World) -> Value {
    world.make(ACCOUNT, &json!({ "account_id": "builder" })).await
}

#[tokio::test]
async fn a_service_account_keeps_the_laws() {
    let world = World::new().await;
    Law::new(&world, ACCOUNT)
        .holds(&[
            json!({ "account_id": "builder", "display_name": "Builder" }),
            json!({ "account_id": "builder", "display_name": "The builder", "description": "pushes" }),
            json!({ "account_id": "builder", "disabled": true }),
            json!({ "account_id": "builder" }),
        ])
        .await;
    Law::new(&world, ACCOUNT)
        .holds(&[json!({ "account_id": "asleep", "disabled": true })])
        .await;
}

#[tokio::test]
async fn a_service_account_whose_answer_was_lost_is_found() {
    let world = World::new().await;
    let fault = json!({
        "name": "lost", "method": "POST", "path": "/serviceAccounts", "phase": "after_commit", "action": "drop",
    });
    let law = Law::new(&world, ACCOUNT);
    let id = law
        .is_found_after_a_lost_answer(&json!({ "account_id": "builder" }), fault)
        .await;
    assert!(id.ends_with("/serviceAccounts/builder@team-a.iam.gserviceaccount.com"));
}

#[tokio::test]
async fn one_that_exists_is_taken_over_only_where_that_is_said() {
    let world = World::new().await;
    account(&world).await;
    let law = Law::new(&world, ACCOUNT);
    let refused = law
        .create(&law.desired(&json!({ "account_id": "builder" })), &world.mark())
        .await;
    assert!(refused.is_err());
    let taken = world
        .make(
            ACCOUNT,
            &json!({ "account_id": "builder", "create_ignore_already_exists": true }),
        )
        .await;
    assert_eq!(text(&taken, "email"), "builder@team-a.iam.gserviceaccount.com");
}

#[tokio::test]
async fn a_key_is_ours_and_signs_in() {
    let world = World::new().await;
    let owner = account(&world).await;
    let config = json!({ "service_account_id": text(&owner, "name") });
    Law::new(&world, KEY).holds(std::slice::from_ref(&config)).await;
    let key = world.make(KEY, &config).await;
    assert_eq!(world.requests("POST", "/keys:upload"), 2);
    assert_eq!(world.requests("POST", "/keys?"), 0);
    let file = STANDARD.decode(text(&key, "private_key")).unwrap();
    let arguments = json!({ "credentials": String::from_utf8(file).unwrap() });
    let connection = crate::harness::connect(&*world.providers[0], &arguments)
        .await
        .unwrap();
    assert!(
        connection
            .summary
            .contains("builder@team-a.iam.gserviceaccount.com")
    );
}

#[tokio::test]
async fn a_key_may_be_asked_for_by_the_id_or_the_address_of_its_account() {
    let world = World::new().await;
    let owner = account(&world).await;
    for name in ["builder".to_owned(), text(&owner, "email")] {
        let key = world.make(KEY, &json!({ "service_account_id": name })).await;
        assert!(text(&key, "name").starts_with(&format!("{}/keys/", text(&owner, "name"))));
    }
}

/// The first half of a create: our key is noted, and nothing sent.
async fn noted(law: &Law<'_>, desired: &Value, mark: &regprov_provider::Mark) -> Value {
    let request = AnyCreate {
        connection: law.world.connection(KEY),
        desired,
        mark,
        step: None,
    };
    match law.resource.create(request).await.unwrap() {
        Created::Step(note) => note,
        other => panic!("the key is noted before anything is sent: {other:?}"),
    }
}

/// A key whose answer, or whose first read, is lost must neither leak nor be lost (the public provider's issue 17332).
#[tokio::test]
async fn google_17332_a_key_whose_answer_is_lost_is_found_by_its_public_half() {
    let world = World::new().await;
    let owner = account(&world).await;
    let law = Law::new(&world, KEY);
    let desired = law.desired(&json!({ "service_account_id": text(&owner, "name") }));
    let mark = world.mark();
    let note = noted(&law, &desired, &mark).await;
    assert!(law.resource.id(&note).is_none(), "a note is no object");
    world.fault(json!({ "name": "lost", "method": "POST", "path": "keys:upload", "times": 1, "phase": "after_commit", "action": "drop" }));
    let request = AnyCreate {
        connection: world.connection(KEY),
        desired: &desired,
        mark: &mark,
        step: Some(&note),
    };
    assert!(law.resource.create(request).await.is_err());
    // Another key of the account is not taken for it.
    world
        .make(KEY, &json!({ "service_account_id": text(&owner, "name") }))
        .await;
    let found = law
        .resource
        .find(AnyFind {
            connection: world.connection(KEY),
            desired: &desired,
            mark: &mark,
            step: Some(&note),
        })
        .await
        .unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    law.delete(&found[0], None).await.unwrap();
}

#[tokio::test]
async fn google_17332_a_new_key_that_cannot_be_read_yet_keeps_its_secret() {
    let upload =
        json!({ "google_organization_policy": { "constraint": "iam.disableServiceAccountKeyUpload" } });
    let world = World::of(json!({ "conditions": [upload] })).await;
    let owner = account(&world).await;
    world.fault(json!({
        "name": "unseen", "method": "GET", "path": "/keys/", "phase": "before", "action": { "status": { "code": 404 } },
    }));
    let key = world
        .make(KEY, &json!({ "service_account_id": text(&owner, "name") }))
        .await;
    assert!(!text(&key, "private_key").is_empty());
    assert_eq!(world.requests("POST", "/keys:upload"), 1);
}

#[tokio::test]
async fn where_keys_are_forbidden_federation_is_suggested() {
    let forbidden =
        |name: &str| json!({ "google_organization_policy": { "constraint": format!("iam.{name}") } });
    let conditions = [
        forbidden("disableServiceAccountKeyUpload"),
        forbidden("disableServiceAccountKeyCreation"),
    ];
    let world = World::of(json!({ "conditions": conditions })).await;
    let owner = account(&world).await;
    let law = Law::new(&world, KEY);
    let desired = law.desired(&json!({ "service_account_id": text(&owner, "name") }));
    let error = law.create(&desired, &world.mark()).await.unwrap_err();
    assert!(
        error.remedy.unwrap_or_default().contains("google-keyless"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn the_tenth_key_is_the_last_and_the_plan_says_so() {
    let world = World::new().await;
    let owner = account(&world).await;
    let config = json!({ "service_account_id": text(&owner, "name") });
    for _ in 0..10 {
        world.make(KEY, &config).await;
    }
    let law = Law::new(&world, KEY);
    let found = world.findings(KEY, None, &law.desired(&config)).await;
    assert!(
        found[0].0 && found[0].1.contains("10 keys, and 10 are the most"),
        "{found:?}"
    );
    let error = law
        .create(&law.desired(&config), &world.mark())
        .await
        .unwrap_err();
    assert!(error.message.contains("10 are the most"), "{error:?}");
}

#[tokio::test]
async fn a_custom_role_keeps_the_laws_and_is_had_back() {
    let world = World::new().await;
    let config = |title: &str, permissions: &[&str]| -> Json {
        json!({ "role_id": "pusher", "title": title, "permissions": permissions, "stage": "GA" })
    };
    let law = Law::new(&world, "google_project_iam_custom_role");
    let configs = [
        config("Pusher", &["artifactregistry.repositories.get"]),
        config(
            "Pushers",
            &[
                "artifactregistry.repositories.get",
                "artifactregistry.repositories.uploadArtifacts",
            ],
        ),
    ];
    law.holds(&configs).await;
    law.holds(&configs).await;
}

#[tokio::test]
async fn data_sources_tell_what_exists() {
    let world = World::new().await;
    let owner = account(&world).await;
    let read = world
        .data("google_service_account", &json!({ "account_id": "builder" }))
        .await
        .unwrap();
    assert_eq!(read["unique_id"], text(&owner, "unique_id"));
    let missing = world
        .data("google_service_account", &json!({ "account_id": "nobody" }))
        .await;
    assert!(missing.unwrap_err().message.contains("not found"));
    let config = world.data("google_client_config", &json!({})).await.unwrap();
    assert_eq!(
        (&config["project"], &config["region"]),
        (&json!("team-a"), &json!("us-central1"))
    );
    let project = world.data("google_project", &json!({})).await.unwrap();
    assert_eq!(project["id"], "projects/team-a");
    let gcr = world
        .data("google_container_registry_repository", &json!({ "region": "eu" }))
        .await
        .unwrap();
    assert_eq!(gcr["repository_url"], "eu.gcr.io/team-a");
}
