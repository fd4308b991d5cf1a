//! Resource groups and registries.

use crate::harness::{World, scene};
use regprov_laws::Law;
use regprov_provider::{AnyReadMany, ErrorKind, Observed};
use serde_json::{Value as Json, json};

pub(crate) async fn group(world: &World) {
    let law = Law::new(world, "azurerm_resource_group");
    let desired = law.desired(&json!({"name": "binderhub", "location": "West Europe"}));
    law.create(&desired, &world.mark()).await.unwrap();
}

pub(crate) fn registry(more: Json) -> Json {
    let mut config = json!({
        "name": "binderhub1", "resource_group_name": "binderhub", "location": "westeurope", "sku": "Basic",
    });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

#[tokio::test]
async fn a_resource_group_keeps_the_laws() {
    let world = World::new().await;
    let config = |more: Json| {
        let mut config = json!({"name": "group-1", "location": "West Europe"});
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        config
    };
    let law = Law::new(&world, "azurerm_resource_group");
    law.holds(&[
        config(json!({})),
        config(json!({"tags": {"a": "b"}})),
        config(json!({"tags": {"a": "c", "d": "e"}})),
        config(json!({})),
    ])
    .await;
}

#[tokio::test]
async fn a_registry_keeps_the_laws() {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    law.holds(&[
        registry(json!({})),
        registry(json!({"admin_enabled": true})),
        registry(json!({"tags": {"team": "hub"}})),
        registry(json!({"role_assignment_mode": "AbacRepositoryPermissions"})),
        registry(json!({"azuread_authentication_as_arm_policy_enabled": false})),
        registry(json!({"network_rule_bypass_for_tasks_enabled": true})),
        registry(json!({"sku": "Standard", "anonymous_pull_enabled": true})),
        registry(json!({})),
    ])
    .await;
}

#[tokio::test]
async fn a_premium_registry_keeps_the_laws_through_upgrade_and_downgrade() {
    let world = World::new().await;
    group(&world).await;
    let premium = |more: Json| {
        let mut config = registry(more);
        config["sku"] = "Premium".into();
        config
    };
    let replica = |location: &str, routed: bool| json!({"location": location, "global_endpoint_routing_enabled": routed});
    let rules =
        json!([{"default_action": "Deny", "ip_rule": [{"action": "Allow", "ip_range": "1.2.3.4/32"}]}]);
    let law = Law::new(&world, "azurerm_container_registry");
    law.holds(&[
        registry(json!({})),
        premium(json!({"georeplications": [replica("North Europe", true), replica("eastus", false)]})),
        premium(json!({"georeplications": [replica("eastus", true), replica("North Europe", true)]})),
        premium(json!({"georeplications": [replica("eastus", true)], "network_rule_set": rules})),
        premium(json!({"network_rule_set": rules, "public_network_access_enabled": false, "export_policy_enabled": false})),
        premium(json!({"network_rule_set": rules, "retention_policy_in_days": 7, "quarantine_policy_enabled": true})),
        premium(json!({"network_rule_set": rules, "data_endpoint_enabled": true, "network_rule_bypass_option": "None"})),
        premium(json!({"network_rule_set": []})),
        registry(json!({"network_rule_set": []})),
    ])
    .await;
}

#[tokio::test]
async fn a_registry_can_be_made_with_replicas_at_once() {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    let old_name =
        json!([{"location": "northeurope", "regional_endpoint_enabled": true, "tags": {"a": "b"}}]);
    law.holds(&[registry(json!({"sku": "Premium", "georeplications": old_name}))])
        .await;
}

#[tokio::test]
async fn a_registry_whose_create_lost_its_answer_is_found() {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    let desired = law.desired(&registry(json!({})));
    let mark = world.mark();
    for _ in 0..2 {
        // A PUT is repeated by itself, so it is lost as often as it is sent.
        world.fault(
            json!({"name": "lost", "method": "PUT", "path": "registries/binderhub1", "nth": 1, "times": 3,
            "phase": "after_commit", "action": "drop"}),
        );
    }
    let error = law.create(&desired, &mark).await.err();
    assert!(error.is_none_or(|error| error.kind == ErrorKind::Ambiguous));
    assert_eq!(law.find(&desired, &mark).await.len(), 1);
}

#[tokio::test]
async fn many_registries_and_groups_are_read_by_one_list() {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    let mut wanted = Vec::new();
    for name in ["alpha1", "bravo2"] {
        let object = law
            .create(&law.desired(&registry(json!({"name": name}))), &world.mark())
            .await
            .unwrap();
        wanted.push((law.resource.id(&object).unwrap(), Some(object)));
    }
    wanted.push((wanted[0].0.replace("alpha1", "nothere"), None));
    let before = world.requests("GET", "registries");
    let connection = world.connection("azurerm_container_registry");
    let read = law
        .resource
        .read_many(AnyReadMany {
            connection,
            wanted: &wanted,
        })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(world.requests("GET", "registries"), before + 1);
    for ((_, object), read) in wanted.iter().zip(read) {
        match object {
            Some(object) => assert_eq!(read, Observed::Present(object.clone())),
            None => assert_eq!(read, Observed::Absent),
        }
    }
}

#[tokio::test]
async fn an_operation_that_fails_is_told_with_the_services_reason() {
    let world = World::of(&scene(json!({"knobs": {"lro_mode": "fail"}}))).await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    let error = law
        .create(&law.desired(&registry(json!({}))), &world.mark())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(
        error.message.contains("could not finish the registry"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn a_resource_provider_is_registered_when_the_service_asks_for_it() {
    let scene = scene(
        json!({"conditions": [{"unregistered_provider": {"namespace": "Microsoft.ContainerRegistry"}}]}),
    );
    let world = World::of(&scene).await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    law.create(&law.desired(&registry(json!({}))), &world.mark())
        .await
        .unwrap();
    assert_eq!(world.requests("POST", "Microsoft.ContainerRegistry/register"), 1);
}

#[tokio::test]
async fn a_group_that_holds_other_resources_is_not_deleted() {
    let world = World::new().await;
    group(&world).await;
    let registries = Law::new(&world, "azurerm_container_registry");
    registries
        .create(&registries.desired(&registry(json!({}))), &world.mark())
        .await
        .unwrap();
    let law = Law::new(&world, "azurerm_resource_group");
    let id = format!("/subscriptions/{}/resourceGroups/binderhub", world.subscription());
    let connection = world.connection("azurerm_resource_group");
    let request = regprov_provider::AnyDelete {
        connection,
        id: &id,
        prior: None,
    };
    let error = law.resource.delete(request).await.unwrap_err();
    assert!(
        error.message.contains("still holds 1 resource"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn the_admin_user_of_a_data_source_is_read_only_where_it_is_wanted() {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    law.create(
        &law.desired(&registry(json!({"admin_enabled": true}))),
        &world.mark(),
    )
    .await
    .unwrap();
    let before = world.requests("POST", "listCredentials");
    let config = json!({"name": "binderhub1", "resource_group_name": "binderhub"});
    let read = world
        .data_of("azurerm_container_registry", &config, Some(&["login_server"]))
        .await
        .unwrap();
    assert_eq!(read["sku"], "Basic");
    assert_eq!(world.requests("POST", "listCredentials"), before);
    let read = world
        .data_of("azurerm_container_registry", &config, Some(&["admin_password"]))
        .await
        .unwrap();
    assert!(read["admin_password"].as_str().unwrap().len() > 10);
    let secret = read["admin_password"].as_str().unwrap();
    assert_eq!(world.redactor.scrub(secret), regprov_http::REDACTED);
}
