use http::Method;
use serde_json::{Value, json};

use crate::support::{Bench, files};

const NONE: Value = Value::Null;

#[tokio::test]
async fn an_upsert_by_unique_name_creates_once_and_updates_after() {
    let bench = Bench::new().await;
    let path = "/applications(uniqueName='ci-push')";
    let upsert = [("prefer", "create-if-missing")];
    assert_eq!(bench.patch(path, json!({ "displayName": "a" })).await.status, 404);
    let created = bench
        .graph_with(Method::PATCH, path, json!({ "displayName": "a" }), &upsert)
        .await;
    assert_eq!((created.status, created.text("/uniqueName")), (201, "ci-push"));
    let updated = bench
        .graph_with(Method::PATCH, path, json!({ "displayName": "b" }), &upsert)
        .await;
    assert_eq!(updated.status, 204);
    let read = bench.get(path).await;
    assert_eq!(
        (read.text("/displayName"), read.text("/id")),
        ("b", created.text("/id"))
    );
    let twin = json!({ "displayName": "c", "uniqueName": "ci-push" });
    let twin = bench.post("/applications", twin).await;
    assert_eq!(
        (twin.status, twin.code()),
        (409, "Request_MultipleObjectsWithSameKeyValue")
    );
}

#[tokio::test]
async fn a_service_principal_is_one_per_application() {
    let bench = Bench::new().await;
    let app = bench.application("app").await;
    let body = json!({ "appId": app["appId"], "accountEnabled": true });
    let upsert = [("prefer", "create-if-missing")];
    let first = bench.post("/servicePrincipals", body.clone()).await;
    assert_eq!((first.status, first.text("/displayName")), (201, "app"));
    let second = bench.post("/servicePrincipals", body).await;
    assert_eq!(
        (second.status, second.code()),
        (409, "Request_MultipleObjectsWithSameKeyValue")
    );
    let path = format!("/servicePrincipals(appId='{}')", app["appId"].as_str().unwrap());
    let again = bench
        .graph_with(Method::PATCH, &path, json!({ "notes": "n" }), &upsert)
        .await;
    assert_eq!(again.status, 204, "{again:?}");
    let read = bench.get(&path).await;
    assert_eq!((read.text("/notes"), read.text("/id")), ("n", first.text("/id")));
    let stranger = json!({ "appId": "6b3f4f0e-0000-4000-8000-000000000000" });
    let reply = bench.post("/servicePrincipals", stranger).await;
    assert_eq!(reply.status, 400);
    assert!(
        reply
            .text("/error/message")
            .contains("does not reference a valid application object")
    );
}

#[tokio::test]
async fn passwords_of_either_object_log_in_until_they_are_removed_and_are_told_once() {
    let bench = Bench::new().await;
    let app = bench.application("app").await;
    let client_id = app["appId"].as_str().unwrap();
    let principal = bench
        .post("/servicePrincipals", json!({ "appId": client_id }))
        .await;
    for object in [
        format!("/applications/{}", app["id"].as_str().unwrap()),
        format!("/servicePrincipals/{}", principal.text("/id")),
    ] {
        let wanted = json!({ "passwordCredential": { "displayName": "push" } });
        let added = bench.post(&format!("{object}/addPassword"), wanted).await;
        let secret = added.text("/secretText");
        assert_eq!((added.status, secret.len()), (200, 40), "{added:?}");
        assert!(secret.contains("8Q~CANARY"), "the marker is in the secret");
        assert_eq!(added.text("/hint"), &secret[..3]);
        assert_eq!(added.text("/endDateTime"), "2028-01-01T00:00:00Z");
        let login = [("client_id", client_id), ("client_secret", secret)];
        assert_eq!(bench.token_reply(&login).await.status, 200);
        let read = bench.get(&object).await;
        assert_eq!(read.body["passwordCredentials"][0]["secretText"], Value::Null);
        assert_eq!(read.body["passwordCredentials"][0]["keyId"], added.body["keyId"]);

        let key = json!({ "keyId": added.body["keyId"] });
        assert_eq!(
            bench
                .post(&format!("{object}/removePassword"), key.clone())
                .await
                .status,
            204
        );
        assert_eq!(
            bench.post(&format!("{object}/removePassword"), key).await.status,
            400
        );
        assert_eq!(bench.token_reply(&login).await.status, 401);
        for (name, bytes) in files(bench.folder.path()) {
            let clear = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!clear, "{name} holds the secret in clear");
        }
    }
}

