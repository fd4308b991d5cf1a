//! Every resource type is held to the laws: one that is added without an example here fails.

use crate::harness::{World, text};
use crate::projects;
use regprov_laws::{Law, differences};
use regprov_provider::Observed;
use serde_json::{Value as Json, json};

/// Makes an object that the example of another type needs.
async fn made(world: &World, name: &str, config: Json) -> String {
    let law = Law::new(world, name);
    let made = law.create(&law.desired(&config), &world.mark()).await.unwrap();
    text(&made, "id")
}

/// The number of a registry elsewhere.
async fn upstream(world: &World) -> i64 {
    let config = json!({ "provider_name": "docker-hub", "name": "upstream", "endpoint_url": "https://hub.docker.com" });
    let id = made(world, "harbor_registry", config).await;
    id.rsplit('/').next().unwrap().parse().unwrap()
}

/// The example with other arguments beside or in place of its own.
fn with(example: &Json, more: Json) -> Json {
    let mut example = example.clone();
    for (name, value) in more.as_object().unwrap() {
        example[name] = value.clone();
    }
    example
}

/// What the settings of the whole Harbor are: nobody makes or deletes them.
fn settings(name: &str) -> Option<Vec<Json>> {
    Some(match name {
        "harbor_config_auth" => {
            let oidc = json!({ "auth_mode": "oidc_auth", "oidc_name": "id", "oidc_endpoint": "https://id.example.com",
                "oidc_client_id": "harbor", "oidc_client_secret": "hush", "oidc_scope": "openid,email",
                "oidc_verify_cert": true });
            let ldap = json!({ "auth_mode": "ldap_auth", "ldap_url": "ldaps://ldap.example.com",
                "ldap_base_dn": "dc=example", "ldap_uid": "uid", "ldap_search_password": "hush",
                "ldap_scope": "onelevel" });
            vec![
                oidc.clone(),
                with(
                    &oidc,
                    json!({ "oidc_admin_group": "admins", "primary_auth_mode": true, "oidc_logout": true }),
                ),
                ldap.clone(),
                with(
                    &ldap,
                    json!({ "ldap_group_base_dn": "ou=groups,dc=example", "ldap_verify_cert": true }),
                ),
                json!({ "auth_mode": "db_auth" }),
            ]
        }
        "harbor_config_system" => vec![
            json!({}),
            json!({ "project_creation_restriction": "everyone", "robot_token_expiration": 60, "token_expiration": 45,
                "session_timeout": 90, "storage_per_project": 100, "scanner_skip_update_pulltime": true }),
            json!({ "banner_message": [{ "message": "hello", "type": "warning", "closable": true }],
                "notification_enable": false, "disabled_audit_log_event_types": "pull_artifact" }),
        ],
        "harbor_config_security" => vec![
            json!({ "cve_allowlist": ["CVE-2024-1"] }),
            json!({ "cve_allowlist": ["CVE-2024-2", "CVE-2024-1"], "expires_at": 1_900_000_000 }),
            json!({ "cve_allowlist": [] }),
        ],
        _ => return None,
    })
}

