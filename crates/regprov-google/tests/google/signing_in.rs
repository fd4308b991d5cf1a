//! Whose name requests are made in: a person's, a service account's, an identity's of another provider.

use crate::harness::{World, connect, operator, provider_by, text, way};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::StatusCode;
use regprov_emulator::Service;
use regprov_http::{Request, Response, Transport, TransportError};
use regprov_provider::{ConnectRequest, Connection, Environment, Error, Provider};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value as Json, json};
use std::sync::Arc;

const BUILDER: &str = "builder@team-a.iam.gserviceaccount.com";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const HOST: &str = "us-central1-docker.pkg.dev";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const MEMBER: &str = "google_service_account_iam_member";

/// Who a provider with these arguments is.
async fn who(world: &World, arguments: &Json) -> Result<String, String> {
    let connection = connect(&*world.providers[0], arguments).await;
    is(&world.providers[0], connection).await
}

/// Who a connection is of.
async fn is(provider: &Arc<dyn Provider>, connection: Result<Connection, Error>) -> Result<String, String> {
    let connection = connection.map_err(|error| error.message)?;
    let source = provider.data_source("google_client_openid_userinfo");
    let source = source.expect("there is such a data source");
    let config = regprov_value::from_json(&json!({}), &source.schema().block.implied_type())
        .expect("nothing is asked for");
    let read = source.read(&connection, &config, None).await;
    Ok(text(&read.map_err(|error| error.message)?, "email"))
}

/// A world with a service account that a member may act as.
async fn world(role: &str, member: &str) -> World {
    let world = World::new().await;
    let account = world
        .make("google_service_account", &json!({ "account_id": "builder" }))
        .await;
    let grant = json!({ "service_account_id": text(&account, "name"), "role": role, "member": member });
    world.make(MEMBER, &grant).await;
    world
}

#[tokio::test]
async fn a_person_acts_as_a_service_account_that_lets_them() {
    let creator = "roles/iam.serviceAccountTokenCreator";
    let other = world(creator, "user:jane@example.com").await;
    let arguments = operator(&other.sandbox);
    assert_eq!(
        who(&other, &arguments).await.as_deref(),
        Ok(other.sandbox.google_operator().email.as_str())
    );
    let member = format!("user:{}", other.sandbox.google_operator().email);
    let own = world(creator, &member).await;
    let mut arguments = operator(&own.sandbox);
    arguments["impersonate_service_account"] = BUILDER.into();
    assert_eq!(who(&own, &arguments).await.as_deref(), Ok(BUILDER));
}

/// An issuer of tokens, as GitHub is for its workflows.
struct Issuer(RsaKeyPair);

impl Issuer {
    /// With the key of a service account, as any RSA key will do.
    async fn new(world: &World) -> Self {
        let made = world
            .make(
                "google_service_account_key",
                &json!({ "service_account_id": "builder" }),
            )
            .await;
        let file = STANDARD.decode(text(&made, "private_key")).unwrap();
        let file: Json = serde_json::from_slice(&file).unwrap();
        let pem = file["private_key"].as_str().unwrap();
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
        Self(RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap())
    }

    fn keys(&self) -> Json {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.0.public());
        let (n, e) = (URL_SAFE_NO_PAD.encode(public.n), URL_SAFE_NO_PAD.encode(public.e));
        json!({ "keys": [{ "kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": n, "e": e }] })
    }

    fn token(&self, claims: &Json) -> String {
        let part = |value: &Json| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "one" });
        let said = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        let random = SystemRandom::new();
        self.0
            .sign(&RSA_PKCS1_SHA256, &random, said.as_bytes(), &mut signature)
            .unwrap();
        format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A world that trusts GitHub for one repository: the audience of its tokens, and the issuer.
async fn federated() -> (World, String, Issuer) {
    let world = World::new().await;
    let account = world
        .make("google_service_account", &json!({ "account_id": "builder" }))
        .await;
    let issuer = Issuer::new(&world).await;
    let pool = world
        .make(
            "google_iam_workload_identity_pool",
            &json!({ "workload_identity_pool_id": "github" }),
        )
        .await;
    let provider = json!({
        "workload_identity_pool_id": "github", "workload_identity_pool_provider_id": "actions",
        "attribute_mapping": { "google.subject": "assertion.sub", "attribute.repository": "assertion.repository" },
        "attribute_condition": "assertion.repository == 'org/app'",
        "oidc": [{ "issuer_uri": ISSUER, "jwks_json": issuer.keys().to_string() }],
    });
    let provider = world
        .make("google_iam_workload_identity_pool_provider", &provider)
        .await;
    let member = format!(
        "principalSet://iam.googleapis.com/{}/attribute.repository/org/app",
        text(&pool, "name")
    );
    let grant = json!({
        "service_account_id": text(&account, "name"), "role": "roles/iam.workloadIdentityUser", "member": member,
    });
    world.make(MEMBER, &grant).await;
    let audience = format!("//iam.googleapis.com/{}", text(&provider, "name"));
    (world, audience, issuer)
}

