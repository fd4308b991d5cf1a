use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::digest::Digest;
use super::{Access, Blobs, Rights, Route, Visit, forget_registry, repositories, serve};
use crate::store::Transaction;
use crate::store::tests::transaction;

/// Everything is allowed, except reading `secret/*`.
struct Most;

impl Rights for Most {
    fn allows(&self, repository: Option<&str>, _: Access) -> bool {
        !repository.unwrap_or_default().starts_with("secret/")
    }
}

struct World {
    tx: Transaction,
    content: Blobs,
    next: u32,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            tx: transaction(),
            content: Blobs::new(folder.path()),
            next: 0,
            folder,
        }
    }

    fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Bytes> {
        self.next += 1;
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body)).unwrap();
        let visit = Visit {
            registry: "reg",
            request: &request,
            content: &self.content,
            rights: &Most,
            fresh_id: format!("upload-{}", self.next),
            now: "2026-01-01T00:00:00Z".into(),
        };
        match Route::parse(request.uri().path()) {
            Ok(route) => serve(&mut self.tx, &route, &visit),
            Err(failure) => failure.into_response(),
        }
    }

    fn blob(&mut self, repository: &str, bytes: &[u8]) -> String {
        let digest = Digest::of(bytes).to_string();
        let answer = self.ask(
            "POST",
            &format!("/v2/{repository}/blobs/uploads/?digest={digest}"),
            &[],
            bytes,
        );
        assert_eq!(answer.status(), StatusCode::CREATED);
        digest
    }

    fn image(&mut self, repository: &str, tag: &str) -> (String, Vec<u8>) {
        let config = self.blob(repository, b"{}");
        let layer = self.blob(repository, b"layer");
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI,
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2 },
            "layers": [{ "mediaType": "application/x-tar", "digest": layer, "size": 5 }],
        })
        .to_string()
        .into_bytes();
        let target = format!("/v2/{repository}/manifests/{tag}");
        let answer = self.ask("PUT", &target, &[("content-type", OCI)], &manifest);
        assert_eq!(answer.status(), StatusCode::CREATED, "{:?}", answer.body());
        (Digest::of(&manifest).to_string(), manifest)
    }
}

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

