//! Workload identity pools: a token of somebody else's pushes without any key.

use super::*;

const POOLS: &str = "iam/v1/projects/team-a/locations/global/workloadIdentityPools";

fn github() -> Value {
    json!({
        "attributeMapping": { "google.subject": "assertion.sub", "attribute.repository": "assertion.repository" },
        "attributeCondition": "assertion.repository_owner == 'org'",
        "oidc": { "issuerUri": "https://token.actions.githubusercontent.com" },
    })
}

/// A token as GitHub gives it to a workflow of a repository.
fn workflow(cloud: &Cloud, repository: &str, audience: &str) -> String {
    let now = cloud.tx.now().as_second();
    cloud.tx.keys().sign_jwt(&json!({
        "iss": "https://token.actions.githubusercontent.com", "sub": format!("repo:{repository}:ref:refs/heads/main"),
        "aud": audience, "exp": now + 300, "repository": repository,
        "repository_owner": repository.split('/').next(),
    }))
}

fn exchange(cloud: &mut Cloud, audience: &str, token: &str) -> (u16, Value) {
    let body = json!({
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": audience,
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token", "subjectToken": token,
        "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
    });
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let call = Call::new(Method::POST, "/v1/token", headers, Bytes::from(body.to_string()));
    cloud.send("sts.googleapis.com", &call)
}

/// A pool with a provider; the provider's audience and the pool's name.
fn with_provider(cloud: &mut Cloud) -> (String, String) {
    cloud.ok(
        "POST",
        &format!("{POOLS}?workloadIdentityPoolId=ci-pool"),
        &json!({ "displayName": "CI" }),
    );
    let made = format!("{POOLS}/ci-pool/providers?workloadIdentityPoolProviderId=github");
    let begun = cloud.ok("POST", &made, &github());
    let done = cloud.ok(
        "GET",
        &format!("iam/v1/{}", begun["name"].as_str().unwrap()),
        &Value::Null,
    );
    let name = done["response"]["name"].as_str().unwrap().to_owned();
    let pool = name.split_once("/providers/").unwrap().0.to_owned();
    (format!("//iam.googleapis.com/{name}"), pool)
}

#[test]
fn a_workflow_acts_as_a_service_account_where_its_policy_lets_it() {
    let mut cloud = Cloud::new();
    let (audience, pool) = with_provider(&mut cloud);
    let email = cloud.account("builder-one");
    let token = workflow(&cloud, "org/app", &format!("https:{audience}"));
    let (status, granted) = exchange(&mut cloud, &audience, &token);
    assert_eq!(status, 200, "{granted}");
    let granted = granted["access_token"].as_str().unwrap().to_owned();
    let act = format!("iamcredentials/v1/projects/-/serviceAccounts/{email}:generateAccessToken");
    let asked = json!({ "scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "600s" });
    let (status, answer) = cloud.call_as(&granted, "POST", &act, &asked);
    assert_eq!(status, 403);
    assert_eq!(
        answer["error"]["message"],
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
    );
    let member = format!("principalSet://iam.googleapis.com/{pool}/attribute.repository/org/app");
    let object = format!("{P}/serviceAccounts/{email}");
    cloud.bind("iam/v1", &object, ("roles/iam.workloadIdentityUser", &member));
    let (status, acting) = cloud.call_as(&granted, "POST", &act, &asked);
    assert_eq!(status, 200, "{acting}");
    let acting = acting["accessToken"].as_str().unwrap().to_owned();
    let (_, who) = cloud.call_as(&acting, "GET", "openidconnect/v1/userinfo", &Value::Null);
    assert_eq!(who["email"], json!(email));
    let other = workflow(&cloud, "org/other", &format!("https:{audience}"));
    let other = exchange(&mut cloud, &audience, &other).1["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(cloud.call_as(&other, "POST", &act, &asked).0, 403);
}

#[test]
fn a_token_that_does_not_fit_is_refused_with_the_reason() {
    let mut cloud = Cloud::new();
    let (audience, _) = with_provider(&mut cloud);
    let good = format!("https:{audience}");
    let mut refused = |repository: &str, meant: &str, target: &str| {
        let token = workflow(&cloud, repository, meant);
        let (status, body) = exchange(&mut cloud, target, &token);
        assert_eq!(status, 400);
        (
            body["error"].as_str().unwrap().to_owned(),
            body["error_description"].as_str().unwrap().to_owned(),
        )
    };
    assert!(
        refused("else/app", &good, &audience)
            .1
            .contains("rejected by the attribute condition")
    );
    assert!(
        refused("org/app", "https://example.org", &audience)
            .1
            .contains("audience")
    );
    assert_eq!(
        refused(
            "org/app",
            &good,
            "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x/providers/y"
        )
        .0,
        "invalid_target"
    );
    cloud.ok(
        "PATCH",
        &format!("{POOLS}/ci-pool?updateMask=disabled"),
        &json!({ "disabled": true }),
    );
    let token = workflow(&cloud, "org/app", &good);
    assert_eq!(
        exchange(&mut cloud, &audience, &token).1["error"],
        "invalid_target"
    );
}

#[test]
fn a_deleted_pool_keeps_its_id_for_a_month_and_can_be_brought_back() {
    let mut cloud = Cloud::new();
    with_provider(&mut cloud);
    let pool = format!("{POOLS}/ci-pool");
    cloud.ok("DELETE", &pool, &Value::Null);
    assert_eq!(cloud.ok("GET", &pool, &Value::Null)["state"], "DELETED");
    assert_eq!(cloud.ok("GET", POOLS, &Value::Null), json!({}));
    let again = cloud.refused(
        "POST",
        &format!("{POOLS}?workloadIdentityPoolId=ci-pool"),
        &json!({}),
    );
    assert_eq!(again, (409, "Requested entity already exists".to_owned()));
    cloud.ok("POST", &format!("{pool}:undelete"), &json!({}));
    assert_eq!(cloud.ok("GET", &pool, &Value::Null)["state"], "ACTIVE");
    cloud.ok("DELETE", &pool, &Value::Null);
    cloud.tx = cloud.tx.later(31 * 24 * 3600 * 1000);
    let form = "x";
    assert_eq!(
        cloud.form("oauth2.googleapis.com", "/token", form).0,
        400,
        "anything settles what is due"
    );
    cloud.token = cloud.again();
    assert_eq!(cloud.refused("GET", &pool, &Value::Null).0, 404);
}

#[test]
fn a_provider_that_cannot_be_is_refused() {
    let mut cloud = Cloud::new();
    cloud.ok(
        "POST",
        &format!("{POOLS}?workloadIdentityPoolId=ci-pool"),
        &json!({}),
    );
    let url = format!("{POOLS}/ci-pool/providers?workloadIdentityPoolProviderId=github");
    let mut with = |member: &str, value: Value| {
        let mut body = github();
        body[member] = value;
        cloud.refused("POST", &url, &body)
    };
    assert!(
        with("attributeMapping", json!({ "attribute.a": "assertion.a" }))
            .1
            .contains("google.subject")
    );
    assert!(
        with("attributeCondition", json!("assertion.x =="))
            .1
            .contains("Error compiling")
    );
    assert!(with("aws", json!({ "accountId": "1" })).1.contains("Exactly one"));
    assert_eq!(
        cloud
            .refused(
                "POST",
                &format!("{POOLS}?workloadIdentityPoolId=gcp-x"),
                &json!({})
            )
            .0,
        400
    );
}
