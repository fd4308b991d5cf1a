//! Ephemeral values and resources, and write-only arguments.

use crate::drive::bench;
use expect_test::expect;

#[test]
fn ephemeral_values_are_not_stored() {
    bench(
        r#"
variable "secret" {
  default   = "x"
  ephemeral = true
}
resource "toy_thing" "a" {
  any = [var.secret]
}
resource "toy_thing" "b" {
  count = length(var.secret)
}
output "o" {
  value = var.secret
}
output "p" {
  value = ephemeralasnull(var.secret)
}
"#,
    )
    .check(expect![[r#"
        error main.tf:7:9: Invalid use of ephemeral value: `any` gets an ephemeral value, and it is no write-only argument: it would be stored in the state.
        error main.tf:10:11: Invalid count argument: The `count` value is ephemeral, and the instances of a block outlast the run. Use a value that is not ephemeral.
        error main.tf:13:11: Ephemeral value not allowed: The output `o` derives from an ephemeral value and is not declared `ephemeral`.
    "#]]);
}

#[test]
fn write_only_arguments_reach_the_service_and_nothing_else() {
    let mut bench = bench(
        r#"
variable "secret" {
  default   = "4711"
  ephemeral = true
}
resource "toy_thing" "a" {
  name   = "a"
  pin_wo = var.secret
}
output "url" {
  value = toy_thing.a.url
}
"#,
    );
    bench.check(expect![[r#"
        + toy_thing.a
            id = "id-a"
            name = "a"
            token = (sensitive value)
            url = (known after apply)
        output url: - → (known after apply)
    "#]]);
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.a
        output url = "https://a?pin=4711"
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn an_ephemeral_resource_is_opened_while_planning_and_while_applying() {
    let mut bench = bench(
        r#"
resource "toy_thing" "a" {
  name = "a"
}
ephemeral "toy_lookup" "known" {
  key = "key"
}
ephemeral "toy_lookup" "later" {
  key = toy_thing.a.url
}
resource "toy_thing" "b" {
  name   = "b"
  pin_wo = ephemeral.toy_lookup.later.found
}
provider "toy" {
  alias = "other"
  url   = ephemeral.toy_lookup.known.found
}
resource "toy_thing" "c" {
  provider = toy.other
  name     = "c"
}
output "url" {
  value = toy_thing.b.url
}
"#,
    );
    bench.check(expect![[r#"
        + toy_thing.a
            id = "id-a"
            name = "a"
            token = (sensitive value)
            url = (known after apply)
        + toy_thing.b
            id = "id-b"
            name = "b"
            token = (sensitive value)
            url = (known after apply)
            needs toy_thing.a
        + toy_thing.c
            id = "id-c"
            name = "c"
            token = (sensitive value)
            url = (known after apply)
        output url: - → (known after apply)
    "#]]);
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.a
        read ephemeral.toy_lookup.known
        read ephemeral.toy_lookup.later
        create toy_thing.b
        connect toy {"url" = "KEY", "user" = null}
        create toy_thing.c
        output url = "https://b?pin=HTTPS://A"
    "#]]
    .assert_eq(&bench.apply());
    bench.check(expect![[r#"
        no changes
    "#]]);
}

#[test]
fn the_whole_of_an_ephemeral_resource_is_ephemeral() {
    bench(
        r#"
ephemeral "toy_lookup" "a" {
  for_each = toset(["x"])
  key      = each.key
}
resource "toy_thing" "a" {
  any = ephemeral.toy_lookup.a
}
resource "toy_thing" "b" {
  name = ephemeral.toy_lookup.a["x"].key
}
data "toy_lookup" "c" {
  key = ephemeral.toy_lookup.a["x"].found
}
ephemeral "toy_look" "d" {}
"#,
    )
    .check(expect![[r#"
        error main.tf:7:9: Invalid use of ephemeral value: `any` gets an ephemeral value, and it is no write-only argument: it would be stored in the state.
        error main.tf:10:10: Invalid use of ephemeral value: `name` gets an ephemeral value, and it is no write-only argument: it would be stored in the state.
        error main.tf:13:9: Invalid use of ephemeral value: `key` gets an ephemeral value, and it is no write-only argument: it would be stored in the state.
        error main.tf:15:1: Unsupported ephemeral resource type: regprov does not know the ephemeral resource type `toy_look`. Did you mean `toy_lookup`?
    "#]]);
}
