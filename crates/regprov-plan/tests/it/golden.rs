//! Plans of this form, kept as files: they are written the same, and stay readable for as long as the form is.

use crate::cloud;
use crate::drive::{Bench, bench};
use expect_test::{ExpectFile, expect_file};
use regprov_plan::{Mode, Plan};
use regprov_value::Value;

const BEFORE: &str = r#"
variable "size" {
  default = 1
}
module "m" {
  source   = "./m"
  for_each = { x = "one", y = "two" }
  name     = each.value
}
resource "toy_thing" "a" {
  name = "one-a"
  size = var.size
  tags = { kept = "yes" }
  rule { port = 80 }
}
resource "toy_thing" "old" {
  name = "old"
}
resource "toy_thing" "made" {
  name = "made"
}
resource "toy_thing" "many" {
  count = 2
  name  = "n${count.index}"
}
output "url" {
  value = toy_thing.a.url
}
output "gone" {
  value = "for now"
}
"#;

const MODULE: &str = r#"
variable "name" {
  validation {
    condition     = length(var.name) < 8
    error_message = "The name is too long."
  }
}
resource "toy_thing" "t" {
  name = var.name
  any  = { nested = [1, "two", null, true], empty = {} }
}
output "id" { value = toy_thing.t.id }
"#;

const AFTER: &str = r#"
variable "size" {
  default = 2
}
variable "pass" {
  default   = "4711"
  ephemeral = true
}
module "m" {
  source   = "./m"
  for_each = { x = "one", z = "three" }
  name     = each.value
}
ephemeral "toy_lookup" "pin" {
  key = "pin"
}
data "toy_lookup" "later" {
  key = toy_thing.a.url
}
resource "toy_thing" "a" {
  name   = "one-a"
  size   = var.size
  secret = sensitive("hidden")
  pin_wo = var.pass
  rule { port = 443 }
  timeouts { create = "45m" }
  lifecycle {
    create_before_destroy = true
    postcondition {
      condition     = self.size > 1
      error_message = "It is too small."
    }
  }
}
resource "toy_thing" "new" {
  name = "new"
}
moved {
  from = toy_thing.old
  to   = toy_thing.new
}
removed {
  from = toy_thing.made
  lifecycle { destroy = false }
}
import {
  to = toy_thing.taken
  id = "id-taken"
}
resource "toy_thing" "taken" {
  name = "taken"
  note = "ours now"
}
resource "toy_thing" "many" {
  count = 1
  name  = "m${count.index}"
}
check "found" {
  assert {
    condition     = data.toy_lookup.later.found != ""
    error_message = "Nothing was found."
  }
}
output "url" {
  value = "${toy_thing.a.url}/${data.toy_lookup.later.found}"
}
output "secret" {
  value     = toy_thing.a.secret
  sensitive = true
}
"#;

/// A world in which the first configuration was applied.
fn applied() -> Bench {
    let mut bench = bench(BEFORE);
    bench.files.insert("m/main.tf".into(), MODULE.to_owned());
    bench.apply();
    bench
}

fn check(bench: &Bench, expect: ExpectFile) {
    let (plan, diagnostics, _) = bench.plan();
    let plan = plan.unwrap_or_else(|| panic!("{diagnostics}"));
    let bytes = plan.to_bytes();
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    expect.assert_eq(&format!("{document:#}\n"));
    let kept = Plan::from_bytes(format!("{document:#}").as_bytes()).unwrap();
    assert_eq!(
        kept.to_bytes(),
        bytes,
        "what is laid out in lines is the same plan"
    );
}

#[test]
fn a_plan_of_creates_is_written_as_ever() {
    let mut bench = bench(BEFORE);
    bench.files.insert("m/main.tf".into(), MODULE.to_owned());
    check(&bench, expect_file!["plans/creates.json"]);
}

#[test]
fn a_plan_of_every_kind_of_change_is_written_as_ever() {
    let bench = applied().with(|bench| {
        bench.edit(AFTER);
        let taken = Value::object([("name", Value::from("taken"))]);
        let taken = bench.exists["id-one-a"].as_entries().map_or(taken, |entries| {
            let renamed = |name: &str, value: &Value| match name {
                "name" => Value::from("taken"),
                "id" => Value::from("id-taken"),
                _ => value.clone(),
            };
            Value::object(
                entries
                    .iter()
                    .map(|(name, value)| (name.clone(), renamed(name, value))),
            )
        });
        bench.exists.insert("id-taken".to_owned(), taken);
        bench.replace.push("module.m[\"x\"].toy_thing.t".to_owned());
    });
    check(&bench, expect_file!["plans/changes.json"]);
}

#[test]
fn a_plan_of_deletes_is_written_as_ever() {
    let bench = applied().with(|bench| bench.mode = Mode::Destroy);
    check(&bench, expect_file!["plans/deletes.json"]);
}

#[test]
fn a_plan_that_only_looks_is_written_as_ever() {
    let bench = applied().with(|bench| {
        bench.mode = Mode::RefreshOnly;
        bench.exists.remove("id-n1");
        let drifted = cloud::make(&bench.exists["id-one-a"]);
        let entries = drifted.as_entries().cloned().unwrap_or_default();
        let changed = entries.into_iter().map(|(name, value)| match &*name {
            "note" => (name, Value::from("from outside")),
            _ => (name, value),
        });
        bench.exists.insert("id-one-a".to_owned(), Value::object(changed));
    });
    check(&bench, expect_file!["plans/refresh-only.json"]);
}

#[test]
fn a_plan_that_is_limited_is_written_as_ever() {
    let bench = applied().with(|bench| {
        bench.edit(&BEFORE.replace("default = 1", "default = 2"));
        bench.targets.push("toy_thing.a".to_owned());
    });
    check(&bench, expect_file!["plans/limited.json"]);
}
