//! Signing in.

use crate::harness::{HOST, connect, operator, sandbox, scene, services};
use async_trait::async_trait;
use regprov_azure::{CommandError, CommandOutput, NoCommands, RunCommand, providers};
use regprov_http::Redactor;
use regprov_provider::{Connection, Error, ErrorKind, Provider};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

/// An Azure CLI that is signed in as the operator, or is not.
struct Cli {
    signed_in: bool,
    answers: Mutex<Vec<String>>,
}

#[async_trait]
impl RunCommand for Cli {
    async fn run(&self, program: &str, arguments: &[&str]) -> Result<CommandOutput, CommandError> {
        assert_eq!(program, "az");
        self.answers.lock().unwrap().push(arguments.join(" "));
        if !self.signed_in {
            let stderr = b"ERROR: Please run 'az login' to setup account.\n".to_vec();
            return Ok(CommandOutput {
                success: false,
                stdout: Zeroizing::new(Vec::new()),
                stderr,
            });
        }
        let json = if arguments.contains(&"show") {
            json!({"id": "11111111-1111-4111-8111-111111111111", "tenantId": "t", "name": "Dev"})
        } else {
            json!({"accessToken": "a.eyJvaWQiOiJvIiwidGlkIjoidCJ9.c", "expires_on": 1_900_000_000, "tenant": "t"})
        };
        Ok(CommandOutput {
            success: true,
            stdout: Zeroizing::new(json.to_string().into_bytes()),
            stderr: Vec::new(),
        })
    }
}

struct Setup {
    sandbox: regprov_emulator::Sandbox,
    providers: Vec<Arc<dyn Provider>>,
    redactor: Redactor,
    _folder: tempfile::TempDir,
}

async fn setup(run_command: Arc<dyn RunCommand>) -> Setup {
    let (sandbox, folder) = sandbox().await;
    let redactor = Redactor::new();
    let providers = providers(services(&sandbox, &redactor, run_command));
    Setup {
        sandbox,
        providers,
        redactor,
        _folder: folder,
    }
}

impl Setup {
    async fn connect(&self, arguments: &Json, environment: &[(&str, &str)]) -> Result<Connection, Error> {
        connect(&*self.providers[0], arguments, environment).await
    }

    fn operator(&self) -> Json {
        operator(&self.sandbox, "azurerm")
    }
}

fn refused(outcome: Result<Connection, Error>) -> Error {
    outcome.err().expect("it does not connect")
}

#[tokio::test]
async fn a_client_secret_signs_in_and_the_summary_tells_as_whom() {
    let setup = setup(Arc::new(NoCommands)).await;
    let connection = setup.connect(&setup.operator(), &[]).await.unwrap();
    let (tenant, subscription, client, secret) = setup.sandbox.operator();
    for part in [&tenant, &subscription, &client, &"client secret".to_owned()] {
        assert!(
            connection.summary.contains(part.as_str()),
            "{}",
            connection.summary
        );
    }
    assert!(!connection.summary.contains(&secret));
    assert_eq!(setup.redactor.scrub(&secret), regprov_http::REDACTED);
}

#[tokio::test]
async fn the_environment_variables_of_the_public_provider_are_read() {
    let setup = setup(Arc::new(NoCommands)).await;
    let (tenant, subscription, client, secret) = setup.sandbox.operator();
    let environment = [
        ("ARM_TENANT_ID", tenant.as_str()),
        ("ARM_SUBSCRIPTION_ID", &subscription),
        ("ARM_CLIENT_ID", &client),
        ("ARM_CLIENT_SECRET", &secret),
        ("ARM_METADATA_HOSTNAME", HOST),
        ("ARM_USE_CLI", "false"),
    ];
    setup.connect(&json!({}), &environment).await.unwrap();
}

#[tokio::test]
async fn without_credentials_every_place_that_was_looked_at_is_told() {
    let setup = setup(Arc::new(NoCommands)).await;
    let error = refused(setup.connect(&json!({"metadata_host": HOST}), &[]).await);
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    for place in [
        "client certificate",
        "client secret",
        "OIDC",
        "managed identity",
        "Azure CLI",
    ] {
        assert!(
            error.message.contains(&format!("- {place}: ")),
            "{}",
            error.message
        );
    }
    assert!(error.remedy.unwrap().contains("az login"));
}

