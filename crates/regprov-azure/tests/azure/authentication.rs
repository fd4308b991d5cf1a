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