fn code(answer: &Response<Bytes>) -> String {
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    body["errors"][0]["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_chunked_upload_becomes_a_blob_that_reads_back() {
    let mut world = World::new();
    let start = world.ask("POST", "/v2/team/app/blobs/uploads/", &[], b"");
    assert_eq!(start.status(), StatusCode::ACCEPTED);
    let location = start.headers()["location"].to_str().unwrap().to_owned();
    let first = world.ask("PATCH", &location, &[], b"hello ");
    assert_eq!(first.headers()["range"], "0-5");
    let wrong = world.ask("PATCH", &location, &[("content-range", "2-7")], b"world!");
    assert_eq!(wrong.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    world.ask("PATCH", &location, &[("content-range", "6-10")], b"world");
    let digest = Digest::of(b"hello world");
    let bad = world.ask(
        "PUT",
        &format!("{location}?digest={}", Digest::of(b"other")),
        &[],
        b"",
    );
    assert_eq!(code(&bad), "DIGEST_INVALID");
    let done = world.ask("PUT", &format!("{location}?digest={digest}"), &[], b"");
    assert_eq!(done.status(), StatusCode::CREATED);
    let blob = world.ask("GET", &format!("/v2/team/app/blobs/{digest}"), &[], b"");
    assert_eq!(blob.body().as_ref(), b"hello world");
    let part = world.ask(
        "GET",
        &format!("/v2/team/app/blobs/{digest}"),
        &[("range", "bytes=6-")],
        b"",
    );
    assert_eq!(
        (part.status(), part.body().as_ref()),
        (StatusCode::PARTIAL_CONTENT, b"world".as_slice())
    );
    let head = world.ask("HEAD", &format!("/v2/team/app/blobs/{digest}"), &[], b"");
    assert_eq!(
        (
            head.headers()["content-length"].to_str().unwrap(),
            head.body().len()
        ),
        ("11", 0)
    );
    let gone = world.ask("GET", &location, &[], b"");
    assert_eq!(code(&gone), "BLOB_UPLOAD_UNKNOWN");
}

#[test]
fn an_image_is_found_by_tag_and_by_digest_and_leaves_with_its_manifest() {
    let mut world = World::new();
    let (digest, manifest) = world.image("team/app", "v1");
    for reference in ["v1", digest.as_str()] {
        let answer = world.ask(
            "GET",
            &format!("/v2/team/app/manifests/{reference}"),
            &[("accept", OCI)],
            b"",
        );
        assert_eq!(answer.body().as_ref(), manifest.as_slice());
        assert_eq!(answer.headers()["docker-content-digest"], digest.as_str());
    }
    let other = [("accept", "application/vnd.docker.distribution.manifest.v2+json")];
    let refused = world.ask("GET", "/v2/team/app/manifests/v1", &other, b"");
    assert_eq!(code(&refused), "MANIFEST_UNKNOWN");
    let tags = world.ask("GET", "/v2/team/app/tags/list", &[], b"");
    assert_eq!(tags.body().as_ref(), br#"{"name":"team/app","tags":["v1"]}"#);
    assert!(repositories(&world.tx, "reg").contains("team/app"));
    let deleted = world.ask("DELETE", &format!("/v2/team/app/manifests/{digest}"), &[], b"");
    assert_eq!(deleted.status(), StatusCode::ACCEPTED);
    assert_eq!(
        code(&world.ask("GET", "/v2/team/app/tags/list", &[], b"")),
        "NAME_UNKNOWN"
    );
    assert_eq!(world.tx.count(super::rows::BLOBS), 0);
}

#[test]
fn a_manifest_whose_blobs_are_missing_is_refused() {
    let mut world = World::new();
    let manifest = json!({
        "schemaVersion": 2,
        "config": { "digest": Digest::of(b"nowhere").to_string(), "size": 7 },
        "layers": [],
    });
    let answer = world.ask(
        "PUT",
        "/v2/app/manifests/v1",
        &[("content-type", OCI)],
        manifest.to_string().as_bytes(),
    );
    assert_eq!(
        (answer.status(), code(&answer)),
        (StatusCode::BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN".to_owned())
    );
}

#[test]
fn a_mount_takes_what_the_caller_may_pull_and_nothing_else() {
    let mut world = World::new();
    let open = world.blob("team/app", b"open");
    let closed = world.blob("secret/app", b"closed");
    let mounted = world.ask(
        "POST",
        &format!("/v2/b/blobs/uploads/?mount={open}&from=team/app"),
        &[],
        b"",
    );
    assert_eq!(mounted.status(), StatusCode::CREATED);
    let refused = world.ask(
        "POST",
        &format!("/v2/b/blobs/uploads/?mount={closed}&from=secret/app"),
        &[],
        b"",
    );
    assert_eq!(refused.status(), StatusCode::ACCEPTED);
}

#[test]
fn referrers_lists_what_points_at_a_subject() {
    let mut world = World::new();
    let (subject, _) = world.image("app", "v1");
    let config = world.blob("app", b"{}");
    let manifest = json!({
        "schemaVersion": 2, "mediaType": OCI, "artifactType": "application/x-signature",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2 },
        "layers": [], "subject": { "digest": subject },
    });
    let body = manifest.to_string();
    let answer = world.ask(
        "PUT",
        &format!("/v2/app/manifests/{}", Digest::of(body.as_bytes())),
        &[],
        body.as_bytes(),
    );
    assert_eq!(answer.headers()["oci-subject"], subject.as_str());
    let list = world.ask("GET", &format!("/v2/app/referrers/{subject}"), &[], b"");
    let list: Value = serde_json::from_slice(list.body()).unwrap();
    assert_eq!(list["manifests"][0]["artifactType"], "application/x-signature");
}

#[test]
fn content_of_a_deleted_registry_is_swept_when_another_gets_its_first_blob() {
    let mut world = World::new();
    world.image("app", "v1");
    let files = |world: &World| {
        std::fs::read_dir(world.folder.path().join("sha256"))
            .unwrap()
            .count()
    };
    assert_eq!(files(&world), 3);
    forget_registry(&mut world.tx, "reg");
    world.blob("other", b"new");
    assert_eq!(files(&world), 1);
}

#[test]
fn the_catalogue_is_paged() {
    let mut world = World::new();
    for name in ["a", "b", "c"] {
        world.image(name, "v1");
    }
    let first = world.ask("GET", "/v2/_catalog?n=2", &[], b"");
    assert_eq!(first.body().as_ref(), br#"{"repositories":["a","b"]}"#);
    assert_eq!(first.headers()["link"], "</v2/_catalog?last=b&n=2>; rel=\"next\"");
    forget_registry(&mut world.tx, "reg");
    let none = world.ask("GET", "/v2/_catalog", &[], b"");
    assert_eq!(none.body().as_ref(), br#"{"repositories":[]}"#);
}

#[test]
fn names_of_repositories_follow_the_distribution_grammar() {
    for good in ["a", "team/app", "a.b/c_d/e__f/g--h", "0"] {
        assert!(Route::parse(&format!("/v2/{good}/tags/list")).is_ok(), "{good}");
    }
    for bad in ["A", "-a", "a-", "a..b", "a___b", "a//b", "a._b"] {
        let failure = Route::parse(&format!("/v2/{bad}/tags/list")).unwrap_err();
        assert_eq!(failure.code, "NAME_INVALID", "{bad}");
    }
}

#[test]
fn each_operation_names_the_right_it_takes() {
    let need = |method: Method, path: &str| {
        Route::parse(path)
            .unwrap()
            .need(&method)
            .map(|need| need.any_of[0])
    };
    assert_eq!(need(Method::GET, "/v2/"), None);
    assert_eq!(need(Method::GET, "/v2/_catalog"), Some(Access::Catalog));
    assert_eq!(need(Method::HEAD, "/v2/a/manifests/v1"), Some(Access::Pull));
    assert_eq!(need(Method::PUT, "/v2/a/manifests/v1"), Some(Access::Push));
    assert_eq!(need(Method::DELETE, "/v2/a/manifests/v1"), Some(Access::Delete));
    assert_eq!(need(Method::POST, "/v2/a/blobs/uploads/"), Some(Access::Push));
}
