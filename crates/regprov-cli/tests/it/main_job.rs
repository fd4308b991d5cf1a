//! From an empty directory to a pushed image, and back to nothing.

use crate::stage::{directory, ends, said, says, transcript};
use expect_test::expect;
use regprov_testkit::TestEnvironment;
use serde_json::Value;
use std::path::Path;

const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];

fn example() -> TestEnvironment {
    directory().with_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/azure"))
}

/// The lines of a text that hold a word.
fn lines_with(text: &str, word: &str) -> String {
    text.lines()
        .filter(|line| line.contains(word))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[tokio::test]
async fn the_example_applies_pushes_and_is_destroyed_without_a_rest() {
    let environment = example();
    let applied = environment.run(&APPLY).await.expect(0);
    let text = transcript(&environment, &APPLY, &applied);
    let end = &text[text.find("Apply complete").unwrap()..];
    expect![[r#"
        Apply complete: 6 added, 0 changed, 0 destroyed.

        Outputs:

        password = (sensitive value)
        registry = "localhost:[PORT]"
        username = "[ID]"

        Push credentials:

          registry  localhost:[PORT]
          username  [ID]
          secret    sealed in the state (azuread_service_principal_password.pusher)

        Prove that it pushes:        regprov creds verify -sandbox
        Hand it over to BinderHub:   regprov creds render binderhub -sandbox -out DIR
        note: Secrets in state are sealed for a new identity in [ROOT]/home/configuration/regprov/identity.txt. Keep that file: without it they cannot be opened. Its recipient is [RECIPIENT].
        [exit 0]
    "#]].assert_eq(end);
    says(&applied, &["Plan: 6 to add, 0 to change, 0 to destroy."]);

    let verified = environment.run(&["creds", "verify", "-sandbox"]).await.expect(0);
    expect![[r#"
        $ regprov creds verify -sandbox
        azuread_service_principal_password.pusher at localhost:[PORT]
          ok      reach the registry ([ELAPSED])
          ok      log in ([ELAPSED])
          ok      push configuration and layer ([ELAPSED])
          ok      push the manifest ([ELAPSED])
          ok      pull it back and compare ([ELAPSED])
          ok      push without a credential is refused ([ELAPSED])
          note    the probe image stays in the registry, as is normal where a credential may push and not delete:
                  failed to delete the image: the registry answered 401 UNAUTHORIZED: authentication required, visit https://aka.ms/acr/authorization for more information.

        The credential pushes: localhost:[PORT]/regprov-probe/[RANDOM] as [DIGEST] was pushed and pulled back.
        [exit 0]
    "#]].assert_eq(&transcript(&environment, &["creds", "verify", "-sandbox"], &verified));

    let planned = environment
        .run(&["plan", "-sandbox", "-detailed-exitcode"])
        .await
        .expect(0);
    says(&planned, &["No changes. What exists matches the configuration."]);

    let destroyed = environment
        .run(&["destroy", "-sandbox", "-auto-approve"])
        .await
        .expect(0);
    let text = transcript(&environment, &["destroy"], &destroyed);
    expect![[r#"
        Destroy complete: 6 destroyed.
        Nothing that was made in the sandbox is left, as its ledger shows.
        2 directory objects are soft-deleted and can be restored for 30 days, as in the real service.
        [exit 0]
    "#]]
    .assert_eq(&text[text.find("Destroy complete").unwrap()..]);
    let inventory = environment
        .run(&["sandbox", "ledger", "-inventory", "-json"])
        .await
        .expect(0);
    let inventory: Value = serde_json::from_slice(&inventory.stdout).unwrap();
    let items = inventory["items"].as_array().unwrap();
    let live: Vec<&Value> = items
        .iter()
        .filter(|item| item["soft_deleted"] != true && item["surrounding"] != true)
        .collect();
    assert!(live.is_empty(), "{live:?}");
    assert!(items.len() > 5, "the sandbox has its surroundings: {items:?}");
}

#[tokio::test]
async fn objects_are_created_after_what_they_need() {
    let environment = example();
    let applied = environment.run(&APPLY).await.expect(0);
    let text = said(&applied);
    let at = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("`{words}` is not in {text}"))
    };
    for (first, second) in [
        (
            "azurerm_resource_group.binderhub: created",
            "azurerm_container_registry.binderhub: creating",
        ),
        (
            "azurerm_container_registry.binderhub: created",
            "azurerm_role_assignment.push: creating",
        ),
        (
            "azuread_application.pusher: created",
            "azuread_service_principal.pusher: creating",
        ),
        (
            "azuread_service_principal.pusher: created",
            "azuread_service_principal_password.pusher: creating",
        ),
        (
            "azuread_service_principal.pusher: created",
            "azurerm_role_assignment.push: creating",
        ),
    ] {
        assert!(
            at(first) < at(second),
            "`{first}` comes after `{second}`:\n{}",
            applied.text()
        );
    }
}

#[tokio::test]
async fn a_changed_argument_is_changed_in_place_and_announced_by_the_exit_code() {
    let environment = example();
    ends(&environment, &APPLY, 0).await;
    let main = std::fs::read_to_string(environment.directory().join("main.tf")).unwrap();
    let changed = main.replace(
        "sku                 = \"Basic\"",
        "sku                 = \"Standard\"\n  tags                = { team = \"hub\" }",
    );
    assert_ne!(changed, main);
    environment.write("main.tf", &changed);
    let planned = environment
        .run(&["plan", "-sandbox", "-detailed-exitcode"])
        .await
        .expect(2);
    expect![[r#"
        $ regprov plan -sandbox -detailed-exitcode
        regprov will do the following:

          # azurerm_container_registry.binderhub will be changed in place
          ~ resource "azurerm_container_registry" "binderhub" {
              ~ sku  = "Basic" -> "Standard"
              + tags = {"team" = "hub"}
                # (25 unchanged)
            }

        Plan: 0 to add, 1 to change, 0 to destroy.
        [exit 2]
    "#]]
    .assert_eq(&transcript(
        &environment,
        &["plan", "-sandbox", "-detailed-exitcode"],
        &planned,
    ));
    let applied = environment.run(&APPLY).await.expect(0);
    says(&applied, &["Apply complete: 0 added, 1 changed, 0 destroyed."]);
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
    ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
}

#[tokio::test]
async fn an_emptied_configuration_deletes_what_the_state_holds() {
    let environment =
        directory().with_file("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
    ends(&environment, &APPLY, 0).await;
    environment.write("main.tf", "");
    let applied = environment.run(&APPLY).await.expect(0);
    says(
        &applied,
        &[
            "because its block is no longer in the configuration",
            "Apply complete: 0 added, 0 changed, 1 destroyed.",
        ],
    );
}

#[tokio::test]
async fn the_password_is_named_and_never_shown() {
    let environment = example();
    let applied = environment.run(&APPLY).await.expect(0);
    let text = transcript(&environment, &APPLY, &applied);
    expect![[r#"
              + admin_password                               = (sensitive value)
          + password = (sensitive value)
        password = (sensitive value)
    "#]]
    .assert_eq(&lines_with(&text, "password "));
    let secret = environment
        .run(&["output", "-sandbox", "-raw", "password"])
        .await
        .expect(0);
    let secret = String::from_utf8(secret.stdout).unwrap();
    assert!(
        secret.len() > 20 && !applied.text().contains(secret.trim()),
        "{}",
        applied.text()
    );
}
