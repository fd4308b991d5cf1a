//! `terraform_remote_state`: the outputs of another configuration.

use crate::http_server::HttpServer;
use crate::stage::{check, directory, ends, says};
use expect_test::expect;
use regprov_testkit::TestEnvironment;
use serde_json::json;

/// A configuration in the folder `network` with outputs of several types, and one that reads them.
const NETWORK: &str = r#"resource "terraform_data" "a" {
  input = "one-${terraform.workspace}"
}

output "name" {
  value = terraform_data.a.output
}

output "zones" {
  value = [1, "x", { deep = true }]
}

output "password" {
  value     = "s3cr3t-of-another"
  sensitive = true
}
"#;

fn reader(arguments: &str) -> String {
    format!(
        r#"data "terraform_remote_state" "network" {{
{arguments}
}}

output "name" {{
  value = data.terraform_remote_state.network.outputs.name
}}

output "deep" {{
  value = try(data.terraform_remote_state.network.outputs.zones[2].deep, null)
}}
"#
    )
}

const LOCAL: &str = "  backend = \"local\"\n  config = {\n    path = \"network/terraform.tfstate\"\n  }";

async fn network() -> TestEnvironment {
    let environment = directory().with_file("network/main.tf", NETWORK);
    ends(&environment, &["-chdir=network", "apply", "-auto-approve"], 0).await;
    environment
}