/// What GitHub says of a workflow of a repository.
fn claims(world: &World, audience: &str, repository: &str) -> Json {
    let now = world.sandbox.clock().now().as_second();
    json!({
        "iss": ISSUER, "sub": format!("repo:{repository}:ref:refs/heads/main"), "aud": format!("https:{audience}"),
        "iat": now, "exp": now + 300, "repository": repository,
    })
}

#[tokio::test]
async fn a_workflow_signs_in_by_a_token_in_a_file_and_one_of_another_repository_does_not() {
    let (world, audience, issuer) = federated().await;
    let path = std::env::temp_dir().join(format!("regprov-workflow-{}.json", std::process::id()));
    let file = json!({
        "type": "external_account", "audience": audience,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "service_account_impersonation_url": format!(
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{BUILDER}:generateAccessToken"
        ),
        "credential_source": {
            "file": path, "format": { "type": "json", "subject_token_field_name": "value" },
        },
    });
    let arguments = json!({ "credentials": file.to_string(), "project": "team-a" });
    let token = issuer.token(&claims(&world, &audience, "org/app"));
    std::fs::write(&path, json!({ "value": token }).to_string()).unwrap();
    assert_eq!(who(&world, &arguments).await.as_deref(), Ok(BUILDER));
    let other = issuer.token(&claims(&world, &audience, "org/other"));
    std::fs::write(&path, json!({ "value": other }).to_string()).unwrap();
    let refused = who(&world, &arguments).await.unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert!(
        refused.contains("rejected by the attribute condition"),
        "{refused}"
    );
}

#[tokio::test]
async fn the_block_external_credentials_signs_in() {
    let (world, audience, issuer) = federated().await;
    let token = issuer.token(&claims(&world, &audience, "org/app"));
    let arguments = json!({
        "project": "team-a",
        "external_credentials": [{ "audience": audience, "service_account_email": BUILDER, "identity_token": token }],
    });
    assert_eq!(who(&world, &arguments).await.as_deref(), Ok(BUILDER));
}

#[tokio::test]
async fn programs_and_identities_of_amazon_are_refused_with_what_works() {
    let world = World::bare(json!({})).await;
    let file = |source: Json| {
        json!({
            "type": "external_account", "audience": "//iam.googleapis.com/x",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": "https://sts.googleapis.com/v1/token", "credential_source": source,
        })
    };
    let program = file(json!({ "executable": { "command": "/bin/true" } }));
    let amazon = file(json!({ "environment_id": "aws1", "regional_cred_verification_url": "https://sts" }));
    for (file, words) in [(program, "runs a program"), (amazon, "the environment `aws1`")] {
        let refused = who(&world, &json!({ "credentials": file.to_string() })).await;
        let refused = refused.unwrap_err();
        assert!(
            refused.contains(words) && refused.contains("`file` and `url` work"),
            "{refused}"
        );
    }
}

/// Sends a request to the registry of a region; its status, its `Location`, its body.
async fn registry(
    world: &World,
    (method, path): (&str, &str),
    login: &str,
    body: &str,
) -> (u16, String, Json) {
    let mut request = http::Request::new(body.to_owned().into());
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = format!("https://{HOST}{path}").parse().unwrap();
    let headers = request.headers_mut();
    headers.insert("authorization", login.parse().unwrap());
    headers.insert("content-type", MANIFEST.parse().unwrap());
    let service = Service::of_host(HOST).expect("it is a registry");
    let answer = world.sandbox.try_call(service, request).await.unwrap();
    let place = answer
        .headers()
        .get("location")
        .map(|place| place.to_str().unwrap());
    let place = place.unwrap_or_default().to_owned();
    let told = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), place, told)
}

