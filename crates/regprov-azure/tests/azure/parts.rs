//! What is inside a registry: scope maps, tokens and their passwords, webhooks, cache rules, credential sets.

use crate::directory::text;
use crate::harness::World;
use crate::registries::{group, registry};
use regprov_laws::Law;
use regprov_provider::{AnyReadMany, Error, ErrorKind, Observed};
use regprov_value::Value;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A world with a registry; the id of it.
async fn world_with_registry(sku: &str) -> (World, String) {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, "azurerm_container_registry");
    let desired = law.desired(&registry(json!({ "sku": sku })));
    let made = law.create(&desired, &world.mark()).await.unwrap();
    let id = text(&made, "id");
    (world, id)
}

fn with(base: Json, more: Json) -> Json {
    let mut config = base;
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

fn scope_map(more: Json) -> Json {
    let base = json!({
        "name": "pushers", "resource_group_name": "binderhub", "container_registry_name": "binderhub1",
        "actions": ["repositories/app/content/read", "repositories/app/content/write"],
    });
    with(base, more)
}

fn token(registry: &str, more: Json) -> Json {
    let base = json!({
        "name": "robot", "resource_group_name": "binderhub", "container_registry_name": "binderhub1",
        "scope_map_id": format!("{registry}/scopeMaps/_repositories_push"),
    });
    with(base, more)
}

fn webhook(more: Json) -> Json {
    let base = json!({
        "name": "hook1", "resource_group_name": "binderhub", "registry_name": "binderhub1", "location": "West Europe",
        "service_uri": "https://example.com/hook", "actions": ["push"],
    });
    with(base, more)
}

fn credential_set(registry: &str, more: Json) -> Json {
    let secret = |name: &str| format!("https://vault.vault.azure.net/secrets/{name}");
    let base = json!({
        "name": "hub-login", "container_registry_id": registry, "login_server": "docker.io",
        "authentication_credentials": [{"username_secret_id": secret("user"), "password_secret_id": secret("word")}],
        "identity": [{"type": "SystemAssigned"}],
    });
    with(base, more)
}

async fn make(world: &World, name: &str, config: &Json) -> Value {
    let law = Law::new(world, name);
    law.create(&law.desired(config), &world.mark())
        .await
        .unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

/// What an import of this text would manage.
fn import(law: &Law<'_>, text: &str) -> Result<String, Error> {
    let connection = law.world.connection(law.resource.type_name());
    law.resource.parse_import(connection, text)
}

/// An object that nobody declared before is taken over by its id in any case, and reads back whole.
async fn is_imported(law: &Law<'_>, object: &Value) {
    let id = law.resource.id(object).unwrap();
    let given = id.to_uppercase().replace("/SUBSCRIPTIONS/", "/subscriptions/");
    let imported = import(law, &given).unwrap();
    assert!(imported.eq_ignore_ascii_case(&id));
    assert_eq!(import(law, &id).unwrap(), id, "an id goes round");
    assert_eq!(
        law.read(&id, None).await.unwrap(),
        Observed::Present(object.clone())
    );
    assert!(import(law, "/subscriptions/s").is_err());
}

/// A PUT is repeated by the transport itself, so it is lost as often as it is sent.
fn lost_put(path: &str) -> Json {
    json!({"name": "lost", "method": "PUT", "path": path, "times": 3, "phase": "after_commit", "action": "drop"})
}

#[tokio::test]
async fn a_scope_map_keeps_the_laws() {
    let (world, _) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_scope_map");
    law.holds(&[
        scope_map(json!({})),
        scope_map(json!({"description": "who pushes"})),
        scope_map(json!({"actions": ["repositories/team/*/content/read"]})),
        scope_map(json!({})),
    ])
    .await;
    let made = make(
        &world,
        "azurerm_container_registry_scope_map",
        &scope_map(json!({})),
    )
    .await;
    is_imported(&law, &made).await;
}

#[tokio::test]
async fn a_token_keeps_the_laws() {
    let (world, registry) = world_with_registry("Basic").await;
    make(
        &world,
        "azurerm_container_registry_scope_map",
        &scope_map(json!({})),
    )
    .await;
    let law = Law::new(&world, "azurerm_container_registry_token");
    law.holds(&[
        token(&registry, json!({})),
        token(&registry, json!({"enabled": false})),
        token(
            &registry,
            json!({"scope_map_id": format!("{registry}/scopeMaps/pushers")}),
        ),
    ])
    .await;
    let made = make(
        &world,
        "azurerm_container_registry_token",
        &token(&registry, json!({})),
    )
    .await;
    is_imported(&law, &made).await;
}

#[tokio::test]
async fn a_token_whose_create_lost_its_answer_is_found() {
    let (world, registry) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_token");
    let id = law
        .is_found_after_a_lost_answer(&token(&registry, json!({})), lost_put("tokens/robot"))
        .await;
    assert!(id.ends_with("/tokens/robot"));
}

#[tokio::test]
async fn tokens_of_one_registry_are_read_by_one_list() {
    let (world, registry) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_token");
    let mut wanted = Vec::new();
    for name in ["robot-1", "robot-2"] {
        let object = make(
            &world,
            "azurerm_container_registry_token",
            &token(&registry, json!({ "name": name })),
        )
        .await;
        wanted.push((law.resource.id(&object).unwrap(), Some(object)));
    }
    wanted.push((format!("{registry}/tokens/nobody"), None));
    let before = world.requests("GET", "/tokens");
    let connection = world.connection("azurerm_container_registry_token");
    let request = AnyReadMany {
        connection,
        wanted: &wanted,
    };
    let read = law.resource.read_many(request).await.unwrap().unwrap();
    assert_eq!(world.requests("GET", "/tokens"), before + 1);
    for ((_, object), read) in wanted.iter().zip(read) {
        assert_eq!(read, object.clone().map_or(Observed::Absent, Observed::Present));
    }
}

/// A world with a token; the id of it.
async fn world_with_token() -> (World, String) {
    let (world, registry) = world_with_registry("Basic").await;
    let made = make(
        &world,
        "azurerm_container_registry_token",
        &token(&registry, json!({})),
    )
    .await;
    let id = text(&made, "id");
    (world, id)
}

fn passwords(token: &str, first: Option<&str>, second: Option<Option<&str>>) -> Json {
    let mut config =
        json!({"container_registry_token_id": token, "password1": [{ "expiry": first }], "password2": []});
    if let Some(expiry) = second {
        config["password2"] = json!([{ "expiry": expiry }]);
    }
    config
}

/// The text of a slot.
fn secret(object: &Value, slot: &str) -> Option<String> {
    let slots = object.get(slot)?.as_items()?;
    slots.first()?.get("value")?.as_str().map(str::to_owned)
}

const PASSWORD: &str = "azurerm_container_registry_token_password";
const LATER: &str = "2027-01-01T00:00:00Z";

#[tokio::test]
async fn passwords_of_a_token_keep_the_laws() {
    let (world, token) = world_with_token().await;
    let law = Law::new(&world, PASSWORD);
    law.holds(&[
        passwords(&token, None, None),
        passwords(&token, None, Some(Some("2027-01-01T01:00:00+01:00"))),
        passwords(&token, Some(LATER), Some(Some(LATER))),
        passwords(&token, Some(LATER), None),
    ])
    .await;
}

#[tokio::test]
async fn a_password_that_does_not_change_is_not_made_anew() {
    let (world, token) = world_with_token().await;
    let law = Law::new(&world, PASSWORD);
    let one = make(&world, PASSWORD, &passwords(&token, None, None)).await;
    let first = secret(&one, "password1").unwrap();
    assert!(first.contains("canary"));
    let two = law
        .update(&one, &law.desired(&passwords(&token, None, Some(None))))
        .await
        .unwrap();
    assert_eq!(secret(&two, "password1").as_ref(), Some(&first));
    let second = secret(&two, "password2").unwrap();
    let rotated = law
        .update(&two, &law.desired(&passwords(&token, None, Some(Some(LATER)))))
        .await
        .unwrap();
    assert_eq!(secret(&rotated, "password1").as_ref(), Some(&first));
    assert_ne!(secret(&rotated, "password2").unwrap(), second);
    let back = law
        .update(&rotated, &law.desired(&passwords(&token, None, None)))
        .await
        .unwrap();
    assert_eq!(secret(&back, "password1"), Some(first));
    assert_eq!(world.requests("POST", "generateCredentials"), 3);
}

#[tokio::test]
async fn passwords_whose_answer_was_lost_are_found_and_revoked_and_made_anew() {
    let (world, token) = world_with_token().await;
    let law = Law::new(&world, PASSWORD);
    let fault = json!({"name": "lost", "method": "POST", "path": "generateCredentials", "phase": "after_commit", "action": "drop"});
    let config = passwords(&token, None, Some(None));
    let id = law.is_found_after_a_lost_answer(&config, fault).await;
    assert!(id.ends_with("/tokens/robot/passwords/password"));
    law.delete(&id, None).await.unwrap();
    assert_eq!(law.read(&id, None).await.unwrap(), Observed::Absent);
    let made = make(&world, PASSWORD, &config).await;
    assert!(secret(&made, "password1").is_some() && secret(&made, "password2").is_some());
}

#[tokio::test]
async fn a_password_whose_text_is_not_known_is_made_anew_and_the_other_stays() {
    let (world, token) = world_with_token().await;
    let law = Law::new(&world, PASSWORD);
    let config = passwords(&token, None, Some(None));
    let made = make(&world, PASSWORD, &config).await;
    let id = law.resource.id(&made).unwrap();
    let mut known = regprov_value::to_json(&made).unwrap();
    known["password1"][0]["value"] = Json::Null;
    let Observed::Present(seen) = law.read(&id, Some(&law.desired(&known))).await.unwrap() else {
        panic!("they are there")
    };
    assert_eq!(seen.get("password1").unwrap().as_items().unwrap().len(), 0);
    let healed = law.update(&seen, &law.desired(&config)).await.unwrap();
    assert_eq!(secret(&healed, "password2"), secret(&made, "password2"));
    assert!(secret(&healed, "password1").is_some());
    assert_ne!(secret(&healed, "password1"), secret(&made, "password1"));
}

#[tokio::test]
async fn passwords_are_imported_by_their_id_or_that_of_their_token_without_their_texts() {
    let (world, token) = world_with_token().await;
    let law = Law::new(&world, PASSWORD);
    let made = make(&world, PASSWORD, &passwords(&token, Some(LATER), None)).await;
    let id = law.resource.id(&made).unwrap();
    assert_eq!(import(&law, &token).unwrap(), id);
    assert_eq!(import(&law, &id).unwrap(), id);
    let Observed::Present(seen) = law.read(&id, None).await.unwrap() else {
        panic!("they are there")
    };
    assert_eq!(secret(&seen, "password1"), None);
    assert_eq!(seen.get("password1").unwrap().as_items().unwrap().len(), 1);
}

#[tokio::test]
async fn passwords_of_a_token_that_is_gone_are_gone() {
    let (world, token) = world_with_token().await;
    let law = Law::new(&world, PASSWORD);
    let made = make(&world, PASSWORD, &passwords(&token, None, None)).await;
    let id = law.resource.id(&made).unwrap();
    Law::new(&world, "azurerm_container_registry_token")
        .delete(&token, None)
        .await
        .unwrap();
    assert_eq!(law.read(&id, Some(&made)).await.unwrap(), Observed::Absent);
    law.delete(&id, Some(&made)).await.unwrap();
}

#[tokio::test]
async fn a_webhook_keeps_the_laws() {
    let (world, _) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_webhook");
    law.holds(&[
        webhook(json!({})),
        webhook(json!({"custom_headers": {"Authorization": "hidden-value"}})),
        webhook(json!({"custom_headers": {"Authorization": "other-value"}, "actions": ["push", "delete"]})),
        webhook(json!({"service_uri": "https://example.com/other", "scope": "app:*", "status": "disabled"})),
        webhook(json!({"tags": {"team": "hub"}})),
        webhook(json!({})),
    ])
    .await;
    let headers = json!({"custom_headers": {"Authorization": "hidden-value"}, "location": "westeurope"});
    let made = make(&world, "azurerm_container_registry_webhook", &webhook(headers)).await;
    is_imported(&law, &made).await;
    assert!(text(&made, "id").contains("/webHooks/hook1"));
    assert_eq!(
        world.redactor.scrub("x hidden-value y"),
        format!("x {} y", regprov_http::REDACTED),
        "headers are known to the redactor"
    );
}

#[tokio::test]
async fn a_webhook_whose_create_lost_its_answer_is_found() {
    let (world, _) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_webhook");
    law.is_found_after_a_lost_answer(&webhook(json!({})), lost_put("webHooks/hook1"))
        .await;
}

#[tokio::test]
async fn a_webhook_beyond_the_limit_of_the_sku_is_told_while_planning() {
    let (world, _) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_webhook");
    for name in ["hook1", "hook2"] {
        make(
            &world,
            "azurerm_container_registry_webhook",
            &webhook(json!({ "name": name })),
        )
        .await;
    }
    let findings = preflight(&law, &webhook(json!({"name": "hook3"}))).await;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(
        findings[0]
            .detail
            .contains("may have 2 webhooks and has 2 already")
    );
}

/// What planning a create of this configuration finds at the service.
async fn preflight(law: &Law<'_>, config: &Json) -> Vec<regprov_provider::Finding> {
    let desired = law.desired(config);
    law.resource
        .preflight(regprov_provider::AnyPreflight {
            connection: law.world.connection(law.resource.type_name()),
            prior: None,
            replaced: None,
            desired: regprov_provider::Partial(&desired),
        })
        .await
}

#[tokio::test]
async fn a_credential_set_keeps_the_laws() {
    let (world, registry) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_credential_set");
    let other = json!({"authentication_credentials": [{
        "username_secret_id": "https://vault.vault.azure.net/secrets/user2",
        "password_secret_id": "https://vault.vault.azure.net/secrets/word2",
    }]});
    law.holds(&[
        credential_set(&registry, json!({})),
        credential_set(&registry, other),
    ])
    .await;
    let made = make(
        &world,
        "azurerm_container_registry_credential_set",
        &credential_set(&registry, json!({})),
    )
    .await;
    is_imported(&law, &made).await;
    let identity = &made.get("identity").unwrap().as_items().unwrap()[0];
    assert!(!text(identity, "principal_id").is_empty());
}

#[tokio::test]
async fn a_credential_set_whose_create_lost_its_answer_is_found() {
    let (world, registry) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_credential_set");
    law.is_found_after_a_lost_answer(
        &credential_set(&registry, json!({})),
        lost_put("credentialSets/hub-login"),
    )
    .await;
}

#[tokio::test]
async fn a_cache_rule_keeps_the_laws() {
    let (world, registry) = world_with_registry("Basic").await;
    let set = make(
        &world,
        "azurerm_container_registry_credential_set",
        &credential_set(&registry, json!({"login_server": "quay.io"})),
    )
    .await;
    let rule = |more: Json| {
        let base = json!({
            "name": "quay-rule", "container_registry_id": registry, "source_repo": "quay.io/team/app", "target_repo": "app",
        });
        with(base, more)
    };
    let law = Law::new(&world, "azurerm_container_registry_cache_rule");
    law.holds(&[
        rule(json!({})),
        rule(json!({"credential_set_id": text(&set, "id")})),
    ])
    .await;
    let made = make(&world, "azurerm_container_registry_cache_rule", &rule(json!({}))).await;
    is_imported(&law, &made).await;
    let other = json!({"name": "other-rule", "target_repo": "app", "source_repo": "ghcr.io/x/app"});
    let findings = preflight(&law, &rule(other)).await;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].summary, "Overlapping cache rules");
}

