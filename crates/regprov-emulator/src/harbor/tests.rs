//! Harbor through the sandbox's front door.

mod accounts;
mod faults;
mod provided;
mod pushing;
mod rules;
mod system;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::oci::Digest;
use crate::scene::{Scene, SceneHarbor};
use crate::{ClockMode, Opened, Options, Sandbox, Service, open};

const NAME: &str = "harbor.test";
const HOST: &str = "localhost:40001";
const ADMIN: (&str, &str) = ("admin", "Harbor12345");
const NOBODY: (&str, &str) = ("", "");

/// A sandbox with one Harbor and a virtual clock.
pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) folder: tempfile::TempDir,
}

pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Got {
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The message of the first error.
    #[track_caller]
    pub(super) fn message(&self) -> &str {
        self.body["errors"][0]["message"]
            .as_str()
            .unwrap_or_else(|| panic!("no error in {}", self.text))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// The last part of `Location`.
    #[track_caller]
    pub(super) fn id(&self) -> String {
        let location = self.header("location");
        location
            .rsplit('/')
            .next()
            .filter(|id| !id.is_empty())
            .expect("a Location")
            .to_owned()
    }
}

pub(super) fn basic((user, password): (&str, &str)) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

impl World {
    pub(super) async fn new() -> Self {
        Self::of_version(None).await
    }

    pub(super) async fn of_version(version: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-01-01T06:30:00Z".parse().unwrap();
        let options = Options {
            root: folder.path().to_owned(),
            clock: ClockMode::Virtual { start },
            seed: 7,
            secret_marker: None,
            main_port: None,
        };
        let Opened::Owner(sandbox) = open(options).await.unwrap() else {
            panic!("somebody else owns a new folder")
        };
        let world = Self { sandbox, folder };
        world.provide(SceneHarbor {
            url: format!("https://{NAME}"),
            version: version.map(str::to_owned),
            username: Some(ADMIN.0.to_owned()),
            password: Some(ADMIN.1.to_owned()),
            ..SceneHarbor::default()
        });
        world
    }

    pub(super) fn provide(&self, harbor: SceneHarbor) -> crate::HarborAccess {
        let url = harbor.url.clone();
        let scene = Scene {
            harbors: vec![harbor],
            ..Scene::default()
        };
        self.sandbox.seed(&scene).unwrap().harbors.remove(&url).unwrap()
    }

    pub(super) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Got {
        let mut request = Request::builder().method(method).uri(target).header("host", HOST);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body)).unwrap();
        let response = self.sandbox.call(Service::Harbor(NAME.to_owned()), request).await;
        let (parts, body) = response.into_parts();
        Got {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }

    /// A request to the API of somebody; `NOBODY` sends no credentials.
    pub(super) async fn api_as(&self, who: (&str, &str), method: &str, path: &str, body: Value) -> Got {
        let authorization = basic(who);
        let mut headers = vec![("content-type", "application/json")];
        if who != NOBODY {
            headers.push(("authorization", &authorization));
        }
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        self.send(method, &format!("/api/v2.0{path}"), &headers, &bytes)
            .await
    }

    pub(super) async fn api(&self, method: &str, path: &str, body: Value) -> Got {
        self.api_as(ADMIN, method, path, body).await
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.api("GET", path, Value::Null).await
    }

    /// Makes a project; its id.
    pub(super) async fn project(&self, name: &str) -> String {
        let wish = json!({ "project_name": name, "metadata": { "public": "false" } });
        self.api("POST", "/projects", wish).await.expect(201).id()
    }

    /// Makes a robot of a project with these actions on repositories; its id, name and secret.
    pub(super) async fn robot(
        &self,
        project: &str,
        name: &str,
        actions: &[&str],
    ) -> (String, String, String) {
        let access: Vec<Value> = actions
            .iter()
            .map(|action| json!({ "resource": "repository", "action": action }))
            .collect();
        let wish = json!({
            "name": name, "level": "project", "duration": -1,
            "permissions": [{ "kind": "project", "namespace": project, "access": access }],
        });
        let got = self.api("POST", "/robots", wish).await.expect(201);
        let text = |field: &str| got.body[field].as_str().unwrap().to_owned();
        (got.id(), text("name"), text("secret"))
    }

    /// A token for a scope, as a header.
    pub(super) async fn token(&self, who: (&str, &str), scope: &str) -> String {
        let target = format!("/service/token?service=harbor-registry&scope={scope}");
        let got = self
            .send("GET", &target, &[("authorization", &basic(who))], b"")
            .await
            .expect(200);
        format!("Bearer {}", got.body["token"].as_str().unwrap())
    }

    /// Pushes an image of `size` bytes with a header for authorization; the answer to its last request that was made.
    pub(super) async fn push(&self, authorization: &str, image: &str, tag: &str, size: usize) -> Got {
        let auth = [("authorization", authorization)];
        let config = b"{}".to_vec();
        let layer = vec![b'x'; size];
        for blob in [&config, &layer] {
            let digest = Digest::of(blob);
            let target = format!("/v2/{image}/blobs/uploads/?digest={digest}");
            let got = self.send("POST", &target, &auth, blob).await;
            if got.status != 201 {
                return got;
            }
        }
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": Digest::of(&config).to_string(), "size": config.len(),
            },
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": Digest::of(&layer).to_string(), "size": size,
            }],
        });
        let headers = [("authorization", authorization), ("content-type", OCI)];
        let target = format!("/v2/{image}/manifests/{tag}");
        self.send("PUT", &target, &headers, manifest.to_string().as_bytes())
            .await
    }
}

pub(super) const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