#[tokio::test]
async fn a_password_works_in_its_time_only() {
    let bench = Bench::new().await;
    let app = bench.application("app").await;
    let client_id = app["appId"].as_str().unwrap();
    bench
        .post("/servicePrincipals", json!({ "appId": client_id }))
        .await;
    let path = format!("/applications/{}/addPassword", app["id"].as_str().unwrap());
    let wanted = json!({ "passwordCredential": { "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-01-02T00:00:00Z" } });
    let added = bench.post(&path, wanted).await;
    let login = [
        ("client_id", client_id),
        ("client_secret", added.text("/secretText")),
    ];
    assert_eq!(bench.token_reply(&login).await.status, 200);
    bench
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(24 * 3600));
    assert_eq!(
        bench.token_reply(&login).await.body["error_codes"],
        json!([7_000_222])
    );
}

#[tokio::test]
async fn deleting_an_application_bins_it_with_its_principal_and_restoring_is_one_by_one() {
    let bench = Bench::new().await;
    let app = bench.application("app").await;
    let (id, client_id) = (app["id"].as_str().unwrap(), app["appId"].as_str().unwrap());
    let principal = bench
        .post("/servicePrincipals", json!({ "appId": client_id }))
        .await;
    let principal_id = principal.text("/id");
    assert_eq!(bench.delete(&format!("/applications/{id}")).await.status, 204);
    assert_eq!(bench.delete(&format!("/applications/{id}")).await.status, 404);
    assert_eq!(
        bench
            .get(&format!("/servicePrincipals/{principal_id}"))
            .await
            .status,
        404
    );
    let inventory = bench.sandbox.inventory();
    assert!(inventory.live().is_empty(), "{inventory:?}");
    assert_eq!(inventory.soft_deleted().len(), 2);

    let bin = bench
        .get("/directory/deletedItems/microsoft.graph.application")
        .await;
    assert_eq!(bin.body["value"][0]["id"], json!(id));
    let restored = bench
        .post(&format!("/directory/deletedItems/{id}/restore"), json!(null))
        .await;
    assert_eq!(
        (restored.status, restored.text("/@odata.type")),
        (200, "#microsoft.graph.application")
    );
    assert_eq!(
        bench
            .get(&format!("/servicePrincipals/{principal_id}"))
            .await
            .status,
        404
    );
    assert_eq!(
        bench
            .post(
                &format!("/directory/deletedItems/{principal_id}/restore"),
                json!(null)
            )
            .await
            .status,
        200
    );
    assert_eq!(bench.sandbox.inventory().live().len(), 2);

    bench.delete(&format!("/applications/{id}")).await;
    assert_eq!(
        bench
            .delete(&format!("/directory/deletedItems/{id}"))
            .await
            .status,
        204
    );
    assert_eq!(
        bench
            .delete(&format!("/directory/deletedItems/{id}"))
            .await
            .status,
        404
    );
    bench
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(31 * 24 * 3600));
    let bin = bench
        .get("/directory/deletedItems/microsoft.graph.servicePrincipal")
        .await;
    assert_eq!(bin.body["value"], json!([]), "thirty days empty the bin");
}

