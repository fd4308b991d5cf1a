//! User-assigned identities and trust in other issuers, of identities and of applications.

use crate::directory::{application, text};
use crate::harness::{World, connect, operator, services};
use crate::registries::group;
use async_trait::async_trait;
use http::{Method, StatusCode};
use regprov_azure::{NoCommands, providers};
use regprov_http::{Request, Response, Transport, TransportError};
use regprov_laws::Law;
use regprov_provider::{AnyCreate, AnyDelete, AnyPreflight, Created, Deleted, ErrorKind, Observed, Partial};
use regprov_value::Value;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const IDENTITY: &str = "azurerm_user_assigned_identity";
const TRUST: &str = "azurerm_federated_identity_credential";
const APPLICATION_TRUST: &str = "azuread_application_federated_identity_credential";

fn with(base: Json, more: Json) -> Json {
    let mut config = base;
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

fn identity(more: Json) -> Json {
    let base = json!({"name": "push", "resource_group_name": "binderhub", "location": "West Europe"});
    with(base, more)
}

fn trust(identity: &str, more: Json) -> Json {
    let base = json!({
        "name": "github-main", "user_assigned_identity_id": identity, "audience": ["api://AzureADTokenExchange"],
        "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:org/repo:ref:refs/heads/main",
    });
    with(base, more)
}

fn application_trust(application: &str, more: Json) -> Json {
    let base = json!({
        "application_id": application, "display_name": "github-main", "audiences": ["api://AzureADTokenExchange"],
        "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:org/repo:ref:refs/heads/main",
    });
    with(base, more)
}

async fn make(world: &World, name: &str, config: &Json) -> Value {
    let law = Law::new(world, name);
    law.create(&law.desired(config), &world.mark())
        .await
        .unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

async fn world_with_identity() -> (World, String) {
    let world = World::new().await;
    group(&world).await;
    let made = make(&world, IDENTITY, &identity(json!({}))).await;
    let id = text(&made, "id");
    (world, id)
}

async fn findings(law: &Law<'_>, config: &Json) -> Vec<(bool, String)> {
    let desired = law.desired(config);
    let request = AnyPreflight {
        connection: law.world.connection(law.resource.type_name()),
        prior: None,
        replaced: None,
        desired: Partial(&desired),
    };
    let found = law.resource.preflight(request).await;
    found
        .into_iter()
        .map(|finding| (finding.fatal, finding.summary))
        .collect()
}

#[tokio::test]
async fn an_identity_keeps_the_laws() {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, IDENTITY);
    law.holds(&[
        identity(json!({})),
        identity(json!({"tags": {"team": "hub"}})),
        identity(json!({"isolation_scope": "Regional"})),
        identity(json!({})),
    ])
    .await;
    let made = make(&world, IDENTITY, &identity(json!({"location": "westeurope"}))).await;
    for name in ["client_id", "principal_id", "tenant_id"] {
        assert!(!text(&made, name).is_empty(), "{name}");
    }
    let id = law.resource.id(&made).unwrap();
    let given = id.to_lowercase();
    let connection = world.connection(IDENTITY);
    let imported = law.resource.parse_import(connection, &given).unwrap();
    assert_eq!(law.read(&imported, None).await.unwrap(), Observed::Present(made));
}

#[tokio::test]
async fn an_identity_whose_create_lost_its_answer_is_found() {
    let world = World::new().await;
    group(&world).await;
    let law = Law::new(&world, IDENTITY);
    let fault = json!({"name": "lost", "method": "PUT", "path": "userAssignedIdentities/push", "times": 3,
        "phase": "after_commit", "action": "drop"});
    law.is_found_after_a_lost_answer(&identity(json!({})), fault)
        .await;
}

#[tokio::test]
async fn trust_of_an_identity_keeps_the_laws() {
    let (world, id) = world_with_identity().await;
    let law = Law::new(&world, TRUST);
    law.holds(&[
        trust(&id, json!({})),
        trust(&id, json!({"subject": "repo:org/repo:environment:prod"})),
        trust(&id, json!({"issuer": "https://gitlab.com"})),
        trust(&id, json!({"audience": ["sts"]})),
    ])
    .await;
    let made = make(&world, TRUST, &trust(&id, json!({}))).await;
    let own = law.resource.id(&made).unwrap();
    assert_eq!(own, format!("{id}/federatedIdentityCredentials/github-main"));
    let imported = law
        .resource
        .parse_import(world.connection(TRUST), &own.to_lowercase())
        .unwrap();
    assert!(imported.eq_ignore_ascii_case(&own));
    assert_eq!(law.read(&own, None).await.unwrap(), Observed::Present(made));
}

#[tokio::test]
async fn trust_is_declared_by_the_older_names_too() {
    let (world, id) = world_with_identity().await;
    let config = with(
        trust(&id, json!({"resource_group_name": "binderhub", "parent_id": id})),
        json!({ "user_assigned_identity_id": null }),
    );
    let made = make(&world, TRUST, &config).await;
    assert_eq!(text(&made, "user_assigned_identity_id"), id);
    assert_eq!(text(&made, "parent_id"), id);
    let law = Law::new(&world, TRUST);
    let own = law.resource.id(&made).unwrap();
    assert_eq!(
        law.read(&own, Some(&made)).await.unwrap(),
        Observed::Present(made.clone())
    );
    let elsewhere = law.desired(&with(config, json!({"resource_group_name": "elsewhere"})));
    let advice = law.resource.plan(regprov_provider::PlanRequest {
        prior: None,
        desired: Partial(&elsewhere),
        config: Partial(&elsewhere),
    });
    assert!(advice.findings[0].fatal && advice.findings[0].detail.contains("`elsewhere`"));
}

/// As the real service: refuses a write to a federated credential while another one is under way.
struct OneWriter {
    inner: Arc<dyn Transport>,
    writers: AtomicUsize,
}

#[async_trait]
impl Transport for OneWriter {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let writes = request.method == Method::PUT || request.method == Method::DELETE;
        if !writes || !request.url.path().contains("federatedIdentityCredentials") {
            return self.inner.send(request).await;
        }
        let others = self.writers.fetch_add(1, Ordering::SeqCst);
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let answer = if others == 0 {
            self.inner.send(request).await
        } else {
            let body = r#"{"error":{"code":"ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity","message":"m"}}"#;
            Ok(Response::new(StatusCode::CONFLICT, body))
        };
        self.writers.fetch_sub(1, Ordering::SeqCst);
        answer
    }
}

