//! `moved`, `import` and `lifecycle` against what is declared.

use crate::drive::bench;
use expect_test::expect;

#[test]
fn moves_that_contradict_one_another_or_the_declarations_are_refused() {
    bench(
        r#"
resource "toy_thing" "a" {}
resource "toy_thing" "c" {
  for_each = toset(["x"])
}
moved {
  from = toy_thing.a
  to   = toy_thing.b
}
moved {
  from = toy_thing.z
  to   = toy_thing.b
}
moved {
  from = toy_thing.q
  to   = toy_thing.q
}
"#,
    )
    .check(expect![[r#"
        error main.tf:6:1: Moved object still exists: toy_thing.a is to move to toy_thing.b, and it is still declared.
        error main.tf:10:1: Ambiguous move statements: toy_thing.a and toy_thing.z both move to toy_thing.b; only one thing can have moved there.
        error main.tf:14:1: Redundant move statement: This moves toy_thing.q to where it is.
    "#]]);
    bench(
        r#"
resource "toy_thing" "c" {
  for_each = toset(["x"])
}
moved {
  from = toy_thing.c["x"]
  to   = toy_thing.c["y"]
}
import {
  to = toy_thing.c["z"]
  id = "z"
}
import {
  to = toy_thing.nowhere
  id = "n"
}
"#,
    )
    .check(expect![[r#"
        error main.tf:5:1: Moved object still exists: toy_thing.c["x"] is to move to toy_thing.c["y"], and it is still declared.
        error main.tf:9:1: Configuration for import target does not exist: toy_thing.c["z"] is to be imported, and the configuration does not declare it.
        error main.tf:13:1: Configuration for import target does not exist: toy_thing.nowhere is to be imported, and the configuration does not declare it.
    "#]]);
}

#[test]
fn moves_that_lead_round_in_a_circle_are_refused() {
    bench(
        r#"
moved {
  from = toy_thing.a
  to   = toy_thing.b
}
moved {
  from = toy_thing.b
  to   = toy_thing.c
}
moved {
  from = toy_thing.c
  to   = toy_thing.b
}
moved {
  from = toy_thing.d
  to   = toy_thing.e
}
"#,
    )
    .check(expect![[r#"
        error main.tf:6:1: Cyclic move statements: These moves lead round in a circle, so nothing has a place: toy_thing.b -> toy_thing.c -> toy_thing.b.
        error main.tf:10:1: Ambiguous move statements: toy_thing.a and toy_thing.c both move to toy_thing.b; only one thing can have moved there.
    "#]]);
}

#[test]
fn only_arguments_can_be_ignored() {
    bench(
        r#"
resource "toy_thing" "a" {
  lifecycle {
    ignore_changes = [sise, id]
  }
}
"#,
    )
    .check(expect![[r#"
        error main.tf:4:23: Unsupported attribute: `toy_thing.a` has no argument, block or attribute named `sise`.
        warning main.tf:4:29: Redundant ignore_changes element: `id` is decided by the provider alone, so ignoring its changes has no effect.
    "#]]);
}
