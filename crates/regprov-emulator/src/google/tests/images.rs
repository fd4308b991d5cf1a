//! The registries: who gets in, and what may be pushed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::accounts::file_of;
use super::*;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A client of one registry.
struct Docker<'a> {
    cloud: &'a mut Cloud,
    host: &'static str,
    login: Option<(String, String)>,
}

impl Docker<'_> {
    fn send(&mut self, method: &str, path: &str, authorization: Option<String>, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert("authorization", HeaderValue::from_str(&value).unwrap());
        }
        headers.insert("content-type", HeaderValue::from_static(MANIFEST));
        let call = Call::new(
            method.parse().unwrap(),
            path,
            headers,
            Bytes::from(body.to_owned()),
        );
        self.cloud.answer(self.host, &call)
    }

    /// Sends a request, with a token where it is asked for one.
    fn call(&mut self, method: &str, path: &str, body: &str) -> (u16, Answer) {
        let first = self.send(method, path, None, body);
        let Some(challenge) = first.headers.get("www-authenticate") else {
            return (first.status.as_u16(), first);
        };
        let challenge = challenge.to_str().unwrap().to_owned();
        let part = |name: &str| {
            let (_, rest) = challenge.split_once(&format!("{name}=")).unwrap_or_default();
            rest.trim_start_matches('"')
                .split(['"', ','])
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(part("realm"), format!("https://{}/v2/token", self.host));
        let scope = challenge
            .split_once("scope=\"")
            .map_or("", |(_, rest)| rest.trim_end_matches('"'));
        let path_of_token = format!("/v2/token?service={}&scope={scope}", part("service"));
        let basic = self
            .login
            .clone()
            .map(|(user, password)| format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        let told = self.send("GET", &path_of_token, basic, "");
        if told.status != 200 {
            return (told.status.as_u16(), told);
        }
        let told: Value = serde_json::from_slice(&told.body).unwrap();
        let bearer = format!("Bearer {}", told["token"].as_str().unwrap());
        let answer = self.send(method, path, Some(bearer), body);
        (answer.status.as_u16(), answer)
    }

    /// Pushes a small image; the status at which it ended.
    fn push(&mut self, name: &str, tag: &str, text: &str) -> (u16, String) {
        let digest = |text: &str| format!("sha256:{}", hex::encode(Sha256::digest(text.as_bytes())));
        let told = |answer: &Answer| String::from_utf8_lossy(&answer.body).into_owned();
        let (status, started) = self.call("POST", &format!("/v2/{name}/blobs/uploads/"), "");
        if status != 202 {
            return (status, told(&started));
        }
        let place = started.headers["location"].to_str().unwrap().to_owned();
        assert!(place.contains(&format!("/v2/{name}/blobs/uploads/")), "{place}");
        let path = &place[place.find("/v2/").unwrap()..];
        let join = if path.contains('?') { '&' } else { '?' };
        let (status, done) = self.call("PUT", &format!("{path}{join}digest={}", digest(text)), text);
        assert_eq!(status, 201, "{}", told(&done));
        let part = json!({ "mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(text), "size": text.len() });
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": part, "layers": [part] });
        let (status, answer) = self.call(
            "PUT",
            &format!("/v2/{name}/manifests/{tag}"),
            &manifest.to_string(),
        );
        (status, told(&answer))
    }
}

/// A cloud with a repository, and an account with a role and a key file.
fn with_writer(role: &str) -> (Cloud, Value, String) {
    let mut cloud = Cloud::new();
    let repository = cloud.repository("us-central1", "base");
    let email = cloud.account("builder-one");
    let key = cloud.ok(
        "POST",
        &format!("iam/v1/{P}/serviceAccounts/{email}/keys"),
        &json!({}),
    );
    cloud.bind(
        "artifactregistry/v1",
        &repository,
        (role, &format!("serviceAccount:{email}")),
    );
    (
        cloud,
        file_of(&key),
        key["privateKeyData"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn every_login_that_google_knows_pushes_and_pulls() {
    let (mut cloud, file, packed) = with_writer("roles/artifactregistry.writer");
    let operator = cloud.token.clone();
    let logins = [
        ("_json_key", file.to_string()),
        ("_json_key_base64", packed),
        ("oauth2accesstoken", operator),
    ];
    for (at, (user, password)) in logins.into_iter().enumerate() {
        let login = Some((user.to_owned(), password));
        let mut docker = Docker {
            cloud: &mut cloud,
            host: "us-central1-docker.pkg.dev",
            login,
        };
        let tag = format!("v{at}");
        assert_eq!(docker.push("team-a/base/app", &tag, user).0, 201, "{user}");
        assert_eq!(
            docker
                .call("GET", &format!("/v2/team-a/base/app/manifests/{tag}"), "")
                .0,
            200
        );
        assert_eq!(docker.call("GET", "/v2/", "").0, 200);
    }
    let images = cloud.ok(
        "GET",
        &format!("artifactregistry/v1/{P}/locations/us-central1/repositories/base/dockerImages"),
        &Value::Null,
    );
    assert_eq!(images["dockerImages"].as_array().unwrap().len(), 3);
    assert_eq!(images["dockerImages"][0]["mediaType"], MANIFEST);
}

#[test]
fn a_reader_pulls_and_does_not_push() {
    let (mut cloud, file, _) = with_writer("roles/artifactregistry.reader");
    let login = Some(("_json_key".to_owned(), file.to_string()));
    let mut docker = Docker {
        cloud: &mut cloud,
        host: "us-central1-docker.pkg.dev",
        login,
    };
    let (status, text) = docker.push("team-a/base/app", "v1", "x");
    assert_eq!(status, 403);
    assert!(text.contains("Permission \\\"artifactregistry.repositories.uploadArtifacts\\\" denied on resource \\\"projects/team-a/locations/us-central1/repositories/base\\\" (or it may not exist)"), "{text}");
    assert_eq!(docker.call("GET", "/v2/team-a/base/app/manifests/v1", "").0, 404);
    docker.login = None;
    let (status, text) = docker.push("team-a/base/app", "v1", "x");
    assert_eq!(status, 403);
    assert!(text.contains("Unauthenticated request."), "{text}");
    docker.login = Some(("_json_key".to_owned(), "{".to_owned()));
    assert!(
        docker
            .push("team-a/base/app", "v1", "x")
            .1
            .contains("Unable to parse json key.")
    );
    assert_eq!(docker.call("GET", "/v2/team-a/base/manifests/v1", "").0, 400);
}

#[test]
fn a_repository_that_is_not_there_and_a_tag_that_never_changes_take_no_image() {
    let (mut cloud, _, _) = with_writer("roles/artifactregistry.writer");
    let operator = Some(("oauth2accesstoken".to_owned(), cloud.token.clone()));
    let url =
        format!("artifactregistry/v1/{P}/locations/us-central1/repositories/base?updateMask=dockerConfig");
    cloud.ok(
        "PATCH",
        &url,
        &json!({ "dockerConfig": { "immutableTags": true } }),
    );
    let mut docker = Docker {
        cloud: &mut cloud,
        host: "us-central1-docker.pkg.dev",
        login: operator,
    };
    assert_eq!(
        docker.push("team-a/other/app", "v1", "x"),
        (404, docker.push("team-a/other/app", "v1", "x").1)
    );
    assert_eq!(docker.push("team-a/base/app", "v1", "x").0, 201);
    assert_eq!(
        docker.push("team-a/base/app", "v1", "x").0,
        201,
        "the same image again"
    );
    let (status, text) = docker.push("team-a/base/app", "v1", "y");
    assert_eq!(status, 400);
    assert!(text.contains("immutability"), "{text}");
}

#[test]
fn a_push_to_gcr_io_makes_its_repository_where_the_caller_may_and_artifact_registry_has_the_image() {
    let mut cloud = Cloud::new();
    let email = cloud.account("builder-one");
    let key = cloud.ok(
        "POST",
        &format!("iam/v1/{P}/serviceAccounts/{email}/keys"),
        &json!({}),
    );
    let member = format!("serviceAccount:{email}");
    cloud.bind(
        "cloudresourcemanager/v1",
        P,
        ("roles/artifactregistry.writer", &member),
    );
    let login = Some(("_json_key".to_owned(), file_of(&key).to_string()));
    let mut docker = Docker {
        cloud: &mut cloud,
        host: "gcr.io",
        login: login.clone(),
    };
    let (status, text) = docker.push("team-a/app", "v1", "x");
    assert_eq!(status, 403);
    assert!(
        text.contains("artifactregistry.repositories.createOnPush"),
        "{text}"
    );
    cloud.bind(
        "cloudresourcemanager/v1",
        P,
        ("roles/artifactregistry.createOnPushWriter", &member),
    );
    let mut docker = Docker {
        cloud: &mut cloud,
        host: "gcr.io",
        login: login.clone(),
    };
    assert_eq!(docker.push("team-a/app", "v1", "x").0, 201);
    let (status, tags) = docker.call("GET", "/v2/team-a/app/tags/list", "");
    let told: Value = serde_json::from_slice(&tags.body).unwrap();
    assert_eq!(
        (status, told),
        (200, json!({ "name": "team-a/app", "tags": ["v1"] }))
    );
    let read = cloud.ok(
        "GET",
        &format!("artifactregistry/v1/{P}/locations/us/repositories/gcr.io"),
        &Value::Null,
    );
    assert_eq!(read["format"], "DOCKER");
    let mut same = Docker {
        cloud: &mut cloud,
        host: "us-docker.pkg.dev",
        login,
    };
    assert_eq!(same.call("GET", "/v2/team-a/gcr.io/app/manifests/v1", "").0, 200);
}