/// A configuration of a type, and changes of it in place.
async fn examples(world: &World, name: &str) -> Vec<Json> {
    match name {
        "harbor_garbage_collection" => vec![
            json!({ "schedule": "Weekly", "delete_untagged": true }),
            json!({ "schedule": "0 30 2 * * *", "workers": 2 }),
        ],
        "harbor_group" => vec![json!({ "group_name": "guests", "group_type": 3 })],
        "harbor_interrogation_services" => vec![
            json!({ "vulnerability_scan_policy": "Daily" }),
            json!({ "vulnerability_scan_policy": "0 0 3 * * *" }),
        ],
        "harbor_tasks" => vec![
            json!({ "vulnerability_scan_policy": "hourly" }),
            json!({ "vulnerability_scan_policy": "weekly" }),
        ],
        "harbor_label" => {
            let label = json!({ "name": "stable", "color": "#00AA00" });
            vec![
                label.clone(),
                with(&label, json!({ "description": "for all projects" })),
            ]
        }
        "harbor_preheat_instance" => {
            let instance =
                json!({ "name": "peers", "vendor": "dragonfly", "endpoint": "http://peers.example.com" });
            vec![
                instance.clone(),
                with(
                    &instance,
                    json!({ "auth_mode": "OAUTH", "token": "hush", "enabled": false }),
                ),
                with(
                    &instance,
                    json!({ "vendor": "kraken", "insecure": true, "description": "kraken" }),
                ),
            ]
        }
        "harbor_purge_audit_log" => {
            let purge = json!({ "schedule": "Daily", "audit_retention_hour": 24, "include_event_types": "create_artifact" });
            vec![purge.clone(), with(&purge, json!({ "audit_retention_hour": 72 }))]
        }
        "harbor_user" => {
            let person = json!({ "username": "Bob.X", "password": "Secret12345", "full_name": "Bob",
                "email": "bob@example.com" });
            vec![
                person.clone(),
                with(&person, json!({ "email": "robert@example.com" })),
                with(&person, json!({ "admin": true, "password": "Other12345" })),
            ]
        }
        other => of_registries(world, other).await,
    }
}

/// The same for registries elsewhere, and what names them.
async fn of_registries(world: &World, name: &str) -> Vec<Json> {
    match name {
        "harbor_project" => {
            let mirror =
                json!({ "name": "mirror", "registry_id": upstream(world).await, "storage_quota": -1 });
            vec![
                mirror.clone(),
                with(&mirror, json!({ "storage_quota": 7, "proxy_speed_kb": 512 })),
            ]
        }
        "harbor_registry" => {
            let registry = json!({ "provider_name": "harbor", "name": "other", "endpoint_url": "https://other.example.com",
                "access_id": "robot$pull", "access_secret": "Secret12345" });
            vec![
                registry.clone(),
                with(
                    &registry,
                    json!({ "insecure": true, "description": "the other one" }),
                ),
            ]
        }
        "harbor_replication" => {
            let policy = json!({ "name": "copies", "action": "pull", "registry_id": upstream(world).await, "schedule": "manual" });
            vec![
                policy.clone(),
                with(
                    &policy,
                    json!({ "schedule": "0 0 0 * * *", "filters": [
                    { "name": "library/**" }, { "tag": "v*" }, { "resource": "image" },
                    { "labels": ["stable"] }] }),
                ),
                with(
                    &policy,
                    json!({ "override": false, "speed": 100, "dest_namespace": "app",
                    "dest_namespace_replace": 1 }),
                ),
            ]
        }
        other => of_a_project(world, other).await,
    }
}

