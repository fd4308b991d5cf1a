use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{Bench, Reply};

async fn get(bench: &Bench, uri: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    bench.send(request.body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn a_right_secret_gives_a_three_part_token_and_wrong_input_gives_the_services_own_codes() {
    let bench = Bench::new().await;
    let token = bench.token(&[]).await;
    assert_eq!(token.split('.').count(), 3);
    let cases = [
        (
            &[("client_secret", "wrong")][..],
            401,
            "invalid_client",
            7_000_215,
        ),
        (
            &[("client_id", "6b3f4f0e-0000-4000-8000-000000000000")],
            400,
            "unauthorized_client",
            700_016,
        ),
        (&[("client_secret", "")], 401, "invalid_client", 7_000_215),
        (
            &[("grant_type", "password")],
            400,
            "unsupported_grant_type",
            70_003,
        ),
        (
            &[("scope", "https://graph.microsoft.com/User.Read")],
            400,
            "invalid_scope",
            1_002_012,
        ),
        (
            &[("scope", "https://example.com/.default")],
            400,
            "invalid_resource",
            500_011,
        ),
        (&[("scope", "")], 400, "invalid_request", 900_144),
    ];
    for (changes, status, error, code) in cases {
        let reply = bench.token_reply(changes).await;
        assert_eq!(
            (reply.status, reply.text("/error")),
            (status, error),
            "{changes:?}: {reply:?}"
        );
        assert_eq!(reply.body["error_codes"], json!([code]));
        assert!(
            reply
                .text("/error_description")
                .starts_with(&format!("AADSTS{code}: "))
        );
    }
}

#[tokio::test]
async fn another_tenant_is_not_found_and_common_names_none() {
    let bench = Bench::new().await;
    for (tenant, code) in [
        ("11111111-1111-4111-8111-111111111111", 90_002),
        ("common", 50_059),
    ] {
        let request = Request::post(format!("/{tenant}/oauth2/v2.0/token"))
            .body(Bytes::from("grant_type=x"))
            .unwrap();
        let reply = bench.send(request).await;
        assert_eq!((reply.status, &reply.body["error_codes"]), (400, &json!([code])));
    }
}

#[tokio::test]
async fn a_token_expires_with_the_sandboxs_clock() {
    let bench = Bench::new().await;
    let token = bench.token(&[]).await;
    assert_eq!(
        bench
            .graph_as(&token, Method::GET, "/applications", Value::Null, &[])
            .await
            .status,
        200
    );
    bench
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(3600));
    let reply = bench
        .graph_as(&token, Method::GET, "/applications", Value::Null, &[])
        .await;
    assert_eq!((reply.status, reply.code()), (401, "InvalidAuthenticationToken"));
}

#[tokio::test]
async fn a_token_for_another_api_or_of_another_maker_is_refused() {
    let bench = Bench::new().await;
    let arm = bench
        .token(&[("scope", "https://management.azure.com/.default")])
        .await;
    let forged = format!("{}.AAAA", arm.rsplit_once('.').unwrap().0);
    for token in [arm.as_str(), forged.as_str(), ""] {
        let reply = bench
            .graph_as(token, Method::GET, "/applications", Value::Null, &[])
            .await;
        assert_eq!((reply.status, reply.code()), (401, "InvalidAuthenticationToken"));
    }
}

#[tokio::test]
async fn the_metadata_document_names_the_host_it_was_asked_at_and_all_that_providers_require() {
    let bench = Bench::new().await;
    let request = Request::get("/metadata/endpoints?api-version=2022-09-01").header("host", "localhost:8443");
    let reply = bench.send(request.body(Bytes::new()).unwrap()).await;
    assert_eq!(reply.text("/resourceManager"), "http://localhost:8443");
    assert_eq!(
        reply.text("/microsoftGraphResourceId"),
        "http://localhost:8443/graph"
    );
    assert_eq!(reply.text("/authentication/identityProvider"), "AAD");
    assert_eq!(reply.text("/authentication/tenant"), "common");
    assert!(!reply.text("/suffixes/keyVaultDns").is_empty() && !reply.text("/suffixes/storage").is_empty());
    let old = get(&bench, "/metadata/endpoints?api-version=2020-06-01", &[]).await;
    assert!(old.body.is_array());
    assert_eq!(get(&bench, "/metadata/endpoints", &[]).await.status, 400);
}

#[tokio::test]
async fn discovery_leads_to_the_token_endpoint() {
    let bench = Bench::new().await;
    let (tenant, ..) = bench.sandbox.operator();
    let reply = get(
        &bench,
        &format!("/{tenant}/v2.0/.well-known/openid-configuration"),
        &[],
    )
    .await;
    assert_eq!(
        reply.text("/token_endpoint"),
        format!("http://localhost/{tenant}/oauth2/v2.0/token")
    );
    assert_eq!(
        get(
            &bench,
            "/organizations/v2.0/.well-known/openid-configuration",
            &[]
        )
        .await
        .status,
        200
    );
    assert_eq!(
        get(&bench, "/nobody/v2.0/.well-known/openid-configuration", &[])
            .await
            .status,
        400
    );
}

/// A token request with an assertion instead of a secret.
async fn with_assertion(bench: &Bench, client_id: &str, assertion: &str) -> Reply {
    let (tenant, ..) = bench.sandbox.operator();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_assertion", assertion),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("scope", "https://management.azure.com/.default"),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    bench
        .send(
            Request::post(format!("/{tenant}/oauth2/v2.0/token"))
                .body(Bytes::from(body))
                .unwrap(),
        )
        .await
}

#[tokio::test]
async fn a_workflows_token_logs_in_where_a_federated_credential_trusts_it_and_nowhere_else() {
    let bench = Bench::new().await;
    let app = bench.application("ci").await;
    let (id, client_id) = (app["id"].as_str().unwrap(), app["appId"].as_str().unwrap());
    bench
        .post("/servicePrincipals", json!({ "appId": client_id }))
        .await;
    let subject = "repo:org/app:ref:refs/heads/main";
    let uri = format!("/github/oidc/token?sub={subject}&audience=api://AzureADTokenExchange");
    let workflow = get(&bench, &uri, &[("authorization", "bearer request")]).await;
    let assertion = workflow.text("/value");

    let before = with_assertion(&bench, client_id, assertion).await;
    assert_eq!(before.body["error_codes"], json!([700_211]));
    let credential = json!({
        "name": "main", "issuer": "https://token.actions.githubusercontent.com", "subject": subject,
        "audiences": ["api://AzureADTokenExchange"],
    });
    let made = bench
        .post(
            &format!("/applications/{id}/federatedIdentityCredentials"),
            credential,
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(with_assertion(&bench, client_id, assertion).await.status, 200);

    let other = uri.replace("main", "other");
    let workflow = get(&bench, &other, &[("authorization", "bearer request")]).await;
    let reply = with_assertion(&bench, client_id, workflow.text("/value")).await;
    assert_eq!(reply.body["error_codes"], json!([700_213]));
    let forged = format!("{}.{}", assertion.rsplit_once('.').unwrap().0, "A".repeat(86));
    assert_eq!(with_assertion(&bench, client_id, &forged).await.status, 401);
    bench
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(3600));
    let reply = with_assertion(&bench, client_id, assertion).await;
    assert_eq!(reply.body["error_codes"], json!([700_024]));
}

#[tokio::test]
async fn a_certificate_logs_in_by_its_key_and_by_no_other() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

    let bench = Bench::new().await;
    let (tenant, ..) = bench.sandbox.operator();
    let app = bench.application("certified").await;
    let (id, client_id) = (app["id"].as_str().unwrap(), app["appId"].as_str().unwrap());
    bench
        .post("/servicePrincipals", json!({ "appId": client_id }))
        .await;
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let credential =
        json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(certificate.der()) });
    let patched = bench
        .patch(
            &format!("/applications/{id}"),
            json!({ "keyCredentials": [credential] }),
        )
        .await;
    assert_eq!(patched.status, 204, "{patched:?}");

    let assertion = |key: &rcgen::KeyPair| {
        let thumbprint = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
        let header = json!({ "alg": "ES256", "typ": "JWT", "x5t": URL_SAFE_NO_PAD.encode(thumbprint) });
        let now = bench.sandbox.clock().now().as_second();
        let claims = json!({
            "aud": format!("https://localhost/{tenant}/oauth2/v2.0/token"), "iss": client_id, "sub": client_id,
            "jti": "1", "nbf": now, "exp": now + 3600,
        });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let random = ring::rand::SystemRandom::new();
        let signer =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.serialize_der(), &random)
                .unwrap();
        let signature = signer.sign(&random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    };
    let reply = with_assertion(&bench, client_id, &assertion(&key)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let stranger = rcgen::KeyPair::generate().unwrap();
    let reply = with_assertion(&bench, client_id, &assertion(&stranger)).await;
    assert_eq!(reply.body["error_codes"], json!([700_027]));
}

