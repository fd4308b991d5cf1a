//! Instances that stand for a Harbor of a configuration, and those that come and go with a registry of another service.

use serde_json::{Value, json};

use super::{ADMIN, NAME, World};
use crate::scene::{SceneHarbor, SceneHarborProject};

fn wish(username: &str, password: &str) -> SceneHarbor {
    SceneHarbor {
        url: format!("https://{NAME}/"),
        username: Some(username.to_owned()),
        password: Some(password.to_owned()),
        ..SceneHarbor::default()
    }
}

#[tokio::test]
async fn the_credentials_of_a_configuration_are_an_administrators() {
    let world = World::new().await;
    world.provide(wish("ops", "Another12345"));
    world
        .api_as(("ops", "Another12345"), "GET", "/users", Value::Null)
        .await
        .expect(200);
    world.provide(wish("ops", "Changed12345"));
    world
        .api_as(("ops", "Changed12345"), "GET", "/users", Value::Null)
        .await
        .expect(200);
    world.provide(wish("robot$ci", "Robots12345"));
    world
        .api_as(
            ("robot$ci", "Robots12345"),
            "POST",
            "/projects",
            json!({ "project_name": "a" }),
        )
        .await
        .expect(201);
    world
        .api_as(ADMIN, "GET", "/users", Value::Null)
        .await
        .expect(200);
    let live: Vec<String> = world
        .sandbox
        .inventory()
        .live()
        .iter()
        .map(|item| item.kind.clone())
        .collect();
    assert!(
        live.iter()
            .all(|kind| kind != "harbor/users" && kind != "harbor/robots"),
        "{live:?}"
    );
}

#[tokio::test]
async fn an_account_that_a_client_made_keeps_its_password() {
    let world = World::new().await;
    let user =
        json!({ "username": "ada", "email": "a@example.org", "realname": "Ada", "password": "Secret12345" });
    world.api("POST", "/users", user).await.expect(201);
    world.provide(wish("ada", "Guessed12345"));
    world
        .api_as(("ada", "Guessed12345"), "GET", "/users/current", Value::Null)
        .await
        .expect(401);
    world
        .api_as(("ada", "Secret12345"), "GET", "/users", Value::Null)
        .await
        .expect(403);
}

#[tokio::test]
async fn without_credentials_an_instance_tells_its_own() {
    let world = World::new().await;
    let access = world.provide(SceneHarbor {
        url: "harbor.other".to_owned(),
        ..SceneHarbor::default()
    });
    assert_eq!(access.username.as_deref(), Some("admin"));
    assert_eq!(access.url, "https://localhost:40002");
    let again = world.provide(SceneHarbor {
        url: access.url.clone(),
        ..SceneHarbor::default()
    });
    assert_eq!(
        again.url, access.url,
        "an address of the sandbox stands for itself"
    );
}

#[tokio::test]
async fn a_project_of_a_scene_holds_what_the_scene_says() {
    let world = World::new().await;
    let id = world.project("builds").await;
    let project = |name: &str| SceneHarborProject {
        name: name.to_owned(),
        used: 3 << 30,
    };
    world.provide(SceneHarbor {
        projects: vec![project("builds"), project("older")],
        ..wish("admin", ADMIN.1)
    });
    for path in [
        format!("/projects/{id}/summary"),
        "/projects/older/summary".to_owned(),
    ] {
        let told = world.get(&path).await.expect(200);
        assert_eq!(told.body["quota"]["used"]["storage"], 3_u64 << 30, "{path}");
    }
    let inventory = world.sandbox.inventory();
    let projects = inventory
        .live()
        .iter()
        .filter(|item| item.kind == "harbor/projects")
        .count();
    assert_eq!(projects, 1, "what a scene made is nobody's work");
}

/// A group of a directory as a member of a project.
async fn takes_in(world: &World, group: Value) -> u16 {
    let wish = json!({ "role_id": 2, "member_group": group });
    world.api("POST", "/projects/builds/members", wish).await.status
}

#[tokio::test]
async fn groups_of_a_directory_are_taken_in_where_people_sign_in_by_it() {
    let ldap = json!({ "group_type": 1, "ldap_group_dn": "cn=ops,dc=example,dc=org" });
    let oidc = json!({ "group_type": 3, "group_name": "ops" });
    let with_mode = async |mode: Option<&str>| {
        let world = World::new().await;
        world.project("builds").await;
        let auth_mode = mode.map(str::to_owned);
        world.provide(SceneHarbor {
            auth_mode,
            ..wish("admin", ADMIN.1)
        });
        world
    };
    let unsaid = with_mode(None).await;
    assert_eq!(
        takes_in(&unsaid, ldap.clone()).await,
        201,
        "the first group settles it"
    );
    assert_eq!(takes_in(&unsaid, oidc.clone()).await, 500);
    let own = with_mode(Some("db_auth")).await;
    assert_eq!(takes_in(&own, ldap.clone()).await, 500);
    assert_eq!(takes_in(&own, oidc.clone()).await, 500);
    let provider = with_mode(Some("oidc_auth")).await;
    assert_eq!(takes_in(&provider, ldap).await, 500);
    assert_eq!(takes_in(&provider, oidc).await, 201);
}

#[tokio::test]
async fn an_instance_goes_with_everything_that_it_holds() {
    let world = World::new().await;
    let tables_of = |world: &World| {
        let items = world.sandbox.inventory().items;
        items
            .into_iter()
            .filter(|item| item.id.starts_with("made") || item.kind.starts_with("oci/"))
            .count()
    };
    let before = tables_of(&world);
    let mut core = world.sandbox.core();
    core.transact(|tx| {
        super::super::instance::create(tx, "made", "v2.8.0".parse().unwrap(), None)?;
        super::super::instance::put_admin(tx, "made", "ops", "ops@example.org", "Secret12345");
        Ok::<_, std::io::Error>(())
    })
    .unwrap();
    drop(core);
    assert!(tables_of(&world) > before + 3);
    let live = world.sandbox.inventory();
    let live: Vec<&str> = live.live().iter().map(|item| item.kind.as_str()).collect();
    assert_eq!(
        live,
        ["harbor/instances", "harbor/users"],
        "what every Harbor has is nobody's work"
    );
    world
        .sandbox
        .core()
        .transact(|tx| {
            super::super::instance::delete(tx, "made");
            Ok::<_, std::io::Error>(())
        })
        .unwrap();
    assert_eq!(tables_of(&world), before);
}
