//! Commands that describe: functions, providers, the graph of resources, versions.

use crate::stage::{directory, with_main};
use regprov_testkit::TestEnvironment;
use serde_json::{Value, json};
use std::process::Command;

const MAIN: &str = r#"terraform {
  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 3.5,>= 3.6"
    }
  }
}

locals {
  first = random_id.a.hex
}

resource "random_id" "a" {
  byte_length = 4
}

resource "terraform_data" "b" {
  input = local.first
}

resource "terraform_data" "c" {
  input = [random_id.a.hex, terraform_data.b.id]
}

module "inner" {
  source = "./inner"
  given  = terraform_data.c.id
}
"#;

const INNER: &str = r#"variable "given" {}

resource "terraform_data" "d" {
  input = var.given
}
"#;

fn environment() -> TestEnvironment {
    with_main(MAIN).with_file("inner/main.tf", INNER)
}

async fn json_of(environment: &TestEnvironment, arguments: &[&str]) -> Value {
    let finished = environment.run(arguments).await.expect(0);
    serde_json::from_slice(&finished.stdout).unwrap()
}

fn without_descriptions(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .filter(|(name, _)| name != "description")
            .map(|(name, value)| (name, without_descriptions(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_descriptions).collect(),
        other => other,
    }
}

#[tokio::test]
async fn the_signatures_of_functions_are_those_of_terraform() {
    let ours = json_of(&directory(), &["metadata", "functions", "-json"]).await;
    assert_eq!(
        ours["function_signatures"]["substr"]["parameters"][1],
        json!({ "name": "offset", "type": "number" })
    );
    let version = Command::new("terraform").args(["version", "-json"]).output();
    let version: Option<Value> = version
        .ok()
        .and_then(|output| serde_json::from_slice(&output.stdout).ok());
    if !version.is_some_and(|version| {
        version["terraform_version"]
            .as_str()
            .unwrap()
            .starts_with("1.11.")
    }) {
        println!("SKIPPED: no terraform 1.11 binary was found on PATH");
        return;
    }
    let theirs = Command::new("terraform")
        .args(["metadata", "functions", "-json"])
        .output()
        .unwrap();
    let theirs: Value = serde_json::from_slice(&theirs.stdout).unwrap();
    let (ours, theirs) = (without_descriptions(ours), without_descriptions(theirs));
    for (name, signature) in theirs["function_signatures"].as_object().unwrap() {
        assert_eq!(&ours["function_signatures"][name], signature, "{name}");
    }
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn schemas_have_terraforms_form_and_tell_of_the_needed_providers_only() {
    let schemas = json_of(&environment(), &["providers", "schema", "-json"]).await;
    let providers = schemas["provider_schemas"].as_object().unwrap();
    let names: Vec<&String> = providers.keys().collect();
    assert_eq!(
        names,
        [
            "registry.terraform.io/hashicorp/random",
            "terraform.io/builtin/terraform"
        ]
    );
    let random = &providers["registry.terraform.io/hashicorp/random"]["resource_schemas"]["random_password"];
    assert_eq!(random["version"], 3);
    let result = &random["block"]["attributes"]["result"];
    assert_eq!(
        (
            &result["type"],
            &result["computed"],
            &result["sensitive"],
            &result["optional"]
        ),
        (&json!("string"), &json!(true), &json!(true), &Value::Null)
    );
    let finished = environment().run(&["providers", "schema"]).await;
    assert_eq!(finished.code, Some(64), "{}", finished.text());
}

#[tokio::test]
async fn the_tree_of_providers_follows_the_modules() {
    let finished = environment().run(&["providers"]).await.expect(0);
    let expected = "\nProviders required by configuration:\n.\n\
        ├── provider[registry.terraform.io/hashicorp/random] ~> 3.5, >= 3.6.0\n\
        ├── provider[terraform.io/builtin/terraform]\n\
        └── module.inner\n    \
            └── provider[terraform.io/builtin/terraform]\n\n";
    assert_eq!(String::from_utf8_lossy(&finished.stdout), expected);
}

#[tokio::test]
async fn the_graph_leaves_out_what_is_reached_through_others() {
    let finished = environment().run(&["graph"]).await.expect(0);
    let expected = r#"digraph G {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "random_id.a" [label="random_id.a"];
  "terraform_data.b" [label="terraform_data.b"];
  "terraform_data.c" [label="terraform_data.c"];
  subgraph "cluster_module.inner" {
    label = "module.inner"
    fontname = "sans-serif"
    "module.inner.terraform_data.d" [label="terraform_data.d"];
  }
  "terraform_data.b" -> "random_id.a";
  "terraform_data.c" -> "terraform_data.b";
  "module.inner.terraform_data.d" -> "terraform_data.c";
}
"#;
    assert_eq!(String::from_utf8_lossy(&finished.stdout), expected);
    let finished = directory().run(&["graph"]).await.expect(0);
    assert!(finished.stdout.starts_with(b"digraph G {"), "{}", finished.text());
}

#[tokio::test]
async fn the_version_tells_what_tools_ask_of_terraform() {
    let version = json_of(&directory(), &["version", "-json"]).await;
    assert_eq!(version["terraform_outdated"], false);
    assert!(version["terraform_version"].as_str().unwrap().starts_with("1."));
    assert!(version["platform"].as_str().unwrap().contains('_'));
}

#[tokio::test]
async fn the_graph_of_an_operation_has_terraforms_names() {
    let main = "variable \"n\" {\n  default = 1\n}\n\nlocals {\n  m = var.n\n}\n\nresource \"terraform_data\" \"a\" {\n  input = [local.m, var.n]\n}\n\noutput \"o\" {\n  value = terraform_data.a.id\n}\n";
    let finished = with_main(main).run(&["graph", "-type=plan"]).await.expect(0);
    let provider = r#"provider[\"terraform.io/builtin/terraform\"]"#;
    let expected = format!(
        r#"digraph {{
	compound = "true"
	newrank = "true"
	subgraph "root" {{
		"[root] {provider}" [label = "{provider}", shape = "diamond"]
		"[root] terraform_data.a (expand)" [label = "terraform_data.a", shape = "box"]
		"[root] var.n" [label = "var.n", shape = "note"]
		"[root] local.m (expand)" -> "[root] var.n"
		"[root] output.o (expand)" -> "[root] terraform_data.a (expand)"
		"[root] {provider} (close)" -> "[root] terraform_data.a (expand)"
		"[root] root" -> "[root] output.o (expand)"
		"[root] root" -> "[root] {provider} (close)"
		"[root] terraform_data.a (expand)" -> "[root] local.m (expand)"
		"[root] terraform_data.a (expand)" -> "[root] {provider}"
	}}
}}
"#
    );
    assert_eq!(String::from_utf8_lossy(&finished.stdout), expected);
    let refused = with_main(main).run(&["graph", "-type=eval"]).await;
    assert_eq!(refused.code, Some(64), "{}", refused.text());
}
