//! The probe against a small registry with a token service, called without a socket.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use regprov_http::{
    ManualClock, Request, Response, SeededRandomness, Transport, TransportError, TransportErrorKind,
};
use regprov_oci::{
    Credential, Digest, ProbeOptions, ProbeReport, RegistryClient, RegistryErrorKind, RegistryHost, StepName,
    StepOutcome, probe_repository,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

const HOST: &str = "127.0.0.1:5000";
const SECRET: &str = "s3cret~canary/+=";
const REPOSITORY: &str = "team/regprov-probe/1";

/// A registry that speaks plain HTTP, keeps what is pushed, and grants rights as it is told.
#[derive(Default)]
struct Registry {
    state: Mutex<State>,
    asked: Mutex<Vec<(String, String)>>,
    rules: Rules,
}

#[derive(Default)]
struct Rules {
    /// Repositories below which the user may push.
    writable: &'static str,
    may_delete: bool,
    /// The user may pull and do nothing else.
    only_pulls: bool,
    anyone_pushes: bool,
    only_post_tokens: bool,
    basic: bool,
    realm: Option<&'static str>,
    /// The answer to the blob is lost after it arrived.
    loses_answer: bool,
    corrupts: bool,
}

#[derive(Default)]
struct State {
    blobs: BTreeMap<String, Bytes>,
    manifests: BTreeMap<String, Bytes>,
    tags: BTreeMap<String, String>,
    uploads: BTreeSet<String>,
}

fn answer(status: u16) -> Response {
    Response::new(StatusCode::from_u16(status).unwrap(), "")
}

fn error(status: u16, code: &str, message: &str) -> Response {
    let body = serde_json::json!({ "errors": [{ "code": code, "message": message }] });
    Response::new(StatusCode::from_u16(status).unwrap(), body.to_string())
}

fn basic_is_right(request: &Request) -> Option<bool> {
    let value = request
        .headers
        .get("authorization")?
        .to_str()
        .unwrap()
        .strip_prefix("Basic ")?
        .to_owned();
    Some(BASE64_STANDARD.decode(value).unwrap() == format!("robot$p+n:{SECRET}").into_bytes())
}

impl Registry {
    fn new(rules: Rules) -> Arc<Self> {
        Arc::new(Self {
            rules,
            ..Self::default()
        })
    }

    fn token(&self, request: &Request) -> Response {
        let form: BTreeMap<String, String> = if request.method == Method::POST {
            url::form_urlencoded::parse(&request.body).into_owned().collect()
        } else {
            request.url.query_pairs().into_owned().collect()
        };
        if self.rules.only_post_tokens && basic_is_right(request).is_some() {
            return answer(405);
        }
        assert_eq!(form["service"], HOST);
        let user = match basic_is_right(request) {
            Some(right) => right,
            None if form.contains_key("password") => {
                form["username"] == "robot$p+n" && form["password"] == SECRET
            }
            None => {
                let scope = form.get("scope").cloned().unwrap_or_default();
                return Response::new(
                    StatusCode::OK,
                    serde_json::json!({ "token": format!("anyone {scope}") }).to_string(),
                );
            }
        };
        if !user {
            return error(
                401,
                "UNAUTHORIZED",
                &format!("wrong secret for \u{1b}[31m {SECRET}"),
            );
        }
        let scope = form.get("scope").cloned().unwrap_or_default();
        Response::new(
            StatusCode::OK,
            serde_json::json!({ "access_token": format!("user {scope}"), "expires_in": 300 }).to_string(),
        )
    }

    fn challenge(&self, scope: &str) -> Response {
        let realm = self.rules.realm.unwrap_or("http://127.0.0.1:5000/token");
        let value = if self.rules.basic {
            "Basic realm=\"registry\"".to_owned()
        } else {
            format!("Bearer realm=\"{realm}\",service=\"{HOST}\",scope=\"{scope}\"")
        };
        let mut response = error(401, "UNAUTHORIZED", "authentication required");
        response
            .headers
            .insert("www-authenticate", value.parse().unwrap());
        response
    }

    /// Whether the caller may act on a repository.
    fn allows(&self, request: &Request, repository: &str, action: &str) -> bool {
        let is_user = if self.rules.basic {
            basic_is_right(request) == Some(true)
        } else {
            let bearer = request
                .headers
                .get("authorization")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            let Some(scope) = bearer
                .strip_prefix("Bearer ")
                .and_then(|token| token.split_once(' '))
            else {
                return false;
            };
            let granted = scope
                .1
                .strip_prefix(&format!("repository:{repository}:"))
                .unwrap_or_default();
            if !granted.split(',').any(|granted| granted == action) {
                return false;
            }
            scope.0 == "user"
        };
        let right = repository.starts_with(self.rules.writable)
            && (action != "delete" || self.rules.may_delete)
            && (action == "pull" || !self.rules.only_pulls);
        (is_user && right) || (self.rules.anyone_pushes && action != "delete")
    }

    fn serve(&self, request: &Request) -> Result<Response, TransportErrorKind> {
        if request.url.scheme() == "https" {
            return Err(TransportErrorKind::Tls);
        }
        let path = request.url.path().to_owned();
        if path == "/token" {
            return Ok(self.token(request));
        }
        if path == "/v2/" {
            let known = if self.rules.basic {
                basic_is_right(request) == Some(true)
            } else {
                request.headers.contains_key("authorization")
            };
            return Ok(if known { answer(200) } else { self.challenge("") });
        }
        let rest = path.strip_prefix("/v2/").unwrap();
        let at = rest.find("/blobs/").or_else(|| rest.find("/manifests/")).unwrap();
        let (repository, what) = (&rest[..at], &rest[at + 1..]);
        let action = match request.method {
            Method::DELETE if what.starts_with("manifests") => "delete",
            Method::GET | Method::HEAD => "pull",
            _ => "push",
        };
        if !self.allows(request, repository, action) {
            return Ok(self.challenge(&format!("repository:{repository}:{action}")));
        }
        self.content(request, what)
    }

    fn content(&self, request: &Request, what: &str) -> Result<Response, TransportErrorKind> {
        let mut state = self.state.lock().unwrap();
        let (kind, name) = what.split_once('/').unwrap();
        Ok(match (&request.method, kind) {
            (&Method::POST, _) => {
                let id = format!("u{}", state.blobs.len());
                state.uploads.insert(id.clone());
                let mut response = answer(202);
                let location = format!("{}{id}?_state=x", request.url.path());
                response.headers.insert("location", location.parse().unwrap());
                response
            }
            (&Method::PUT, "blobs") => {
                let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
                assert_eq!(query["_state"], "x", "the location is kept whole");
                assert!(state.uploads.remove(name.strip_prefix("uploads/").unwrap()));
                assert_eq!(query["digest"], Digest::of(&request.body).as_str());
                state.blobs.insert(query["digest"].clone(), request.body.clone());
                if self.rules.loses_answer {
                    return Err(TransportErrorKind::Reset { sent: true });
                }
                answer(201)
            }
            (&Method::DELETE, "blobs") => {
                state.uploads.remove(name.strip_prefix("uploads/").unwrap());
                answer(204)
            }
            (&Method::PUT, _) => {
                let manifest: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
                assert_eq!(
                    manifest["mediaType"],
                    request.headers["content-type"].to_str().unwrap()
                );
                for part in [&manifest["config"], &manifest["layers"][0]] {
                    let blob = &state.blobs[part["digest"].as_str().unwrap()];
                    assert_eq!(part["size"], blob.len());
                }
                let digest = Digest::of(&request.body).to_string();
                state.tags.insert(name.to_owned(), digest.clone());
                state.manifests.insert(digest, request.body.clone());
                answer(201)
            }
            (&Method::DELETE, _) => answer(if state.manifests.remove(name).is_some() {
                202
            } else {
                404
            }),
            (_, "blobs") if self.rules.corrupts => Response::new(StatusCode::OK, "other bytes"),
            (_, "blobs") => match state.blobs.get(name) {
                Some(blob) => Response::new(StatusCode::OK, blob.clone()),
                None => error(404, "BLOB_UNKNOWN", "no"),
            },
            _ => match state
                .manifests
                .get(state.tags.get(name).map_or(name, String::as_str))
            {
                Some(manifest) => Response::new(StatusCode::OK, manifest.clone()),
                None => error(404, "MANIFEST_UNKNOWN", "no"),
            },
        })
    }
}

#[async_trait]
impl Transport for Registry {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.asked
            .lock()
            .unwrap()
            .push((request.method.to_string(), request.url.to_string()));
        self.serve(&request)
            .map_err(|kind| TransportError::new(kind, "scripted"))
    }
}

