//! What a user gets wrong in the configuration: the place, the reason, the remedy, and nothing half-made.

use crate::stage::{
    GROUP, assert_nothing_made, check, checked, cloud, ends, refused, registry, says, with_main,
};
use expect_test::expect;
use serde_json::json;

#[tokio::test]
async fn a_registry_name_with_a_dash_is_no_registry_name() {
    refused(
        &registry("ab-c", ""),
        json!({}),
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0420]: Invalid argument value
           ╭▸ main.tf:11:25
           │
        10 │ resource "azurerm_container_registry" "a" {
        11 │   name                = "ab-c"
           │                         ━━━━━━
           │
           ├ note: `ab-c` is no registry name: it has 5 to 50 letters and digits and nothing else, as it
           │       becomes a host name. Choose another one, such as `binderhubimages`.
           ╰ address: azurerm_container_registry.a
        [exit 1]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_registry_name_that_someone_else_has_is_found_while_planning() {
    let scene = json!({ "conditions": [{ "name_taken": { "name": "images" } }] });
    refused(
        &registry("images", ""),
        scene,
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0413]: Registry name is taken
           ╭▸ main.tf:11:25
           │
        10 │ resource "azurerm_container_registry" "a" {
        11 │   name                = "images"
           │                         ━━━━━━━━
           │
           ├ note: The registry name `images` belongs to someone else: no registry of the subscription
           │       [ID] has it, and names are unique in all of Azure.
           ├ address: azurerm_container_registry.a
           ╰ help: Choose another name; a prefix or suffix of your organization helps.
        [exit 1]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_misspelled_argument_is_told_the_near_one() {
    refused(
        &registry("images", "  admin_enabledd     = true\n"),
        json!({}),
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0104]: Unsupported argument
           ╭▸ main.tf:15:3
           │
        10 │ resource "azurerm_container_registry" "a" {
           ┆
        15 │   admin_enabledd     = true
           │   ━━━━━━━━━━━━━━
           │
           ├ note: There is no argument named `admin_enabledd` here.
           ├ address: azurerm_container_registry.a
           ╰ help: Did you mean `admin_enabled`?
        [exit 1]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_argument_for_premium_on_basic_is_named_while_planning() {
    let lines = "  retention_policy_in_days = 7\n";
    refused(
        &registry("images", lines),
        json!({}),
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0413]: Argument needs the SKU Premium
           ╭▸ main.tf:15:30
           │
        10 │ resource "azurerm_container_registry" "a" {
           ┆
        15 │   retention_policy_in_days = 7
           │                              ━
           │
           ├ note: `retention_policy_in_days` is set so that it needs a Premium registry, but `sku` is
           │       `Basic`.
           ├ address: azurerm_container_registry.a
           ╰ help: Set `sku = "Premium"`, or leave the argument out.
        [exit 1]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_unknown_region_is_told_the_near_ones() {
    refused(
        &GROUP.replace("westeurope", "westeuropa"),
        json!({}),
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0413]: Unknown region
          ╭▸ main.tf:7:14
          │
        5 │ resource "azurerm_resource_group" "a" {
        6 │   name     = "binderhub"
        7 │   location = "westeuropa"
          │              ━━━━━━━━━━━━
          │
          ├ note: `westeuropa` is no region that the subscription [ID] can
          │       use.
          ├ address: azurerm_resource_group.a
          ╰ help: Did you mean `westeurope` (West Europe) or `westus` (West US) or `westcentralus` (West
                  Central US)?
        [exit 1]
    "#]],
    )
    .await;
}

fn assignment(role: &str) -> String {
    let registry = registry("images", "");
    format!(
        r#"{registry}
resource "azuread_application" "a" {{
  display_name = "pusher"
}}

resource "azuread_service_principal" "a" {{
  client_id = azuread_application.a.client_id
}}

resource "azurerm_role_assignment" "a" {{
  scope                = azurerm_container_registry.a.id
  role_definition_name = "{role}"
  principal_id         = azuread_service_principal.a.object_id
}}
"#
    )
}

#[tokio::test]
async fn an_unknown_role_is_told_the_near_ones() {
    refused(
        &assignment("AcrPsh"),
        json!({}),
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0413]: Unknown role
           ╭▸ main.tf:27:26
           │
        25 │ resource "azurerm_role_assignment" "a" {
        26 │   scope                = azurerm_container_registry.a.id
        27 │   role_definition_name = "AcrPsh"
           │                          ━━━━━━━━
           │
           ├ note: There is no role `AcrPsh` at the scope
           │       /subscriptions/[ID].
           ├ address: azurerm_role_assignment.a
           ╰ help: Did you mean `AcrPush` or `AcrPull`?
        [exit 1]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn without_the_right_to_assign_roles_nothing_is_begun() {
    let action = "Microsoft.Authorization/roleAssignments/write";
    let scene = json!({ "conditions": [{ "no_permission": { "principal": "operator", "action": action } }] });
    refused(&assignment("AcrPush"), scene, expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0413]: No permission to assign roles
           ╭▸ main.tf:26:26
           │
        25 │ resource "azurerm_role_assignment" "a" {
        26 │   scope                = azurerm_container_registry.a.id
           │                          ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
           │
           ├ note: The identity that runs regprov ([ID]) may not assign
           │       roles at /subscriptions/[ID]: no role of it allows
           │       Microsoft.Authorization/roleAssignments/write.
           ├ address: azurerm_role_assignment.a
           ╰ help: Ask an owner to run:

                       az role assignment create --assignee [ID] --role "Role Based Access Control Administrator" --scope /subscriptions/[ID]
        [exit 1]
    "#]]).await;
}

#[tokio::test]
async fn an_expired_secret_says_so_and_how_to_make_a_new_one() {
    let scene = json!({ "conditions": [{ "expired_secret": { "principal": "operator" } }] });
    refused(
        &registry("images", ""),
        scene,
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0414]: Provider cannot be connected
          ╭▸ main.tf:1:1
          │
        1 │ provider "azurerm" {
          │ ━━━━━━━━━━━━━━━━━━
          │
          ├ note: The provider hashicorp/azurerm refuses its configuration: failed to sign in to Azure: The
          │       client secret of the application [ID] has expired. Entra
          │       says (invalid_client): AADSTS7000222: The provided client secret keys for app
          │       '[ID]' are expired. Visit the Azure portal to create new
          │       keys for your app: https://aka.ms/NewClientSecret, or consider using certificate
          │       credentials for added security: https://aka.ms/certCreds. Trace ID:
          │       [ID] Correlation ID: [ID]
          │       Timestamp: [TIME]
          ╰ help: Make a new one, and set it as `client_secret` or ARM_CLIENT_SECRET:

                      az ad app credential reset --id [ID] --append
        [exit 1]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_cycle_is_shown_as_a_path() {
    let main = r#"resource "terraform_data" "x" {
  input = terraform_data.y.output
}

resource "terraform_data" "y" {
  input = local.z
}

locals {
  z = [terraform_data.x.id]
}
"#;
    refused(
        main,
        json!({}),
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0401]: Dependency cycle
           ╭▸ main.tf:10:3
           │
         1 │ resource "terraform_data" "x" {
           │ ───────────────────────────── terraform_data.x
           ┆
         5 │ resource "terraform_data" "y" {
           │ ───────────────────────────── terraform_data.y
           ┆
        10 │   z = [terraform_data.x.id]
           │   ━━━━━━━━━━━━━━━━━━━━━━━━━
           │
           ├ note: These refer to each other in a circle, so none of them can come first: local.z →
           │       terraform_data.x → terraform_data.y → local.z.
           ╰ help: Remove one of these references, or split a block in two.
        [exit 1]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn every_independent_mistake_is_told_in_one_run() {
    let main = r#"resource "terraform_data" "x" {
  input = = 3
}

resource "terraform_data" "y" {
  input = "a" "b"
}
"#;
    refused(
        main,
        json!({}),
        expect![[r#"
            $ regprov apply -sandbox -auto-approve
            error[RP0101]: Invalid syntax
              ╭▸ main.tf:2:11
              │
            2 │   input = = 3
              │           ━
              │
              ╰ note: A value is needed here.

            error[RP0101]: Invalid syntax
              ╭▸ main.tf:6:15
              │
            6 │   input = "a" "b"
              │   ┬────       ━
              │   │
              │   it begins here
              │
              ╰ note: A newline is needed here: the argument before this is complete.
            [exit 1]
        "#]],
    )
    .await;
}

const UNSUPPORTED: &str = r#"resource "terraform_data" "x" {
  input = 1
}

resource "azurerm_kubernetes_cluster" "hub" {
  name = "hub"
}

resource "aws_ecr_repository" "images" {
  name = "images"
}

resource "terraform_data" "z" {
  input = azurerm_kubernetes_cluster.hub.id
}
"#;

#[tokio::test]
async fn an_unsupported_resource_type_is_told_once_each_with_what_to_do() {
    refused(
        UNSUPPORTED,
        json!({}),
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0406]: Unsupported resource type
          ╭▸ main.tf:5:1
          │
        5 │ resource "azurerm_kubernetes_cluster" "hub" {
          │ ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
          │
          ├ note: regprov does not know the resource type `azurerm_kubernetes_cluster`.
          ╰ help: Manage it elsewhere, or plan the rest with `-skip-unsupported`.

        error[RP0406]: Unsupported resource type
          ╭▸ main.tf:9:1
          │
        9 │ resource "aws_ecr_repository" "images" {
          │ ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
          │
          ├ note: `aws_ecr_repository.images` needs the provider hashicorp/aws, which regprov does not have.
          ╰ help: Manage it elsewhere, or plan the rest with `-skip-unsupported`.
        [exit 1]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn the_rest_is_planned_where_that_is_asked_for_and_what_is_left_out_is_listed() {
    let environment = with_main(UNSUPPORTED);
    check(
        &environment,
        &["plan", "-sandbox", "-skip-unsupported"],
        expect![[r#"
        $ regprov plan -sandbox -skip-unsupported
        regprov will do the following:

          # terraform_data.x will be created
          + resource "terraform_data" "x" {
              + id     = (known after apply)
              + input  = 1
              + output = (known after apply)
            }

        Left out by -skip-unsupported:
          azurerm_kubernetes_cluster.hub is left out: regprov does not know its type. (main.tf:5:1)
          aws_ecr_repository.images is left out: regprov does not know its type. (main.tf:9:1)
          terraform_data.z is left out: it depends on azurerm_kubernetes_cluster.hub, which is left out. (main.tf:13:1)

        Plan: 1 to add, 0 to change, 0 to destroy.
        [exit 0]
    "#]],
    )
    .await;
}

const VARIABLES: &str = r#"variable "size" {
  type = number
}

variable "secret" {
  type      = string
  sensitive = true

  validation {
    condition     = length(var.secret) > 5
    error_message = "A secret has more than 5 letters."
  }
}

output "size" {
  value = var.size
}
"#;

#[tokio::test]
async fn a_required_variable_without_a_value_is_told_where_to_set_it() {
    let environment = with_main(VARIABLES);
    let cloud = cloud(&environment, json!({})).await;
    let arguments = ["apply", "-sandbox", "-auto-approve", "-input=false"];
    let finished = checked(
        &environment,
        &arguments,
        expect![[r#"
        $ regprov apply -sandbox -auto-approve -input=false
        error[RP0215]: No value for required variable
          ╭▸ main.tf:1:1
          │
        1 │ variable "size" {
          │ ━━━━━━━━━━━━━━━
          │
          ├ note: The variable `size` has no default, and no value was given for it.
          ╰ help: Set it with `-var 'size=…'`, in `terraform.tfvars`, or in the environment as
                  `TF_VAR_size`.

        error[RP0215]: No value for required variable
          ╭▸ main.tf:5:1
          │
        5 │ variable "secret" {
          │ ━━━━━━━━━━━━━━━━━
          │
          ├ note: The variable `secret` has no default, and no value was given for it.
          ╰ help: Set it with `-var 'secret=…'`, in `terraform.tfvars`, or in the environment as
                  `TF_VAR_secret`.
        [exit 1]
    "#]],
    )
    .await;
    assert_nothing_made(&environment, &cloud, &finished).await;
}

#[tokio::test]
async fn a_value_that_does_not_fit_its_variable_is_told_where_it_came_from() {
    let environment = with_main(VARIABLES).with("TF_VAR_secret", "abc");
    let arguments = ["plan", "-sandbox", "-var", "size=large"];
    let finished = checked(
        &environment,
        &arguments,
        expect![[r#"
            $ regprov plan -sandbox -var size=large
            error[RP0215]: Invalid value for variable
              ╭▸ main.tf:1:1
              │
            1 │ variable "size" {
              │ ━━━━━━━━━━━━━━━
              │
              ├ note: The value does not fit the variable `size`, which is declared as number: a number is
              │       required.
              ├ value: `var.size` is "large"
              ╰ help: The value comes from the command line: correct `-var 'size=…'`.
            [exit 1]
        "#]],
    )
    .await;
    assert!(!finished.text().contains("\"abc\""), "{}", finished.text());
}

#[tokio::test]
async fn a_variable_flag_that_says_nothing_or_names_nothing_is_refused() {
    let environment = with_main(VARIABLES).with("TF_VAR_secret", "abcdefgh");
    check(
        &environment,
        &["plan", "-sandbox", "-var", "size"],
        expect![[r#"
        $ regprov plan -sandbox -var size
        error: Invalid -var
         │
         ├ note: A variable is given as `-var NAME=VALUE`; there is no `=` in what was given.
         ╰ help: Write it in one word, in quotes where the value has spaces: -var 'region=westeurope'
        [exit 1]
    "#]],
    )
    .await;
    check(
        &environment,
        &["plan", "-sandbox", "-var", "size=1", "-var", "sizes=2"],
        expect![[r#"
        $ regprov plan -sandbox -var size=1 -var sizes=2
        error[RP0408]: Value for undeclared variable
         │
         ├ note: `-var` sets `sizes`, and the root module declares no variable of that name. Did you mean
         │       `size`?
         ╰ help: Declare it with `variable "sizes" {}`, or leave the option out.
        [exit 1]
    "#]],
    )
    .await;
}

/// One of two arguments is null, and which one is known only after apply.
fn either(second: &str) -> String {
    format!(
        r#"
resource "terraform_data" "a" {{
  input = "x"
}}

resource "local_file" "f" {{
  filename       = "f"
  content        = terraform_data.a.output == "x" ? "c" : null
  content_base64 = terraform_data.a.output == "{second}" ? "Yw==" : null
}}
"#
    )
}

#[tokio::test]
async fn arguments_that_exclude_one_another_may_be_open_until_they_are_known() {
    let environment = with_main(&either("y"));
    ends(&environment, &["validate"], 0).await;
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let environment = with_main(&either("x"));
    ends(&environment, &["validate"], 0).await;
    let applied = environment.run(&["apply", "-auto-approve"]).await.expect(1);
    says(
        &applied,
        &[
            "Conflicting arguments",
            "main.tf:8:20",
            "`content` and `content_base64` are.",
        ],
    );
}
