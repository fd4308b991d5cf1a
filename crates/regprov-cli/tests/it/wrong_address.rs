//! Wrong commands, wrong directories, and clouds that cannot be reached.

use crate::stage::{check, directory, ends, registry, says, with_main};
use expect_test::expect;
use std::net::TcpListener;

#[tokio::test]
async fn a_wrong_command_or_flag_is_a_mistake_of_usage() {
    let environment = directory();
    let finished = environment.run(&["plann"]).await.expect(64);
    says(&finished, &["unrecognized subcommand 'plann'", "'plan'"]);
    let finished = environment.run(&["plan", "-sandbx"]).await.expect(64);
    says(
        &finished,
        &[
            "unexpected argument '--sandbx' found",
            "a similar argument exists: '--sandbox'",
        ],
    );
    ends(&environment, &["plan", "-parallelism=many"], 64).await;
}

#[tokio::test]
async fn a_directory_without_configuration_is_named_and_nothing_is_written_to_it() {
    let environment = directory();
    for command in [
        &["plan", "-sandbox"][..],
        &["apply", "-sandbox", "-auto-approve"],
        &["destroy", "-auto-approve"],
    ] {
        let finished = environment.run(command).await.expect(1);
        let place = environment.directory().display().to_string();
        says(
            &finished,
            &["No configuration files", &place, "regprov -chdir=DIR plan"],
        );
    }
    assert_eq!(std::fs::read_dir(environment.directory()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_named() {
    let environment = with_main("");
    for place in ["nowhere", "main.tf"] {
        let chdir = format!("-chdir={place}");
        let finished = environment.run(&[&chdir, "plan", "-sandbox"]).await.expect(1);
        says(
            &finished,
            &[
                "No such directory",
                &environment.directory().join(place).display().to_string(),
                "-chdir takes a path",
            ],
        );
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let environment =
        with_main("locals {\n  a = file(\"absent.txt\")\n}\noutput \"a\" {\n  value = local.a\n}\n");
    check(
        &environment,
        &["plan", "-sandbox"],
        expect![[r#"
        $ regprov plan -sandbox
        error[RP0302]: Invalid function argument
          ╭▸ main.tf:2:12
          │
        2 │   a = file("absent.txt")
          │            ━━━━━━━━━━━━
          │
          ╰ note: The value of argument 1 of `file` is not accepted: no file exists at "absent.txt"; a file
                  that a resource of this configuration makes cannot be read here, use an attribute of that
                  resource.
        [exit 1]
    "#]],
    )
    .await;
    let finished = environment
        .run(&["plan", "-sandbox", "-var-file=absent.tfvars"])
        .await
        .expect(1);
    says(
        &finished,
        &[
            "Variables file cannot be read",
            "absent.tfvars",
            "relative to the working directory",
        ],
    );
}

#[tokio::test]
async fn missing_credentials_list_each_place_that_was_looked_at_before_any_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let host = format!("localhost:{}", listener.local_addr().unwrap().port());
    let environment = with_main(&registry("images", "")).with("ARM_METADATA_HOSTNAME", host);
    let arguments = ["plan"];
    check(&environment, &arguments, expect![[r#"
        $ regprov plan
        error[RP0414]: Provider cannot be connected
          ╭▸ main.tf:1:1
          │
        1 │ provider "azurerm" {
          │ ━━━━━━━━━━━━━━━━━━
          │
          ├ note: The provider hashicorp/azurerm refuses its configuration: there are no credentials for
          │       Azure. These places were looked at:
          │         - client certificate: neither `client_certificate` (ARM_CLIENT_CERTIFICATE) nor `client_certificate_path` (ARM_CLIENT_CERTIFICATE_PATH) is set
          │         - client secret: neither `client_secret` (ARM_CLIENT_SECRET) nor `client_secret_file_path` (ARM_CLIENT_SECRET_FILE_PATH) is set
          │         - OIDC: `use_oidc` (ARM_USE_OIDC) is not true
          │         - managed identity: `use_msi` (ARM_USE_MSI) is not true
          │         - Azure CLI: the Azure CLI (`az`) is not installed, or not on the path
          ╰ help: On a workstation run `az login`. In CI set ARM_TENANT_ID, ARM_CLIENT_ID and
                  ARM_CLIENT_SECRET, or ARM_USE_OIDC=true. With no account at all, use `-sandbox`.
        [exit 1]
    "#]]).await;
    let asked = listener.accept();
    assert!(asked.is_err(), "a request was sent: {asked:?}");
    assert!(!environment.directory().join("terraform.tfstate").exists());
}

#[tokio::test]
async fn a_cloud_that_refuses_connections_is_named() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let environment = with_main(&registry("images", ""))
        .with("ARM_METADATA_HOSTNAME", format!("localhost:{port}"))
        .with("ARM_TENANT_ID", "11111111-1111-1111-1111-111111111111")
        .with("ARM_SUBSCRIPTION_ID", "22222222-2222-2222-2222-222222222222")
        .with("ARM_CLIENT_ID", "33333333-3333-3333-3333-333333333333")
        .with("ARM_CLIENT_SECRET", "nothing-that-is-a-secret");
    let finished = environment.run(&["plan"]).await.expect(1);
    says(
        &finished,
        &["Provider cannot be connected", &format!("localhost:{port}")],
    );
}