/// Lets the resource manager's provider ask through a service that takes one write at a time.
async fn with_one_writer(world: &mut World) {
    let mut services = services(&world.sandbox, &world.redactor, Arc::new(NoCommands));
    let inner = Arc::clone(&services.transport);
    let writers = AtomicUsize::new(0);
    services.transport = Arc::new(OneWriter { inner, writers });
    world.providers = providers(services);
    let provider = world
        .providers
        .iter()
        .find(|provider| provider.name() == "azurerm");
    let arguments = operator(&world.sandbox, "azurerm");
    let connection = connect(&**provider.unwrap(), &arguments, &[]).await.unwrap();
    world.connections.insert("azurerm", connection);
}

#[tokio::test]
async fn writes_to_one_identity_go_one_after_the_other() {
    let (mut world, id) = world_with_identity().await;
    with_one_writer(&mut world).await;
    let law = Law::new(&world, TRUST);
    let desired: Vec<Value> = (1..=3)
        .map(|n| {
            law.desired(&trust(
                &id,
                json!({"name": format!("trust-{n}"), "subject": format!("s{n}")}),
            ))
        })
        .collect();
    let (mark, connection) = (world.mark(), world.connection(TRUST));
    let create = |desired| {
        law.resource.create(AnyCreate {
            connection,
            desired,
            mark: &mark,
            step: None,
        })
    };
    let (one, two, three) = tokio::join!(create(&desired[0]), create(&desired[1]), create(&desired[2]));
    for made in [one, two, three] {
        assert!(matches!(made, Ok(Created::Done(_))), "{made:?}");
    }
    let own = |n: u8| format!("{id}/federatedIdentityCredentials/trust-{n}");
    let (first, second) = (own(1), own(2));
    let delete = |id| {
        law.resource.delete(AnyDelete {
            connection,
            id,
            prior: None,
        })
    };
    let (one, two) = tokio::join!(delete(&first), delete(&second));
    assert_eq!((one, two), (Ok(Deleted::Gone), Ok(Deleted::Gone)));
}

