//! The APIs and registries by calls against their router.

mod accounts;
mod federation;
mod images;
mod policies;
mod repositories;
mod roles;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use super::description::GoogleExchange;
use super::{handle, world};
use crate::answer::Answer;
use crate::call::Call;
use crate::knobs::Knobs;
use crate::oci::Blobs;
use crate::scene::{self, Scene};
use crate::store::tests::transaction;
use crate::store::{SETTINGS, Transaction};

/// A project that nobody made: the operator's by being named.
const P: &str = "projects/team-a";

/// Google, and the operator's token.
struct Cloud {
    tx: Transaction,
    blobs: Blobs,
    token: String,
    _folder: tempfile::TempDir,
}

/// Every request of these tests that is taken, and every answer, is as Google describes its APIs.
fn is_as_described(host: &str, call: &Call, answer: &Answer) {
    let exchange = GoogleExchange {
        host,
        method: call.method.as_str(),
        path: &call.path,
        query: if answer.commits() { &call.query } else { &[] },
        sent: &call.body,
        status: answer.status.as_u16(),
        told: &answer.body,
    };
    let wrong = exchange.discrepancies();
    let place = format!("{} https://{host}{}", call.method, call.path);
    let (sent, told) = (&exchange.sent, &exchange.told);
    assert!(
        wrong.is_empty(),
        "{place}: {wrong:?}: sent {}, told {}",
        String::from_utf8_lossy(sent),
        String::from_utf8_lossy(told)
    );
}

impl Cloud {
    fn new() -> Self {
        let mut tx = transaction();
        world::ensure(&mut tx);
        let folder = tempfile::tempdir().unwrap();
        let mut cloud = Self {
            tx,
            blobs: Blobs::new(folder.path()),
            token: String::new(),
            _folder: folder,
        };
        cloud.knobs(|knobs| knobs.lro_duration_ms = 0);
        cloud.token = cloud.again();
        cloud
    }