/// The same for what belongs to a project.
async fn of_a_project(world: &World, name: &str) -> Vec<Json> {
    let project = text(&projects::make(world, "app").await, "id");
    let of_project = |more: Json| with(&json!({ "project_id": project }), more);
    match name {
        "harbor_immutable_tag_rule" => {
            let rule = of_project(json!({ "repo_matching": "**", "tag_matching": "v*" }));
            vec![rule.clone(), with(&rule, json!({ "disabled": true }))]
        }
        "harbor_project_member_group" => {
            made(
                world,
                "harbor_group",
                json!({ "group_name": "staff", "group_type": 2 }),
            )
            .await;
            let member = of_project(json!({ "group_name": "staff", "type": "internal", "role": "guest" }));
            vec![member.clone(), with(&member, json!({ "role": "projectadmin" }))]
        }
        "harbor_project_member_user" => {
            let ann = json!({ "username": "ann", "password": "Secret12345", "full_name": "Ann", "email": "ann@example.com" });
            made(world, "harbor_user", ann).await;
            let member = of_project(json!({ "user_name": "ann", "role": "limitedguest" }));
            vec![member.clone(), with(&member, json!({ "role": "developer" }))]
        }
        "harbor_project_webhook" => {
            let hook = of_project(json!({ "name": "hook", "address": "https://hooks.example.com/a",
                "notify_type": "http", "events_types": ["PUSH_ARTIFACT", "DELETE_ARTIFACT"] }));
            vec![
                hook.clone(),
                with(
                    &hook,
                    json!({ "events_types": ["PULL_ARTIFACT"], "auth_header": "Bearer hush" }),
                ),
                with(&hook, json!({ "notify_type": "slack", "enabled": false })),
            ]
        }
        "harbor_retention_policy" => {
            let policy = |rule: Json| {
                let rule = with(&json!({ "repo_matching": "**", "tag_matching": "**" }), rule);
                json!({ "scope": project, "schedule": "Daily", "rule": [rule] })
            };
            vec![
                policy(json!({ "n_days_since_last_pull": 30, "untagged_artifacts": false })),
                policy(json!({ "n_days_since_last_push": 7 })),
                policy(json!({ "most_recently_pulled": 3 })),
                policy(json!({ "most_recently_pushed": 5, "disabled": true })),
                policy(json!({ "always_retain": true })),
            ]
        }
        "harbor_robot_account" => {
            let allowed = |kind: &str, namespace: &str, pairs: &[(&str, &str)]| {
                let access: Vec<Json> = pairs
                    .iter()
                    .map(|(resource, action)| json!({ "resource": resource, "action": action }))
                    .collect();
                json!({ "kind": kind, "namespace": namespace, "access": access })
            };
            let pushes = allowed(
                "project",
                "app",
                &[("repository", "push"), ("repository", "pull")],
            );
            let robot = json!({ "name": "ci", "level": "system", "permissions": [pushes] });
            vec![
                robot.clone(),
                with(&robot, json!({ "description": "two\nlines", "duration": 90 })),
                with(
                    &robot,
                    json!({ "permissions": [pushes, allowed("system", "/", &[("project", "list")])] }),
                ),
            ]
        }
        other => panic!("{other} has no example: every type is held to the laws"),
    }
}

#[tokio::test]
async fn every_type_keeps_the_laws() {
    let types: Vec<String> = World::new().await.providers[0]
        .resources()
        .iter()
        .map(|resource| resource.type_name().to_owned())
        .collect();
    assert_eq!(types.len(), 20);
    let mut broken = Vec::new();
    for name in types {
        // A law that is broken panics; the others are tried all the same.
        let tried = name.clone();
        if tokio::spawn(async move { keeps_the_laws(&tried).await })
            .await
            .is_err()
        {
            broken.push(name);
        }
    }
    assert!(broken.is_empty(), "laws are broken by {broken:?}");
}

async fn keeps_the_laws(name: &str) {
    let world = World::new().await;
    // The law looks for neighbours that are not there, by numbers that end otherwise.
    for number in 0..10 {
        let made = projects::make(&world, &format!("gone{number}")).await;
        let law = Law::new(&world, "harbor_project");
        law.delete(&text(&made, "id"), Some(&made)).await.unwrap();
    }
    let law = Law::new(&world, name);
    match settings(name) {
        Some(settings) => stay(&law, &settings).await,
        None => law.holds(&examples(&world, name).await).await,
    }
}

/// Settings are written, read back, imported by a name that never changes, and stay when they are no longer managed.
async fn stay(law: &Law<'_>, configs: &[Json]) {
    let block = &law.resource.schema().block;
    let mut object = law
        .create(&law.desired(&configs[0]), &law.world.mark())
        .await
        .unwrap();
    let id = law.resource.id(&object).unwrap();
    for config in configs {
        let desired = law.desired(config);
        object = law.update(&object, &desired).await.unwrap();
        let Observed::Present(read) = law.read(&id, Some(&object)).await.unwrap() else {
            panic!("settings are always there")
        };
        let wrong = differences(block, &desired, &read, "");
        assert!(wrong.is_empty(), "{id} after {config}:\n{}", wrong.join("\n"));
    }
    let connection = law.world.connection(law.resource.type_name());
    let parsed = law.resource.parse_import(connection, &id);
    assert_eq!(parsed.unwrap(), id, "settings are imported by their id");
    for _ in 0..2 {
        law.delete(&id, Some(&object)).await.unwrap();
    }
    assert!(matches!(law.read(&id, None).await.unwrap(), Observed::Present(_)));
}

