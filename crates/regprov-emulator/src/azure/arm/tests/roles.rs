use serde_json::{Value, json};

use super::{ACR_PUSH, GUID, PUSHER, SECRET, World, basic};
use crate::scene::Condition;

#[tokio::test]
async fn an_identity_is_a_principal_that_federated_credentials_can_act_as() {
    let world = World::new().await;
    world
        .arm("PUT", &world.group(), json!({ "location": "westeurope" }))
        .await
        .expect(201);
    let identity = format!(
        "{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci-robot",
        world.group()
    );
    let made = world
        .arm("PUT", &identity, json!({ "location": "westeurope" }))
        .await
        .expect(201)
        .body;
    assert_eq!(
        world
            .arm("PUT", &identity, json!({ "location": "westeurope" }))
            .await
            .expect(200)
            .body,
        made
    );
    let credential = |name: &str| format!("{identity}/federatedIdentityCredentials/{name}");
    let body = |subject: &str| {
        json!({ "properties": {
            "issuer": "https://token.actions.githubusercontent.com", "subject": subject,
            "audiences": ["api://AzureADTokenExchange"],
        }})
    };
    world
        .arm("PUT", &credential("main"), body("repo:o/r:ref:refs/heads/main"))
        .await
        .expect(201);
    world
        .arm("PUT", &credential("main"), body("repo:o/r:ref:refs/heads/main"))
        .await
        .expect(200);
    world
        .arm("PUT", &credential("twin"), body("repo:o/r:ref:refs/heads/main"))
        .await
        .expect(409);
    for number in 1..20 {
        world
            .arm(
                "PUT",
                &credential(&format!("n{number}")),
                body(&format!("repo:{number}")),
            )
            .await
            .expect(201);
    }
    world
        .arm("PUT", &credential("n20"), body("repo:20"))
        .await
        .expect(400);
    let assignment = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/{GUID}",
        world.group()
    );
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{ACR_PUSH}");
    let wish = json!({ "properties": {
        "roleDefinitionId": role, "principalId": made["properties"]["principalId"],
    }});
    let assigned = world.arm("PUT", &assignment, wish).await.expect(201).body;
    assert_eq!(assigned["properties"]["principalType"], "ServicePrincipal");
    world.arm("DELETE", &identity, Value::Null).await.expect(200);
    world.get(&identity).await.expect(404);
}

#[tokio::test]
async fn a_role_is_found_by_its_name_in_any_case() {
    let world = World::new().await;
    let scope = format!("/subscriptions/{}", world.subscription);
    let list = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions");
    let found = world
        .get(&format!("{list}?$filter=roleName%20eq%20%27acrpush%27"))
        .await
        .expect(200)
        .body;
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    assert_eq!(found["value"][0]["id"], format!("{list}/{ACR_PUSH}"));
    let none = world
        .get(&format!("{list}?$filter=roleName+eq+'Nobody'"))
        .await
        .expect(200)
        .body;
    assert_eq!(none["value"], json!([]));
    assert_eq!(
        world.get(&format!("{list}/{GUID}")).await.expect(404).code(),
        "RoleDefinitionDoesNotExist"
    );
}

#[tokio::test]
async fn role_assignments_are_unique_filtered_and_wait_for_the_directory() {
    let world = World::with_registry("Basic", json!({})).await;
    let report = world.with_pusher(&[]);
    let principal = &report.object_ids["pusher"];
    let at =
        |scope: &str, name: &str| format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    let wish = |principal: &str| {
        json!({ "properties": {
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{ACR_PUSH}"),
            "principalId": principal,
        }})
    };
    let unknown = world
        .arm("PUT", &at(&world.registry(), GUID), wish(PUSHER))
        .await
        .expect(400);
    assert_eq!(unknown.code(), "PrincipalNotFound");
    let message = unknown.body["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains(" does not exist in the directory ") && message.contains(&PUSHER.replace('-', ""))
    );
    let mut typed = wish(PUSHER);
    typed["properties"]["principalType"] = "ServicePrincipal".into();
    world
        .arm("PUT", &at(&world.group(), GUID), typed)
        .await
        .expect(201);
    let made = world
        .arm("PUT", &at(&world.registry(), GUID), wish(principal))
        .await
        .expect(201)
        .body;
    assert_eq!(made["properties"]["createdBy"], Value::Null);
    let again = world
        .arm("PUT", &at(&world.registry(), GUID), wish(principal))
        .await
        .expect(200)
        .body;
    assert_eq!(again["id"], made["id"]);
    let other = GUID.replace("1111", "2222");
    let twin = world
        .arm("PUT", &at(&world.registry(), &other), wish(principal))
        .await
        .expect(409);
    assert_eq!(twin.code(), "RoleAssignmentExists");
    let list = async |scope: &str, filter: &str| {
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments?$filter={filter}");
        world.get(&path).await.expect(200).body["value"]
            .as_array()
            .unwrap()
            .len()
    };
    // Above: the operator's Owner; here: the one by type; below: the registry's.
    assert_eq!(list(&world.group(), "").await, 3);
    assert_eq!(list(&world.group(), "atScope()").await, 2);
    assert_eq!(
        list(&world.group(), &format!("principalId%20eq%20'{principal}'")).await,
        1
    );
    let gone = at(&world.registry(), GUID);
    world.arm("DELETE", &gone, Value::Null).await.expect(200);
    world.arm("DELETE", &gone, Value::Null).await.expect(204);
    assert_eq!(
        world.get(&gone).await.expect(404).code(),
        "RoleAssignmentNotFound"
    );
    let nowhere = at(&world.registry().replace("myreg", "other"), GUID);
    assert_eq!(
        world
            .arm("PUT", &nowhere, wish(principal))
            .await
            .expect(404)
            .code(),
        "ResourceNotFound"
    );
}

#[tokio::test]
async fn callers_may_do_what_their_roles_say_and_no_more() {
    let world = World::with_registry("Basic", json!({ "adminUserEnabled": true })).await;
    let group = world.group();
    world.with_pusher(&[("Reader", &group)]);
    let token = world
        .token_for(PUSHER, SECRET, "https://management.azure.com")
        .await;
    world
        .arm_as(&token, "GET", &world.registry(), &Value::Null)
        .await
        .expect(200);
    let list = format!("{}/listCredentials", world.registry());
    for (method, path) in [
        ("PUT", world.registry()),
        ("POST", list),
        ("DELETE", group.clone()),
    ] {
        let refused = world.arm_as(&token, method, &path, &basic()).await.expect(403);
        assert_eq!(refused.code(), "AuthorizationFailed");
        let message = refused.body["error"]["message"].as_str().unwrap().to_owned();
        assert!(
            message.starts_with(&format!("The client '{PUSHER}' with object id '")),
            "{message}"
        );
    }
    world.condition(Condition::NoPermission {
        principal: "operator".into(),
        action: "Microsoft.Authorization/roleAssignments/*".into(),
        scope: "/".into(),
    });
    let path = format!("{group}/providers/Microsoft.Authorization/roleAssignments/{GUID}");
    assert_eq!(
        world.arm("PUT", &path, json!({})).await.expect(403).code(),
        "AuthorizationFailed"
    );
    world.get(&world.registry()).await.expect(200);
}
