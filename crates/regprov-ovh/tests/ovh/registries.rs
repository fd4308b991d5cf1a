//! Registries, their plans and users.

use crate::harness::{World, text};
use regprov_laws::Law;
use regprov_provider::{ErrorKind, Observed};
use regprov_value::Value;
use serde_json::{Value as Json, json};

pub(crate) const REGISTRY: &str = "ovh_cloud_project_containerregistry";
const USER: &str = "ovh_cloud_project_containerregistry_user";

fn with(mut config: Json, more: Json) -> Json {
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

fn registry(world: &World, more: Json) -> Json {
    let config = json!({ "service_name": world.project(), "name": "hub", "region": "GRA" });
    with(config, more)
}

pub(crate) async fn make(world: &World) -> Value {
    let law = Law::new(world, REGISTRY);
    law.create(&law.desired(&registry(world, json!({}))), &world.mark())
        .await
        .unwrap()
}

fn user(world: &World, registry: &Value, more: Json) -> Json {
    let config = json!({
        "service_name": world.project(), "registry_id": text(registry, "id"), "login": "hub-admin",
        "email": "hub@example.org",
    });
    with(config, more)
}

async fn plan_id(world: &World, name: &str) -> Json {
    let filter = json!({ "service_name": world.project(), "region": "GRA", "plan_name": name });
    world
        .data("ovh_cloud_project_capabilities_containerregistry_filter", &filter)
        .await
        .unwrap()["id"]
        .clone()
}

#[tokio::test]
async fn a_registry_keeps_the_laws() {
    let world = World::new().await;
    let (small, medium) = (plan_id(&world, "SMALL").await, plan_id(&world, "MEDIUM").await);
    Law::new(&world, REGISTRY)
        .holds(&[
            registry(&world, json!({ "plan_id": small })),
            registry(&world, json!({ "plan_id": small, "name": "images" })),
            registry(&world, json!({ "plan_id": medium, "name": "images" })),
        ])
        .await;
    assert_eq!(
        world.sandbox.inventory().live().len(),
        0,
        "a Harbor goes with its registry"
    );
}

#[tokio::test]
async fn a_registry_that_is_ready_is_reached_by_its_url() {
    let world = World::new().await;
    let made = make(&world).await;
    assert_eq!(text(&made, "status"), "READY");
    assert!(text(&made, "url").starts_with("https://localhost:"));
    assert!(
        world.requests("GET", "/containerRegistry/") >= 2,
        "it was waited for"
    );
}

/// A status that was new to the public provider made a create fail.
#[tokio::test]
async fn issue_1200_a_status_that_is_new_to_us_is_waited_for() {
    let world = World::new().await;
    let law = Law::new(&world, REGISTRY);
    let path = r"containerRegistry/[0-9a-f-]+$";
    let body = json!({ "id": "x", "name": "hub", "region": "GRA", "status": "TELEPORTING" }).to_string();
    world.fault(
        json!({ "name": "new status", "method": "GET", "path": path, "times": 2, "phase": "before",
        "action": { "status": { "code": 200, "body": body } } }),
    );
    let made = law
        .create(&law.desired(&registry(&world, json!({}))), &world.mark())
        .await
        .unwrap();
    assert_eq!(text(&made, "status"), "READY");
}

#[tokio::test]
async fn an_installation_that_fails_says_so_and_leaves_a_registry_that_can_be_deleted() {
    let world = World::new().await;
    world.fault(
        json!({ "name": "fails", "method": "POST", "path": "containerRegistry$", "phase": "before",
        "action": { "operation": { "ms": 2000, "fails": true } } }),
    );
    let law = Law::new(&world, REGISTRY);
    let error = law
        .create(&law.desired(&registry(&world, json!({}))), &world.mark())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(error.message.contains("its status is ERROR"), "{}", error.message);
    let left = world.sandbox.inventory();
    let left = left.live_of("ovh/container_registries");
    let id = left[0].id.clone();
    assert!(
        matches!(law.read(&id, None).await.unwrap(), Observed::Present(_)),
        "a refresh goes on"
    );
    law.delete(&id, None).await.unwrap();
}

#[tokio::test]
async fn a_registry_whose_order_lost_its_answer_is_found_and_not_ordered_twice() {
    let world = World::new().await;
    let other = make(&world).await;
    world.sandbox.clock().advance(std::time::Duration::from_secs(60));
    let law = Law::new(&world, REGISTRY);
    let fault = json!({ "name": "lost", "method": "POST", "path": "containerRegistry$", "phase": "after_commit",
        "action": "drop" });
    let id = law
        .is_found_after_a_lost_answer(&registry(&world, json!({})), fault)
        .await;
    assert_ne!(
        id,
        law.resource.id(&other).unwrap(),
        "an older one of the same name is somebody's"
    );
    assert_eq!(
        world
            .sandbox
            .inventory()
            .live_of("ovh/container_registries")
            .len(),
        2
    );
}

#[tokio::test]
async fn an_order_that_is_asked_for_again_takes_over_what_the_first_made() {
    let world = World::new().await;
    let law = Law::new(&world, REGISTRY);
    let (desired, mark) = (law.desired(&registry(&world, json!({}))), world.mark());
    world.fault(
        json!({ "name": "lost", "method": "POST", "path": "containerRegistry$", "phase": "after_commit",
        "action": "drop" }),
    );
    assert_eq!(
        law.create(&desired, &mark).await.unwrap_err().kind,
        ErrorKind::Ambiguous
    );
    law.create(&desired, &mark).await.unwrap();
    assert_eq!(
        world
            .sandbox
            .inventory()
            .live_of("ovh/container_registries")
            .len(),
        1
    );
}

#[tokio::test]
async fn a_wrong_region_or_plan_is_told_with_the_right_ones_while_planning() {
    let world = World::new().await;
    let law = Law::new(&world, REGISTRY);
    let desired = law.desired(&registry(&world, json!({ "region": "GRA9" })));
    let found = world.findings(REGISTRY, None, &desired).await;
    assert!(
        found[0].0 && found[0].1.contains("`GRA9`") && found[0].1.contains("GRA, SBG"),
        "{found:?}"
    );
    let desired = law.desired(&registry(&world, json!({ "plan_id": "SMALL" })));
    let found = world.findings(REGISTRY, None, &desired).await;
    assert!(
        found[0].0 && found[0].1.contains("MEDIUM (`c5ddc763"),
        "{found:?}"
    );
    let filter =
        |region, plan| json!({ "service_name": world.project(), "region": region, "plan_name": plan });
    let source = "ovh_cloud_project_capabilities_containerregistry_filter";
    let error = world.data(source, &filter("GRA", "TINY")).await.unwrap_err();
    assert!(error.message.starts_with("Your query returned no results."));
    assert!(error.remedy.unwrap().contains("SMALL, MEDIUM, LARGE"));
    let error = world.data(source, &filter("XYZ", "SMALL")).await.unwrap_err();
    assert!(error.remedy.unwrap().contains("BHS, DE"));
}

#[tokio::test]
async fn a_smaller_plan_is_refused_while_planning() {
    let world = World::new().await;
    let law = Law::new(&world, REGISTRY);
    let medium = law.desired(&registry(
        &world,
        json!({ "plan_id": plan_id(&world, "MEDIUM").await }),
    ));
    let made = law.create(&medium, &world.mark()).await.unwrap();
    let small = law.desired(&registry(
        &world,
        json!({ "plan_id": plan_id(&world, "SMALL").await }),
    ));
    let found = world.findings(REGISTRY, Some(&made), &small).await;
    assert!(found[0].0, "{found:?}");
    assert!(
        found[0].1.contains("Plan cannot shrink") && found[0].1.contains("200 GiB"),
        "{found:?}"
    );
}

#[tokio::test]
async fn another_region_warns_that_images_are_lost() {
    let world = World::new().await;
    let made = make(&world).await;
    let desired = Law::new(&world, REGISTRY).desired(&registry(&world, json!({ "region": "DE" })));
    let found = world.findings(REGISTRY, Some(&made), &desired).await;
    assert!(
        found
            .iter()
            .any(|(fatal, text)| !fatal && text.contains("cannot move from GRA to DE")),
        "{found:?}"
    );
    assert!(world.resource(REGISTRY).schema().block.attributes["region"].replaces);
}

#[tokio::test]
async fn a_registry_of_the_same_name_is_told_while_planning() {
    let world = World::new().await;
    let made = make(&world).await;
    let desired = Law::new(&world, REGISTRY).desired(&registry(&world, json!({})));
    let found = world.findings(REGISTRY, None, &desired).await;
    assert!(
        !found[0].0 && found[0].1.contains(&text(&made, "id")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_missing_access_rule_is_told_while_planning_with_the_rule_to_grant() {
    let world = World::new().await;
    world.seed(json!({ "conditions": [{ "ovh_consumer_key_rules": { "rules": [
        { "method": "GET", "path": "/cloud/*" }, { "method": "GET", "path": "/auth/*" }] } }] }));
    let desired = Law::new(&world, REGISTRY).desired(&registry(&world, json!({})));
    let found = world.findings(REGISTRY, None, &desired).await;
    let rule = format!("`POST /cloud/project/{}/containerRegistry`", world.project());
    assert!(found[0].0 && found[0].1.contains(&rule), "{found:?}");
}

#[tokio::test]
async fn a_call_that_is_not_granted_tells_the_rule_to_grant() {
    let world = World::new().await;
    world.seed(json!({ "conditions": [
        { "ovh_not_granted": { "method": "POST", "path": "/cloud/project/*/containerRegistry" } }] }));
    let law = Law::new(&world, REGISTRY);
    let error = law
        .create(&law.desired(&registry(&world, json!({}))), &world.mark())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    let rule = format!("`POST /cloud/project/{}/containerRegistry`", world.project());
    assert!(error.remedy.unwrap().contains(&rule));
    assert!(error.request_id.unwrap().starts_with("EU.ext-"));
}

#[tokio::test]
async fn a_project_that_is_not_there_is_told_while_planning() {
    let world = World::of(json!({ "ovh_projects": [{ "id": "mine" }] })).await;
    let desired = Law::new(&world, REGISTRY).desired(&registry(&world, json!({ "service_name": "other" })));
    let found = world.findings(REGISTRY, None, &desired).await;
    assert!(
        found[0].0 && found[0].1.contains("There is no Public Cloud project other"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_user_of_a_registry_keeps_the_laws() {
    let world = World::new().await;
    let registry = make(&world).await;
    Law::new(&world, USER)
        .holds(&[user(&world, &registry, json!({}))])
        .await;
}

#[tokio::test]
async fn a_user_whose_password_was_lost_is_found_so_that_it_can_be_made_anew() {
    let world = World::new().await;
    let registry = make(&world).await;
    let law = Law::new(&world, USER);
    let fault = json!({ "name": "lost", "method": "POST", "path": "users$", "phase": "after_commit", "action": "drop" });
    let config = user(&world, &registry, json!({}));
    let id = law.is_found_after_a_lost_answer(&config, fault).await;
    law.delete(&id, None).await.unwrap();
    let made = law.create(&law.desired(&config), &world.mark()).await.unwrap();
    assert!(text(&made, "password").contains("canary"));
}

#[tokio::test]
async fn a_login_that_is_taken_is_told_while_planning_and_when_it_is_made() {
    let world = World::new().await;
    let registry = make(&world).await;
    let law = Law::new(&world, USER);
    let desired = law.desired(&user(&world, &registry, json!({})));
    let made = law.create(&desired, &world.mark()).await.unwrap();
    let found = world.findings(USER, None, &desired).await;
    assert!(
        found[0].0 && found[0].1.contains("has a user `hub-admin` already"),
        "{found:?}"
    );
    let error = law.create(&desired, &world.mark()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists(law.resource.id(&made)));
}

#[tokio::test]
async fn registries_and_their_users_are_listed() {
    let world = World::new().await;
    let registry = make(&world).await;
    let law = Law::new(&world, USER);
    law.create(&law.desired(&user(&world, &registry, json!({}))), &world.mark())
        .await
        .unwrap();
    let project = world.project();
    let one = json!({ "service_name": project, "registry_id": text(&registry, "id") });
    let read = world.data(REGISTRY, &one).await.unwrap();
    assert_eq!(read["url"], text(&registry, "url"));
    let all = world
        .data(
            "ovh_cloud_project_containerregistries",
            &json!({ "service_name": project }),
        )
        .await
        .unwrap();
    assert_eq!(all["result"][0]["name"], "hub");
    let users = world
        .data("ovh_cloud_project_containerregistry_users", &one)
        .await
        .unwrap();
    assert_eq!(users["result"][0]["user"], "hub-admin");
    let catalog = world
        .data(
            "ovh_cloud_project_capabilities_containerregistry",
            &json!({ "service_name": project }),
        )
        .await
        .unwrap();
    assert_eq!(
        catalog["result"][0]["plans"][0]["registry_limits"][0]["parallel_request"],
        15
    );
}