/// Harbor does not tell who signs in, so that an import cannot know it, and this is no law.
#[tokio::test]
async fn a_preheat_instance_changes_to_one_that_is_signed_in_to() {
    let world = World::new().await;
    let law = Law::new(&world, "harbor_preheat_instance");
    let open = json!({ "name": "peers", "vendor": "dragonfly", "endpoint": "http://peers.example.com" });
    let made = law.create(&law.desired(&open), &world.mark()).await.unwrap();
    let login = json!({ "auth_mode": "BASIC", "username": "bob", "password": "hush" });
    let changed = law
        .update(&made, &law.desired(&with(&open, login)))
        .await
        .unwrap();
    assert_eq!(text(&changed, "auth_mode"), "BASIC");
    let read = law.read(&text(&changed, "id"), Some(&changed)).await.unwrap();
    assert_eq!(read, Observed::Present(changed));
}

/// An import does not know whether a scanner was asked for, so that this is no law.
#[tokio::test]
async fn the_default_scanner_is_set_and_read_where_it_is_written() {
    let world = World::new().await;
    let law = Law::new(&world, "harbor_interrogation_services");
    let config = json!({ "vulnerability_scan_policy": "Daily", "default_scanner": "trivy" });
    let made = law.create(&law.desired(&config), &world.mark()).await.unwrap();
    let read = law.read(&text(&made, "id"), Some(&made)).await.unwrap();
    assert_eq!(read, Observed::Present(made));
    let unknown = json!({ "vulnerability_scan_policy": "Daily", "default_scanner": "Clair" });
    let error = law
        .create(&law.desired(&unknown), &world.mark())
        .await
        .unwrap_err();
    let told = format!("{} {}", error.message, error.remedy.unwrap_or_default());
    assert!(told.contains("Clair") && told.contains("Trivy"), "{told}");
}

/// What each type is imported by; the public provider imports most of them by the same text.
const IDS: &[(&str, &str)] = &[
    ("harbor_config_auth", "/configurations"),
    ("harbor_config_security", "/system/CVEAllowlist"),
    ("harbor_config_system", "configuration/system"),
    ("harbor_garbage_collection", "/system/gc/schedule"),
    ("harbor_group", "/usergroups/4"),
    ("harbor_immutable_tag_rule", "/projects/2/immutabletagrules/3"),
    ("harbor_interrogation_services", "/system/scanAll/schedule"),
    ("harbor_tasks", "tasks"),
    ("harbor_label", "/labels/5"),
    ("harbor_preheat_instance", "/p2p/preheat/instances/peers"),
    ("harbor_project", "/projects/2"),
    ("harbor_project_member_group", "/projects/2/members/9"),
    ("harbor_project_member_user", "/projects/2/members/8"),
    ("harbor_project_webhook", "/projects/2/webhook/policies/1"),
    ("harbor_purge_audit_log", "/system/purgeaudit/schedule"),
    ("harbor_registry", "/registries/6"),
    ("harbor_replication", "/replication/policies/7"),
    ("harbor_retention_policy", "/retentions/10"),
    ("harbor_robot_account", "/robots/11"),
    ("harbor_user", "/users/12"),
];

#[tokio::test]
async fn every_type_has_a_text_to_import_it_by() {
    let world = World::new().await;
    let resources = world.providers[0].resources();
    let types: Vec<&str> = resources.iter().map(|resource| resource.type_name()).collect();
    let told: Vec<&str> = IDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(types, told);
    for (name, id) in IDS {
        let parsed = world.resource(name).parse_import(world.connection(name), id);
        assert_eq!(parsed.unwrap(), *id, "{name}");
        let other = world
            .resource(name)
            .parse_import(world.connection(name), "no such thing / 1");
        let wrong = other.expect_err(name);
        let told = format!("{} {}", wrong.message, wrong.remedy.unwrap_or_default());
        assert!(
            told.contains("/") || *name == "harbor_tasks",
            "{name} does not tell the form: {told}"
        );
    }
}
