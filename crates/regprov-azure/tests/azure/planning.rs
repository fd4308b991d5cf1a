//! What is told while planning.

use crate::directory::{service_principal, text};
use crate::harness::{World, scene};
use crate::registries::{group, registry};
use regprov_laws::Law;
use regprov_provider::{AnyPlan, AnyPreflight, Finding, Partial};
use regprov_value::{Data, Type, Value};
use serde_json::{Value as Json, json};
use std::sync::Arc;

async fn preflight(world: &World, name: &str, config: &Json) -> Vec<Finding> {
    let law = Law::new(world, name);
    let desired = law.desired(config);
    checked(world, &law, &desired).await
}

async fn checked(world: &World, law: &Law<'_>, desired: &Value) -> Vec<Finding> {
    let connection = world.connection(law.resource.type_name());
    law.resource
        .preflight(AnyPreflight {
            connection,
            prior: None,
            replaced: None,
            desired: Partial(desired),
        })
        .await
}

fn planned(world: &World, name: &str, config: &Json) -> Vec<Finding> {
    let law = Law::new(world, name);
    let desired = law.desired(config);
    let (desired, config) = (Partial(&desired), Partial(&desired));
    law.resource
        .plan(AnyPlan {
            prior: None,
            desired,
            config,
        })
        .findings
}

fn only(findings: Vec<Finding>) -> Finding {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.into_iter().next().expect("there is one")
}