#[tokio::test]
async fn half_a_credential_is_told_by_what_is_missing() {
    let setup = setup(Arc::new(NoCommands)).await;
    let arguments = json!({"metadata_host": HOST, "client_secret": "s3cret", "client_id": "c"});
    let error = refused(setup.connect(&arguments, &[]).await);
    assert!(
        error
            .message
            .contains("client secret: it is set, but `tenant_id` (ARM_TENANT_ID) is not"),
        "{}",
        error.message
    );
    assert!(!error.message.contains("s3cret"));
}

#[tokio::test]
async fn a_wrong_secret_an_unknown_application_and_an_expired_secret_are_told_with_what_to_do() {
    let setup = setup(Arc::new(NoCommands)).await;
    let mut arguments = setup.operator();
    arguments["client_secret"] = "wrong-secret-value".into();
    let error = refused(setup.connect(&arguments, &[]).await);
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(
        error.message.contains("is wrong") && error.message.contains("AADSTS7000215"),
        "{}",
        error.message
    );
    assert!(!format!("{error:?}").contains("wrong-secret-value"));
    assert!(error.remedy.unwrap().contains("az ad app credential reset"));

    let mut arguments = setup.operator();
    arguments["client_id"] = "22222222-2222-4222-8222-222222222222".into();
    let error = refused(setup.connect(&arguments, &[]).await);
    assert!(
        error.message.contains("There is no application 22222222"),
        "{}",
        error.message
    );

    let expired = scene(json!({"conditions": [{"expired_secret": {"principal": "operator"}}]}));
    setup.sandbox.seed(&expired).unwrap();
    let error = refused(setup.connect(&setup.operator(), &[]).await);
    assert!(error.message.contains("has expired"), "{}", error.message);
    assert!(error.remedy.unwrap().contains("ARM_CLIENT_SECRET"));
}

#[tokio::test]
async fn a_secret_and_the_file_that_holds_another_are_refused() {
    let setup = setup(Arc::new(NoCommands)).await;
    let (_, _, _, secret) = setup.sandbox.operator();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{secret}\n")).unwrap();
    let mut arguments = setup.operator();
    arguments["client_secret_file_path"] = file.path().to_str().unwrap().into();
    setup.connect(&arguments, &[]).await.unwrap();
    std::fs::write(file.path(), "another").unwrap();
    let error = refused(setup.connect(&arguments, &[]).await);
    assert!(error.message.contains("are not the same"), "{}", error.message);
}

#[tokio::test]
async fn the_azure_cli_tells_token_and_subscription() {
    let cli = Arc::new(Cli {
        signed_in: true,
        answers: Mutex::new(Vec::new()),
    });
    let setup = setup(Arc::clone(&cli) as _).await;
    let connection = setup.connect(&json!({"metadata_host": HOST}), &[]).await.unwrap();
    assert!(
        connection
            .summary
            .contains("11111111-1111-4111-8111-111111111111"),
        "{}",
        connection.summary
    );
    let asked = || cli.answers.lock().unwrap().join("\n");
    // An account that is a managed identity refuses `--tenant`, so only a configured one is passed.
    let expected = format!("account get-access-token -o=json --scope {HOST}/.default");
    assert!(asked().ends_with(&expected), "{}", asked());
    setup
        .connect(&json!({"metadata_host": HOST, "tenant_id": "t"}), &[])
        .await
        .unwrap();
    assert!(
        asked().ends_with(&format!("{expected} --tenant t")),
        "{}",
        asked()
    );
}

#[tokio::test]
async fn an_azure_cli_that_is_not_signed_in_is_one_of_the_places() {
    let setup = setup(Arc::new(Cli {
        signed_in: false,
        answers: Mutex::new(Vec::new()),
    }))
    .await;
    let error = refused(setup.connect(&json!({"metadata_host": HOST}), &[]).await);
    assert!(
        error.message.contains("- Azure CLI: ") && error.message.contains("az login"),
        "{}",
        error.message
    );
    assert!(error.message.contains("- client secret: "), "{}", error.message);
}