#[tokio::test]
async fn a_cache_rule_of_docker_hub_keeps_its_short_source() {
    let (world, registry) = world_with_registry("Basic").await;
    let set = make(
        &world,
        "azurerm_container_registry_credential_set",
        &credential_set(&registry, json!({})),
    )
    .await;
    let law = Law::new(&world, "azurerm_container_registry_cache_rule");
    let config = json!({
        "name": "hub-rule", "container_registry_id": registry, "source_repo": "docker.io/nginx", "target_repo": "nginx",
        "credential_set_id": text(&set, "id"),
    });
    law.holds(std::slice::from_ref(&config)).await;
    law.is_found_after_a_lost_answer(&config, lost_put("cacheRules/hub-rule"))
        .await;
}

#[tokio::test]
async fn taking_the_login_away_from_a_cache_rule_replaces_it() {
    let (world, registry) = world_with_registry("Basic").await;
    let law = Law::new(&world, "azurerm_container_registry_cache_rule");
    let rule = |set: Json| {
        law.desired(&json!({
            "name": "quay-rule", "container_registry_id": registry, "source_repo": "quay.io/team/app", "target_repo": "app",
            "credential_set_id": set,
        }))
    };
    let set = format!("{registry}/credentialSets/hub-login");
    let (prior, desired) = (rule(set.clone().into()), rule(Json::Null));
    let advice = |prior: &Value, desired: &Value| {
        law.resource.plan(regprov_provider::PlanRequest {
            prior: Some(regprov_provider::Partial(prior)),
            desired: regprov_provider::Partial(desired),
            config: regprov_provider::Partial(desired),
        })
    };
    assert_eq!(advice(&prior, &desired).replace.len(), 1);
    assert!(advice(&desired, &prior).replace.is_empty());
}

#[tokio::test]
async fn a_scope_map_in_use_is_a_conflict_that_passes_with_its_token() {
    let (world, registry) = world_with_registry("Basic").await;
    let maps = Law::new(&world, "azurerm_container_registry_scope_map");
    let map = make(
        &world,
        "azurerm_container_registry_scope_map",
        &scope_map(json!({})),
    )
    .await;
    let uses = json!({"scope_map_id": text(&map, "id")});
    let token = make(
        &world,
        "azurerm_container_registry_token",
        &token(&registry, uses),
    )
    .await;
    let id = text(&map, "id");
    let request = regprov_provider::AnyDelete {
        connection: world.connection("azurerm_container_registry_scope_map"),
        id: &id,
        prior: None,
    };
    let error = maps.resource.delete(request).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    Law::new(&world, "azurerm_container_registry_token")
        .delete(&text(&token, "id"), None)
        .await
        .unwrap();
    world.sandbox.clock().advance(Duration::from_secs(1));
    maps.delete(&id, None).await.unwrap();
}