#[tokio::test]
async fn lists_filter_select_and_page() {
    let bench = Bench::new().await;
    for name in ["one", "two", "Two b", "three"] {
        bench.application(name).await;
    }
    let names = |reply: &crate::support::Reply| -> Vec<String> {
        reply.body["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["displayName"].as_str().unwrap().to_owned())
            .collect()
    };
    let filtered = bench
        .get("/applications?$filter=startswith(displayName,'two')&$select=displayName")
        .await;
    let mut found = names(&filtered);
    found.sort();
    assert_eq!(found, ["Two b", "two"]);
    assert_eq!(
        filtered.body["value"][0].as_object().unwrap().len(),
        1,
        "only what was selected"
    );
    assert_eq!(
        bench
            .get("/applications?%24filter=displayName+eq+%27Two+b%27")
            .await
            .body["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let mut all = Vec::new();
    let mut page = bench.get("/applications?$top=2").await;
    loop {
        all.extend(names(&page));
        assert!(page.body["value"].as_array().unwrap().len() <= 2);
        let next = page.text("/@odata.nextLink").to_owned();
        if next.is_empty() {
            break;
        }
        page = bench.get(&next).await;
    }
    assert_eq!(all.len(), 5, "four and the operator's own: {all:?}");

    let advanced = "/applications?$filter=displayName ne 'one'&$count=true".replace(' ', "%20");
    let refused = bench.get(&advanced).await;
    assert_eq!(
        (refused.status, refused.code()),
        (400, "Request_UnsupportedQuery")
    );
    let eventual = [("consistencylevel", "eventual")];
    assert_eq!(
        bench
            .graph_with(Method::GET, &advanced, NONE, &eventual)
            .await
            .body["@odata.count"],
        json!(4)
    );
    for (query, status) in [
        ("$top=0", 400),
        ("$filter=nope%20eq%20'x'", 400),
        ("$orderby=id", 501),
        ("$skiptoken=zzz", 400),
    ] {
        assert_eq!(
            bench.get(&format!("/applications?{query}")).await.status,
            status,
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_was_just_made_is_not_seen_before_it_has_replicated() {
    let bench = Bench::new().await;
    let scene = serde_json::from_value(json!({ "knobs": { "replication_graph_ms": 5000 } })).unwrap();
    bench.sandbox.seed(&scene).unwrap();
    let app = bench.application("app").await;
    let path = format!("/applications/{}", app["id"].as_str().unwrap());
    assert_eq!(bench.get(&path).await.code(), "Request_ResourceNotFound");
    assert_eq!(
        bench.post(&format!("{path}/addPassword"), json!({})).await.status,
        404
    );
    let principal = json!({ "appId": app["appId"] });
    let early = bench.post("/servicePrincipals", principal.clone()).await;
    assert!(
        early.text("/error/message").contains(" does not reference "),
        "{early:?}"
    );
    let list = bench.get("/applications?$filter=displayName%20eq%20'app'").await;
    assert_eq!(list.body["value"], json!([]));
    let unique = "/applications(uniqueName='u')";
    let upsert = [("prefer", "create-if-missing")];
    assert_eq!(
        bench
            .graph_with(Method::PATCH, unique, json!({ "displayName": "u" }), &upsert)
            .await
            .status,
        201
    );
    assert_eq!(bench.get(unique).await.status, 404);
    assert_eq!(
        bench
            .graph_with(Method::PATCH, unique, json!({ "displayName": "u" }), &upsert)
            .await
            .status,
        204,
        "writes see all"
    );
    bench.sandbox.clock().advance(std::time::Duration::from_secs(5));
    assert_eq!(bench.get(&path).await.status, 200);
    assert_eq!(bench.post("/servicePrincipals", principal).await.status, 201);
}

#[tokio::test]
async fn owners_are_added_listed_and_removed_by_reference() {
    let bench = Bench::new().await;
    let app = bench.application("app").await;
    let other = bench.application("other").await;
    let principal = bench
        .post("/servicePrincipals", json!({ "appId": other["appId"] }))
        .await;
    let path = format!("/applications/{}/owners", app["id"].as_str().unwrap());
    let link = json!({ "@odata.id": format!("http://localhost/graph/v1.0/directoryObjects/{}", principal.text("/id")) });
    assert_eq!(
        bench.post(&format!("{path}/$ref"), link.clone()).await.status,
        204
    );
    let twice = bench.post(&format!("{path}/$ref"), link).await;
    assert!(twice.status == 400 && twice.text("/error/message").contains("already exist"));
    assert_eq!(
        bench.get(&path).await.body["value"].as_array().unwrap().len(),
        2,
        "the maker and it"
    );
    let one = format!("{path}/{}/$ref", principal.text("/id"));
    assert_eq!(bench.delete(&one).await.status, 204);
    assert_eq!(bench.delete(&one).await.status, 404);
}

#[tokio::test]
async fn federated_credentials_are_checked_and_unique() {
    let bench = Bench::new().await;
    let app = bench.application("app").await;
    let path = format!(
        "/applications/{}/federatedIdentityCredentials",
        app["id"].as_str().unwrap()
    );
    let credential = |name: &str, subject: &str| json!({ "name": name, "issuer": "https://issuer.example", "subject": subject, "audiences": ["api://AzureADTokenExchange"] });
    let first = bench.post(&path, credential("a", "s1")).await;
    assert_eq!(first.status, 201);
    assert_eq!(bench.post(&path, credential("a", "s2")).await.status, 409, "name");
    assert_eq!(
        bench.post(&path, credential("b", "s1")).await.status,
        409,
        "issuer and subject"
    );
    assert_eq!(
        bench.post(&path, credential("a b", "s3")).await.status,
        400,
        "not friendly to URLs"
    );
    let upsert = [("prefer", "create-if-missing")];
    let by_name = format!("{path}(name='c')");
    assert_eq!(
        bench
            .graph_with(Method::PATCH, &by_name, credential("c", "s4"), &upsert)
            .await
            .status,
        201
    );
    assert_eq!(
        bench
            .graph_with(Method::PATCH, &by_name, json!({ "subject": "s5" }), &upsert)
            .await
            .status,
        204
    );
    assert_eq!(bench.get(&format!("{path}/c")).await.text("/subject"), "s5");
    for number in 0..18 {
        assert_eq!(
            bench
                .post(&path, credential(&format!("n{number}"), &format!("t{number}")))
                .await
                .status,
            201
        );
    }
    assert_eq!(
        bench.post(&path, credential("z", "z")).await.status,
        400,
        "twenty are the most"
    );
    assert_eq!(
        bench
            .delete(&format!("{path}/{}", first.text("/id")))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn a_batch_answers_each_part_by_itself() {
    let bench = Bench::new().await;
    let app = bench.application("app").await;
    let id = app["id"].as_str().unwrap();
    let batch = json!({ "requests": [
        { "id": "1", "method": "GET", "url": format!("/applications/{id}?$select=id") },
        { "id": "2", "method": "GET", "url": "/applications/none" },
        { "id": "3", "method": "POST", "url": "/applications", "body": { "displayName": "batched" } },
        { "id": "4", "method": "GET", "url": "/organization", "dependsOn": ["2"] },
        { "id": "5", "method": "POST", "url": "/applications", "body": { "displayName": "" } },
    ] });
    let reply = bench.post("/$batch", batch).await;
    let statuses: Vec<i64> = reply.body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["status"].as_i64().unwrap())
        .collect();
    assert_eq!(statuses, [200, 404, 201, 424, 400]);
    assert_eq!(reply.body["responses"][0]["body"]["id"], json!(id));
    assert_eq!(bench.sandbox.inventory().live_of("azure/applications").len(), 2);
    let many: Vec<Value> = (0..21)
        .map(|n| json!({ "id": n.to_string(), "method": "GET", "url": "/organization" }))
        .collect();
    assert_eq!(
        bench.post("/$batch", json!({ "requests": many })).await.status,
        400
    );
}

#[tokio::test]
async fn ids_of_any_type_are_found_together_and_missing_ones_are_left_out() {
    let bench = Bench::new().await;
    let app = bench.application("app").await;
    let principal = bench
        .post("/servicePrincipals", json!({ "appId": app["appId"] }))
        .await;
    let ids = json!({ "ids": [principal.body["id"], app["id"], "6b3f4f0e-0000-4000-8000-000000000000"], "types": ["servicePrincipal"] });
    let found = bench.post("/directoryObjects/getByIds", ids).await;
    assert_eq!(found.body["value"].as_array().unwrap().len(), 1);
    assert_eq!(
        found.text("/value/0/@odata.type"),
        "#microsoft.graph.servicePrincipal"
    );
}

#[tokio::test]
async fn unknown_fields_wrong_types_and_unknown_routes_are_refused() {
    let bench = Bench::new().await;
    for body in [
        json!({ "displayName": "x", "nonsense": 1 }),
        json!({ "displayName": 5 }),
        json!({}),
        json!({ "displayName": "x", "signInAudience": "Everybody" }),
        json!({ "displayName": "x", "tags": "one" }),
        json!({ "displayName": "x", "identifierUris": ["https://example.com/app"] }),
    ] {
        let reply = bench.post("/applications", body.clone()).await;
        assert_eq!(reply.status, 400, "{body}");
    }
    assert!(
        bench.sandbox.inventory().live().is_empty(),
        "a refused request leaves nothing"
    );
    let reply = bench.get("/teams").await;
    assert_eq!((reply.status, reply.code()), (501, "SandboxUnsupported"));
}

#[tokio::test]
async fn a_principal_of_owned_applications_may_change_its_own_and_no_others() {
    let bench = Bench::new().await;
    let scene = json!({ "service_principals": [{
        "display_name": "ci", "client_secret": "a-seeded-secret", "graph_permissions": ["Application.ReadWrite.OwnedBy"],
    }] });
    let report = bench
        .sandbox
        .seed(&serde_json::from_value(scene).unwrap())
        .unwrap();
    let token = bench
        .token(&[
            ("client_id", &report.client_ids["ci"]),
            ("client_secret", "a-seeded-secret"),
        ])
        .await;
    let foreign = bench.application("foreign").await;
    let path = format!("/applications/{}", foreign["id"].as_str().unwrap());
    let denied = bench
        .graph_as(&token, Method::PATCH, &path, json!({ "displayName": "x" }), &[])
        .await;
    assert_eq!(
        (denied.status, denied.code()),
        (403, "Authorization_RequestDenied")
    );
    let own = bench
        .graph_as(
            &token,
            Method::POST,
            "/applications",
            json!({ "displayName": "own" }),
            &[],
        )
        .await;
    let path = format!("/applications/{}", own.text("/id"));
    assert_eq!(
        bench
            .graph_as(&token, Method::PATCH, &path, json!({ "displayName": "x" }), &[])
            .await
            .status,
        204
    );
}