#[tokio::test]
async fn a_managed_identity_gets_its_token_from_the_metadata_service_and_only_with_the_header() {
    let bench = Bench::new().await;
    let uri = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com/";
    let metadata = [("metadata", "true")];
    assert_eq!(
        get(&bench, uri, &metadata).await.text("/error_description"),
        "Identity not found"
    );
    let group = bench.arm_path("/resourceGroups/rg");
    bench
        .arm(Method::PUT, &group, json!({ "location": "westeurope" }))
        .await;
    let path = format!("{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one");
    let identity = bench
        .arm(Method::PUT, &path, json!({ "location": "westeurope" }))
        .await;
    assert_eq!(identity.status, 201, "{identity:?}");
    let reply = get(&bench, uri, &metadata).await;
    assert_eq!(
        reply.text("/client_id"),
        identity.text("/properties/clientId"),
        "{reply:?}"
    );
    assert_eq!(get(&bench, uri, &[]).await.status, 400);
    let by_resource = format!("{uri}&mi_res_id={path}");
    assert_eq!(get(&bench, &by_resource, &metadata).await.status, 200);
    let principal = format!("/servicePrincipals/{}", identity.text("/properties/principalId"));
    assert_eq!(
        bench.get(&principal).await.text("/servicePrincipalType"),
        "ManagedIdentity"
    );
    assert_eq!(
        bench.delete(&principal).await.status,
        400,
        "it goes with its resource"
    );
}

