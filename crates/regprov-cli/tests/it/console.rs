//! `console`: what expressions are worth, printed as Terraform prints it.

use crate::stage::{directory, ends, with_main};
use regprov_testkit::TestEnvironment;

const MAIN: &str = r#"variable "given" {
  type = list(string)
}

variable "secret" {
  default   = "hunter-two-hunter"
  sensitive = true
}

locals {
  made = terraform_data.one.output
  word = var.secret
}

resource "terraform_data" "one" {
  input = { a = 1 }
}

resource "terraform_data" "many" {
  count = 2
  input = "n${count.index}"
}

module "inner" {
  source = "./inner"
  input  = terraform_data.one.id
}
"#;

const INNER: &str = r#"variable "input" {}

locals {
  word = "within"
}

output "length" {
  value = length(var.input)
}
"#;

/// Expressions, each with what `console` prints for it.
async fn check(environment: &TestEnvironment, flags: &[&str], table: &[(&str, &str)]) {
    let arguments = [&["console", "-each"], flags].concat();
    let entries: String = table.iter().map(|(entry, _)| format!("{entry}\n")).collect();
    let finished = environment.run_reading(&entries, &arguments).await.expect(0);
    let expected: String = table.iter().map(|(_, result)| format!("{result}\n")).collect();
    assert_eq!(String::from_utf8_lossy(&finished.stdout), expected);
}

#[tokio::test]
async fn expressions_need_no_configuration() {
    let table = [
        ("1 + 1", "2"),
        ("[1, \"a\", null]", "[\n  1,\n  \"a\",\n  null,\n]"),
        ("toset([\"b\", \"a\"])", "toset([\n  \"a\",\n  \"b\",\n])"),
        (
            "{a = tolist(null)}",
            "{\n  \"a\" = tolist(null) /* of dynamic */\n}",
        ),
        ("\"a\\nb\"", "<<EOT\na\nb\nEOT"),
        ("{a = \"x\\ny\"}", "{\n  \"a\" = <<-EOT\n  x\n  y\n  EOT\n}"),
        ("type([1, {}])", "tuple([\n    number,\n    object({}),\n])"),
        ("type(type(1))", "type"),
        ("path.module", "\".\""),
        ("", ""),
    ];
    check(&directory(), &[], &table).await;
}

#[tokio::test]
async fn like_terraform_it_prints_the_last_result_and_stops_at_an_error() {
    let environment = directory();
    let finished = environment.run_reading("1\n2\n", &["console"]).await.expect(0);
    assert_eq!(finished.stdout, b"2\n");
    let finished = environment
        .run_reading("1\nnope(\n2\n", &["console"])
        .await
        .expect(1);
    assert_eq!(finished.stdout, b"");
    let finished = environment
        .run_reading("1\nexit\n2\n", &["console"])
        .await
        .expect(0);
    assert_eq!(finished.stdout, b"");
}

#[tokio::test]
async fn each_line_is_answered_and_an_error_ends_nothing_where_that_is_asked() {
    let environment = directory();
    let finished = environment
        .run_reading("1\nnope\n[type(1)]\n2\n", &["console", "-each"])
        .await
        .expect(1);
    assert_eq!(finished.stdout, b"1\n2\n");
    assert!(
        finished.text().contains("<console-input>:1:1"),
        "{}",
        finished.text()
    );
}

#[tokio::test]
async fn what_the_state_does_not_hold_is_known_after_apply() {
    let environment = with_main(MAIN).with_file("inner/main.tf", INNER);
    let table = [
        ("var.given", "(known after apply)"),
        ("type(var.given)", "list(string)"),
        ("local.made", "(known after apply)"),
        ("terraform_data.many[0]", "(known after apply)"),
        ("module.inner", "{\n  \"length\" = (known after apply)\n}"),
        ("local.word", "(sensitive value)"),
        ("nonsensitive(local.word)", "\"hunter-two-hunter\""),
    ];
    check(&environment, &[], &table).await;
    check(
        &environment,
        &["-scope=module.inner"],
        &[("local.word", "\"within\"")],
    )
    .await;
}

#[tokio::test]
async fn what_the_state_holds_is_shown_and_a_plan_goes_before_it() {
    let environment = with_main(MAIN).with_file("inner/main.tf", INNER);
    ends(
        &environment,
        &["apply", "-auto-approve", "-var", "given=[\"a\"]"],
        0,
    )
    .await;
    environment.write("main.tf", &MAIN.replace("count = 2", "count = 3"));
    let table = [
        ("local.made", "{\n  \"a\" = 1\n}"),
        ("terraform_data.many[*].output", "[\n  \"n0\",\n  \"n1\",\n]"),
        ("module.inner.length", "36"),
    ];
    check(&environment, &[], &table).await;
    let planned = [
        ("var.given", "tolist([\n  \"a\",\n])"),
        (
            "terraform_data.many[*].output",
            "[\n  \"n0\",\n  \"n1\",\n  (known after apply),\n]",
        ),
    ];
    check(&environment, &["-plan", "-var", "given=[\"a\"]"], &planned).await;
    check(&environment, &["-state=terraform.tfstate"], &table).await;
}
