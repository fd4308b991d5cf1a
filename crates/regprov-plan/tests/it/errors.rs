//! What a user can get wrong.

use crate::drive::bench;
use expect_test::expect;

#[test]
fn independent_errors_come_in_one_run() {
    bench(r#"
resource "toy_thing" "a" {
  name  = "much too long a name"
  sizze = 1
}
resource "toy_thing" "b" {
  count = toy_thing.c.url
}
resource "toy_thing" "c" {
  any = toy_thing.d[0].id
}
resource "toy_thing" "d" {}
resource "toy_thng" "e" {}
resource "toy_thing" "f" {
  any = toy_thing.a.id
}
"#)
    .check(expect![[r#"
        error main.tf:3:11: Invalid argument value: `name` has 20 characters, and must have between 1 and 8.
        error main.tf:4:3: Unsupported argument: There is no argument named `sizze` here.
        error main.tf:10:9: Invalid index: `toy_thing.d` has neither `count` nor `for_each`, so it has no instance [0].
        error main.tf:13:1: Unsupported resource type: regprov does not know the resource type `toy_thng`. Did you mean `toy_thing`?
    "#]]);
}

#[test]
fn a_circle_is_told_with_its_path() {
    bench(r#"
locals {
  x = toy_thing.b.id
}
resource "toy_thing" "a" {
  any = local.x
}
resource "toy_thing" "b" {
  any = toy_thing.a.id
}
"#)
    .check(expect![[r#"
        error main.tf:3:3: Dependency cycle: These refer to each other in a circle, so none of them can come first: local.x → toy_thing.b → toy_thing.a → local.x.
    "#]]);
}

#[test]
fn open_keys_are_refused_with_the_remedy() {
    bench(r#"
resource "toy_thing" "a" {}
resource "toy_thing" "b" {
  for_each = toset([toy_thing.a.url])
}
resource "toy_thing" "c" {
  for_each = { x = toy_thing.a.url }
  any      = each.value
}
"#)
    .check(expect![[r#"
        error main.tf:4:14: Invalid for_each argument: The `for_each` keys depend on something that is known only after apply, so it cannot be said which instances there will be.
    "#]]);
}

#[test]
fn conditions_stop_and_checks_warn() {
    bench(
        r#"
resource "toy_thing" "a" {
  size = 2
  lifecycle {
    precondition {
      condition     = path.module == "elsewhere"
      error_message = "One is not more."
    }
  }
}
resource "toy_thing" "b" {
  size = 2
  lifecycle {
    postcondition {
      condition     = self.size == 3
      error_message = "Size is ${self.size}."
    }
  }
}
check "health" {
  assert {
    condition     = var.x == 1
    error_message = "x is ${var.x}"
  }
}
variable "x" {
  default = 5
}
"#,
    )
    .check(expect![[r#"
        error main.tf:6:23: Condition not met: One is not more.
        error main.tf:15:23: Condition not met: Size is 2.
        warning main.tf:22:21: Check block assertion failed: x is 5
    "#]]);
}

#[test]
fn unsupported_types_can_be_left_out() {
    let main = r#"
resource "other_thing" "a" {}
resource "toy_thing" "b" {
  any = other_thing.a.id
}
resource "toy_thing" "c" {}
"#;
    bench(main).check(expect![[r#"
        error main.tf:2:1: Unsupported resource type: `other_thing.a` needs the provider hashicorp/other, which regprov does not have.
    "#]]);
    bench(main)
        .with(|bench| bench.skip_unsupported = true)
        .check(expect![[r#"
            + toy_thing.c
                id = (known after apply)
                token = (sensitive value)
                url = (known after apply)
            note other_thing.a is left out: regprov does not know its type.
            note toy_thing.b is left out: it depends on other_thing.a, which is left out.
        "#]]);
}

#[test]
fn outputs_that_depend_on_what_is_left_out_are_left_out_too() {
    let main = r#"
resource "other_thing" "a" {}
resource "toy_thing" "b" {
  size = 1
}
output "other" {
  value = other_thing.a.id
}
output "size" {
  value = toy_thing.b.size
}
"#;
    bench(main)
        .with(|bench| bench.skip_unsupported = true)
        .check(expect![[r#"
            + toy_thing.b
                id = (known after apply)
                size = 1
                token = (sensitive value)
                url = (known after apply)
            output size: - → 1
            note other_thing.a is left out: regprov does not know its type.
            note output.other is left out: it depends on other_thing.a, which is left out.
        "#]]);
}

#[test]
fn apply_passes_over_what_the_plan_left_out() {
    let main = r#"
resource "other_thing" "a" {}
locals {
  first = other_thing.a.items[0]
}
resource "other_thing" "b" {
  for_each = other_thing.a.items
}
resource "toy_thing" "c" {
  for_each = other_thing.a.items
  any      = local.first
}
module "d" {
  for_each = other_thing.a.items
  source   = "./child"
}
resource "toy_thing" "e" {
  size = 1
}
"#;
    let mut bench = bench(main).with(|bench| {
        bench.skip_unsupported = true;
        let child = "resource \"toy_thing\" \"f\" {}\n".to_owned();
        bench.files.insert("child/main.tf".into(), child);
    });
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.e
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn a_block_of_an_unknown_type_without_instances_is_nothing() {
    let main = r#"
variable "private" {
  default = false
}
resource "other_thing" "a" {
  count = var.private ? 1 : 0
}
data "other_thing" "b" {
  for_each = var.private ? toset(["x"]) : []
}
resource "toy_thing" "c" {
  any = var.private ? other_thing.a[0].id : one(values(data.other_thing.b)[*].id)
}
"#;
    bench(main).check(expect![[r#"
        + toy_thing.c
            id = (known after apply)
            token = (sensitive value)
            url = (known after apply)
            needs data.other_thing.b
    "#]]);
    bench(&main.replace("default = false", "default = true")).check(expect![[r#"
        error main.tf:5:1: Unsupported resource type: `other_thing.a` needs the provider hashicorp/other, which regprov does not have.
        error main.tf:8:1: Unsupported data source: `data.other_thing.b` needs the provider hashicorp/other, which regprov does not have.
    "#]]);
}

#[test]
fn every_block_of_an_unknown_type_is_named_at_once() {
    let main = r#"
resource "other_thing" "a" {}
resource "other_thing" "b" {
  a = other_thing.a.id
}
resource "toy_thing" "c" {
  any = other_thing.b.id
}
"#;
    bench(main).check(expect![[r#"
        error main.tf:2:1: Unsupported resource type: `other_thing.a` needs the provider hashicorp/other, which regprov does not have.
        error main.tf:3:1: Unsupported resource type: `other_thing.b` needs the provider hashicorp/other, which regprov does not have.
    "#]]);
}

#[test]
fn an_older_name_is_written_and_referred_to_like_the_name_of_now() {
    let main = r#"
resource "toy_thing" "a" {
  amount = 3
}
resource "toy_thing" "b" {
  count  = 2
  amount = toy_thing.a.amount + 1
}
output "sizes" {
  value = toy_thing.b[*].amount
}
"#;
    bench(main).check(expect![[r#"
        + toy_thing.a
            id = (known after apply)
            size = 3
            token = (sensitive value)
            url = (known after apply)
        + toy_thing.b[0]
            id = (known after apply)
            size = 4
            token = (sensitive value)
            url = (known after apply)
            needs toy_thing.a
        + toy_thing.b[1]
            id = (known after apply)
            size = 4
            token = (sensitive value)
            url = (known after apply)
            needs toy_thing.a
        output sizes: - → [4, 4]
        warning main.tf:3:3: Deprecated argument: The argument `amount` is deprecated: write `size`.
        warning main.tf:7:3: Deprecated argument: The argument `amount` is deprecated: write `size`.
    "#]]);
}

#[test]
fn a_sensitive_output_says_so() {
    bench("resource \"toy_thing\" \"a\" {}\noutput \"t\" {\n  value = toy_thing.a.token\n}\n").check(expect![[r#"
        error main.tf:3:11: Output refers to sensitive values: The output `t` derives from a sensitive value, and outputs of the root module are shown.
    "#]]);
}

#[test]
fn the_instances_of_a_configuration_are_bounded() {
    bench(
        r#"
resource "toy_thing" "a" {
  count = 4000000000
}
"#,
    )
    .check(expect![[r#"
        error main.tf:3:11: Too many instances: The block would have 4000000000 instances. A configuration may have 1000000 in all, counting each variable, local, output and block of a module for each of its instances.
    "#]]);
}
