//! Variables: asked for, ephemeral, and where a saved plan is applied.

use crate::stage::{ends, says, with_main};

const EPHEMERAL: &str = r#"variable "secret" {
  description = "What nobody keeps."
  ephemeral   = true
  sensitive   = true
}

variable "size" {
  default = 1
}

module "m" {
  source = "./m"
  secret = "${var.secret}-${ephemeral.random_password.a.result}"
}

ephemeral "random_password" "a" {
  length = 10
}

resource "terraform_data" "a" {
  input = var.size
  lifecycle {
    precondition {
      condition     = module.m.length > 11
      error_message = "It is too short."
    }
  }
}
"#;

const MODULE: &str = r#"variable "secret" {
  ephemeral = true
}

output "length" {
  value     = length(var.secret)
  ephemeral = true
}
"#;

#[tokio::test]
async fn a_value_is_asked_for_and_read_from_a_pipe() {
    let environment = with_main(EPHEMERAL).with_file("m/main.tf", MODULE);
    let asked = environment
        .run_reading("hunter22\n", &["plan", "-sandbox", "-no-color"])
        .await
        .expect(0);
    says(
        &asked,
        &[
            "var.secret (ephemeral) What nobody keeps. Enter a value:",
            "Plan: 1 to add",
        ],
    );
    for arguments in [
        &["plan", "-sandbox", "-input=false"][..],
        &["plan", "-sandbox"][..],
    ] {
        let refused = environment.run(arguments).await.expect(1);
        says(&refused, &["No value for required variable"]);
    }
    let refused = environment
        .run_with(&["plan", "-sandbox"], &[("TF_INPUT", "0")])
        .await
        .expect(1);
    says(&refused, &["No value for required variable"]);
}

#[tokio::test]
async fn a_saved_plan_does_not_hold_ephemeral_values_and_is_given_them_again() {
    let environment = with_main(EPHEMERAL).with_file("m/main.tf", MODULE);
    let given = ["-var", "secret=hunter22"];
    ends(
        &environment,
        &["plan", "-sandbox", "-out", "the.plan", given[0], given[1]],
        0,
    )
    .await;
    let refused = environment
        .run(&["apply", "-sandbox", "the.plan"])
        .await
        .expect(1);
    says(&refused, &["Ephemeral variable must be set for apply"]);
    let changed = [
        "apply", "-sandbox", given[0], given[1], "-var", "size=2", "the.plan",
    ];
    let refused = environment.run(&changed).await.expect(1);
    says(&refused, &["Can't change variable when applying a saved plan"]);
    let applied = environment
        .run(&["apply", "-sandbox", given[0], given[1], "the.plan"])
        .await
        .expect(0);
    says(&applied, &["1 added"]);
    let again = ["plan", "-sandbox", "-detailed-exitcode", given[0], given[1]];
    ends(&environment, &again, 0).await;
}

#[tokio::test]
async fn values_for_what_is_not_declared_are_judged_by_where_they_come_from() {
    let files = "a = 1\nb = 2\nc = 3\nd = 4\n";
    let environment = with_main("output \"x\" {\n  value = 1\n}\n").with_file("terraform.tfvars", files);
    let warned = environment
        .run_with(&["plan", "-sandbox"], &[("TF_VAR_e", "5")])
        .await
        .expect(0);
    says(
        &warned,
        &["Value for undeclared variable", "2 more are set in files"],
    );
    let refused = environment
        .run(&["plan", "-sandbox", "-var", "f=6"])
        .await
        .expect(1);
    says(&refused, &["`-var` sets `f`"]);
    let refused = environment
        .run(&["plan", "-sandbox", "-var", "f =6"])
        .await
        .expect(1);
    says(&refused, &["-var 'f=…'"]);
}

#[tokio::test]
async fn init_takes_variables_for_the_backend_and_has_nothing_to_do_in_an_empty_directory() {
    let text = "variable \"where\" {\n  type = string\n}\n\nterraform {\n  backend \"local\" {\n    path = var.where\n  }\n}\n\nresource \"terraform_data\" \"a\" {}\n";
    let environment = with_main(text).with_file("where.tfvars", "where = \"there.tfstate\"\n");
    for flags in [["-var", "where=here.tfstate"], ["-var-file", "where.tfvars"]] {
        for command in [["init", "-reconfigure"], ["apply", "-auto-approve"]] {
            ends(&environment, &[command, flags].concat(), 0).await;
        }
    }
    for state in ["here.tfstate", "there.tfstate"] {
        assert!(environment.directory().join(state).is_file(), "{state}");
    }
    ends(&environment, &["init", "-var-file", "none.tfvars"], 1).await;
    let environment = crate::stage::directory();
    ends(&environment, &["init", "-var", "a=1"], 0).await;
    assert_eq!(std::fs::read_dir(environment.directory()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_number_with_more_digits_than_are_written_of_it_is_no_change() {
    let text = "output \"a\" {\n  value = [pow(2, 0.5), log(3, 10), 1 / 3]\n}\n";
    let environment = with_main(text);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
}