#[tokio::test]
async fn an_issuer_that_a_scene_names_is_trusted_by_its_keys() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    let bench = Bench::new().await;
    let random = ring::rand::SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let point = key.public_key().as_ref().to_vec();
    let (x, y) = (
        URL_SAFE_NO_PAD.encode(&point[1..33]),
        URL_SAFE_NO_PAD.encode(&point[33..]),
    );
    let app = bench.application("aks").await;
    let (id, client_id) = (app["id"].as_str().unwrap(), app["appId"].as_str().unwrap());
    bench
        .post("/servicePrincipals", json!({ "appId": client_id }))
        .await;
    let credential = json!({
        "name": "aks", "issuer": "https://aks.example/1/", "subject": "system:serviceaccount:a:b", "audiences": ["aud"],
    });
    bench
        .post(
            &format!("/applications/{id}/federatedIdentityCredentials"),
            credential,
        )
        .await;
    let now = bench.sandbox.clock().now().as_second();
    let claims = json!({
        "iss": "https://aks.example/1/", "sub": "system:serviceaccount:a:b", "aud": ["aud"], "exp": now + 60,
    });
    let header = json!({ "alg": "ES256", "kid": "k" });
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = key.sign(&random, signed.as_bytes()).unwrap();
    let assertion = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
    let unknown = with_assertion(&bench, client_id, &assertion).await;
    assert_eq!(unknown.body["error_codes"], json!([50_166]));
    let jwks = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y }] });
    let scene = json!({ "token_issuers": [{ "issuer": "https://aks.example/1/", "jwks": jwks }] });
    bench
        .sandbox
        .seed(&serde_json::from_value(scene).unwrap())
        .unwrap();
    let known = with_assertion(&bench, client_id, &assertion).await;
    assert_eq!(known.status, 200, "{known:?}");
}