#[tokio::test]
async fn a_workflow_pushes_an_image_without_any_key() {
    let (world, audience, issuer) = federated().await;
    let repository = json!({ "repository_id": "images", "location": "us-central1", "format": "DOCKER" });
    world
        .make("google_artifact_registry_repository", &repository)
        .await;
    let writer = json!({
        "repository": "images", "location": "us-central1", "role": "roles/artifactregistry.writer",
        "member": format!("serviceAccount:{BUILDER}"),
    });
    world
        .make("google_artifact_registry_repository_iam_member", &writer)
        .await;
    let token = issuer.token(&claims(&world, &audience, "org/app"));
    let arguments = json!({
        "project": "team-a",
        "external_credentials": [{ "audience": audience, "service_account_email": BUILDER, "identity_token": token }],
    });
    let connection = connect(&*world.providers[0], &arguments).await.unwrap();
    let source = world.providers[0].data_source("google_client_config").unwrap();
    let nothing = regprov_value::from_json(&json!({}), &source.schema().block.implied_type()).unwrap();
    let read = source.read(&connection, &nothing, None).await.unwrap();
    let login = format!("oauth2accesstoken:{}", text(&read, "access_token"));
    let basic = format!("Basic {}", STANDARD.encode(login));
    let scope = format!("/v2/token?service={HOST}&scope=repository:team-a/images/app:push,pull");
    let (status, _, told) = registry(&world, ("GET", &scope), &basic, "").await;
    assert_eq!(status, 200, "{told}");
    let bearer = format!("Bearer {}", told["token"].as_str().unwrap());
    let digest: String = digest(&SHA256, b"{}")
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let uploads = ("POST", "/v2/team-a/images/app/blobs/uploads/");
    let (status, place, told) = registry(&world, uploads, &bearer, "").await;
    assert_eq!(status, 202, "{told}");
    let place = &place[place.find("/v2/").unwrap()..];
    let join = if place.contains('?') { '&' } else { '?' };
    let blob = format!("{place}{join}digest=sha256:{digest}");
    let (status, _, told) = registry(&world, ("PUT", &blob), &bearer, "{}").await;
    assert_eq!(status, 201, "{told}");
    let part = json!({
        "mediaType": "application/vnd.oci.empty.v1+json", "digest": format!("sha256:{digest}"), "size": 2,
    });
    let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": part, "layers": [part] });
    let manifest = manifest.to_string();
    let tag = ("PUT", "/v2/team-a/images/app/manifests/v1");
    let (status, _, told) = registry(&world, tag, &bearer, &manifest).await;
    assert_eq!(status, 201, "{told}");
}

/// A host beside Google's that answers requests with a header, and refuses others.
struct Beside {
    inner: Arc<dyn Transport>,
    host: &'static str,
    header: (&'static str, &'static str),
    told: Json,
}

#[async_trait]
impl Transport for Beside {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.url.host_str() != Some(self.host) {
            return self.inner.send(request).await;
        }
        let (name, value) = self.header;
        let is_allowed = request.headers.get(name).is_some_and(|given| given == value);
        let status = if is_allowed {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        Ok(Response::new(status, self.told.to_string()))
    }
}

#[tokio::test]
async fn a_workflow_signs_in_by_a_token_that_github_gives_at_an_address() {
    let (world, audience, issuer) = federated().await;
    let token = issuer.token(&claims(&world, &audience, "org/app"));
    let way = Beside {
        inner: way(&world.sandbox),
        host: "pipelines.actions.githubusercontent.com",
        header: ("authorization", "Bearer runner"),
        told: json!({ "count": 1, "value": token }),
    };
    let provider = provider_by(&world.sandbox, Arc::new(way), false);
    let file = |login: &str| {
        json!({
            "type": "external_account", "audience": audience,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": "https://sts.googleapis.com/v1/token",
            "service_account_impersonation_url": format!(
                "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{BUILDER}:generateAccessToken"
            ),
            "credential_source": {
                "url": "https://pipelines.actions.githubusercontent.com/token?audience=x",
                "headers": { "Authorization": login },
                "format": { "type": "json", "subject_token_field_name": "value" },
            },
        })
    };
    let by = |login: &str| json!({ "credentials": file(login).to_string(), "project": "team-a" });
    let connection = connect(&*provider, &by("Bearer runner")).await;
    assert_eq!(is(&provider, connection).await.as_deref(), Ok(BUILDER));
    let refused = is(&provider, connect(&*provider, &by("Bearer other")).await).await;
    let refused = refused.unwrap_err();
    assert!(
        refused.contains("ask the other identity provider for a token") && !refused.contains("other\""),
        "{refused}"
    );
}

#[tokio::test]
async fn a_machine_of_googles_is_who_its_metadata_server_says() {
    let world = World::new().await;
    let source = world.providers[0].data_source("google_client_config").unwrap();
    let nothing = regprov_value::from_json(&json!({}), &source.schema().block.implied_type()).unwrap();
    let connection = connect(&*world.providers[0], &operator(&world.sandbox))
        .await
        .unwrap();
    let read = source.read(&connection, &nothing, None).await.unwrap();
    let way = Beside {
        inner: way(&world.sandbox),
        host: "metadata.test",
        header: ("metadata-flavor", "Google"),
        told: json!({ "access_token": text(&read, "access_token"), "expires_in": 3599, "token_type": "Bearer" }),
    };
    let provider = provider_by(&world.sandbox, Arc::new(way), true);
    let variables = [
        ("GCE_METADATA_HOST", "metadata.test"),
        ("HOME", "/nowhere"),
        ("GOOGLE_PROJECT", "team-a"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = ConnectRequest {
        config: &provider.empty_configuration(),
        environment: &Environment(variables.into_iter().collect()),
        major: None,
    };
    let connection = provider.connect(request).await;
    let email = world.sandbox.google_operator().email;
    assert_eq!(is(&provider, connection).await, Ok(email));
}