fn team() -> Rules {
    Rules {
        writable: "team/",
        may_delete: true,
        ..Rules::default()
    }
}

fn client(registry: &Arc<Registry>, secret: &str) -> RegistryClient {
    let clock = Arc::new(ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap()));
    let host = RegistryHost::parse(HOST).unwrap();
    RegistryClient::new(
        registry.clone(),
        clock,
        host,
        Some(Credential::new("robot$p+n", secret)),
    )
}

async fn probe(registry: &Arc<Registry>) -> ProbeReport {
    let mut options = ProbeOptions::new("nonce-1");
    options.try_wrong_secret = true;
    options.forbidden_repository = Some("other/app".into());
    client(registry, SECRET).probe(REPOSITORY, &options).await
}

fn outcome(report: &ProbeReport, name: StepName) -> &StepOutcome {
    &report
        .steps
        .iter()
        .find(|step| step.name == name)
        .unwrap_or_else(|| panic!("{name} in {report:?}"))
        .outcome
}

fn all_passed(report: &ProbeReport) {
    assert_eq!(report.steps.len(), 9);
    for step in &report.steps {
        assert!(matches!(step.outcome, StepOutcome::Passed), "{step:?}");
    }
    assert!(report.succeeded() && !report.left_behind());
}

#[tokio::test]
async fn a_good_credential_passes_every_step_and_leaves_nothing() {
    let registry = Registry::new(team());
    all_passed(&probe(&registry).await);
    let state = registry.state.lock().unwrap();
    assert!(state.manifests.is_empty() && state.uploads.is_empty());
}