async fn output(environment: &TestEnvironment, name: &str) -> String {
    let finished = environment.run(&["output", "-json", name]).await.expect(0);
    String::from_utf8(finished.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn outputs_of_a_local_state_are_read_with_their_types() {
    let environment = network().await.with_file("main.tf", &reader(LOCAL));
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert_eq!(output(&environment, "name").await, "\"one-default\"");
    assert_eq!(output(&environment, "deep").await, "true");
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn a_workspace_is_named_and_not_the_one_in_use_here() {
    let environment = network().await;
    ends(
        &environment,
        &["-chdir=network", "workspace", "new", "staging"],
        0,
    )
    .await;
    ends(&environment, &["-chdir=network", "apply", "-auto-approve"], 0).await;
    let here = "  backend   = \"local\"\n  workspace = \"staging\"\n  config = {\n    path          = \"network/terraform.tfstate\"\n    workspace_dir = \"network/terraform.tfstate.d\"\n  }";
    environment.write("main.tf", &reader(here));
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert_eq!(output(&environment, "name").await, "\"one-staging\"");
    environment.write("main.tf", &reader(LOCAL));
    ends(&environment, &["workspace", "new", "staging"], 0).await;
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert_eq!(output(&environment, "name").await, "\"one-default\"");
}

#[tokio::test]
async fn defaults_stand_in_for_outputs_that_are_not_there() {
    let environment = network().await;
    let main = format!(
        "{}\noutput \"more\" {{\n  value = data.terraform_remote_state.network.outputs.more\n}}\n",
        reader(&format!(
            "{LOCAL}\n  defaults = {{\n    more = 7\n    name = \"unused\"\n  }}"
        ))
    );
    environment.write("main.tf", &main);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert_eq!(output(&environment, "more").await, "7");
    assert_eq!(output(&environment, "name").await, "\"one-default\"");
}

#[tokio::test]
async fn secrets_of_another_state_stay_secret_here() {
    let environment = network().await;
    let sealed = std::fs::read_to_string(environment.directory().join("network/terraform.tfstate")).unwrap();
    assert!(!sealed.contains("s3cr3t-of-another"));
    let open = "resource \"terraform_data\" \"b\" {\n  input = data.terraform_remote_state.network.outputs.password\n}\n";
    environment.write("main.tf", &format!("{}{open}", reader(LOCAL)));
    let applied = environment.run(&["apply", "-auto-approve"]).await.expect(0);
    assert!(
        !applied.text().contains("s3cr3t-of-another"),
        "{}",
        applied.text()
    );
    let state = std::fs::read_to_string(environment.directory().join("terraform.tfstate")).unwrap();
    assert!(!state.contains("s3cr3t-of-another"), "{state}");

    let bare = "output \"bare\" {\n  value = data.terraform_remote_state.network.outputs.password\n}\n";
    environment.write("main.tf", &format!("{}{bare}", reader(LOCAL)));
    let refused = environment.run(&["plan"]).await.expect(1);
    says(
        &refused,
        &["Output refers to sensitive values", "sensitive = true"],
    );
}

#[tokio::test]
async fn a_server_is_read_and_its_lock_left_alone() {
    let server = HttpServer::start();
    server.put(&json!({
        "version": 4, "terraform_version": "1.5.7", "serial": 3, "lineage": "a2b8a9cf-2a5c-4d1e-8a52-0d8a6e0f7d11",
        "outputs": { "name": { "value": "far", "type": "string" } }, "resources": [], "check_results": null,
    }));
    server.hold(Some("{\"ID\":\"someone\"}"));
    let main = reader(&format!(
        "  backend = \"http\"\n  config = {{\n    address  = \"{}\"\n    username = \"ann\"\n    password = \"unsaid-pw\"\n  }}",
        server.url()
    ));
    let environment = directory().with_file("main.tf", &main);
    let applied = environment.run(&["apply", "-auto-approve"]).await.expect(0);
    assert!(!applied.text().contains("unsaid-pw"), "{}", applied.text());
    assert_eq!(output(&environment, "name").await, "\"far\"");
    assert_eq!((server.asked("LOCK"), server.asked("POST")), (0, 0));
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_the_place() {
    let environment = directory().with_file("main.tf", &reader(LOCAL));
    check(
        &environment,
        &["plan"],
        expect![[r#"
            $ regprov plan
            error[RP0416]: Object cannot be read
              ╭▸ main.tf:1:1
              │
            1 │ data "terraform_remote_state" "network" {
              │ ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
              │
              ├ note: Reading data.terraform_remote_state.network failed: the backend `local` has no state of
              │       the workspace `default`
              ├ address: data.terraform_remote_state.network
              ╰ help: Apply the configuration that it belongs to first, or correct `config` and `workspace`.
            [exit 1]
        "#]],
    )
    .await;
    for (arguments, words) in [
        ("  backend = \"remote\"", "there is no backend `remote`"),
        ("  backend = \"locla\"", "There are: local, s3"),
        (
            "  backend = \"local\"\n  config = { paths = \"x\" }",
            "There is no argument `paths`",
        ),
        (
            "  backend = \"local\"\n  config = \"x\"",
            "`config` must be an object",
        ),
        ("  backend = \"http\"", "The argument `address` is required"),
    ] {
        environment.write("main.tf", &reader(arguments));
        let refused = environment.run(&["plan"]).await.expect(1);
        says(&refused, &[words, "data.terraform_remote_state.network"]);
    }
}

#[tokio::test]
async fn the_sandbox_reads_what_the_sandbox_of_another_directory_recorded() {
    let environment = directory().with_file("network/main.tf", NETWORK);
    environment.write("main.tf", &reader(LOCAL));
    let refused = environment
        .run(&["apply", "-sandbox", "-auto-approve"])
        .await
        .expect(1);
    says(&refused, &["has no state of the workspace `default`"]);
    ends(
        &environment,
        &["-chdir=network", "apply", "-sandbox", "-auto-approve"],
        0,
    )
    .await;
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    let told = environment
        .run(&["output", "-sandbox", "-raw", "name"])
        .await
        .expect(0);
    assert_eq!(told.stdout, b"one-default");

    let far = "  backend = \"s3\"\n  config = { bucket = \"b\", key = \"k\" }\n  defaults = { name = \"stand-in\" }";
    environment.write("main.tf", &reader(far));
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    let told = environment
        .run(&["output", "-sandbox", "-raw", "name"])
        .await
        .expect(0);
    assert_eq!(told.stdout, b"stand-in");
}