#[tokio::test]
async fn a_second_trust_of_the_same_subject_is_refused_for_good() {
    let (world, id) = world_with_identity().await;
    let law = Law::new(&world, TRUST);
    make(&world, TRUST, &trust(&id, json!({}))).await;
    let twin = trust(&id, json!({"name": "twin"}));
    assert_eq!(
        findings(&law, &twin).await,
        [(false, "Issuer and subject are in use".to_owned())]
    );
    let error = law.create(&law.desired(&twin), &world.mark()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Invalid(Some(_))), "{error:?}");
}

#[tokio::test]
async fn an_identity_that_trusts_twenty_is_full() {
    let (world, id) = world_with_identity().await;
    let law = Law::new(&world, TRUST);
    for n in 0..20 {
        let config = trust(
            &id,
            json!({"name": format!("trust-{n}"), "subject": format!("s{n}")}),
        );
        make(&world, TRUST, &config).await;
    }
    assert_eq!(
        findings(&law, &trust(&id, json!({}))).await,
        [(false, "Limit of federated credentials".to_owned())]
    );
}

#[tokio::test]
async fn trust_of_an_application_keeps_the_laws() {
    let world = World::new().await;
    let id = text(&application(&world).await, "id");
    let law = Law::new(&world, APPLICATION_TRUST);
    law.holds(&[
        application_trust(&id, json!({})),
        application_trust(&id, json!({"description": "pushes"})),
        application_trust(&id, json!({"subject": "repo:org/repo:environment:prod"})),
        application_trust(&id, json!({"issuer": "https://gitlab.com", "audiences": ["sts"]})),
    ])
    .await;
    let made = make(&world, APPLICATION_TRUST, &application_trust(&id, json!({}))).await;
    let own = law.resource.id(&made).unwrap();
    let object_id = id.rsplit('/').next().unwrap();
    assert!(own.starts_with(&format!("{object_id}/federatedIdentityCredential/")));
    let connection = world.connection(APPLICATION_TRUST);
    assert_eq!(law.resource.parse_import(connection, &own).unwrap(), own);
    assert!(law.resource.parse_import(connection, &id).is_err());
    assert_eq!(law.read(&own, None).await.unwrap(), Observed::Present(made));
}

#[tokio::test]
async fn trust_of_an_application_is_made_once_however_often_it_is_asked() {
    let world = World::new().await;
    let id = text(&application(&world).await, "id");
    let law = Law::new(&world, APPLICATION_TRUST);
    let (desired, mark) = (law.desired(&application_trust(&id, json!({}))), world.mark());
    world.fault(json!({"name": "lost", "method": "PATCH", "path": "federatedIdentityCredentials", "phase": "after_commit",
        "action": "drop"}));
    // The upsert is repeated by the transport itself.
    let made = law.create(&desired, &mark).await.unwrap();
    assert_eq!(law.find(&desired, &mark).await, [law.resource.id(&made).unwrap()]);
}

#[tokio::test]
async fn a_trust_that_somebody_else_made_is_not_taken_over() {
    let world = World::new().await;
    let id = text(&application(&world).await, "id");
    let law = Law::new(&world, APPLICATION_TRUST);
    make(&world, APPLICATION_TRUST, &application_trust(&id, json!({}))).await;
    let config = application_trust(&id, json!({"subject": "repo:evil/repo:ref:refs/heads/main"}));
    assert_eq!(
        findings(&law, &config).await,
        [(true, "Federated credential exists".to_owned())]
    );
}