#[tokio::test]
async fn basic_registries_and_token_services_that_want_forms_work_too() {
    all_passed(
        &probe(&Registry::new(Rules {
            basic: true,
            ..team()
        }))
        .await,
    );
    all_passed(
        &probe(&Registry::new(Rules {
            only_post_tokens: true,
            ..team()
        }))
        .await,
    );
}

#[tokio::test]
async fn one_token_is_asked_for_each_scope() {
    let registry = Registry::new(team());
    client(&registry, SECRET)
        .probe(
            REPOSITORY,
            &ProbeOptions {
                try_anonymous: false,
                ..ProbeOptions::new("n")
            },
        )
        .await;
    let asked = registry.asked.lock().unwrap();
    let mut tokens: Vec<_> = asked.iter().filter(|(_, url)| url.contains("/token?")).collect();
    let count = tokens.len();
    tokens.dedup();
    assert_eq!(
        (count, tokens.len()),
        (4, 4),
        "none, pull and push, pull, delete: {tokens:?}"
    );
}

#[tokio::test]
async fn a_credential_that_may_not_delete_leaves_the_image_and_does_not_fail() {
    let report = probe(&Registry::new(Rules {
        may_delete: false,
        ..team()
    }))
    .await;
    assert!(report.succeeded() && report.left_behind());
    assert!(matches!(
        outcome(&report, StepName::Delete),
        StepOutcome::LeftBehind(_)
    ));
}

#[tokio::test]
async fn a_wrong_secret_is_unauthorized_and_neither_secret_nor_escapes_are_shown() {
    let registry = Registry::new(team());
    let report = client(&registry, "another")
        .probe(REPOSITORY, &ProbeOptions::new("n"))
        .await;
    let error = report.failure().unwrap();
    assert_eq!(
        (error.kind, report.steps.len()),
        (RegistryErrorKind::Unauthorized, 2)
    );
    assert!(!format!("{report:?}").contains('\u{1b}'));
}

#[tokio::test]
async fn a_registry_that_quotes_the_secret_does_not_make_us_repeat_it() {
    let registry = Registry::new(team());
    let clock = Arc::new(ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap()));
    let credential = Credential::new("another-user", SECRET);
    let host = RegistryHost::parse(HOST).unwrap();
    let client = RegistryClient::new(registry.clone(), clock, host, Some(credential));
    let error = client.log_in().await.unwrap_err();
    assert!(
        error.message.contains("wrong secret for") && !format!("{error} {error:?}").contains(SECRET),
        "{error}"
    );
    assert!(!format!("{:?}", Credential::new("u", SECRET)).contains(SECRET));
}

