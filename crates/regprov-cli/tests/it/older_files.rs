//! Files that were written for older versions of the public providers, or for more than registries.

use crate::stage::{GROUP, check, ends, registry, says, with_main};
use expect_test::expect;

const APPLY: [&str; 4] = ["apply", "-sandbox", "-auto-approve", "-no-color"];

/// An application as azuread 2 had it: `application_id`, `application_object_id`, and object ids as ids.
fn pusher() -> String {
    let registry = registry("olderfiles", "");
    format!(
        r#"{registry}
resource "azuread_application" "a" {{
  display_name = "pusher"
}}

resource "azuread_service_principal" "a" {{
  application_id = azuread_application.a.application_id
}}

resource "azuread_application_password" "a" {{
  application_object_id = azuread_application.a.object_id
}}

resource "azuread_service_principal_password" "a" {{
  service_principal_id = azuread_service_principal.a.object_id
}}

resource "azuread_application_federated_identity_credential" "a" {{
  application_object_id = azuread_application.a.object_id
  display_name          = "main"
  audiences             = ["api://AzureADTokenExchange"]
  issuer                = "https://token.actions.githubusercontent.com"
  subject               = "repo:o/r:ref:refs/heads/main"
}}

resource "azurerm_role_assignment" "a" {{
  scope                = azurerm_container_registry.a.id
  role_definition_name = "AcrPush"
  principal_id         = azuread_service_principal.a.id
}}

output "username" {{
  value = azuread_service_principal.a.application_id
}}
"#
    )
}

#[tokio::test]
async fn files_of_azuread_2_apply_with_warnings_that_name_what_to_write() {
    let environment = with_main(&pusher());
    let applied = environment.run(&APPLY).await.expect(0);
    says(
        &applied,
        &[
            "The argument `application_id` is deprecated: azuread 3 calls it `client_id`; write that name.",
            "The argument `application_object_id` is deprecated: write `application_id = azuread_application.NAME.id`",
            "Apply complete: 8 added, 0 changed, 0 destroyed.",
        ],
    );
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
    ends(&environment, &["creds", "verify", "-sandbox"], 0).await;
    ends(&environment, &["destroy", "-sandbox", "-auto-approve"], 0).await;
}

#[tokio::test]
async fn a_registry_of_azurerm_3_applies_with_warnings_that_name_what_to_write() {
    let blocks = r#"
  trust_policy {
    enabled = true
  }

  retention_policy {
    days    = 12
    enabled = true
  }

  encryption {
    enabled = false
  }

  network_rule_set {
    default_action  = "Allow"
    virtual_network = []
  }
"#;
    let text = registry("azurerm3", blocks).replace("\"Basic\"", "\"Premium\"");
    let environment = with_main(&text);
    let applied = environment.run(&APPLY).await.expect(0);
    says(
        &applied,
        &[
            "The block `trust_policy` is deprecated: azurerm 4 has it as `trust_policy_enabled`, true or false.",
            "The block `retention_policy` is deprecated: azurerm 4 has it as `retention_policy_in_days`, a number",
            "This form of the argument `encryption` is deprecated: azurerm 4 has no `enabled` in it",
            "+ retention_policy_in_days",
            "= 12",
            "Apply complete: 2 added, 0 changed, 0 destroyed.",
        ],
    );
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn what_has_no_counterpart_any_more_is_refused_with_what_to_do() {
    let lines = "  georeplication_locations = [\"northeurope\"]\n  network_rule_set {\n    virtual_network {\n      subnet_id = \"s\"\n    }\n  }\n";
    let environment = with_main(&registry("azurerm2", lines));
    let validated = environment.run(&["validate"]).await.expect(1);
    says(
        &validated,
        &[
            "`georeplication_locations` is not supported any more: azurerm 3 has a block `georeplications { location = … }` for each.",
            "`network_rule_set` cannot be carried over: Azure has no rules for virtual networks any more",
        ],
    );
}

#[tokio::test]
async fn an_unknown_block_without_instances_needs_no_flag() {
    let environment = with_main(&format!(
        r#"{GROUP}
variable "private" {{
  default = false
}}

resource "azurerm_private_endpoint" "a" {{
  count     = var.private ? 1 : 0
  name      = "a"
  subnet_id = "b"
}}
"#
    ));
    let validated = environment.run(&["validate"]).await.expect(0);
    says(
        &validated,
        &[
            "regprov does not know the resource type `azurerm_private_endpoint`. Where it has instances, planning refuses it.",
            "The configuration is valid, with the warnings above.",
        ],
    );
    check(
        &environment,
        &["plan", "-sandbox"],
        expect![[r#"
            $ regprov plan -sandbox
            regprov will do the following:

              # azurerm_resource_group.a will be created
              + resource "azurerm_resource_group" "a" {
                  + id       = "/subscriptions/[ID]/resourceGroups/binderhub"
                  + location = "westeurope"
                  + name     = "binderhub"
                }

            Plan: 1 to add, 0 to change, 0 to destroy.
            [exit 0]
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_provider_whose_password_is_in_a_store_that_is_not_known_is_used_in_the_sandbox_nevertheless() {
    let main = r#"
terraform {
  required_providers {
    harbor = {
      source = "goharbor/harbor"
    }
  }
}

data "vault_kv_secret_v2" "harbor" {
  mount = "secret"
  name  = "harbor"
}

locals {
  login = data.vault_kv_secret_v2.harbor.data
}

provider "harbor" {
  url      = "https://harbor.example.org"
  username = "admin"
  password = local.login["password"]
}

resource "harbor_project" "a" {
  name = "images"
}

resource "harbor_registry" "a" {
  provider_name = "docker-hub"
  name          = "hub"
  endpoint_url  = "https://hub.docker.com"
  access_id     = "bob"
  access_secret = local.login["hub"]
}
"#;
    let environment = with_main(main);
    let apply = ["apply", "-sandbox", "-auto-approve", "-skip-unsupported"];
    let applied = environment.run(&apply).await.expect(0);
    says(
        &applied,
        &[
            "`password` of the provider goharbor/harbor is left out",
            "harbor_registry.a is left out: it depends on data.vault_kv_secret_v2.harbor",
            "Apply complete: 1 added, 0 changed, 0 destroyed.",
        ],
    );
    let plan = ["plan", "-sandbox", "-skip-unsupported", "-detailed-exitcode"];
    ends(&environment, &plan, 0).await;
    let live = environment.run(&["plan", "-skip-unsupported"]).await.expect(0);
    says(
        &live,
        &["harbor_project.a is left out: it depends on data.vault_kv_secret_v2.harbor"],
    );
    ends(
        &environment,
        &["destroy", "-sandbox", "-auto-approve", "-skip-unsupported"],
        0,
    )
    .await;
}
