//! The API by signed calls against its router.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Value, json};

use super::world::{self, OvhOperator};
use super::{handle, plans};
use crate::answer::Answer;
use crate::call::Call;
use crate::store::Transaction;
use crate::store::tests::transaction;

/// The account with its operator.
pub(super) struct Account {
    pub(super) tx: Transaction,
    pub(super) operator: OvhOperator,
}

impl Account {
    pub(super) fn new() -> Self {
        let mut tx = transaction();
        world::ensure(&mut tx);
        let operator = world::operator(&tx).unwrap();
        Self { tx, operator }
    }

    /// The headers of a signed call.
    fn signed(&self, method: &Method, path: &str, body: &str) -> HeaderMap {
        let stamp = self.tx.now().as_second();
        let text = format!(
            "{}+{}+{method}+http://localhost{path}+{body}+{stamp}",
            self.operator.application_secret, self.operator.consumer_key
        );
        let signature = hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()));
        let pairs = [
            ("x-ovh-application", self.operator.application_key.clone()),
            ("x-ovh-consumer", self.operator.consumer_key.clone()),
            ("x-ovh-timestamp", stamp.to_string()),
            ("x-ovh-signature", format!("$1${signature}")),
        ];
        pairs
            .into_iter()
            .map(|(name, value)| {
                let name = http::HeaderName::from_static(name);
                (name, HeaderValue::from_str(&value).unwrap())
            })
            .collect()
    }

    /// A signed call of a path below the project.
    pub(super) fn call(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/1.0/cloud/project/{}{path}", self.operator.service_name);
        let method: Method = method.parse().unwrap();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers = self.signed(&method, &path, &body);
        self.send(&Call::new(method, &path, headers, Bytes::from(body)))
    }

    pub(super) fn send(&mut self, call: &Call) -> (u16, Value) {
        let Answer { status, body, .. } = handle(&mut self.tx, call);
        (status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Orders a registry; its id.
    pub(super) fn registry(&mut self) -> String {
        self.tx
            .put(crate::store::SETTINGS, "knobs", &json!({ "lro_duration_ms": 0 }));
        let order = json!({ "name": "one", "region": "GRA", "planID": plans::PLANS[0].id });
        let (status, registry) = self.call("POST", "/containerRegistry", &order);
        assert_eq!(status, 200, "{registry}");
        registry["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_signature_is_of_the_exact_url_and_body() {
    let mut account = Account::new();
    let path = format!("/1.0/cloud/project/{}", account.operator.service_name);
    let headers = account.signed(&Method::GET, &path, "");
    let good = Call::new(Method::GET, &path, headers.clone(), Bytes::new());
    assert_eq!(account.send(&good).0, 200);
    let other = Call::new(Method::GET, &format!("{path}?a=1"), headers.clone(), Bytes::new());
    let (status, body) = account.send(&other);
    assert_eq!(
        (status, body["errorCode"].as_str()),
        (400, Some("INVALID_SIGNATURE"))
    );
    let elsewhere = Call::new(Method::GET, &path, headers.clone(), Bytes::new()).at("https", "localhost");
    assert_eq!(account.send(&elsewhere).0, 400);
    let mut late = headers;
    late.insert("x-ovh-timestamp", HeaderValue::from_static("1000"));
    let (status, body) = account.send(&Call::new(Method::GET, &path, late, Bytes::new()));
    assert_eq!(
        (status, body["errorCode"].as_str()),
        (400, Some("QUERY_TIME_OUT"))
    );
}

#[test]
fn a_call_without_credentials_is_told_to_log_in() {
    let mut account = Account::new();
    let call = Call::new(Method::GET, "/1.0/me", HeaderMap::new(), Bytes::new());
    let (status, body) = account.send(&call);
    assert_eq!(status, StatusCode::FORBIDDEN.as_u16());
    assert_eq!(body["errorCode"], "NOT_CREDENTIAL");
    let call = Call::new(Method::GET, "/1.0/auth/time", HeaderMap::new(), Bytes::new());
    assert_eq!(account.send(&call).1, json!(account.tx.now().as_second()));
}

#[test]
fn a_new_consumer_key_works_once_it_is_validated_and_only_within_its_rules() {
    let mut account = Account::new();
    let mut headers = HeaderMap::new();
    headers.insert(
        "x-ovh-application",
        HeaderValue::from_str(&account.operator.application_key).unwrap(),
    );
    let rules = json!({ "accessRules": [{ "method": "GET", "path": "/cloud/*" }] }).to_string();
    let call = Call::new(Method::POST, "/1.0/auth/credential", headers, Bytes::from(rules));
    let (_, asked) = account.send(&call);
    account.operator.consumer_key = asked["consumerKey"].as_str().unwrap().to_owned();
    let (status, body) = account.call("GET", "", &Value::Null);
    assert_eq!(
        (status, body["errorCode"].as_str()),
        (403, Some("INVALID_CREDENTIAL"))
    );
    let url = asked["validationUrl"]
        .as_str()
        .unwrap()
        .strip_prefix("http://localhost")
        .unwrap();
    let visit = Call::new(Method::GET, url, HeaderMap::new(), Bytes::new());
    assert_eq!(account.send(&visit).0, 200);
    assert_eq!(account.call("GET", "", &Value::Null).0, 200);
    let (status, body) = account.call("POST", "/containerRegistry", &json!({}));
    assert_eq!(
        (status, body["errorCode"].as_str()),
        (403, Some("NOT_GRANTED_CALL"))
    );
}

#[test]
fn a_service_account_gets_a_token_that_works() {
    let mut account = Account::new();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=all",
        account.operator.client_id, account.operator.client_secret
    );
    let call = Call::new(
        Method::POST,
        "/auth/oauth2/token",
        HeaderMap::new(),
        Bytes::from(form),
    );
    let (status, body) = account.send(&call);
    assert_eq!(status, 200);
    let mut headers = HeaderMap::new();
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    headers.insert("authorization", HeaderValue::from_str(&bearer).unwrap());
    let call = Call::new(Method::GET, "/1.0/auth/details", headers, Bytes::new());
    assert_eq!(account.send(&call).1["method"], "oauth2");
}

#[test]
fn a_registry_is_installed_delivered_and_ready() {
    let mut account = Account::new();
    let id = account.registry();
    let (status, registry) = account.call("GET", &format!("/containerRegistry/{id}"), &Value::Null);
    assert_eq!((status, registry["status"].as_str()), (200, Some("READY")));
    assert!(registry["url"].as_str().unwrap().starts_with("https://"));
    let (_, plan) = account.call("GET", &format!("/containerRegistry/{id}/plan"), &Value::Null);
    assert_eq!(plan["name"], "SMALL");
}

#[test]
fn a_registry_may_grow_and_not_shrink() {
    let mut account = Account::new();
    let id = account.registry();
    let path = format!("/containerRegistry/{id}/plan");
    assert_eq!(
        account
            .call("PUT", &path, &json!({ "planID": plans::PLANS[1].id }))
            .0,
        200
    );
    assert_eq!(account.call("GET", &path, &Value::Null).1["name"], "MEDIUM");
    let (status, body) = account.call("PUT", &path, &json!({ "planID": plans::PLANS[0].id }));
    assert_eq!(status, 400, "{body}");
}

#[test]
fn an_order_is_checked() {
    let mut account = Account::new();
    for (order, word) in [
        (json!({ "region": "GRA" }), "name"),
        (json!({ "name": "one", "region": "XXX" }), "XXX"),
        (
            json!({ "name": "one", "region": "GRA", "planID": "no" }),
            "planID",
        ),
        (
            json!({ "name": "one", "region": "GRA", "planId": "x" }),
            "not described",
        ),
    ] {
        let (status, body) = account.call("POST", "/containerRegistry", &order);
        assert_eq!(status, 400);
        assert!(body["message"].as_str().unwrap().contains(word), "{body}");
    }
}

#[test]
fn a_user_of_a_registry_tells_its_password_once() {
    let mut account = Account::new();
    let id = account.registry();
    let path = format!("/containerRegistry/{id}/users");
    let new = json!({ "login": "admin-one", "email": "one@example.org" });
    let (status, user) = account.call("POST", &path, &new);
    assert_eq!(status, 200, "{user}");
    assert!(user["password"].as_str().unwrap().len() >= 12);
    assert_eq!(account.call("POST", &path, &new).0, 409);
    let (_, users) = account.call("GET", &path, &Value::Null);
    assert_eq!(
        (users[0]["user"].as_str(), users[0]["password"].as_str()),
        (Some("admin-one"), Some(""))
    );
    let one = format!("{path}/{}", user["id"].as_str().unwrap());
    assert_eq!(account.call("DELETE", &one, &Value::Null).0, 200);
    assert_eq!(account.call("GET", &one, &Value::Null).0, 404);
}