#[tokio::test]
async fn a_missing_right_is_denied_not_unauthorized() {
    let registry = Registry::new(Rules {
        writable: "elsewhere/",
        ..team()
    });
    let report = probe(&registry).await;
    assert!(matches!(outcome(&report, StepName::LogIn), StepOutcome::Passed));
    assert_eq!(report.failure().unwrap().kind, RegistryErrorKind::Denied);
    assert!(!report.left_behind());
}

#[tokio::test]
async fn a_registry_open_to_all_and_a_right_too_wide_are_warned_of() {
    let report = probe(&Registry::new(Rules {
        anyone_pushes: true,
        ..team()
    }))
    .await;
    assert!(report.succeeded());
    assert!(matches!(
        outcome(&report, StepName::RefusesAnonymous),
        StepOutcome::Warned(_)
    ));
    let registry = Registry::new(Rules {
        writable: "",
        ..team()
    });
    let report = probe(&registry).await;
    assert!(matches!(
        outcome(&report, StepName::RefusesElsewhere),
        StepOutcome::Warned(_)
    ));
    assert!(
        registry.state.lock().unwrap().uploads.is_empty(),
        "the upload is given up"
    );
}

#[tokio::test]
async fn a_blob_whose_answer_was_lost_is_found() {
    let report = probe(&Registry::new(Rules {
        loses_answer: true,
        ..team()
    }))
    .await;
    assert!(report.succeeded(), "{report:?}");
}

#[tokio::test]
async fn other_bytes_than_were_pushed_are_a_failure() {
    let report = probe(&Registry::new(Rules {
        corrupts: true,
        ..team()
    }))
    .await;
    assert_eq!(report.failure().unwrap().kind, RegistryErrorKind::Mismatch);
    assert!(
        matches!(outcome(&report, StepName::Delete), StepOutcome::Passed),
        "it is cleaned up all the same"
    );
}

#[tokio::test]
async fn the_credential_is_not_sent_to_a_foreign_token_service() {
    let registry = Registry::new(Rules {
        realm: Some("https://evil.example/token?x=1"),
        ..team()
    });
    let report = probe(&registry).await;
    assert_eq!(report.failure().unwrap().kind, RegistryErrorKind::UntrustedRealm);
    assert!(
        !registry
            .asked
            .lock()
            .unwrap()
            .iter()
            .any(|(_, url)| url.contains("evil"))
    );
}

#[test]
fn the_name_of_the_probe_repository_is_fresh() {
    let randomness = SeededRandomness::new(1);
    let (first, second) = (
        probe_repository("team/", &randomness),
        probe_repository("team/", &randomness),
    );
    assert!(first.starts_with("team/regprov-probe/") && first != second);
}

#[tokio::test]
async fn of_a_credential_for_pulling_it_is_seen_that_it_pulls_and_does_not_push() {
    let registry = Registry::new(Rules {
        only_pulls: true,
        ..team()
    });
    let report = client(&registry, SECRET).probe_pull(REPOSITORY).await;
    for name in [StepName::LogIn, StepName::MayPull, StepName::RefusesPush] {
        assert!(
            matches!(outcome(&report, name), StepOutcome::Passed),
            "{report:?}"
        );
    }

    let wide = Registry::new(team());
    let report = client(&wide, SECRET).probe_pull(REPOSITORY).await;
    assert!(report.succeeded());
    assert!(matches!(
        outcome(&report, StepName::RefusesPush),
        StepOutcome::Warned(_)
    ));
    assert!(
        wide.state.lock().unwrap().uploads.is_empty(),
        "the upload is given up"
    );

    let report = client(&registry, "wrong").probe_pull(REPOSITORY).await;
    assert_eq!(report.failure().unwrap().kind, RegistryErrorKind::Unauthorized);
    let elsewhere = client(&registry, SECRET).probe_pull("other/app").await;
    assert_eq!(elsewhere.failure().unwrap().kind, RegistryErrorKind::Denied);
}