fn about(finding: &Finding) -> String {
    finding.path.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// The object with an attribute known only after apply.
fn opened(object: &Value, name: &str) -> Value {
    let Data::Object(entries) = &object.data else {
        panic!("it is an object")
    };
    let mut entries = (**entries).clone();
    entries.insert(name.into(), Value::unknown(Type::String));
    Data::Object(Arc::new(entries)).into()
}

#[tokio::test]
async fn nothing_is_said_where_nothing_is_wrong() {
    let world = World::new().await;
    group(&world).await;
    assert_eq!(
        preflight(&world, "azurerm_container_registry", &registry(json!({}))).await,
        []
    );
    assert_eq!(
        planned(&world, "azurerm_container_registry", &registry(json!({}))),
        []
    );
    assert_eq!(
        planned(
            &world,
            "azurerm_container_registry",
            &registry(json!({"network_rule_set": []}))
        ),
        []
    );
    let principal = service_principal(&world).await;
    let config = json!({
        "scope": format!("/subscriptions/{}/resourceGroups/binderhub/providers/Microsoft.ContainerRegistry/registries/notyet", world.subscription()),
        "role_definition_name": "AcrPush", "principal_id": text(&principal, "object_id"),
    });
    assert_eq!(preflight(&world, "azurerm_role_assignment", &config).await, []);
}

#[tokio::test]
async fn a_name_that_someone_else_has_is_told() {
    let world = World::of(&scene(
        json!({"conditions": [{"name_taken": {"name": "binderhub1"}}]}),
    ))
    .await;
    let found = only(preflight(&world, "azurerm_container_registry", &registry(json!({}))).await);
    assert!(found.fatal && about(&found) == "name", "{found:#?}");
    assert!(
        found.detail.contains("belongs to someone else"),
        "{}",
        found.detail
    );
}

#[tokio::test]
async fn a_name_that_we_have_in_another_group_is_told_with_its_import_id() {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    law.create(&law.desired(&registry(json!({}))), &world.mark())
        .await
        .unwrap();
    let elsewhere = registry(json!({"resource_group_name": "other"}));
    let found = only(preflight(&world, "azurerm_container_registry", &elsewhere).await);
    assert!(
        found.detail.contains("resource group `binderhub`"),
        "{}",
        found.detail
    );
    assert!(found.remedy.unwrap().contains("/registries/binderhub1"));
    // The planner itself says where the very object exists.
    assert_eq!(
        preflight(&world, "azurerm_container_registry", &registry(json!({}))).await,
        []
    );
}

#[tokio::test]
async fn an_unknown_region_is_told_with_near_ones() {
    let world = World::new().await;
    let config = json!({"name": "group", "location": "westeurop"});
    let found = only(preflight(&world, "azurerm_resource_group", &config).await);
    assert!(found.fatal && about(&found) == "location");
    assert!(found.remedy.unwrap().contains("`westeurope` (West Europe)"));
}

#[tokio::test]
async fn an_unknown_role_is_told_with_near_ones() {
    let world = World::new().await;
    let config = json!({
        "scope": format!("/subscriptions/{}", world.subscription()), "role_definition_name": "AcrPusher",
        "principal_id": "11111111-1111-4111-8111-111111111111", "skip_service_principal_aad_check": true,
    });
    let found = only(preflight(&world, "azurerm_role_assignment", &config).await);
    assert!(
        found.fatal && about(&found) == "role_definition_name",
        "{found:#?}"
    );
    assert!(found.remedy.unwrap().contains("`AcrPush`"));
}

#[tokio::test]
async fn premium_arguments_of_a_basic_registry_are_told_each_at_its_place() {
    let world = World::new().await;
    let found = planned(
        &world,
        "azurerm_container_registry",
        &registry(json!({
            "georeplications": [{"location": "northeurope", "global_endpoint_routing_enabled": true}],
            "public_network_access_enabled": false, "retention_policy_in_days": 7, "anonymous_pull_enabled": true,
            "network_rule_set": [{"default_action": "Deny"}],
        })),
    );
    let places: Vec<String> = found.iter().map(about).collect();
    assert_eq!(
        places,
        [
            "georeplications",
            "network_rule_set",
            "public_network_access_enabled",
            "retention_policy_in_days",
            "anonymous_pull_enabled"
        ]
    );
    assert!(
        found
            .iter()
            .all(|finding| finding.fatal && finding.detail.contains("Basic"))
    );
}

#[tokio::test]
async fn who_may_not_assign_roles_learns_it_while_planning() {
    let world = World::of(&scene(json!({"conditions": [{"no_permission": {
        "principal": "operator", "action": "Microsoft.Authorization/roleAssignments/write"}}]})))
    .await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_role_assignment");
    let scope = format!("/subscriptions/{}/resourceGroups/binderhub", world.subscription());
    let desired =
        law.desired(&json!({"scope": scope, "role_definition_name": "AcrPush", "principal_id": ""}));
    let desired = opened(&desired, "principal_id");
    let found = only(checked(&world, &law, &desired).await);
    assert_eq!(found.summary, "No permission to assign roles", "{found:#?}");
    assert!(
        found
            .remedy
            .unwrap()
            .contains("az role assignment create --assignee")
    );
}

#[tokio::test]
async fn a_client_id_in_the_place_of_an_object_id_is_told_with_the_right_one() {
    let world = World::new().await;
    let principal = service_principal(&world).await;
    let config = json!({
        "scope": format!("/subscriptions/{}", world.subscription()), "role_definition_name": "AcrPush",
        "principal_id": text(&principal, "client_id"),
    });
    // Another process made it: what this one remembers does not help.
    let found = only(preflight(&world, "azurerm_role_assignment", &config).await);
    assert!(found.fatal && about(&found) == "principal_id", "{found:#?}");
    assert!(
        found.detail.contains("is a client id")
            && found.remedy.unwrap().contains(&text(&principal, "object_id"))
    );
}

#[tokio::test]
async fn an_assignment_that_exists_under_another_name_is_told_with_its_id() {
    let world = World::new().await;
    let principal = text(&service_principal(&world).await, "object_id");
    let scope = format!("/subscriptions/{}", world.subscription());
    let law = Law::new(&world, "azurerm_role_assignment");
    let mut config = json!({"scope": scope, "role_definition_name": "AcrPush", "principal_id": principal});
    config["name"] = "11111111-1111-4111-8111-111111111111".into();
    let made = law.create(&law.desired(&config), &world.mark()).await.unwrap();
    config["name"] = Json::Null;
    let found = only(preflight(&world, "azurerm_role_assignment", &config).await);
    assert!(found.remedy.unwrap().contains(&text(&made, "id")));
}

#[tokio::test]
async fn a_service_principal_that_exists_is_told_with_its_import_id() {
    let world = World::new().await;
    let principal = service_principal(&world).await;
    let config = json!({"client_id": text(&principal, "client_id")});
    let found = only(preflight(&world, "azuread_service_principal", &config).await);
    assert!(found.remedy.unwrap().contains(&text(&principal, "id")));
}

#[tokio::test]
async fn a_second_application_of_a_name_is_told_where_that_is_wanted() {
    let world = World::new().await;
    service_principal(&world).await;
    let config = |unique: bool| json!({"display_name": "pusher", "prevent_duplicate_names": unique});
    assert_eq!(preflight(&world, "azuread_application", &config(false)).await, []);
    let found = only(preflight(&world, "azuread_application", &config(true)).await);
    assert!(found.fatal && found.detail.contains("exists already"));
}

#[tokio::test]
async fn who_may_not_create_registries_learns_it_while_planning() {
    let world = World::of(&scene(json!({"conditions": [{"no_permission": {
        "principal": "operator", "action": "Microsoft.ContainerRegistry/registries/write"}}]})))
    .await;
    let found = only(preflight(&world, "azurerm_container_registry", &registry(json!({}))).await);
    assert!(
        found.fatal && found.summary == "No permission to create registries",
        "{found:#?}"
    );
    assert!(found.remedy.unwrap().contains("--role \"Contributor\""));
}

#[tokio::test]
async fn what_may_be_done_is_asked_once_per_scope() {
    let world = World::new().await;
    for name in ["alpha1", "bravo2", "charlie3"] {
        assert_eq!(
            preflight(
                &world,
                "azurerm_container_registry",
                &registry(json!({"name": name}))
            )
            .await,
            []
        );
    }
    assert_eq!(
        world.requests("GET", "Microsoft.Authorization/permissions"),
        2,
        "one for the group, one above it"
    );
    assert_eq!(world.requests("GET", "/locations"), 1);
}