#[tokio::test]
async fn the_subscription_must_be_known() {
    let setup = setup(Arc::new(NoCommands)).await;
    let mut arguments = setup.operator();
    arguments["subscription_id"] = Json::Null;
    let error = refused(setup.connect(&arguments, &[]).await);
    assert!(error.message.contains("which subscription"), "{}", error.message);
    assert!(error.remedy.unwrap().contains("ARM_SUBSCRIPTION_ID"));
}

#[tokio::test]
async fn a_flag_that_is_neither_true_nor_false_is_refused() {
    let setup = setup(Arc::new(NoCommands)).await;
    let error = refused(
        setup
            .connect(&setup.operator(), &[("ARM_USE_OIDC", "maybe")])
            .await,
    );
    assert!(
        error.message.contains("ARM_USE_OIDC is `maybe`"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn aks_workload_identity_that_disagrees_is_refused() {
    let setup = setup(Arc::new(NoCommands)).await;
    let mut arguments = setup.operator();
    arguments["use_aks_workload_identity"] = true.into();
    let environment = [
        ("AZURE_CLIENT_ID", "another"),
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/token"),
    ];
    let error = refused(setup.connect(&arguments, &environment).await);
    assert!(
        error.message.contains("`client_id` and AZURE_CLIENT_ID"),
        "{}",
        error.message
    );
}

const PASSWORD: &str = "test-password";

fn certificate(name: &str) -> String {
    format!("{}/tests/azure/certificates/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Asks Graph as the operator, over no provider.
async fn graph(setup: &Setup, method: http::Method, path: &str, body: &Json) -> Json {
    let (tenant, _, client, secret) = setup.sandbox.operator();
    let form = format!(
        "client_id={client}&client_secret={}&grant_type=client_credentials&scope={HOST}/graph/.default",
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()
    );
    let ask = async |request: http::Request<bytes::Bytes>| {
        let answer = setup
            .sandbox
            .call(regprov_emulator::Service::AzureMain, request)
            .await;
        serde_json::from_slice::<Json>(answer.body()).unwrap_or(Json::Null)
    };
    let login = http::Request::post(format!("{HOST}/{tenant}/oauth2/v2.0/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.into())
        .unwrap();
    let token = ask(login).await["access_token"].as_str().unwrap().to_owned();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{HOST}/graph/v1.0{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap();
    ask(request).await
}

/// The path of the operator's application.
async fn application(setup: &Setup) -> String {
    let (_, _, client, _) = setup.sandbox.operator();
    let path = format!("/applications(appId='{client}')");
    let found = graph(setup, http::Method::GET, &path, &Json::Null).await;
    format!("/applications/{}", found["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_client_certificate_signs_in_as_pkcs12_of_both_kinds_and_as_pem() {
    let setup = setup(Arc::new(NoCommands)).await;
    let key = std::fs::read_to_string(certificate("certificate.txt")).unwrap();
    let credentials =
        json!({"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": key.trim()}]});
    graph(
        &setup,
        http::Method::PATCH,
        &application(&setup).await,
        &credentials,
    )
    .await;
    for name in ["modern.p12", "legacy.p12", "rsa.pem"] {
        let mut arguments = setup.operator();
        arguments["client_secret"] = Json::Null;
        arguments["client_certificate_path"] = certificate(name).into();
        arguments["client_certificate_password"] = PASSWORD.into();
        let connection = setup
            .connect(&arguments, &[])
            .await
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(connection.summary.contains("client certificate"));
    }
    let mut arguments = setup.operator();
    arguments["client_certificate_path"] = certificate("modern.p12").into();
    arguments["client_certificate_password"] = "wrong".into();
    let error = refused(setup.connect(&arguments, &[]).await);
    assert!(
        error.message.contains("the password is wrong"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_the_applications_is_told_with_what_to_do() {
    let setup = setup(Arc::new(NoCommands)).await;
    let mut arguments = setup.operator();
    arguments["client_certificate_path"] = certificate("rsa.pem").into();
    let error = refused(setup.connect(&arguments, &[]).await);
    assert!(
        error.message.contains("is not one of the application"),
        "{}",
        error.message
    );
    assert!(error.remedy.unwrap().contains("az ad app credential reset"));
}

/// Trusts a workflow of GitHub to sign in as the operator.
async fn trust(setup: &Setup) {
    let credential = json!({
        "name": "github", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:o/r:ref:refs/heads/main",
        "audiences": ["api://AzureADTokenExchange"],
    });
    let path = format!("{}/federatedIdentityCredentials", application(setup).await);
    graph(setup, http::Method::POST, &path, &credential).await;
}

fn by_oidc(setup: &Setup) -> Json {
    let mut arguments = setup.operator();
    arguments["client_secret"] = Json::Null;
    arguments["use_oidc"] = true.into();
    arguments
}

#[tokio::test]
async fn a_workflow_of_github_signs_in_and_one_that_is_not_trusted_does_not() {
    let setup = setup(Arc::new(NoCommands)).await;
    trust(&setup).await;
    let connect = async |subject: &str| {
        let url = format!("{HOST}/github/oidc/token?sub={subject}");
        let environment = [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token"),
        ];
        setup.connect(&by_oidc(&setup), &environment).await
    };
    let connection = connect("repo:o/r:ref:refs/heads/main").await.unwrap();
    assert!(
        connection.summary.contains("GitHub Actions OIDC"),
        "{}",
        connection.summary
    );
    let error = refused(connect("repo:o/r:ref:refs/heads/other").await);
    assert!(
        error.message.contains("No federated credential"),
        "{}",
        error.message
    );
    assert!(error.remedy.unwrap().contains("federated-credential list"));
}

#[tokio::test]
async fn a_token_file_is_read_anew_for_every_request() {
    let setup = setup(Arc::new(NoCommands)).await;
    trust(&setup).await;
    let token = async || {
        let uri = format!(
            "{HOST}/github/oidc/token?sub=repo:o/r:ref:refs/heads/main&audience=api://AzureADTokenExchange"
        );
        let request = http::Request::get(uri)
            .header("authorization", "bearer x")
            .body(bytes::Bytes::new())
            .unwrap();
        let answer = setup
            .sandbox
            .call(regprov_emulator::Service::AzureMain, request)
            .await;
        serde_json::from_slice::<Json>(answer.body()).unwrap()["value"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), token().await).unwrap();
    let mut arguments = by_oidc(&setup);
    arguments["oidc_token_file_path"] = file.path().to_str().unwrap().into();
    let connection = setup.connect(&arguments, &[]).await.unwrap();
    let read = async || {
        let source = setup.providers[0].data_source("azurerm_subscription").unwrap();
        let config = regprov_value::from_json(&json!({}), &source.schema().block.implied_type()).unwrap();
        source.read(&connection, &config, None).await
    };
    read().await.unwrap();
    // The token and the one that it was exchanged for end; the file has a new one by then.
    setup
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(2 * 3600));
    std::fs::write(file.path(), token().await).unwrap();
    read().await.unwrap();
}

#[tokio::test]
async fn a_managed_identity_signs_in_through_its_endpoint() {
    let setup = setup(Arc::new(NoCommands)).await;
    let operator = setup.connect(&setup.operator(), &[]).await.unwrap();
    let group = setup.providers[0].resource("azurerm_resource_group").unwrap();
    let mark = regprov_provider::Mark {
        text: "m".to_owned(),
        nonce: [1; 16],
        begun: setup.sandbox.clock().now(),
    };
    let create = async |resource: &Arc<dyn regprov_provider::AnyResource>, config: Json| {
        let desired = regprov_value::from_json(&config, &resource.schema().block.implied_type()).unwrap();
        let request = regprov_provider::AnyCreate {
            connection: &operator,
            desired: &desired,
            mark: &mark,
            step: None,
        };
        resource.create(request).await.unwrap();
    };
    create(group, json!({"name": "g", "location": "westeurope"})).await;
    let identity = setup.providers[0]
        .resource("azurerm_user_assigned_identity")
        .unwrap();
    create(
        identity,
        json!({"name": "machine", "resource_group_name": "g", "location": "westeurope"}),
    )
    .await;
    let mut arguments = setup.operator();
    for name in ["client_id", "client_secret", "tenant_id"] {
        arguments[name] = Json::Null;
    }
    arguments["use_msi"] = true.into();
    arguments["msi_endpoint"] = format!("{HOST}/metadata/identity/oauth2/token").into();
    let connection = setup.connect(&arguments, &[]).await.unwrap();
    assert!(
        connection.summary.contains("managed identity"),
        "{}",
        connection.summary
    );
}