    /// A new token of the operator.
    fn again(&mut self) -> String {
        let operator = world::operator(&self.tx).unwrap();
        let form = format!(
            "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
            operator.client_id,
            operator.client_secret,
            operator.refresh_token.replace('/', "%2F")
        );
        let (status, body) = self.form("oauth2.googleapis.com", "/token", &form);
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    fn knobs(&mut self, turn: impl FnOnce(&mut Knobs)) {
        let mut knobs = self.tx.knobs();
        turn(&mut knobs);
        self.tx.put(SETTINGS, "knobs", &knobs);
    }

    fn scene(&mut self, scene: Value) {
        self.tx.put(SETTINGS, "azure_default_subscription", &"s");
        let scene: Scene = serde_json::from_value(scene).unwrap();
        scene::seed(&mut self.tx, &scene).unwrap();
    }

    fn form(&mut self, host: &str, path: &str, form: &str) -> (u16, Value) {
        let call = Call::new(Method::POST, path, HeaderMap::new(), Bytes::from(form.to_owned()));
        self.send(host, &call)
    }

    fn send(&mut self, host: &str, call: &Call) -> (u16, Value) {
        let Answer { status, body, .. } = self.answer(host, call);
        (status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
    }

    fn answer(&mut self, host: &str, call: &Call) -> Answer {
        let before = self.tx.savepoint();
        let call = call.clone().at("https", host);
        let answer = handle(&mut self.tx, &call, host, &self.blobs);
        if !answer.commits() {
            self.tx.roll_back(before);
        }
        is_as_described(host, &call, &answer);
        answer
    }

    /// A call by the operator; `null` is no body.
    fn call(&mut self, method: &str, url: &str, body: &Value) -> (u16, Value) {
        let token = self.token.clone();
        self.call_as(&token, method, url, body)
    }

    fn call_as(&mut self, token: &str, method: &str, url: &str, body: &Value) -> (u16, Value) {
        let (api, path) = url.split_once('/').unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(
            "authorization",
            HeaderValue::from_str(&format!("Bearer {token}")).unwrap(),
        );
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let call = Call::new(
            method.parse().unwrap(),
            &format!("/{path}"),
            headers,
            Bytes::from(body),
        );
        self.send(&format!("{api}.googleapis.com"), &call)
    }

    fn ok(&mut self, method: &str, url: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, url, body);
        assert_eq!(status, 200, "{method} {url}: {answer}");
        answer
    }

    fn refused(&mut self, method: &str, url: &str, body: &Value) -> (u16, String) {
        let (status, answer) = self.call(method, url, body);
        assert!(status >= 400, "{method} {url}: {answer}");
        (
            status,
            answer["error"]["message"].as_str().unwrap_or_default().to_owned(),
        )
    }

    /// Makes a service account; its e-mail address.
    fn account(&mut self, id: &str) -> String {
        let made = self.ok(
            "POST",
            &format!("iam/v1/{P}/serviceAccounts"),
            &json!({ "accountId": id, "serviceAccount": {} }),
        );
        made["email"].as_str().unwrap().to_owned()
    }

    /// Makes a repository for images.
    fn repository(&mut self, location: &str, id: &str) -> String {
        let parent = format!("{P}/locations/{location}");
        let url = format!("artifactregistry/v1/{parent}/repositories?repositoryId={id}");
        self.ok("POST", &url, &json!({ "format": "DOCKER" }));
        format!("{parent}/repositories/{id}")
    }

    /// Gives a member a role on an object, as clients do.
    fn bind(&mut self, api: &str, object: &str, (role, member): (&str, &str)) {
        let get = if api.starts_with("artifactregistry") {
            "GET"
        } else {
            "POST"
        };
        let version = json!({ "options": { "requestedPolicyVersion": 3 } });
        let read = if api.starts_with("cloudresourcemanager") {
            version
        } else {
            Value::Null
        };
        let mut policy = self.ok(get, &format!("{api}/{object}:getIamPolicy"), &read);
        let binding = json!({ "role": role, "members": [member] });
        match policy["bindings"].as_array_mut() {
            Some(bindings) => bindings.push(binding),
            None => policy["bindings"] = json!([binding]),
        }
        policy["version"] = 3.into();
        self.ok(
            "POST",
            &format!("{api}/{object}:setIamPolicy"),
            &json!({ "policy": policy }),
        );
    }
}

#[test]
fn a_request_without_credentials_or_with_wrong_ones_is_refused() {
    let mut cloud = Cloud::new();
    let url = format!("/v1/{P}");
    let call = Call::new(Method::GET, &url, HeaderMap::new(), Bytes::new());
    let (status, body) = cloud.send("cloudresourcemanager.googleapis.com", &call);
    assert_eq!(
        (status, body["error"]["status"].as_str()),
        (401, Some("UNAUTHENTICATED"))
    );
    let (status, _) = cloud.call_as(
        "ya29.forged",
        "GET",
        &format!("cloudresourcemanager{url}"),
        &Value::Null,
    );
    assert_eq!(status, 401);
    let (status, body) = cloud.form(
        "oauth2.googleapis.com",
        "/token",
        "grant_type=refresh_token&client_id=x",
    );
    assert_eq!((status, body["error"].as_str()), (401, Some("invalid_client")));
}

#[test]
fn a_project_that_a_configuration_names_is_there_and_one_that_a_scene_does_not_name_is_hidden() {
    let mut cloud = Cloud::new();
    let project = cloud.ok("GET", &format!("cloudresourcemanager/v1/{P}"), &Value::Null);
    let number = project["projectNumber"].as_str().unwrap().to_owned();
    let again = cloud.ok(
        "GET",
        &format!("cloudresourcemanager/v1/projects/{number}"),
        &Value::Null,
    );
    assert_eq!(again["projectId"], "team-a");
    assert_eq!(
        cloud.ok("GET", &format!("cloudbilling/v1/{P}/billingInfo"), &Value::Null)["billingEnabled"],
        true
    );
    cloud.scene(json!({ "google_projects": [{ "id": "only-this", "billing_disabled": true }] }));
    let (status, text) = cloud.refused("GET", "cloudresourcemanager/v1/projects/other-one", &Value::Null);
    assert_eq!(
        (status, text.as_str()),
        (403, "The caller does not have permission")
    );
    let paid = "serviceusage/v1/projects/only-this/services/compute.googleapis.com:enable";
    let (status, text) = cloud.refused("POST", paid, &json!({}));
    assert_eq!(status, 400);
    assert!(text.contains("Billing must be enabled"), "{text}");
}

#[test]
fn an_api_is_enabled_disabled_and_answers_once_it_has_propagated() {
    let mut cloud = Cloud::new();
    let services = format!("serviceusage/v1/{P}/services");
    let name = "containerscanning.googleapis.com";
    let state = |cloud: &mut Cloud, name: &str| {
        let body = cloud.ok(
            "GET",
            &format!("serviceusage/v1/{P}/services/{name}"),
            &Value::Null,
        );
        body["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&mut cloud, name), "DISABLED");
    let begun = cloud.ok("POST", &format!("{services}/{name}:enable"), &json!({}));
    let done = cloud.ok(
        "GET",
        &format!("serviceusage/v1/{}", begun["name"].as_str().unwrap()),
        &Value::Null,
    );
    assert_eq!(done["response"]["service"]["state"], "ENABLED");
    let again = cloud.ok(
        "POST",
        &format!("{services}:batchEnable"),
        &json!({ "serviceIds": [name] }),
    );
    assert_eq!(again["name"], "operations/noop.DONE_OPERATION");
    let registry = "artifactregistry.googleapis.com";
    cloud.ok("POST", &format!("{services}/{registry}:disable"), &json!({}));
    let repositories = format!("artifactregistry/v1/{P}/locations/us/repositories");
    let (status, answer) = cloud.call("GET", &repositories, &Value::Null);
    assert_eq!(
        (status, &answer["error"]["details"][0]["reason"]),
        (403, &json!("SERVICE_DISABLED"))
    );
    cloud.knobs(|knobs| knobs.google_service_ms = 60_000);
    cloud.ok("POST", &format!("{services}/{registry}:enable"), &json!({}));
    assert_eq!(state(&mut cloud, registry), "ENABLED");
    assert!(
        cloud
            .refused("GET", &repositories, &Value::Null)
            .1
            .contains("has not been used in project")
    );
    let (status, text) = cloud.refused(
        "POST",
        &format!("{services}/nothing.googleapis.com:enable"),
        &json!({}),
    );
    assert_eq!(
        (status, text.as_str()),
        (
            403,
            "Not found or permission denied for service(s): nothing.googleapis.com."
        )
    );
}
