//! Service accounts and their keys.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};

use super::*;

/// A key file out of an answer that made a key.
pub(super) fn file_of(key: &Value) -> Value {
    let bytes = STANDARD.decode(key["privateKeyData"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The token request of a key file.
fn assertion(file: &Value, now: i64, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({
        "iss": file["client_email"], "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": file["token_uri"], "iat": now, "exp": now + 3600,
    });
    change(&mut claims);
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": file["private_key_id"] });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let der = PrivatePkcs8KeyDer::from_pem_slice(file["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature)
        .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn exchange(cloud: &mut Cloud, assertion: &str) -> (u16, Value) {
    let form =
        format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
    cloud.form("oauth2.googleapis.com", "/token", &form)
}

#[test]
fn an_account_is_made_changed_found_deleted_and_brought_back_by_its_unique_id() {
    let mut cloud = Cloud::new();
    let email = cloud.account("builder-one");
    assert_eq!(email, "builder-one@team-a.iam.gserviceaccount.com");
    let path = format!("iam/v1/{P}/serviceAccounts/{email}");
    let made = cloud.ok("GET", &path, &Value::Null);
    let id = made["uniqueId"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 21);
    let change = json!({ "serviceAccount": { "displayName": "B", "description": "d" }, "updateMask": "description,display_name" });
    let changed = cloud.ok("PATCH", &path, &change);
    assert_eq!(
        changed,
        json!({ "name": made["name"], "displayName": "B", "description": "d" })
    );
    cloud.ok("POST", &format!("{path}:disable"), &json!({}));
    assert_eq!(cloud.ok("GET", &path, &Value::Null)["disabled"], true);
    let body = json!({ "accountId": "builder-one", "serviceAccount": {} });
    let (status, text) = cloud.refused("POST", &format!("iam/v1/{P}/serviceAccounts"), &body);
    assert_eq!(
        (status, text.as_str()),
        (
            409,
            "Service account builder-one already exists within project projects/team-a."
        )
    );
    cloud.ok("DELETE", &path, &Value::Null);
    assert_eq!(
        cloud.refused("GET", &path, &Value::Null),
        (404, "Unknown service account".to_owned())
    );
    assert_eq!(
        cloud
            .refused(
                "GET",
                &format!("iam/v1/projects/-/serviceAccounts/{email}"),
                &Value::Null
            )
            .0,
        403
    );
    cloud.ok(
        "POST",
        &format!("iam/v1/{P}/serviceAccounts/{id}:undelete"),
        &json!({}),
    );
    assert_eq!(cloud.ok("GET", &path, &Value::Null)["uniqueId"], json!(id));
}

#[test]
fn an_account_id_that_breaks_the_rules_is_refused() {
    let mut cloud = Cloud::new();
    for id in [
        "short",
        "Upper-case",
        "1digit-first",
        "ends-with-",
        "a-name-that-is-longer-than-thirty",
    ] {
        let body = json!({ "accountId": id, "serviceAccount": {} });
        let (status, _) = cloud.refused("POST", &format!("iam/v1/{P}/serviceAccounts"), &body);
        assert_eq!(status, 400, "{id}");
    }
    let unknown = json!({ "accountId": "fine-name", "serviceAccount": { "nick": 1 } });
    let (_, text) = cloud.refused("POST", &format!("iam/v1/{P}/serviceAccounts"), &unknown);
    assert!(text.contains("Unknown name \"nick\""), "{text}");
}

#[test]
fn a_key_signs_its_owner_in_until_it_is_disabled_or_deleted() {
    let mut cloud = Cloud::new();
    let email = cloud.account("builder-one");
    let keys = format!("iam/v1/{P}/serviceAccounts/{email}/keys");
    let key = cloud.ok(
        "POST",
        &keys,
        &json!({ "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE" }),
    );
    let file = file_of(&key);
    let name = format!("iam/v1/{}", key["name"].as_str().unwrap());
    let now = cloud.tx.now().as_second();
    let good = assertion(&file, now, |_| ());
    let (status, token) = exchange(&mut cloud, &good);
    assert_eq!(status, 200, "{token}");
    let token = token["access_token"].as_str().unwrap().to_owned();
    let (status, who) = cloud.call_as(&token, "GET", "openidconnect/v1/userinfo", &Value::Null);
    assert_eq!((status, who["email"].as_str()), (200, Some(email.as_str())));
    let (status, _) = cloud.call_as(&token, "GET", &keys, &Value::Null);
    assert_eq!(status, 403, "it has no role");
    for (change, wanted) in [
        (
            (|claims: &mut Value| claims["exp"] = 9_999_999_999_i64.into()) as fn(&mut Value),
            "short-lived token",
        ),
        (|claims| claims["aud"] = "https://example.org/".into(), "audience"),
        (
            |claims| claims["iss"] = "nobody@team-a.iam.gserviceaccount.com".into(),
            "account not found",
        ),
    ] {
        let (status, body) = exchange(&mut cloud, &assertion(&file, now, change));
        assert_eq!(status, 400);
        assert!(
            body["error_description"].as_str().unwrap().contains(wanted),
            "{body}"
        );
    }
    let public = cloud.ok(
        "GET",
        &format!("{name}?publicKeyType=TYPE_X509_PEM_FILE"),
        &Value::Null,
    );
    let pem = STANDARD
        .decode(public["publicKeyData"].as_str().unwrap())
        .unwrap();
    assert!(pem.starts_with(b"-----BEGIN CERTIFICATE-----"));
    assert!(public.get("privateKeyData").is_none());
    cloud.ok("POST", &format!("{name}:disable"), &json!({}));
    assert_eq!(
        exchange(&mut cloud, &good).1["error_description"],
        "Invalid JWT Signature."
    );
    cloud.ok("POST", &format!("{name}:enable"), &json!({}));
    assert_eq!(exchange(&mut cloud, &good).0, 200);
    cloud.ok("DELETE", &name, &Value::Null);
    assert_eq!(exchange(&mut cloud, &good).0, 400);
    assert_eq!(cloud.refused("GET", &name, &Value::Null).0, 404);
}

#[test]
fn a_certificate_of_ones_own_is_taken_once_and_its_key_signs_in() {
    let mut cloud = Cloud::new();
    let (giver, taker) = (cloud.account("builder-one"), cloud.account("builder-two"));
    let made = cloud.ok(
        "POST",
        &format!("iam/v1/{P}/serviceAccounts/{giver}/keys"),
        &json!({}),
    );
    let mut file = file_of(&made);
    let name = format!(
        "iam/v1/{}?publicKeyType=TYPE_X509_PEM_FILE",
        made["name"].as_str().unwrap()
    );
    let certificate = cloud.ok("GET", &name, &Value::Null)["publicKeyData"].clone();
    let upload = format!("iam/v1/{P}/serviceAccounts/{taker}/keys:upload");
    let key = cloud.ok("POST", &upload, &json!({ "publicKeyData": certificate }));
    assert_eq!(key["keyOrigin"], "USER_PROVIDED");
    assert_eq!(
        cloud
            .refused("POST", &upload, &json!({ "publicKeyData": certificate }))
            .0,
        409
    );
    assert_eq!(
        cloud
            .refused("POST", &upload, &json!({ "publicKeyData": "AAAA" }))
            .0,
        400
    );
    file["client_email"] = taker.as_str().into();
    file["private_key_id"] = key["name"].as_str().unwrap().rsplit('/').next().unwrap().into();
    let now = cloud.tx.now().as_second();
    assert_eq!(exchange(&mut cloud, &assertion(&file, now, |_| ())).0, 200);
}

#[test]
fn the_number_of_keys_the_policy_of_the_organization_and_lag_are_as_real() {
    let mut cloud = Cloud::new();
    cloud.knobs(|knobs| {
        knobs.quota_google_keys = 1;
        knobs.google_key_ms = 1000;
    });
    let email = cloud.account("builder-one");
    let keys = format!("iam/v1/{P}/serviceAccounts/{email}/keys");
    let file = file_of(&cloud.ok("POST", &keys, &json!({})));
    let now = cloud.tx.now().as_second();
    assert_eq!(
        exchange(&mut cloud, &assertion(&file, now, |_| ())).1["error"],
        "invalid_grant"
    );
    assert_eq!(
        cloud.refused("POST", &keys, &json!({})),
        (400, "Precondition check failed.".to_owned())
    );
    let listed = cloud.ok("GET", &format!("{keys}?keyTypes=USER_MANAGED"), &Value::Null);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    assert_eq!(
        cloud.ok("GET", &keys, &Value::Null)["keys"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let constraint = "iam.disableServiceAccountKeyCreation";
    cloud.scene(json!({ "conditions": [{ "google_organization_policy": { "constraint": constraint } }] }));
    let (status, answer) = cloud.call("POST", &keys, &json!({}));
    assert_eq!(
        (status, answer["error"]["message"].as_str()),
        (400, Some("Key creation is not allowed on this service account."))
    );
    assert_eq!(
        answer["error"]["details"][0]["violations"][0]["type"],
        format!("constraints/{constraint}")
    );
    cloud.knobs(|knobs| knobs.google_account_ms = 1000);
    let fresh = cloud.account("builder-two");
    assert_eq!(
        cloud
            .refused(
                "GET",
                &format!("iam/v1/{P}/serviceAccounts/{fresh}"),
                &Value::Null
            )
            .0,
        404
    );
}
