//! Every resource type is held to the laws: one that is added without an example here fails.

use crate::harness::{World, text};
use crate::{registries, users};
use regprov_laws::Law;
use serde_json::{Value as Json, json};

/// A configuration of a type, and changes of it in place.
async fn examples(world: &World, name: &str) -> Vec<Json> {
    let in_project = |more: Json| with(&json!({ "service_name": world.project() }), more);
    let registry = async || {
        let registry = registries::make(world).await;
        in_project(json!({ "registry_id": text(&registry, "id") }))
    };
    let of_user = async || {
        let user = users::make(world).await;
        in_project(json!({ "user_id": text(&user, "id") }))
    };
    match name {
        "ovh_cloud_project_containerregistry" => {
            let registry = in_project(json!({ "name": "hub", "region": "GRA" }));
            vec![registry.clone(), with(&registry, json!({ "name": "images" }))]
        }
        "ovh_cloud_project_containerregistry_iam" => {
            vec![with(&registry().await, json!({ "delete_users": true }))]
        }
        "ovh_cloud_project_containerregistry_ip_restrictions_management"
        | "ovh_cloud_project_containerregistry_ip_restrictions_registry" => {
            let registry = registry().await;
            vec![
                with(
                    &registry,
                    json!({ "ip_restrictions": [{ "ip_block": "10.0.0.0/8", "description": "a" }] }),
                ),
                with(
                    &registry,
                    json!({ "ip_restrictions": [{ "ip_block": "10.0.0.1" }, { "ip_block": "192.0.2.0/24" }] }),
                ),
            ]
        }
        "ovh_cloud_project_containerregistry_oidc" => {
            let provider = json!({ "oidc_name": "keycloak", "oidc_endpoint": "https://id.example.org",
                "oidc_client_id": "harbor", "oidc_client_secret": "hush", "oidc_scope": "openid" });
            let oidc = with(&registry().await, provider);
            vec![
                oidc.clone(),
                with(
                    &oidc,
                    json!({ "oidc_admin_group": "admins", "oidc_user_claim": "email" }),
                ),
            ]
        }
        "ovh_cloud_project_containerregistry_user" => {
            vec![with(
                &registry().await,
                json!({ "login": "hub-admin", "email": "hub@example.org" }),
            )]
        }
        "ovh_cloud_project_user" => {
            let user = in_project(json!({ "description": "s3", "role_name": "objectstore_operator" }));
            vec![
                user.clone(),
                with(&user, json!({ "role_name": "compute_operator" })),
            ]
        }
        "ovh_cloud_project_user_s3_credential" => vec![of_user().await],
        "ovh_cloud_project_user_s3_policy" => {
            let user = of_user().await;
            let policy = |action: &str| {
                let statement =
                    json!({ "Effect": "Allow", "Action": [action], "Resource": ["arn:aws:s3:::b/*"] });
                with(
                    &user,
                    json!({ "policy": json!({ "Statement": [statement] }).to_string() }),
                )
            };
            vec![policy("s3:GetObject"), policy("s3:PutObject")]
        }
        "ovh_cloud_project_storage" => {
            let bucket = in_project(json!({ "region_name": "GRA", "name": "hub-images" }));
            vec![
                bucket.clone(),
                with(&bucket, json!({ "tags": { "team": "hub" } })),
            ]
        }
        other => panic!("{other} has no example: every type is held to the laws"),
    }
}

/// The example with other arguments beside or in place of its own.
fn with(example: &Json, more: Json) -> Json {
    let mut example = example.clone();
    for (name, value) in more.as_object().unwrap() {
        example[name] = value.clone();
    }
    example
}

#[tokio::test]
async fn every_type_keeps_the_laws() {
    let types: Vec<String> = World::new().await.providers[0]
        .resources()
        .iter()
        .map(|resource| resource.type_name().to_owned())
        .collect();
    assert_eq!(types.len(), 10);
    let mut broken = Vec::new();
    for name in types {
        // A law that is broken panics; the others are tried all the same.
        let tried = name.clone();
        let law = tokio::spawn(async move {
            let world = World::new().await;
            Law::new(&world, &tried)
                .holds(&examples(&world, &tried).await)
                .await;
        });
        if law.await.is_err() {
            broken.push(name);
        }
    }
    assert!(broken.is_empty(), "laws are broken by {broken:?}");
}

/// What each type is imported by, as the public provider imports it.
const IDS: &[(&str, &str)] = &[
    ("ovh_cloud_project_containerregistry", "p/r"),
    ("ovh_cloud_project_containerregistry_iam", "p/r"),
    (
        "ovh_cloud_project_containerregistry_ip_restrictions_management",
        "p/r",
    ),
    (
        "ovh_cloud_project_containerregistry_ip_restrictions_registry",
        "p/r",
    ),
    ("ovh_cloud_project_containerregistry_oidc", "p/r"),
    ("ovh_cloud_project_containerregistry_user", "p/r/7"),
    ("ovh_cloud_project_user_s3_credential", "p/501/abc"),
    ("ovh_cloud_project_user_s3_policy", "p/501"),
    ("ovh_cloud_project_storage", "p/GRA/hub-images"),
    ("ovh_cloud_project_user", "p/501"),
];

#[tokio::test]
async fn every_type_has_a_text_to_import_it_by() {
    let world = World::new().await;
    let resources = world.providers[0].resources();
    let types: Vec<&str> = resources.iter().map(|resource| resource.type_name()).collect();
    let told: Vec<&str> = IDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(types, told);
    for (name, id) in IDS {
        let resource = world.resource(name);
        assert_eq!(
            resource.parse_import(world.connection(name), id).unwrap(),
            *id,
            "{name}"
        );
        let wrong = resource
            .parse_import(world.connection(name), "a/b/c/d/e")
            .expect_err(name);
        assert!(wrong.remedy.unwrap().contains("service_name/"), "{name}");
    }
}
